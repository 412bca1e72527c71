"""Notice that this process was away: the machine slept, or Ctrl+Z stopped it. Connections may have died meanwhile.

Nothing tells a process of either, so a task compares two clocks every two seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from tui.services.util.background import report, spawn

EVERY: Final = 2.0
"""Seconds between two looks, and so the longest that a person waits after the lid opened."""
AWAY: Final = 10.0
"""Seconds more than expected after which the process was away, and not only slow. A sleep that is too long by so much
is a stopped process; a clock that is on by so much more is a machine that slept."""

_BOOT: Final = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux's clock that goes on while the machine sleeps, and that nobody can set."""


def steady() -> float:
    """Return seconds that really went by, also while the machine slept; only differences mean something.

    Where the system has no such clock this is `time.monotonic`, which on macOS and Windows may stand still in sleep.
    """
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


class ClockLook:
    """Reading of two clocks: one that goes on while the machine sleeps, and the wall clock."""

    def __init__(self, lasting: Callable[[], float] = steady, wall: Callable[[], float] = time.time) -> None:
        self._lasting, self._wall = lasting, wall
        self._before = lasting(), wall()

    def away(self, asked: float) -> bool:
        """Return True when much more time went by since the last look than the `asked` seconds.

        The clock on the wall counts as well, where the other one sleeps with the machine. If a person sets it forward,
        that looks the same, and costs one call to the server; set back, it says nothing.
        """
        now = self._lasting(), self._wall()
        gone = max(new - old for new, old in zip(now, self._before, strict=True))
        self._before = now
        return gone > asked + AWAY


@asynccontextmanager
async def watching(on_wake: Callable[[], None]) -> AsyncIterator[None]:
    """Call `on_wake` whenever this process comes back from having been away."""

    async def watch() -> None:
        look = ClockLook()
        while True:
            await asyncio.sleep(EVERY)
            if look.away(EVERY):
                try:
                    on_wake()
                except Exception as error:
                    # The next sleep is noticed all the same.
                    report(error, "waking up")

    task = spawn(watch(), "watching for sleep")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Pause:
    """Wait that can be ended early."""

    def __init__(self) -> None:
        self._running: asyncio.Timeout | None = None

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Let the wait inside be `cut` short; raises `TimeoutError` then."""
        async with asyncio.timeout(None) as self._running:
            try:
                yield
            finally:
                self._running = None

    def cut(self) -> None:
        """End the wait now."""
        if self._running is not None and not self._running.expired():
            self._running.reschedule(asyncio.get_running_loop().time())
