"""Deadline of a whole call: a server that sends a byte now and then keeps every other time-out waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tui.services.http.httpx_import import httpx
from tui.services.http.limits import CallLimits


class Deadline:
    """Deadline that begins when it is made. Bytes that move put it off, by what `CallLimits.rate` says."""

    def __init__(self, limits: CallLimits) -> None:
        self._rate = limits.rate
        self._when = asyncio.get_running_loop().time() + limits.whole
        self._running: asyncio.Timeout | None = None

    def moved(self, count: int) -> None:
        """Note that so many bytes came or left."""
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
