"""Sixel: six rows of pixels are a band, and in a band each colour has a line of its own, laid over the others.

A row of pixels is turned into bits by `bytes.translate`, six rows are joined as large numbers, and runs are found by a
regular expression: Python touches no pixel by itself.
"""

from __future__ import annotations

import re
from typing import Final

from PIL import Image

from tui.services.pictures.child.fitting import Fit
from tui.services.pictures.drawn import PictureBox

_BAND: Final = 6
_MOST_COLORS: Final = 255
"""Colours of the palette; one more stands for pixels that are not there."""
_CLEAR: Final = 128
_RUN: Final = re.compile(rb"(.)\1{3,}", re.DOTALL)
_SHOWN: Final = bytes((value + 63) & 255 for value in range(256))
"""Bits of a column → its letter."""
_BITS: Final = [[bytes(color) + bytes([1 << row]) + bytes(255 - color) for color in range(256)] for row in range(_BAND)]
"""Table for row and colour: the row's bit where a pixel has the colour."""


def encode(image: Image.Image, fit: Fit, box: PictureBox, colors: int) -> bytes:
    """Return the body of the terminal's string: what stands between `ESC P` and `ESC \\`. Clear pixels stay clear."""
    wanted = min(colors or box.colors or _MOST_COLORS, _MOST_COLORS)
    # Dots of two colours are no runs: where bytes count, there are none.
    dither = Image.Dither.NONE if colors else Image.Dither.FLOYDSTEINBERG
    solid = image.convert("RGB").quantize(wanted, Image.Quantize.MEDIANCUT, dither=dither)
    clear = image.getchannel("A").point(lambda value: 255 if value < _CLEAR else 0)
    solid.paste(_MOST_COLORS, (0, 0), clear)
    width, height = solid.size
    palette = solid.getpalette() or []
    pixels = solid.tobytes()
    pieces = [b'0;1;0q"1;1;%d;%d' % (width, height)]
    for color in sorted(set(pixels) - {_MOST_COLORS}):
        red, green, blue = (round(part * 100 / 255) for part in palette[color * 3 : color * 3 + 3])
        pieces.append(b"#%d;2;%d;%d;%d" % (color, red, green, blue))
    for top in range(0, height, _BAND):
        rows = [pixels[y * width : (y + 1) * width] for y in range(top, min(top + _BAND, height))]
        pieces += _band(rows, width)
    return b"".join(pieces)


def _band(rows: list[bytes], width: int) -> list[bytes]:
    pieces: list[bytes] = []
    for color in sorted(set().union(*rows) - {_MOST_COLORS}):
        bits = 0
        for tables, row in zip(_BITS, rows, strict=False):
            bits |= int.from_bytes(row.translate(tables[color]), "big")
        line = bits.to_bytes(width, "big").translate(_SHOWN).rstrip(b"?")
        pieces.append(b"#%d" % color + _RUN.sub(_short, line))
        pieces.append(b"$")
    pieces.append(b"-")
    return pieces


def _short(run: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(run[0]), run[1])
