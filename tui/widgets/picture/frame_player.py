"""Plays the frames of a picture: which one is shown when. It stops by itself: each frame is bytes to the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from textual.timer import Timer

LEAST: Final = 0.08
"""Seconds that a frame is shown at least; slow lines show no more."""
_LONGEST: Final = 2.0
PLAYS: Final = 20.0
"""Seconds after which a picture rests, on its first frame; a key plays it again."""
_BUSY: Final = 0.05
"""Seconds after which it is tried again where a key waits."""


class FramePlayer:
    """Plays one picture. `show` shows a frame by its number; while `busy` is true none is shown."""

    def __init__(
        self,
        show: Callable[[int], None],
        busy: Callable[[], bool],
        set_timer: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        """`set_timer` calls once after some seconds."""
        self._show = show
        self._busy = busy
        self._set_timer = set_timer
        self._seconds: Sequence[float] = ()
        self._at = 0
        self._left = 0.0
        self._timer: Timer | None = None
        self.halted = False
        """True while nobody looks, or a person has paused it."""

    @property
    def playing(self) -> bool:
        """True while frames follow each other."""
        return self._timer is not None

    @property
    def moves(self) -> bool:
        """True for a picture of more than one frame."""
        return len(self._seconds) > 1

    def load(self, milliseconds: Sequence[int]) -> None:
        """Take another picture, whose first frame is shown already, and play it."""
        self.stop()
        self._seconds = [min(_LONGEST, max(LEAST, one / 1000)) for one in milliseconds]
        self._at = 0
        self.play()

    def play(self) -> None:
        """Play from the frame that is shown, unless it plays or is halted."""
        self._left = PLAYS
        if self.moves and not self.halted and self._timer is None:
            self._wait(self._seconds[self._at])

    def stop(self) -> None:
        """Stay at the frame that is shown."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def halt(self, on: bool) -> None:
        """Stop while nobody looks, or go on."""
        self.halted = on
        if on:
            self.stop()
        else:
            self.play()

    def _wait(self, seconds: float) -> None:
        self._timer = self._set_timer(seconds, self._next)

    def _next(self) -> None:
        self._timer = None
        if self._busy():
            self._wait(_BUSY)
            return
        self._left -= self._seconds[self._at]
        self._at = (self._at + 1) % len(self._seconds)
        self._show(self._at)
        if self._left > 0 or self._at:
            self._wait(self._seconds[self._at])
