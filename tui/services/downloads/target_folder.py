"""Folder for received files: one appears under its name only when it is whole, and never over another.

While it comes it is a hidden file beside its later place, which nobody else may read. If a killed process
left one, it is removed when something is saved there again: its lock died with that process.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from tui import errors
from tui.paths import PRIVATE_FILE
from tui.services.downloads.filenames import HEAD, numbered, portable
from tui.units import shown_size

_PREFIX: Final = ".wxtui-"
_SUFFIX: Final = ".part"
_NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES)
"""Errors of file systems without hard links: those of memory cards, and some over the network."""
_ODD_NAME: Final = (errno.EINVAL, errno.ENAMETOOLONG, errno.EILSEQ)
_MOST_NAMESAKES: Final = 10_000


class TargetFolder:
    """Open folder, made by `open_folder`. It stays the same when somebody renames or replaces the path."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self.handle = handle

    def __enter__(self) -> TargetFolder:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)

    def begin(self) -> PartialFile:
        """Make a new hidden file. Raises `FolderUnusable`."""
        with self.telling():
            return PartialFile(self)

    def check_room(self, needed: int) -> None:
        """Raise `FolderUnusable` when so many bytes have no room, before they are fetched for nothing."""
        with self.telling():
            room = os.fstatvfs(self.handle)
        free = room.f_bavail * room.f_frsize
        # File systems that do not count say 0 of 0.
        if room.f_blocks and free < needed:
            raise errors.FolderUnusable(
                path=self.path,
                why=errors.Phrase("{size} needed, {free} free", size=shown_size(needed), free=shown_size(free)),
            )

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Raise what the disk says as `FolderUnusable`."""
        try:
            yield
        except OSError as error:
            raise self.unusable(error) from None

    def unusable(self, error: OSError) -> errors.FolderUnusable:
        """Return what the disk says about the folder."""
        return errors.FolderUnusable(path=self.path, why=error.strerror or errors.Phrase("input/output error"))


def open_folder(path: Path) -> TargetFolder:
    """Open `path`, of which the last part is made where it is missing; blocks. Raises `FolderUnusable`.

    A link that the person names is followed, once. That nothing can be written there is said now, not after hours.
    """
    try:
        place = path.expanduser().absolute()
    except RuntimeError:
        place = path.absolute()
    try:
        try:
            handle = _open(place)
        except FileNotFoundError:
            if place.is_symlink():
                raise errors.FolderUnusable(path=place, why=errors.Phrase("it is a link to a missing file")) from None
            place.mkdir()
            handle = _open(place)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or errors.Phrase("not a valid path")
        raise errors.FolderUnusable(path=place, why=why) from None
    folder = TargetFolder(place, handle)
    try:
        if not os.access(".", os.W_OK | os.X_OK, dir_fd=handle):
            why = os.strerror(errno.EROFS if os.fstatvfs(handle).f_flag & os.ST_RDONLY else errno.EACCES)
            raise errors.FolderUnusable(path=place, why=why)
        _sweep(handle)
    except BaseException:
        os.close(handle)
        raise
    return folder


def _open(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _sweep(folder: int) -> None:
    """Remove what killed processes of this person left; best effort."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
                with contextlib.suppress(OSError):
                    _remove_if_left(folder, name)


def _remove_if_left(folder: int, name: str) -> None:
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(name, dir_fd=folder)
    finally:
        os.close(handle)


