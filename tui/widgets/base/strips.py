"""A line that is cut between clusters only.

What lies over it, and what is drawn again of it, makes Textual cut it; rich would take an emoji of several parts apart,
and what stands behind would move by some cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from textual.strip import Strip

from tui.terminal.graphemes import clusters, crop


class WholeLine(Strip):
    """Cuts like any strip; half of a wide cluster is a blank."""

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The cells from `start` to `end`."""
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
        """The pieces up to each of `cuts`; what is behind the last one is left out."""
        at, pieces = 0, []
        for cut in cuts:
            if cut <= self.cell_length:
                pieces.append(self.crop(at, cut))
                at = cut
        return pieces


def whole_line(strip: Strip) -> Strip:
    """The strip, safe to be cut. One of single characters is already."""
    for text, _style, _control in strip:
        if not text.isascii() and len(clusters(text)) != len(text):
            return WholeLine(strip, strip.cell_length)
    return strip
