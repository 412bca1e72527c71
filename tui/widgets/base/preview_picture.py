"""Picture beside a list, always in half blocks: it changes with the cursor, and costs the terminal no image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.strip import Strip

from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm
from tui.widgets.base.styles import FEW_COLORS

_CELL: Final = (8, 16)
"""Pixels of a cell, nearly everywhere of this shape."""


def preview_box(columns: int, rows: int, depth: str | None) -> PictureBox | None:
    """Return the room for a picture of at most so many cells; None where none can be drawn."""
    if depth in FEW_COLORS or columns < 1 or rows < 1:
        return None
    return PictureBox(columns, rows, _CELL, PictureForm.BLOCKS, _colors(depth))


def preview_strips(picture: Drawn, depth: str | None) -> Sequence[Strip]:
    """Return the rows of a picture that was drawn for `preview_box`."""
    from tui.terminal.graphics.half_blocks import block_strips

    strips, _cost = block_strips(picture.frames[0].data, picture.columns, picture.rows, _colors(depth), most_bytes=0)
    return strips


def _colors(depth: str | None) -> int:
    return 256 if depth == "256" else 0
