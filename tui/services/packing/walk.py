"""Walk through a folder that is to be packed: every entry by its open parent folder, never through a link.

A folder may change meanwhile. Whatever is opened is opened by name in a folder that is open already, so no link that
somebody puts there leads out of it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple

from tui import errors
from tui.paths import LOCK, SESSION

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
REPLACED: Final = (errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EINVAL)
"""Errors of an entry that is of another kind by now: a link, a socket."""

GONE: Final = errors.Phrase("it was removed meanwhile")
OTHER: Final = errors.Phrase("it was replaced meanwhile")
_KINDS: Final = {
    stat.S_IFSOCK: errors.Phrase("a socket"),
    stat.S_IFIFO: errors.Phrase("a named pipe"),
    stat.S_IFCHR: errors.Phrase("a device"),
    stat.S_IFBLK: errors.Phrase("a device"),
}
_OWN: Final = errors.Phrase("wxtui packs into it")
_CREDENTIALS: Final = errors.Phrase("with it anybody could send in your name")


class WalkedEntry(NamedTuple):
    """Entry of a folder: its path from there ("" for the folder itself), its `name` in the open folder `parent`.

    `parent` is good until the next entry is asked for. `status` is that of the entry, not of what a link leads to.
    """

    path: str
    parent: int
    name: str
    status: os.stat_result


class Exclusions:
    """Patterns of what is left out.

    A pattern is compared with the name of each file and folder; one with a slash inside with its path from the packed
    folder. `*` also stands for slashes, a slash at the end means folders only.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._patterns = [
            (pattern, pattern.strip("/"), "/" in pattern.strip("/"), pattern.endswith("/")) for pattern in patterns
        ]
        self.unused = dict.fromkeys(patterns)
        """Patterns that have left nothing out so far."""

    def __contains__(self, entry: WalkedEntry) -> bool:
        for pattern, bare, whole, folders in self._patterns:
            if folders and not stat.S_ISDIR(entry.status.st_mode):
                continue
            if fnmatchcase(entry.path if whole else entry.name, bare):
                self.unused.pop(pattern, None)
                return True
        return False


class FolderToPack:
    """Open folder; close it, or use it as a context. `name` is what it is called in its archive."""

    def __init__(self, path: Path) -> None:
        """Open `path`; a link that the person names is followed, once. Raises `FileRefused`."""
        self.path = path
        self.name = folder_name(path)
        try:
            self.handle = os.open(path, _FOLDER)
        except FileNotFoundError:
            raise errors.FileMissing(name=str(path)) from None
        except OSError as error:
            raise unreadable(str(path), error) from None

    def __enter__(self) -> FolderToPack:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)

    def walk(
        self,
        exclusions: Exclusions,
        left_out: Callable[[str, errors.Phrase], None],
        into: Path | None = None,
    ) -> Iterator[WalkedEntry]:
        """Yield the folder and all that is in it, in the order of the names' bytes, a folder before what is in it.

        `left_out` hears what no archive can hold, and what is gone. `into` is the folder into which is packed: it is
        left out. Raises `FolderUnreadable` for a folder that cannot be listed.
        """
        own = _identity(into)
        yield WalkedEntry("", self.handle, "", os.fstat(self.handle))
        levels = [_Level(os.dup(self.handle), "", self.name)]
        try:
            while levels:
                level = levels[-1]
                if (entry := level.next(left_out)) is None:
                    level.close()
                    levels.pop()
                elif entry not in exclusions:
                    mode, status = entry.status.st_mode, entry.status
                    if kind := _KINDS.get(stat.S_IFMT(mode)):
                        left_out(entry.path, kind)
                    elif stat.S_ISDIR(mode) and (status.st_dev, status.st_ino) == own:
                        left_out(entry.path, _OWN)
                    elif entry.name == SESSION and _is_profile(entry.parent):
                        left_out(entry.path, _CREDENTIALS)
                    else:
                        yield entry
                        if stat.S_ISDIR(mode) and (inner := _entered(entry, left_out)) is not None:
                            levels.append(inner)
        finally:
            for level in levels:
                level.close()


def _identity(folder: Path | None) -> tuple[int, int] | None:
    """Return device and inode of a folder; None where there is none."""
    try:
        status = None if folder is None else folder.stat()
    except OSError:
        return None
    return None if status is None else (status.st_dev, status.st_ino)


def _is_profile(folder: int) -> bool:
    """Return True for a folder in which wxtui keeps the state of a profile."""
    try:
        os.stat(LOCK, dir_fd=folder)
    except OSError:
        return False
    return True


class _Level:
    """Open folder of a walk, with the names in it that come next."""

    def __init__(self, handle: int, path: str, shown: str) -> None:
        self._handle = handle
        self._path = path
        try:
            self._names = sorted(os.listdir(handle), key=os.fsencode, reverse=True)
        except OSError as error:
            os.close(handle)
            raise unreadable(path or shown, error) from None

    def next(self, left_out: Callable[[str, errors.Phrase], None]) -> WalkedEntry | None:
        """Return the next entry; None at the end."""
        while self._names:
            name = self._names.pop()
            path = f"{self._path}/{name}" if self._path else name
            try:
                return WalkedEntry(path, self._handle, name, os.stat(name, dir_fd=self._handle, follow_symlinks=False))
            except FileNotFoundError:
                left_out(path, GONE)
            except OSError as error:
                raise unreadable(path, error) from None
        return None

    def close(self) -> None:
        """Close the folder."""
        os.close(self._handle)


def _entered(entry: WalkedEntry, left_out: Callable[[str, errors.Phrase], None]) -> _Level | None:
    """Return a folder of the walk, open; None where it is none any more."""
    try:
        handle = os.open(entry.name, _FOLDER | os.O_NOFOLLOW, dir_fd=entry.parent)
    except FileNotFoundError:
        left_out(entry.path, GONE)
        return None
    except OSError as error:
        if error.errno in REPLACED:
            left_out(entry.path, OTHER)
            return None
        raise unreadable(entry.path, error) from None
    return _Level(handle, entry.path, entry.path)


def folder_name(path: Path) -> str:
    """Return what a folder is called: also `.` and `..` have a name, and `/` is “root”."""
    name = path.name
    if name in ("", ".", ".."):
        # `resolve` would raise for a path that leads in a circle.
        name = Path(os.path.realpath(path)).name
    return name or "root"


def unreadable(path: str, error: OSError) -> errors.FolderUnreadable:
    """Return the refusal of a folder in which something cannot be read."""
    return errors.FolderUnreadable(name=path, why=error.strerror or errors.Phrase("input/output error"))
