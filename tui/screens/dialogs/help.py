"""Dialog with keys and commands: those of the screen that it was asked on, by area; a search finds all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from textual import on

from tui.i18n import _
from tui.key_table import CHAT_HELP, Area
from tui.keymap import hint
from tui.screens.dialogs.filter_dialog import FilterDialog
from tui.screens.dialogs.help_text import HelpEntry, Section, sections
from tui.terminal.graphemes import cell_len, cut, pad, wrap
from tui.widgets.base.bindings import bound
from tui.widgets.base.page import Line, Page
from tui.widgets.base.panel import Panel
from tui.widgets.base.styles import Tone
from tui.widgets.text_input.line_edit import LineEdit

_TWO_FROM: Final = 70
"""Cells from which short entries stand in two columns."""
_GAP: Final = 2
_KEYS: Final = 6
"""Cells of the column of keys at most; longer ones push their help to the right."""
_COLUMNS: Final = (4, 3)
"""Columns that are tried; two are the rule."""


class HelpScreen(FilterDialog):
    """Page of help that scrolls; `/` leaves the entries that have to do with a word."""

    MOST_COLUMNS, MOST_ROWS = 140, 56
    BINDINGS = [
        bound("help.filter", "filter"),
        bound("help.leave", "leave"),
        # Here, where it would otherwise stand for all screens, the key that opened the help closes it.
        bound("help", "leave"),
    ]

    def __init__(self, areas: Sequence[Area] = CHAT_HELP, own: Sequence[tuple[str, str]] = ()) -> None:
        """`areas` are those of the screen below; `own` are keys of its own, with what they do."""
        self._page = Page()
        super().__init__(self._page, _("Key, command or word"))
        self._shown = sections(areas, own)
        self._every = (*self._shown, *sections([area for area in Area if area not in areas]))
        self._panel = Panel(_("Help"), self._field, self._page)

    def lay_out(self) -> None:
        """Lay the help out."""
        self._lay_out()

    @on(LineEdit.Changed)
    def _changed(self) -> None:
        self._lay_out(0)

    def _lay_out(self, top: int | None = None) -> None:
        sought = self._field.text
        found = list(_found(self._every, sought)) if sought.strip() else self._shown
        lines = _laid_out(found, self.inner_width) if found else [((_("No matches."), Tone.DIM),)]
        self._page.show(lines, top)

    @on(Page.Scrolled)
    def _moved(self) -> None:
        self._panel.foot(
            hint("{page.page_down} {page.page_up} page · {help.filter} find · {overlay.leave} back"), self._page.place
        )


def _found(all_sections: Sequence[Section], query: str) -> Iterator[Section]:
    """Yield the entries that have to do with every word of the query; a section whose title fits stays whole."""
    words = query.lower().split()
    for section in all_sections:
        title = section.title.lower()
        rest = [word for word in words if word not in title]
        kept = tuple(entry for entry in section.entries if all(map(entry.fits, rest)))
        if kept:
            yield Section(section.title, kept)


def _laid_out(found: Sequence[Section], width: int) -> list[Line]:
    lines: list[Line] = []
    for section in found:
        title = cut(section.title, width)
        lines.append(((title + " ", Tone.STRONG), ("─" * (width - cell_len(title) - 1), Tone.DIM)))
        lines += _entries(section.entries, width)
    return lines


def _entries(entries: Sequence[HelpEntry], width: int) -> Iterator[Line]:
    """Yield short entries in columns, each read downwards, then those that need the whole width."""
    keys = max((cell_len(entry.keys) for entry in entries if cell_len(entry.keys) <= _KEYS), default=0)
    columns = next((n for n in _COLUMNS if width >= _TWO_FROM and _fitting(entries, keys, _column(width, n)) > 0.9), 0)
    if columns:
        cells = (_column(width, columns),) * columns
    else:
        cells = _two_columns([_needed(entry, keys) for entry in entries], width)
    short = [entry for entry in entries if _needed(entry, keys) <= max(cells, default=0)]
    for row in zip_longest(*_in_columns(short, cells, keys)):
        line: Line = ()
        for number, entry in enumerate(row):
            if entry is not None:
                used = sum(cell_len(text) for text, _tone in line)
                begin = sum(cells[:number]) + number * _GAP
                line += ((" " * (begin - used), Tone.TEXT), *_entry(entry, keys, cells[number])[0])
        yield line
    for entry in entries:
        if entry not in short:
            yield from _entry(entry, keys, width)


def _two_columns(needed: Sequence[int], width: int) -> tuple[int, ...]:
    """Return the widths of two columns that take the fewest lines; none where there is no room for two."""
    if width < _TWO_FROM:
        return ()

    def lines(left: int) -> int:
        right = width - _GAP - left
        wide, narrow = sum(right < one <= left for one in needed), sum(one <= right for one in needed)
        return max(wide, -(-(wide + narrow) // 2)) + sum(one > left for one in needed)

    left = min(range(_column(width, 2), width * 2 // 3), key=lines)
    return left, width - _GAP - left


def _in_columns(entries: Sequence[HelpEntry], cells: Sequence[int], keys: int) -> list[list[HelpEntry]]:
    """Divide entries among columns, read downwards; those for which only the first has room stand there."""
    if len(set(cells)) < 2:
        rows = -(-len(entries) // len(cells)) if cells else 0
        return [list(entries[at * rows : (at + 1) * rows]) for at in range(len(cells))]
    wide = sum(_needed(entry, keys) > cells[1] for entry in entries)
    more = max(0, -(-len(entries) // 2) - wide)
    left: list[HelpEntry] = []
    right: list[HelpEntry] = []
    for entry in entries:
        if _needed(entry, keys) > cells[1]:
            left.append(entry)
        elif more:
            more -= 1
            left.append(entry)
        else:
            right.append(entry)
    return [left, right]


def _column(width: int, columns: int) -> int:
    return (width - _GAP * (columns - 1)) // columns


def _fitting(entries: Sequence[HelpEntry], keys: int, cells: int) -> float:
    """Return the share of the entries that fit a column."""
    return sum(_needed(entry, keys) <= cells for entry in entries) / max(1, len(entries))


def _needed(entry: HelpEntry, keys: int) -> int:
    """Return the cells that an entry takes in one line."""
    names = 2 + cell_len(entry.names) if entry.names else 0
    return max(keys, cell_len(entry.keys)) + 2 + cell_len(entry.help) + names


def _entry(entry: HelpEntry, keys: int, width: int) -> list[Line]:
    """Return `Ctrl+K  Open another conversation  /goto /query /pm`, in as many lines as that takes."""
    head = pad(entry.keys, max(keys, cell_len(entry.keys))) + "  "
    room = max(4, width - cell_len(head))
    lines: list[Line] = []
    for start, end in wrap(entry.help, room):
        before = (head, Tone.ACCENT) if not lines else (" " * cell_len(head), Tone.TEXT)
        lines.append((before, (entry.help[start:end].rstrip(), Tone.TEXT)))
    for name in entry.names.split():
        used = sum(cell_len(text) for text, _tone in lines[-1])
        space = "  " if lines[-1][-1][1] is Tone.TEXT else " "
        if used + len(space) + cell_len(name) <= width:
            lines[-1] = (*lines[-1], (space + name, Tone.DIM))
        else:
            lines.append(((" " * cell_len(head), Tone.DIM), (name, Tone.DIM)))
    return lines
