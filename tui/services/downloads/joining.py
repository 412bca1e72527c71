"""Joins the parts of a file that came in several; each is checked by its SHA-256, and the whole appears at once.

The names in a file of sums come from others: only those of the parts and of the whole are looked for, in one folder.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from io import FileIO
from pathlib import Path
from typing import Final, NamedTuple

from tui import errors
from tui.services.downloads.target_folder import PartialFile, open_folder
from tui.services.packing.splitting import SUMS, PartName, read_part_name, read_sums

_READ: Final = 1024 * 1024
_NAMED: Final = 5
"""Parts that a sentence names; more are counted."""

OnJoined = Callable[[int, int], None]
"""Hears how many bytes of how many are joined."""


class FoundParts(NamedTuple):
    """Parts of one file as they lie in a folder, all of them; `sums` by name, none of a file that came without."""

    folder: Path
    name: str
    parts: tuple[str, ...]
    sums: dict[str, str]
    sizes: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of the whole."""
        return sum(self.sizes)


def find_parts(named: Path, *, unchecked: bool = False) -> FoundParts:
    """Find all parts of a file by the path of one of them, of its sums, or of the whole that they make; blocks.

    Raises `JoinRefused`, which names what is missing.
    """
    folder, name = named.parent, named.name
    if not name:
        raise errors.JoinRefused(name=str(named), why=errors.Phrase("there are no parts of it in this folder"))
    first = read_part_name(name)
    if first is not None:
        name = first.whole
    elif name.endswith(SUMS):
        name = name.removesuffix(SUMS)
    text = _read_sums(folder / (name + SUMS))
    total = _total_of(folder, name, text, named=first)
    parts = tuple(str(PartName(name, number, total)) for number in range(1, total + 1))
    sums = read_sums(text, [*parts, name])
    if not unchecked and name not in sums:
        raise errors.JoinRefused(
            name=name,
            why=errors.Phrase("“{sums}” with its checksums is missing; --unchecked does without", sums=name + SUMS),
        )
    sizes = [_size(folder / part) for part in parts]
    missing = [part for part, size in zip(parts, sizes, strict=True) if size is None]
    if missing:
        raise errors.JoinRefused(name=name, why=errors.Phrase("missing: {parts}", parts=_listed(missing)))
    known = tuple(size or 0 for size in sizes)
    odd = [part for part, size in zip(parts[:-1], known, strict=False) if size != known[0]]
    if odd or known[-1] > known[0] or 0 in known:
        odd = odd or [parts[-1]]
        raise errors.JoinRefused(name=name, why=errors.Phrase("not whole, by their sizes: {parts}", parts=_listed(odd)))
    return FoundParts(folder, name, parts, sums, known)


def join(
    found: FoundParts,
    target: Path,
    *,
    force: bool = False,
    on_bytes: OnJoined = lambda done, total: None,
) -> Path:
    """Write the whole file, checked, to `target`; blocks. It is there whole or not at all, whenever this ends.

    Raises `JoinRefused`, `FolderUnusable`.
    """
    with open_folder(target.parent) as folder:
        if os.path.lexists(target):
            _check_replaced(found, target, force=force)
        folder.check_room(found.size)
        file = folder.begin()
        try:
            damaged = _copy(found, file, on_bytes)
            if damaged:
                raise errors.JoinRefused(name=found.name, why=errors.Phrase("damaged: {parts}", parts=_listed(damaged)))
            if found.sums.get(found.name, file.sha256) != file.sha256:
                raise errors.JoinRefused(
                    name=found.name, why=errors.Phrase("the parts are whole, but do not make this file")
                )
            try:
                return file.keep_as(target.name, over=force)
            except FileExistsError:
                raise _taken(target) from None
        finally:
            file.close()


def _check_replaced(found: FoundParts, target: Path, *, force: bool) -> None:
    """Raise `JoinRefused` unless what is there is a file that may go: no device, and nothing that is joined."""
    if not force:
        raise _taken(target)
    mode = target.lstat().st_mode
    own = any(_is_same(found.folder / name, target) for name in (*found.parts, found.name + SUMS))
    if own or not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        why = errors.Phrase("“{path}” is a part, or no file; choose another name with -o", path=str(target))
        raise errors.JoinRefused(name=found.name, why=why)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _copy(found: FoundParts, file: PartialFile, on_bytes: OnJoined) -> list[str]:
    """Copy all parts into `file`; return those whose sum is not theirs. After the first of them nothing is copied."""
    damaged: list[str] = []
    done = 0
    for part, size in zip(found.parts, found.sizes, strict=True):
        digest = hashlib.sha256(usedforsecurity=False)
        length = 0
        try:
            with _opened(found.folder / part) as source:
                while block := source.read(_READ):
                    digest.update(block)
                    length += len(block)
                    if not damaged:
                        file.write([block])
                    on_bytes(done + length, found.size)
        except OSError as error:
            why = error.strerror or errors.Phrase("input/output error")
            raise errors.FileUnreadable(name=part, why=why) from None
        done += size
        if length != size or found.sums.get(part, digest.hexdigest()) != digest.hexdigest():
            damaged.append(part)
    return damaged


def _total_of(folder: Path, name: str, sums: str, *, named: PartName | None) -> int:
    """Return how many parts a file has, by the one that was named or those that are there, and by its sums where it
    came twice."""
    try:
        there = [one.name for one in folder.iterdir()]
    except OSError as error:
        raise errors.JoinRefused(name=name, why=error.strerror or errors.Phrase("input/output error")) from None
    totals = {part.total for one in there if (part := read_part_name(one)) is not None and part.whole == name}
    if not totals:
        raise errors.JoinRefused(name=name, why=errors.Phrase("there are no parts of it in this folder"))
    if named is not None:
        return named.total
    if len(totals) > 1:
        totals = {total for total in totals if read_sums(sums, [str(PartName(name, total, total))])}
    if len(totals) != 1:
        raise errors.JoinRefused(
            name=name, why=errors.Phrase("there are parts of two files of this name; give the first part of one")
        )
    return totals.pop()


def _read_sums(path: Path) -> str:
    """Return the text of a file of sums, "" where there is none."""
    try:
        with _opened(path) as file:
            return file.read(_READ).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _opened(path: Path) -> FileIO:
    # A named pipe with the name of a part would hang here until somebody writes to it.
    return FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def _size(path: Path) -> int | None:
    """Return the size of a part; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _listed(parts: Sequence[str]) -> errors.Phrase | str:
    """Return parts in a row, the last ones counted."""
    names = ", ".join(parts[:_NAMED])
    more = len(parts) - _NAMED
    return errors.Phrase("{names} and {count} more", names=names, count=more) if more > 0 else names


def _taken(target: Path) -> errors.JoinRefused:
    return errors.JoinRefused(
        name=target.name, why=errors.Phrase("“{path}” is there already; --force replaces it", path=str(target))
    )
