"""Size of a picture in cells and in pixels: never larger than it is, nor than its box, and of the same shape."""

from __future__ import annotations

from math import ceil

import msgspec

from tui.services.pictures.drawn import PictureBox, PictureForm


class Fit(msgspec.Struct, frozen=True):
    """Cells that a picture takes, and the pixels that it is scaled to."""

    columns: int
    rows: int
    width: int
    height: int


def fitted(width: int, height: int, box: PictureBox, share: float = 1.0) -> Fit:
    """Return the size for a picture of so many pixels; `share` below 1 makes it smaller still."""
    across, down = box.cell
    scale = share * min(1.0, box.columns * across / width, box.rows * down / height)
    wide, high = max(1, round(width * scale)), max(1, round(height * scale))
    if box.form is PictureForm.BLOCKS:
        # A cell is two pixels, one above the other.
        columns, halves = max(1, round(wide / across)), max(1, round(high * 2 / down))
        return Fit(min(columns, box.columns), min(ceil(halves / 2), box.rows), columns, min(halves, box.rows * 2))
    return Fit(min(ceil(wide / across), box.columns), min(ceil(high / down), box.rows), wide, high)


def shrunk(width: int, height: int, box: PictureBox, share: float) -> Fit:
    """Return the size for fewer pixels: KITTY scales them up to the cells again, other forms take fewer cells."""
    if box.form is not PictureForm.KITTY:
        return fitted(width, height, box, share)
    whole = fitted(width, height, box)
    wide, high = max(1, round(whole.width * share)), max(1, round(whole.height * share))
    return Fit(whole.columns, whole.rows, wide, high)
