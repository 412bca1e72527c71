"""Sentences in lines, broken between words, Chinese ones too; without rich, which one printed sentence is not worth."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final
from unicodedata import east_asian_width

if TYPE_CHECKING:
    from typing import TextIO

_CLOSING: Final = "[，。；：、）”？]*"
_COMMAND: Final = r"(?:(?<=: )|(?<=：))(?:wxtui|chmod|export) .{,300}?(?=[.;](?: |$)|[；，。]|$)"
"""A command that a sentence ends with: broken, it could not be copied."""
_WIDE: Final = "\u1100-\u115f\u2e80-\uffdc\U0001f300-\U0003fffd"
_WORD: Final = rf"(?s:{_COMMAND}|“[^“”]*”|[（“]{{,3}}(?:[^\s{_WIDE}（“，。；：、）”？]+|[^（“])|.){_CLOSING}\s*"
"""Command, text in quotation marks, word, or Chinese character, with the signs that stay with it."""


def in_lines(text: str, width: int) -> list[str]:
    """Return a paragraph in lines of at most `width` cells; no word is broken, and no line begins with a full stop."""
    lines, room = [""], width
    for word in re.findall(_WORD, text):
        said = word.rstrip()
        cells = cells_of(said)
        if cells > room and lines[-1]:
            lines.append("")
            room = width
        lines[-1] += word
        room -= cells + len(word) - len(said)
    return [line.rstrip() for line in lines]


def cells_of(text: str) -> int:
    """Return the cells of a sentence of ours; for whatever people write there are graphemes."""
    return sum(1 + (east_asian_width(char) in "WF") for char in text)


def columns_of(stream: TextIO) -> int:
    """Return the columns of the terminal that a stream writes to; 0 where it is none, or nobody knows."""
    try:
        return os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    except (OSError, ValueError):  # A stream that is closed, or that has no file.
        return 0
