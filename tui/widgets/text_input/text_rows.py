"""Rows of a text that is edited: where its lines break, where the caret is drawn, which place a click means.

A letter changes one paragraph, and of that a few rows: only those are broken anew, however long the text is. What is
drawn has passed through `printable`; the text itself stays as it was typed, and places are converted between the two.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Final

import msgspec

from tui.terminal.graphemes import cell_len, clusters, wrap
from tui.widgets.text_input.word_motion import steps
from tui.wire.text import printable

_PIECE: Final = 256
"""Characters that are broken into rows at a time, at least."""
_BACK: Final = 3
"""Rows before a change that it may break otherwise."""

Span = tuple[int, int]


class ParagraphRows(msgspec.Struct):
    """A text between two line breaks: as typed, as drawn, and where the rows of the drawn one begin and end."""

    typed: str
    shown: str
    rows: list[Span]
    stops: tuple[list[int], list[int]] | None = None
    """Ends of the clusters, in the typed and in the drawn text; None where the two are the same."""

    def place_shown(self, place: int) -> int:
        """Return a place in the typed text as one in the drawn text."""
        if self.stops is None:
            return place
        typed, shown = self.stops
        # A frame may be written when the text has changed and is not laid out yet.
        return shown[min(bisect_left(typed, place), len(shown) - 1)]

    def place_typed(self, place: int) -> int:
        """Return a place in the drawn text as one in the typed text; inside a replaced cluster, its beginning."""
        if self.stops is None:
            return place
        typed, shown = self.stops
        return typed[bisect_right(shown, place) - 1]


class TextRows(msgspec.Struct):
    """A text in rows of at most `cells` cells."""

    cells: int = 80
    paragraphs: list[ParagraphRows] = msgspec.field(default_factory=lambda: [ParagraphRows("", "", [(0, 0)])])
    _starts: list[int] = msgspec.field(default_factory=lambda: [0])
    _rows: list[int] = msgspec.field(default_factory=lambda: [0])

    @property
    def height(self) -> int:
        """Number of rows, at least one."""
        return self._rows[-1] + len(self.paragraphs[-1].rows)

    def set(self, text: str, cells: int) -> None:
        """Lay out this text. Costs what has changed since the last time."""
        old = self.paragraphs if cells == self.cells else []
        self.cells = cells
        lines = text.split("\n")
        same = min(len(old), len(lines))
        head = 0
        while head < same and old[head].typed == lines[head]:
            head += 1
        tail = 0
        while tail < same - head and old[-1 - tail].typed == lines[-1 - tail]:
            tail += 1
        middle = old[head : len(old) - tail]
        before = middle[0] if len(middle) == 1 else None
        fresh = [_laid(line, cells, before) for line in lines[head : len(lines) - tail]]
        self.paragraphs = [*old[:head], *fresh, *old[len(old) - tail :]]
        self._starts = [0, *accumulate(len(line) + 1 for line in lines)][:-1]
        self._rows = [0, *accumulate(len(one.rows) for one in self.paragraphs)][:-1]

    def row(self, y: int) -> str:
        """Return the text of row `y`; blanks at its end may be more than fit."""
        at = bisect_right(self._rows, y) - 1
        paragraph = self.paragraphs[at]
        start, end = paragraph.rows[y - self._rows[at]]
        return paragraph.shown[start:end]

    def place(self, caret: int) -> tuple[int, int]:
        """Return the cell (x, y) of a place in the text, always inside the rows."""
        at = bisect_right(self._starts, caret) - 1
        paragraph = self.paragraphs[at]
        shown = paragraph.place_shown(caret - self._starts[at])
        row = bisect_right(paragraph.rows, shown, key=lambda span: span[0]) - 1
        x = cell_len(paragraph.shown[paragraph.rows[row][0] : shown])
        return min(x, self.cells - 1), self._rows[at] + row

    def at(self, x: int, y: int) -> int:
        """Return the place in the text that is nearest to the cell (x, y)."""
        y = max(0, min(y, self.height - 1))
        at = bisect_right(self._rows, y) - 1
        paragraph = self.paragraphs[at]
        row = y - self._rows[at]
        start, end = paragraph.rows[row]
        if x <= 0:
            end = start
        place, used = start, 0
        for cluster, width in clusters(paragraph.shown[start:end]):
            if used + width > x and used + (width + 1) // 2 > x:
                break
            place += len(cluster)
            used += width
        if place == end and end > start and row + 1 < len(paragraph.rows):
            # Behind the last letter of a row is before the first one of the next: stay in this row.
            place -= len(clusters(paragraph.shown[start:end])[-1][0])
        found = paragraph.place_typed(place)
        return self._starts[at] + found


def _laid(typed: str, cells: int, before: ParagraphRows | None) -> ParagraphRows:
    """Return a paragraph in rows; `before` is the paragraph that it was, at the same width."""
    shown, stops = typed, None
    if not _is_safe(typed, before):
        pieces = [(len(cluster), _drawn(cluster)) for cluster in steps(typed)]
        shown = "".join(drawn for _, drawn in pieces)
        stops = (
            [0, *accumulate(length for length, _ in pieces)],
            [0, *accumulate(len(drawn) for _, drawn in pieces)],
        )
    rows = list(_spans(shown, 0, cells)) if before is None else _again(before, shown, cells)
    start, end = rows[-1]
    if end > start and cell_len(shown[start:end]) >= cells:
        # The caret behind a full row stands at the beginning of the next one.
        rows.append((end, end))
    return ParagraphRows(typed, shown, rows, stops)


@lru_cache(maxsize=2048)
def _drawn(cluster: str) -> str:
    return printable(cluster, newlines=True)


def _is_safe(typed: str, before: ParagraphRows | None) -> bool:
    """Return True when a paragraph is drawn as it was typed. `before` was looked at: only what is new needs a look."""
    if before is None or before.stops is not None:
        return printable(typed, newlines=True) == typed
    same = _common(before.typed, typed)
    end = len(typed) - _common_tail(before.typed, typed, min(len(before.typed), len(typed)) - same)
    # Marks may be unsafe only in a long run: look from a letter to a letter.
    while same and not typed[same - 1].isalnum():
        same -= 1
    while end < len(typed) and not typed[end].isalnum():
        end += 1
    new = typed[max(0, same - 1) : end]
    return printable(new, newlines=True) == new


def _spans(text: str, start: int, cells: int) -> Iterator[Span]:
    """Yield rows from `start` on, where a row begins; piece by piece, so that the caller may stop early."""
    size = max(_PIECE, 4 * cells)
    while True:
        piece = text[start : start + size]
        last = start + len(piece) == len(text)
        found = list(wrap(piece, cells))
        if not last:
            # The end of the last row depends on what follows it.
            found.pop()
            if not found:
                size *= 4
                continue
        yield from ((start + first, start + end) for first, end in found)
        if last:
            return
        start += found[-1][1]


def _again(before: ParagraphRows, text: str, cells: int) -> list[Span]:
    """Return the rows of `text`, with what is known from the rows of a text that differs in one place."""
    old, rows = before.shown, before.rows
    same = _common(old, text)
    rest = min(len(old), len(text)) - same
    tail = _common_tail(old, text, rest)
    first = max(0, bisect_right(rows, same, key=lambda span: span[0]) - 1 - _BACK)
    shift = len(text) - len(old)
    found = rows[:first]
    for span in _spans(text, rows[first][0], cells):
        if span[0] > len(text) - tail:
            at = bisect_left(rows, span[0] - shift, key=lambda row: row[0])
            if at < len(rows) and rows[at][0] == span[0] - shift and rows[at][1] > rows[at][0]:
                found += [(start + shift, end + shift) for start, end in rows[at:]]
                if found[-1][0] == found[-1][1] and len(found) > 1:
                    found.pop()
                return found
        found.append(span)
    return found


def _common(one: str, other: str) -> int:
    """Return the number of characters that both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_tail(one: str, other: str, most: int) -> int:
    """Return the number of characters that both end with, at most `most`."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
