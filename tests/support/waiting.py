"""Waiting for what happens beside a test: on the loop, in a thread, in another process."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable


async def until(true: Callable[[], object | Awaitable[object]], seconds: float = 30) -> None:
    """Look again and again, until it is so. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(0.005)
