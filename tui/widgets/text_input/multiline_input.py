"""A field that grows with its text up to six lines, and then scrolls. Only the rows that changed are drawn again."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip

from tui.terminal.graphemes import cut
from tui.widgets.base.canvas import fit
from tui.widgets.text_input.layout import Sheet
from tui.widgets.text_input.text_field import TextField

MOST_ROWS: Final = 6
PROMPT: Final = "› "


class GrowingField(TextField):
    """Its height is set when the number of its lines changes, and at no other time: that is a layout of the screen."""

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.placeholder = placeholder
        self._sheet = Sheet()
        self._top = 0
        self._height = 0
        self._drawn: list[tuple[str, str]] = []
        self._goal: int | None = None
        """The column that the caret wants to be in while it goes up and down."""

    # ---------------------------------------------------------------- what a subclass says

    @property
    def has_line_above(self) -> bool:
        """Whether there is a line above the text."""
        return False

    def draw_above(self, width: int) -> Strip:
        """The line above the text."""
        raise NotImplementedError

    # ---------------------------------------------------------------- moving

    def moved(self) -> None:
        """The caret stands elsewhere."""
        self._goal = None
        self.lay_out()

    def go_vertical(self, step: int) -> bool:
        """A row up or down, in the same column; False beyond the first and the last one."""
        x, y = self._sheet.place(self.buffer.caret)
        if not 0 <= y + step < self._sheet.height:
            return False
        goal = x if self._goal is None else self._goal
        self.buffer.move_to(self._sheet.at(goal, y + step))
        self.moved()
        self._goal = goal
        return True

    def on_click(self, event: events.Click) -> None:
        """Put the caret where it was clicked."""
        row = event.y - self.has_line_above
        if row >= 0:
            self.buffer.move_to(self._sheet.at(event.x - len(PROMPT), row + self._top))
            self.moved()

    # ---------------------------------------------------------------- drawing

    def lay_out(self) -> None:
        """Break the text into rows, and draw those that are others than before."""
        width = self.size.width
        if not width:
            return
        sheet = self._sheet
        sheet.set(self.buffer.text, max(2, width - len(PROMPT)))
        rows = min(MOST_ROWS, sheet.height)
        x, y = sheet.place(self.buffer.caret)
        self._top = max(0, min(max(min(self._top, y), y - rows + 1), sheet.height - rows))
        lines = [(self._mark(self._top + at, at, rows), sheet.row(self._top + at)) for at in range(rows)]
        above = self.has_line_above
        if self._height != rows + above:
            self._height = rows + above
            self.styles.height = self._height
            self.refresh()
        else:
            stale = [at for at, line in enumerate(lines) if self._drawn[at : at + 1] != [line]]
            # Where only the caret moved, its cell is enough for a frame to be written.
            self.refresh(*(Region(0, at + above, width, 1) for at in stale) if stale
                         else (Region(x + len(PROMPT), y - self._top + above, 1, 1),))  # fmt: skip
        self._drawn = lines

    def _mark(self, row: int, at: int, rows: int) -> str:
        """What stands before a row: the prompt, or that there is more above or below."""
        if row == 0:
            return PROMPT
        if at == 0:
            return "↑ "
        return "↓ " if at == rows - 1 and row < self._sheet.height - 1 else "  "

    @property
    def caret(self) -> tuple[int, int] | None:
        """Where an input method opens its window."""
        x, y = self._sheet.place(self.buffer.caret)
        return x + len(PROMPT), y - self._top + self.has_line_above

    def draw(self, y: int, width: int) -> Strip:
        """The line above, or a row of the text."""
        styles = self.theme_styles
        if self.has_line_above:
            if y == 0:
                return self.draw_above(width)
            y -= 1
        if y >= len(self._drawn):
            return Strip.blank(width, styles.text)
        mark, text = self._drawn[y]
        prompt = Segment(mark, styles.accent if mark == PROMPT else styles.dim)
        if not self.buffer.text:
            return fit([prompt, Segment(cut(self.placeholder, width - 2), styles.dim)], width, styles.text)
        return fit([prompt, Segment(text, styles.text)], width, styles.text)

    def on_mount(self) -> None:
        """One line, before anything is known."""
        self.styles.height = self._height = 1

    def on_resize(self) -> None:
        """Lines break elsewhere."""
        self.lay_out()
        self.refresh()
