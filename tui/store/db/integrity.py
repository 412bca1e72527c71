"""Is the file sound? Checked now and then, set aside when it is not, never deleted.

`PRAGMA quick_check` reads the whole file: 6 ms a megabyte (tests/benchmarks/README.md), 0.2 s for 100,000 messages. So
it is made at open only when it is due and the file is small, and of a larger one beside the running program. It is due
once a day, after a program that ended without closing the file, and when SQLite has said that something is wrong
(then whatever the size, for otherwise nothing works).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote_from_bytes

from tui.errors import Phrase, StoreBroken
from tui.store.errors import is_damage
from tui.store.mapping import column_types

SMALL: Final = 4 * 1024 * 1024
"""Bytes up to which a file is checked while it is opened: 25 ms."""
_DAY_MS: Final = 24 * 60 * 60 * 1000
_CHECKED: Final = "safety.checked_ms"
"""Key of `memory`: when the file was last found sound, in milliseconds since 1970."""
_HEAD: Final = b"SQLite format 3\0"
_DEAD_MAN: Final = 128
"""The byte of the -shm file that every process which has the database open keeps locked (SQLite's os_unix.c)."""

_open_here: Counter[str] = Counter()
_guard: Final = threading.Lock()


def uri(path: Path, mode: str) -> str:
    """What `sqlite3.connect` takes; `mode` is `rw`, `ro`, or more of such."""
    return f"file:{quote_from_bytes(os.fsencode(path.absolute()))}?mode={mode}"


def beside(path: Path, ending: str) -> Path:
    """`store.sqlite3-wal` and such."""
    return path.with_name(path.name + ending)


# ---------------------------------------------------------------- who has it open


def opened(path: Path) -> None:
    """This process has one more connection to the file."""
    with _guard:
        _open_here[str(path.absolute())] += 1


def closed(path: Path) -> None:
    """This process has one less."""
    with _guard:
        _open_here[str(path.absolute())] -= 1


def alone(path: Path) -> bool:
    """Whether no process has the file open, this one neither."""
    with _guard:
        # Not to be asked of the file then: closing it would drop the locks that SQLite has on it here (POSIX).
        if _open_here[str(path.absolute())] > 0:
            return False
    try:
        file = os.open(beside(path, "-shm"), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _DEAD_MAN)
    except OSError:
        return False
    finally:
        os.close(file)
    return True


def left_open(path: Path) -> bool:
    """Whether the last program did not close the file: SQLite takes the -wal away when the last one does."""
    try:
        return beside(path, "-wal").stat().st_size > 0 and alone(path)
    except OSError:
        return False


def is_foreign(path: Path) -> bool:
    """Whether a file that nobody has open does not even begin as SQLite's do; an empty one is a new one."""
    if not alone(path):
        return False
    with path.open("rb") as file:
        head = file.read(len(_HEAD))
    return bool(head) and head != _HEAD


# ---------------------------------------------------------------- checking


def suspect(path: Path) -> None:
    """Something was wrong with the file: whoever opens it next checks it first."""
    with suppress(OSError):
        os.close(os.open(_mark(path), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def suspected(path: Path) -> bool:
    """Whether that was said."""
    return _mark(path).exists()


def trusted(path: Path) -> None:
    """It was checked, or set aside."""
    _mark(path).unlink(missing_ok=True)


def _mark(path: Path) -> Path:
    return beside(path, ".suspect")


def due(connection: sqlite3.Connection, now_ms: int) -> bool:
    """Whether a day has gone by since the last check, or the clock has been set back behind it."""
    row = connection.execute("SELECT value FROM memory WHERE key = ?", (_CHECKED,)).fetchone()
    checked = int(row[0]) if row is not None and row[0].isdigit() else 0
    return not 0 <= now_ms - checked < _DAY_MS


def note_checked(connection: sqlite3.Connection, now_ms: int) -> None:
    """It was found sound."""
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
    """The same of a file that others use meanwhile, on a connection of its own; runs on any thread."""
    with closing(sqlite3.connect(uri(path, "ro"), uri=True, timeout=1, isolation_level=None)) as connection:
        found = complaint(connection)
    if found:
        suspect(path)
    return found


# ---------------------------------------------------------------- setting aside


def identity(path: Path) -> tuple[int, int] | None:
    """Which file a path names; None for none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def set_aside(path: Path, which: tuple[int, int] | None, why: str) -> Path | None:
    """Rename a damaged file, with what SQLite keeps beside it; where it is now.

    None when another process has done so. Raises `StoreBroken` when one has it open: it would go on writing there.
    """
    with _alone_in(path.absolute().parent):
        if identity(path) != which:
            return None
        if not alone(path):
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


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """No two processes set aside at once: the second would take the new file."""
    file = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)
