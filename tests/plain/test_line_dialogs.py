"""Answers of a person in lines: what counts as one, and what does not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.geometry import Offset
from textual.screen import Screen

from tests.support.line_pilot import ScriptedLines
from tui.message_summary import Address
from tui.plain.dialogs.table import ask
from tui.plain.leavable_terminal import LeavableTerminal
from tui.screens.dialogs.identity_question import CarefulChoice
from tui.screens.dialogs.question import Question
from tui.screens.dialogs.risk_question import RiskQuestion
from tui.screens.dialogs.server_wait import ServerWait
from tui.screens.pickers.address_list import AddressDialog
from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.screens.pickers.menu import Menu, MenuRow
from tui.widgets.lists.choice_list import Choice

CHOICES = [Choice(f"row {number}", "", (), number) for number in range(1, 31)]
WAYS = (("y", "send"), ("o", "others"), ("escape", "back"))


@pytest.fixture
def lines() -> ScriptedLines:
    return ScriptedLines(prefills=False)


async def answered(lines: ScriptedLines, dialog: Screen[Any], *answers: str) -> Any:
    """What a dialog comes to when these lines are typed, and all of them are heard."""
    lines.answers[:] = answers
    found = await ask(dialog, lines)
    assert not lines.answers, "it was left before"
    return found


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (("y",), "y"),
        ((" YES ",), "y"),
        (("是",), "y"),
        (("o",), "o"),
        (("n",), None),
        (("否",), None),
        (("yep", "", "escape", "n"), None),
        (("please", "y"), "y"),
        ((), None),
    ],
)
async def test_a_question_takes_its_answers_and_nothing_else(
    lines: ScriptedLines, typed: tuple[str, ...], answer: str | None
) -> None:
    assert await answered(lines, Question("Send?", WAYS), *typed) == answer
    assert lines.said[:2] == ["Send?", "y: send, o: others, n: back"]
    if typed and typed[0] == "yep":
        assert lines.said[2] == "“yep” is not one of the answers. y: send, o: others, n: back"


async def test_a_risk_is_a_sentence_a_line_and_no_word_for_it_is_a_yes(lines: ScriptedLines) -> None:
    dialog = RiskQuestion()
    assert await answered(lines, dialog, "", "n") is None
    assert lines.said[: len(dialog.sentence.splitlines())] == dialog.sentence.splitlines()
    assert await answered(lines, RiskQuestion(), "f") == "f"
    assert await answered(lines, RiskQuestion(), "yes") == "y"


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        (("3",), [3]),
        (("0", "31", "2,3", "4"), [4]),
        (("+", "25"), [25]),
        (("row 7",), [7]),
        (("zzz", ""), None),
        (("",), None),
    ],
)
async def test_a_list_takes_one_of_its_numbers(
    lines: ScriptedLines, typed: tuple[str, ...], values: list[int] | None
) -> None:
    found = await answered(lines, FuzzyPicker("Which?", CHOICES), *typed)
    assert (None if found is None else [one.value for one in found]) == values
    assert [one for one in lines.said if ". row" in one][:20] == [f"{number}. row {number}" for number in range(1, 21)]


async def test_a_list_for_several_takes_each_number_once(lines: ScriptedLines) -> None:
    found = await answered(lines, FuzzyPicker("Which?", CHOICES, many=True), "1 99", "2, 3 2")
    assert [one.value for one in found] == [2, 3]


async def test_letters_choose_nobody_where_a_mistake_cannot_be_seen(lines: ScriptedLines) -> None:
    assert await answered(lines, CarefulChoice("Who?", "Which?", CHOICES[:3]), "row 2", "1 2", "4", "3") == 3
    assert await answered(lines, CarefulChoice("Who?", "Which?", CHOICES[:3]), "row 2", "") is None


async def test_a_command_leaves_a_question_and_is_no_answer(lines: ScriptedLines) -> None:
    terminal = LeavableTerminal(lines)
    lines.answers[:] = ["/goto 张三", "y"]
    assert await ask(Question("Send?", WAYS), terminal) is None
    assert terminal.command is not None and terminal.command.argument == "张三"
    assert await ask(Question("Really?", WAYS), terminal) is None, "nor is what follows, for the next question"
    assert lines.answers == ["y"]


async def test_links_and_menus_are_chosen_by_number(lines: ScriptedLines) -> None:
    links = [Address("https://a.example/x", "https://a.example/x"), Address("ftp://b", "")]
    opened = await answered(lines, AddressDialog(links), "3", "x", "1")
    assert (opened.address, opened.copied) == (links[0], False)
    copied = await answered(lines, AddressDialog(links), "c 2")
    assert (copied.address, copied.copied) == (links[1], True)
    assert "   Opens a.example" in lines.said
    rows = [MenuRow("copy", "Copy", "y"), MenuRow("revoke", "Recall", "d")]
    assert await answered(lines, Menu("What?", rows, Offset()), "0", "3", "r", "2") == "revoke"


async def test_the_server_is_waited_for(lines: ScriptedLines) -> None:
    work = asyncio.get_running_loop().create_future()
    asking = asyncio.ensure_future(ask(ServerWait(work), lines))
    await asyncio.sleep(0)
    assert not asking.done()
    work.set_result(None)
    assert await asking == "done"
