"""Small values that a program finds again at its next start, each under a key: the place in a conversation, say."""

from __future__ import annotations

import sqlite3

from tui.store.db.transaction import Transaction
from tui.store.mapping.codec import storable


def write(transaction: Transaction, key: str, value: str) -> None:
    """Keep `value` under `key`, in place of an earlier one; "" deletes it. No `Change` is published."""
    if value:
        transaction.connection.execute(
            "INSERT INTO memory (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, storable(value)),
        )
    else:
        transaction.connection.execute("DELETE FROM memory WHERE key = ?", (key,))


def read(connection: sqlite3.Connection, key: str) -> str:
    """Return the value that is kept under `key`; "" for none."""
    row = connection.execute("SELECT value FROM memory WHERE key = ?", (key,)).fetchone()
    return "" if row is None else str(row[0])
