"""Checking a database for damage, and setting a damaged one aside; it is never deleted.

`PRAGMA quick_check` reads the whole file: 6 ms a megabyte (tests/benchmarks/README.md), 0.2 s for 100,000 messages. So
it is made at open only when it is due and the file is small, and of a larger one beside the running program. It is due
once a day, after a program that ended without closing the file, and when SQLite has said that something is wrong
(then whatever the size, for otherwise nothing works).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote_from_bytes

from tui.errors import HomeUnusable, Phrase, StoreBroken
from tui.store.errors import is_damage
from tui.store.mapping import column_types

SMALL: Final = 4 * 1024 * 1024
"""Bytes up to which a file is checked while it is opened: 25 ms."""
_DAY_MS: Final = 24 * 60 * 60 * 1000
_CHECKED: Final = "safety.checked_ms"
"""Key of `memory`: when the file was last found sound, in milliseconds since 1970."""
_HEAD: Final = b"SQLite format 3\0"
_PAUSE: Final = 0.02
"""Seconds between two tries to get a lock."""


def uri(path: Path, mode: str) -> str:
    """Return the URI that `sqlite3.connect` takes; `mode` is `rw` or `ro`, perhaps with more parameters."""
    return f"file:{quote_from_bytes(os.fsencode(path.absolute()))}?mode={mode}"


def beside(path: Path, ending: str) -> Path:
    """Return the path of a file that lies beside the database: `store.sqlite3-wal` and such."""
    return path.with_name(path.name + ending)


# ---------------------------------------------------------------- who has the file open


class FolderLock:
    """Lock on a database's folder: shared while the database is open, exclusive while a process opens it `alone`.

    Only a process that is alone may say that the last one did not close the file, and move a damaged file away:
    another would go on writing there. The lock is on the folder, for closing a descriptor of the database would drop
    the locks that SQLite has on it in this process (POSIX).
    """

    def __init__(self, path: Path, busy_seconds: float, kinds: Sequence[int] = (fcntl.LOCK_EX, fcntl.LOCK_SH)) -> None:
        """Take the first of `kinds` that can be had.

        Raises `HomeUnusable` when there is none for `busy_seconds`, and at once where the file system has no locks.
        """
        self._folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_CLOEXEC)
        deadline = time.monotonic() + busy_seconds
        try:
            while (kind := self._take(path, kinds)) is None:
                if time.monotonic() >= deadline:
                    raise HomeUnusable(path=path, why=Phrase("another program keeps it locked"))
                # In the thread that opens the database; the event loop goes on, or is not there yet.
                time.sleep(_PAUSE)
        except BaseException:
            self.release()
            raise
        self.alone = kind == fcntl.LOCK_EX

    def _take(self, path: Path, kinds: Sequence[int]) -> int | None:
        """Return the kind that was taken, None when others have the lock."""
        for kind in kinds:
            try:
                fcntl.flock(self._folder, kind | fcntl.LOCK_NB)
                return kind
            except BlockingIOError:
                pass
            except OSError as error:
                # A kind that this file system has not got: of the exclusive one some have none for a folder.
                if kind == kinds[-1]:
                    raise HomeUnusable(path=path, why=error.strerror or Phrase("it cannot be locked")) from None
        return None

    def share(self) -> None:
        """Let others open the file, too."""
        fcntl.flock(self._folder, fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go of the lock; the file is closed."""
        os.close(self._folder)


def has_log(path: Path) -> bool:
    """Return whether a log lies beside the file: SQLite takes the -wal away when the last program closes it."""
    try:
        return beside(path, "-wal").stat().st_size > 0
    except OSError:
        return False


def is_foreign(path: Path) -> bool:
    """Return whether the file does not even begin as SQLite's do; an empty one is a new one."""
    with path.open("rb") as file:
        head = file.read(len(_HEAD))
    return bool(head) and head != _HEAD


# ---------------------------------------------------------------- checking


def suspect(path: Path) -> None:
    """Mark the file as suspect: whoever opens it next checks it first."""
    with suppress(OSError):
        os.close(os.open(_mark(path), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def suspected(path: Path) -> bool:
    """Return True when the file is marked as suspect."""
    return _mark(path).exists()


def trusted(path: Path) -> None:
    """Take the mark away: the file was checked, or set aside."""
    _mark(path).unlink(missing_ok=True)


def _mark(path: Path) -> Path:
    return beside(path, ".suspect")


def due(connection: sqlite3.Connection, now_ms: int) -> bool:
    """Return True when a day has gone by since the last check, or the clock was set back behind it."""
    row = connection.execute("SELECT value FROM memory WHERE key = ?", (_CHECKED,)).fetchone()
    checked = int(row[0]) if row is not None and row[0].isdigit() else 0
    return not 0 <= now_ms - checked < _DAY_MS


def note_checked(connection: sqlite3.Connection, now_ms: int) -> None:
    """Note that the file was found sound."""
    connection.execute("INSERT OR REPLACE INTO memory (key, value) VALUES (?, ?)", (_CHECKED, str(now_ms)))


def complaint(connection: sqlite3.Connection) -> str:
    """Return the damage of the file, in SQLite's words or ours; "" when it is sound. Reads all of it."""
    try:
        said: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)
    return column_types.complaint(connection) if said == "ok" else said.replace("\n", " ")


def check(path: Path) -> str:
    """Return the damage of a file that is in use, and mark it; on a connection of its own, on any thread."""
    with closing(sqlite3.connect(uri(path, "ro"), uri=True, timeout=1, isolation_level=None)) as connection:
        found = complaint(connection)
    if found:
        suspect(path)
    return found


def set_aside(path: Path, lock: FolderLock, why: str) -> Path:
    """Rename a damaged file, with what SQLite keeps beside it, and return where it lies now.

    Raises `StoreBroken` when another process has the file open: it would go on writing there.
    """
    if not lock.alone:
        raise StoreBroken(path=path, why=Phrase("{why}; another program has it open", why=why))
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    name, number = f"{path.name}.damaged-{stamp}", 2
    while path.with_name(name).exists():
        name, number = f"{path.name}.damaged-{stamp}-{number}", number + 1
    # The database last: its log would be played into the new one.
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            beside(path, ending).rename(path.with_name(name + ending))
    trusted(path)
    return path.with_name(name)
