"""Picture whose pixels the terminal has, or is given by the cells themselves; and the room that one may take."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm
from tui.terminal.graphemes import HOLE
from tui.terminal.graphics.half_blocks import MOST_BYTES as MOST_BLOCK_BYTES
from tui.terminal.graphics.half_blocks import MOST_CELLS, block_strips
from tui.terminal.graphics.placeholders import MOST_SIDE, placeholder_strips
from tui.terminal.graphics.reach import Graphics

MOST_KITTY_BYTES: Final = 48 << 10
"""Bytes that a picture in the log may cost, as they go to the terminal."""
_MOST_PNG: Final = 35_800
"""Bytes of a PNG that are `MOST_KITTY_BYTES` in base64 and pieces, wrapped for tmux."""
_MOST_SIXEL: Final = 256 << 10


def thumbnail_box(graphics: Graphics, columns: int, rows: int) -> PictureBox | None:
    """Return the room for a picture in the log, of at most so many cells; None where there are no pictures."""
    form = graphics.log
    if form is None or columns < 1 or rows < 1:
        return None
    if form is PictureForm.BLOCKS:
        columns = min(columns, max(1, MOST_CELLS // rows))
    most = MOST_BLOCK_BYTES if form is PictureForm.BLOCKS else _MOST_PNG
    return _box(graphics, form, columns, rows, most)


def full_box(graphics: Graphics, columns: int, rows: int, frames: int = 1) -> PictureBox | None:
    """Return the room for a picture in the full view; None where there are no pictures."""
    form = graphics.full
    if form is None or columns < 1 or rows < 1:
        return None
    return _box(graphics, form, columns, rows, _MOST_SIXEL if form is PictureForm.SIXEL else 0, frames)


def _box(
    graphics: Graphics, form: PictureForm, columns: int, rows: int, most_bytes: int, frames: int = 1
) -> PictureBox:
    colors = graphics.colors if form is PictureForm.BLOCKS else 0
    columns, rows = min(columns, MOST_SIDE), min(rows, MOST_SIDE)
    return PictureBox(columns, rows, graphics.cell, form, colors, most_bytes, frames)


class PlacedPicture:
    """Picture that can be drawn. `number`: of the image that the terminal has, 0 where it has none."""

    def __init__(self, columns: int, rows: int, number: int, make: Callable[[], list[Strip]]) -> None:
        self.columns = columns
        self.rows = rows
        self.number = number
        self._make = make

    @cached_property
    def _strips(self) -> list[Strip]:
        return self._make()

    def strips(self) -> list[Strip]:
        """Return its rows of cells. What they show is in their text and style."""
        return self._strips


def placed_blocks(drawn: Drawn, frame: int, colors: int, most_bytes: int) -> PlacedPicture:
    """Return a picture of half blocks."""
    pixels, columns, rows = drawn.frames[frame].data, drawn.columns, drawn.rows
    return PlacedPicture(columns, rows, 0, lambda: block_strips(pixels, columns, rows, colors, most_bytes)[0])


def placed_image(drawn: Drawn, number: int) -> PlacedPicture:
    """Return a picture of the cells in which the terminal draws an image that it has."""
    columns, rows = drawn.columns, drawn.rows
    return PlacedPicture(columns, rows, number, lambda: placeholder_strips(number, columns, rows))


def placed_hole(drawn: Drawn) -> PlacedPicture:
    """Return the cells that are left free for a picture that is written over them."""
    columns, rows = drawn.columns, drawn.rows
    return PlacedPicture(columns, rows, 0, lambda: [Strip([Segment(HOLE * columns, Style())], columns)] * rows)
