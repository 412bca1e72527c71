"""Runs a command's coroutine, and turns signals into the exit codes that shells expect."""

from __future__ import annotations

import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn, TypeVar

from tui.cli.shared.exit_codes import INTERRUPTED
from tui.services.util import warnings

T = TypeVar("T")

ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Signals that end a program as Ctrl+C does; SIGHUP comes when an SSH session breaks."""


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; Ctrl+C leaves with 130 after it has tidied up, SIGTERM, SIGHUP and SIGQUIT with 143, 129, 131."""

    import asyncio

    from tui.services.util.background import hear

    async def main() -> T:
        task = asyncio.current_task()
        assert task is not None
        received: list[signal.Signals] = []

        def stop(number: signal.Signals) -> None:
            received.append(number)
            task.cancel()

        for number in ENDINGS:
            # A signal that nohup ignores stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
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
def interruptible() -> Iterator[None]:
    """Let the same signals end work that blocks, with the same exit codes: they raise `KeyboardInterrupt`, `SystemExit`
    in it."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    # A signal that nohup ignores stays ignored.
    before = {
        number: signal.signal(number, stop) for number in ENDINGS if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    except KeyboardInterrupt:
        _leave_interrupted()
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _leave_interrupted() -> NoReturn:
    if sys.stderr.isatty():
        # The terminal has shown ^C and left the cursor behind it.
        sys.stderr.write("\n")
    raise SystemExit(INTERRUPTED) from None
