"""The mouse of a terminal: which reports are asked for, and when none."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.pty_program import Program
from tests.support.pty_steps import leave

ON = (b"\x1b[?1000h", b"\x1b[?1002h", b"\x1b[?1006h")
EVERY_MOVE = b"\x1b[?1003h"


def test_clicks_and_drags_are_asked_for_also_after_a_stop(start_program: Callable[..., Program]) -> None:
    program = start_program()
    assert all(mode in program.raw for mode in ON)
    before = len(program.raw)
    program.type("\x1a")  # Ctrl+Z
    program.wait_for(lambda screen: program.raw.endswith(b"\x1b[?1004l"))
    assert all(mode.replace(b"h", b"l") in program.raw[before:] for mode in ON)
    before = len(program.raw)
    program.process.send_signal(signal.SIGCONT)
    program.wait_for(lambda screen: b"\x1b[?2004h" in program.raw[before:])
    assert all(mode in program.raw[before:] for mode in ON)
    assert EVERY_MOVE not in program.raw
    leave(program)
    for mode in ON:
        assert program.raw.rfind(mode.replace(b"h", b"l")) > program.raw.rfind(mode)


@pytest.mark.parametrize("by_file", [True, False], ids=["config.toml", "WXTUI_MOUSE"])
def test_a_mouse_that_is_the_terminals_is_never_asked_for(
    start_program: Callable[..., Program], home: Path, by_file: bool
) -> None:
    if by_file:
        (home / "config.toml").write_text("mouse = false\n")
    program = start_program({} if by_file else {"WXTUI_MOUSE": "off"})
    before = len(program.raw)
    program.type("\x1a")
    program.wait_for(lambda screen: program.raw.endswith(b"\x1b[?1004l"))
    program.process.send_signal(signal.SIGCONT)
    program.wait_for(lambda screen: b"\x1b[?2004h" in program.raw[before:])
    assert not any(mode in program.raw for mode in (*ON, EVERY_MOVE))
    leave(program)
