"""What every part of the store's face stands on: the file, the clock, and the way a change is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from tui.store.changes import Change
from tui.store.db.connection import Database
from tui.store.db.transaction import Transaction
from tui.store.subscription import Hub
from tui.store.tables import conversations

T = TypeVar("T")


class StoreBase:
    """See `Store`."""

    def __init__(self, database: Database, hub: Hub, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock
        self._merged: dict[int, int] = {}

    def _now(self, connection: sqlite3.Connection, conversation_id: int) -> int:
        """What has become of a conversation. On the store's thread."""
        while conversation_id in self._merged and not conversations.exists(connection, conversation_id):
            conversation_id = self._merged[conversation_id]
        return conversation_id

    async def _write(self, job: Callable[[Transaction], T]) -> T:
        def run(connection: sqlite3.Connection) -> tuple[T, list[Change]]:
            writing = Transaction(connection, self._clock())
            result = job(writing)
            self._merged.update(writing.merged)
            return result, writing.changes()

        return await self._database.write(run)
