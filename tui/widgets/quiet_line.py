"""Line above the bar that says what one can do here; on a narrow screen two."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from tui.keymap import BETWEEN
from tui.terminal.graphemes import cell_len, cut
from tui.widgets.base.canvas import Canvas, fit

_INDENT: Final = 2
"""Cells before the words: they stand above the text of the bar."""
_MOST: Final = 2
_LEAST_ROWS, _AMPLE_ROWS = 16, 24
"""Rows of the screen below which the messages need the room, and from which on there is a blank row above the words."""


class QuietLine(Canvas):
    """Draws hints, dim, whole ones on each of its rows; not there at all without words."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.display = False
        self._words = ""
        self._rows: list[str] = []

    def show(self, words: str) -> None:
        """Show hints with dots between them; "" for none."""
        if words != self._words:
            self._words = words
            self.refresh(layout=True)
        self.display = bool(words) and self.app.size.height >= _LEAST_ROWS

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Break the hints for the width that a layout gives them, so that one layout is enough."""
        room, rows = max(1, width - _INDENT), list[str]()
        for one in self._words.split(BETWEEN):
            longer = f"{rows[-1]}{BETWEEN}{one}" if rows else ""
            if rows and cell_len(longer) <= room:
                rows[-1] = longer
            else:
                rows.append(one)
        self._rows = [*([""] if self.app.size.height >= _AMPLE_ROWS else []), *rows[:_MOST]]
        return max(1, len(self._rows))

    def draw(self, y: int, width: int) -> Strip:
        """Draw one row."""
        styles = self.theme_styles
        text = self._rows[y] if y < len(self._rows) else ""
        return fit(
            [Segment(" " * _INDENT, styles.text), Segment(cut(text, width - _INDENT), styles.dim)], width, styles.text
        )
