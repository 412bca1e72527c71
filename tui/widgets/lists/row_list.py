"""A list of any length that draws only the rows in sight: conversations, files, uploads, commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip

from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import ScrollingCanvas
from tui.widgets.base.widget_message import WidgetMessage

T = TypeVar("T")


class RowList(ScrollingCanvas, Generic[T], can_focus=True):
    """A list with a cursor. A subclass draws one row (`row`) of what is `shown`.

    `cursor` is the row that keys act on, -1 while there is none; `top` the first row in sight. A row has `row_lines`
    lines, of which `row` draws the first and `line` any.
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

    class Moved(WidgetMessage):
        """Tells that the cursor stands on another row."""

        list: RowList[Any]

    class Chosen(WidgetMessage):
        """Tells of Enter or a click on the row at the cursor, which stays on its entry when rows move meanwhile."""

        list: RowList[Any]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shown: Sequence[T] = ()
        self.cursor = -1
        self.top = 0
        self.row_lines = 1
        self._high = 0

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

    def line(self, index: int, number: int, width: int, *, at_cursor: bool) -> Strip:
        """Return a line of row `index`, the first being 0; a subclass whose rows have several draws them here."""
        return self.row(index, width, at_cursor=at_cursor)

    @property
    def page(self) -> int:
        """Number of rows that are in sight whole."""
        return max(1, self.size.height // self.row_lines)

    @property
    def lookahead(self) -> int:
        """Number of rows that come into sight beyond the cursor when it leaves what is in sight."""
        return 0

    def row_at(self, y: int) -> int | None:
        """Return the row that is drawn in line `y`; None below the last."""
        index = self.top + y // self.row_lines
        return index if index < self.count else None

    # ---------------------------------------------------------------- for those who fill it

    def rows_changed(self) -> None:
        """Keep the cursor among the rows and draw again: they came, went or changed."""
        self.cursor = min(self.cursor, self.count - 1)
        self._keep_in_sight()
        self.refresh(layout=self.styles.is_auto_height and self._high != max(1, self.count))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a line for each row, and one that says that there are none."""
        self._high = max(1, self.count)
        return self._high

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
        lines = self.row_lines
        starts = ((index - self.top) * lines for index in indices)
        regions = [Region(0, start, self.size.width, lines) for start in starts if 0 <= start < self.size.height]
        if regions:
            self.refresh(*regions)

    def _keep_in_sight(self) -> None:
        if not self.size.height:
            return  # Nothing is in sight while it is hidden; `on_resize` comes with its height.
        if 0 <= self.cursor < self.top:
            self.top = self.cursor - self.lookahead
        elif self.cursor >= self.top + self.page:
            self.top = self.cursor - self.page + 1 + self.lookahead
        self.top = max(0, min(self.top, self.count - self.page))

    # ---------------------------------------------------------------- drawing

    def draw(self, y: int, width: int) -> Strip:
        """Draw the row in sight at `y`."""
        index = self.row_at(y)
        if index is not None:
            return self.line(index, y % self.row_lines, width, at_cursor=index == self.cursor)
        return Strip.blank(width, self.theme_styles.text)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        top = self.top
        self._keep_in_sight()
        if self.top != top:
            self.refresh()

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
        self._go(self.cursor + pages * max(1, self.page - 1))

    def action_jump(self, index: int) -> None:
        """Move to the first row, or with -1 to the last."""
        self._go(index if index >= 0 else self.count - 1)

    def action_choose(self) -> None:
        """Choose the row at the cursor."""
        if 0 <= self.cursor < self.count:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """Choose the row that was clicked."""
        index = self.row_at(event.y)
        if index is not None:
            self._go(index)
            self.action_choose()

    def scroll_rows(self, rows: int) -> None:
        """Scroll some rows down, or up; the cursor stays on its row."""
        top = max(0, min(self.top + rows, self.count - self.page))
        if top != self.top:
            self.top = top
            self.refresh()
