"""The mouse in the whole program: it points, opens, drags and shows menus, and does nothing to others by accident."""

from __future__ import annotations

from time import perf_counter

import pytest
from textual.events import Key, MouseDown, MouseMove, MouseUp
from textual.geometry import Offset

from tests.support.dialog_app import DialogApp
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import until
from tui.keymap import ASKING
from tui.screens.chat.chat_screen import ChatScreen
from tui.screens.chat.message_hints import possible
from tui.screens.dialogs.details import ContactDetails, MessageDetails
from tui.screens.dialogs.question import Question
from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.screens.pickers.menu import Menu, MenuRow
from tui.store.models import StoredMessage
from tui.widgets.base.panel import Panel
from tui.wire.bodies import Text

pytestmark = pytest.mark.usefixtures("logged_in")
LEFT, MIDDLE, RIGHT = 1, 2, 3


async def click(program: ProgramPilot, words: str, button: int = LEFT, times: int = 1) -> None:
    """Click on words, wherever the screen shows them."""
    await program.sees(words)
    y, line = next((y, line) for y, line in enumerate(program.lines) if words in line)
    await program.pilot.click(offset=(cells(line[: line.index(words)]), y), button=button, times=times)
    await program.pilot.pause()


def cells(text: str) -> int:
    from tui.terminal.graphemes import cell_len

    return cell_len(text)


async def said(program: ProgramPilot, *texts: str) -> None:
    for text in texts:
        program.chat.composer.load(text)
        program.chat.composer.send()
        await program.sees(lambda screen, text=text: any(text in line and "✓" in line for line in screen.splitlines()))  # type: ignore[misc]


def selected(program: ProgramPilot) -> str:
    found = program.chat.message_log.selected
    assert found is not None and isinstance(found.body, Text)
    return found.body.text


def states(program: ProgramPilot) -> dict[str, str]:
    """What became of one's own texts."""
    own = program.chat.message_log.own_messages
    return {one.body.text: one.state.value for one in own if isinstance(one.body, Text)}


async def on_top(program: ProgramPilot, kind: type) -> None:
    await program.until(lambda: isinstance(program.app.screen, kind))
    if isinstance(program.app.screen, Menu):
        await program.until(program.app.screen.settling.answers)


# ---------------------------------------------------------------- the messages


