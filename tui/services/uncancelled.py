"""Writes that end, whoever is cancelled meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def whole(writing: Coroutine[Any, Any, T]) -> T:
    """Let a write end even when its caller is cancelled meanwhile: a row must not say “sending” for ever."""
    task = asyncio.ensure_future(writing)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
