"""Shield for writes: they end, whoever is cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from tui.services.util.background import child

T = TypeVar("T")


async def whole(writing: Coroutine[Any, Any, T]) -> T:
    """Let a write end even when its caller is cancelled meanwhile: a row must not say “sending” for ever."""
    task = child(writing)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