async def test_a_click_points_the_caret_stays_and_the_last_line_says_how_to_act(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await said(program, "first", "second")
        await program.type("half a thought")
        await click(program, "first")
        assert selected(program) == "first" and program.chat.composer.has_focus
        await program.sees("Tab, then d recall")
        await program.type("!")
        await program.sees("Enter send")
        assert program.chat.composer.text == "half a thought!"


async def test_what_was_pointed_at_is_let_go_by_sending_and_the_newest_is_next(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await said(program, "first", "second")
        await click(program, "first")
        assert selected(program) == "first"
        await said(program, "third")
        await program.until(lambda: program.chat.message_log.selected is None)
        await program.press("tab")
        assert selected(program) == "third"


async def test_a_double_click_opens_the_message(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await said(program, "first", "second")
        await click(program, "first", times=2)
        await on_top(program, MessageDetails)
        await program.sees("first")


async def test_a_right_click_shows_what_can_be_done_and_recalls_that_very_message(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await said(program, "first", "second", "third")
        await click(program, "second", RIGHT)
        await on_top(program, Menu)
        assert program.chat.focused is program.chat.composer
        await program.press("d")
        await program.asked("Recall “second”?")
        await program.answer("y")
        await program.until(lambda: states(program) == {"first": "sent", "second": "revoked", "third": "sent"})


async def test_the_menu_by_key_has_the_same_rows_and_leaves_the_log_as_it_was(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await said(program, "first", "second")
        await click(program, "first", RIGHT)
        await on_top(program, Menu)
        await program.sees("Copy MsgID")
        by_mouse = [line for line in program.lines if "│" in line]
        await program.press("escape")
        await on_top(program, ChatScreen)
        await program.press("tab")
        await program.until(lambda: program.chat.message_log.has_focus)
        await program.press("full_stop")
        await on_top(program, Menu)
        rows = [line.partition("›")[2] for line in by_mouse if "›" in line]
        assert any(row and row in program.text for row in rows)
        await program.press("full_stop")
        await program.press("escape")
        await on_top(program, ChatScreen)
        assert program.chat.message_log.has_focus and selected(program) == "first"


async def test_only_what_is_possible_stands_in_the_menu(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await said(program, "mine")
        sandbox.post("push", type="text", content="theirs https://example.org/x", **{"from": "Alice"})
        await program.sees("theirs")
        runtime = program.app.context.runtime

        def of(text: str) -> list[str]:
            return [one.id for one in possible(runtime, [message_with(program, text)], marked=False)]

        assert "revoke" in of("mine") and of("mine")[-1] == "revoke" and "links" not in of("mine")
        assert "revoke" not in of("theirs") and "edit" not in of("theirs") and "links" in of("theirs")
        assert not {"retry", "save", "pause", "cancel"} & {*of("mine"), *of("theirs")}
        assert len(of("theirs")) == len({*of("theirs")}), "each command once"


def message_with(program: ProgramPilot, text: str) -> StoredMessage:
    return next(
        one
        for one in program.chat.message_log._view.window.messages
        if isinstance(one.body, Text) and text in one.body.text
    )


async def test_a_click_on_an_address_shows_where_it_leads_and_opens_nothing(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        sandbox.post("push", type="text", content="see https://example.org/x there", **{"from": "Alice"})
        await click(program, "https://example.org/x")
        await program.sees("Opens example.org")
        await program.press("escape")
        await click(program, "see")
        assert isinstance(program.app.screen, ChatScreen)


@pytest.mark.parametrize("button", [MIDDLE, RIGHT])
async def test_other_buttons_choose_nothing(sandbox: Sandbox, button: int) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await said(program, "first")
        await program.press("ctrl+p")
        await on_top(program, FuzzyPicker)
        await program.type("redraw")
        await program.idle()
        await click(program, "/redraw", button)
        await program.idle()
        assert isinstance(program.app.screen, FuzzyPicker)
        await program.press("escape")
        await on_top(program, ChatScreen)
        await program.press("tab")
        await program.press("u")
        await program.asked("Recall “first”?")
        await click(program, "y recall", button)
        assert isinstance(program.app.screen, Question)
        await program.answer("escape")
        assert states(program) == {"first": "sent"}


async def test_the_second_click_of_a_double_click_does_not_hit_what_is_below(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await said(program, *(f"message {number}" for number in range(6)))
        program.chat.message_log.select(None)
        await program.press("ctrl+p")
        await on_top(program, FuzzyPicker)
        await program.type("redraw")
        await program.idle()
        await click(program, "/redraw", times=2)
        await on_top(program, ChatScreen)
        await program.idle()
        assert program.chat.message_log.selected is None
        assert isinstance(program.app.screen, ChatScreen)


# ---------------------------------------------------------------- the list


async def drag(program: ProgramPilot, start: int, end: int, y: int = 3) -> None:
    await program.pilot.mouse_down(offset=(start, y))
    for x in range(start, end, 1 if end > start else -1):
        await program.pilot.hover(offset=(x, y))
    await program.pilot.hover(offset=(end, y))
    await program.pilot.mouse_up(offset=(end, y))
    await program.pilot.pause()


async def test_the_border_is_dragged_and_nothing_is_opened(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        opened = program.chat.conversation_list.opened
        for to, width in ((40, 41), (2, 16), (25, 26), (90, 64)):
            await drag(program, program.chat.list_pane.width - 1, to)
            await program.until(lambda width=width: program.chat.list_pane.width == width)
            await program.idle()
            assert program.chat.conversation_list.opened == opened
        await click(program, "张三")
        await program.until(lambda: program.chat.conversation_list.opened != opened)
        assert program.chat.composer.has_focus
    async with run_program(sandbox) as program:
        assert program.chat.list_pane.width == 64


async def test_a_click_on_the_border_does_nothing(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        before = program.chat.conversation_list.opened, program.chat.list_pane.width
        await program.pilot.click(offset=(program.chat.list_pane.width - 1, 0))
        await program.idle()
        assert (program.chat.conversation_list.opened, program.chat.list_pane.width) == before


async def test_a_right_click_on_a_conversation_shows_its_menu_and_opens_nothing(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        opened = program.chat.conversation_list.opened
        await click(program, "张三", RIGHT)
        await on_top(program, Menu)
        assert program.chat.conversation_list.opened == opened
        assert "Remark" in program.text
        await click(program, "Details")
        await on_top(program, ContactDetails)
        await program.press("escape")
        await click(program, "张三", RIGHT)
        await on_top(program, Menu)
        await click(program, "Mute")
        await program.sees("m")
        conversation = next(one for one in program.chat.conversation_list.every if one.name == "张三")
        await program.until(lambda: program.chat.conversation_list.conversation(conversation.id).hushed)  # type: ignore[union-attr]
        assert program.chat.conversation_list.opened == opened
        await click(program, "张三", RIGHT)
        await program.sees("Unmute")
        await on_top(program, Menu)
        await program.press("enter")
        await program.until(lambda: program.chat.conversation_list.opened == conversation.id)
        assert program.chat.composer.has_focus


async def test_the_menu_of_a_conversation_by_key(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.press("shift+tab")
        await program.until(lambda: program.chat.conversation_list.has_focus)
        await program.press("full_stop")
        await on_top(program, Menu)
        await program.press("o")
        await on_top(program, ContactDetails)


@pytest.mark.parametrize("size", [(100, 30), (50, 12), (30, 8)])
async def test_a_menu_stands_whole_on_the_screen(sandbox: Sandbox, size: tuple[int, int]) -> None:
    async with run_program(sandbox, size) as program:
        await program.opened("Alice") if size[0] > 60 else None
        log = program.chat.message_log
        await program.until(lambda: program.chat.conversation is not None)
        program.chat.composer.focus()
        await said(program, "first", "second")
        log.focus()
        await program.press("full_stop")
        await on_top(program, Menu)
        await program.until(lambda: "╯" in program.text)
        panel = program.app.screen.query_one(Panel)
        region = panel.region
        assert region.x >= 0 and region.y >= 0 and region.right <= size[0] and region.bottom <= size[1]


async def test_a_word_typed_at_the_messages_chooses_nothing_in_the_menu() -> None:
    now = 0.0
    rows = [MenuRow("revoke", "Recall", "d", ("d",)), MenuRow("copy", "Copy", "y", ("y",))]
    menu = Menu("Message", rows, Offset(3, 3), clock=lambda: now)
    app = DialogApp()
    async with app.run_test() as pilot:
        await app.show(menu)
        await pilot.pause()
        await until(lambda: menu.settling.seen)
        begun = perf_counter() + 60

        def press(letter: str, after: float) -> None:
            key = Key(letter, letter)
            key.time = begun + after
            menu.on_key(key)

        press("d", 0.0)
        now += 60
        press("a", 0.1)
        press("y", 0.2)
        await pilot.pause()
        assert app.results == []
        press("y", 2.0)
        await until(lambda: app.results == ["copy"])


def test_what_the_menu_offers_asks_where_it_acts_on_others() -> None:
    assert {"revoke", "retry", "cancel", "forward"} <= ASKING


async def test_the_mouse_beyond_the_window_takes_the_focus_from_nobody(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        for kind in (MouseDown, MouseMove, MouseUp):
            for x, y in ((500, 3), (-1, 3), (3, 500)):
                program.app.post_message(kind(None, x, y, 0, 0, LEFT, False, False, False))
        await program.idle()
        await program.type("hello")
        assert program.chat.composer.text == "hello"
