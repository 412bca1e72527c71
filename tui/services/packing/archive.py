"""Archives of a folder: a gzipped tar, or a zip, written in one pass. The same folder gives the same bytes.

Nothing in it tells of this machine: files belong to nobody (0), the header of gzip has no time and no name.
"""

from __future__ import annotations

import os
import stat
import time
import zlib
from collections.abc import Callable
from enum import Enum
from typing import IO, TYPE_CHECKING, Final, Protocol

import msgspec

from tui import errors
from tui.services.packing.spool import Spool
from tui.services.packing.walk import GONE, OTHER, REPLACED, Exclusions, FolderToPack, WalkedEntry, unreadable
from tui.services.util.secret_files import HEAD, secret_in

if TYPE_CHECKING:
    from pathlib import Path
    from tarfile import TarInfo
    from zipfile import ZipInfo

_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_READ: Final = 256 * 1024
_BLOCK: Final = 512
_RECORD: Final = 20 * _BLOCK
_LEVEL: Final = 6
_GZIP: Final = 31
"""zlib's number for a gzip header, which it writes without time and name."""
_HEADERS: Final = 3 * _BLOCK
"""Bytes of an entry beside its contents, at most about."""
_ZIP_FIRST, _ZIP_LAST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)


class ArchiveForm(Enum):
    """Form of an archive, as the command line names it."""

    TAR = "tar"
    ZIP = "zip"

    @property
    def ending(self) -> str:
        """Return how its files' names end."""
        return ".zip" if self is ArchiveForm.ZIP else ".tar.gz"


class FolderCount(msgspec.Struct):
    """Count of what would be packed: `files` of any kind but folders, `size` of their contents in bytes.

    `room` is what an archive of it takes at most, as far as can be told. `left_out` says by path why something is not
    packed; `grown` files are packed as they were when their turn came; `secrets` look like one.
    """

    files: int = 0
    size: int = 0
    room: int = _RECORD
    left_out: dict[str, errors.Phrase] = msgspec.field(default_factory=dict)
    grown: list[str] = msgspec.field(default_factory=list)
    secrets: list[str] = msgspec.field(default_factory=list)

    def leave_out(self, path: str, why: errors.Phrase) -> None:
        """Note that something is not packed; the first reason counts."""
        self.left_out.setdefault(path, why)


def archive_name(folder: FolderToPack, form: ArchiveForm) -> str:
    """Return the usual name of a folder's archive."""
    return folder.name + form.ending


def count(
    folder: FolderToPack,
    form: ArchiveForm,
    exclusions: Exclusions,
    into: Path | None = None,
    on_step: Callable[[FolderCount], None] = lambda found: None,
) -> FolderCount:
    """Walk through a folder, and look at the beginning of each file; blocks. `into` is the spool's folder.

    `on_step` is called after each entry, and may raise. Raises `FolderUnreadable` for what could not be read,
    `ZipUnable`: it is told before anything is packed.
    """
    found = FolderCount()
    for entry in folder.walk(exclusions, found.leave_out, into):
        mode = entry.status.st_mode
        if form is ArchiveForm.ZIP:
            _check_for_zip(folder, entry)
        found.room += _HEADERS + len(os.fsencode(entry.path)) * 2
        if not stat.S_ISDIR(mode):
            found.files += 1
        if stat.S_ISREG(mode):
            if secret_in(entry.name, _head(entry)) is not None:
                found.secrets.append(entry.path)
            status = entry.status
            found.size += status.st_size
            # What is a hole in the file takes next to nothing when it is packed.
            contents = min(status.st_size, status.st_blocks * 512)
            found.room += contents + status.st_size // 1000
        on_step(found)
    return found


def _head(entry: WalkedEntry) -> bytes:
    """Return how a file begins; nothing of one that is gone or replaced meanwhile. Raises `FolderUnreadable`."""
    try:
        handle = os.open(entry.name, _OPEN, dir_fd=entry.parent)
        try:
            return os.read(handle, HEAD)
        finally:
            os.close(handle)
    except FileNotFoundError:
        return b""
    except OSError as error:
        if error.errno in REPLACED:
            return b""
        raise unreadable(entry.path, error) from None


