"""A list of any length that draws only the rows in sight: conversations, files, uploads, commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import ScrollingCanvas

T = TypeVar("T")


class RowList(ScrollingCanvas, Generic[T], can_focus=True):
    """A list with a cursor. A subclass draws one row (`row`) of what is `shown`.

    `cursor` is the row that keys act on, -1 while there is none; `top` the first row in sight.
    """

    BINDINGS = [
        bound("list.up", "move(-1)"),
        bound("list.down", "move(1)"),
        bound("list.page_up", "pages(-1)"),
        bound("list.page_down", "pages(1)"),
        bound("list.first", "jump(0)"),
        bound("list.last", "jump(-1)"),
        bound("list.choose", "choose"),
    ]

    @dataclass
    class Moved(Message):
        """Tells that the cursor stands on another row."""

        list: RowList[Any]

    @dataclass
    class Chosen(Message):
        """Tells of Enter or a click on the row at the cursor, which stays on its entry when rows move meanwhile."""

        list: RowList[Any]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shown: Sequence[T] = ()
        self.cursor = -1
        self.top = 0

    # ---------------------------------------------------------------- what a subclass says

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.shown)

    @property
    def at_cursor(self) -> T | None:
        """Entry that keys act on."""
        return self.shown[self.cursor] if 0 <= self.cursor < len(self.shown) else None

    def row(self, index: int, width: int, *, at_cursor: bool) -> Strip:
        """Return row `index`, exactly `width` cells."""
        raise NotImplementedError

    # ---------------------------------------------------------------- for those who fill it

    def rows_changed(self) -> None:
        """Keep the cursor among the rows and draw again: they came, went or changed."""
        self.cursor = min(self.cursor, self.count - 1)
        self._keep_in_sight()
        self.refresh()

    def point_at(self, index: int) -> None:
        """Put the cursor on a row and bring it into sight; `Moved` is not posted."""
        index = max(-1, min(index, self.count - 1))
        before, top = self.cursor, self.top
        self.cursor = index
        self._keep_in_sight()
        if self.top != top:
            self.refresh()
        elif index != before:
            self._refresh_rows(before, index)

    def _refresh_rows(self, *indices: int) -> None:
        height = self.size.height
        rows = (index - self.top for index in indices)
        regions = [Region(0, row, self.size.width, 1) for row in rows if 0 <= row < height]
        if regions:
            self.refresh(*regions)

    def _keep_in_sight(self) -> None:
        height = max(1, self.size.height)
        if self.cursor >= 0:
            self.top = max(min(self.top, self.cursor), self.cursor - height + 1)
        self.top = max(0, min(self.top, self.count - height))

    # ---------------------------------------------------------------- drawing

    def draw(self, y: int, width: int) -> Strip:
        """Draw the row in sight at `y`."""
        index = self.top + y
        if index < self.count:
            return self.row(index, width, at_cursor=index == self.cursor)
        return Strip.blank(width, self.theme_styles.text)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._keep_in_sight()

    # ---------------------------------------------------------------- keys and mouse

    def _go(self, index: int) -> None:
        index = max(0, min(index, self.count - 1))
        if self.count and index != self.cursor:
            self.point_at(index)
            self.post_message(self.Moved(self))

    def action_move(self, rows: int) -> None:
        """Move some rows down, or up."""
        self._go(self.cursor + rows)

    def action_pages(self, pages: int) -> None:
        """Move some pages down, or up."""
        self._go(self.cursor + pages * max(1, self.size.height - 1))

    def action_jump(self, index: int) -> None:
        """Move to the first row, or with -1 to the last."""
        self._go(index if index >= 0 else self.count - 1)

    def action_choose(self) -> None:
        """Choose the row at the cursor."""
        if 0 <= self.cursor < self.count:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        index = self.top + event.y
        if index < self.count:
            self._go(index)
            self.action_choose()

    def scroll_rows(self, rows: int) -> None:
        """Scroll some rows down, or up; the cursor stays on its row."""
        top = max(0, min(self.top + rows, self.count - self.size.height))
        if top != self.top:
            self.top = top
            self.refresh()
