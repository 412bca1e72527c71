"""Pastes in terminals that do not mark them: letters that come faster than anybody types.

There, Enter is a line break of what was pasted, and must not send half of it. Known is only the time of each key.
"""

from __future__ import annotations

from typing import Final

FASTER: Final = 0.002
"""Seconds between two keys that no fingers reach; letters of one packet are some 0.00005 apart."""
LASTS: Final = 0.03
"""Seconds that a paste may take a breath between two packets."""
WAIT: Final = 0.025
"""Seconds in which more must follow an Enter for it to be a line break."""


class Burst:
    """Hears of each key that types something."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._run = 0
        self._until = float("-inf")
        self._broken = False

    def key(self, time: float) -> None:
        """A letter came."""
        if time - self._last <= FASTER:
            self._run += 1
        else:
            self._run = 0
            if time > self._until:
                self._broken = False
        if self._run:
            self._until = time + LASTS
        self._last = time

    def going_on(self, time: float) -> bool:
        """Whether a key at this time belongs to a paste, as far as can be said yet."""
        return time <= self._until

    def enter(self, time: float) -> bool:
        """Enter came: whether it must wait for what follows."""
        self.key(time)
        return self.going_on(time)

    def broke(self) -> None:
        """An Enter turned out to be a line break: then so is each one up to the end of this paste."""
        self._broken = True

    @property
    def broken(self) -> bool:
        """Whether lines were broken in this paste already."""
        return self._broken
