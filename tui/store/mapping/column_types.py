"""Finding values of another type than their column's: a file that SQLite finds sound may hold any type anywhere.
A time that no calendar has is one of them.

SQLite keeps whatever is written into a column. What this program wrote has the column's type; anything else is damage,
and is reported as such before it goes on its way through the program.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final

_NULL: Final = "null"
_KEPT: Final = {"INTEGER": "integer", "TEXT": "text"}
"""Declared type → what `typeof` says of a value of it."""
_BYTES: Final = {("upload", "path")}
"""Columns of text that hold bytes where a path is no UTF-8."""
_TIMES: Final = "_ms"
"""Ending of the columns with milliseconds since 1970."""
_FIRST_MS: Final = -62_000_000_000_000
_LAST_MS: Final = 253_370_764_800_000
"""Milliseconds within which they are: the years 5 to 9998, of which every time zone has a time."""
_ALLOWED: Final[dict[str, tuple[type, ...]]] = {
    "i": (int,),
    "t": (str,),
    "p": (str, bytes),
    "I": (int, type(None)),
    "T": (str, type(None)),
}


class WrongType(Exception):
    """Raised for a row with a value that this program never wrote. Its text holds no value, and may be shown."""


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
        tests = {name: _wrong(name, kept, not_null) for name, kept, not_null in _checked(table, columns)}
        if not tests:
            continue
        # All columns in one pass: a table of messages has fifteen, and may have a million rows.
        first = "CASE " + " ".join(f"WHEN {test} THEN ?" for test in tests.values()) + " END"
        query = f"SELECT wrong FROM (SELECT {first} AS wrong FROM {_quoted(table)}) WHERE wrong IS NOT NULL LIMIT 1"
        found = connection.execute(query, tuple(tests)).fetchone()
        if found is not None:
            return f"a value of the wrong type in {table}.{found[0]}"
    return ""


def _checked(table: str, columns: Iterable[tuple[str, str, int]]) -> Iterator[tuple[str, str, int]]:
    """Yield name, type of the values, and whether there is always one, of the columns whose type is certain."""
    for name, declared, not_null in columns:
        kept = _KEPT.get(declared)
        if kept is not None and (table, name) not in _BYTES:
            yield name, kept, not_null


def _wrong(name: str, kept: str, not_null: int) -> str:
    allowed = f"'{kept}'" if not_null else f"'{kept}', '{_NULL}'"
    wrong = f"typeof({_quoted(name)}) NOT IN ({allowed})"
    if kept == "integer" and name.endswith(_TIMES):
        return f"{wrong} OR {_quoted(name)} NOT BETWEEN {_FIRST_MS} AND {_LAST_MS}"
    return wrong


def _quoted(name: str) -> str:
    """Return a name as SQL writes one; a damaged file may hold any."""
    return '"' + name.replace('"', '""') + '"'
