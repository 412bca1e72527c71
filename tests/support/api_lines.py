"""A program that speaks the API of the control socket, with nothing of wxtui."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class ApiLines:
    """Connection of such a program; as an async context manager."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def __aenter__(self) -> ApiLines:
        self._reader, self.writer = await asyncio.open_unix_connection(os.fspath(self._socket), limit=1 << 21)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    def write(self, line: bytes | Line) -> None:
        self.writer.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")

    async def line(self) -> Line:
        """The next line; an empty one at the end."""
        async with asyncio.timeout(30):
            text = await self._reader.readline()
        found: Line = json.loads(text or "{}")
        return found

    async def ask(self, request: str, **fields: object) -> list[Line]:
        """All lines of the answer."""
        self.write({"request": request, **fields})
        lines = [await self.line()]
        while lines[-1] and not {"result", "error"} & lines[-1].keys():
            lines.append(await self.line())
        return lines

    async def end(self, request: str, **fields: object) -> Line:
        """The last line of the answer."""
        return (await self.ask(request, **fields))[-1]


async def said(socket: Path, *lines: bytes | Line) -> list[Line]:
    """All that comes for these lines, from a program that has no more to say."""
    async with ApiLines(socket) as program:
        for line in lines:
            program.write(line)
        program.writer.write_eof()
        found = []
        while line := await program.line():
            found.append(line)
        return found
