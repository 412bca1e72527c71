"""Garbage collector's turns: in moments in which nobody waits for a frame.

Python looks through everything that lives whenever enough was made, most likely while a key is handled, and that key is
seen up to 10 ms late. Only what was made just now is looked at then; the rest waits until nothing has been drawn for
a while.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Final

QUIET: Final = 0.25
"""Seconds without a draw after which nobody waits for one."""
PATIENCE: Final = 60.0
"""Seconds after which garbage is collected although something is drawn all the time."""
_YOUNG: Final = 2000
"""New objects after which these alone are looked at, whatever is done: a quarter of a millisecond."""
_NEVER: Final = 1_000_000
_DUE: Final = 10
"""Rounds of the next younger objects after which it is the turn of older ones, as Python has it by itself."""


class IdleCollector:
    """Collects garbage after draws. Where nothing is drawn it does nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic, in seconds."""
        self._clock = clock
        self._drawn_at = self._asked_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._rounds = 0
        self._left_over = False

    def begin(self, *, after_another: bool = False) -> None:
        """Take over from Python. What a start leaves is not looked at any more.

        Nor is it collected now, when that would hold up keys for 20 ms and find half a megabyte. `after_another`: what
        another run of the program has left is collected in the first quiet moment.
        """
        if after_another:
            gc.unfreeze()
            self._left_over = True
            self._look_in(QUIET)
        else:
            gc.freeze()
        gc.set_threshold(_YOUNG, _NEVER, _NEVER)
        gc.enable()

    def drawn(self) -> None:
        """Note that something was drawn just now."""
        self._drawn_at = self._clock()
        if self._timer is None and gc.get_count()[1] >= _DUE:
            self._asked_at = self._drawn_at
            self._look_in(QUIET)

    def _look_in(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self.look)

    def look(self) -> None:
        """Collect, unless something was drawn just now."""
        self._timer = None
        now = self._clock()
        quiet = now - self._drawn_at
        if quiet < QUIET and now - self._asked_at < PATIENCE:
            self._look_in(QUIET - quiet)
            return
        if self._left_over:
            self._left_over = False
            gc.collect()
            gc.freeze()
            return
        self._rounds += 1
        old = self._rounds >= _DUE
        if old:
            self._rounds = 0
        gc.collect(2 if old else 1)
