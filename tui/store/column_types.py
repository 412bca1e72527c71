"""Values of another type than their column's: a file that SQLite finds sound may hold blobs and words anywhere.

SQLite keeps whatever is written into a column. What this program wrote has the column's type; anything else is damage,
and is said as such before it goes on its way through the program.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

_NULL: Final = "null"
_KEPT: Final = {"INTEGER": "integer", "TEXT": "text"}
"""Declared type → what `typeof` says of a value of it."""


_BYTES: Final = {("upload", "path")}
"""Columns of text that hold bytes where a path is no UTF-8."""
_ALLOWED: Final[dict[str, tuple[type, ...]]] = {
    "i": (int,),
    "t": (str,),
    "p": (str, bytes),
    "I": (int, type(None)),
    "T": (str, type(None)),
}


class WrongType(Exception):
    """A row holds a value that this program never wrote. No value is in its words: they may be shown."""


class Shape:
    """The types of a row's values: `i` an integer, `t` a text, in capitals where there may be none; `p` a path."""

    def __init__(self, letters: str) -> None:
        self._allowed: Final = [_ALLOWED[letter] for letter in letters]
        self._known: set[tuple[type, ...]] = set()

    def check(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the row. Raises `WrongType` when a value has another type.

        Rows are alike: most cost one look into a set.
        """
        types = tuple(map(type, row))
        if types in self._known:
            return row
        if len(types) != len(self._allowed) or not all(map(tuple.__contains__, self._allowed, types)):
            raise WrongType
        self._known.add(types)
        return row


def complaint(connection: sqlite3.Connection) -> str:
    """Name the first table and column that hold a value of a wrong type; "" when there is none. Reads all of it."""
    tables = connection.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search%'"
    ).fetchall()
    for (table,) in tables:
        columns = connection.execute('SELECT name, type, "notnull" FROM pragma_table_info(?)', (table,)).fetchall()
        for name, declared, not_null in columns:
            kept = _KEPT.get(declared)
            if kept is None or (table, name) in _BYTES:
                continue
            allowed = f"'{kept}'" if not_null else f"'{kept}', '{_NULL}'"
            wrong = f'SELECT 1 FROM "{table}" WHERE typeof("{name}") NOT IN ({allowed}) LIMIT 1'
            if connection.execute(wrong).fetchone():
                return f"a value of the wrong type in {table}.{name}"
    return ""
