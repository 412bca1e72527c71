"""Size of a picture, from its first bytes: known at once, also where nothing is drawn.

Headers come from strangers: whatever is not there is no picture, and of sizes only the numbers are believed.
"""

from __future__ import annotations

import struct
from typing import Final

import msgspec

HEAD: Final = 256 * 1024
"""Bytes that are enough to find a JPEG's size behind its thumbnails and colour profiles."""


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
