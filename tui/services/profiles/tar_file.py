"""Tar files of a fixed order: made piece by piece, and read as strictly as they are made.

Read are regular files alone, each under the name that is expected next, and no byte more than it may have: no path, no
link, no device and no header of another kind comes as far as the disk.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from tui import errors
from tui.paths import PRIVATE_FILE

_BLOCK: Final = 512
PIECE: Final = 256 * 1024
"""Bytes that are read at a time."""
_CUT_OFF: Final = errors.Phrase("it is cut off")
_DAMAGED: Final = errors.Phrase("it is damaged")
FOREIGN: Final = errors.Phrase("it is not a profile that wxtui has exported")


class Readable(Protocol):
    """Source of bytes."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


class TarMember(NamedTuple):
    """Name and size of a file, as its header says them."""

    name: str
    size: int


def header(name: str, size: int, mtime: int) -> bytes:
    """Return the header of a file; it is private and nobody's."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, mtime, PRIVATE_FILE
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def padding(size: int) -> bytes:
    """Return what follows a file of that size."""
    return bytes(-size % _BLOCK)


def tar_of(members: list[tuple[str, Path | bytes]], mtime: int) -> Iterator[bytes]:
    """Yield a whole tar file, in pieces. Raises `OSError`."""
    for name, content in members:
        if isinstance(content, bytes):
            yield header(name, len(content), mtime) + content + padding(len(content))
            continue
        with content.open("rb") as file:
            size = content.stat().st_size
            yield header(name, size, mtime)
            while piece := file.read(PIECE):
                yield piece
            yield padding(size)
    yield END


END: Final = bytes(2 * _BLOCK)
"""Bytes that end a tar file."""


class TarFile:
    """Tar file that is read from its beginning to its end, once. Every method raises `ImportRefused`."""

    def __init__(self, file: Readable, path: Path) -> None:
        """`path` is shown."""
        self._file = file
        self._path = path
        self._begun = False

    def member(self) -> TarMember | None:
        """Return the next file, None at the end. Its contents have to be read before the next."""
        block = self._file.read(_BLOCK)
        if self._begun and len(block) < _BLOCK:
            raise self._refused(_CUT_OFF)
        if self._begun and not any(block):
            return None
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, ValueError):
            raise self._refused(_DAMAGED if self._begun else FOREIGN) from None
        if info.type != tarfile.REGTYPE or info.size < 0:
            raise self._refused(_DAMAGED if self._begun else FOREIGN)
        self._begun = True
        return TarMember(info.name, info.size)

    def expect(self, name: str, size: int | None = None) -> TarMember:
        """Return the next file, which is of that name and size."""
        found = self.member()
        if found is None:
            raise self._refused(_CUT_OFF)
        if found.name != name or size not in (None, found.size):
            raise self._refused(_DAMAGED)
        return found

    def content(self, member: TarMember, most: int) -> bytes:
        """Return the contents of a small file."""
        if member.size > most:
            raise self._refused(_DAMAGED)
        return b"".join(self.pieces(member))

    def pieces(self, member: TarMember) -> Iterator[bytes]:
        """Yield the contents of a file, piece by piece; all of them have to be taken."""
        section = self.section(member)
        while piece := section.read(PIECE):
            yield piece
        self.skip_padding(member)

    def section(self, member: TarMember) -> _Section:
        """Return the contents of a file as a file of their own; `skip_padding` follows."""
        return _Section(self._file, member.size, self._refused(_CUT_OFF))

    def skip_padding(self, member: TarMember) -> None:
        """Read what fills the last block of a file."""
        rest = len(padding(member.size))
        if rest and len(self._file.read(rest)) != rest:
            raise self._refused(_CUT_OFF)

    def end(self) -> None:
        """Expect the end."""
        if self.member() is not None:
            raise self._refused(_DAMAGED)

    def _refused(self, why: errors.Phrase) -> errors.ImportRefused:
        return errors.ImportRefused(path=self._path, why=why)


class _Section:
    """Part of a file, of a known size."""

    def __init__(self, file: Readable, size: int, cut_off: errors.ImportRefused) -> None:
        self._file = file
        self._left = size
        self._cut_off = cut_off

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes. Raises `ImportRefused` where the file ends too early."""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._file.read(wanted)
        if wanted and not piece:
            raise self._cut_off
        self._left -= len(piece)
        return piece
