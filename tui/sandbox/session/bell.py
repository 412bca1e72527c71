"""Bell for which long polls wait."""

from __future__ import annotations

import asyncio


class Bell:
    """Wakes all that wait for it now, and none that come later."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait now."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait(self, seconds: float) -> bool:
        """Wait until the bell rings; return False when `seconds` are over."""
        event = self._event
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True
