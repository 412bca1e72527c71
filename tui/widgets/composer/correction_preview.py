"""Rows above the bar that say what `s/old/new/` in it will do, and what the others will see of that."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.strip import Strip

from tui.terminal.graphemes import cell_len, cut
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Run, Tone

_BEFORE: Final = 12
"""Characters that stand before a change which does not fit into the row from the beginning."""
_BETWEEN: Final = " · "


class CorrectionPreview(Canvas):
    """Floats over what is above the bar, as the completion does: mount it before that, in the same container."""

    DEFAULT_CSS = """
    CorrectionPreview {
        display: none;
        overlay: screen;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: tuple[Run, ...] = ()

    def show(self, *rows: Run) -> None:
        """Show these rows, each in one tone."""
        if rows == self._rows and self.display:
            return
        if len(rows) != len(self._rows) or not self.display:
            self.styles.height = len(rows)
            self.styles.offset = (0, -len(rows))
            self.display = True
        self._rows = rows
        self.refresh()

    def close(self) -> None:
        """Show nothing."""
        if self.display:
            self._rows, self.display = (), False

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row; hints that have no room are left out, but for the last one."""
        styles = self.theme_styles
        words, tone = self._rows[y] if y < len(self._rows) else ("", Tone.TEXT)
        return fit([Segment("  " + _fitted(words, width - 3), styles[tone])], width, styles.text)


def _fitted(words: str, room: int) -> str:
    """Return words of at most `room` cells; of hints the last one, the way out, is kept the longest."""
    *others, last = words.split(_BETWEEN)
    while others and cell_len(_BETWEEN.join([*others, last])) > room:
        others.pop()
    return cut(_BETWEEN.join([*others, last]), room)


def around(before: str, after: str, most: int) -> str:
    """Return at most so many characters of `after`, in one line, with the place where it differs from `before`."""
    at = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), len(before))
    start = 0 if at < most - _BEFORE else at - _BEFORE
    return ("…" if start else "") + one_line(after[start:], most)
