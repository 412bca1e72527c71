"""The list beside the messages: hidden, narrower and wider, and the same at the next start."""

from __future__ import annotations

import pytest

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.screens.chat.list_pane import list_width

pytestmark = pytest.mark.usefixtures("logged_in")


def width(program: ProgramPilot) -> int:
    """Cells of the list as they are on the screen."""
    left = program.chat.query_one("#left")
    return left.size.width if left.display else 0


@pytest.mark.parametrize("screen", range(60, 200, 7))
@pytest.mark.parametrize("wanted", [0, 1, 16, 30, 90, 1000])
def test_no_width_leaves_too_little_for_the_other_side(screen: int, wanted: int) -> None:
    cells = list_width(screen, wanted)
    assert cells >= 16
    assert screen - cells >= 36


async def test_a_hidden_list_comes_back_with_the_same_key_and_is_hidden_at_the_next_start(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        shown = width(program)
        assert shown > 16
        await program.press("f2")
        assert width(program) == 0
        await program.press("tab", "tab")
        assert program.chat.composer.has_focus, "Tab passes a list by that is not there"
        await program.press("f2")
        assert width(program) == shown
        await program.press("shift+tab")
        assert program.chat.conversation_list.has_focus
        await program.press("f2")
        assert width(program) == 0
        assert program.chat.composer.has_focus, "what is typed does not go to a list that nobody sees"
        await program.idle()
    async with run_program(sandbox) as program:
        assert width(program) == 0
        assert program.chat.composer.has_focus
        await program.type("/list")
        # Held back at first: the conversation opened by itself.
        await program.press_until("enter", lambda: width(program) == shown, every=1.0)


async def test_the_list_is_narrower_and_wider_by_a_key_and_stays_so(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        before = width(program)
        await program.press("shift+tab")
        await program.press("greater_than_sign", "greater_than_sign", "less_than_sign")
        assert width(program) == before + 2
        await program.press(*["greater_than_sign"] * 20)
        assert width(program) == 100 - 36, "the messages keep some room"
        await program.press(*["less_than_sign"] * 26)
        assert width(program) == 16
        program.chat.list_pane.set_width(33)
        await program.idle()
        assert width(program) == 33
    async with run_program(sandbox) as program:
        assert width(program) == 33
        await program.pilot.resize_terminal(64, 20)
        assert width(program) == 28, "not more than there is room for"
        await program.pilot.resize_terminal(100, 30)
        assert width(program) == 33, "nobody has asked for less"


async def test_on_a_narrow_screen_the_key_goes_to_the_list_and_back(sandbox: Sandbox) -> None:
    async with run_program(sandbox, (50, 20)) as program:
        await program.opened("Alice")
        assert width(program) == 0
        await program.press("f2")
        assert program.chat.conversation_list.has_focus
        assert width(program) == 50
        await program.press("f2")
        assert program.chat.composer.has_focus
        assert width(program) == 0


async def test_a_hidden_list_has_no_keys_after_the_screen_became_wide(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.press("f2")
        await program.pilot.resize_terminal(50, 20)
        await program.press("f2")
        assert program.chat.conversation_list.has_focus
        await program.pilot.resize_terminal(100, 30)
        assert program.chat.composer.has_focus
        assert width(program) == 0