def _check_for_zip(folder: FolderToPack, entry: WalkedEntry) -> None:
    path = entry.path or folder.name
    try:
        path.encode()
    except UnicodeEncodeError:
        raise errors.ZipUnable(name=path, why=errors.Phrase("its name is not UTF-8")) from None
    # Programs take a backslash for a slash, and drop the others: two files would be one.
    if any(char == "\\" or ord(char) < 32 or ord(char) == 127 for char in path):
        why = errors.Phrase("its name has a backslash or a control character")
        raise errors.ZipUnable(name=path, why=why)
    if stat.S_ISLNK(entry.status.st_mode):
        raise errors.ZipUnable(name=path, why=errors.Phrase("it is a symbolic link"))


def pack(
    folder: FolderToPack,
    form: ArchiveForm,
    exclusions: Exclusions,
    spool: Spool,
    on_step: Callable[[FolderCount], None] = lambda found: None,
) -> FolderCount:
    """Write the archive of a folder into `spool`; blocks. Return what is in it; `on_step` as in `count`.

    Symbolic links are kept as links, hard links are packed once. Raises `FolderChanged` for a file that was rewritten
    while it was read, and what `count` and `spool` raise.
    """
    found = FolderCount()
    writer: _Writer = _ZipWriter(spool) if form is ArchiveForm.ZIP else _TarWriter(spool)
    try:
        _pack_all(folder, form, exclusions, spool, writer, found, on_step)
    except BaseException:
        writer.abandon()
        raise
    return found


def _pack_all(
    folder: FolderToPack,
    form: ArchiveForm,
    exclusions: Exclusions,
    spool: Spool,
    writer: _Writer,
    found: FolderCount,
    on_step: Callable[[FolderCount], None],
) -> None:
    for entry in folder.walk(exclusions, found.leave_out, spool.path.parent):
        mode = entry.status.st_mode
        name = f"{folder.name}/{entry.path}" if entry.path else folder.name
        if form is ArchiveForm.ZIP:
            _check_for_zip(folder, entry)
        if stat.S_ISDIR(mode):
            writer.folder(name, entry.status)
        elif stat.S_ISLNK(mode):
            found.files += _pack_link(writer, name, entry, found)
        else:
            found.files += _pack_file(writer, name, entry, found, on_step)
        on_step(found)
    writer.close()


def _pack_link(writer: _Writer, name: str, entry: WalkedEntry, found: FolderCount) -> bool:
    try:
        writer.link(name, entry.status, os.readlink(entry.name, dir_fd=entry.parent))
    except FileNotFoundError:
        found.leave_out(entry.path, GONE)
    except OSError as error:
        if error.errno not in REPLACED:
            raise unreadable(entry.path, error) from None
        found.leave_out(entry.path, OTHER)
    else:
        return True
    return False


