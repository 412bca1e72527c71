"""Cells of a laid-out line of the log, in the styles of a theme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.i18n import _
from tui.terminal.graphemes import cell_len, cut, pad
from tui.widgets.base.canvas import chosen, fit
from tui.widgets.base.strips import on_paper, whole_line
from tui.widgets.base.styles import Run, Styles
from tui.widgets.message_log.layout import MIDDLE, Block, Line, LineKind, middle_of
from tui.wire.text import printable

BAR: Final = "▌"
MARK: Final = "●"
"""Stands before the words of a marked message."""
MENTION: Final = "@"
"""Stands there, where it is not marked, for a message that names oneself."""
_MOST_BLOCKS: Final = 400
_LONG_ADDRESS: Final = 500
"""Characters of an address in a text from which on it is no link for the terminal: each of its lines would carry it."""


class PaintStyles(msgspec.Struct, frozen=True, gc=False):
    """Facts that a line does not hold: its sender, its delivery status, whether keys go to the log, and a sign."""

    name: str
    status: tuple[Run, ...]
    focused: bool
    sign: str = ""


class Painter:
    """Draws lines, and keeps what it drew: most of a frame was there before."""

    def __init__(self) -> None:
        self._drawn: dict[Block, dict[int, tuple[PaintStyles, Styles, Strip]]] = {}

    def forget(self) -> None:
        """Drop what was drawn: other messages are shown from now on."""
        self._drawn.clear()

    def picture(self, block: Block, cells: Strip | None, looks: PaintStyles, styles: Styles) -> Strip:
        """Return a line of a picture, exactly as wide as the log. Not kept: these lines are large."""
        columns = block.columns
        bar = Segment(BAR, styles.accent if looks.focused else styles.dim) if block.selected else None
        before = [bar or Segment(" ", styles.text), Segment(" " * (columns.text - 1), styles.text)]
        shown, room = cells or Strip([]), columns.width - columns.text
        if shown.cell_length > room:
            shown = whole_line(shown).crop(0, room)
        tinted = block.selected and not styles.chosen.reverse
        shown = on_paper(shown, styles.chosen if tinted else styles.text)
        rest = columns.width - columns.text - shown.cell_length
        around = Strip(before, columns.text), Strip([Segment(" " * rest, styles.text)], rest)
        if block.selected:
            around = chosen(around[0], styles, barred=True), chosen(around[1], styles, barred=True)
        return Strip([*around[0], *shown, *around[1]], columns.width)

    def paint(self, block: Block, row: int, line: Line, looks: PaintStyles, styles: Styles) -> Strip:
        """Return a line, exactly as wide as the log."""
        rows = self._drawn.get(block)
        if rows is None:
            if len(self._drawn) >= _MOST_BLOCKS:
                self._drawn.clear()
            rows = self._drawn[block] = {}
        known = rows.get(row)
        if known is not None and known[1] is styles and known[0] == looks:
            return known[2]
        strip = _paint(block, row, line, looks, styles)
        rows[row] = (looks, styles, strip)
        return strip


def _paint(block: Block, row: int, line: Line, looks: PaintStyles, styles: Styles) -> Strip:
    selected = block.selected and row >= block.lead
    width = block.columns.width
    segments = list(_segments(block, line, looks, styles, selected))
    rest = width - sum(cell_len(segment.text) for segment in segments)
    if rest >= 0:
        strip = Strip([*segments, Segment(" " * rest, styles.text)] if rest else segments, width)
    else:
        strip = fit(segments, width, styles.text)
    return chosen(strip, styles, barred=True) if selected else strip


def _segments(block: Block, line: Line, looks: PaintStyles, styles: Styles, selected: bool) -> Iterator[Segment]:
    columns = block.columns
    if selected:
        yield Segment(BAR, styles.accent if looks.focused else styles.dim)
    else:
        yield Segment(" ", styles.text)
    if line.part in MIDDLE:
        yield Segment(" " * (middle_of(line, columns.width) - 1), styles.text)
        yield from _words(line, styles)
        return
    if line.part is LineKind.HEAD:
        yield Segment(f"{_clock(block)} ", styles.dim)
        yield Segment(cut(looks.name, columns.name), _name_style(block, styles))
        return
    at = 1
    if line.time:
        yield Segment(_clock(block), styles.dim)
        at = 6
    if line.name:
        yield Segment(" " * (7 - at), styles.text)
        yield Segment(pad(looks.name, columns.name), _name_style(block, styles))
        at = 7 + columns.name
    if looks.sign:
        yield Segment(" " * (columns.text - 2 - at), styles.text)
        yield Segment(f"{looks.sign} ", styles.accent)
    else:
        yield Segment(" " * (columns.text - at), styles.text)
    yield from _words(line, styles)
    if line.status:
        cells = sum(cell_len(text) for text, _tone in looks.status)
        yield Segment(" " * max(0, columns.room - line.cells - cells), styles.text)
        for text, tone in looks.status:
            yield Segment(text, styles[tone])


def _words(line: Line, styles: Styles) -> Iterator[Segment]:
    """Yield the words of a line. Those that lead somewhere carry the address, for the terminal."""
    at = 0
    for text, tone in line.runs:
        style, done, end = styles[tone], 0, at + len(text)
        for link in line.links:
            first, last = max(link.begin, at) - at, min(link.end, end) - at
            if first < last:
                if done < first:
                    yield Segment(text[done:first], style)
                url = None if link.written and len(link.url) > _LONG_ADDRESS else link.url
                yield Segment(text[first:last], style + Style(link=url, underline=link.written or None))
                done = last
        if done < len(text):
            yield Segment(text[done:], style)
        at = end


def _clock(block: Block) -> str:
    return block.message.time.astimezone().strftime("%H:%M")


def _name_style(block: Block, styles: Styles) -> Style:
    return styles.accent if block.message.mine else styles.strong


def clean_name(name: str) -> str:
    """Return a stranger's name on one line, never empty."""
    return printable(name[:200], newlines=False).strip() or "…"


def more_below(count: int, width: int, styles: Styles) -> Strip:
    """Return `── ↓ 3 new ──`, for the bottom edge."""
    said = _("{count} new").format(count=count)
    text = cut(f"── ↓ {said} ──", width)
    left = (width - cell_len(text)) // 2
    return fit([Segment(" " * left, styles.text), Segment(text, styles.accent)], width, styles.text)
