"""Opening a database: the file and its modes, SQLite's settings, the right version of the tables."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import stat
import time
from collections.abc import Callable
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Final

import msgspec

from tui.errors import HomeUnusable, Phrase, StoreBroken, StoreTooNew
from tui.store.db import integrity
from tui.store.db.integrity import FolderLock
from tui.store.db.schema import APPLICATION_ID, MIGRATIONS, VERSION
from tui.store.db.transaction import committed, roll_back
from tui.store.errors import NOT_UTF_8, code_of, is_damage
from tui.store.mapping import rows
from tui.store.search import index

_WAL_PAUSE: Final = 0.02
"""Seconds between tries. SQLite does not wait by itself when two processes switch a new file to WAL at once."""
_NOTHING_BESIDE: Final = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL)
"""Result codes where SQLite can put nothing beside the file: nobody may, or the disk is full."""
_READ: Final = (
    f"SELECT {rows.MESSAGE} FROM message AS m",
    f"SELECT {rows.CONVERSATION}, c.login_id, c.last_ms, c.last_message_id FROM conversation AS c",
    "SELECT id, uin, user_name, contacts_refreshed_ms FROM login",
    "SELECT id, login_id, user_name, kind, gone, data FROM contact",
    "SELECT login_id, user_name, conversation_id FROM peer",
    "SELECT key, value FROM memory",
)
"""Queries that reading needs; a file of a later version that answers them all can be read."""


class Opened(msgspec.Struct, frozen=True):
    """An open connection, with the lock that stays until it is closed, and facts about the file.

    `set_aside` is where a damaged file lies now that was found in its place. `check_due`: the file is to be checked.
    """

    connection: sqlite3.Connection
    lock: FolderLock
    set_aside: Path | None = None
    check_due: bool = False


def open_connection(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Open or make the database, as it is; runs on the thread that will use the connection.

    Raises `StoreBroken`, `StoreTooNew`, and the raw errors of `sqlite3` and the file system.
    """
    make_private(path)
    return _connect(path, busy_seconds)


def open_sound(path: Path, busy_seconds: float, now_ms: Callable[[], int]) -> Opened:
    """Open or make the database, check it when that is due, and bring its tables up to date.

    A damaged file is set aside, and a new one begun. Raises `StoreBroken`, `StoreTooNew`, `HomeUnusable`, and the raw
    errors of `sqlite3` and the file system.
    """
    make_private(path)
    # SQLite would open what it cannot write, too, and fail at the first message.
    if not (os.access(path, os.R_OK | os.W_OK) and os.access(path.absolute().parent, os.W_OK | os.X_OK)):
        raise HomeUnusable(path=path, why=Phrase("it is read-only"))
    lock = FolderLock(path, busy_seconds)
    try:
        make_private(path)  # whoever had the lock before may have set it aside
        try:
            connection, check_due = _sound(path, lock.alone, busy_seconds, now_ms)
            opened = Opened(connection, lock, check_due=check_due)
        except _Damaged as damaged:
            set_aside = integrity.set_aside(path, lock, damaged.why)
            opened = Opened(open_connection(path, busy_seconds), lock, set_aside)
        lock.share()
    except BaseException:
        lock.release()
        raise
    return opened


