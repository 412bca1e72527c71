"""The shape of a JSON text, found before it is decoded: how deep it goes, and how many values it holds.

A decoder recurses for each level and needs up to a hundred bytes of memory for a value of two; both are foreign.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

MAX_DEPTH: Final = 64
"""Lists and objects inside each other; the protocol's deepest answer has six."""
MAX_VALUES: Final = 360_000
"""Values in one answer. Fifty groups of five hundred members have 300,000, ten thousand contacts 330,000."""

_PIECE: Final = 64 * 1024
_KEPT: Final = b"[]{},"
_LEFT_OUT: Final = bytes(set(range(256)) - set(_KEPT))
_AS_LISTS: Final = bytes.maketrans(b"{}", b"[]")
_STEPS: Final = tuple({ord("["): 1, ord("]"): -1}.get(code, 0) for code in range(256))


class JsonShape:
    """Counts levels and values while the text comes in pieces. What stands in strings does not count.

    Of anything but JSON the numbers mean nothing. The work grows with the length alone.
    """

    __slots__ = ("_carry", "_depth", "_inside", "depth", "values")

    def __init__(self) -> None:
        self.depth = 0
        """The deepest level so far."""
        self.values = 0
        """Values so far, an empty list or object twice; a key is none."""
        self._depth = 0
        self._inside = 0
        self._carry = b""

    @property
    def fits(self) -> bool:
        """True when the text may be decoded."""
        return self.depth <= MAX_DEPTH and self.values <= MAX_VALUES

    def feed(self, text: bytes) -> None:
        """Take in the next piece."""
        for start in range(0, len(text), _PIECE):
            if not self.fits:
                return
            self._take(text[start : start + _PIECE])

    def _take(self, piece: bytes) -> None:
        piece = self._carry + piece
        self._carry = b""
        if b"\\" in piece:
            # Pairs first: what then stands before a quote escapes it.
            piece = piece.replace(b"\\\\", b"").replace(b'\\"', b"")
            if piece.endswith(b"\\"):
                self._carry, piece = b"\\", piece[:-1]
        parts = piece.split(b'"')
        outside = b"".join(parts[self._inside :: 2]).translate(_AS_LISTS, _LEFT_OUT)
        self._inside ^= (len(parts) - 1) & 1
        # A list and an object are a value each; every other one stands before a comma, or last in one of them.
        self.values += outside.count(b",") + outside.count(b"[")
        levels = list(accumulate(map(_STEPS.__getitem__, outside.replace(b",", b"")), initial=self._depth))
        self.depth = max(self.depth, *levels)
        self._depth = levels[-1]


def shape_of(text: bytes) -> JsonShape:
    """Return the shape of a whole text."""
    shape = JsonShape()
    shape.feed(text)
    return shape
