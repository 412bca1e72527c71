"""A text of several lines in a field of at most six rows: the rows in sight, and the mark before each."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.strip import Strip

from tui.terminal.graphemes import cut
from tui.widgets.base.canvas import fit
from tui.widgets.base.styles import Styles
from tui.widgets.text_input.text_rows import TextRows

MOST_ROWS: Final = 6
PROMPT: Final = "› "


class MultilineInput:
    """Rows of a text, scrolled so that the caret is in sight. The field that owns it draws them, and has the keys."""

    def __init__(self) -> None:
        self._text = TextRows()
        self._empty = True
        self._top = 0
        self._shown: list[tuple[str, str]] = []
        """Mark and text of each row in sight."""
        self._column: int | None = None
        """Column that the caret keeps while it goes up and down."""

    @property
    def is_laid_out(self) -> bool:
        """False until the rows of a text are known."""
        return bool(self._shown)

    @property
    def height(self) -> int:
        """Rows that the text takes."""
        return max(1, len(self._shown))

    def lay_out(self, text: str, caret: int, width: int) -> list[int]:
        """Break the text into rows of `width` cells with the prompt; return those in sight that changed."""
        rows = self._text
        self._empty = not text
        rows.set(text, max(2, width - len(PROMPT)))
        height = min(MOST_ROWS, rows.height)
        y = rows.place(caret)[1]
        self._top = max(0, min(max(min(self._top, y), y - height + 1), rows.height - height))
        before = self._shown
        self._shown = [(self._mark(at, height), rows.row(self._top + at)) for at in range(height)]
        return [at for at, row in enumerate(self._shown) if before[at : at + 1] != [row]]

    def _mark(self, at: int, height: int) -> str:
        """Return what stands before row `at`: the prompt, or that there is more above or below."""
        row = self._top + at
        if row == 0:
            return PROMPT
        if at == 0:
            return "↑ "
        return "↓ " if at == height - 1 and row < self._text.height - 1 else "  "

    # ---------------------------------------------------------------- places

    def cell(self, place: int) -> tuple[int, int]:
        """Return where a place in the text is drawn, (x, y)."""
        x, y = self._text.place(place)
        return x + len(PROMPT), y - self._top

    def place(self, x: int, y: int) -> int:
        """Return the place in the text that is drawn nearest to (x, y)."""
        return self._text.at(x - len(PROMPT), y + self._top)

    def beside(self, place: int, step: int) -> int | None:
        """Return the place a row up or down, in the column where that began; None beyond the first and the last row."""
        x, y = self._text.place(place)
        if not 0 <= y + step < self._text.height:
            return None
        self._column = x if self._column is None else self._column
        return self._text.at(self._column, y + step)

    def forget_column(self) -> None:
        """Let the next step up or down begin a column: the caret moved otherwise."""
        self._column = None

    # ---------------------------------------------------------------- drawing

    def draw(self, y: int, width: int, styles: Styles, placeholder: str) -> Strip:
        """Return row `y`; the placeholder stands where there is no text."""
        if y >= len(self._shown):
            return Strip.blank(width, styles.text)
        mark, text = self._shown[y]
        prompt = Segment(mark, styles.accent if mark == PROMPT else styles.dim)
        if self._empty:
            return fit([prompt, Segment(cut(placeholder, width - 2), styles.dim)], width, styles.text)
        return fit([prompt, Segment(text, styles.text)], width, styles.text)
