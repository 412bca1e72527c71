"""Queue of one hook: its command runs for one thing after the other, in their order, beside everything else.

Whatever happens faster than the command runs waits in a queue of bounded length; what finds no place there is counted,
and the person is told the number: soon, again every minute while that goes on, and when it is over. A failure is told
once for each kind, and is in the log each time.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from tui.errors import HookFailed, HookTooSlow, LocalError, WxtuiError
from tui.services.hooks.hook_run import LIMIT, HookEnded, HookFault, HookProblem, HookRun
from tui.services.util.background import report, spawn
from tui.services.util.threads import in_own_thread
from tui.store.errors import StoreClosed

log = logging.getLogger("wxtui.hooks")

MOST_WAITING: Final = 1000
"""Things that wait for a hook's command."""
LEAVING: Final = 1.0
"""Seconds that commands have when a person leaves the program."""
SOON, AGAIN = 2.0, 60.0
"""Seconds until the person is told that the command is not run for all, at first and later."""
_LAST: Final = 2.0
"""Seconds for a command that was ended to be gone."""

Facts: TypeAlias = Callable[[], Awaitable[Mapping[str, Any] | None]]
"""Makes the object that the command reads, when its turn has come; None: it is not to be run after all."""


class HookQueue:
    """Hook with its command, and what waits for it. Used on the event loop."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        profile: str,
        *,
        cwd: str | None = None,
        limit: float = LIMIT,
        most: int = MOST_WAITING,
        tell: Callable[[WxtuiError], None] | None = None,
    ) -> None:
        """`name` is how sentences call it; `profile` is that of a wxtui which the command runs, too. Without `cwd` it
        runs in the current directory. `tell` hears failures; else whoever runs the event loop does.
        """
        self._name = name
        self.command = tuple(command)
        self._ours = {"WXTUI_PROFILE": profile}
        if home := os.environ.get("WXTUI_HOME"):
            self._ours["WXTUI_HOME"] = str(Path(home).absolute())
        self._cwd = cwd
        self._limit = limit
        self._most = most
        self._tell = tell or (lambda error: report(error, "a hook"))
        self._waiting: deque[Facts] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._run: HookRun | None = None
        self._told: set[HookProblem] = set()
        self._telling: asyncio.TimerHandle | None = None
        self._pause = SOON
        self._closed = self._over = False
        self.missed = 0
        """Things that the command was not run for, since that was last told."""

    @property
    def works(self) -> bool:
        """True while the command runs, or something waits for it."""
        return self._worker is not None

    @property
    def waiting(self) -> int:
        """Number of things that wait for the command."""
        return len(self._waiting)

    def put(self, facts: Facts) -> None:
        """Run the command with this object on its standard input, after those before it; returns at once."""
        if self._closed or len(self._waiting) >= self._most:
            if not self.missed:
                log.info("hook %s: too slow, its queue is full", self._name)
            self.missed += 1
            if self._telling is None and not self._closed:
                self._telling = asyncio.get_running_loop().call_later(self._pause, self._tell_missed)
            return
        self._waiting.append(facts)
        if self._worker is None:
            self._worker = spawn(self._work(), f"hook {self._name}")

    def put_ready(self, told: Mapping[str, Any]) -> None:
        """Do as `put` does with an object that is made already."""

        async def ready() -> Mapping[str, Any]:
            return told

        self.put(ready)

    async def close(self, patience: float) -> None:
        """Let what waits run for so many seconds, then end what runs. Says what was left out."""
        self._closed = True
        worker = self._worker
        try:
            if worker is not None and patience > 0:
                await asyncio.wait({worker}, timeout=patience)
        finally:
            # Also when the person has no patience at all.
            self._over = True
            self.missed += len(self._waiting)
            self._waiting.clear()
            if self._run is not None:
                self._run.end()
        if worker is not None:
            await asyncio.wait({worker}, timeout=_LAST)
            # Said already, unless the command cannot be ended.
            self._tell_missed()

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._one(self._waiting.popleft())
        finally:
            self._worker = None
            self._tell_missed()
            self._pause = SOON

    async def _one(self, facts: Facts) -> None:
        """Run the command once."""
        from json import dumps

        try:
            # Letters beyond ASCII are escaped: nothing depends on the hook's locale.
            if (told := await facts()) is None:
                return
            given = dumps(told, separators=(",", ":")).encode("ascii") + b"\n"
            if self._over:
                raise HookEnded
            run = self._run = HookRun(self.command, given, self._ours, limit=self._limit, cwd=self._cwd)
            await in_own_thread(lambda breath: run.work())
        except HookFault as fault:
            self._failed(fault)
        except (HookEnded, StoreClosed, LocalError):
            # The program is being left, or the store cannot be read, of which others tell.
            self.missed += 1
        except Exception as error:
            # A mistake of ours with one thing keeps none of the next from the command.
            self.missed += 1
            report(error, "a hook")
        finally:
            if self._run is not None:
                # Also when the event loop is ended, and nobody waits for the thread.
                self._run.end()
            self._run = None

    def _failed(self, fault: HookFault) -> None:
        # A command that fails each time is one warning.
        grave = logging.INFO if fault.problem in self._told else logging.WARNING
        log.log(grave, "hook %s: %s", self._name, fault.problem.value)
        if fault.problem not in self._told:
            self._told.add(fault.problem)
            self._tell(HookFailed(hook=self._name, why=fault.why))

    def _tell_missed(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        self._pause = AGAIN
        if self.missed:
            missed, self.missed = self.missed, 0
            log.warning("hook %s: it was not run %d times", self._name, missed)
            self._tell(HookTooSlow(hook=self._name, count=missed))
