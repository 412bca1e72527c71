"""The sandbox as a test double, in a thread of the test's own process.

    with start_sandbox(poll_seconds=1.0) as sandbox:
        sandbox.push("text", "hello", sender="张三")

SANDBOX.md beside this module describes it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any, Final

from tui.sandbox.running_sandbox import RunningSandbox
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import SandboxOptions

DOUBLE_OPTIONS: Final = SandboxOptions(scan_delay=0.0, waiting=False, replies=False)
"""Options of a test double: the phone scans and confirms at once, nothing waits, and nobody writes unasked."""
_PATIENCE: Final = 30.0


class ServingThread:
    """Sandbox in an event loop and a thread of its own: `start` returns once it listens, `stop` once all is gone."""

    def __init__(self, options: SandboxOptions) -> None:
        self.server = SandboxServer(options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._began = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._serve, name="wxtui sandbox", daemon=True)

    @property
    def origin(self) -> str:
        """Address of the server, once it has started."""
        return self.server.origin

    def start(self) -> None:
        """Start, and wait until it listens; raise what hinders it, `UsageError` for a port that is taken."""
        self._thread.start()
        if not self._began.wait(_PATIENCE):
            raise TimeoutError("the sandbox has not started")
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Stop, and wait until thread, connections and files are gone; raise what went wrong in between."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_PATIENCE)
        if self._thread.is_alive():
            raise TimeoutError("the sandbox does not end")
        if self._failure is not None:
            raise self._failure

    def _serve(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as error:
            self._failure = error
        finally:
            self._began.set()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self.server:
            self._began.set()
            await self._stop.wait()


def wrong_option(names: Iterable[str]) -> str:
    """Return a sentence about the first name that is no option of a sandbox, "" where all are."""
    known = [field.name for field in fields(SandboxOptions)]
    wrong = next((name for name in names if name not in known), None)
    return "" if wrong is None else f"A sandbox has no option “{wrong}”; there are: {', '.join(known)}."


@contextmanager
def start_sandbox(options: SandboxOptions = DOUBLE_OPTIONS, /, **changes: Any) -> Iterator[RunningSandbox]:
    """Serve a sandbox on a free port until the block ends; `changes` are fields of `SandboxOptions`."""
    if why := wrong_option(changes):
        raise TypeError(why)
    thread = ServingThread(replace(options, **changes))
    thread.start()
    try:
        yield RunningSandbox(thread.origin)
    finally:
        thread.stop()
