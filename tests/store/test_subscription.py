"""The stream of changes: every subscriber gets all of them, in the order of commits."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.sync_batches import ANN, ME, START, UIN, Clock, batch, drain, incoming, keys
from tui.store.changes import ContactsChanged, ConversationsChanged, MessagesAdded
from tui.store.store import Store


async def test_everyone_gets_everything_in_the_order_of_commits(store: Store) -> None:
    first = store.subscribe()
    await store.save_contacts([ANN])
    second = store.subscribe()
    await asyncio.gather(*(store.apply(batch(incoming(str(n)), number=n)) for n in range(20)))
    added = [change for change in await drain(first) if isinstance(change, MessagesAdded)]
    assert [change.messages[0].msg_id for change in added] == [str(n) for n in range(20)]
    assert [change for change in await drain(second) if isinstance(change, MessagesAdded)] == added


async def test_a_change_is_there_before_the_call_returns_and_can_be_read(store: Store) -> None:
    with store.subscribe() as changes:
        await store.save_contacts([ANN])
        assert await asyncio.wait_for(anext(changes), 5) == ContactsChanged()
        assert await store.contact("@ann") == ANN


async def test_a_waiting_reader_wakes_on_the_loops_thread(store: Store) -> None:
    threads: list[threading.Thread] = []

    async def read() -> None:
        async for _ in changes:
            threads.append(threading.current_thread())

    changes = store.subscribe()
    reader = asyncio.create_task(read())
    await store.conversation_for("@ann")
    changes.close()
    await asyncio.wait_for(reader, 5)
    assert threads == [threading.current_thread()]


async def test_close_ends_after_what_is_queued(store: Store) -> None:
    changes = store.subscribe()
    line = await store.conversation_for("@ann")
    changes.close()
    changes.close()
    await store.conversation_for("@ben")
    assert [change async for change in changes] == [ConversationsChanged((line.id,))]
    with pytest.raises(StopAsyncIteration):
        await anext(changes)


async def test_closing_the_store_ends_every_subscription(path: Path, clock: Clock) -> None:
    store = await Store.open(path, clock=clock)
    changes = store.subscribe()
    await store.begin_login(ME, UIN, keys(0))
    await store.close()
    assert [change async for change in changes] == [ContactsChanged()]


async def test_a_cancelled_write_that_runs_is_done_and_told(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow_clock() -> datetime:
        begun.set()
        assert go_on.wait(10)
        return START

    store._clock = slow_clock
    changes = store.subscribe()
    task = asyncio.create_task(store.apply(batch(incoming("1"))))
    assert await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    stored = await store.message("1")
    assert stored is not None
    assert MessagesAdded(stored.conversation_id, (stored,)) in await drain(changes)
