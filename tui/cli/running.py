"""From a command's plain function into the event loop, and out of it again with the right signal manners."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from tui.cli.exit_codes import INTERRUPTED, TERMINATED

T = TypeVar("T")


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run `work`; Ctrl+C leaves with 130 after it has tidied up, SIGTERM likewise with 143."""

    async def main() -> T:
        task = asyncio.current_task()
        assert task is not None
        terminated = False

        def stop() -> None:
            nonlocal terminated
            terminated = True
            task.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
        try:
            return await work
        except asyncio.CancelledError:
            if terminated:
                raise SystemExit(TERMINATED) from None
            raise

    try:
        return asyncio.run(main())
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            # The terminal has shown ^C and left the cursor behind it.
            sys.stderr.write("\n")
        raise SystemExit(INTERRUPTED) from None
