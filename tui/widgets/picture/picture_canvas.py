"""A picture in the middle of its room, or words in its place; one that is larger is moved about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rich.segment import Segment
from textual import events
from textual.geometry import Offset, Region
from textual.strip import Strip

from tui.widgets.base.canvas import Canvas
from tui.widgets.base.empty_state import empty_line
from tui.widgets.base.strips import on_paper, whole_line
from tui.widgets.base.styles import Tone

_AT_ONCE: Final = 400
"""Pieces in a colour of their own that are shown in one go: more would keep keys waiting."""


class PictureCanvas(Canvas):
    """Shows rows of cells."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._strips: Sequence[Strip] = ()
        self._columns = 0
        self._x = self._y = 0
        """First column and row of the picture that are in sight, where it is larger than its room."""
        self._shown = 0
        """Lines from the top that show the picture already."""
        self.drawn: Callable[[], None] | None = None
        """Called when something was drawn."""
        self._words = ""
        self._tone = Tone.DIM

    def say(self, words: str, tone: Tone = Tone.DIM) -> None:
        """Show words in the place of a picture."""
        self._strips, self._columns, self._words, self._tone = (), 0, words, tone
        self.refresh()

    def show(self, strips: Sequence[Strip], columns: int) -> None:
        """Show a picture, from its upper edge downwards where it has many colours."""
        same = len(strips) == len(self._strips) and columns == self._columns
        self._strips, self._columns = strips, columns
        self.pan(0, 0)
        if same or sum(map(len, strips)) <= _AT_ONCE:
            self._shown = self.size.height
            self.refresh()
            return
        self._shown = 0
        self.refresh()
        self.call_after_refresh(self._go_on, strips)

    def _go_on(self, strips: Sequence[Strip]) -> None:
        """Show some more lines; another picture that came meanwhile begins by itself."""
        if strips is not self._strips or not self.is_attached:
            return
        first, pieces = self._shown, 0
        while self._shown < self.size.height and pieces < _AT_ONCE:
            row = self._row(self._shown)
            pieces += len(strips[row]) if row is not None else 0
            self._shown += 1
        self.refresh(Region(0, first, self.size.width, self._shown - first))
        if self._shown < self.size.height:
            self.call_after_refresh(self._go_on, strips)

    @property
    def can_pan(self) -> tuple[bool, bool]:
        """True for each direction, across and down, in which the picture is larger than its room."""
        return self._columns > self.size.width, len(self._strips) > self.size.height

    def pan(self, columns: int, rows: int) -> None:
        """Move the view over a picture that is larger than its room."""
        x = max(0, min(self._x + columns, self._columns - self.size.width))
        y = max(0, min(self._y + rows, len(self._strips) - self.size.height))
        if (x, y) != (self._x, self._y):
            self._x, self._y = x, y
            self.refresh()

    def centre(self) -> None:
        """Show the middle of a picture that is larger than its room."""
        self._x = max(0, (self._columns - self.size.width) // 2)
        self._y = max(0, (len(self._strips) - self.size.height) // 2)
        self.refresh()

    @property
    def corner(self) -> Offset:
        """Cell of the screen in which a picture begins that is not larger than its room."""
        size = self.size
        return self.region.offset + Offset(
            max(0, (size.width - self._columns) // 2), max(0, (size.height - len(self._strips)) // 2)
        )

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw, and tell when that is on the terminal."""
        if self.drawn is not None:
            self.call_after_refresh(self.drawn)
        return super().render_lines(crop)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the view within the picture."""
        self._shown = self.size.height
        self.pan(0, 0)

    def _row(self, y: int) -> int | None:
        """Return the row of the picture that stands in a line."""
        row = y - max(0, (self.size.height - len(self._strips)) // 2) + self._y
        return row if 0 <= row < len(self._strips) else None

    def draw(self, y: int, width: int) -> Strip:
        """Draw a line of the picture, or of the words."""
        styles = self.theme_styles
        if not self._strips:
            return empty_line((self._words, self._tone), y, (width, self.size.height), styles)
        row = self._row(y) if y < self._shown else None
        if row is None:
            return Strip.blank(width, styles.text)
        left = max(0, (width - self._columns) // 2)
        cells = self._strips[row]
        if self._columns > width:
            cells = whole_line(cells).crop(self._x, self._x + width)
        cells = on_paper(cells, styles.text)
        rest = width - left - cells.cell_length
        before, after = Segment(" " * left, styles.text), Segment(" " * max(0, rest), styles.text)
        return Strip([before, *cells, after], width)
