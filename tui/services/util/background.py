"""Background tasks. No other module creates tasks, so a task that fails while nobody waits for it is always reported.

asyncio itself writes such a failure to standard error when the task is collected, if it ever is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from tui.breakage import log_breakage
from tui.errors import Unexpected, WxtuiError
from tui.services.util.retry import Backoff

T = TypeVar("T")

log = logging.getLogger("wxtui.background")

_OURS: Final = "wxtui"


def child(work: Awaitable[T]) -> asyncio.Task[T]:
    """Begin a task whose end the caller awaits, with its result or its exception."""
    return asyncio.ensure_future(work)


def spawn(work: Coroutine[Any, Any, T], what: str) -> asyncio.Task[T]:
    """Begin a task that nobody has to wait for. An error in it is reported; `what` names the task in the log."""
    task = asyncio.create_task(work, name=what)
    task.add_done_callback(_report_end)
    return task


def _report_end(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        report(error, task.get_name())


def report(error: BaseException, what: str) -> None:
    """Tell whoever runs the event loop that something failed which nobody waits for: a screen, or a command."""
    context = {"message": what, "exception": error, _OURS: True}
    asyncio.get_running_loop().call_exception_handler(context)


def this_task() -> asyncio.Task[Any]:
    """Return the task that runs."""
    task = asyncio.current_task()
    assert task is not None, "only asked in a coroutine"
    return task


def is_cancelled() -> bool:
    """Return True in a task that was cancelled: a mistake on its way out is not to keep it alive."""
    return this_task().cancelling() > 0


async def persistent(work: Callable[[], Awaitable[T]], what: str) -> T:
    """Do `work`, and again after longer and longer pauses for as long as mistakes of ours end it.

    Returns what it returns, and raises `WxtuiError` as it does. A mistake in what `work` does when it is cancelled ends
    this as well.
    """
    backoff = Backoff(lambda: 0.0, first=1, most=300)
    pause = 0.0
    while True:
        try:
            if pause:
                await asyncio.sleep(pause)
            return await work()
        except WxtuiError:
            raise
        except Exception as error:
            # Whatever nobody foresaw: it is told, and the work goes on.
            report(error, what)
            if is_cancelled():
                raise asyncio.CancelledError from None
            pause = backoff.wait()


def hear(tell: Callable[[WxtuiError], None]) -> None:
    """Let `tell` hear what fails beside the running event loop: in tasks that nobody waits for, and in callbacks.

    A mistake of ours is logged by its class and lines of code, and told as `Unexpected`. May be called in any thread
    by asyncio; `tell` is called on the loop.
    """

    def heard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        # asyncio's own words hold what a callback was called with: a message, a ticket.
        what = str(context.get("message")) if _OURS in context else "the event loop"
        told: WxtuiError
        if isinstance(error, WxtuiError):
            told = error
        elif isinstance(error, Exception) and (_OURS in context or not isinstance(error, OSError)):
            log_breakage(log, what, error)
            told = Unexpected(what=type(error).__name__)
        else:
            # Of a connection that broke hears whoever uses it.
            log.info("%s: %s", what, type(error).__name__)
            return
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, told)

    asyncio.get_running_loop().set_exception_handler(heard)
