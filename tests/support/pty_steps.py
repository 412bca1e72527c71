"""The full-screen program driven by keys alone, as a person does it."""

from __future__ import annotations

import re

from tests.support.pty_program import Program

CTRL_K, CTRL_Q = "\x0b", "\x11"
PLAIN_TERMINAL: dict[str, str | None] = {
    name: None for name in ("NO_COLOR", "COLORTERM", "COLORFGBG", "TERM_PROGRAM", "TMUX", "STY")
}


def go_to(program: Program, name: str) -> None:
    """Ctrl+K, the name, Enter."""
    program.type(CTRL_K)
    program.wait_for("Go to")
    program.type(name)
    program.wait_for(rf"› {name}[\s\S]* 1/\d+ ─╯")
    program.type("\r")
    program.wait_for(lambda screen: "Go to" not in screen and re.search(rf"│ {name}.* 林小满", screen) is not None)


def write(program: Program, text: str) -> None:
    """Type into the bar, and see it there."""
    program.type(text)
    program.wait_for(re.escape(text.strip()))


def leave(program: Program) -> None:
    """Ctrl+Q ends it, and it ends well."""
    program.type(CTRL_Q)
    assert program.end() == 0
    assert b"Traceback" not in program.raw
