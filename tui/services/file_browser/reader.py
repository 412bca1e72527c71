"""Reader of folders: names in batches, stats on request. Everything blocks but `FolderReader.close`."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from tui.services.file_browser.listing import (
    BATCH,
    DENIED,
    GONE,
    LINK,
    UNKNOWN,
    EntryKind,
    FolderEntry,
    ListingBatch,
    StatDetails,
    natural_key,
)

_SECONDS: Final = 0.1
"""Seconds after which a batch is handed over, however small: a slow server shows what it has."""
_READ: Final = 64
"""Entries read between two breaths."""


class _Entries(Protocol):
    """Entries as `os.scandir` gives them."""

    def __iter__(self) -> Iterator[os.DirEntry[str]]: ...

    def __next__(self) -> os.DirEntry[str]: ...

    def close(self) -> None: ...


class FolderReader:
    """Reads one folder, a batch at a time; `read` blocks and belongs into a thread, `close` does not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: _Entries | None = None
        self._reading = threading.Lock()
        self._closed = False

    def read(self, breathe: Callable[[], None]) -> ListingBatch | None:
        """Return the next entries; None when there are no more. Raises `OSError`, and `ValueError` for no path."""
        try:
            with self._reading:
                return None if self._closed else self._read(breathe)
        finally:
            if self._closed:
                self.close()

    def close(self) -> None:
        """Stop reading. While a thread reads, the thread closes: a directory must not vanish under it."""
        self._closed = True
        if self._reading.acquire(blocking=False):
            try:
                if self._entries is not None:
                    self._entries.close()
            finally:
                self._reading.release()

    def _read(self, breathe: Callable[[], None]) -> ListingBatch | None:
        if self._entries is None:
            self._entries = os.scandir(self._path)
        batch = ListingBatch()
        until = time.monotonic() + _SECONDS
        while len(batch.names) < BATCH and (not batch.names or time.monotonic() < until):
            breathe()
            some = list(islice(self._entries, _READ))
            if not some:
                break
            for item in some:
                _append(batch, item)
        return batch if batch.names else None


def _append(batch: ListingBatch, item: os.DirEntry[str]) -> None:
    """Append an entry, without a stat where the directory itself says what it is."""
    size, modified, flags = UNKNOWN, 0.0, 0
    try:
        if item.is_symlink():
            kind, size, modified = _status(item.path)
            flags = kind | LINK
        elif item.is_dir(follow_symlinks=False):
            flags = EntryKind.FOLDER
        elif item.is_file(follow_symlinks=False):
            flags = EntryKind.FILE
        else:
            flags = EntryKind.OTHER
    except OSError:
        flags, size = EntryKind.BROKEN, GONE
    batch.names.append(item.name)
    batch.flags.append(flags)
    batch.sizes.append(size)
    batch.times.append(modified)
    batch.keys.append(natural_key(item.name))


def _status(path: str) -> tuple[EntryKind, int, float]:
    """Return kind, size and time of what `path` leads to."""
    try:
        status = os.stat(path)  # noqa: PTH116 - no Path for each of 50,000
    except PermissionError:
        return EntryKind.FILE, DENIED, 0.0
    except (OSError, ValueError):
        return EntryKind.BROKEN, GONE, 0.0
    mode = status.st_mode
    kind = EntryKind.FOLDER if stat.S_ISDIR(mode) else EntryKind.FILE if stat.S_ISREG(mode) else EntryKind.OTHER
    return kind, status.st_size, status.st_mtime


def inspect(path: Path) -> FolderEntry:
    """Return the entry of one path, links followed; never raises, opens nothing."""
    return FolderEntry(path.name, *_status(str(path)))


def details(path: Path, names: Sequence[tuple[int, str]], breathe: Callable[[], None]) -> StatDetails:
    """Return stats of some entries of the folder `path`, given as (index, name)."""
    found = StatDetails()
    folder = f"{path}/"
    for index, name in names:
        breathe()
        found.add(index, *_status(folder + name))
    return found


MOST_SUBFOLDERS: Final = 1000


def subfolders(path: Path, hidden: bool, breathe: Callable[[], None]) -> list[Path]:
    """Return the folders in `path` by name, at most `MOST_SUBFOLDERS`; none where it cannot be read."""
    names: list[str] = []
    with suppress(OSError), os.scandir(path) as entries:
        for item in entries:
            breathe()
            with suppress(OSError):
                if (hidden or not item.name.startswith(".")) and item.is_dir():
                    names.append(item.name)
    names.sort(key=natural_key)
    return [path / name for name in names[:MOST_SUBFOLDERS]]


def nearest_folder(path: Path) -> Path:
    """Return `path`, or the closest folder above it that can be entered."""
    start = Path(os.path.abspath(path))  # noqa: PTH100 - not resolved: a person keeps the path they came by
    for place in (start, *start.parents):
        try:
            if place.is_dir() and os.access(place, os.R_OK | os.X_OK):
                return place
        except (OSError, ValueError):
            continue
    return Path("/")
