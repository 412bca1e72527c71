"""Files before they are sent: checked, named, hashed, and watched for changes. Nothing here touches the network."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from tui import errors
from tui.paths import make_private_dir
from tui.units import shown_size
from tui.wire.media_types import FILEHELPER_LIMITS, LARGE_ANIMATION, WEB_LIMITS, MediaKind, MediaType, media_type
from tui.wire.names import Endpoint
from tui.wire.upload import UploadSource

if TYPE_CHECKING:
    from tui.services.packing.spool import Spool

_READ = 1024 * 1024
MAX_NAME = 255
"""UTF-8 bytes of a file name; receivers save it on file systems that take no more."""


def clean_name(name: str) -> str:
    """Return the last part of a path in valid Unicode: undecodable bytes and control characters become `_`."""
    last = name.rsplit("/", 1)[-1]
    return "".join("_" if ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 else char
                   for char in last)  # fmt: skip


class FileVersion(NamedTuple):
    """Facts that change when a file's content does; a writer cannot set ctime."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


def file_version(handle: int) -> FileVersion:
    """Return the version of an open file."""
    status = os.fstat(handle)
    return FileVersion(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class FileSection(NamedTuple):
    """Part of a file that is sent as a file of its own: `size` bytes from `first` on."""

    first: int
    size: int


class OutgoingFile:
    """Open regular file that may be sent, made by `open_file` or `from_stream`. Close it, or use it as a context.

    `name` is what the receiver sees, `size` in bytes, `kind` never AUTO. Offsets are from the start of what is sent.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        media: MediaType,
        path: Path | None = None,
        section: FileSection | None = None,
    ) -> None:
        """`path` is None for a file that has no name on disk; `section` is what is sent of it, None for all."""
        self._file = file
        self.path = path
        self.version = file_version(file.fileno())
        """Equal for two openings of a path, in any process, when nobody changed the file in between."""
        self.name = name
        self.media = media
        self.copy: Spool | None = None
        """Copy with a name, of a file that has none: the running wxtui opens it. It goes when this is closed."""
        self.section = section
        self._first = 0 if section is None else section.first
        self.size = self.version.size if section is None else section.size

    @property
    def kind(self) -> MediaKind:
        """Kind of message as which the file is sent."""
        return self.media.kind

    @property
    def is_large_animation(self) -> bool:
        """True for an animated image that WeChat may refuse, or not play."""
        return self.kind is MediaKind.GIF and self.size > LARGE_ANIMATION

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for the same contents, sent under the same name in the same way."""
        return (self.version, self.section, self.kind, self.name)

    def __enter__(self) -> OutgoingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def part(self, name: str, section: FileSection) -> OutgoingFile:
        """Return a part of the file, to be sent as a file of its own; it is open as long as the whole is.

        Raises `NameTooLong`.
        """
        _check_length(name)
        return OutgoingFile(self._file, name, media_type(name, MediaKind.FILE), self.path, section)

    def close(self) -> None:
        """Close the file; a spooled one is gone then."""
        self._file.close()
        if self.copy is not None:
            self.copy.close()

    def check_unchanged(self) -> None:
        """Raise `FileChanged` when somebody wrote to the file since it was opened."""
        if file_version(self._file.fileno()) != self.version:
            raise errors.FileChanged(name=self.name)

    def hash(self, on_bytes: Callable[[int], None], stop: threading.Event) -> str:
        """Return the MD5 in hex; blocks. `on_bytes` hears the bytes read. Raises `FileChanged`, `FileUnreadable`."""
        digest = hashlib.md5(usedforsecurity=False)
        buffer = memoryview(bytearray(min(_READ, self.size)))
        done = 0
        while done < self.size and not stop.is_set():
            part = buffer[: min(len(buffer), self.size - done)]
            self.read_into(done, part)
            digest.update(part)
            done += len(part)
            on_bytes(done)
        return digest.hexdigest()

    def read_into(self, offset: int, buffer: memoryview) -> None:
        """Fill `buffer` from `offset`; blocks. Raises `FileChanged` when the file was written to, `FileUnreadable`."""
        filled = 0
        try:
            while filled < len(buffer):
                count = os.preadv(self._file.fileno(), [buffer[filled:]], self._first + offset + filled)
                if not count:
                    raise errors.FileChanged(name=self.name)
                filled += count
        except OSError as error:
            raise errors.FileUnreadable(
                name=self.name, why=error.strerror or errors.Phrase("input/output error")
            ) from None
        self.check_unchanged()

    def source(self, md5: str) -> UploadSource:
        """Return the file as the upload names it; `lastModifiedDate` is the real one, in local time."""
        modified = datetime.fromtimestamp(self.version.modified_ns / 1e9).astimezone()
        return UploadSource(self.name, self.size, md5, modified, self.media.mime, self.media.mediatype)


def not_a_file(name: str, *, folder: bool = False) -> errors.NotAFile:
    """Return the refusal of a folder, a device or a socket."""
    return errors.IsAFolder(name=name) if folder else errors.NotAFile(name=name)


def open_file(
    path: Path,
    endpoint: Endpoint,
    kind: MediaKind = MediaKind.AUTO,
    name: str | None = None,
    section: FileSection | None = None,
    *,
    any_size: bool = False,
) -> OutgoingFile:
    """Open and check a file, or the `section` of it that is sent. `any_size`: only parts of it will be sent.

    Raises a `FileRefused` that says what is wrong; nothing is sent then.
    """
    shown = clean_name(str(path)) or str(path)
    try:
        # Without O_NONBLOCK a named pipe would hang here until somebody writes to it.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise errors.FileMissing(name=str(path)) from None
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENODEV):
            raise not_a_file(shown) from None
        raise errors.FileUnreadable(name=shown, why=error.strerror or errors.Phrase("it cannot be opened")) from None
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise not_a_file(shown, folder=stat.S_ISDIR(mode))
    file = os.fdopen(handle, "rb", buffering=0)
    try:
        if os.fstat(handle).st_size <= limit(endpoint, MediaKind.FILE):
            _check_size(handle, shown)
        clean = clean_name(name or path.name)
        return _checked(file, clean, endpoint, kind, path.absolute(), section, any_size=any_size)
    except BaseException:
        file.close()
        raise


