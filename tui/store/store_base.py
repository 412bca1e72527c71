"""What every part of the store's face stands on: the file, the clock, and the way a change is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from tui.store.changes import Change
from tui.store.conversation_aliases import ConversationAliases
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
        self._aliases = ConversationAliases()

    def _now(self, connection: sqlite3.Connection, conversation_id: int) -> int:
        """Return the conversation that another one has become a part of. On the store's thread."""
        return self._aliases.current(conversation_id, partial(conversations.exists, connection))

    async def _write(self, job: Callable[[Transaction], T]) -> T:
        def run(connection: sqlite3.Connection) -> tuple[T, list[Change]]:
            writing = Transaction(connection, self._clock())
            result = job(writing)
            for gone, into in writing.merged.items():
                self._aliases.add(gone, into)
            return result, writing.changes()

        return await self._database.write(run)
