"""Keys that arrive together do what they do one by one."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from tests.support.keys_at_once import NAMES, press_at_once
from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.text_fields_app import key
from tests.support.waiting import until
from tui.screens.dialogs.question import Question
from tui.terminal.input_reader import InputReader
from tui.terminal.key_order import KeyOrder
from tui.widgets.text_input.line_edit import LineEdit


def newest(screen: str) -> int:
    """The highest number of a line that stands there."""
    return max((int(number) for number in re.findall(r"line (\d+)", screen)), default=0)


@pytest.mark.usefixtures("logged_in")
async def test_two_hundred_messages_typed_at_once_stay_whole_and_in_order(sandbox: Sandbox) -> None:
    texts = [f"line {number}" for number in range(200)]
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        conversation = program.chat.conversation
        assert conversation is not None
        press_at_once(program.app, "".join(f"{text}\r" for text in texts))
        # A busy machine may take long for all of them, not for the next twenty.
        for number in range(19, 200, 20):
            await program.until(lambda number=number: newest(program.text) >= number)
        await program.until(lambda: not program.app.input_waiting and program.chat.composer.text == "")
        await program.sees("line 199")
        rows = await program.app.context.store.messages_before(conversation.id, None, 250)
        assert [row.body.text for row in rows if row.mine][-200:] == texts


@pytest.mark.usefixtures("logged_in")
async def test_letters_behind_a_key_that_opens_a_list_go_there(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        press_at_once(program.app, "draft\x0b李四\rhello")
        await program.until(lambda: program.chat.composer.text == "hello")
        assert program.chat.conversation is not None and program.chat.conversation.name == "李四"
        press_at_once(program.app, "\x0balice\r\x1b")
        await program.until(lambda: program.chat.composer.text == "draft")
        assert sandbox.sent() == []


@pytest.mark.usefixtures("logged_in")
async def test_tab_waits_for_what_the_letters_before_it_find(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "only one.txt").write_text("x")
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        press_at_once(program.app, "/rev\t")
        await program.until(lambda: program.chat.composer.text == "/revoke ")
        await program.press("ctrl+u")
        # A folder is read in a thread.
        press_at_once(program.app, f"/send {tmp_path}/on\tx")
        await program.until(lambda: program.chat.composer.text == f"/send {tmp_path}/only\\ one.txt x")
        assert program.chat.composer.has_focus
        assert "\t" not in program.chat.composer.text


@pytest.mark.usefixtures("logged_in")
async def test_enter_in_the_filter_waits_for_what_is_found(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.press("shift+tab", "shift+tab")
        program.chat.conversation_list.focus()
        await program.pilot.pause()
        press_at_once(program.app, "/李四\rhi")
        await program.until(lambda: program.chat.composer.text == "hi")
        assert program.chat.conversation is not None and program.chat.conversation.name == "李四"


@pytest.mark.usefixtures("logged_in")
async def test_escape_and_a_slash_in_one_packet_begin_a_command_in_the_bar(sandbox: Sandbox) -> None:
    """Over a slow link they are one packet, as Alt+/ is; the letters behind must not act in the messages."""
    async with run_program(sandbox) as program:
        await program.opened("回声")
        await program.type("hi")
        await program.press("enter")
        await program.sees("✓")
        await program.press("tab")
        reader = InputReader()
        for message in reader.feed(b"\x1b/revoke"):
            program.app.post_message(message)
        await program.until(lambda: program.chat.composer.text == "/revoke")
        assert "Esc bar" not in program.text, "the messages have no keys"


@pytest.mark.usefixtures("logged_in")
async def test_alt_with_a_letter_that_means_nothing_is_escape_and_the_letter(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.press("tab")
        reader = InputReader()
        for message in reader.feed("\x1bHello\x1b你\x1bb!".encode()):
            program.app.post_message(message)
        await program.until(lambda: "!" in program.chat.composer.text)
        assert program.chat.composer.text == "Hello!你", "Alt+B means something in the bar: back by a word"


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("answer", ["yes\r", "y\r", "yeah", "no\r"])
async def test_an_answer_written_out_goes_nowhere_else(sandbox: Sandbox, answer: str) -> None:
    """The e of “yes” took the recalled text into the bar, and Enter sent it again."""
    async with run_program(sandbox) as program:
        await program.opened("回声")
        await program.type("hi")
        await program.press("enter")
        await program.sees("✓")
        await program.type("draft")
        await program.press("tab", "d")
        await program.asked("Recall “hi”?")
        now = time.monotonic()
        for at, char in enumerate(answer):
            program.app.post_message(key(NAMES.get(char, char), now + at * 0.2, char if char.isprintable() else None))
        await program.until(lambda: not isinstance(program.app.screen, Question) and not program.app.input_waiting)
        await program.pilot.pause()
        sent = sandbox.sent()
        assert [one["content"] for one in sent] == ["hi"]
        assert bool(sent[0]["revoked"]) == answer.startswith("y")
        assert program.chat.composer.text == ("draft" if answer != "yeah" else "draftah")


class Slow(KeyOrder):
    """F2 opens a screen, but not at once; F3 fails."""

    BINDINGS = [Binding("f2", "later", priority=True), Binding("f3", "fail", priority=True)]

    def __init__(self) -> None:
        super().__init__()
        self.field = LineEdit()
        self.submitted = ""
        self.later = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield self.field

    def on_line_edit_submitted(self, message: LineEdit.Submitted) -> None:
        self.submitted += message.text

    async def action_later(self) -> None:
        await self.later.wait()
        self.push_screen(Second())

    def action_fail(self) -> None:
        raise LookupError("a mistake in an action")


class Second(ModalScreen[None]):
    def __init__(self) -> None:
        super().__init__()
        self.field = LineEdit()

    def compose(self) -> ComposeResult:
        yield self.field

    def on_mount(self) -> None:
        self.field.focus()


@pytest.mark.parametrize(("answer", "behind"), [("escape", "taken"), ("y", "")])
async def test_enter_behind_a_letter_belongs_to_the_answer_and_behind_escape_not(answer: str, behind: str) -> None:
    app = Slow()
    async with app.run_test() as pilot:
        app.screen.set_focus(app.field)
        await pilot.pause()
        app.field.type("taken")
        app.answered(key(answer, 10.0))
        app.post_message(key("enter", 10.1))
        await pilot.pause()
        assert app.submitted == behind


async def test_a_paste_and_a_click_keep_their_place_among_keys() -> None:
    app = Slow()
    async with app.run_test() as pilot:
        app.field.focus()
        await pilot.pause()
        press_at_once(app, "a")
        app.post_message(key("f2", 0.0))
        app.post_message(events.Paste("pasted"))
        press_at_once(app, "b")
        await pilot.pause()
        app.later.set()
        await until(lambda: isinstance(app.screen, Second) and app.screen.field.text == "pastedb")
        assert app.field.text == "a"


async def test_an_error_behind_a_waiting_key_is_no_secret() -> None:
    app = Slow()
    with pytest.raises(LookupError):
        async with app.run_test() as pilot:
            app.field.focus()
            await pilot.pause()
            press_at_once(app, "a")
            app.post_message(key("f3", 0.0))
            await pilot.pause()
            await pilot.pause()
