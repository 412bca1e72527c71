"""Ctrl+K with nothing typed: unread conversations first, and Enter goes back and forth between the last two."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.screens.chat.recent_conversations import RecentConversations
from tui.screens.pickers import people_choices
from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.store.models import Conversation
from tui.store.store import Store
from tui.widgets.lists.choice_list import Choice, ChoiceList
from tui.wire.contacts import Contact, ContactKind

pytestmark = pytest.mark.usefixtures("logged_in")


def rows(program: ProgramPilot) -> list[str]:
    """Rows of the finder, without their marks."""
    found = program.app.screen.query_one(ChoiceList)
    return [" ".join(found.row(at, 70, at_cursor=False).text.split()) for at in range(found.count)]


def at_cursor(program: ProgramPilot) -> str:
    found = program.app.screen.query_one(ChoiceList)
    return " ".join(found.row(found.cursor, 70, at_cursor=False).text.split())


def open_name(program: ProgramPilot) -> str:
    return program.chat.conversation.name if program.chat.conversation else ""


async def find(program: ProgramPilot) -> None:
    await program.press("ctrl+k")
    await program.until(lambda: isinstance(program.app.screen, FuzzyPicker))


async def test_enter_goes_back_and_forth_between_two(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.opened("李四")
        for name in ("Alice", "李四", "Alice"):
            await find(program)
            assert at_cursor(program) == name
            await program.press("enter")
            await program.until(lambda name=name: open_name(program) == name)  # type: ignore[misc]


def test_a_conversation_that_is_in_another_now_is_no_second_one() -> None:
    recent = RecentConversations()
    everyone = [Conversation(id, f"@{id}", "Ann", ContactKind.PERSON, False, False, 0, "") for id in (2, 3)]
    recent.opened(3)
    recent.opened(1)
    recent.merged(1, 2)  # The open one: a person said whose it is.
    order, before = recent.in_order(everyone, ())
    assert ([one.id for one in order], before) == ([3, 2], everyone[1])


async def test_who_has_no_conversation_yet_stands_above_the_earlier_one_of_that_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl+K and Enter opened what can only be read, right after a login, before the first messages had come."""
    ann, new = Contact("@ann", nick_name="Ann"), Contact("@new", nick_name="Wei")
    open_now, old = (
        Conversation(number, name, name[1:], ContactKind.PERSON, False, False, 0, "", earlier=earlier)
        for number, name, earlier in ((1, "@ann", False), (2, "@old", True))
    )

    async def people(*_given: object) -> list[Choice[Contact]]:
        return [Choice(one.nick_name, "", (), one) for one in (ann, new)]

    monkeypatch.setattr(people_choices, "people", people)
    recent = RecentConversations()
    recent.opened(1)
    order, before = recent.in_order([old, open_now], ())
    choices = await people_choices.destinations(cast(Store, None), datetime.now(UTC), order, ())
    assert [one.value for one in choices] == [ann, new, old] and before is None
    recent.opened(2)
    recent.opened(1)
    order, before = recent.in_order([old, open_now], ())
    assert order == [old, open_now] and before is old, "one that was read goes back and forth like any other"


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (50, 20)])
async def test_unread_first_with_their_number_and_the_open_one_last(sandbox: Sandbox, size: tuple[int, int]) -> None:
    async with run_program(sandbox, size=size) as program:
        await program.opened("Alice")
        await program.opened("李四")
        for number in range(3):
            sandbox.post("push", type="text", content=f"news {number}", **{"from": "张三"})
        await program.until(lambda: any(one.unread == 5 for one in program.chat.conversation_list.unread))
        await find(program)
        shown = rows(program)
        assert shown[0].startswith("张三") and shown[0].endswith(" 5")
        numbered = [row.rsplit(" ", 1)[-1].isdecimal() for row in shown]
        before = shown.index("Alice")
        assert at_cursor(program) == "Alice", "the one that was open before"
        assert 0 < before <= 8 and all(numbered[:before]), "in sight, below the unread ones"
        assert "李四" not in shown[: len(numbered) - numbered[::-1].index(True)], "one is there already"
        assert any(row.startswith("# ") for row in shown), "groups have the sign that they have in the list"
        await program.press("ctrl+home", "enter")
        await program.until(lambda: open_name(program) == "张三")


async def test_letters_find_the_latest_of_equals_and_leave_the_open_one_for_last(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.opened("李四")
        await find(program)
        everybody = rows(program)
        assert everybody.index("李四") > everybody.index("Alice")
        await program.type("l")
        assert "李四" in rows(program)
        await program.press("backspace")
        assert at_cursor(program) == "Alice", "with nothing typed again, Enter goes back"
