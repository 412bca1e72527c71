"""Messages read in pages."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.fresh_store import fresh_store, run_example
from tests.support.sync_batches import Clock, at, batch, incoming, log
from tui.store.models import Place, StoredMessage
from tui.store.store import Store


async def forwards(store: Store, conversation_id: int, start: Place, limit: int) -> list[StoredMessage]:
    found: list[StoredMessage] = []
    while page := await store.messages_after(conversation_id, found[-1].place if found else start, limit):
        assert len(page) <= limit
        found += page
    return found


async def backwards(store: Store, conversation_id: int, limit: int) -> list[StoredMessage]:
    found: list[StoredMessage] = []
    while page := await store.messages_before(conversation_id, found[0].place if found else None, limit):
        assert len(page) <= limit
        found = page + found
    return found


@settings(max_examples=examples(60), deadline=None)
@given(seconds=st.lists(st.integers(-3, 3), max_size=12), limit=st.integers(1, 5))
def test_pages_of_any_size_give_the_log_once_and_in_order(seconds: list[int], limit: int) -> None:
    async def check() -> None:
        async with fresh_store() as store:
            messages = [incoming(str(n), seconds=second) for n, second in enumerate(seconds)]
            await store.apply(batch(*messages, incoming("other", chat="@ben")))
            conversation = await store.conversation_for("@ann")
            expected = [str(n) for n, _ in sorted(enumerate(seconds), key=lambda pair: pair[1])]
            newest_first = await backwards(store, conversation.id, limit)
            assert [message.msg_id for message in newest_first] == expected
            assert await forwards(store, conversation.id, Place(at(-10), 0), limit) == newest_first

    run_example(check)


async def test_pages_end_at_the_first_and_the_last_message(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1"), incoming("2"), incoming("3")))
    first, second, third = await log(store)
    there = first.conversation_id
    assert await store.messages_before(there, None, 2) == [second, third]
    assert await store.messages_before(there, second.place, 5) == [first]
    assert await store.messages_before(there, first.place, 5) == []
    assert await store.messages_after(there, second.place, 5) == [third]
    assert await store.messages_after(there, third.place, 5) == []
    assert await store.messages_before(there, None, 0) == await store.messages_before(there, None, -1) == []
    assert await store.messages_after(there, first.place, -1) == []
    assert sorted([third.place, first.place, second.place]) == [first.place, second.place, third.place]
