"""Event loop in a thread of its own, for a main thread that waits for something else: in readline, say."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar

from tui.services.util.background import spawn

T = TypeVar("T")

Begun: TypeAlias = "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]"


@contextmanager
def loop_in_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """Run an event loop for as long as this is entered. Raises what kept it from beginning."""
    begun: Begun = Future()
    thread = threading.Thread(target=_run, args=(begun,), name="wxtui-loop", daemon=True)
    thread.start()
    loop, over = begun.result()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


def _run(begun: Begun) -> None:
    async def live() -> None:
        over = asyncio.Event()
        begun.set_result((asyncio.get_running_loop(), over))
        await over.wait()

    try:
        asyncio.run(live())
    except BaseException as error:
        if begun.done():
            raise
        begun.set_exception(error)


def begin_on(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> Future[T]:
    """Begin `work` on the loop of another thread; the caller waits for its result or its exception."""
    return asyncio.run_coroutine_threadsafe(work, loop)


def spawn_on(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], what: str) -> None:
    """Begin work for which nobody waits on the loop of another thread. An error in it is reported."""
    loop.call_soon_threadsafe(spawn, work, what)
