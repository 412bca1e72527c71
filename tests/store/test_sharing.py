"""Several processes on one file: as two stores in this one, and as a real second one."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.support.sync_batches import ME, UIN, Clock, batch, incoming, keys, log, texts, write
from tui.store.store import Store

ROOT = Path(__file__).parents[2]

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from tui.store.store import Store
from tui.wire.bodies import Text

async def main() -> None:
    async with await Store.open(Path(sys.argv[1]), clock=lambda: datetime.now(UTC)) as store:
        conversation = await store.conversation_for("@ann")
        for number in range(20):
            await store.add_outgoing(
                conversation_id=conversation.id, to_user_name="@ann", client_msg_id=str(number), body=Text(f"p{number}")
            )

asyncio.run(main())
"""


async def test_what_one_commits_the_other_reads(store: Store, path: Path, clock: Clock) -> None:
    async with await Store.open(path, clock=clock) as other:
        message = await write(other)
        assert await log(store) == [message]
        await store.apply(batch(incoming("1"), number=3))
        assert await other.keys() == keys(3)
        await other.begin_login(ME, UIN, keys(9))
        assert await store.keys() == keys(9)


async def test_two_write_at_once_and_nothing_is_lost(store: Store, path: Path, clock: Clock) -> None:
    async with await Store.open(path, clock=clock) as other:
        both = [incoming(str(n), f"{n}") for n in range(30)]
        fresh = await asyncio.gather(*(s.apply(batch(message)) for message in both for s in (store, other)))
        assert sum(map(len, fresh)) == 30, "each is new to exactly one of them"
        assert sorted(await texts(store), key=int) == [str(n) for n in range(30)]
        assert (await other.conversation_for("@ann")).unread == 30


async def test_many_open_a_new_file_at_once(path: Path, clock: Clock) -> None:
    stores = await asyncio.gather(*(Store.open(path, clock=clock) for _ in range(6)))
    await stores[0].begin_login(ME, UIN, keys(2))
    assert [await store.keys() for store in stores] == [keys(2)] * 6
    for store in stores:
        await store.close()


async def test_a_second_process(store: Store, path: Path) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(path), cwd=ROOT)
    for number in range(20):
        await store.apply(batch(incoming(str(number), f"s{number}"), number=number))
    assert await asyncio.wait_for(process.wait(), 60) == 0
    stored = await texts(store)
    assert sorted(stored) == sorted([f"p{n}" for n in range(20)] + [f"s{n}" for n in range(20)])
    assert [text for text in stored if text.startswith("s")] == [f"s{n}" for n in range(20)]
