"""Pictures as half blocks: two pixels in a cell, one above the other, in the colours of a character and behind it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

MOST_BYTES: Final = 16 << 10
"""Bytes that a picture in the log may cost."""
MOST_CELLS: Final = 690
"""Cells of which even noise, in 256 colours, costs at most `MOST_BYTES`."""

_OPAQUE: Final = 128
"""Alpha from which on a pixel is seen."""
_UPPER, _LOWER, _BLANK = "▀", "▄", " "
_GRAY: Final = (0xFF, 0xFE, 0xFC, 0xF8)
"""Masks that a channel goes through, one after the other, until the picture is small enough."""
_ROW_BYTES: Final = 24
"""Bytes at most of a move to a row, and back to the colours of what is beside the picture."""

_Ink = int | None
"""A colour: 24 bits, or the number of one of 256; None for the terminal's own background."""
_Cell = tuple[str, _Ink, _Ink]
"""Character, its colour, the colour behind it. None is the terminal's own."""


def block_strips(
    pixels: bytes, columns: int, rows: int, colors: int = 0, most_bytes: int = MOST_BYTES
) -> tuple[list[Strip], int]:
    """Return the rows of a picture, and the bytes that they cost at most.

    `pixels` are RGBA, `columns` times twice `rows` of them. `colors`: 256 where the terminal has a palette, 0 where it
    has true colour. Where a picture costs more than `most_bytes` (0: any number), near colours become one.
    """
    exact = _inks(pixels, columns * rows * 2)
    palette = colors == 256
    cost = 0
    cells: list[list[_Cell]] = []
    for mask in (None,) if palette else (*_GRAY, None):
        if mask is None:
            palette = True
            inks = [ink if ink is None else _nearest(ink) for ink in exact]
        else:
            # The lost bits are rounded to: a mask alone would darken the picture.
            inks = exact if mask == 0xFF else [ink if ink is None else _rounded(ink, mask) for ink in exact]
        cells, cost = _cells(inks, columns, rows, palette=palette)
        if not most_bytes or cost <= most_bytes:
            break
    return [_strip(row, palette=palette) for row in cells], cost


def _inks(pixels: bytes, count: int) -> list[_Ink]:
    """Return the colours of the pixels; what is missing is transparent."""
    found: list[_Ink] = [
        red << 16 | green << 8 | blue if alpha >= _OPAQUE else None
        for red, green, blue, alpha in zip(pixels[::4], pixels[1::4], pixels[2::4], pixels[3::4], strict=False)
    ]
    return found[:count] + [None] * (count - len(found))


def _rounded(ink: int, mask: int) -> int:
    half = (0xFF ^ mask) // 2
    return (
        (min(0xFF, (ink >> 16) + half) & mask) << 16
        | (min(0xFF, (ink >> 8 & 0xFF) + half) & mask) << 8
        | (min(0xFF, (ink & 0xFF) + half) & mask)
    )


_STEPS: Final = (0, 95, 135, 175, 215, 255)


@lru_cache(maxsize=4096)
def _nearest(ink: int) -> int:
    """Return the number of the nearest of 256 colours, from its cube and its greys."""
    channels = (ink >> 16, ink >> 8 & 0xFF, ink & 0xFF)
    levels = [0 if one < 48 else 1 if one < 115 else (one - 35) // 40 for one in channels]
    cube = [_STEPS[level] for level in levels]
    gray = min(23, max(0, (sum(channels) // 3 - 3) // 10))
    value = 8 + 10 * gray
    apart = sum((one - other) ** 2 for one, other in zip(channels, cube, strict=True))
    if sum((one - value) ** 2 for one in channels) < apart:
        return 232 + gray
    return 16 + 36 * levels[0] + 6 * levels[1] + levels[2]


def _cells(inks: Sequence[_Ink], columns: int, rows: int, *, palette: bool) -> tuple[list[list[_Cell]], int]:
    """Return the cells, row by row, and what they cost at most, each written after the one before it."""
    size = _palette_size if palette else _size
    found: list[list[_Cell]] = []
    cost = 0
    for y in range(rows):
        first = 2 * y * columns
        row: list[_Cell] = []
        # Nothing is known of the colours in which a row begins.
        worn: tuple[_Ink, _Ink] = (-1, -1)
        for upper, lower in zip(
            inks[first : first + columns], inks[first + columns : first + 2 * columns], strict=True
        ):
            cell = _cell(upper, lower, worn)
            _text, color, behind = cell
            change = (color != worn[0]) * (1 + size(color)) + (behind != worn[1]) * (1 + size(behind))
            cost += (change + 2 if change else 0) + (1 if cell[0] == _BLANK else 3)
            worn = color, behind
            row.append(cell)
        found.append(row)
        cost += _ROW_BYTES
    return found, cost


def _cell(upper: _Ink, lower: _Ink, worn: tuple[_Ink, _Ink]) -> _Cell:
    """Return the cell of two pixels: the block that changes less, where either would do."""
    if upper == lower:
        return _BLANK, None if upper is None else worn[0] if worn[0] != -1 else None, upper
    if upper is None:
        return _LOWER, lower, None
    if lower is None or (upper == worn[0]) + (lower == worn[1]) >= (lower == worn[0]) + (upper == worn[1]):
        return _UPPER, upper, lower
    return _LOWER, lower, upper


def _size(ink: _Ink) -> int:
    """Return the characters of a colour's code at most."""
    if ink is None:
        return 2
    return 7 + sum(1 + (one > 9) + (one > 99) for one in (ink >> 16, ink >> 8 & 0xFF, ink & 0xFF))


def _palette_size(ink: _Ink) -> int:
    return 2 if ink is None else 7 + (ink > 99)


def _strip(row: list[_Cell], *, palette: bool) -> Strip:
    """Return a row as a strip; neighbours in one style are one segment."""
    segments: list[Segment] = []
    at = 0
    while at < len(row):
        _text, color, behind = row[at]
        end = at + 1
        while end < len(row) and row[end][1:] == (color, behind):
            end += 1
        segments.append(Segment("".join(cell[0] for cell in row[at:end]), _style(color, behind, palette)))
        at = end
    return Strip(segments, len(row))


@lru_cache(maxsize=2048)
def _style(color: _Ink, behind: _Ink, palette: bool) -> Style:
    return Style.from_color(_color(color, palette), _color(behind, palette))


def _color(ink: _Ink, palette: bool) -> Color | None:
    if ink is None:
        return None
    if palette:
        return Color.from_ansi(ink)
    return Color.from_triplet(ColorTriplet(ink >> 16, ink >> 8 & 0xFF, ink & 0xFF))
