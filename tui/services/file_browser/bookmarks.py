"""Bookmarks, and the folders from which files were picked lately, in one private file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from tui.services.util.private_file import write_private

MOST_RECENT: Final = 8
MOST_BOOKMARKS: Final = 50


class Bookmarks(msgspec.Struct, frozen=True):
    """Bookmarks in the order in which they were set; recent folders, the latest first."""

    bookmarks: tuple[Path, ...] = ()
    recent: tuple[Path, ...] = ()

    def toggled(self, path: Path) -> Bookmarks:
        """Return bookmarks with `path` added, or removed if it is one already."""
        if path in self.bookmarks:
            return replace(self, bookmarks=tuple(place for place in self.bookmarks if place != path))
        return replace(self, bookmarks=(*self.bookmarks, path)[-MOST_BOOKMARKS:])

    def visited(self, path: Path) -> Bookmarks:
        """Return bookmarks with `path` as the latest folder."""
        return replace(self, recent=(path, *(place for place in self.recent if place != path))[:MOST_RECENT])


class BookmarksFile:
    """Keeps `Bookmarks` in a file that only its owner can read; both calls block."""

    def __init__(self, path: Path, written: Sequence[Path] = ()) -> None:
        """`written` are bookmarks of the settings, which come after the stored ones."""
        self._path = path
        self._written = written

    def load(self) -> Bookmarks:
        """Return all bookmarks; those of the settings alone when the file is missing, or not one of ours."""
        try:
            kept = json.loads(self._path.read_bytes())
            stored = Bookmarks(*(tuple(Path(item) for item in kept[name] if isinstance(item, str) and item)
                              for name in ("bookmarks", "recent")))  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            stored = Bookmarks()
        more = tuple(path for path in self._written if path not in stored.bookmarks)
        return replace(stored, bookmarks=(*stored.bookmarks, *more))

    def save(self, places: Bookmarks) -> None:
        """Write the bookmarks. Raises `HomeUnusable`. Undecodable bytes survive: JSON writes surrogates as escapes."""
        kept = {"bookmarks": [str(path) for path in places.bookmarks], "recent": [str(path) for path in places.recent]}
        write_private(self._path, json.dumps(kept, indent=1).encode())
