"""Connection of another shell or program: its lines, whatever they say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from tui.services.control import protocol
from tui.services.control_server.owner_services import OwnerServices


class Connection(msgspec.Struct, eq=False):
    """Lines from and to the other side."""

    services: OwnerServices
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    leave: Callable[[asyncio.Task[Any]], None]
    """Takes over a task whose command has gone away, so that it runs to its end."""
    may_follow: Callable[[], bool]
    """Says whether one more may follow messages."""
    follows: bool = False
    idle_since: float | None = None
    """Since when the other side has to say something; None while a request is carried out."""

    async def end(self) -> None:
        """Close it; what was written is waited for a moment."""
        self.writer.close()
        with suppress(OSError, asyncio.CancelledError, TimeoutError):
            async with asyncio.timeout(1):
                await self.writer.wait_closed()
        self.writer.transport.abort()

    @property
    def behind(self) -> int:
        """Bytes that wait for the reader at the other side."""
        return self.writer.transport.get_write_buffer_size()

    def write(self, lines: bytes) -> None:
        """Write lines, however fast they are read."""
        if not self.writer.is_closing():
            self.writer.write(lines)

    async def pour(self, lines: bytes) -> None:
        """Write lines at the speed at which they are read: what waits for a reader that has stopped stays small."""
        self.write(lines)
        # That the command has gone away is heard by whoever reads from it: the request is given up then.
        with suppress(ConnectionError):
            await self.writer.drain()

    async def next_line(self) -> bytes | None:
        """Return the next line; None at the end. Raises `Malformed`."""
        try:
            return await self.reader.readuntil(b"\n")
        except asyncio.IncompleteReadError as rest:
            # A last line without its end: `printf`, or a person's Ctrl+D.
            return rest.partial if rest.partial.rstrip() else None
        except ConnectionError:
            return None
        except asyncio.LimitOverrunError:
            raise protocol.Malformed("too long") from None
