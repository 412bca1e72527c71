"""Rows above the bar that say what `s/old/new/` in it will do, and what the others will see of that."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.strip import Strip

from tui.terminal.graphemes import cut
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.fitting_hints import fitting
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Run, Tone

_BEFORE: Final = 12
"""Characters that stand before a change which does not fit into the row from the beginning."""


class CorrectionPreview(Canvas):
    """Floats over what is above the bar, as the completion does: mount it before that, in the same container."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.placed(display="none", overlay="screen")
        self._rows: tuple[Run, ...] = ()

    def show(self, *rows: Run) -> None:
        """Show these rows, each in one tone; the last one has hints about keys."""
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
        """Draw a row; of the keys in the last one, those that have room."""
        styles, room = self.theme_styles, width - 3
        words, tone = self._rows[y] if y < len(self._rows) else ("", Tone.TEXT)
        if y == len(self._rows) - 1:
            words = fitting(words, room)
        return fit([Segment("  " + cut(words, room), styles[tone])], width, styles.text)


def around(before: str, after: str, most: int) -> str:
    """Return at most so many characters of `after`, in one line, with the place where it differs from `before`."""
    at = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), len(before))
    start = 0 if at < most - _BEFORE else at - _BEFORE
    return ("…" if start else "") + one_line(after[start:], most)
