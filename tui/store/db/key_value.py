"""Small things that a program finds again at its next start: where one was, by a key that names it."""

from __future__ import annotations

import sqlite3

from tui.store.db.transaction import Transaction
from tui.store.mapping.codec import storable


def remember(writing: Transaction, key: str, value: str) -> None:
    """Keep `value` under `key`, in place of what was there; "" forgets it. Nobody is told: nothing else shows it."""
    if value:
        writing.connection.execute(
            "INSERT INTO memory (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, storable(value)),
        )
    else:
        writing.connection.execute("DELETE FROM memory WHERE key = ?", (key,))


def recall(connection: sqlite3.Connection, key: str) -> str:
    """What was kept under `key`; "" for nothing."""
    row = connection.execute("SELECT value FROM memory WHERE key = ?", (key,)).fetchone()
    return "" if row is None else str(row[0])