def _pack_file(
    writer: _Writer, name: str, entry: WalkedEntry, found: FolderCount, on_step: Callable[[FolderCount], None]
) -> bool:
    try:
        handle = os.open(entry.name, _OPEN, dir_fd=entry.parent)
    except FileNotFoundError:
        found.leave_out(entry.path, GONE)
        return False
    except OSError as error:
        if error.errno not in REPLACED:
            raise unreadable(entry.path, error) from None
        found.leave_out(entry.path, OTHER)
        return False
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            found.leave_out(entry.path, OTHER)
            return False
        if not writer.begin(name, before):
            return True  # packed already, under another name
        left = before.st_size
        while left:
            try:
                block = os.read(handle, min(_READ, left))
            except OSError as error:
                raise unreadable(entry.path, error) from None
            if not block:
                raise errors.FolderChanged(name=entry.path)
            left -= len(block)
            writer.write(block)
            found.size += len(block)
            on_step(found)
        writer.end()
        after = os.fstat(handle)
    finally:
        os.close(handle)
    if after.st_size > before.st_size:
        found.grown.append(entry.path)
    elif (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise errors.FolderChanged(name=entry.path)
    return True


class _Writer(Protocol):
    """Form of an archive. Each name is the path in the archive."""

    def folder(self, name: str, status: os.stat_result) -> None:
        """Add a folder."""

    def link(self, name: str, status: os.stat_result, target: str) -> None:
        """Add a symbolic link."""

    def begin(self, name: str, status: os.stat_result) -> bool:
        """Begin a file; False when it was packed already under another name, and nothing more is to be written."""

    def write(self, block: bytes) -> None:
        """Write more of the file."""

    def end(self) -> None:
        """End the file."""

    def close(self) -> None:
        """End the archive."""

    def abandon(self) -> None:
        """Write nothing any more."""


class _TarWriter:
    """Gzipped tar in the pax format: names of any bytes and any length."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        self._written = 0
        self._waiting = bytearray()
        self._packed: dict[tuple[int, int], str] = {}
        self._begun = 0

    def folder(self, name: str, status: os.stat_result) -> None:
        self._add(_header(name, status, b"5"))

    def link(self, name: str, status: os.stat_result, target: str) -> None:
        header = _header(name, status, b"2")
        header.linkname = target
        self._add(header)

    def begin(self, name: str, status: os.stat_result) -> bool:
        header = _header(name, status, b"0")
        if status.st_nlink > 1:
            first = self._packed.setdefault((status.st_dev, status.st_ino), name)
            if first != name:
                header.type, header.linkname = b"1", first
                self._add(header)
                return False
        header.size = status.st_size
        self._add(header)
        self._begun = self._written
        return True

    def write(self, block: bytes) -> None:
        self._written += len(block)
        self._waiting += block
        if len(self._waiting) >= _READ:
            self._press()

    def end(self) -> None:
        self._fill(_BLOCK, self._written - self._begun)

    def close(self) -> None:
        self.write(bytes(2 * _BLOCK))
        self._fill(_RECORD, self._written)
        self._press()
        self._spool.write(self._deflate.flush())

    def abandon(self) -> None:
        self._waiting.clear()

    def _add(self, header: TarInfo) -> None:
        from tarfile import PAX_FORMAT

        self.write(header.tobuf(PAX_FORMAT, "utf-8", "surrogateescape"))

    def _fill(self, unit: int, written: int) -> None:
        self.write(bytes(-written % unit))

    def _press(self) -> None:
        packed = self._deflate.compress(self._waiting)
        self._waiting.clear()
        if packed:
            self._spool.write(packed)


def _header(name: str, status: os.stat_result, kind: bytes) -> TarInfo:
    from tarfile import TarInfo

    header = TarInfo(name)
    header.type = kind
    # Nobody's file: where it is unpacked it must run as nobody else.
    header.mode = stat.S_IMODE(status.st_mode) & 0o1777
    header.mtime = int(status.st_mtime // 1)
    return header


class _ZipWriter:
    """Zip with UTF-8 names; a file with several names is packed under each."""

    def __init__(self, spool: Spool) -> None:
        from zipfile import ZIP_DEFLATED, ZipFile

        self._zip = ZipFile(spool, "w", ZIP_DEFLATED, compresslevel=_LEVEL)
        self._file: IO[bytes] | None = None

    def folder(self, name: str, status: os.stat_result) -> None:
        self._zip.writestr(self._info(f"{name}/", status), b"")

    def link(self, name: str, status: os.stat_result, target: str) -> None:
        raise errors.ZipUnable(name=name, why=errors.Phrase("it is a symbolic link"))

    def begin(self, name: str, status: os.stat_result) -> bool:
        info = self._info(name, status)
        info.file_size = status.st_size
        self._file = self._zip.open(info, "w")
        return True

    def write(self, block: bytes) -> None:
        assert self._file is not None
        self._file.write(block)

    def end(self) -> None:
        assert self._file is not None
        self._file.close()

    def close(self) -> None:
        self._zip.close()

    def abandon(self) -> None:
        # Else its finalizer would write the end of the archive into a file that is closed by then.
        self._zip.fp = None

    def _info(self, name: str, status: os.stat_result) -> ZipInfo:
        from zipfile import ZIP_DEFLATED, ZipInfo

        try:
            clock = time.localtime(status.st_mtime)[:6]
        except (OverflowError, ValueError, OSError):
            clock = _ZIP_FIRST
        info = ZipInfo(name, min(max(clock, _ZIP_FIRST), _ZIP_LAST))
        info.compress_type = ZIP_DEFLATED
        info.create_system = 3
        info.external_attr = (status.st_mode & 0xFFFF & ~0o6000) << 16
        return info
