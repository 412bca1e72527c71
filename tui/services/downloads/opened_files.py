"""Files that were fetched to be opened: private copies in the cache, under names of our own, for a day.

The sender's name is on none of them, only its ending: a program that is started gets no argument that a stranger wrote.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tui import errors
from tui.paths import PRIVATE_FILE, make_private_dir
from tui.services.downloads.download import kind_of
from tui.services.downloads.risky_files import ExaminedFile, safe_ending
from tui.store.models import StoredMessage

FOLDER: Final = "opened"
_OLD: Final = 24 * 3600.0
"""Seconds after which a file goes that was not opened again."""
_IN_USE: Final = 3600.0
"""Seconds in which a program is likely to read its file again; nothing is deleted meanwhile."""
_MOST_BYTES: Final = 500_000_000
"""Bytes of all files; beyond these, those go that were opened longest ago."""


class OpenedFiles:
    """Folder of these files. Every method blocks."""

    def __init__(self, cache: Path, now: Callable[[], float] = time.time) -> None:
        self.path = cache / FOLDER
        self._now = now

    def make(self) -> Path:
        """Make the folder, private. Raises `HomeUnusable`."""
        make_private_dir(self.path)
        return self.path

    def find(self, message: StoredMessage) -> Path | None:
        """Return the whole file of a message that was opened before."""
        stem = _stem(message)
        with contextlib.suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and Path(entry.name).stem == stem:
                    return Path(entry.path)
        return None

    def take(self, message: StoredMessage, saved: Path, examined: ExaminedFile, usual: str) -> Path:
        """Give a file that was saved in the folder its own name, mode 0600. Raises `FolderUnusable`."""
        place = self.path / (_stem(message) + safe_ending(examined, usual))
        try:
            saved.chmod(PRIVATE_FILE)
            saved.replace(place)
        except OSError as error:
            why = error.strerror or errors.Phrase("input/output error")
            raise errors.FolderUnusable(path=self.path, why=why) from None
        return place

    def opening(self, path: Path) -> None:
        """Note that a program reads a file from now on."""
        with contextlib.suppress(OSError):
            os.utime(path, (self._now(), path.stat().st_mtime))

    def drop(self, message: StoredMessage) -> None:
        """Delete the file of a message."""
        while (found := self.find(message)) is not None:
            try:
                found.unlink()
            except OSError:
                return

    def sweep(self, *, keep: bool = True) -> None:
        """Delete what is old, or too much; with `keep` False all that no program is likely to read any more."""
        now, left = self._now(), []
        with contextlib.suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    idle = now - max(status.st_atime, status.st_mtime)
                    left.append((idle, status.st_size, entry.path))
        total = 0
        for idle, size, path in sorted(left):
            total += size
            # A clock that was set back makes no file young for ever.
            if (idle > (_OLD if keep else _IN_USE) or total > _MOST_BYTES or idle < -_OLD) and not 0 <= idle < _IN_USE:
                with contextlib.suppress(OSError):
                    Path(path).unlink()


def _stem(message: StoredMessage) -> str:
    kind = kind_of(message.body)
    number = re.sub(r"[^0-9A-Za-z]", "", message.msg_id)[:40]
    return f"{kind.value if kind else 'file'}-{number or message.id}"
