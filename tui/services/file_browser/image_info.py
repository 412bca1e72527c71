"""Size of a picture, from its first bytes, and pixels of a small PNG, without a library that knows all formats.

Headers come from strangers: whatever is not there is no picture, and of sizes only the numbers are believed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import BinaryIO, Final

import msgspec

HEAD: Final = 256 * 1024
"""Bytes that are enough to find a JPEG's size behind its thumbnails and colour profiles."""
MOST_RAW: Final = 4 * 1024 * 1024
"""Bytes of an unpacked PNG that are still unpacked here: half a second in a thread at worst."""


class ImageInfo(msgspec.Struct, frozen=True):
    """Format of a picture, and its width and height in pixels."""

    format: str
    width: int
    height: int


def measure(head: bytes) -> ImageInfo | None:
    """Return the picture that the first bytes of a file announce; None when they announce none that is known here."""
    try:
        if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
            return ImageInfo("PNG", *struct.unpack_from(">II", head, 16))
        if head[:6] in (b"GIF87a", b"GIF89a"):
            return ImageInfo("GIF", *struct.unpack_from("<HH", head, 6))
        if head.startswith(b"BM") and len(head) >= 26:
            width, height = struct.unpack_from("<ii", head, 18)
            return ImageInfo("BMP", abs(width), abs(height))
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _webp(head)
        if head.startswith(b"\xff\xd8\xff"):
            return _jpeg(head)
    except (struct.error, IndexError):
        pass
    return None


def _webp(head: bytes) -> ImageInfo | None:
    match head[12:16]:
        case b"VP8X":
            width = int.from_bytes(head[24:27], "little") + 1
            return ImageInfo("WebP", width, int.from_bytes(head[27:30], "little") + 1)
        case b"VP8L" if head[20] == 0x2F:
            bits = int.from_bytes(head[21:25], "little")
            return ImageInfo("WebP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8 " if head[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", head, 26)
            return ImageInfo("WebP", width & 0x3FFF, height & 0x3FFF)
    return None


_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


def _jpeg(head: bytes) -> ImageInfo | None:
    """Walk from marker to marker up to the frame's."""
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return ImageInfo("JPEG", width, height)
        else:
            at += 2 + max(2, struct.unpack_from(">H", head, at + 2)[0])
    return None


Pixel = tuple[int, int, int] | None
"""Red, green, blue; None where the picture is transparent."""

_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


class _Form(msgspec.Struct, frozen=True):
    width: int
    height: int
    depth: int
    color: int

    @property
    def stride(self) -> int:
        return (self.width * _CHANNELS[self.color] * self.depth + 7) // 8

    @property
    def step(self) -> int:
        return max(1, _CHANNELS[self.color] * self.depth // 8)


def png_pixels(file: BinaryIO, columns: int, rows: int, breathe: Callable[[], None]) -> list[list[Pixel]] | None:
    """Return a PNG made small: at most `columns` x `rows` pixels. None for one that is large, interlaced or damaged."""
    try:
        return _shrunk(file, columns, rows, breathe)
    except (struct.error, IndexError, zlib.error, ValueError):
        return None


def _shrunk(file: BinaryIO, columns: int, rows: int, breathe: Callable[[], None]) -> list[list[Pixel]] | None:
    form: _Form | None = None
    palette, clear, packed = b"", b"", b""
    for name, data in _chunks(file):
        if name == b"IHDR":
            *numbers, _, _, interlaced = struct.unpack(">IIBBBBB", data)
            form = _Form(*numbers)
            fits = form.color in _CHANNELS and form.width and form.height and form.depth in (1, 2, 4, 8, 16)
            if interlaced or not fits or (form.stride + 1) * form.height > MOST_RAW:
                return None
        elif name == b"PLTE":
            palette = data
        elif name == b"tRNS":
            clear = data
        elif name == b"IDAT":
            packed += data
    if form is None or not packed:
        return None
    raw = zlib.decompressobj().decompress(packed, (form.stride + 1) * form.height)
    lines = _lines(raw, form, breathe)
    scale = max(form.width / columns, form.height / rows, 1)
    wide, high = max(1, int(form.width / scale)), max(1, int(form.height / scale))
    shrunk: list[list[Pixel]] = []
    for y in range(high):
        breathe()
        spots = {int((y + part) * scale) for part in (0.2, 0.5, 0.8)}
        near = [lines[min(spot, form.height - 1)] for spot in spots]
        shrunk.append([
            _mixed([
                _pixel(line, min(int((x + part) * scale), form.width - 1), form, palette, clear)
                for line in near
                for part in ((0.2, 0.5, 0.8) if scale > 1 else (0.5,))
            ])
            for x in range(wide)
        ])  # fmt: skip
    return shrunk


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks that matter; none larger than a picture that is shown could need."""
    file.seek(8)
    while len(start := file.read(8)) == 8:
        size, name = struct.unpack(">I4s", start)
        if name not in (b"IHDR", b"PLTE", b"tRNS", b"IDAT"):
            file.seek(size + 4, 1)
            if name == b"IEND":
                return
            continue
        if size > 2 * MOST_RAW:
            raise ValueError(size)
        yield name, file.read(size)
        file.seek(4, 1)


def _lines(raw: bytes, form: _Form, breathe: Callable[[], None]) -> list[bytes]:
    """Yield the lines with their filters undone."""
    stride, step = form.stride, form.step
    above = bytes(stride)
    lines = []
    for y in range(form.height):
        breathe()
        at = y * (stride + 1)
        line = bytearray(raw[at + 1 : at + 1 + stride])
        if len(line) < stride:
            raise ValueError(y)
        match raw[at]:
            case 1:
                for first in range(step):
                    line[first::step] = bytes(value & 255 for value in accumulate(line[first::step]))
            case 2:
                line = bytearray((a + b) & 255 for a, b in zip(line, above, strict=True))
            case 3:
                for x in range(stride):
                    left = line[x - step] if x >= step else 0
                    line[x] = (line[x] + (left + above[x] >> 1)) & 255
            case 4:
                for x in range(stride):
                    left, corner = (line[x - step], above[x - step]) if x >= step else (0, 0)
                    line[x] = (line[x] + _paeth(left, above[x], corner)) & 255
        above = bytes(line)
        lines.append(above)
    return lines


def _paeth(left: int, up: int, corner: int) -> int:
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def _pixel(line: bytes, x: int, form: _Form, palette: bytes, clear: bytes) -> Pixel:
    depth, color = form.depth, form.color
    if depth < 8:
        value = line[x * depth // 8] >> (8 - depth - x * depth % 8) & (1 << depth) - 1
        if color == 0:
            gray = value * 255 // ((1 << depth) - 1)
            return gray, gray, gray
    else:
        wide = depth // 8
        values = line[x * form.step : (x + 1) * form.step : wide]
        if color == 3:
            value = values[0]
        else:
            if color in (4, 6) and values[-1] < 128:
                return None
            return (values[0],) * 3 if color in (0, 4) else (values[0], values[1], values[2])
    if value < len(clear) and clear[value] < 128:
        return None
    return palette[value * 3], palette[value * 3 + 1], palette[value * 3 + 2]


def _mixed(pixels: list[Pixel]) -> Pixel:
    """Return the mean of some pixels; transparent when most of them are."""
    seen = [pixel for pixel in pixels if pixel is not None]
    if len(seen) * 2 < len(pixels) or not seen:
        return None
    red, green, blue = (sum(part) // len(seen) for part in zip(*seen, strict=True))
    return red, green, blue
