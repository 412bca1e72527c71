"""From a path to a usable connection: the file and its modes, SQLite's settings, the right version of the tables."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote_from_bytes

from tui.errors import Phrase, StoreBroken, StoreTooNew
from tui.store.failures import code_of
from tui.store.schema import APPLICATION_ID, MIGRATIONS, VERSION

_WAL_PAUSE: Final = 0.02
"""Seconds between tries. SQLite does not wait by itself when two processes switch a new file to WAL at once."""


def open_connection(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Open or make the database; runs on the thread that will use the connection.

    Raises `StoreBroken`, `StoreTooNew`, and the raw errors of `sqlite3` and the file system.
    """
    make_private(path)
    # mode=rw: SQLite itself never creates a file, so none comes into being with another mode.
    uri = f"file:{quote_from_bytes(os.fsencode(path.absolute()))}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=busy_seconds, isolation_level=None)
    try:
        _version(connection, path)
        _switch_to_wal(connection, busy_seconds)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def make_private(path: Path) -> None:
    """Make the file (0600) and every missing directory above it (0700); take others' rights to the file away.

    An existing file is never opened here: closing it would drop the locks this process holds on it (POSIX).
    """
    missing = [parent for parent in path.absolute().parents if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            path.chmod(0o600)


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    number: int = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    return number


def _check(connection: sqlite3.Connection, path: Path) -> int:
    """The version of a file that is ours, 0 for an empty one. Raises `StoreBroken` and `StoreTooNew`.

    Asked before anything is written: what is not ours is left as it is. Inside a transaction only.
    """
    version = _number(connection, "user_version")
    if version == 0:
        if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise StoreBroken(path=path, why=Phrase("it is not a database of wxtui"))
        return 0
    if _number(connection, "application_id") != APPLICATION_ID:
        raise StoreBroken(path=path, why=Phrase("it is not a database of wxtui"))
    if version > VERSION:
        raise StoreTooNew(path=path)
    return version


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The same, of one state of the file: another process may be making the tables just now."""
    connection.execute("BEGIN")
    try:
        return _check(connection, path)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _switch_to_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """WAL lets several processes read while one writes. A file system without it is used as it is."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(_WAL_PAUSE)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to `VERSION`: all steps or none. Another process may have done it meanwhile."""
    if _version(connection, path) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in MIGRATIONS[_check(connection, path) :]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
