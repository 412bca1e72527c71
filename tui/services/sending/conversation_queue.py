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
        self.going: set[int] = set()
        """One, or one of each of the lines that have become this one."""

    def call(self) -> None:
        """The next one's turn, if it is anyone's."""
        if not self.going and self.waiting:
            row_id = self.waiting.pop(0)
            self.going.add(row_id)
            self.calls[row_id].set()

    def leave(self, row_id: int) -> None:
        del self.calls[row_id]
        if row_id in self.going:
            self.going.remove(row_id)
        else:
            self.waiting.remove(row_id)
        self.call()

    def take(self, other: _Line) -> None:
        """Those of another line stand here now, where their row ids say."""
        self.waiting = sorted(self.waiting + other.waiting)
        self.calls |= other.calls
        self.going |= other.going


class ConversationQueue:
    """A later text never overtakes an earlier one. The order is that of row ids, as it will be after a restart."""

    def __init__(self) -> None:
        self._lines: dict[int, _Line] = {}
        self._into: dict[int, int] = {}

    def merge(self, gone: int, into: int) -> None:
        """A conversation has become a part of another one: from now on they are one line."""
        self._into[gone] = into
        line = self._lines.pop(gone, None)
        if line is not None:
            self._lines.setdefault(self._now(into), _Line()).take(line)

    def _now(self, conversation_id: int) -> int:
        while conversation_id in self._into:
            conversation_id = self._into[conversation_id]
        return conversation_id

    def join(self, row: StoredMessage) -> None:
        """Take a place in the line, at once; `mine` must follow."""
        line = self._lines.setdefault(self._now(row.conversation_id), _Line())
        insort(line.waiting, row.id)
        line.calls[row.id] = asyncio.Event()
        line.call()

    @asynccontextmanager
    async def mine(self, row: StoredMessage) -> AsyncIterator[None]:
        """Wait for one's turn, and have it until this ends, however it ends."""
        try:
            await self._lines[self._now(row.conversation_id)].calls[row.id].wait()
            yield
        finally:
            now = self._now(row.conversation_id)
            self._lines[now].leave(row.id)
            if not self._lines[now].calls:
                del self._lines[now]
