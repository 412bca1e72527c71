"""Emoji by name, `:smile` or `:笑`, and WeChat's own in brackets, `[微笑]` or `[Smile]`; both also by pinyin.

The names lie beside this module, and are read when somebody first asks for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tui.fuzzy import initials
from tui.wire.emoticons import bracketed

_FILE: Final = Path(__file__).with_name("emoji_names.tsv")


_COMMON: Final = 90
"""Number of emoji at the beginning of the file that people send most."""
_BONUS: Final = 6
"""Letters by which a common emoji's name counts as shorter: short names come first."""
_SPELLED: Final = 3
"""Cost of a Chinese name that the letters spell; below are the very name, its beginning, and that of a word in it."""


class NamedEmoji(NamedTuple):
    """Emoji with its names: the first by which it is shown, then others, and how its Chinese ones are spelled."""

    emoji: str
    names: tuple[str, ...]
    spelled: tuple[str, ...]


@cache
def _emoji() -> Sequence[NamedEmoji]:
    return [
        NamedEmoji(emoji, (*english.split(), *([] if chinese.isascii() else [chinese])), (pinyin, initials(chinese)))
        for emoji, english, chinese, pinyin in _rows(4)
    ]


@cache
def _emoticons() -> Sequence[NamedEmoji]:
    pinyin = dict(_rows(2))
    return [
        NamedEmoji(emoji, (name,), (pinyin.get(f"[{name}]", ""), initials(name)))
        for emoji, names in bracketed()
        for name in names
    ]


def _rows(columns: int) -> Iterable[list[str]]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return (row for row in (line.split("\t") for line in lines) if len(row) == columns)


@cache
def _by_name() -> dict[str, str]:
    return {name: one.emoji for one in reversed(_emoji()) for name in one.names}


def emoji_named(name: str) -> str:
    """Return the emoji of this very name; "" where there is none."""
    return _by_name().get(name.lower(), "")


def emoji_like(word: str, most: int) -> list[tuple[str, str]]:
    """Return (emoji, name) of those that `word` begins, or a word in the name, best first."""
    return _found(_emoji(), word)[:most]


def emoticons_like(word: str, most: int) -> list[tuple[str, str]]:
    """Return (emoji, name) of WeChat's own that `word` begins, best first; no emoji twice."""
    found: dict[str, tuple[str, str]] = {}
    for emoji, name in _found(_emoticons(), word):
        found.setdefault(emoji, (emoji, name))
    return list(found.values())[:most]


def _found(table: Sequence[NamedEmoji], word: str) -> list[tuple[str, str]]:
    word = word.lower()
    inside = f"_{word}" if word.isascii() else word
    found = []
    for at, one in enumerate(table):
        best = min(
            (
                (0 if len(name) == len(word) else 1 if name.lower().startswith(word) else 2, len(name), name)
                for name in one.names
                if name.lower().startswith(word) or inside in name
            ),
            default=None,
        )
        if best is None and any(spelling.startswith(word) for spelling in one.spelled):
            best = _SPELLED, len(one.names[-1]), one.names[-1]
        if best is not None:
            cost, length, name = best
            found.append((cost, length - _BONUS * (at < _COMMON), at, one.emoji, name))
    return [(emoji, name) for *_order, emoji, name in sorted(found)]
