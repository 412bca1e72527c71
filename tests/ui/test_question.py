"""A question is answered by its keys, and by nothing else."""

from __future__ import annotations

import time

import pytest
from textual.pilot import Pilot

from tests.support.dialog_app import DialogApp, question_is_seen
from tests.support.fake_time import StoppedClock
from tests.support.screen_text import screen_text
from tests.support.text_fields_app import key
from tests.support.waiting import until
from tui.screens.dialogs.question import Answers, Question
from tui.screens.settling import SETTLE

NAMES = {",": "comma", " ": "space"}
ANSWERS: Answers = (("y", "take them back"), ("escape", "leave them"))


async def asked(app: DialogApp, pilot: Pilot[None], ask: Question) -> None:
    await app.show(ask)
    await question_is_seen(pilot, ask)


async def test_a_key_answers() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Take 3 messages back?", ANSWERS, clock=clock))
        clock.now += SETTLE + 0.01
        text = "\n".join(screen_text(app))
        assert "Take 3 messages back?" in text
        assert "y take them back" in text
        assert "Esc leave them" in text
        await pilot.press("y")
        assert app.results == ["y"]


@pytest.mark.parametrize(
    ("answers", "title"),
    [((("y", "log out"), ("escape", "stay")), "─ Log out ─"), ((("f", "as a file"), ("t", "as text")), "─ Question ─")],
)
async def test_the_title_is_what_yes_does(answers: Answers, title: str) -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Really?", answers, clock=clock))
        assert title in "\n".join(screen_text(app))


async def test_escape_is_the_way_back() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Take 3 messages back?", ANSWERS, clock=clock))
        clock.now += SETTLE + 0.01
        await pilot.press("escape")
        assert app.results == [None]


async def test_other_keys_do_nothing() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Log out?", ANSWERS, clock=clock))
        clock.now += 10
        await pilot.press("m", "enter", "space", "tab", "ctrl+c", "ctrl+q", "f1", "q")
        assert app.results == []
        assert isinstance(app.screen, Question)


async def test_enter_answers_where_an_answer_has_it() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Fine?", (("enter", "yes"), ("escape", "no")), clock=clock))
        clock.now += 1
        assert any("Enter yes" in line for line in screen_text(app))
        await pilot.press("enter")
        assert app.results == ["enter"]


async def test_what_was_typed_ahead_does_not_answer() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Log out?", ANSWERS, clock=clock))
        await pilot.press("y", "escape")
        clock.now += SETTLE - 0.01
        await pilot.press("y")
        assert app.results == []
        clock.now += 0.02
        await pilot.press("y")
        assert app.results == ["y"]


async def test_without_a_way_back_escape_is_no_answer() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Which?", (("a", "this"), ("b", "that")), clock=clock))
        clock.now += 1
        await pilot.press("escape")
        await pilot.click(offset=(0, 0))
        assert app.results == []
        await pilot.press("B")
        assert app.results == ["b"]


async def test_answers_can_be_clicked() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Take 3 messages back?", ANSWERS, clock=clock))
        lines = screen_text(app)
        y = next(at for at, line in enumerate(lines) if "y take them back" in line)
        await pilot.click(offset=(lines[y].index("take them"), y))
        await pilot.click(offset=(0, 0))
        assert app.results == [], "a second click of a double click was not meant for a question"
        clock.now += SETTLE + 0.01
        await pilot.click(offset=(lines[y].index("leave them"), y))
        await asked(app, pilot, Question("Take 3 messages back?", ANSWERS, clock=clock))
        clock.now += SETTLE + 0.01
        await pilot.click(offset=(lines[y].index("take them"), y))
        assert app.results == [None, "y"]


async def test_n_is_no() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Recall “hi”?", ANSWERS, clock=clock))
        await pilot.press("n")
        assert app.results == []
        clock.now += SETTLE + 0.01
        await pilot.press("n")
        assert app.results == [None]


async def test_a_letter_within_a_word_is_no_answer() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Recall “hi”?", ANSWERS, clock=clock))
        clock.now += 10
        now = time.monotonic()
        for at, char in enumerate("why, wangwei, sayyid, hayyy"):
            app.post_message(key(NAMES.get(char, char), now + at * 0.2, char))
        await pilot.pause()
        assert app.results == []
        app.post_message(key("y", now + 10, "y"))
        await pilot.pause()
        assert app.results == ["y"]


async def test_the_key_that_asked_agrees_when_it_is_pressed_once_more_and_not_held_down() -> None:
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        ask = Question("Accept?", ANSWERS, clock=clock, again="accept")
        await asked(app, pilot, ask)
        clock.now += 10
        now = time.perf_counter()
        for at in range(20):  # held down: the first repetition comes after a while
            app.post_message(key("a", now + 0.5 + at * 0.03))
        for at, char in enumerate("and"):
            app.post_message(key(char, now + 5 + at * 0.1))
        await pilot.pause()
        assert app.results == [] and ask.agreeing is None
        app.post_message(key("a", now + 9))
        await until(lambda: app.results == ["y"])


async def test_nothing_answers_a_question_that_is_not_painted() -> None:
    """A program that draws nothing for a while, say while it starts an editor, hears keys all the same."""
    app, clock = DialogApp(), StoppedClock()
    async with app.run_test(size=(80, 24)) as pilot:
        with app.batch_update():
            await app.show(Question("Log out?", ANSWERS, clock=clock))
            clock.now += 10
            await pilot.press("y", "escape")
            clock.now += 10
            await pilot.press("y", "escape")
            assert app.results == []
        ask = app.screen
        assert isinstance(ask, Question)
        await question_is_seen(pilot, ask)
        clock.now += SETTLE + 0.01
        await pilot.press("y")
        assert app.results == ["y"]


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (50, 20), (24, 12)])
async def test_all_of_it_is_seen(size: tuple[int, int]) -> None:
    """A long question is wrapped, and answers go below each other where they must."""
    question = "“项目计划群” 👨‍👩‍👧‍👦 is long: 4,000 lines. Send it as a file?"
    answers = (("f", "as a file"), ("t", "as text"), ("escape", "discard"))
    app = DialogApp("dark")
    async with app.run_test(size=size) as pilot:
        await asked(app, pilot, Question(question, answers))
        text = " ".join(" ".join(screen_text(app)).replace("│", " ").split())
        for words in ("f as a file", "t as text", "Esc discard", "4,000 lines.", "file?"):
            assert words in text


async def test_a_hostile_question_is_inert() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await asked(app, pilot, Question("Leave \x1b[2J\u202e[/x][@click=app.quit]tap[/] " + "字" * 9000, ANSWERS))
        text = "\n".join(screen_text(app))
        assert "␛[2J<U+202E>[/x][@click=app.quit]tap[/]" in text
        assert "Esc leave them" in text
