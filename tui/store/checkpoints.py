"""Moves what was committed from the log into the file (SQLite's checkpoint), beside the store's thread.

It waits for the disk, for 80 ms where that is slow. In SQLite's own way the commit that fills the log does so, and an
arriving message with it.
"""

from __future__ import annotations

import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from tui.store import safety

EVERY: Final = 500
"""Changed rows between two; the log is 3 to 6 MiB then."""
AT_LATEST: Final = 8000
"""Pages (32 MiB) at which a commit does it after all, should this have failed all the time."""


class Checkpoints:
    """Of one open file; used on the store's thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="wxtui-checkpoint")
        self._running: Future[None] | None = None
        self._moved = 0

    def committed(self, changes: int) -> None:
        """`changes` rows were changed since the file was opened."""
        if changes - self._moved >= EVERY and (self._running is None or self._running.done()):
            self._moved = changes
            self._running = self._thread.submit(checkpoint, self._path)

    def wait(self) -> None:
        """Until none is under way."""
        if self._running is not None:
            wait([self._running])

    def close(self) -> None:
        """The same, for good."""
        self._thread.shutdown()


def checkpoint(path: Path) -> None:
    """Move what no reader needs in the log any more. Where that fails it is tried again, and nothing is lost."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(safety.uri(path, "rw"), uri=True)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
