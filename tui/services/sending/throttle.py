"""Throttle: lets nothing leave for a while when the server wants fewer messages, or when there is no network."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from tui.errors import WxtuiError
from tui.services.util.retry import Backoff, too_fast
from tui.store.conversation_aliases import ConversationAliases

log = logging.getLogger("wxtui.sending")

HOLD_FIRST: Final = 60.0
HOLD_MOST: Final = 15 * 60.0
"""Seconds, each shortened by up to half at random: between 30 s and 60 s after the first "too fast" (PROTOCOL
section 5: sending again at once makes it worse), then twice as long each time, up to a quarter of an hour."""
PAUSE_MOST: Final = 60.0


class Hold(msgspec.Struct, frozen=True):
    """Nothing leaves between `since` and `until`, in the clock's seconds; `error` is why."""

    error: WxtuiError
    until: float
    since: float


PAUSE: Final = 1.0
"""Seconds between two messages for several receivers, where no setting is at hand."""


class Pace(msgspec.Struct, eq=False):
    """Pause between two messages of those that one person sends to several: only they wait, in their order.

    `jitter` is between 0 and 1: a pause lasts from 3/4 to 5/4 of `seconds`.
    """

    seconds: float
    jitter: Callable[[], float]
    clock: Callable[[], float] = time.monotonic
    _free: float = -math.inf
    _turn: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Let none of them leave meanwhile: all are written down before."""
        async with self._turn:
            yield

    async def wait(self) -> None:
        """Wait until the next of them may leave."""
        async with self._turn:
            left = self._free - self.clock()
            if left > 0:
                await asyncio.sleep(left)
            self._free = self.clock() + self.seconds * (0.75 + self.jitter() / 2)


class Throttle(msgspec.Struct, eq=False):
    """Holds and pauses of all conversations: limits, and networks, are those of an account and not of a conversation.

    After a hold or a pause messages leave one at a time until one has arrived: a client that was told to slow down, or
    that found no network, does not come back with everything at once. `clock` is monotonic, in seconds; `on_change`
    hears when a hold or a pause begins, and when it ends.
    """

    clock: Callable[[], float]
    on_change: Callable[[], None]
    holds: Backoff
    pauses: Backoff
    aliases: ConversationAliases
    _hold: Hold | None = None
    _pause: Hold | None = None
    _exempt: set[int] = msgspec.field(default_factory=set)
    _alone: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)
    _news: asyncio.Event = msgspec.field(default_factory=asyncio.Event)

    @property
    def hold(self) -> Hold | None:
        """The server wants fewer messages, until then."""
        return self._running(self._hold)

    @property
    def pause(self) -> Hold | None:
        """There is no connection, or no room on this machine's disk; the next try is then."""
        return self._running(self._pause)

    def _running(self, hold: Hold | None) -> Hold | None:
        return hold if hold is not None and hold.until > self.clock() else None

    # ---------------------------------------------------------------- what begins and ends a hold

    def refused(self, error: WxtuiError, began: float) -> None:
        """Begin a hold or a pause: a message that left at `began` came back with `error`.

        A message that was on its way when the hold began says nothing new.
        """
        now, slower = self.clock(), too_fast(error)
        known = self._hold if slower else self._pause
        if known is not None and began <= known.since:
            return
        self._exempt.clear()
        hold = Hold(error, now + (self.holds if slower else self.pauses).wait(), now)
        log.log(
            logging.WARNING if slower else logging.INFO, "nothing leaves for %.0f s: %s", hold.until - now, error.code
        )
        if slower:
            self._hold = hold
        else:
            self._pause = hold
        self._tell()

    def accepted(self, began: float) -> None:
        """End hold and pause: the server has taken a message that left at `began`, after they had begun."""
        if any(hold is not None and began <= hold.since for hold in (self._hold, self._pause)):
            return
        self._exempt.clear()
        self.holds.reset()
        self.pauses.reset()
        if self._hold is not None or self._pause is not None:
            self._hold = self._pause = None
            self._tell()

    def connected(self) -> None:
        """End a pause: the network or the session is back. What the server wants of us stays."""
        self.pauses.reset()
        if self._pause is not None:
            self._pause = None
            self._tell()

    def exempt(self, conversation_id: int) -> None:
        """Let the next message of a conversation leave in spite of hold and pause: a person wants to try now."""
        if self.hold is not None or self.pause is not None:
            self._exempt.add(self.aliases.current(conversation_id))
            self._wake()

    # ---------------------------------------------------------------- waiting for its end

    async def wait(self, conversation_id: int) -> bool:
        """Wait until a message of this conversation may leave; return False if it may at once."""
        waited = False
        while (seconds := self._seconds_left(conversation_id)) > 0:
            waited, news = True, self._news
            try:
                async with asyncio.timeout(seconds):
                    await news.wait()
            except TimeoutError:
                self.on_change()
        return waited

    def _seconds_left(self, conversation_id: int) -> float:
        """Return 0 when nothing is held back."""
        if self.aliases.current(conversation_id) in self._exempt:
            return 0.0
        untils = [hold.until for hold in (self._hold, self._pause) if hold is not None]
        return max(0.0, max(untils, default=0.0) - self.clock())

    @asynccontextmanager
    async def leaving(self, conversation_id: int) -> AsyncIterator[bool]:
        """Hold this while a message leaves: until one has arrived after a hold, messages leave one at a time.

        Gives False when another hold has begun meanwhile, and the message has to `wait` again.
        """
        if not (self.holds.tries or self.pauses.tries):
            yield True
            return
        async with self._alone:
            free = self._seconds_left(conversation_id) <= 0
            if free:
                self._exempt.discard(self.aliases.current(conversation_id))
            yield free

    def _tell(self) -> None:
        self._wake()
        self.on_change()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