class _Damaged(Exception):
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _sound(path: Path, alone: bool, busy_seconds: float, now_ms: Callable[[], int]) -> tuple[sqlite3.Connection, bool]:
    """Connect to a file that is not known to be damaged; return also whether it still has to be checked."""
    if alone and integrity.is_foreign(path):
        # Found before SQLite opens it: SQLite deletes what lies beside a file that it cannot read.
        raise _Damaged("file is not a database")
    suspected = integrity.suspected(path)
    unclosed = alone and integrity.has_log(path)
    try:
        if suspected:
            # Checked before a migration, which would read damaged rows.
            with closing(sqlite3.connect(integrity.uri(path, "rw"), uri=True, timeout=busy_seconds)) as first:
                if why := integrity.complaint(first):
                    raise _Damaged(why)
        connection = _connect(path, busy_seconds)
    except UnicodeDecodeError as error:
        raise _Damaged(str(NOT_UTF_8)) from error
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            raise _Damaged(str(error)) from error
        raise
    try:
        if suspected:
            # The damage may have been in the index alone, which `quick_check` does not look at.
            with committed(connection):
                index.rebuild(connection)
            integrity.trusted(path)
        check_due = unclosed or integrity.due(connection, now_ms())
        if not suspected and check_due and path.stat().st_size <= integrity.SMALL:
            if why := integrity.complaint(connection):
                raise _Damaged(why)
            integrity.note_checked(connection, now_ms())
            check_due = False
    except BaseException:
        connection.close()
        raise
    return connection, check_due


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    # mode=rw: SQLite itself never creates a file, so none comes into being with another mode.
    connection = sqlite3.connect(integrity.uri(path, "rw"), uri=True, timeout=busy_seconds, isolation_level=None)
    try:
        read_version(connection, path)
        _switch_to_wal(connection, busy_seconds)
        connection.execute("PRAGMA synchronous = NORMAL")
        # The system caches the file as well: half of SQLite's own cache is enough.
        connection.execute("PRAGMA cache_size = -1000")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection, path)
        if not index.is_complete(connection):
            with committed(connection):
                index.rebuild(connection)
        index.attach(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path, busy_seconds: float) -> Opened:
    """Open an existing file only to read it: it cannot be written, or a later version wrote it.

    Raises as `open_sound` does; `StoreTooNew` only when what is read is not there as this version knows it.
    """
    lock = FolderLock(path, busy_seconds, (fcntl.LOCK_SH,))
    try:
        connection = connect_reader(path, busy_seconds)
        try:
            version = read_version(connection, path, newest=None)
            if version > VERSION:
                for statement in _READ:
                    connection.execute(f"{statement} LIMIT 0").close()
            if version < VERSION or not index.is_complete(connection):
                connection = _copied(connection, path, version)
        except BaseException as error:
            connection.close()
            if isinstance(error, sqlite3.OperationalError) and code_of(error) == sqlite3.SQLITE_ERROR:
                raise StoreTooNew(path=path) from error
            raise
    except BaseException:
        lock.release()
        raise
    return Opened(connection, lock)


def connect_reader(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Connect to an existing file to read it as it is. Raises the raw errors of `sqlite3`."""

    def connect(mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(integrity.uri(path, mode), uri=True, timeout=busy_seconds, isolation_level=None)
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    try:
        return connect("ro")
    except sqlite3.OperationalError as error:
        # A database in WAL mode needs files beside it, which cannot be made here. Without them it is complete, unless
        # some of it is still in the log.
        log = integrity.beside(path, "-wal")
        if code_of(error) not in _NOTHING_BESIDE or not path.exists():
            raise
        if log.exists() and log.stat().st_size:
            raise
        return connect("ro&immutable=1")


def _copied(connection: sqlite3.Connection, path: Path, version: int) -> sqlite3.Connection:
    """Copy a file of an earlier version, or without a usable index, into memory; with today's tables and index."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        with closing(connection):
            connection.backup(copy)
        if version < VERSION:
            _migrate(copy, path)
        index.rebuild(copy)
        copy.execute("PRAGMA query_only = ON")
    except BaseException:
        copy.close()
        raise
    return copy


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
            try:
                path.chmod(0o600)
            except OSError:
                # On a read-only disk the mode stays; that the file cannot be written is said in a moment.
                if os.access(path, os.W_OK):
                    raise


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    number: int = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    return number


def _check(connection: sqlite3.Connection, path: Path, newest: int | None = VERSION) -> int:
    """Return the version of a file of ours, 0 for an empty one. Raises `StoreBroken` and `StoreTooNew`.

    Asked before anything is written: what is not ours is left as it is. Inside a transaction only.
    """
    version = _number(connection, "user_version")
    if version == 0:
        if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise StoreBroken(path=path, why=Phrase("it is not a wxtui database"))
        return 0
    if _number(connection, "application_id") != APPLICATION_ID:
        raise StoreBroken(path=path, why=Phrase("it is not a wxtui database"))
    if newest is not None and version > newest:
        raise StoreTooNew(path=path)
    return version


def read_version(connection: sqlite3.Connection, path: Path, newest: int | None = VERSION) -> int:
    """Return `_check` of one state of the file: another process may be making the tables just now."""
    connection.execute("BEGIN")
    try:
        return _check(connection, path, newest)
    finally:
        roll_back(connection)


def _switch_to_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switch to WAL: several processes can read while one writes. A file system that has no WAL is used without it."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            # This is the store's thread; the event loop goes on.
            time.sleep(_WAL_PAUSE)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to `VERSION`: all steps or none. Another process may have done it meanwhile."""
    if read_version(connection, path) == VERSION:
        return

    with committed(connection):
        for part in chain.from_iterable(MIGRATIONS[_check(connection, path) :]):
            if callable(part):
                part(connection)
            else:
                connection.execute(part)
        connection.execute(f"PRAGMA user_version = {VERSION}")
