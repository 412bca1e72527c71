"""Work that several wait for and that is done once; when none of them waits any more, it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

from tui.services.util.background import child

T = TypeVar("T")


class SharedWork(Generic[T]):
    """Tasks that run, each under a key."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[T]] = {}
        self._waiting: dict[asyncio.Task[T], int] = {}

    async def result(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return or raise what `work` does, or the work that runs under this key already."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = child(work())
            self._waiting[task] = 0
        self._waiting[task] += 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[task] -= 1
            if not self._waiting[task]:
                del self._waiting[task]
                if self._tasks.get(key) is task:
                    del self._tasks[key]
                task.cancel()

    async def close(self) -> None:
        """End all of it."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
