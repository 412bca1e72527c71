"""Spool: private files in the profile's cache that hold an archive until it is sent.

An archive that a command sends has its lock, and goes with the command; what a killed one left is removed by the next.
One that waits in the queue of a program that stays, also over a restart, lives as long as its upload.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from tui import errors
from tui.paths import PRIVATE_FILE, make_private_dir
from tui.units import shown_size

_SENDING, _QUEUED = "sending-", "queued-"
_LOOK: Final = 16 * 1024 * 1024
"""Bytes after which the room is looked at again: another program may fill the disk meanwhile."""
_SPARE: Final = 16 * 1024 * 1024
"""Bytes that are left free: a disk that is full to the last byte loses more than this archive."""


class Spool:
    """File that an archive is written to: mode 0600, locked. Removed at the end of the context, unless kept.

    `limit` is the most bytes it may have. Writing raises `NoRoom`, `ArchiveTooLarge`.
    """

    def __init__(self, folder: Path, name: str, *, queued: bool = False, limit: int | None = None) -> None:
        """`name` is that of the archive; `queued`: it outlives this process once it is kept. Raises `HomeUnusable`."""
        make_private_dir(folder)
        sweep(folder)
        self._folder = folder
        self._name = name
        self._limit = limit
        self._room = 0
        self.size = 0
        self._kept = False
        try:
            # Another process may have swept it away before it was locked.
            while not self._begin(_QUEUED if queued else _SENDING):
                pass
        except OSError as error:
            raise self._unusable(error) from None

    def _begin(self, prefix: str) -> bool:
        # The receiver sees the archive's name; here nothing of it has to fit into a file system.
        self.path = self._folder / f"{prefix}{secrets.token_hex(8)}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._handle = os.open(self.path, flags, PRIVATE_FILE)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        if os.fstat(self._handle).st_nlink:
            return True
        os.close(self._handle)
        return False

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the lock, and remove the file unless it is kept."""
        if not self._kept:
            with contextlib.suppress(OSError):
                self.path.unlink()
        os.close(self._handle)

    def keep(self) -> Path:
        """Let the file stay; return its path."""
        self._kept = True
        return self.path

    def drop(self) -> None:
        """Let the file go after all."""
        self._kept = False

    def check_room(self, needed: int) -> None:
        """Raise `NoRoom` where so many bytes have no room."""
        if self._limit is not None:
            needed = min(needed, self._limit)
        free = self._free()
        if free is not None and free < needed + _SPARE:
            raise self._no_room(needed + _SPARE, free)

    def write(self, data: bytes | memoryview) -> int:
        """Append bytes."""
        if self._room < len(data):
            self._look(len(data))
        self._room -= len(data)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self._no_room(self.size + len(data), self._free() or 0) from None
            raise self._unusable(error) from None
        self.size = max(self.size, os.lseek(self._handle, 0, os.SEEK_CUR))
        if self._limit is not None and self.size > self._limit:
            raise errors.ArchiveTooLarge(name=self._name, limit=shown_size(self._limit))
        return len(data)

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        return self._handle

    def tell(self) -> int:
        """Return the place at which is written."""
        return os.lseek(self._handle, 0, os.SEEK_CUR)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Write on at another place."""
        return os.lseek(self._handle, offset, whence)

    def read(self, size: int = -1) -> bytes:
        """Read nothing: an archive is only written. `zipfile` wants to see the method."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def flush(self) -> None:
        """Do nothing: no byte is kept back."""

    def _look(self, wanted: int) -> None:
        self.check_room(wanted)
        self._room = max(_LOOK, wanted)

    def _free(self) -> int | None:
        """Return the free bytes; None where the file system does not count."""
        try:
            found = os.fstatvfs(self._handle)
        except OSError:
            return None
        return found.f_bavail * found.f_frsize if found.f_blocks else None

    def _no_room(self, needed: int, free: int) -> errors.NoRoom:
        variable = "WXTUI_HOME" if os.environ.get("WXTUI_HOME") else "XDG_CACHE_HOME"
        return errors.NoRoom(
            needed=shown_size(needed), free=shown_size(free), path=str(self._folder), variable=variable
        )

    def _unusable(self, error: OSError) -> errors.HomeUnusable:
        why = error.strerror or errors.Phrase("it cannot be written")
        return errors.HomeUnusable(path=self._folder, why=why)


def sweep(folder: Path, queued: Collection[Path] | None = None) -> None:
    """Remove what killed processes left in the spool; best effort.

    `queued` are the archives that still wait; without them only those of commands are removed.
    """
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir()):
            ours = path.name.startswith(_SENDING) or (path.name.startswith(_QUEUED) and queued is not None)
            if ours and path not in (queued or ()):
                with contextlib.suppress(OSError), _locked(path):
                    path.unlink()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def drop(folder: Path | None, path: Path) -> None:
    """Remove an archive whose upload is over; a file that does not lie in the spool is left alone."""
    if folder is not None and path.parent == folder and path.name.startswith(_QUEUED):
        with contextlib.suppress(OSError):
            path.unlink()
