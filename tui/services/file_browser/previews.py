"""Preview of an entry: the head of a text, a picture's size, a folder's first names.

Blocks; belongs into a thread. Opens regular files only, and reads their beginning. All text is clean for a terminal.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from tui.services.file_browser.image_info import HEAD, ImageInfo, measure
from tui.services.file_browser.listing import EntryKind, natural_key, shown_name
from tui.services.file_browser.reader import inspect
from tui.wire.text import printable

TEXT_HEAD: Final = 4096
_MOST_NAMES: Final = 200
_MOST_LINE: Final = 500


class TextHead(msgspec.Struct, frozen=True):
    """First lines of a text, and their encoding; `more` when the file goes on."""

    lines: tuple[str, ...]
    encoding: str
    more: bool


class FolderHead(msgspec.Struct, frozen=True):
    """First names in a folder; `more` when there are others."""

    names: tuple[str, ...]
    more: bool


class Bytes(msgspec.Struct, frozen=True):
    """File that is neither text nor picture; `what` is the format, where the first bytes say it."""

    what: str


class NoPreview(msgspec.Struct, frozen=True):
    """Entry that cannot be looked into; `why` in the system's words, "" for what is no file."""

    why: str


Preview = TextHead | ImageInfo | FolderHead | Bytes | NoPreview

_MAGIC: Final = (
    (b"%PDF-", "PDF"), (b"PK\x03\x04", "ZIP"), (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"), (b"Rar!\x1a\x07", "RAR"), (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"\x7fELF", "ELF"),
    (b"MZ", "Windows"), (b"ID3", "MP3"), (b"OggS", "Ogg"), (b"fLaC", "FLAC"), (b"SQLite format 3\x00", "SQLite"),
    (b"\xd0\xcf\x11\xe0", "Office"), (b"\x1aE\xdf\xa3", "Matroska"),
)  # fmt: skip


def look(path: Path, breathe: Callable[[], None]) -> Preview:
    """Return the preview of `path`; of a picture its size."""
    found = inspect(path)
    try:
        if found.kind is EntryKind.FOLDER:
            return _folder(path, breathe)
        if found.kind is not EntryKind.FILE:
            return NoPreview("")
        # It may have become a pipe since: that must not hang here.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return NoPreview("")
            return _file(file)
    except (OSError, ValueError) as error:
        return NoPreview(getattr(error, "strerror", None) or "")


def _folder(path: Path, breathe: Callable[[], None]) -> FolderHead:
    with os.scandir(path) as entries:
        some = list(islice(entries, _MOST_NAMES + 1))
    names = []
    for item in some[:_MOST_NAMES]:
        breathe()
        names.append(item.name + "/" if item.is_dir(follow_symlinks=False) else item.name)
    names.sort(key=natural_key)
    return FolderHead(tuple(map(shown_name, names)), len(some) > _MOST_NAMES)


def _file(file: BinaryIO) -> Preview:
    head = file.read(TEXT_HEAD + 1)
    found = measure(head)
    if found is None and head.startswith(b"\xff\xd8\xff"):
        found = measure(head + file.read(HEAD - len(head)))
    if found is not None:
        return found
    for start, what in _MAGIC:
        if head.startswith(start):
            return Bytes(what)
    if head[4:8] == b"ftyp":
        return Bytes("MP4")
    decoded = decode_head(head[:TEXT_HEAD])
    if decoded is None:
        return Bytes("")
    text, encoding = decoded
    lines = printable(text, newlines=True).split("\n")
    return TextHead(tuple(line[:_MOST_LINE] for line in lines), encoding, len(head) > TEXT_HEAD)


_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode_head(head: bytes) -> tuple[str, str] | None:
    """Return a text's beginning and encoding; None when it is none. A character cut off at the end is left out."""
    tries = [name for bom, name in _BOMS if head.startswith(bom)] or ["utf-8", "gb18030"]
    for name in tries:
        try:
            text = codecs.getincrementaldecoder(name)().decode(head)
        except UnicodeDecodeError:
            continue
        # Escape sequences are text (logs have colours); other control characters are not.
        if len(_CONTROL.findall(text)) * 20 <= len(text):
            return text, {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GBK"}.get(name, "UTF-8")
    return None
