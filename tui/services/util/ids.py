"""Clock and chance, in one place so that tests can replace both."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime


class Ids:
    """Clock, and source of every id that the protocol wants from a client."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()
        self._last = 0
        self._last_media = 0

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC)

    def now_ms(self) -> int:
        """Return the time in milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def client_msg_id(self) -> str:
        """Return 17 digits, time first, unique in this process even when the clock stands still or jumps back."""
        candidate = self.now_ms() * 10_000 + self._random.randrange(10_000)
        self._last = max(candidate, self._last + 1)
        return str(self._last)

    def client_media_id(self) -> int:
        """Return 13 digits, the time in ms (seed 上传文件); unique here: the id says which parts are one file."""
        self._last_media = max(self.now_ms(), self._last_media + 1)
        return self._last_media

    def device_id(self) -> str:
        """Return `e` and 15 digits (seed, BaseRequest)."""
        return f"e{self._random.randrange(10**15):015}"

    def boundary(self) -> str:
        """Return a multipart boundary as browsers make it; its 96 bits do not occur in a file by chance."""
        return f"----WebKitFormBoundary{self._random.getrandbits(96):024x}"

    def random4(self) -> str:
        """Return the `random` of File Transfer's uploads."""
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=4))

    def jitter(self) -> float:
        """Return a number between 0 and 1, for waits."""
        return self._random.random()
