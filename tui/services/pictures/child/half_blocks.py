"""Half blocks: two pixels a cell, one above the other, as RGBA."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Final

from PIL import Image

from tui.services.pictures.child.fitting import Fit
from tui.services.pictures.drawn import PictureBox

_LEVELS: Final = (0, 95, 135, 175, 215, 255)
_CLEAR: Final = 128
"""Alpha below which a pixel is not there."""


@cache
def _palette() -> Image.Image:
    """Return a picture with the colours of a terminal's palette that are everywhere the same: 16 to 255."""
    values = [part for color in product(_LEVELS, repeat=3) for part in color]
    values += [8 + 10 * step for step in range(24) for _part in range(3)]
    found = Image.new("P", (1, 1))
    found.putpalette(values)
    return found


def encode(image: Image.Image, fit: Fit, box: PictureBox, colors: int) -> bytes:
    """Return the pixels of the cells; a row of clear ones fills the last cells where the number of rows is odd."""
    alpha = image.getchannel("A").point(lambda value: 255 if value >= _CLEAR else 0) if box.colors else None
    if box.colors:
        solid = image.convert("RGB").quantize(palette=_palette(), dither=Image.Dither.FLOYDSTEINBERG)
        image = solid.convert("RGBA")
        assert alpha is not None
        image.putalpha(alpha)
    elif colors:
        image = image.quantize(colors, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).convert("RGBA")
    wanted = (fit.columns, fit.rows * 2)
    if image.size != wanted:
        ground = Image.new("RGBA", wanted, (0, 0, 0, 0))
        ground.paste(image, (0, 0))
        image = ground
    return image.tobytes()


def cost(data: bytes, fit: Fit, box: PictureBox) -> int:
    """Return about how many bytes the terminal is sent for these pixels: colours only where they change."""
    color = len("38;5;123;") if box.colors else len("38;2;123;123;123;")
    row = fit.columns * 4
    spent = 0
    for y in range(fit.rows):
        upper, lower = data[2 * y * row : (2 * y + 1) * row], data[(2 * y + 1) * row : (2 * y + 2) * row]
        spent += len("\x1b[12;34H\x1b[0m")
        front = back = b""
        for x in range(0, row, 4):
            above, below = upper[x : x + 4], lower[x : x + 4]
            changes = (above != front) + (below != back)
            front, back = above, below
            spent += len("▀".encode()) + (changes * color + len("\x1b[m") if changes else 0)
    return spent
