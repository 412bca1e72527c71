"""Rows of a picker: a label, a hint on the right, the letters that were found, and marks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Generic, TypeVar

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.fuzzy import match
from tui.i18n import _
from tui.terminal.graphemes import cell_len, cut
from tui.units import shown_unread
from tui.widgets.base.canvas import chosen, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.base.strips import emphasized
from tui.widgets.lists.row_list import RowList

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_FOUND: Final = Style(bold=True, underline=True)


class Choice(msgspec.Struct, Generic[T_co], frozen=True):
    """An entry that can be picked. `keys` are other names by which it is found; they are not shown."""

    label: str
    hint: str
    keys: tuple[str, ...]
    value: T_co
    sign: str = ""
    """Sign of its kind, before the label."""
    count: int = 0
    """Number of unread messages, on the right; `loud` unless it is muted."""
    loud: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names by which it is found."""
        return (self.label, *self.keys, self.hint) if self.hint else (self.label, *self.keys)


class ChoiceList(RowList[int], Generic[T], can_focus=False):
    """Shows some of `choices`, by their indices. The field above has the focus and gets the keys."""

    def __init__(self, choices: Sequence[Choice[T]], marked: Collection[int]) -> None:
        """Show all `choices`. `marked` is the screen's own, and looked at when a row is drawn."""
        super().__init__()
        self._choices = choices
        self._marked = marked
        self._query = ""
        self._signed = any(choice.sign for choice in choices)
        self._digits = max((len(shown_unread(choice.count)) for choice in choices), default=0)
        self.shown = range(len(choices))

    def show(self, query: str, shown: Sequence[int]) -> None:
        """Show what a query left, best first; the cursor goes to the best."""
        self._query, self.shown = query, shown
        self.cursor, self.top = (0 if shown else -1), 0
        self.rows_changed()

    def redraw(self, row: int) -> None:
        """Draw a row again: its mark came or went."""
        self._refresh_rows(row)

    # ---------------------------------------------------------------- drawing

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row; in the first line of an empty list, say that it is empty."""
        if not self.shown and y == 0:
            return fit([Segment("   " + _("No matches."), self.theme_styles.dim)], width, self.theme_styles.text)
        return super().draw(y, width)

    def row(self, index: int, width: int, *, at_cursor: bool) -> Strip:
        """Draw `›✓ # label          hint   3`."""
        styles = self.theme_styles
        number = self.shown[index]
        choice = self._choices[number]
        marked = number in self._marked
        label = one_line(choice.label)
        hint = one_line(choice.hint)
        sign = f"{choice.sign or ' '} " if self._signed else ""
        count = f" {shown_unread(choice.count):>{self._digits}}" if self._digits else ""
        room = max(1, width - 4 - cell_len(sign) - len(count))
        least = min(cell_len(label), max(room - cell_len(hint) - 2, room * 3 // 5))
        hint = cut(hint, max(0, room - least - 2)) if room - least > 5 else ""
        label = cut(label, room - (cell_len(hint) + 2 if hint else 0))
        gap = room - cell_len(label) - cell_len(hint)
        places = match(self._query, label) if self._query else None
        in_hint = match(self._query, hint) if self._query and places is None else None
        style = styles.accent if marked else styles.strong if at_cursor else styles.text
        segments = [
            Segment("›" if at_cursor else " ", styles.accent),
            Segment("✓ ", styles.accent) if marked else Segment("  ", styles.text),
            Segment(sign, styles.dim),
            *emphasized(label, places or (), style, style + _FOUND),
            Segment(" " * gap, styles.text),
            *emphasized(hint, in_hint or (), styles.dim, styles.dim + _FOUND),
            Segment(count, styles.accent if choice.loud else styles.dim),
        ]
        strip = fit(segments, width, styles.text)
        return chosen(strip, styles) if at_cursor else strip
