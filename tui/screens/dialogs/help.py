"""Dialog with all keys and commands, grouped by where they work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from textual import on

from tui.i18n import _
from tui.keymap import hint
from tui.screens.dialogs.filter_dialog import FilterDialog
from tui.screens.dialogs.help_text import HelpEntry, Section, sections
from tui.terminal.graphemes import cell_len, cut, pad, wrap
from tui.widgets.base.bindings import bound
from tui.widgets.base.page import Line, Page
from tui.widgets.base.panel import Panel
from tui.widgets.base.styles import Tone
from tui.widgets.text_input.line_edit import LineEdit

_TWO_FROM: Final = 104
"""Cells from which there are two columns."""
_GAP: Final = 4
_KEYS: Final = 16
_WORDS: Final = 20
_THREE_FROM: Final = 66
"""Cells from which a command's name stands between its keys and its help."""


class HelpScreen(FilterDialog):
    """Page of help that scrolls; `/` leaves the entries that have to do with a word."""

    MOST_COLUMNS, MOST_ROWS = 140, 56
    BINDINGS = [
        bound("help.filter", "filter"),
        bound("help.leave", "leave"),
    ]

    def __init__(self) -> None:
        self._page = Page()
        super().__init__(self._page, _("a key, a command, a word"))
        self._sections = sections()
        self._panel = Panel(_("Help"), self._field, self._page)

    def lay_out(self) -> None:
        """Lay the help out."""
        self._lay_out()

    @on(LineEdit.Changed)
    def _changed(self) -> None:
        self._lay_out(0)

    def _lay_out(self, top: int | None = None) -> None:
        width = self.inner_width
        found = list(_found(self._sections, self._field.text))
        lines = _columns(found, width) if found else [((_("Nothing has to do with this."), Tone.DIM),)]
        self._page.show(lines, top)

    @on(Page.Scrolled)
    def _moved(self) -> None:
        self._panel.foot(
            hint("{page.down} {page.up} scroll · {help.filter} find · {overlay.leave} back"), self._page.place
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


def _columns(found: Sequence[Section], width: int) -> list[Line]:
    """Return the help in a column, or in two of about the same height."""
    if width < _TWO_FROM:
        return _stacked([_laid(section, width) for section in found])
    half = (width - _GAP) // 2
    blocks = [_laid(section, half) for section in found]
    cuts = range(1, len(blocks) + 1)
    best = min(cuts, key=lambda at: max(len(_stacked(blocks[:at])), len(_stacked(blocks[at:]))))
    left, right = _stacked(blocks[:best]), _stacked(blocks[best:])
    lines: list[Line] = []
    for at in range(max(len(left), len(right))):
        first = left[at] if at < len(left) else ()
        second = right[at] if at < len(right) else ()
        used = sum(cell_len(text) for text, _tone in first)
        lines.append((*first, (" " * (half + _GAP - used), Tone.TEXT), *second))
    return lines


def _stacked(blocks: Sequence[list[Line]]) -> list[Line]:
    lines: list[Line] = []
    for block in blocks:
        lines += [(), *block] if lines else block
    return lines


def _laid(section: Section, width: int) -> list[Line]:
    lines: list[Line] = [((cut(section.title, width), Tone.STRONG),)]
    longest = max((cell_len(entry.keys) for entry in section.entries), default=0)
    keys = _KEYS if width >= _THREE_FROM else max(4, min(_KEYS, longest, width // 3))
    between = _WORDS if width >= _THREE_FROM and any(entry.words for entry in section.entries) else 0
    for entry in section.entries:
        lines += _entry(entry, keys, between, width)
    return lines


def _entry(entry: HelpEntry, keys: int, between: int, width: int) -> Iterator[Line]:
    """Yield `Ctrl+K  /goto [name]  Open another conversation  /query /pm`; names go below where there is no room."""
    indent = keys + 2 + (between + 1 if between else 0)
    room = max(4, width - indent)
    names = entry.also if between else " ".join(filter(None, (entry.words, entry.also)))
    texts = [entry.help[start:end].rstrip() for start, end in wrap(entry.help, room)]
    beside = bool(names) and cell_len(texts[-1]) + 2 + cell_len(names) <= room
    for number, text in enumerate(texts):
        tail = ((f"  {names}", Tone.DIM),) if beside and number == len(texts) - 1 else ()
        if number:
            yield ((" " * indent, Tone.TEXT), (text, Tone.TEXT), *tail)
        else:
            middle = ((pad(entry.words, between) + " ", Tone.DIM),) if between else ()
            yield ((pad(entry.keys, keys) + "  ", Tone.ACCENT), *middle, (text, Tone.TEXT), *tail)
    if names and not beside:
        for line in _packed(names, room):
            yield ((" " * indent, Tone.TEXT), (line, Tone.DIM))


def _packed(names: str, room: int) -> list[str]:
    """Break names into lines, none at its slash."""
    lines = [""]
    for name in names.split(" "):
        longer = f"{lines[-1]} {name}".strip()
        if lines[-1] and cell_len(longer) > room:
            lines.append(name)
        else:
            lines[-1] = longer
    return lines
