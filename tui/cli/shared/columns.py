"""Measures texts in columns of a terminal, and cuts them."""

from __future__ import annotations

import unicodedata


def width(text: str) -> int:
    """Return the columns of a text: two for wide characters, none for marks that join the character before."""
    return sum(map(_columns, text))


def cut(text: str, columns: int) -> str:
    """Return the text in at most `columns` columns; `…` stands for the part that is left out."""
    if width(text) <= columns:
        return text
    room, kept = columns - 1, ""
    for char in text:
        room -= _columns(char)
        if room < 0:
            break
        kept += char
    return f"{kept}…" if columns > 0 else ""


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
