"""The sandbox as a test double, in a thread of the test's own process.

    with start_sandbox(poll_seconds=1.0) as sandbox:
        sandbox.push("text", "hello", sender="张三")

SANDBOX.md beside this module describes it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from types import UnionType
from typing import Any, Final

from tui.sandbox.running_sandbox import RunningSandbox
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import SandboxOptions

DOUBLE_OPTIONS: Final = SandboxOptions(scan_delay=0.0, waiting=False, replies=False)
"""Options of a test double: the phone scans and confirms at once, nothing waits, and nobody writes unasked."""
_PATIENCE: Final = 30.0
_KINDS: Final[dict[str, type | UnionType]] = {
    "int": int,
    "float": int | float,
    "float | None": int | float | None,
    "bool": bool,
    "str": str,
}
"""How a field of the options is annotated → values that it takes."""


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


def wrong_option(changes: Mapping[str, object]) -> str:
    """Return a sentence about the first that is no option of a sandbox or has a wrong value, "" where all are right."""
    known = {field.name: str(field.type) for field in fields(SandboxOptions)}
    for name, value in changes.items():
        if name not in known:
            return f"A sandbox has no option “{name}”; there are: {', '.join(known)}."
        kinds = _KINDS.get(known[name])
        if kinds is None:
            continue
        if not isinstance(value, kinds) or isinstance(value, bool) is not (kinds is bool):
            return f"The sandbox's option “{name}” takes {known[name]}, not {value!r}."
        if isinstance(value, int | float) and value < 0:
            return f"The sandbox's option “{name}” cannot be negative: {value!r}."
    return ""


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
