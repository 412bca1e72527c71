"""The conversation list draws what changed, and says nothing of what is just being read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
from textual.app import App, ComposeResult
from textual.strip import Strip

from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.stored_messages import text
from tui.config.settings import Settings
from tui.store.models import Conversation
from tui.widgets.conversation_list.conversation_list import ConversationList
from tui.wire.contacts import ContactKind

MANY = 500


class Counting(ConversationList):
    drawn = 0

    def line(self, index: int, number: int, width: int, *, at_cursor: bool) -> Strip:
        self.drawn += 1
        return super().line(index, number, width, at_cursor=at_cursor)


class Shelf(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.now = datetime.now(UTC)
        self.conversation_list = Counting(clock=lambda: self.now)

    def compose(self) -> ComposeResult:
        yield self.conversation_list


def conversation(number: int, **other: object) -> Conversation:
    one = Conversation(number, f"@{number}", f"No. {number}", ContactKind.PERSON, False, False, 0, "", text(number))
    return msgspec.structs.replace(one, **other)


async def test_what_looks_the_same_is_not_drawn_again() -> None:
    app = Shelf()
    async with app.run_test(size=(30, 12)) as pilot:
        listed = app.conversation_list

        async def draws(changed: Conversation) -> bool:
            await pilot.pause()
            listed.drawn = 0
            listed.update([changed])
            await pilot.pause()
            return listed.drawn > 0

        listed.update(conversation(number) for number in range(1, MANY + 1))
        listed.open(MANY)
        assert not await draws(conversation(7, unread=3)), "it is out of sight"
        assert not await draws(conversation(MANY, draft="half a")), "the open one is the one that is written in"
        assert await draws(conversation(MANY - 1, draft="half a"))
        assert await draws(conversation(MANY - 1, draft="half a sentence"))
        assert not await draws(conversation(MANY - 1, draft="half a sentence"))
        assert await draws(conversation(MANY - 2, unread=2))
        assert await draws(conversation(7, last=text(MANY + 1), unread=4)), "it comes to the top"
        assert [one.id for one in listed.shown[:3]] == [7, MANY, MANY - 1]
        assert listed.at_cursor is not None and listed.at_cursor.id == MANY, "the cursor goes with its conversation"
        listed.seen(7, True)
        assert [one.id for one in listed.unread] == [MANY - 2], "it is just being read"
        assert not await draws(conversation(7, last=text(MANY + 1))), "it had no number any more"
        assert await draws(conversation(7, last=text(MANY + 2), unread=1)), "read, and written to again"
        assert {one.id for one in listed.unread} == {7, MANY - 2}
        listed.replace([conversation(number) for number in (3, MANY, 4)])
        assert [one.id for one in listed.shown] == [MANY, 4, 3]
        assert listed.at_cursor is not None and listed.at_cursor.id == MANY, (
            "another login moves no row under the cursor"
        )


async def test_enter_opens_the_first_conversation_also_when_all_came_after_the_focus() -> None:
    app = Shelf()
    async with app.run_test(size=(40, 10)) as pilot:
        app.conversation_list.focus()
        await pilot.pause()
        app.conversation_list.update([conversation(1), conversation(2)])
        assert app.conversation_list.at_cursor == app.conversation_list.shown[0]


async def test_what_is_read_as_it_comes_never_gets_a_number(sandbox: Sandbox) -> None:
    async with run_program(sandbox, settings=Settings(list="two")) as program:
        await program.opened("张三")

        def row() -> str:
            """The line of the last message, with the number at its end."""
            lines = program.lines
            return next(below for line, below in pairwise(lines) if "张三" in line[:12]).split("│")[0]

        await program.until(lambda: not any(char.isdigit() for char in row()))
        before = sandbox.calls().get("webwxstatusnotify", 0)
        sandbox.post("push", type="text", content="anybody here?", **{"from": "张三"})
        await program.sees("anybody here?")
        numbers = set[str]()

        def told() -> bool:
            numbers.update(filter(str.isdigit, row()))
            return sandbox.calls().get("webwxstatusnotify", 0) > before

        await program.until(told)
        assert numbers == set()


async def test_times_are_drawn_again_after_midnight_and_not_before() -> None:
    app = Shelf()
    async with app.run_test(size=(30, 12)) as pilot:
        listed = app.conversation_list
        listed.update([conversation(1)])
        for later, again in ((timedelta(), False), (timedelta(days=1), True), (timedelta(), False)):
            await pilot.pause()
            app.now += later
            listed.drawn = 0
            listed.refresh_times()
            await pilot.pause()
            assert (listed.drawn > 0) is again
