"""Work beside the event loop: in a thread that lets the loop breathe, and that nobody has to wait for.

`asyncio.to_thread` has a handful of threads for everything, and the end of the program waits for them: one directory on
a dead network file system would hold up both. A thread of its own costs 0.1 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any, Final, TypeVar

T = TypeVar("T")

_WORK: Final = 0.001
_REST: Final = 0.0005
"""Seconds: after so much Python in a row the others get a turn; a thread that never rests keeps the loop waiting 5 ms
for each of its steps."""


class ThreadStopped(Exception):
    """Raised in a thread whose result nobody waits for any more."""


class Breath:
    """Gives other threads a turn when the work calls it, and raises `ThreadStopped` when it is not wanted."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._since = time.perf_counter()

    def stop(self) -> None:
        """Let the work end at its next breath."""
        self._stop.set()

    def __call__(self) -> None:
        """Pause between two small pieces of work."""
        if self._stop.is_set():
            raise ThreadStopped
        if time.perf_counter() - self._since > _WORK:
            # In the thread of the work, never on the loop.
            time.sleep(_REST)
            self._since = time.perf_counter()


class Later(Awaitable[None]):
    """Awaitable that makes its coroutine when awaited: a worker that is cancelled before leaves none unawaited."""

    def __init__(self, work: Callable[..., Coroutine[Any, Any, None]], *arguments: object) -> None:
        self._work = work
        self._arguments = arguments

    def __await__(self) -> Generator[Any, None, None]:
        return self._work(*self._arguments).__await__()


async def in_own_thread(work: Callable[[Breath], T]) -> T:
    """Return or raise what `work` does, in a thread. Cancelled, it returns at once; the thread ends at a breath."""
    loop, breath = asyncio.get_running_loop(), Breath()
    future: asyncio.Future[T] = loop.create_future()
    threading.Thread(target=_run, args=(work, breath, loop, future), name="wxtui-own-thread", daemon=True).start()
    try:
        return await future
    except asyncio.CancelledError:
        breath.stop()
        raise
    finally:
        # An error holds this frame by its traceback; a frame that holds the error, too, keeps all that `work` has read.
        del future


async def in_ending_thread(work: Callable[[Breath], T]) -> T:
    """Return or raise what `work` does, in a thread. Cancelled, it returns at once, and the thread ends at its next
    breath; the end of the program waits for that: for work that leaves something behind, as a program that it runs."""
    breath = Breath()
    try:
        return await asyncio.to_thread(work, breath)
    except asyncio.CancelledError:
        breath.stop()
        raise


def _run(
    work: Callable[[Breath], T], breath: Breath, loop: asyncio.AbstractEventLoop, future: asyncio.Future[T]
) -> None:
    try:
        finish = partial(_finish, future, work(breath), None)
    except BaseException as error:
        finish = partial(_finish, future, None, error)
    # The loop may be closed by now; nobody is left to be told.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(finish)
    del finish, future  # as above


def _finish(future: asyncio.Future[T], result: T | None, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)  # type: ignore[arg-type]  # None only where T allows it
