"""Rows above the bar with what the word at the caret may become. The bar fills them, and keeps the keys.

The row that Enter takes is laid under as a whole. How many there are stands at the right end of the last row, where not
all have room; a suggestion's note at the end of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip

from tui.i18n import _
from tui.keymap import first_key
from tui.terminal.graphemes import cell_len, cut, pad
from tui.widgets.base.canvas import Canvas, chosen, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.composer.completions import (
    MOST,
    CompletionKind,
    CompletionRequest,
    Suggestion,
    common_start,
    usage,
)

ROWS: Final = 6
"""Rows at most, the help line among them."""
_AT_ONCE: Final = (CompletionKind.EMOJI, CompletionKind.EMOTICON)
"""Kinds of which Tab takes the first, and does not only go to it."""
_NOTE: Final = 20
"""Cells of a note at most."""


class CompletionPopup(Canvas):
    """Floats over what is above the bar: mount it right before the composer, in the same container.

    It opens with no row chosen, so that Enter still means what it always means.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.placed(display="none", overlay="screen")
        self.question: CompletionRequest | None = None
        self.suggestions: Sequence[Suggestion] = ()
        self.cursor = -1
        self.take: Callable[[Suggestion], None] | None = None
        """Called by a click; set by the bar."""
        self._top = 0
        self._help = self._remark = ""

    @property
    def chosen(self) -> Suggestion | None:
        """Suggestion that Enter would take."""
        return self.suggestions[self.cursor] if self.cursor >= 0 else None

    @property
    def offered(self) -> Suggestion | None:
        """Suggestion that Tab would take at once: the only one; of emoji the chosen one, else the first."""
        only = len(self.suggestions) == 1
        emoji = self.question is not None and self.question.about in _AT_ONCE
        return self.suggestions[max(self.cursor, 0)] if only or (emoji and self.suggestions) else None

    # ---------------------------------------------------------------- for the bar

    def show(self, question: CompletionRequest, suggestions: Sequence[Suggestion], remark: str = "") -> None:
        """Offer these, none chosen. The help of the command stands there even with nothing to offer.

        `remark` says what is wrong with a word for which there is nothing.
        """
        if question == self.question and list(suggestions) == list(self.suggestions) and remark == self._remark:
            return
        self._remark = remark
        self.question, self.suggestions = question, suggestions
        self.cursor, self._top = -1, 0
        command = question.command
        self._help = f"{usage(command)}  {_(command.help)}" if command is not None else ""
        rows = self._rows + bool(self._help) + bool(remark)
        if not rows:
            self.close()
            return
        if self.styles.height is None or self.styles.height.value != rows or not self.display:
            self.styles.height = rows
            self.styles.offset = (0, -rows)
            self.display = True
        self.refresh()

    def close(self) -> None:
        """Offer nothing."""
        self.question, self.suggestions, self.cursor = None, (), -1
        self.display = False

    def move(self, step: int) -> None:
        """Choose the next row, or the one before; after the last comes the first."""
        count = len(self.suggestions)
        before, top = self.cursor, self._top
        self.cursor = (max(self.cursor, -1 if step > 0 else 0) + step) % count
        self._top = max(min(self._top, self.cursor), self.cursor - self._rows + 1)
        if self._top != top:
            self.refresh()
            return
        last = self._top + self._rows - 1
        for index in {before, self.cursor, last, 0}:
            if index >= 0:
                self.refresh(Region(0, index - self._top + bool(self._help), self.size.width, 1))

    def common(self) -> str:
        """Return what Tab may write without choosing: the beginning that all suggested paths share."""
        if self.question is None or self.question.about is not CompletionKind.PATH:
            return ""
        start = common_start(self.suggestions)
        return start if start.startswith(self.question.word) and start != self.question.word else ""

    # ---------------------------------------------------------------- drawing

    @property
    def _rows(self) -> int:
        return min(len(self.suggestions), ROWS - bool(self._help))

    def draw(self, y: int, width: int) -> Strip:
        """Draw the help line, or a suggestion and its hint."""
        styles = self.theme_styles
        if self._help:
            if y == 0:
                return fit([Segment("  " + cut(self._help, width - 2), styles.dim)], width, styles.text)
            y -= 1
        if self._remark:
            return fit([Segment("  " + cut(self._remark, width - 2), styles.warn)], width, styles.text)
        index = self._top + y
        if index >= len(self.suggestions):
            return Strip.blank(width, styles.text)
        suggestion = self.suggestions[index]
        end = self._end_of_row(index, suggestion, width)
        room = width - cell_len(end)
        label = one_line(suggestion.label)
        hint = one_line(suggestion.hint)
        column = min(max(self._label_width, 8), max(8, width * 3 // 5))
        mark = "› " if index == self.cursor else "  "
        segments = [Segment(mark, styles.accent)]
        if hint:
            segments.append(Segment(pad(label, column) + "  ", styles.text))
            segments.append(Segment(cut(hint, max(0, room - column - 4)), styles.dim))
        else:
            segments.append(Segment(cut(label, room - 2), styles.text))
        strip = fit([*fit(segments, room, styles.text), Segment(end, styles.dim)], width, styles.text)
        return chosen(strip, styles) if index == self.cursor else strip

    def _end_of_row(self, index: int, suggestion: Suggestion, width: int) -> str:
        """Return the note of a row, and behind the last one which of how many is chosen, or how many stand there."""
        words = [cut(one_line(suggestion.note), min(_NOTE, width // 3))] if suggestion.note else []
        if self.cursor < 0 and suggestion is self.offered:
            words.append(first_key("completion.go_on"))
        count = len(self.suggestions)
        if index == self._top + self._rows - 1 and count > self._rows:
            some = self.cursor + 1 if self.cursor >= 0 else self._rows
            words.append(_("{some} of {all}").format(some=some, all=f"{count}+" if count == MOST else count))
        return f"  {' · '.join(words)} " if words else ""

    @property
    def _label_width(self) -> int:
        shown = self.suggestions[self._top : self._top + self._rows]
        return max((cell_len(one_line(one.label)) for one in shown), default=0)

    def on_click(self, event: events.Click) -> None:
        """Take the row that was clicked."""
        index = self._top + event.y - bool(self._help)
        if 0 <= index < len(self.suggestions):
            event.stop()
            if self.take is not None:
                self.take(self.suggestions[index])
