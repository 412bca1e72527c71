"""The picker: finds, marks, takes, and stays quick with thousands of choices."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from tests.support.dialog_app import DialogApp
from tests.support.examples import examples
from tests.support.screen_text import screen_text
from tests.support.stored_messages import HOSTILE
from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.terminal.graphemes import cell_len
from tui.widgets.lists.choice_list import Choice, ChoiceList

PEOPLE = (
    Choice("张三", "San", ("zhangsan", "zs"), 1),
    Choice("项目计划群", "", ("xmjhq",), 2),
    Choice("Alice Liddell", "", (), 3),
    Choice("👨‍👩‍👧‍👦 家人", "family", (), 4),
    Choice("Bob [/x] [@click=app.quit]tap[/]", "", (), 5),
)


def values(app: DialogApp) -> list[int]:
    """What was taken; fails when the picker is still there."""
    [taken] = app.results
    assert isinstance(taken, list)
    return [choice.value for choice in taken]


async def settled(pilot: Pilot[None]) -> None:
    """A ranking in a thread has come back."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_letters_narrow_and_enter_takes_the_best() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Go to", PEOPLE))
        await pilot.press(*"lid")
        text = "\n".join(screen_text(app))
        assert "Go to" in text
        assert "Alice Liddell" in text
        assert "张三" not in text
        assert "1/5" in text
        await pilot.press("enter")
        assert values(app) == [3]


async def test_other_names_find_though_they_are_not_shown() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Go to", PEOPLE))
        await pilot.press(*"zhangs", "enter")
        assert values(app) == [1]


async def test_found_letters_are_stronger() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Go to", PEOPLE))
        await pilot.press(*"lid")
        strip = app.screen.query_one(ChoiceList).draw(0, 60)
        strong = "".join(text for text, style, _ in strip if style is not None and style.underline)
        assert strong == "Lid"


async def test_escape_and_a_click_beside_take_nothing() -> None:
    app = DialogApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await app.show(FuzzyPicker("Go to", PEOPLE))
        await pilot.press("a", "escape")
        await app.show(FuzzyPicker("Go to", PEOPLE))
        await pilot.click(offset=(1, 1))
        assert app.results == [None, None]


async def test_enter_does_nothing_when_nothing_is_found() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Go to", PEOPLE))
        await pilot.press(*"qqq", "enter")
        assert app.results == []
        assert any("No matches." in line for line in screen_text(app))


async def test_tab_marks_across_queries_and_a_space_is_text() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Forward to", PEOPLE, many=True))
        await pilot.press(*"alice lid", "tab")
        assert any("✓ Alice Liddell" in line for line in screen_text(app))
        await pilot.press("ctrl+u", *"zs", "tab")
        assert any("2 marked" in line for line in screen_text(app))
        await pilot.press("ctrl+u", "enter")
        assert values(app) == [3, 1]


async def test_a_mark_can_be_taken_away_and_without_marks_the_cursor_counts() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Forward to", PEOPLE, many=True))
        await pilot.press("tab", "up", "tab", "enter")
        assert values(app) == [2]


async def test_tab_marks_nothing_where_one_is_picked() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Go to", PEOPLE))
        await pilot.press("tab", "down", "enter")
        assert values(app) == [2]


async def test_a_click_takes_or_marks() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Go to", PEOPLE))
        await pilot.click(ChoiceList, offset=(5, 1))
        assert values(app) == [2]
        app.results.clear()
        await app.show(FuzzyPicker("Forward to", PEOPLE, many=True))
        await pilot.click(ChoiceList, offset=(5, 1))
        await pilot.click(ChoiceList, offset=(5, 2))
        await pilot.press("enter")
        assert values(app) == [2, 3]


async def test_enter_right_behind_the_letters_takes_what_they_find() -> None:
    """Five thousand are ranked in a thread; a quick Enter must not take what stood there before."""
    choices = [Choice(f"person {number:04}", "", (), number) for number in range(5000)]
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Go to", choices))
        await pilot.pause()
        for key in (*"4321", "enter"):
            app.simulate_key(key)
        await settled(pilot)
        await settled(pilot)
        assert values(app) == [4321]


