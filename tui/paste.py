"""What a paste or a drop brings: text with things in it that nobody typed, or the paths of files.

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
"""Characters of a paste from which on it is not looked at as paths."""

# Text, so that `re` compiles each when it is first wanted: a start wants none of them.
_BREAKS: Final = "\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"
_ESCAPES: Final = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -~])"
_NOT_TYPED: Final = "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
_LOOKS: Final = r"""\s*["']?(?:/|~|file://)"""


def clean(text: str) -> str:
    """A paste as text: one kind of line break, no control characters, no colours of a terminal. Tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_NOT_TYPED, "", re.sub(_ESCAPES, "", re.sub(_BREAKS, "\n", text)))


# ---------------------------------------------------------------- paths


def looks_like_paths(text: str) -> bool:
    """Whether it is worth a look at the disk. A relative path is not: it may be just a word."""
    return len(text) <= LONGEST_PATHS and re.match(_LOOKS, text) is not None


def readings(text: str) -> Iterator[tuple[Path, ...]]:
    """The ways in which a text can be meant as paths, the plainest first; each way takes all of it."""
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
    """What stands behind `/send`: paths with blanks between, quoted or escaped as in a shell; `~` is one's home.

    A single path with blanks in it that is there needs no quotes.
    """
    whole = _path(text.strip())
    if whole is not None and " " in text.strip() and _exists(whole):
        return [whole]
    return [path for path in map(_path, split_words(text)) if path is not None]


def split_words(text: str) -> list[str]:
    """Words as a shell reads them; an open quote ends with the text, and nothing else is expanded."""
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if quote:
            if char == quote:
                quote = ""
                continue
            if char == "\\" and quote == '"' and text[at : at + 1] in ('"', "\\", "$", "`"):
                char = text[at]
                at += 1
            (word := word if word is not None else []).append(char)
        elif char in "\"'":
            quote = char
            word = word if word is not None else []
        elif char == "\\" and at < len(text):
            (word := word if word is not None else []).append(text[at])
            at += 1
        elif char.isspace() and char not in "\xa0\u3000\u2005":
            if word is not None:
                words.append("".join(word))
            word = None
        else:
            (word := word if word is not None else []).append(char)
    if word is not None:
        words.append("".join(word))
    return words


def escaped(name: str) -> str:
    """A path so that `split_words` reads it as one word."""
    return re.sub(r"""([\s"'\\])""", r"\\\1", name)


def _absolute(word: str) -> Path | None:
    return _path(word) if word.startswith(("/", "~", "file://")) else None


def _path(word: str) -> Path | None:
    """A word as a path; None when it cannot be one."""
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
    """A file that is there, and its size as shown."""

    path: Path
    size: str


def measured(paths: Sequence[Path]) -> list[PastedFile | None]:
    """Each path if it is a regular file; None for what is not, or not there. Waits for the disk."""
    from tui.units import shown_size

    found: list[PastedFile | None] = []
    for path in paths:
        try:
            status = path.stat()
        except (OSError, ValueError):
            found.append(None)
            continue
        found.append(PastedFile(path, shown_size(status.st_size)) if stat.S_ISREG(status.st_mode) else None)
    return found


def files_in(text: str) -> list[PastedFile]:
    """The files that a text names, when it names nothing but files that are there. Waits for the disk."""
    for paths in readings(text):
        found = measured(paths)
        files = [one for one in found if one is not None]
        if files and len(files) == len(found):
            return files
    return []
