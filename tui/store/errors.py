"""Errors of SQLite and the file system, translated once: none of them leaves the store as it is."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tui.errors import HomeUnusable, LocalError, Phrase, StoreBroken, StoreDamaged

_UNUSABLE: Final = {
    sqlite3.SQLITE_FULL: Phrase("the disk is full"),
    sqlite3.SQLITE_READONLY: Phrase("it is read-only"),
    sqlite3.SQLITE_BUSY: Phrase("another program keeps it locked"),
    sqlite3.SQLITE_LOCKED: Phrase("another program keeps it locked"),
    sqlite3.SQLITE_CANTOPEN: Phrase("it cannot be opened"),
    sqlite3.SQLITE_PERM: Phrase("permission denied"),
    sqlite3.SQLITE_AUTH: Phrase("permission denied"),
    sqlite3.SQLITE_IOERR: Phrase("reading or writing it failed"),
    sqlite3.SQLITE_NOMEM: Phrase("there is not enough memory"),
    sqlite3.SQLITE_TOOBIG: Phrase("something is too large to be stored"),
}
"""Primary result code → reason, where the file itself may be sound."""

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
NOT_UTF_8: Final = Phrase("it is not UTF-8 text")
"""Reason where SQLite names what is damaged, in bytes that Python's module cannot turn into words."""
_PAGE: Final = 4096
_PRIMARY: Final = 0xFF
"""Extended result codes keep the primary one in their lowest byte."""


def code_of(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 where Python's module raised the error itself."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & _PRIMARY


def is_damage(error: sqlite3.Error) -> bool:
    """Return True when SQLite says that the file is damaged."""
    return code_of(error) in _DAMAGED


def explain(error: sqlite3.Error, path: Path) -> LocalError:
    """Return `HomeUnusable` for what a person can repair around the file, `StoreBroken` for everything else."""
    code = code_of(error)
    if code == sqlite3.SQLITE_IOERR and _is_full(path):
        # What lies beside the file could not grow: SQLite has no word of its own for it.
        code = sqlite3.SQLITE_FULL
    if (reason := _UNUSABLE.get(code)) is not None:
        return HomeUnusable(path=path, why=reason)
    if is_damage(error):
        return StoreDamaged(path=path, why=str(error))
    return StoreBroken(path=path, why=str(error))


def _is_full(path: Path) -> bool:
    """Return whether the disk has no room for one more page."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _PAGE


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise `HomeUnusable` or `StoreBroken` for every error of SQLite or the file system inside."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except UnicodeDecodeError as error:
        raise StoreDamaged(path=path, why=NOT_UTF_8) from error
    except OSError as error:
        raise HomeUnusable(path=path, why=(error.strerror or str(error)).lower()) from error


# ---------------------------------------------------------------- mistakes of the calling code: nobody catches these


class StoreClosed(RuntimeError):
    """The store was used after `close`."""


class NoLogin(LookupError):
    """A method that needs a login was called before the first login."""


class NoSuchRow(LookupError):
    """No row has this id."""


# ---------------------------------------------------------------- what the calling code expects


class AddressChanged(Exception):
    """The conversation of a message that was about to leave has another address now: it has not left."""
