"""Reads a paste or a drop: cleans its text, and finds the paths of files in it.

Terminals hand a dropped file over as text: quoted, with backslashes, or as a `file://` address, several at once.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

MOST_PATHS: Final = 100
LONGEST_PATHS: Final = 32_768
"""Characters of a paste; a longer one is not searched for paths."""

# Text, so that `re` compiles each when it is first wanted: a start wants none of them.
_BREAKS: Final = "\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"
_ESCAPES: Final = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -~])"
_NOT_TYPED: Final = "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
_LOOKS: Final = r"""\s*["']?(?:/|~|file://)"""
_DROPPED: Final = r"""(?s)\s*(?:["']|file://).*|.*[^\s\\] """
_PIECE: Final = r"""(?sx)
    (?P<blank> [^\S\xa0\u3000\u2005]+ )
    | \\ (?P<escaped> . )
    | ' (?P<single> [^']* ) '?
    | " (?P<double> (?: \\ ["\\$`] | [^"] )* ) "?
    | (?P<plain> [^\s\\'"]+ | . )"""


def clean(text: str) -> str:
    """Return a paste as text: LF line breaks, no control characters, no colours of a terminal. Tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_NOT_TYPED, "", re.sub(_ESCAPES, "", re.sub(_BREAKS, "\n", text)))


# ---------------------------------------------------------------- paths


def looks_like_paths(text: str) -> bool:
    """Return whether a text is worth a look at the disk. A relative path is not: it may be just a word."""
    return len(text) <= LONGEST_PATHS and re.match(_LOOKS, text) is not None


def is_one_path(text: str) -> bool:
    """Return whether a text is so like a path that it is no word: `/etc/hosts`, `~/a.png`, not `/etc` or `/me too`."""
    return re.fullmatch(r"""\s*["']?(?:/[^\s/]+/|~/|file://)(?:[^\s\\]|\\.)*\s*""", text) is not None


def readings(text: str) -> Iterator[tuple[Path, ...]]:
    """Yield the ways in which a text can be read as paths, the plainest first; each way uses all of it."""
    if not looks_like_paths(text):
        return
    seen: set[tuple[Path, ...]] = set()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for way in ((text.strip(),), lines, split_words(text), [word for line in lines for word in split_words(line)]):
        if not way or len(way) > MOST_PATHS:
            continue
        paths = tuple(path for path in map(_absolute, way) if path is not None)
        if len(paths) == len(way) and paths not in seen:
            seen.add(paths)
            yield paths


def split_paths(text: str) -> list[Path]:
    """Return the paths behind `/send`: with blanks between, quoted or escaped as in a shell; `~` is the home folder.

    A single existing path with blanks in it needs no quotes.
    """
    whole = _path(text.strip())
    if whole is not None and " " in text.strip() and _exists(whole):
        return [whole]
    return [path for path in map(_path, split_words(text)) if path is not None]


def split_words(text: str) -> list[str]:
    """Split a text into words as a shell does; an open quote ends with the text, and nothing is expanded."""
    words: list[list[str]] = []
    inside = False
    for piece in re.finditer(_PIECE, text):
        kind = piece.lastgroup or ""
        if kind == "blank":
            inside = False
            continue
        if not inside:
            words.append([])
            inside = True
        words[-1].append(re.sub(r'\\(["\\$`])', r"\1", piece[kind]) if kind == "double" else piece[kind])
    return ["".join(pieces) for pieces in words]


def escaped(name: str) -> str:
    """Escape a path so that `split_words` reads it as one word."""
    return re.sub(r"""([\s"'\\])""", r"\\\1", name)


def _absolute(word: str) -> Path | None:
    return _path(word) if word.startswith(("/", "~", "file://")) else None


def _path(word: str) -> Path | None:
    """Return a word as a path; None when it cannot be one."""
    if word.startswith("file://"):
        host, slash, rest = word[len("file://") :].partition("/")
        if not slash or host not in ("", "localhost", os.uname().nodename):
            return None
        word = os.fsdecode(unquote_to_bytes("/" + rest))
    if not word or "\x00" in word:
        return None
    try:
        return Path(word).expanduser() if word.startswith("~") else Path(word)
    except RuntimeError:
        return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


# ---------------------------------------------------------------- the disk (in a thread)


class PastedFile(msgspec.Struct, frozen=True):
    """Existing file or folder, and its size as shown."""

    path: Path
    size: str
    folder: bool = False


def measured(paths: Sequence[Path]) -> list[PastedFile | None]:
    """Return each path that is a regular file or a folder; None in the place of any other. Waits for the disk."""
    from tui.i18n import _
    from tui.units import shown_size

    found: list[PastedFile | None] = []
    for path in paths:
        try:
            status = path.stat()
        except (OSError, ValueError):
            found.append(None)
            continue
        if stat.S_ISDIR(status.st_mode):
            found.append(PastedFile(path, _("folder"), True))
        else:
            found.append(PastedFile(path, shown_size(status.st_size)) if stat.S_ISREG(status.st_mode) else None)
    return found


def files_in(text: str) -> list[PastedFile]:
    """Return the files that a text names, when it names nothing but existing files. Waits for the disk.

    A folder counts only where a terminal wrote its path for a drop (quoted, as an address, or with a blank behind it):
    a path that somebody copied is for reading.
    """
    dropped = re.fullmatch(_DROPPED, text) is not None
    for paths in readings(text):
        found = measured(paths)
        files = [one for one in found if one is not None]
        if files and len(files) == len(found) and (dropped or not any(one.folder for one in files)):
            return files
    return []
