"""Size of a picture in cells and in pixels: never larger than its box, and of the same shape.

Half blocks take as many cells as the picture has pixels for: each is coarse enough. Other forms show it no larger than
it is, as it would be with cells of the usual size: where cells have more pixels, so has everything on that screen.
"""

from __future__ import annotations

from math import ceil
from typing import Final

import msgspec

from tui.services.pictures.drawn import PictureBox, PictureForm

_USUAL: Final = 16
"""Pixels of a usual cell's height."""


class Fit(msgspec.Struct, frozen=True):
    """Cells that a picture takes, and the pixels that it is scaled to."""

    columns: int
    rows: int
    width: int
    height: int


def fitted(width: int, height: int, box: PictureBox, share: float = 1.0) -> Fit:
    """Return the size for a picture of so many pixels; `share` below 1 makes it smaller still."""
    across, down = box.cell
    room = min(box.columns * across / width, box.rows * down / height)
    if box.form is PictureForm.BLOCKS:
        # A cell is two pixels, one above the other.
        scale = share * min(room, across, down / 2)
        columns, halves = max(1, round(width * scale / across)), max(1, round(height * scale * 2 / down))
        columns, halves = min(columns, box.columns), min(halves, box.rows * 2)
        return Fit(columns, ceil(halves / 2), columns, halves)
    scale = share * min(room, box.enlarge * max(1.0, down / _USUAL))
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    columns, rows = min(ceil(wide / across), box.columns), min(ceil(high / down), box.rows)
    if box.form is PictureForm.KITTY and scale > 1:
        # The terminal makes it larger.
        return Fit(columns, rows, width, height)
    return Fit(columns, rows, wide, high)


def shrunk(width: int, height: int, box: PictureBox, share: float) -> Fit:
    """Return the size for fewer pixels: KITTY scales them up to the cells again, other forms take fewer cells."""
    if box.form is not PictureForm.KITTY:
        return fitted(width, height, box, share)
    whole = fitted(width, height, box)
    wide, high = max(1, round(whole.width * share)), max(1, round(whole.height * share))
    return Fit(whole.columns, whole.rows, wide, high)
