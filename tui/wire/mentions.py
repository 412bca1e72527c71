"""Mentions in a group: `@name`, with the separator that phones write behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_EVERYBODY: Final = ("所有人", "all", "everyone")
_SEPARATOR: Final = "\u2005"
"""FOUR-PER-EM SPACE; who types the name by hand puts another blank there, or nothing at the end."""


def is_mentioned(text: str, names: Iterable[str]) -> bool:
    """Return whether a text calls one of these names, or all; a longer name that begins the same is another."""
    for name in (*filter(None, names), *_EVERYBODY):
        called = f"@{name}"
        at = text.find(called)
        while at >= 0:
            behind = text[at + len(called) : at + len(called) + 1]
            if not behind or behind == _SEPARATOR or behind.isspace():
                return True
            at = text.find(called, at + len(called))
    return False
