"""Runs a command's coroutine, and turns signals into the exit codes that shells expect."""

from __future__ import annotations

# `signal` makes enums of its numbers, which takes longer than what is done here.
import _signal  # type: ignore[import-not-found]
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn, TypeVar

from tui.cli.shared.exit_codes import INTERRUPTED
from tui.services.util import warnings

T = TypeVar("T")

ENDINGS = (_signal.SIGTERM, _signal.SIGHUP, _signal.SIGQUIT)
"""Signals that end a program as Ctrl+C does; SIGHUP comes when an SSH session breaks."""


def interruptible() -> None:
    """Let Ctrl+C raise `KeyboardInterrupt` from now on: the command that begins has to be tidied up.

    Until then `tui.__main__` ends the process at once.
    """
    handler = _signal.getsignal(_signal.SIGINT)
    if callable(handler) and handler is not _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; Ctrl+C leaves with 130 after it has tidied up, SIGTERM, SIGHUP and SIGQUIT with 143, 129, 131."""
    import asyncio

    from tui.services.util.background import hear

    async def main() -> T:
        task = asyncio.current_task()
        assert task is not None
        received: list[int] = []

        def stop(number: int) -> None:
            received.append(number)
            task.cancel()

        for number in ENDINGS:
            # A signal that nohup ignores stays ignored.
            if _signal.getsignal(number) != _signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, stop, number)
        hear(warnings.tell)
        try:
            return await work
        except asyncio.CancelledError:
            if received:
                raise SystemExit(128 + received[0]) from None
            raise

    try:
        return asyncio.run(main())
    except KeyboardInterrupt:
        _leave_interrupted()


@contextmanager
def ended_by_signals(*, within_sqlite: bool = False) -> Iterator[None]:
    """Let the same signals end work that blocks, with the same exit codes: they raise `KeyboardInterrupt`, `SystemExit`
    in it.

    `within_sqlite`: functions of ours are called by SQLite, which drops what they raise, and says that its statement
    has failed. There is no event loop then.
    """

    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        raise _ending(number)

    # A signal that nohup ignores stays ignored.
    before = {
        number: _signal.signal(number, stop)
        for number in (*ENDINGS, *((_signal.SIGINT,) if within_sqlite else ()))
        if _signal.getsignal(number) != _signal.SIG_IGN
    }
    try:
        yield
    except KeyboardInterrupt:
        _leave_interrupted()
    except Exception:
        # Of a statement that a signal ended SQLite says only that it has failed, in an error of its own.
        if not (received and within_sqlite):
            raise
        if received[0] == _signal.SIGINT:
            _leave_interrupted()
        raise _ending(received[0]) from None
    finally:
        for number, handler in before.items():
            _signal.signal(number, _signal.SIG_DFL if handler is None else handler)


def _ending(number: int) -> BaseException:
    return KeyboardInterrupt() if number == _signal.SIGINT else SystemExit(128 + number)


def _leave_interrupted() -> NoReturn:
    if sys.stderr.isatty():
        # The terminal has shown ^C and left the cursor behind it.
        sys.stderr.write("\n")
    raise SystemExit(INTERRUPTED) from None
