"""Kept screens on the disk: written whole or not at all, and gone before what stands on them is gone elsewhere.

A picture is of a moment. While a thread still writes one, the store may lose a message that is on it: then it is not
written. Nothing here fails: a screen that cannot be kept is none.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tui.kept_screen.conditions import FILE_NAME
from tui.kept_screen.picture import MOST_BYTES

_DRAWN: Final = 2.0
"""Seconds after which the program has drawn what became of a message."""

_lock, _writing = threading.Lock(), threading.Lock()
_drops = 0
_dropped_at = float("-inf")


def moment() -> int | None:
    """Return a number for `keep`, taken before the screen is looked at; None while it may show what is gone already."""
    with _lock:
        return None if time.monotonic() - _dropped_at < _DRAWN else _drops


def keep(folder: Path, data: bytes, moment: int) -> bool:
    """Write a screen of that moment to a profile's folder, which is there; return whether it lies there now."""
    place = folder / f".{FILE_NAME}.{os.getpid()}"
    try:
        with _writing:
            _remove_unfinished(folder)
            # 0600 whatever the umask, and nobody's link.
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            with _lock:
                if _drops == moment:
                    # Not forced to the disk: after a power cut it is the one before, or no picture at all.
                    with _overwritten(folder / FILE_NAME):
                        place.replace(folder / FILE_NAME)
                    return True
    except OSError:
        pass
    with suppress(OSError):
        place.unlink()
    return False


def drop(folder: Path) -> None:
    """Delete the kept screen of a profile, if there is one."""
    global _drops, _dropped_at
    with _lock:
        _drops += 1
        _dropped_at = time.monotonic()
        with suppress(OSError), _overwritten(folder / FILE_NAME):
            (folder / FILE_NAME).unlink()
        with suppress(OSError):
            _remove_unfinished(folder)


@contextmanager
def _overwritten(file: Path) -> Iterator[None]:
    """Delete a file, or put another in its place, and overwrite what it held, as the store does. Raises `OSError`."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        yield
        found = os.fstat(handle)
        if not found.st_nlink and found.st_size <= MOST_BYTES:
            os.pwrite(handle, bytes(found.st_size), 0)
    finally:
        os.close(handle)


def _remove_unfinished(folder: Path) -> None:
    """Delete what a process that was killed had not written to its end; only the profile's owner keeps screens."""
    for left in folder.glob(f".{FILE_NAME}.*"):
        left.unlink(missing_ok=True)


def drop_before(folder: Path, seconds: float) -> None:
    """Delete the kept screen of a profile if it is older than a time in seconds since the epoch."""
    try:
        old = (folder / FILE_NAME).lstat().st_mtime < seconds
    except OSError:
        return
    if old:
        drop(folder)


@contextmanager
def dropping(folder: Path, wanted: bool) -> Iterator[None]:
    """Do what takes something away that a kept screen may show, if it is `wanted`: it is gone before, and after."""
    if wanted:
        drop(folder)
    try:
        yield
    finally:
        if wanted:
            drop(folder)
