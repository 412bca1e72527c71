"""Body of an answer, read piece by piece: unpacked, counted, and given up as soon as it is too much."""

from __future__ import annotations

import asyncio
import mmap
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Final, cast

from tui.errors import Phrase
from tui.services.http.httpx_import import httpx
from tui.services.http.limits import Deadline
from tui.units import shown_size
from tui.wire.json_shape import JsonShape

ACCEPTED: Final = "gzip, deflate"
"""`Accept-Encoding`. What was not asked for is not unpacked: brotli and zstd belong to whatever else is installed."""
PIECE: Final = 64 * 1024
"""Bytes that are unpacked at once: a packed kilobyte may open to a megabyte."""
_BREATH: Final = 256 * 1024
"""Bytes after which the event loop gets its turn."""
_LEAST: Final = 4 * 1024
"""Bytes that a piece counts for at least: a body in chunks of one byte is as much work as one that is larger."""


class BadBody(Exception):
    """Body that is not taken in; `why` is a reason in a sentence."""

    def __init__(self, why: Phrase) -> None:
        super().__init__()
        self.why = why


async def read_body(response: httpx.Response, deadline: Deadline, most: int) -> tuple[bytes, JsonShape]:
    """Return the whole body and its shape as JSON. Raises `BadBody` when it has more than `most` bytes, unpacked."""
    size, shape = 0, JsonShape()
    # Pages of the kernel, given as they are written to and all taken back at the end: a buffer that grows, or blocks
    # that are joined, leave holes in the heap of several times the body's size.
    with mmap.mmap(-1, most, flags=mmap.MAP_PRIVATE) as held:
        async with aclosing(pieces(response, deadline)) as found:
            async for piece in found:
                size += len(piece)
                if size > most:
                    raise BadBody(_too_large(held[:256] if held.tell() else piece, most))
                held.write(piece)
                shape.feed(piece)
        return held[:size], shape


def _too_large(start: bytes, most: int) -> Phrase:
    if start.lstrip().startswith(b"<"):
        return Phrase("it is a web page")
    return Phrase("it is larger than {limit}", limit=shown_size(most))


async def pieces(response: httpx.Response, deadline: Deadline) -> AsyncGenerator[bytes, None]:
    """Yield the body as it comes, unpacked, at most `PIECE` bytes at a time. Raises as httpx does, and `BadBody`."""
    unpacker = _unpacker(response.headers.get("content-encoding", ""))
    since = 0
    # Not `aiter_bytes`: it unpacks a piece whole, whatever that opens to.
    raw = aiter(cast("httpx.AsyncByteStream", response.stream))
    while True:
        async with deadline.running():
            packed = await anext(raw, None)
        if packed is None:
            break
        deadline.moved(len(packed))
        since += _LEAST
        for piece in unpacker.unpack(packed):
            yield piece
            since += len(piece)
            if since >= _BREATH:
                since = 0
                await asyncio.sleep(0)
        if since >= _BREATH:
            # Packed bytes may come to nothing for a long time.
            since = 0
            await asyncio.sleep(0)
    if not unpacker.whole:
        raise BadBody(Phrase("it is incomplete"))


def _unpacker(encoding: str) -> _Plain | _Packed:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Packed(zlib.MAX_WBITS | 16)
        case "deflate":
            return _Packed(zlib.MAX_WBITS)
        case _:
            raise BadBody(Phrase("it is compressed in a way that was not requested"))


class _Plain:
    """Unpacker of a body that is not packed."""

    whole = True

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Yield the data in pieces."""
        view = memoryview(data)
        for start in range(0, len(view), PIECE):
            yield bytes(view[start : start + PIECE])


class _Packed:
    """Unpacker for gzip, and for deflate, of which some servers leave out the header."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._packer = zlib.decompressobj(bits)
        self._began = False

    @property
    def whole(self) -> bool:
        """True when the packed data came to its end, or never began: an empty body is whole."""
        return self._packer.eof or not self._began

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Yield the data that a piece opens to; drop what follows the end. Raises `BadBody`."""
        try:
            if not self._began and self._bits == zlib.MAX_WBITS:
                self._packer = _with_or_without_header(data)
            self._began = self._began or bool(data)
            while data and not self._packer.eof:
                piece = self._packer.decompress(data, PIECE)
                data = self._packer.unconsumed_tail
                if piece:
                    yield piece
                elif not data:
                    return
        except zlib.error:
            raise BadBody(Phrase("it cannot be decompressed")) from None


def _with_or_without_header(data: bytes) -> zlib._Decompress:
    try:
        zlib.decompressobj().decompress(data, 1)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS)
    return zlib.decompressobj()
