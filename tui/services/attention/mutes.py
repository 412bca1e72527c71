"""Mutes for a time: what `8h` and `until 18:00` mean, and the one timer that ends them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final

from tui.errors import Phrase, UsageError
from tui.services.util.background import persistent, spawn
from tui.store.store import Store

_UNITS: Final = {
    **dict.fromkeys(("d", "day", "days", "天", "日"), timedelta(days=1)),
    **dict.fromkeys(("h", "hour", "hours", "小时", "个小时", "时"), timedelta(hours=1)),
    **dict.fromkeys(("m", "min", "minute", "minutes", "分钟", "分"), timedelta(minutes=1)),
}
_PART: Final = r"(\d{1,6})\s*([a-z]+|[\u4e00-\u9fff]+)\s*"
_UNTIL: Final = r"(?:until|till|til|to|直到|到|至)?\s*(\d{1,2})[:：](\d{2})"
_LONGEST: Final = timedelta(days=366)
LOOK: Final = 300.0
"""Seconds from one look at the clock to the next while a mute runs: a machine that slept has no timer that knows it."""


def mute_end(text: str, now: datetime) -> datetime:
    """Return when a mute ends that begins `now`: `8h`, `30m`, `2d`, `1h30m`, `until 18:00`. Raises `UsageError`."""
    wanted = text.strip().lower()
    if (clock := re.fullmatch(_UNTIL, wanted, re.ASCII)) is not None:
        hour, minute = map(int, clock.groups())
        if hour < 24 and minute < 60:
            return _next_at(time(hour, minute), now)
    elif re.fullmatch(f"(?:{_PART})+", wanted, re.ASCII):
        parts = re.findall(_PART, wanted, re.ASCII)
        if all(unit in _UNITS for _count, unit in parts):
            lasts = sum((int(count) * _UNITS[unit] for count, unit in parts), timedelta())
            if timedelta() < lasts <= _LONGEST:
                return now + lasts
            raise UsageError(why=Phrase("A mute lasts from a minute to a year; without a time it has no end."))
    raise UsageError(why=Phrase("“{text}” is not a time. Give one like 8h, 30m, 2d or until 18:00.", text=text[:40]))


def _next_at(shown: time, now: datetime) -> datetime:
    """Return when a clock on the wall shows this time next: twice in the night in which it is set back.

    A time that is left out in spring is taken for the one an hour later.
    """
    here = now.astimezone()
    found: list[datetime] = []
    for days in (0, 1):
        wall = datetime.combine(here.date() + timedelta(days=days), shown)
        both = [wall.replace(fold=fold).astimezone() for fold in (0, 1)]
        found += [one for one in both if one.time() == shown] or [max(both)]
    return min(one for one in found if one > now)


class MuteTimer:
    """Ends mutes whose time is over. Without any there is no timer; after a start it finds those of before."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None
        self._wanted = self._closed = False

    def look(self) -> None:
        """End what is over, and wait for the next end; to be called when a mute began or changed."""
        self._wanted = True
        if not self._closed and (self._looking is None or self._looking.done()):
            self._looking = spawn(persistent(self._look, "ending mutes"), "ending mutes")

    async def _look(self) -> None:
        next_end: datetime | None = None
        while self._wanted:
            self._wanted = False
            next_end = await self._store.end_mutes()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if next_end is not None:
            seconds = (next_end - self._clock()).total_seconds()
            self._timer = asyncio.get_running_loop().call_later(min(max(seconds, 0.05), LOOK), self.look)

    async def close(self) -> None:
        """Stop waiting; mutes that end meanwhile are found at the next start."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        if self._timer is not None:
            self._timer.cancel()
