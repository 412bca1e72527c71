"""Cache of pictures on the disk: a folder for each message, and in it what was fetched; every method blocks.

A name says which part it is, of which message, and what its bytes must be: a damaged file is not there. Nothing in it
is a stranger's but the letters of an extension. What was used least recently goes when there is too much.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Final

import msgspec

from tui import errors
from tui.paths import make_private_dir
from tui.services.downloads.filenames import extension_of
from tui.services.downloads.target_folder import PartialFile, TargetFolder, open_folder
from tui.services.util.private_file import write_private
from tui.store.db import picture_files
from tui.store.models import StoredMessage

_OWN: Final = "own"
_LOOK: Final = 64
"""Files that are added between two looks at how much there is: another program adds some, too."""
_LEFT: Final = 0.9
"""Share of the room that stays in use when some is made."""
_NAME: Final = re.compile(r"(small|whole)-([0-9a-f]{16})-([0-9a-f]{16})\.[a-z0-9]{1,10}")
_EXTENSION: Final = re.compile(r"\.[a-z0-9]{1,10}")


class PicturePart(Enum):
    """Part of what a message carries: its small picture, or the whole file."""

    SMALL = "small"
    WHOLE = "whole"


class OwnFile(msgspec.Struct, frozen=True):
    """File of this machine that was sent as a message, as it was then. The path in bytes: it need not be UTF-8."""

    path: bytes
    size: int
    mtime_ns: int


class CachedPart(PartialFile):
    """File that is on its way into the cache; it has a folder of its own to close."""

    def __init__(self, folder: TargetFolder) -> None:
        self._opened = folder
        try:
            super().__init__(folder)
        except OSError as error:
            os.close(folder.handle)
            raise errors.FolderUnusable(path=folder.path, why=error.strerror or "?") from None

    def close(self) -> None:
        """Close it, and remove it if it was not kept."""
        super().close()
        os.close(self._opened.handle)


class PictureCache:
    """Files of one profile's messages; `most` bytes in all, 0 for none at all."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._added = _LOOK
        self._bytes = 0

    @property
    def open(self) -> bool:
        """True where something may be written."""
        return self._most > 0

    def find(self, message: StoredMessage, part: PicturePart) -> Path | None:
        """Return the file of a message's part, whole and undamaged; it counts as used now. None where there is none."""
        for path, (kind, of, check) in self._files(message.id):
            if (kind, of) != (part.value, _key(message)):
                continue
            try:
                good = _check(path) == check
                if good:
                    os.utime(path)
                    return path
                path.unlink()
            except OSError:
                continue
        return None

    def begin(self) -> CachedPart:
        """Make a file to be filled. Raises `FolderUnusable`, `HomeUnusable`."""
        make_private_dir(self._folder)
        make_private_dir(self._folder / picture_files.COMING)
        return CachedPart(open_folder(self._folder / picture_files.COMING))

    def keep(self, message: StoredMessage, kind: PicturePart, part: CachedPart, usual: str) -> Path:
        """Let what has come appear as a message's part, with the extension of its contents, else the `usual` one.

        Raises `FolderUnusable`, `HomeUnusable`.
        """
        place = self._folder / str(message.id)
        make_private_dir(place)
        name = f"{kind.value}-{_key(message)}-{part.sha256[:16]}{_extension(part.head, usual)}"
        with suppress(OSError):
            for old in self._files(message.id):
                if old[1][0] == kind.value:
                    old[0].unlink()
        part.put(f"../{place.name}/{name}")
        self._note_added(part.size, place / name)
        return place / name

    def remember_own(self, message: StoredMessage, path: Path, size: int, mtime_ns: int) -> None:
        """Note which file of this machine a message was. Where that cannot be written, the server is asked later."""
        own = OwnFile(os.fsencode(path), size, mtime_ns)
        with suppress(errors.LocalError):
            write_private(self._folder / str(message.id) / f"{_OWN}-{_key(message)}", msgspec.msgpack.encode(own))

    def own(self, message: StoredMessage) -> OwnFile | None:
        """Return which file of this machine a message was."""
        try:
            data = (self._folder / str(message.id) / f"{_OWN}-{_key(message)}").read_bytes()
            return msgspec.msgpack.decode(data, type=OwnFile)
        except (OSError, msgspec.DecodeError, ValueError):
            return None

    def drop(self, message_ids: set[int]) -> None:
        """Delete what is cached of some messages."""
        picture_files.drop_of(self._folder, message_ids)

    def drop_all(self) -> None:
        """Delete everything."""
        picture_files.drop_all(self._folder)

    # ---------------------------------------------------------------- room

    def _note_added(self, size: int, newest: Path) -> None:
        self._bytes += size
        self._added += 1
        if self._added > _LOOK or self._bytes > self._most:
            self._make_room(newest)

    def _make_room(self, newest: Path) -> None:
        """Delete what was used least recently, but not what has just come."""
        self._added = 0
        found: list[tuple[float, int, Path]] = []
        with suppress(OSError):
            for folder in os.scandir(self._folder):
                if not folder.name.isdecimal() or not folder.is_dir(follow_symlinks=False):
                    continue
                with suppress(OSError):
                    for item in os.scandir(folder.path):
                        if not (_NAME.fullmatch(item.name) or item.name.startswith(f"{_OWN}-")):
                            continue
                        status = item.stat(follow_symlinks=False)
                        found.append((status.st_mtime, status.st_size, Path(item.path)))
        self._bytes = sum(size for _time, size, _path in found)
        if self._bytes <= self._most:
            return
        for _time, size, path in sorted(found):
            if self._bytes <= self._most * _LEFT:
                return
            if path != newest:
                with suppress(OSError):
                    path.unlink()
                    self._bytes -= size
                with suppress(OSError):
                    path.parent.rmdir()

    def _files(self, message_id: int) -> Iterator[tuple[Path, tuple[str, str, str]]]:
        """Yield the files of a message, each with the parts of its name."""
        try:
            paths = list((self._folder / str(message_id)).iterdir())
        except OSError:
            return
        for path in paths:
            if found := _NAME.fullmatch(path.name):
                yield path, (found[1], found[2], found[3])


def _key(message: StoredMessage) -> str:
    """Return letters that stand for a message: a row that was deleted may leave its number to another."""
    told = f"{message.client_msg_id or message.msg_id}\n{message.time.timestamp()}"
    return hashlib.sha256(told.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:16]


def _check(path: Path) -> str:
    """Return what the name must say of these bytes. Raises `OSError`."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _extension(head: bytes, usual: str) -> str:
    found = extension_of(head, usual).lower()
    return found if _EXTENSION.fullmatch(found) else ".bin"