def from_stream(stream: BufferedIOBase, folder: Path, endpoint: Endpoint, kind: MediaKind, name: str) -> OutgoingFile:
    """Keep a stream that cannot be read twice in a nameless file of ours below `folder`; blocks.

    Raises `FileTooLarge` as soon as the stream passes the limit, `FileEmpty`, `HomeUnusable`.
    """
    make_private_dir(folder)
    clean = clean_name(name)
    most = limit(endpoint, MediaKind.FILE)
    file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - it lives on in what is returned
    try:
        size = 0
        while block := _read_some(stream, clean):
            size += len(block)
            if size > most:
                raise _too_large(clean, size, endpoint, MediaKind.FILE)
            view = memoryview(block)
            while view:
                view = view[file.write(view) :]
        return _checked(file, clean, endpoint, kind)
    except OSError as error:
        file.close()
        raise errors.HomeUnusable(path=folder, why=error.strerror or errors.Phrase("it cannot be written")) from None
    except BaseException:
        file.close()
        raise


def adopt(file: BinaryIO, endpoint: Endpoint, kind: MediaKind, name: str) -> OutgoingFile:
    """Return a nameless file of ours as one that may be sent. Raises as `open_file`; the file stays open then."""
    return _checked(file, clean_name(name), endpoint, kind)


def _read_some(stream: BufferedIOBase, name: str) -> bytes:
    """Read what is there now: waiting for a whole block in one call would keep Ctrl+C waiting too."""
    try:
        return stream.read1(_READ)
    except OSError as error:
        raise errors.FileUnreadable(name=name, why=error.strerror or errors.Phrase("input/output error")) from None


def limit(endpoint: Endpoint, kind: MediaKind) -> int:
    """Return the largest size in bytes (PROTOCOL section 6)."""
    return (FILEHELPER_LIMITS if endpoint is Endpoint.FILEHELPER else WEB_LIMITS)[kind]


def _check_size(handle: int, name: str) -> None:
    """Raise `FileWithoutSize` where the last byte is not there, or more than none is: /proc and /sys make things up."""
    size = os.fstat(handle).st_size
    try:
        last = os.pread(handle, 1, max(size - 1, 0))
    except OSError as error:
        raise errors.FileUnreadable(name=name, why=error.strerror or errors.Phrase("it cannot be read")) from None
    if bool(last) != bool(size):
        raise errors.FileWithoutSize(name=name)


def _check_length(name: str) -> None:
    if len(name.encode()) > MAX_NAME:
        raise errors.NameTooLong(name=name[:40] + "…", limit=MAX_NAME)


def _checked(
    file: BinaryIO,
    name: str,
    endpoint: Endpoint,
    kind: MediaKind,
    path: Path | None = None,
    section: FileSection | None = None,
    *,
    any_size: bool = False,
) -> OutgoingFile:
    size = whole = os.fstat(file.fileno()).st_size
    if section is not None:
        size = section.size
        if section.first + size > whole:
            raise errors.FileChanged(name=name)
    if not size:
        raise errors.FileEmpty(name=name)
    if name in ("", ".", ".."):
        raise errors.BadFileName(name=name)
    _check_length(name)
    media = media_type(name, kind)
    if kind is MediaKind.AUTO and size > limit(endpoint, media.kind):
        # Too large to be shown as a picture, not to be sent.
        media = media_type(name, MediaKind.FILE)
    if size > limit(endpoint, media.kind) and not any_size:
        raise _too_large(name, size, endpoint, media.kind)
    return OutgoingFile(file, name, media, path, section)


_KINDS = {
    MediaKind.IMAGE: errors.Phrase("images"),
    MediaKind.VIDEO: errors.Phrase("videos"),
    MediaKind.GIF: errors.Phrase("animated images"),
    MediaKind.FILE: errors.Phrase("files"),
}


def _too_large(name: str, size: int, endpoint: Endpoint, kind: MediaKind) -> errors.FileTooLarge:
    most = limit(endpoint, kind)
    return errors.FileTooLarge(name=name, size=shown_size(size), limit=shown_size(most), what=_KINDS[kind])
