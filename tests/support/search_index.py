"""The index of words as it is, and as the messages ask for."""

from __future__ import annotations

import sqlite3

from tests.support.store_files import run_sql
from tui.store.search import index
from tui.store.store import Store


async def words_of(store: Store) -> dict[int, str]:
    return dict(await store._database.read(lambda c: c.execute("SELECT rowid, words FROM search").fetchall()))


async def assert_in_step(store: Store) -> None:
    def expected(connection: sqlite3.Connection) -> dict[int, str]:
        rows = connection.execute("SELECT id, body FROM message").fetchall()
        return {row_id: said for row_id, body in rows if (said := index._words(body))}

    assert await words_of(store) == await store._database.read(expected)
    await run_sql(store, "INSERT INTO search (search) VALUES ('integrity-check')")
