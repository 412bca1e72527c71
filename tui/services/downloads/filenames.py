"""Name of a received file on this disk. Its sender chose one, and is not to be trusted with more."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 255
"""UTF-8 bytes of a name; nearly every file system takes so many."""
_LONGEST_EXTENSION: Final = 24
"""Bytes, the dot too: what is longer is a name with a dot in it."""

_UNSEEN: Final = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters that are drawn as nothing."""
_JOINERS: Final = "\u200c\u200d"
"""Parts of emoji and of words; every other formatting character turns the direction round, or hides something."""
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)")
"""Devices of Windows, whatever stands behind the dot: a folder may be shared with it."""
_UNPORTABLE: Final = re.compile(r'[<>:"|?*]')
_DOUBLE: Final = re.compile(r"(?i)\.tar(\.[a-z0-9]{1,4})$")
_TAILS: Final = " .\u200c\u200d"


def safe_name(name: str, fallback: str) -> str:
    """Return `name` so that it can do no harm: no path, nothing unseen, no leading dot, dash or
    tilde, at most 255 bytes.

    The extension, Chinese, emoji, blanks and what a shell would want quoted stay. `fallback` is taken where nothing is
    left of it.
    """
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(filter(_kept, re.sub(r"[\t\n\r\v\f]+", " ", last)))
    clean = seen.strip().rstrip(_TAILS).lstrip(_JOINERS)
    if not clean.strip(".- "):
        return fallback
    # A leading tilde is somebody's home to a shell: `rm ~`.
    if clean[0] in ".-~" or _RESERVED.match(clean):
        clean = "_" + clean
    return _fitted(clean, LONGEST)


def numbered(name: str, number: int) -> str:
    """Return `name (2).tar.gz` for 2; `name` itself for 1."""
    return name if number == 1 else _fitted(name, LONGEST, f" ({number})")


def portable(name: str) -> str:
    """Return a name for a file system that did not take it: shorter, and without the signs that Windows refuses."""
    return _fitted(_UNPORTABLE.sub("_", name), 120)


def _kept(char: str) -> bool:
    if char in _JOINERS:
        return True
    noncharacter = ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF
    return unicodedata.category(char) not in _DROPPED and char not in _UNSEEN and not noncharacter


def _parts(name: str) -> tuple[str, str]:
    """Split a name before its extension, which has its dot; `.tar.gz` is an extension."""
    double = _DOUBLE.search(name)
    at = double.start() if double else name.rfind(".")
    if at <= 0 or len(name[at:].encode()) > _LONGEST_EXTENSION:
        return name, ""
    return name[:at], name[at:]


def _fitted(name: str, room: int, mark: str = "") -> str:
    stem, extension = _parts(name)
    left = room - len(extension.encode()) - len(mark.encode())
    cut = stem.encode()[:left].decode("utf-8", "ignore")
    return (cut if cut == stem else cut.rstrip(_TAILS)) + mark + extension


# ---------------------------------------------------------------- what has no name

_SIGNATURES: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", ".png"),
    (0, b"\xff\xd8\xff", ".jpg"),
    (0, b"GIF8", ".gif"),
    (8, b"WEBP", ".webp"),
    (0, b"BM", ".bmp"),
    (4, b"ftypqt", ".mov"),
    (4, b"ftypheic", ".heic"),
    (4, b"ftypM4A", ".m4a"),
    (4, b"ftyp", ".mp4"),
    (0, b"ID3", ".mp3"),
    (0, b"\xff\xfb", ".mp3"),
    (0, b"\xff\xf3", ".mp3"),
    (0, b"\xff\xf2", ".mp3"),
    (0, b"#!AMR", ".amr"),
    (0, b"#!SILK", ".silk"),
    (1, b"#!SILK", ".silk"),
    (0, b"OggS", ".ogg"),
    (8, b"WAVE", ".wav"),
    (0, b"\x1aE\xdf\xa3", ".mkv"),
    (0, b"%PDF-", ".pdf"),
    (0, b"PK\x03\x04", ".zip"),
    (0, b"\x1f\x8b", ".gz"),
)
"""(offset, bytes, extension); the first that fits. The server's Content-Type is often a guess, or text/plain."""

HEAD: Final = 4096
"""Bytes from the start that tell a file's format."""


def extension_of(head: bytes, usual: str) -> str:
    """Return the extension by what the first bytes say, else the `usual` one of the kind."""
    return next((ext for at, sign, ext in _SIGNATURES if head[at : at + len(sign)] == sign), usual)
