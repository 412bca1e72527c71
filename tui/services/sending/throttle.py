"""Whether anything may leave now: shut for a while by a server that wants us slower, or by a network that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from tui.errors import WxtuiError
from tui.services.sending.outcome import too_fast
from tui.services.util.retry import Backoff

HOLD_FIRST: Final = 60.0
HOLD_MOST: Final = 15 * 60.0
"""Seconds, each shortened by up to half at random: between 30 s and 60 s after the first "too fast" (PROTOCOL
section 5: sending again at once makes it worse), then twice as long each time, up to a quarter of an hour."""
PAUSE_MOST: Final = 60.0


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing leaves before `until`, in the clock's seconds; `error` is why."""

    error: WxtuiError
    until: float
    since: float


class Throttle:
    """One for all conversations: limits, and networks, are one account's and not one conversation's.

    After it was shut things go one at a time until one has arrived: who was told to slow down, or finds nobody, does
    not come back with everything at once. `clock` is monotonic, in seconds; `on_change` hears when it shuts and opens.
    """

    def __init__(
        self, clock: Callable[[], float], on_change: Callable[[], None], holds: Backoff, pauses: Backoff
    ) -> None:
        self._clock = clock
        self._on_change = on_change
        self._holds = holds
        self._pauses = pauses
        self._hold: Hold | None = None
        self._pause: Hold | None = None
        self._let: set[int] = set()
        self._into: dict[int, int] = {}
        self._alone = asyncio.Lock()
        self._news = asyncio.Event()

    @property
    def hold(self) -> Hold | None:
        """The server wants us slower, until then."""
        return self._running(self._hold)

    @property
    def pause(self) -> Hold | None:
        """There is no connection, or no room on this machine's disk; it is tried again then."""
        return self._running(self._pause)

    def _running(self, shut: Hold | None) -> Hold | None:
        return shut if shut is not None and shut.until > self._clock() else None

    # ---------------------------------------------------------------- what shuts and opens it

    def shut(self, error: WxtuiError, began: float) -> None:
        """Something that left at `began` was refused: nothing more leaves for a while.

        What was on its way already when it shut says nothing new.
        """
        now, slower = self._clock(), too_fast(error)
        known = self._hold if slower else self._pause
        if known is not None and began <= known.since:
            return
        self._let.clear()
        shut = Hold(error, now + (self._holds if slower else self._pauses).wait(), now)
        if slower:
            self._hold = shut
        else:
            self._pause = shut
        self._tell()

    def arrived(self, began: float) -> None:
        """The server has taken what left at `began`: whatever was wrong before is over."""
        if any(shut is not None and began <= shut.since for shut in (self._hold, self._pause)):
            return
        self._let.clear()
        self._holds.reset()
        self._pauses.reset()
        if self._hold is not None or self._pause is not None:
            self._hold = self._pause = None
            self._tell()

    def connected(self) -> None:
        """The network or the session is back; what the server wants of us stays."""
        self._pauses.reset()
        if self._pause is not None:
            self._pause = None
            self._tell()

    def let(self, conversation_id: int) -> None:
        """A person wants to try now: the next one of this conversation passes, once."""
        if self.hold is not None or self.pause is not None:
            self._let.add(self._now(conversation_id))
            self._wake()

    def merge(self, gone: int, into: int) -> None:
        """A conversation has become a part of another one; who waits here may still ask for it by its old id."""
        self._into[gone] = into

    def _now(self, conversation_id: int) -> int:
        while conversation_id in self._into:
            conversation_id = self._into[conversation_id]
        return conversation_id

    # ---------------------------------------------------------------- passing it

    async def passed(self, conversation_id: int) -> bool:
        """Wait until it is open for this conversation; False if it was open at once."""
        waited = False
        while (seconds := self._shut_for(conversation_id)) > 0:
            waited, news = True, self._news
            try:
                async with asyncio.timeout(seconds):
                    await news.wait()
            except TimeoutError:
                self._on_change()
        return waited

    def _shut_for(self, conversation_id: int) -> float:
        """The seconds that are left; 0 when it is open."""
        if self._now(conversation_id) in self._let:
            return 0.0
        untils = [shut.until for shut in (self._hold, self._pause) if shut is not None]
        return max(0.0, max(untils, default=0.0) - self._clock())

    @asynccontextmanager
    async def going(self, conversation_id: int) -> AsyncIterator[bool]:
        """Go, alone while nothing has arrived since it was shut. Gives False when it has been shut meanwhile."""
        if not (self._holds.tries or self._pauses.tries):
            yield True
            return
        async with self._alone:
            free = self._shut_for(conversation_id) <= 0
            if free:
                self._let.discard(self._now(conversation_id))
            yield free

    def _tell(self) -> None:
        self._wake()
        self._on_change()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
