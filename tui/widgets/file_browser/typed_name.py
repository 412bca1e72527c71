"""Letters of a name, typed one soon after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

SOON: Final = 1.0
"""Seconds between two letters of one name."""


class TypedName:
    """Decides what a letter continues. `letters` are those of the name so far."""

    def __init__(self) -> None:
        self.letters = ""
        self._moved = ""
        """Letter that moved the cursor, and may turn out to be the first of a name: the j of “january”."""
        self._at = -math.inf
        self.astray = False
        """True while no name begins with the letters: who goes on is writing something else."""

    def forget(self) -> None:
        """Begin another name with the next letter."""
        self.letters = self._moved = ""
        self.astray = False

    def readings(self, text: str, at: float, *, commands: bool, moves: bool) -> Iterator[str]:
        """Yield names of which a letter, typed at `at`, may be the latest one; the likeliest first.

        `commands`: the letter is a command as well, which it stays when no name has it. `moves`: a harmless one.
        """
        if at - self._at >= SOON:
            self.forget()
        self._at = at
        before, moved = self.letters, self._moved
        self._moved = text if commands and moves and not before else ""
        if commands and not before:
            return
        if before or moved:
            yield (before or moved) + text
        if not before and not commands:
            yield text
        if commands:
            self.letters = ""
        else:
            self.letters = before + text

    def reads(self, letters: str) -> None:
        """Hear which of the names there is."""
        self.letters, self._moved = letters, ""
