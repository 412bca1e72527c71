"""Waiting for what happens beside a test, and for the moment from which nothing more can happen."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Final

from tui.store.store import Store

PATIENCE: Final = 30.0
"""Seconds after which a test gives up. A busy machine needs some of them; no test says how long something takes."""


async def until(
    true: Callable[[], object | Awaitable[object]], seconds: float = PATIENCE, *, every: float = 0.005
) -> None:
    """Look again and again, until it is so. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(every)


def wait_until(true: Callable[[], object], seconds: float = PATIENCE, *, every: float = 0.005) -> None:
    """`until`, for a test without a loop: another thread or process makes it so. Raises `AssertionError`."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(every)


async def idle(*stores: Store) -> None:
    """Return when nothing is left to do in this loop but to wait for a timer, a test's own event or another process.

    Proves absence: what was about to happen by itself has happened now. Client and sandbox in one loop count with their
    sockets, for what one has sent can be read by the other at once; the threads of `stores` count as well.
    """
    loop = asyncio.get_running_loop()
    for _ in range(3):
        for store in stores:
            await store.current_login()  # The thread of a store takes its jobs in turn.
        calm = 0
        while calm < 10:
            await asyncio.sleep(0)
            # Callbacks that are ready, and have no public name.
            calm = 0 if loop._ready else calm + 1  # type: ignore[attr-defined]
