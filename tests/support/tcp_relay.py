"""A TCP relay between a client and a server, that can be cut and restored; it runs on the test's own loop."""

from __future__ import annotations

import asyncio
from types import TracebackType
from urllib.parse import urlsplit


class TcpRelay:
    """A context manager. While it is cut the port refuses connections, and those that stood are gone."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self._there = parts.hostname or "", parts.port or 80
        self._port = 0
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def origin(self) -> str:
        """Where the client finds the server."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> TcpRelay:
        await self.restore()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def restore(self) -> None:
        """Connect both ends, on the port it had."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Cut everything."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.transport.abort()
        await asyncio.sleep(0)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._ends.add(writer)
        try:
            other_reader, other_writer = await asyncio.open_connection(*self._there)
            self._ends.add(other_writer)
            try:
                await asyncio.gather(_pour(reader, other_writer), _pour(other_reader, writer))
            finally:
                self._ends.discard(other_writer)
                other_writer.close()
        except OSError:
            pass
        finally:
            self._ends.discard(writer)
            writer.close()
            self._tasks.discard(task)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        if not writer.is_closing():
            writer.close()
