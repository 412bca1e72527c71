"""Words of an empty pane: a sentence that says what one can do, dim, in the middle."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.strip import Strip

from tui.terminal.graphemes import cell_len, wrapped
from tui.widgets.base.canvas import fit
from tui.widgets.base.styles import Run, Styles

_MARGIN: Final = 2
_WIDEST: Final = 60


def empty_line(words: Run, y: int, size: tuple[int, int], styles: Styles) -> Strip:
    """Return line `y` of a pane of `size` (columns, rows) that holds nothing but these words, in lines of their own."""
    text, tone = words
    width, height = size
    room = min(_WIDEST, width - 2 * _MARGIN)
    lines = [line for paragraph in text.split("\n") for line in wrapped(paragraph, room)]
    at = y - max(0, (height - len(lines)) // 2)
    line = lines[at] if 0 <= at < len(lines) else ""
    indent = max(0, (width - cell_len(line)) // 2)
    return fit([Segment(" " * indent, styles.text), Segment(line, styles[tone])], width, styles.text)
