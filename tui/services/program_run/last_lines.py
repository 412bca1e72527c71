"""Last lines of an output as a person would see them, kept in little memory however much comes."""

from __future__ import annotations

import re
from collections import deque
from typing import Final

LONGEST: Final = 4096
"""Bytes kept of a line."""
_CONTEXT: Final = 100
"""Lines kept before those that are wanted: where a private key begins, say."""
_MOVES: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_TOKEN: Final = (  # text, so that `re` compiles it when it is first wanted
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"
    r"|\x1b\[(?P<number>[0-?]*)[ -/]*(?P<final>[@-~])?"
    r"|\x1b[ -/]*[0-~]?"
    r"|(?P<control>[\x00-\x1f\x7f])"
    r"|(?P<words>[^\x00-\x1f\x7f]+)"
)
_WIDEST: Final = 1000
"""Cells to which a program may move the cursor."""


def folded(line: str) -> str:
    """Return what a terminal shows of a line at its end: without escape sequences, and of a progress bar the last."""
    if _MOVES.search(line) is None:
        return line
    cells: list[str] = []
    at = 0
    for token in re.finditer(_TOKEN, line):
        if (words := token["words"]) is not None:
            cells[at : at + len(words)] = words
            at += len(words)
        elif token["control"] is not None:
            match token["control"]:
                case "\r":
                    at = 0
                case "\b":
                    at = max(0, at - 1)
                case "\t":
                    cells[at : at + 1] = "\t"
                    at += 1
        else:
            at = _moved(cells, at, token["final"], token["number"])
    return "".join(cells)


def _moved(cells: list[str], at: int, final: str | None, number: str | None) -> int:
    """Do what a CSI sequence does within its line, and return where the cursor is then."""
    count = min(int(number), _WIDEST) if number and number.isascii() and number.isdigit() else None
    match final:
        case "K" if count == 1:
            cells[:at] = " " * min(at, len(cells))
        case "K" if count == 2:
            cells[:] = " " * at
        case "K":
            del cells[at:]
        case "G":
            at = max(0, (count or 1) - 1)
        case "D":
            at = max(0, at - (count or 1))
        case "C":
            at = min(at + (count or 1), len(cells) + _WIDEST)
    if at > len(cells):
        cells += " " * (at - len(cells))
    return at


class LastLines:
    """Keeps the last lines of one or two outputs."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._whole: deque[bytes] = deque(maxlen=count + _CONTEXT)
        self._begun: dict[int, bytes] = {}

    def feed(self, block: bytes, source: int = 1) -> None:
        """Take in what was written to an output."""
        assert self._whole.maxlen is not None
        first, *more = block.rsplit(b"\n", self._whole.maxlen)
        begun = self._begun.get(source, b"") + first
        if not more:
            self._begun[source] = _cut(begun)
            return
        # With so many lines in one block, the first of them is of no interest, and need not be a line either.
        whole = [begun.rpartition(b"\n")[2], *more[:-1]]
        self._whole.extend(_cut(line) for line in whole)
        self._begun[source] = _cut(more[-1])

    @property
    def all(self) -> list[str]:
        """Every line that is kept, as it is shown; those before the wanted ones are context."""
        lines = [folded(line.decode("utf-8", "replace")).rstrip() for line in (*self._whole, *self._begun.values())]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def last(self, lines: list[str]) -> list[str]:
        """Return as many of `all` as are wanted, without empty ones before them."""
        wanted = lines[-self._count :] if self._count else []
        while wanted and not wanted[0]:
            wanted.pop(0)
        return wanted


def _cut(line: bytes) -> bytes:
    """Return a line of bearable length: its end where it was written over, else its beginning."""
    if len(line) <= LONGEST:
        return line
    # Whole pieces of what was written over: a secret is not cut from the name that tells that it is one.
    pieces = line[-LONGEST:].partition(b"\r")[2]
    return pieces if pieces.strip(b"\r") else line.rstrip(b"\r").rpartition(b"\r")[2][:LONGEST]
