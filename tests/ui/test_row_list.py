"""Lists of rows with one line and with two: the cursor, pages, the wheel, clicks, and what is drawn again."""

from __future__ import annotations

from typing import Self

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from tui.widgets.base.canvas import fit
from tui.widgets.lists.row_list import RowList

MANY = 50
HEIGHT = 11


class Numbers(RowList[int]):
    def __init__(self, lines: int) -> None:
        self.changed: list[Region] = []
        super().__init__()
        self.row_lines = lines
        self.shown = range(MANY)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        self.changed += regions
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def line(self, index: int, number: int, width: int, *, at_cursor: bool) -> Strip:
        return fit([Segment(f"{'›' if at_cursor else ' '}{self.shown[index]}.{number}")], width, self.theme_styles.text)


class Shelf(App[None]):
    def __init__(self, lines: int) -> None:
        super().__init__()
        self.list = Numbers(lines)
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        yield self.list

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.chosen.append(event.list.cursor)


def lines_of(listed: Numbers) -> list[str]:
    return [listed.draw(y, 8).text.strip() for y in range(listed.size.height)]


@pytest.mark.parametrize(("lines", "page"), [(1, 11), (2, 5)])
async def test_the_cursors_row_is_always_in_sight_whole(lines: int, page: int) -> None:
    app = Shelf(lines)
    async with app.run_test(size=(12, HEIGHT)) as pilot:
        listed = app.list
        listed.point_at(0)
        assert listed.page == page
        for key in ["j"] * 14 + ["pagedown"] * 3 + ["k"] * 7 + ["pageup", "G", "pageup", "g", "G"]:
            await pilot.press(key)
            shown = lines_of(listed)
            for number in range(lines):
                assert f"›{listed.cursor}.{number}" in shown, key
        assert listed.cursor == MANY - 1
        assert [text for text in shown if text][-1] == f"›{MANY - 1}.{lines - 1}"


@pytest.mark.parametrize(("lines", "page"), [(1, 11), (2, 5)])
async def test_a_page_is_as_many_rows_as_are_in_sight(lines: int, page: int) -> None:
    app = Shelf(lines)
    async with app.run_test(size=(12, HEIGHT)) as pilot:
        app.list.point_at(0)
        await pilot.press("pagedown")
        assert app.list.cursor == page - 1


@pytest.mark.parametrize("lines", [1, 2])
async def test_a_click_on_any_line_of_a_row_chooses_it(lines: int) -> None:
    app = Shelf(lines)
    async with app.run_test(size=(12, HEIGHT)) as pilot:
        for y in range(HEIGHT):
            app.list.point_at(0)
            await pilot.click(app.list, offset=(2, y))
            await pilot.pause()
            assert app.chosen.pop() == y // lines, y


@pytest.mark.parametrize("lines", [1, 2])
async def test_a_step_draws_the_two_rows_that_it_changes(lines: int) -> None:
    app = Shelf(lines)
    async with app.run_test(size=(12, HEIGHT)) as pilot:
        app.list.point_at(1)
        app.list.changed.clear()
        await pilot.press("j")
        assert app.list.changed == [Region(0, row * lines, 12, lines) for row in (1, 2)]


async def test_a_list_that_was_hidden_begins_with_its_first_row() -> None:
    app = Shelf(1)
    async with app.run_test(size=(12, HEIGHT)) as pilot:
        app.list.display = False
        await pilot.pause()
        app.list.point_at(3)
        app.list.display = True
        await pilot.pause()
        assert lines_of(app.list)[0] == "0.0"
        app.list.display = False
        await pilot.pause()
        app.list.point_at(MANY - 1)
        app.list.display = True
        await pilot.pause()
        assert lines_of(app.list)[-1] == f"›{MANY - 1}.0"
