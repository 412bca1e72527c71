"""Whole stores that leave this computer, and those that come from another one.

What waits in a store to be sent waits there, and nowhere else: in a copy it is a message that was not sent, else two
computers would send it. A store from elsewhere may be made to do harm, and is looked at before anything of it is used.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Final

from tui.errors import Phrase, StoreBroken
from tui.store.db import integrity
from tui.store.db.integrity import FolderLock
from tui.store.db.opening import connect_reader, open_connection, read_version
from tui.store.db.schema import MIGRATIONS
from tui.store.db.transaction import Transaction, committed
from tui.store.delivery_state import DeliveryEvent
from tui.store.errors import explained
from tui.store.search import index
from tui.store.tables import messages
from tui.store.tables.outbox import INTERRUPTED

_PATIENCE: Final = 10.0
"""Seconds that another program may keep the store locked."""
_PAGES: Final = 2000
"""Pages that are copied at a time, 8 MB: Ctrl+C is heard between two."""
_ENDED: Final = {
    "pending": DeliveryEvent.REFUSED,
    "sending": DeliveryEvent.LOST,
    "revoking": DeliveryEvent.REVOKE_LOST,
}
"""State of a message that another program still works on, and what happens to it in a copy."""
_HEAD: Final = b"SQLite format 3\0ss\1\1"
"""Beginning of a copy: `ss` is the size of its pages, then comes that there is no log beside it."""
_SEARCH: Final = "search"


def copy_store(source: Path, to: Path, now: datetime, on_bytes: Callable[[int, int], None]) -> int:
    """Write the store as it is at this moment, also of a running program, to a new file; return how much of what waits
    to be sent is in it, as not sent.

    The copy has the tables of this version, and no index for the search: `adopt_store` makes one. It blocks. `on_bytes`
    hears how much is copied of how much. Raises `SearchMissing`, `StoreBroken`, `StoreTooNew`, `HomeUnusable`.
    """
    index.require()
    with explained(source):
        lock = FolderLock(source, _PATIENCE, (fcntl.LOCK_SH,))
        try:
            _copy(source, to, on_bytes)
        finally:
            lock.release()
    with explained(to):
        return _settle(to, now, for_others=True)


def adopt_store(path: Path, now: datetime) -> None:
    """Look at a store that somebody else may have made, and bring it to this version; it blocks.

    Raises `SearchMissing`, `StoreBroken`, `StoreTooNew`, `HomeUnusable`; the file is of no use then.
    """
    index.require()
    with explained(path):
        with path.open("rb") as file:
            head = file.read(len(_HEAD))
        if head[:16] + head[18:] != _HEAD[:16] + _HEAD[18:]:
            raise StoreBroken(path=path, why=Phrase("it is not a wxtui database"))
        with closing(sqlite3.connect(integrity.uri(path, "ro&immutable=1"), uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            version = read_version(connection, path)
            if not version or _tables(connection) != _own_tables(version):
                raise StoreBroken(path=path, why=Phrase("it has other tables than those that wxtui makes"))
            if why := integrity.complaint(connection):
                raise StoreBroken(path=path, why=why)
        _settle(path, now)


def _copy(source: Path, to: Path, on_bytes: Callable[[int, int], None]) -> None:
    with closing(connect_reader(source, _PATIENCE)) as connection, closing(sqlite3.connect(to)) as copy:
        read_version(connection, source)
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        # One state of the file, whatever is written meanwhile: SQLite would begin anew after each change.
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        connection.backup(
            copy, pages=_PAGES, progress=lambda _status, left, total: on_bytes((total - left) * size, total * size)
        )
        if why := integrity.complaint(copy):
            raise StoreBroken(path=source, why=why)


def _settle(path: Path, now: datetime, *, for_others: bool = False) -> int:
    """End what waits in a copy, of which nobody else knows yet; return how many messages wait to be sent."""
    with closing(open_connection(path, _PATIENCE)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        with committed(connection):
            waiting = _end_waiting(Transaction(connection, now))
            # The files are those of the other computer: here such a path is anybody's.
            connection.execute("DELETE FROM upload")
            if for_others:
                connection.execute(f"DROP TABLE {_SEARCH}")
        if for_others:
            # Without what was deleted, and lies in pages that are not used any more.
            connection.execute("VACUUM")
    return waiting


def _end_waiting(transaction: Transaction) -> int:
    found = transaction.connection.execute(
        f"SELECT id, state FROM message WHERE state IN ({', '.join('?' * len(_ENDED))}) ORDER BY id", tuple(_ENDED)
    ).fetchall()
    for message_id, state in found:
        messages.move(transaction, message_id, _ENDED[state], reason=INTERRUPTED)
    return sum(state == "pending" for _id, state in found)


def _tables(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Return everything in a file that SQLite would act on, but the index for the search, which is made anew."""
    found = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master").fetchall()
    return {(kind, name, table, " ".join(sql.split())) for kind, name, table, sql in found}


def _own_tables(version: int) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for part in chain.from_iterable(MIGRATIONS[:version]):
            if callable(part):
                part(connection)
            else:
                connection.execute(part)
        connection.execute(f"DROP TABLE IF EXISTS {_SEARCH}")
        return _tables(connection)
