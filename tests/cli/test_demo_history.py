"""The past that `wxtui demo --history N` makes: as many messages as were asked for, where the program finds them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.sync_batches import save_whole_list
from tui.cli.commands.demo_history import fill
from tui.store.db.opening import open_connection
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.sync import SyncKeys

ME = Contact("@me", "林小满", kind=ContactKind.SELF)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GROUP = Contact("@@group", "项目群", kind=ContactKind.GROUP, members=(Member("@1", "张三"), Member("@2", "李四")))
PEOPLE = [Contact(f"@{number}", f"人{number}") for number in range(40)]


async def stocked(file: Path, count: int, seed: int) -> dict[str, list[StoredMessage]]:
    """Conversation → its messages, as the program reads them."""
    async with await Store.open(file, clock=lambda: NOW) as store:
        await store.begin_login(ME, "123", SyncKeys((), ()))
        await save_whole_list(store, [ME, *PEOPLE, GROUP])
    connection = open_connection(file, 1)
    connection.execute("BEGIN IMMEDIATE")
    fill(connection, count, seed, NOW)
    connection.execute("COMMIT")
    connection.close()
    async with await Store.open(file, clock=lambda: NOW) as store:
        found = {}
        for one in await store.conversations():
            messages = await store.messages_before(one.id, None, count)
            assert one.last == (messages[-1] if messages else None)
            assert one.unread == 0
            found[one.name] = messages
        return found


@pytest.mark.parametrize("count", [1, 40, 41, 500])
async def test_there_are_as_many_as_wanted_and_everybody_has_one(tmp_path: Path, count: int) -> None:
    found = await stocked(tmp_path / "a.sqlite3", count, 1)
    assert sum(map(len, found.values())) == count
    assert len(found) == min(count, 41)
    assert all(found.values())


async def test_one_conversation_is_long_and_its_members_talk(tmp_path: Path) -> None:
    found = await stocked(tmp_path / "a.sqlite3", 600, 1)
    group = found["项目群"]
    assert len(group) > 200
    assert {message.sender for message in group} == {"@me", "@1", "@2"}
    assert all(message.mine == (message.sender == "@me") for message in group)
    assert [message.place for message in group] == sorted(message.place for message in group)
    assert group[-1].time < NOW
    assert len({message.msg_id for messages in found.values() for message in messages}) == 600


async def test_the_same_seed_is_the_same_past(tmp_path: Path) -> None:
    first, again, other = [
        await stocked(tmp_path / name, 200, seed)
        for name, seed in (("a.sqlite3", 5), ("b.sqlite3", 5), ("c.sqlite3", 6))
    ]
    assert first == again
    assert first != other
