"""Menu of what can be done with one thing: beside it, and no larger than its rows. Each row's own key works in it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from rich.segment import Segment
from textual import events, on
from textual.geometry import Offset
from textual.strip import Strip

from tui.key_table import Area
from tui.keymap import hint, keys_of
from tui.screens.modal import Modal
from tui.screens.settling import Settling
from tui.terminal.graphemes import cell_len, cut
from tui.widgets.base.canvas import chosen, fit
from tui.widgets.base.panel import Panel
from tui.widgets.lists.row_list import RowList
from tui.widgets.text_input.text_field import typed_text
from tui.widgets.text_input.type_ahead import AT_ONCE

_GAP: Final = 3
"""Cells at least between a label and its key."""
_FRAME: Final = 4
"""Cells of the frame and the blanks in it, both sides."""
_LEAST: Final = 30
_MOST: Final = 56


class MenuRow(msgspec.Struct, frozen=True):
    """Row of a menu. `keys` by Textual's names; `shown` says them, or the slash command; `id` is what is chosen."""

    id: str
    label: str
    shown: str
    keys: tuple[str, ...] = ()


class _Rows(RowList[MenuRow]):
    settling: Settling

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row, and note that the menu is being drawn."""
        self.settling.drawn(self)
        return super().draw(y, width)

    def row(self, index: int, width: int, *, at_cursor: bool) -> Strip:
        """Draw `› label      key`."""
        one, styles = self.shown[index], self.theme_styles
        room = width - 3 - cell_len(one.shown)
        label = cut(one.label, max(1, room - 1))
        segments = [
            Segment("› " if at_cursor else "  ", styles.accent),
            Segment(label + " " * (room - cell_len(label)), styles.strong if at_cursor else styles.text),
            Segment(f"{one.shown} ", styles.accent),
        ]
        strip = fit(segments, width, styles.text)
        return chosen(strip, styles) if at_cursor else strip


class Menu(Modal[str | None]):
    """Returns the id of the row that was chosen; None when the menu is left, also by a click beside it.

    A choice counts from when the menu could be seen, and a letter within a word chooses nothing: somebody is typing.
    """

    HELP_AREAS = (Area.LISTS,)

    def __init__(
        self, title: str, rows: Sequence[MenuRow], at: Offset, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`at` is the cell of the screen beside which the menu stands; `clock` is monotonic, in seconds."""
        super().__init__()
        self.settling = Settling(clock)
        self._typed_at = -math.inf
        self._rows = _Rows()
        self._rows.settling = self.settling
        self._rows.shown = rows
        self.heading, self.rows = title, rows
        self._rows.cursor = 0
        self._at = at
        self._foot = hint("{list.choose} choose · {overlay.leave} back")
        wanted = max(
            _LEAST,
            cell_len(title) + _FRAME,
            cell_len(self._foot) + _FRAME + 2,
            max(cell_len(one.label) + cell_len(one.shown) for one in rows) + _GAP + _FRAME + 2,
        )
        self._cells = min(wanted, _MOST)
        self._panel = Panel(title, self._rows)

    def on_mount(self) -> None:
        """Stand beside the place, and take the keys."""
        self._panel.foot(self._foot)
        self._rows.focus()

    def fit(self) -> None:
        """Keep all of the menu on the screen: below its place, or above it where there is no room below."""
        screen = self.app.size
        width, height = min(self._cells, screen.width), min(self._rows.count + 2, screen.height)
        x = min(self._at.x, screen.width - width)
        y = self._at.y + 1
        if y + height > screen.height:
            y = max(0, min(self._at.y, screen.height) - height)
        self._panel.styles.width, self._panel.styles.offset = width, (x, y)
        self._rows.styles.height = height - 2

    def on_key(self, event: events.Key) -> None:
        """Choose a row by the key of its command."""
        row = next((one for one in self._rows.shown if event.key in one.keys), None)
        within_word = event.time - self._typed_at < AT_ONCE
        if typed_text(event.key, event.character):
            self._typed_at = event.time
        if row is None or event.key in keys_of("list.choose"):
            return
        event.stop()
        event.prevent_default()
        if not within_word and self.settling.answers(event):
            self.dismiss(row.id)

    @on(RowList.Chosen)
    def _chosen(self) -> None:
        row = self._rows.at_cursor
        if row is not None and self.settling.answers():
            self.dismiss(row.id)
