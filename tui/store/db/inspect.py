"""Looking at a database without changing it: no table is made, no version brought up to date."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from tui.errors import HomeUnusable, Phrase, StoreBroken
from tui.store.db.integrity import beside, has_log, uri
from tui.store.db.opening import read_version
from tui.store.errors import explained
from tui.store.search import index

_STEPS: Final = 10_000
_UNSENT: Final = "message WHERE state IN ('pending', 'sending') AND state = 'pending'"
"""Rows of messages that wait; with the condition of an index, which SQLite takes only word for word."""


class Inspection(msgspec.Struct, frozen=True):
    """Facts about a database. `size` in bytes, with its log. `checked`: the time was enough to look at all.

    `unsent` messages wait to be sent.
    """

    version: int
    messages: int
    unsent: int
    conversations: int
    drafts: int
    size: int
    checked: bool


def inspect(path: Path, seconds: float = 2.0) -> Inspection | None:
    """Return what the file holds, None where there is none; look for damage for at most `seconds`.

    Raises `SearchMissing`, `StoreBroken`, `StoreTooNew`, `HomeUnusable`.
    """
    index.require()
    try:
        size = sum(part.stat().st_size for part in (path, beside(path, "-wal")) if part.exists())
        if not path.exists():
            return None
        with path.open("rb"):
            pass
    except OSError as error:
        raise HomeUnusable(path=path, why=error.strerror or Phrase("it cannot be read")) from None
    deadline = time.monotonic() + seconds
    if not has_log(path):
        # Without a log nobody writes to it: it is read as it is, without the files that SQLite puts beside shared ones.
        try:
            return _open_and_look(path, size, deadline, "&immutable=1")
        except StoreBroken:
            if not has_log(path):
                raise
    return _open_and_look(path, size, deadline)


def _open_and_look(path: Path, size: int, deadline: float, more: str = "") -> Inspection:
    with (
        explained(path),
        closing(sqlite3.connect(uri(path, f"ro{more}"), uri=True, timeout=1, isolation_level=None)) as connection,
    ):
        return _look(connection, path, size, deadline)


def _look(connection: sqlite3.Connection, path: Path, size: int, deadline: float) -> Inspection:
    def count(rows: str) -> int:
        found: int = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()[0]
        return found

    version = read_version(connection, path)
    if not version:
        return Inspection(0, 0, 0, 0, 0, size, True)
    found = Inspection(
        version=version,
        messages=count("message"),
        unsent=count(_UNSENT),
        conversations=count("conversation"),
        drafts=count("conversation WHERE draft <> ''"),
        size=size,
        checked=True,
    )
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return msgspec.structs.replace(found, checked=False)
    if said != "ok":
        raise StoreBroken(path=path, why=said)
    return found
