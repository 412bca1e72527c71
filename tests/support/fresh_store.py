"""A store of its own for every example of a property test, in a loop of its own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.sync_batches import ME, UIN, Clock, keys
from tui.store.store import Store


@asynccontextmanager
async def fresh_store() -> AsyncIterator[Store]:
    with tempfile.TemporaryDirectory() as directory:
        async with await Store.open(Path(directory) / "store.db", clock=Clock()) as store:
            await store.begin_login(ME, UIN, keys(0))
            yield store


def run_example(check: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await check()

    asyncio.run(main())
