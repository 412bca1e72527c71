"""Maintenance of the store while a program that stays runs: old messages go, and the file is checked when it is due.

`keep` of the settings, in days: what is older goes when such a program has its session, and once a day. "nothing":
messages are in the file only while such a program runs, for its log, its search and its revokes; they go when it ends,
and when it was killed, when the next one has its session. What a command wrote on its own (`send`, with nothing else
running) goes then, too. What is overwritten, what stays: see `tui.store.tables.retention`.

Only the owner of the profile does this: no messages go while another process reads them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NoReturn

from tui.config.settings import Keep
from tui.kept_screen import keeping
from tui.services.util.background import persistent, spawn
from tui.store.store import Store

_LOOK: Final = 600.0
"""Seconds between two looks at the clock: a machine that was suspended does not count its days by sleeping."""
_SOON: Final = 0.2
"""Seconds between two looks whether the server has told its time."""
_BREATH: Final = 0.05
"""Seconds between two looks at old messages, each of some milliseconds: a key comes first."""
_DAY: Final = timedelta(days=1)


class Maintenance:
    """Looks after one store from `begin` to `end`; a failure of that is told, and ends nothing."""

    def __init__(self, store: Store, keep: Keep, now: Callable[[], datetime | None]) -> None:
        """`now` gives None until the time is known for sure."""
        self._store = store
        self._keep = keep
        self._now = now
        self._task: asyncio.Task[NoReturn] | None = None

    def begin(self) -> None:
        """Look after the store from now on; again does nothing."""
        if self._task is None:
            self._task = spawn(persistent(self._run, "looking after the store"), "maintenance")

    async def end(self) -> None:
        """Stop, and remove what is to be kept only while a program runs."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
            if self._keep == "nothing":
                await self._store.remove_before(None)

    async def _run(self) -> NoReturn:
        store = self._store
        if self._keep == "nothing":
            keeping.drop(store.folder)
            await store.remove_before(None)
        if store.check_due:
            await store.check()
        while await store.look_back():  # noqa: ASYNC110 - it works, and waits for nothing
            await asyncio.sleep(_BREATH)
        last = await self._known()
        await self._remove_old(last)
        while True:
            await asyncio.sleep(_LOOK)
            # Also after a clock that was set back: then the day is over when it says so.
            time = await self._known()
            if not timedelta() <= time - last < _DAY:
                last = time
                await self._remove_old(last)
                await store.check()

    async def _known(self) -> datetime:
        while (time := self._now()) is None:  # noqa: ASYNC110 - any answer of the server may bring it
            await asyncio.sleep(_SOON)
        return time

    async def _remove_old(self, now: datetime) -> None:
        if self._keep == "nothing":
            return
        if self._keep != "all":
            # A screen without a message on it would stay for ever.
            keeping.drop_before(self._store.folder, now.timestamp() - self._keep * _DAY.total_seconds())
        await tidy(self._store, self._keep, now)


async def tidy(store: Store, keep: Keep, now: datetime) -> int:
    """Remove messages that are not to be kept, and return how many."""
    if keep == "all":
        return 0
    try:
        return await store.remove_before(None if keep == "nothing" else now - timedelta(days=keep))
    except OverflowError:
        return 0  # before the beginning of time
