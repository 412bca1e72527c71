"""Whose turn it is: in each conversation the oldest row that waits there goes first, and one goes at a time."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.store.models import StoredMessage


class _Line:
    """One conversation's."""

    def __init__(self) -> None:
        self.waiting: list[int] = []
        self.calls: dict[int, asyncio.Event] = {}
        self.going: int | None = None

    def call(self) -> None:
        """The next one's turn, if it is anyone's."""
        if self.going is None and self.waiting:
            self.going = self.waiting.pop(0)
            self.calls[self.going].set()

    def leave(self, row_id: int) -> None:
        del self.calls[row_id]
        if self.going == row_id:
            self.going = None
        else:
            self.waiting.remove(row_id)
        self.call()


class Turns:
    """A later text never overtakes an earlier one. The order is that of row ids, as it will be after a restart."""

    def __init__(self) -> None:
        self._lines: dict[int, _Line] = {}

    def join(self, row: StoredMessage) -> None:
        """Take a place in the line, at once; `mine` must follow."""
        line = self._lines.setdefault(row.conversation_id, _Line())
        insort(line.waiting, row.id)
        line.calls[row.id] = asyncio.Event()
        line.call()

    @asynccontextmanager
    async def mine(self, row: StoredMessage) -> AsyncIterator[None]:
        """Wait for one's turn, and have it until this ends, however it ends."""
        line = self._lines[row.conversation_id]
        try:
            await line.calls[row.id].wait()
            yield
        finally:
            line.leave(row.id)
            if not line.calls:
                del self._lines[row.conversation_id]
