"""Waiting for what happens beside a test, and for the moment from which nothing more can happen."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from tui.store.store import Store

PATIENCE: Final = 30.0
"""Seconds after which a test gives up. A busy machine needs some of them; no test says how long something takes."""
_ROUNDS: Final = 300


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
    quiet = 0
    with _jobs_begun(loop) as begun:
        # One job may come of another, however many there are; a program that never rests is not waited for.
        for _ in range(_ROUNDS):
            before = len(begun)
            for store in stores:
                await store.current_login()  # The thread of a store takes its jobs in turn.
            calm = 0
            while calm < 10:
                await asyncio.sleep(0)
                # Callbacks that are ready, and have no public name.
                calm = 0 if loop._ready else calm + 1  # type: ignore[attr-defined]
            quiet = quiet + 1 if len(begun) - before == len(stores) else 0
            if quiet == 3:
                return


@contextmanager
def _jobs_begun(loop: asyncio.AbstractEventLoop) -> Iterator[list[object]]:
    """Yield a list to which each job is added that the loop gives to a thread."""
    begun: list[object] = []
    run = loop.run_in_executor

    def noted(executor: Any, job: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        begun.append(job)
        return run(executor, job, *arguments)

    # A loop does not tell of its jobs; this one counts them while the block runs.
    loop.run_in_executor = noted  # type: ignore[assignment,method-assign]
    try:
        yield begun
    finally:
        loop.run_in_executor = run  # type: ignore[method-assign]
