"""httpcore without anyio, of which it uses a lock and an event: asyncio has both.

anyio costs 2 MB and 40 ms, and its lock lets all other tasks run at each of the eight times that a call takes one. What
httpcore uses of it otherwise, which is nothing that this program does, it still gets.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from types import ModuleType
from typing import Any

_NAME = "anyio"


class _AsyncioInstead(ModuleType):
    Lock = asyncio.Lock
    Event = asyncio.Event

    @staticmethod
    def CancelScope(*, shield: bool) -> AbstractContextManager[None]:
        """Return what does nothing: anyio's shield keeps off anyio's cancellations, and here all are asyncio's."""
        return nullcontext()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(_NAME), name)


if "httpcore" not in sys.modules and _NAME not in sys.modules:
    sys.modules[_NAME] = _AsyncioInstead(_NAME)
    try:
        import httpcore as httpcore
    finally:
        del sys.modules[_NAME]
else:
    import httpcore as httpcore
