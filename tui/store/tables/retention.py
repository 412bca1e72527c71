"""Deleting old messages: in small batches, wholly, and never what is still to be sent.

What goes is overwritten (`secure_delete`): in the rows, in the index once it is merged, in the log of the last writes.
The file keeps its size and uses the room again. Drafts, contacts and the list of conversations stay.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from tui.store.db.transaction import Transaction
from tui.store.delivery_state import DeliveryState
from tui.store.mapping import rows
from tui.store.search import index
from tui.store.tables import conversations

BATCH: Final = 200
"""Messages that go in one transaction: some milliseconds in which nothing else is stored."""
_MERGED: Final = 200
"""Pages of the index that are merged at a time."""
KEPT: Final = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNKNOWN)
"""Messages that wait for the server or for a person's decision stay, however old."""
_KEPT_SQL: Final = ", ".join(f"'{state.value}'" for state in KEPT)


def remove(transaction: Transaction, before_ms: int | None) -> int:
    """Delete the oldest messages before a time, or of all times, at most `BATCH`; return how many."""
    connection = transaction.connection
    connection.execute("PRAGMA secure_delete = ON")
    bound, values = ("", []) if before_ms is None else ("m.time_ms < ? AND", [before_ms])
    old = [
        rows.as_message(row)
        for row in connection.execute(
            f"SELECT {rows.MESSAGE} FROM message AS m INDEXED BY message_time"
            f" WHERE {bound} m.state NOT IN ({_KEPT_SQL}) ORDER BY m.time_ms, m.id LIMIT ?",
            (*values, BATCH),
        )
    ]
    for message in old:
        connection.execute("DELETE FROM message WHERE id = ?", (message.id,))
        transaction.message_removed(message)
    for conversation_id in dict.fromkeys(message.conversation_id for message in old):
        conversations.message_left(transaction, conversation_id)
        conversations.count_mentions(transaction, conversation_id)
        connection.execute(
            "UPDATE conversation SET unread = 0 WHERE id = ? AND last_message_id IS NULL", (conversation_id,)
        )
    return len(old)


def merge(connection: sqlite3.Connection, *, begin: bool) -> bool:
    """Merge a part of the index, in which deleted words stand until then; return whether there is more to do."""
    return index.tidy(connection, -_MERGED if begin else _MERGED)


def empty_log(connection: sqlite3.Connection) -> None:
    """Bring the last writes into the file, and overwrite the log of them with nothing; outside of a transaction.

    While another process reads, the log stays until that process is done.
    """
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
