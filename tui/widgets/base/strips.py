"""Lines that are cut between grapheme clusters only.

Textual cuts a line where another widget lies over it, and where only a part is drawn again. Rich would take an emoji of
several parts apart, and what stands behind it would move by some cells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.terminal.graphemes import clusters, crop, spread


class WholeLine(Strip):
    """A strip of which half a wide cluster is drawn as a blank."""

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Return the cells from `start` to `end`."""
        start, end = max(0, start), self.cell_length if end is None else min(end, self.cell_length)
        if start == 0 and end == self.cell_length:
            return self
        kept, at = [], 0
        for segment in self:
            if at >= end:
                break
            cells = segment.cell_length
            if at + cells > start:
                text = segment.text
                if at < start or at + cells > end:
                    text = crop(text, start - at, end - at)
                kept.append(Segment(text, segment.style))
            at += cells
        return WholeLine(kept, max(0, end - start))

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Return the pieces up to each of `cuts`, without what follows the last one."""
        at, pieces = 0, []
        for cut in cuts:
            if cut <= self.cell_length:
                pieces.append(self.crop(at, cut))
                at = cut
        return pieces


def whole_line(strip: Strip) -> Strip:
    """Return a strip that is safe to cut; one of single characters is already."""
    for text, _style, _control in strip:
        if not text.isascii() and len(clusters(text)) != len(text):
            return WholeLine(strip, strip.cell_length)
    return strip


def on_paper(strip: Strip, text: Style) -> Strip:
    """Return a line of a picture: what is transparent shows the background of a theme, not the terminal's."""
    if text.bgcolor is None:
        return strip
    paper = Style(bgcolor=text.bgcolor)
    return Strip([Segment(words, paper + (style or paper)) for words, style, _control in strip], strip.cell_length)


def emphasized(text: str, places: Collection[int], style: Style, strong: Style) -> Iterator[Segment]:
    """Yield a text with the letters at `places`, and all of their clusters, in `strong`."""
    inside = spread(text, places)
    at = 0
    for stop in range(1, len(text) + 1):
        if stop == len(text) or (stop in inside) != (at in inside):
            yield Segment(text[at:stop], strong if at in inside else style)
            at = stop
