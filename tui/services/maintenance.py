"""Looking after the store while a program that stays runs: old messages go, and the file is checked when it is due.

`keep` of the settings, in days: what is older goes when such a program has its session, and once a day. "nothing":
messages are in the file only while such a program runs, for its log, its search and its revokes; they go when it ends,
and when it was killed, when the next one has its session. What a command wrote on its own (`send`, with nothing else
running) goes then, too. What is overwritten, what stays: see `tui.store.tables.retention`.

Only the owner of the profile does this: nobody else's messages go while they are read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, NoReturn

from tui.config import Keep
from tui.services.util.background import persistent, spawn
from tui.store.store import Store

_LOOK: Final = 600.0
"""Seconds between two looks at the clock: a machine that was suspended does not count its days by sleeping."""
_SOON: Final = 0.2
"""Seconds between two looks whether the server has told its time."""
_DAY: Final = timedelta(days=1)


async def look_after(store: Store, keep: Keep, now: Callable[[], datetime | None]) -> NoReturn:
    """Look after the store until cancelled. `now` gives None until the time is known for sure.

    Raises `StoreBroken` when the file turns out to be damaged, `HomeUnusable`.
    """
    if keep == "nothing":
        await store.remove_before(None)
    if store.check_due:
        await store.check()
    last = await _known(now)
    await _let_old_go(store, keep, last)
    while True:
        await asyncio.sleep(_LOOK)
        # Also after a clock that was set back: then the day is over when it says so.
        time = await _known(now)
        if not timedelta() <= time - last < _DAY:
            last = time
            await _let_old_go(store, keep, last)
            await store.check()


async def _known(now: Callable[[], datetime | None]) -> datetime:
    while (time := now()) is None:  # noqa: ASYNC110 - any answer of the server may bring it
        await asyncio.sleep(_SOON)
    return time


async def _let_old_go(store: Store, keep: Keep, now: datetime) -> None:
    if keep != "nothing":
        await tidy(store, keep, now)


async def tidy(store: Store, keep: Keep, now: datetime) -> int:
    """Let go of what is not to be kept; how many messages."""
    if keep == "all":
        return 0
    try:
        return await store.remove_before(None if keep == "nothing" else now - timedelta(days=keep))
    except OverflowError:
        return 0  # before the beginning of time


async def leave(store: Store, keep: Keep) -> None:
    """At the end of a program that stays."""
    if keep == "nothing":
        await store.remove_before(None)


@asynccontextmanager
async def kept(store: Store, keep: Keep, now: Callable[[], datetime | None]) -> AsyncIterator[None]:
    """Look after the store meanwhile, and `leave`. What goes wrong with that is told, and ends nothing."""
    looking = spawn(persistent(lambda: look_after(store, keep, now), "looking after the store"), "keeping")
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait({looking})
        await leave(store, keep)
