"""Shield for writes: they end, whoever is cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from tui.services.util.background import child

T = TypeVar("T")


async def whole(writing: Coroutine[Any, Any, T]) -> T:
    """Let a write end even when its caller is cancelled meanwhile, however often: no row may say “sending” for ever.

    Raises what the write raises, else `CancelledError` when the caller was cancelled.
    """
    task, cancelled = child(writing), False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    result = task.result()
    if cancelled:
        raise asyncio.CancelledError
    return result
