"""Limits of each kind of call: the time it may take, and the size of its answer.

The time is for the whole call: a server that sends a byte now and then keeps every other time-out waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from tui.services.http.httpx_import import httpx
from tui.wire.call import Pace

KIB: Final = 1024
MIB: Final = 1024 * 1024


class CallLimits(msgspec.Struct, frozen=True):
    """Limits of one kind of call.

    `connect`: seconds until there is a connection. `silence`: seconds without a byte in either direction. `whole`:
    seconds for the whole call, and one more for every `rate` bytes that move, so that a slow link is slow and a trickle
    comes to its end. `answer`: bytes of the answer once it is unpacked. `repeats`: how often a repeatable call is tried
    again after a break.
    """

    silence: float
    whole: float
    rate: int
    answer: int
    repeats: int = 2
    connect: float = 10


LIMITS: Final[dict[Pace, CallLimits]] = {
    Pace.CALL: CallLimits(silence=30, whole=60, rate=4 * KIB, answer=256 * KIB),
    # The server answers each poll within 25 to 30 s (PROTOCOL section 4): one that is silent for longer hangs on a
    # connection that died without a word, as routers let them.
    Pace.LONG_POLL: CallLimits(silence=40, whole=40, rate=4 * KIB, answer=128 * KIB, repeats=0),
    # The sync loop asks again by itself, with waits of its own.
    Pace.SYNC: CallLimits(silence=60, whole=90, rate=8 * KIB, answer=5 * MIB, repeats=0),
    Pace.LIST: CallLimits(silence=120, whole=150, rate=8 * KIB, answer=10 * MIB),
    # After the last part the server checks the whole file before it answers.
    Pace.UPLOAD: CallLimits(silence=120, whole=150, rate=KIB, answer=256 * KIB),
    # What is streamed to the disk has the limits of its file.
    Pace.MEDIA: CallLimits(silence=120, whole=150, rate=KIB, answer=MIB),
}
"""Ten MiB hold ten thousand contacts on one page, or fifty groups (as many as one call asks for) of five hundred
members: nine and eight MiB, with long names. News are fewer, and of each text several forms are held at once."""


class Deadline:
    """Deadline of a call, counted from its making; each byte that moves puts it off (`CallLimits.rate`)."""

    def __init__(self, limits: CallLimits) -> None:
        self._rate = limits.rate
        self._when = asyncio.get_running_loop().time() + limits.whole
        self._running: asyncio.Timeout | None = None

    def moved(self, count: int) -> None:
        """Put the deadline off for `count` bytes that came or left."""
        self._when += count / self._rate
        if self._running is not None and not self._running.expired():
            self._running.reschedule(self._when)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """End the work inside at the deadline. Raises `httpx.ReadTimeout` then."""
        timeout = asyncio.timeout_at(self._when)
        try:
            async with timeout as self._running:
                yield
        except TimeoutError:
            if timeout.expired():
                raise httpx.ReadTimeout("the whole call took too long") from None
            raise
        finally:
            self._running = None