async def test_the_latest_query_wins() -> None:
    choices = [Choice(f"person {number:04}", "", (), number) for number in range(5000)]
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(FuzzyPicker("Go to", choices))
        await pilot.press(*"12", "backspace", "backspace", *"77")
        await settled(pilot)
        text = "\n".join(screen_text(app))
        assert "person 0077" in text
        assert "person 0012" not in text


def frame(app: DialogApp) -> tuple[int, int]:
    """First and last line of the frame."""
    lines = screen_text(app)
    return (
        next(at for at, line in enumerate(lines) if "╭" in line),
        next(at for at, line in enumerate(lines) if "╰" in line),
    )


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (60, 20), (50, 20), (40, 12)])
async def test_it_is_as_high_as_what_it_holds_and_the_rest_stays(size: tuple[int, int]) -> None:
    app = DialogApp()
    async with app.run_test(size=size) as pilot:
        await app.show(FuzzyPicker("Go to", PEOPLE))
        await pilot.pause()
        top, bottom = frame(app)
        assert bottom - top + 1 == 2 + 1 + len(PEOPLE)
        assert top == (size[1] - 8) // 2
        lines = screen_text(app)
        assert all("line" in line for line in (*lines[:top], *lines[bottom + 1 :]))
        await pilot.press(*"lid")
        assert frame(app) == (top, top + 3), "the upper edge stays where it is"
        assert all("line" in line for line in screen_text(app)[top + 4 :])
        await pilot.press(*"qqq")
        assert "No matches." in screen_text(app)[top + 2]
        await pilot.press("ctrl+u")
        assert frame(app) == (top, bottom)


@pytest.mark.parametrize("size", [(80, 24), (50, 20), (40, 12), (24, 8)])
async def test_many_choices_take_the_room_there_is_and_leave_the_way_out(size: tuple[int, int]) -> None:
    app = DialogApp()
    async with app.run_test(size=size) as pilot:
        await app.show(FuzzyPicker("Forward to", [Choice(f"person {at}", "", (), at) for at in range(90)], many=True))
        await pilot.pause()
        top, bottom = frame(app)
        assert bottom - top + 1 == min(20, size[1])
        assert "Esc back" in screen_text(app)[bottom]
        await pilot.press("ctrl+end")
        assert "person 89" in screen_text(app)[bottom - 1]
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert "line 0" in screen_text(app)[0]
        assert frame(app) == (5, 24)
        assert "person 89" in screen_text(app)[23]


@given(st.sampled_from(HOSTILE), st.sampled_from(HOSTILE), st.sampled_from(HOSTILE), st.integers(4, 90))
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_names_keep_to_their_row(label: str, hint: str, query: str, width: int) -> None:
    rows = ChoiceListAlone([Choice(label, hint, (), 0)])
    rows.show(query[:20], [0])
    strip = rows.row(0, width, at_cursor=True)
    text = "".join(segment.text for segment in strip)
    assert strip.cell_length == width
    assert sum(cell_len(segment.text) for segment in strip) == width
    assert text.isprintable() or "\u200d" in text or "\ufe0f" in text
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or "\u202a" <= char <= "\u202e" for char in text)


class ChoiceListAlone(ChoiceList[int]):
    """Draws without an app."""

    def __init__(self, choices: list[Choice[int]]) -> None:
        super().__init__(choices, ())

    @property
    def theme_styles(self):  # type: ignore[no-untyped-def,override]
        from tui.widgets.base.styles import THEME_STYLES

        return THEME_STYLES["terminal"]

    def rows_changed(self) -> None:
        """There is no screen."""


async def test_five_thousand_choices_hold_no_key_up() -> None:
    """Counts the steps of ranking on the loop: none of 5,000 names may be looked at there."""
    choices = [Choice(f"名字 person {number}", "hint", ("pinyin", "py"), number) for number in range(5000)]
    app = DialogApp()
    loop_thread = __import__("threading").get_ident()
    on_loop = 0

    class Counting(FuzzyPicker[int]):
        def _names(self, number: int) -> tuple[str, ...]:
            nonlocal on_loop
            on_loop += __import__("threading").get_ident() == loop_thread
            return super()._names(number)

    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(Counting("Go to", choices))
        await pilot.press(*"person 12")
        await settled(pilot)
        assert on_loop == 0
        assert any("person 12" in line for line in screen_text(app))
