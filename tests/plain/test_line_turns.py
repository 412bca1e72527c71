"""Turns of a person at the prompt, over a chat that only notes what is said to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from tests.support.scripted_console import Hasty, Line, Pasted, ScriptedConsole
from tui.plain.chat.line_bar import LineBar
from tui.plain.line_console import Renewed
from tui.plain.line_reader import LineReader
from tui.plain.prompt_terminal import PromptTerminal
from tui.store.models import Conversation
from tui.widgets.base.styles import Tone
from tui.wire.contacts import ContactKind

ANN = Conversation(1, "@ann", "Ann", ContactKind.PERSON, muted=False, pinned=False, unread=0, draft="")


class NotedChat:
    """Chat, and its events, that take every line."""

    def __init__(self, *, prefills: bool) -> None:
        self.conversation: Conversation | None = ANN
        self.composer = LineBar(prefills=prefills)
        self.lines: list[str] = []
        self.told: list[str] = []
        self.waited: list[str] = []
        self.given_up = 0
        self.does: Callable[[str], Any] | None = None

    async def submit(self, text: str) -> None:
        self.lines.append(text)
        self.composer.text = ""
        if self.does is not None:
            await self.does(text)

    async def keep_draft(self) -> None:
        pass

    def tell(self, sentence: str, tone: Tone = Tone.GOOD) -> None:
        self.told.append(sentence)

    complain = tell

    def give_up(self) -> None:
        self.given_up += 1

    def present(self) -> None:
        pass

    read = present

    async def settled(self) -> None:
        """There is nothing to wait for."""

    async def session_known(self) -> None:
        self.waited.append("session")

    async def sent(self, most: float) -> None:
        self.waited.append("sent")


class Person:
    """Somebody at a prompt, or a pipe."""

    def __init__(self, *lines: Line, attended: bool = True) -> None:
        self.console = ScriptedConsole(*lines, attended=attended)
        self.chat = NotedChat(prefills=attended)
        self.terminal = PromptTerminal(cast(Any, self.console))
        self.left = 0
        self.reader = LineReader(
            cast(Any, self.chat),
            self.terminal,
            cast(Any, self.console),
            cast(Any, self.chat),
            self._leave,
            lambda: self.console.time,
        )

    def _leave(self) -> None:
        self.left += 1
        self.console.over = True

    async def types(self) -> NotedChat:
        """Read until the last line."""
        await asyncio.wait_for(asyncio.to_thread(self.reader.converse), 30)
        return self.chat


async def test_a_line_that_was_typed_before_another_place_could_be_read_is_not_sent() -> None:
    person = Person(Renewed, Hasty("for whom?"), "")
    chat = await person.types()
    assert chat.lines == []
    assert "Nothing was sent." in chat.told[0] and chat.composer.text == "for whom?"
    assert (await Person(Renewed, "for Ann").types()).lines == ["for Ann"], "it was seen"


async def test_a_line_that_was_typed_before_a_question_could_be_read_is_no_answer() -> None:
    answers: list[str | None] = []
    person = Person("/revoke", Renewed, Hasty("y"), "n")

    async def ask(text: str) -> None:
        answers.append(await person.terminal.ask_line("? "))

    person.chat.does = ask
    await person.types()
    assert answers == ["n"] and person.console.kept == ["y"]


async def test_ctrl_c_gives_up_a_question_then_work_then_what_is_typed() -> None:
    person = Person("/revoke", KeyboardInterrupt, KeyboardInterrupt)
    answers: list[str | None] = []

    async def ask(text: str) -> None:
        answers.append(await person.terminal.ask_line("? "))

    person.chat.does = ask
    await person.types()
    assert answers == [None]
    assert person.chat.told == ["/quit quits wxtui."] and person.left == 0

    person = Person(KeyboardInterrupt)
    person.console.typed = "half a line"
    await person.types()
    assert person.console.kept == ["half a line"] and "Cleared" in person.chat.told[0]


async def test_a_person_who_ends_the_input_is_asked_as_by_quit_and_a_pipe_waits_for_what_leaves() -> None:
    person = Person(EOFError, EOFError, EOFError, "never read")
    await person.types()
    assert person.chat.lines == ["/quit", "/quit", "/quit"] and person.chat.waited == []

    piped = Person("hello", "/quit", EOFError, attended=False)
    await piped.types()
    assert piped.chat.lines == ["hello", "/quit"] and piped.left == 1
    assert piped.chat.waited == ["session", "sent", "sent"]


async def test_a_pipe_sends_each_line_by_itself_and_a_person_completes_what_is_in_the_bar() -> None:
    piped = Person("one", "two", attended=False)
    assert (await piped.types()).lines == ["one", "two"]

    person = Person(" and more")
    person.chat.composer.load("above\nhalf")
    assert (await person.types()).lines == ["above\nhalf and more"]
    assert person.console.said == ["above", "Your next line is sent below this:"]


async def test_lines_of_a_paste_are_one_message_but_a_command_among_them_is_none() -> None:
    person = Person(Pasted("one"), Pasted("two"), "three")
    assert (await person.types()).lines == ["one\ntwo\nthree"]


@pytest.mark.parametrize(
    ("above", "typed", "kept"),
    [
        ("", "half a line", "half a line"),
        ("quoted\n", "half", "quoted\nhalf"),
        ("", "  ", ""),
        ("", "/goto Ann", ""),
        ("", "s/a/b/", ""),
        ("", "//etc", "//etc"),
    ],
)
async def test_what_was_typed_when_it_was_left_is_a_draft(above: str, typed: str, kept: str) -> None:
    person = Person()
    person.chat.composer.load(above)
    assert person.reader.unsent(typed) == kept


async def test_a_draft_that_was_shown_is_not_sent_with_the_next_line_and_stays() -> None:
    person = Person("hello", "", " now")
    person.chat.composer.load("later")
    person.reader.hold()
    person.reader.hold()
    assert person.console.said == ["Draft: later", "An empty line puts it behind the prompt."]
    assert person.reader.unsent("half") == "half"
    assert (await person.types()).lines == ["hello", "later now"]
    assert person.console.prompts == ["Ann> ", "Ann> ", "Ann> later", "Ann> "]


async def test_what_breaks_in_a_line_is_said_and_the_next_is_read() -> None:
    person = Person("one", "two")

    async def breaks(text: str) -> None:
        raise ValueError(text)

    person.chat.does = breaks
    chat = await person.types()
    assert chat.lines == ["one", "two"]
    assert len(chat.told) == 2 and "ValueError" in chat.told[0]
