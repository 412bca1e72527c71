"""Bodies that no client may take in whole: too large, packed, endless, too slow, too deep."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import repeat
from typing import Final

from tui.sandbox.session.faults import FaultKind
from tui.sandbox.world.sample_pictures import PHOTOS

OVERSIZED: Final = 32 * 1024 * 1024
"""Bytes of JSON, where a fault names no other number."""
UNPACKED: Final = 1024 * 1024 * 1024
"""Bytes that a bomb opens to, where a fault names no other number."""
LEVELS: Final = 3000
"""Lists inside lists, where a fault names no other number."""
_PIECE: Final = 64 * 1024
_BLOCK: Final = 1024 * 1024
_START: Final = b'{"BaseResponse": {"Ret": 0, "ErrMsg": ""}, "Filler": ['


def pieces(kind: FaultKind, size: int) -> Iterator[bytes]:
    """Yield a body of a kind in pieces; `size` in bytes, 0 for the usual size. ENDLESS and TRICKLE never end."""
    if kind is FaultKind.TRICKLE:
        yield from repeat(b" ")
    elif kind is FaultKind.ENDLESS:
        yield from repeat(b" " * _PIECE)
    elif kind is FaultKind.BOMB:
        yield from _bomb(size or UNPACKED)
    else:
        yield from _oversized(size or OVERSIZED)


def _oversized(size: int) -> Iterator[bytes]:
    """Yield whole JSON of many small lists: a hundred bytes of memory for every three of the answer."""
    yield _START
    lists = b"[]," * (_PIECE // 3)
    for _ in range(size // len(lists)):
        yield lists
    yield b"[]]}"


def _bomb(size: int) -> Iterator[bytes]:
    """Yield a gzip of blanks, a thousand times smaller than what it opens to.

    Its checksum is wrong: a client that reads so far has lost anyway.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield packer.compress(b" " * _BLOCK) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush nothing refers to what came before, so one packed block serves for all.
    again = packer.compress(b" " * _BLOCK) + packer.flush(zlib.Z_FULL_FLUSH)
    yield from repeat(again, max(0, size // _BLOCK - 1))
    yield packer.flush()


def pictures() -> list[bytes]:
    """Return pictures that no client may try to show: too many pixels, cut off, damaged, of another kind."""
    photo = PHOTOS[0].data
    return [
        _png(60_000, 60_000, b""),
        _png(100_000, 1, b""),
        photo[: len(photo) // 20],
        _png(90, 90, b"no packed bytes"),
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
        b"GIF89a" + bytes(12),
    ]


def _png(width: int, height: int, packed: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR" + header, b"IDAT" + (packed or zlib.compress(bytes(64))), b"IEND")
    chunks = (struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def nested(body: bytes, levels: int) -> bytes:
    """Return a JSON object with a field more, `levels` lists inside each other; for anything else only those."""
    deep = b"[" * levels + b"]" * levels
    whole = body.rstrip()
    if not whole.endswith(b"}") or not whole.startswith(b"{"):
        return deep
    return whole[:-1] + b', "Nested": ' + deep + b"}"
