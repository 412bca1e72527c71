"""Statements that a store runs, and how SQLite would run them."""

from __future__ import annotations

import sqlite3

from tui.store.store import Store


class Plans:
    """Records what a store runs, and asks SQLite how."""

    def __init__(self, store: Store) -> None:
        self._database = store._database
        self.statements: list[str] = []

    async def __aenter__(self) -> Plans:
        await self._database.read(lambda connection: connection.set_trace_callback(self.statements.append))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._database.read(lambda connection: connection.set_trace_callback(None))

    async def steps(self) -> list[str]:
        """Each step of each plan, with its statement behind it."""

        def explain(connection: sqlite3.Connection) -> list[str]:
            return [
                f"{step[3]} <- {statement}"
                for statement in dict.fromkeys(self.statements)
                if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")
                for step in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
            ]

        return await self._database.read(explain)


def whole_tables(steps: list[str]) -> list[str]:
    # Whatever is asked of a virtual table is a scan to SQLite; FTS5 does it by its index, a list of names is a value.
    meant = ("SCAN CONSTANT ROW", "SCAN search VIRTUAL TABLE", "SCAN json_each VIRTUAL TABLE")
    return [step for step in steps if step.startswith("SCAN") and not step.startswith(meant)]
