"""How long to wait before trying again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

CALM: Final = 30.0
"""Seconds to wait at least when the server says that one is too fast: to ask again at once makes it worse (PROTOCOL
section 5)."""


@dataclass(slots=True)
class Backoff:
    """Seconds that double from `first` to `most`, each shortened by up to half at random so that clients spread."""

    jitter: Callable[[], float]
    first: float = 1.0
    most: float = 60.0
    tries: int = 0

    def wait(self, at_least: float = 0.0) -> float:
        """The next wait."""
        whole = min(self.most, self.first * 2.0**self.tries)
        self.tries = min(self.tries + 1, 30)
        return max(at_least, whole * (1 - self.jitter() / 2))

    def reset(self) -> None:
        """It worked: begin at `first` again."""
        self.tries = 0
