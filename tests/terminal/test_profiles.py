"""Another profile within the running program: the terminal stays, and no key reaches the wrong account."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from tests.support.command_line import Wxtui
from tests.support.pty_program import Program
from tests.support.pty_steps import go_to, leave
from tests.support.sandbox_thread import Sandbox
from tui.paths import find_profile

CTRL_P = "\x10"
PASTE, END = "\x1b[200~", "\x1b[201~"


@pytest.fixture
def second(logged_in: Wxtui) -> None:
    """A second profile, `work`, with a session."""
    shutil.copytree(find_profile("default").state, find_profile("work").state)


def test_keys_of_a_switch_are_text_for_the_new_bar_and_no_enter_sends_them(
    second: None, start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program()
    go_to(program, "张三")
    program.type("secret")
    program.wait_for("› secret")
    program.type(CTRL_P)
    program.wait_for("Commands")
    program.type("work")
    program.wait_for(r"› +Profile: work")
    # Half of a paste: its lines must not become keys of the other profile.
    program.type(f"\rhello\rthere{PASTE}one\rtwo\r")
    program.wait_for(r"› hello\n.*│ *there\n")
    assert "secret" not in program.text, "a draft of the profile before"
    program.type(f"three{END}!")
    screen = program.wait_for(r"│ *three!\n")
    program.wait_for("online")
    assert "1049l" not in str(program.raw) and program.raw.count(b"\x1b[?1049h") == 1, screen
    # Until somebody who sees them presses Enter; and that shows them first.
    assert not sandbox.sent()
    program.type("\r")
    program.wait_for("Nothing was sent")
    program.type("\x03")
    program.wait_for("Cleared")
    program.type(CTRL_P)
    program.wait_for("Commands")
    program.type("default")
    program.wait_for(r"› +Profile: default")
    program.type("\r")
    program.wait_for("› secret")
    program.wait_for("This is profile “default”")
    assert b"]2;work wxtui" in program.raw
    leave(program)
    assert program.modes == program.modes_before and not sandbox.sent()
    assert program.titles == 0, "that of the shell is back"