class PartialFile:
    """File as far as it has come. Every method blocks and raises `FolderUnusable`; `close` removes it, unless kept.

    `validator` is what the server calls this version of it, `total` how large it said the whole is (0: it did not).
    """

    def __init__(self, folder: TargetFolder) -> None:
        self._folder = folder
        self._begin()
        while not os.fstat(self._handle).st_nlink:
            # Another that began here at this moment took it for one that was left.
            os.close(self._handle)
            self._begin()
        self.restart()

    def _begin(self) -> None:
        """Make the file, and lock it, so that nobody takes it for one that was left."""
        self._name = f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        # Asked for with 0666, so that the system itself says what the umask and the folder's own rules leave of it.
        self._handle = os.open(self._name, flags, 0o666, dir_fd=self._folder.handle)
        self._mode = stat.S_IMODE(os.fstat(self._handle).st_mode)
        with contextlib.suppress(OSError):
            os.fchmod(self._handle, PRIVATE_FILE)
            # Whoever looks whether it was left has it locked for an instant.
            fcntl.flock(self._handle, fcntl.LOCK_EX)

    def restart(self) -> None:
        """Drop the bytes that have come."""
        with self._folder.telling():
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
        self.size = 0
        self.head = b""
        self.total = 0
        self.validator = ""
        self._digest = hashlib.sha256(usedforsecurity=False)

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes that have come, in hex."""
        return self._digest.hexdigest()

    def write(self, pieces: Sequence[bytes]) -> None:
        """Append bytes."""
        for piece in pieces:
            view = memoryview(piece)
            with self._folder.telling():
                while view:
                    view = view[os.write(self._handle, view) :]
            self._digest.update(piece)
            if len(self.head) < HEAD:
                self.head += piece[: HEAD - len(self.head)]
            self.size += len(piece)

    def check_room(self, needed: int) -> None:
        """Raise `FolderUnusable` when so many bytes more have no room."""
        self._folder.check_room(needed)

    def put(self, name: str) -> None:
        """Let the file appear as `name`, a path within the folder, in the place of one that is there; stays private."""
        with self._folder.telling():
            os.rename(self._name, name, src_dir_fd=self._folder.handle, dst_dir_fd=self._folder.handle)

    def keep(self, name: str) -> Path:
        """Let the file appear as `name`, or as the first of `name (2)`, … that is free; returns the path.

        Its rights are those of any file that the person makes (0666 without the umask): it is theirs, in a folder that
        they chose, and other programs are to use it. What is not whole yet is nobody else's to read.
        """
        return self._appear(lambda: self._claim(name))

    def keep_as(self, name: str, *, over: bool) -> Path:
        """Let the file appear as `name` and no other, in the place of what is called so if `over`; returns the path.

        Raises `FileExistsError`.
        """

        def put() -> str:
            if over:
                os.rename(self._name, name, src_dir_fd=self._folder.handle, dst_dir_fd=self._folder.handle)
            else:
                self._put(name)
            return name

        return self._appear(put)

    def _appear(self, put: Callable[[], str]) -> Path:
        with contextlib.suppress(OSError):
            os.fchmod(self._handle, self._mode)
        with self._folder.telling():
            os.fsync(self._handle)
        try:
            taken = put()
        except FileExistsError:
            raise
        except OSError as error:
            raise self._folder.unusable(error) from None
        with contextlib.suppress(OSError):
            os.fsync(self._folder.handle)
        return self._folder.path / taken

    def close(self) -> None:
        """Close the file, and remove it if it was not kept."""
        with contextlib.suppress(OSError):
            os.unlink(self._name, dir_fd=self._folder.handle)
        os.close(self._handle)

    def _claim(self, name: str) -> str:
        for number in range(1, _MOST_NAMESAKES):
            # UTF-8 on the disk, whatever the locale says of file names.
            free = os.fsdecode(numbered(name, number).encode())
            try:
                self._put(free)
            except FileExistsError:
                continue
            except OSError as error:
                if error.errno in _ODD_NAME and name != portable(name):
                    return self._claim(portable(name))
                raise
            return free
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def _put(self, name: str) -> None:
        """Give the file this name. Raises `FileExistsError`: the file system decides, nobody gets in between."""
        folder = self._folder.handle
        try:
            os.link(self._name, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # The name is taken by an empty file first; that one is ours to replace.
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE, dir_fd=folder))
            try:
                os.rename(self._name, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                os.unlink(name, dir_fd=folder)
                raise
