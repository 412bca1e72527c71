"""A page of lines to read and scroll: help, a message in full. Its owner lays them out, for one width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from rich.segment import Segment
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import ScrollingCanvas, fit
from tui.widgets.base.styles import Run

Line: TypeAlias = tuple[Run, ...]


class Page(ScrollingCanvas, can_focus=True):
    """Shows as many lines as have room. There is no cursor: keys move the page."""

    BINDINGS = [
        bound("page.down", "move(1)"),
        bound("page.up", "move(-1)"),
        bound("page.page_down", "pages(1)"),
        bound("page.page_up", "pages(-1)"),
        bound("page.half_down", "pages(0.5)"),
        bound("page.half_up", "pages(-0.5)"),
        bound("page.first", "go(0)"),
        bound("page.last", "go(-1)"),
    ]

    class Scrolled(Message):
        """Tells that other lines are in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[Line] = ()
        self.top = 0
        self._high = 0

    def show(self, lines: Sequence[Line], top: int | None = None) -> None:
        """Show these lines from `top` on; without it, from where the page stood."""
        self.lines = lines
        self.top = self._within(self.top if top is None else top)
        self.refresh(layout=self.styles.is_auto_height and self._high != max(1, len(lines)))
        self.post_message(self.Scrolled())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines."""
        self._high = max(1, len(self.lines))
        return self._high

    @property
    def place(self) -> str:
        """Position as `12–30/100`; "" when all lines are in sight."""
        height, count = self.size.height, len(self.lines)
        return f"{self.top + 1}–{min(count, self.top + height)}/{count}" if count > height else ""

    def draw(self, y: int, width: int) -> Strip:
        """Draw the line in sight at `y`."""
        styles = self.theme_styles
        at = self.top + y
        line = self.lines[at] if at < len(self.lines) else ()
        return fit([Segment(text, styles[tone]) for text, tone in line], width, styles.text)

    # ---------------------------------------------------------------- moving

    def _within(self, top: int) -> int:
        return max(0, min(top, len(self.lines) - self.size.height))

    def to(self, top: int) -> None:
        """Scroll until line `top` is the first in sight."""
        top = self._within(top)
        if top != self.top:
            self.top = top
            self.refresh()
            self.post_message(self.Scrolled())

    def scroll_rows(self, rows: int) -> None:
        """Scroll down by some lines, up by negative ones."""
        self.to(self.top + rows)

    action_move = scroll_rows

    def action_pages(self, pages: float) -> None:
        """Scroll down by some pages, up by negative ones."""
        self.to(self.top + int(pages * max(1, self.size.height - 1)))

    def action_go(self, line: int) -> None:
        """Scroll to the first line, or with -1 to the last."""
        self.to(line if line >= 0 else len(self.lines))

    def on_resize(self) -> None:
        """Keep the last line at the bottom when the page gets higher."""
        self.top = self._within(self.top)
        self.post_message(self.Scrolled())
