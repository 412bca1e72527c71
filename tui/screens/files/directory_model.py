"""Folder that a picker shows: read in pieces, sorted and filtered, all of it beside the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui import errors
from tui.services.file_browser.listing import FolderListing, Sort, shown_name
from tui.services.file_browser.reader import FolderReader, details
from tui.services.util.threads import in_own_thread

_STATS: Final = 2048
"""Entries whose size and time are read in one go, when all are needed to sort by them."""
_SHOWN_AGAIN: Final = 1.0
"""Seconds between two orders of a folder that is still being read."""
_FIRST_LOOK: Final = 0.05
"""Seconds in which the first entries are drawn before more are read: threads beside each other delay the loop."""


class DirectoryModel:
    """Entries of a folder. `rows` are those to be shown, as indices of `folder`, best first.

    `on_change` hears of other rows, `on_progress` of how far a longer work is. The coroutines may be cancelled at any
    time; entries that were read by then are kept.
    """

    def __init__(self, start: Path, on_change: Callable[[], None], on_progress: Callable[[], None]) -> None:
        self._on_change = on_change
        self._on_progress = on_progress
        self.folder = FolderListing(start)
        self.rows: list[int] = []
        self.sort = Sort.NAME
        self.hidden = False
        self.query = ""
        self.total = 0
        """Number of entries before the filter."""
        self.asked = 0
        """Number of entries whose size and time are known, while all are read; else 0."""
        self._base: list[int] = []
        self._base_of: tuple[object, ...] = ()
        self._kept: tuple[str, list[int]] = ("", [])

    @property
    def busy(self) -> bool:
        """True while more entries will come."""
        return not self.folder.complete

    async def open(self, path: Path, found: Callable[[], None], more: Callable[[], None]) -> None:
        """Read the folder `path`; call `found` when it can be shown, `more` now and then and at the end.

        Raises `FileUnreadable`, and stays in the old folder.
        """
        reader = FolderReader(path)
        folder = FolderListing(path)
        try:
            batch = await in_own_thread(reader.read)
            self.folder = folder
            if batch is not None:
                folder.add(batch)
            found()
            shown = time.monotonic()
            if batch is not None:
                await asyncio.sleep(_FIRST_LOOK)
            while batch is not None:
                batch = await in_own_thread(reader.read)
                if batch is not None:
                    folder.add(batch)
                    if time.monotonic() - shown > _SHOWN_AGAIN:
                        shown = time.monotonic()
                        more()
        except (OSError, ValueError) as error:
            folder.complete = True
            why = getattr(error, "strerror", None) or str(error)
            raise errors.FileUnreadable(name=shown_name(str(path)), why=why) from None
        finally:
            reader.close()
        folder.complete = True
        more()

    async def arrange(self) -> None:
        """Sort and filter the entries; only steps whose input changed are done again."""
        folder = self.folder
        if self.sort is not Sort.NAME and folder.complete:
            await self._ask_all(folder)
        wanted = (folder, len(folder), folder.complete, self.sort, self.hidden)
        if wanted != self._base_of:
            sort = self.sort if folder.complete else Sort.NAME
            hidden = self.hidden
            self._base = await in_own_thread(lambda breathe: folder.order(sort, hidden, breathe))
            self._base_of, self._kept = wanted, ("", self._base)
        query = self.query
        before, among = self._kept
        if not query.startswith(before):
            among = self._base
        rows, kept = await in_own_thread(lambda breathe: folder.find(query, among, breathe))
        if folder is self.folder:
            self.rows, self.total, self._kept = rows, len(self._base), (query, kept)
            self._on_change()

    async def _ask_all(self, folder: FolderListing) -> None:
        unknown = folder.unknown()
        for start in range(0, len(unknown), _STATS):
            self.asked = start
            self._on_progress()
            await self.ask(folder, unknown[start : start + _STATS])
        self.asked = 0

    async def ask(self, folder: FolderListing, indices: list[int]) -> None:
        """Read size and time of some entries."""
        names = [(index, folder.names[index]) for index in indices]
        found = await in_own_thread(lambda breathe: details(folder.path, names, breathe))
        folder.learn(found)
