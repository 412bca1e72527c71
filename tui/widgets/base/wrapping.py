"""Text of any length as lines of a page, wrapped in slices: a thread that does it lets others run in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tui.terminal.graphemes import cut, wrap
from tui.widgets.base.styles import Run, Tone
from tui.wire.text import printable

_SLICE: Final = 2000
"""Characters that are wrapped at a time."""


def wrapped(
    text: str, width: int, tone: Tone = Tone.TEXT, *, breathe: Callable[[], object] = lambda: None
) -> Iterator[tuple[Run, ...]]:
    """Yield the lines of `text`, each at most `width` cells; `breathe` is called between slices."""
    for paragraph in printable(text, newlines=True).split("\n"):
        rest, at = "", 0
        while True:
            breathe()
            piece = rest + paragraph[at : at + _SLICE]
            at += _SLICE
            last = at >= len(paragraph)
            spans = list(wrap(piece, width))
            # The last line of a slice goes on with the next one.
            for start, end in spans if last else spans[:-1]:
                yield ((piece[start:end].rstrip(" "), tone),)
            if last:
                break
            rest = piece[spans[-1][0] :]
            if len(rest) >= _SLICE:
                # A line without width, such as a thousand blanks: it would grow for ever.
                yield ((cut(rest.rstrip(" "), width), tone),)
                rest = ""
