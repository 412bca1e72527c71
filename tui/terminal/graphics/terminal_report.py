"""Answers of a terminal about itself: its name and version, its attributes, the pixels of a cell.

They come in the middle of what a person types. Any bytes may stand in them, and none make these functions raise.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

import msgspec

_VERSION: Final = r"([A-Za-z][A-Za-z0-9 _.+-]{0,40}?)[ (]v?(\d{1,6})(?:\.(\d{1,6}))?"
_SIXEL: Final = 4
_LEAST_CELL, _MOST_CELL = 2, 400
"""Pixels of a cell's side; other numbers are no cell's."""


class TerminalQuery(Enum):
    """Questions, as they are written to the terminal."""

    VERSION = "\x1b[>q"
    CELL = "\x1b[16t"
    """Pixels of a cell; some terminals know those of the whole text only."""
    TEXT_AREA = "\x1b[14t"
    ATTRIBUTES = "\x1b[c"
    """Every terminal answers this one, so it is asked last."""
    STATUS = "\x1b[5n"
    """Answered when all that was written before it has been read."""


ALWAYS_ANSWERED: Final = (TerminalQuery.ATTRIBUTES, TerminalQuery.STATUS)
"""Questions that every terminal answers: of a number of questions the last one."""


class TerminalName(msgspec.Struct, frozen=True):
    """Terminal as it calls itself: the name in small letters, "" where it has none; major and minor version."""

    name: str
    version: tuple[int, int] = (0, 0)

    @property
    def has_placeholders(self) -> bool:
        """True for a terminal that draws parts of images in cells of placeholders."""
        return self.version >= _PLACEHOLDERS.get(self.name, (1 << 30, 0))


_PLACEHOLDERS: Final = {"kitty": (0, 28), "ghostty": (1, 0)}
"""Terminals that have placeholders, with the version from which on. Others answer questions about images, and draw
boxes."""


def terminal_name(text: str) -> TerminalName:
    """Return the name in what a terminal says of its version: `kitty(0.35.2)`, `ghostty 1.0.1`."""
    found = re.match(_VERSION, text.strip())
    if found is None:
        return TerminalName("")
    return TerminalName(found[1].strip().lower(), (int(found[2]), int(found[3] or 0)))


def name_reported(text: str) -> TerminalName | None:
    """Return the name in an answer; None for an answer of another kind."""
    return terminal_name(text.removeprefix("P>|")) if text.startswith("P>|") else None


def has_sixel_reported(text: str) -> bool | None:
    """Return whether the attributes have sixel; None for an answer of another kind."""
    if not re.fullmatch(r"\[\?[0-9;]*c", text):
        return None
    return str(_SIXEL) in text[2:-1].split(";")[1:]


def cell_reported(text: str, columns: int, rows: int) -> tuple[int, int] | None:
    """Return the pixels of a cell (width, height); None for an answer of another kind, or of no cell.

    `columns` and `rows` are the terminal's, for an answer that has the pixels of all of them.
    """
    found = re.fullmatch(r"\[([46]);(\d{1,5});(\d{1,5})t", text)
    if found is None:
        return None
    height, width = int(found[2]), int(found[3])
    if found[1] == "4":
        width, height = width // max(columns, 1), height // max(rows, 1)
    return checked_cell(width, height)


def checked_cell(width: int, height: int) -> tuple[int, int] | None:
    """Return the pixels of a cell, None where they cannot be any's."""
    return (width, height) if min(width, height) >= _LEAST_CELL and max(width, height) <= _MOST_CELL else None


def is_status(text: str) -> bool:
    """Return True for the answer to `TerminalQuery.STATUS`."""
    return text in ("[0n", "[3n")
