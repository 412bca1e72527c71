"""Old messages are deleted, and what is still needed is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.query_plans import Plans, whole_tables
from tests.support.search_index import assert_in_step
from tests.support.store_files import run_sql
from tests.support.sync_batches import (
    ANN,
    TEAM,
    UIN,
    Clock,
    at,
    batch,
    drain,
    incoming,
    keys,
    log,
    lose,
    send,
    texts,
    write,
)
from tui.store.changes import MessagesRemoved
from tui.store.delivery_state import DeliveryEvent
from tui.store.models import ExportedMessage
from tui.store.store import Store
from tui.store.tables import retention
from tui.wire.bodies import File
from tui.wire.contacts import Contact, ContactKind, Member

E = DeliveryEvent


async def old_and_new(store: Store) -> None:
    await store.apply(batch(*(incoming(str(n), f"旧 {n}", seconds=n) for n in range(10)), changed=(ANN,)))
    await store.apply(batch(*(incoming(str(n), f"新 {n}", seconds=1000 + n) for n in range(10, 15))))


@pytest.mark.parametrize("size", [200, 3])
async def test_what_is_older_goes(store: Store, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", size)
    await old_and_new(store)
    assert await store.remove_before(at(1000)) == 10
    assert await texts(store) == [f"新 {n}" for n in range(10, 15)]
    assert await store.search("旧") == []
    assert len(await store.search("新")) == 5
    await assert_in_step(store)
    assert await store.remove_before(at(1000)) == 0


async def test_what_waits_or_is_unsure_stays_however_old(store: Store, clock: Clock) -> None:
    await old_and_new(store)
    pending = await write(store, "to be sent", client_msg_id="1")
    sending = await write(store, "being sent", client_msg_id="2")
    await store.move(sending.id, E.START)
    unknown = await lose(store, "perhaps")
    sent = await send(store, "sent", msg_id="901")
    failed = await write(store, "failed", client_msg_id="3")
    await store.move(failed.id, E.REFUSED, reason="no")
    await store.set_draft(pending.conversation_id, "half a sen")
    changes = store.subscribe()
    await store.remove_before(None)
    assert {message.id for message in await log(store)} == {pending.id, sending.id, unknown.id}
    assert {message.state for message in await log(store)} == set(retention.KEPT)
    conversation = await store.conversation(pending.conversation_id)
    assert conversation.draft == "half a sen"
    assert conversation.last is not None
    assert conversation.last.id == unknown.id
    gone = [
        number
        for change in await drain(changes)
        if isinstance(change, MessagesRemoved)
        for number in change.message_ids
    ]
    assert {sent.id, failed.id} <= set(gone)
    assert len(gone) == 17


async def test_an_emptied_conversation_stays_in_the_list(store: Store) -> None:
    await old_and_new(store)
    await store.remove_before(None)
    (conversation,) = await store.conversations()
    assert (conversation.last, conversation.unread, conversation.name) == (None, 0, "Ann")
    await store.apply(batch(incoming("99", "again", seconds=5)))
    assert await texts(store) == ["again"]


def contents(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


async def test_nothing_of_it_is_left_on_the_disk(path: Path, store: Store) -> None:
    await store.apply(batch(*(incoming(str(n), f"Geheimnis{n} " + "x" * 300, seconds=n) for n in range(500))))
    await store.apply(batch(incoming("1000", File("geheimnis-plan.pdf", 4), seconds=600)))
    assert b"geheimnis" in contents(path).lower()
    assert await store.remove_before(None) == 501
    assert b"geheimnis" not in contents(path).lower()


async def test_removing_walks_an_index(store: Store) -> None:
    await old_and_new(store)
    async with Plans(store) as plans:
        await store.remove_before(at(1000))
    steps = await plans.steps()
    whole = [step for step in whole_tables(steps) if not step.startswith(("SCAN search", "SCAN main.sqlite_master"))]
    assert whole == []
    assert any("USING INDEX message_time (time_ms<?)" in step for step in steps)


# ---------------------------------------------------------------- export


async def exported(store: Store, conversation_id: int | None = None, page: int = 500) -> list[ExportedMessage]:
    return [named async for found in store.export(conversation_id, page=page) for named in found]


async def test_everything_is_exported_with_the_names_of_its_login(store: Store, clock: Clock) -> None:
    team = Contact(
        "@@team", nick_name="项目群", kind=ContactKind.GROUP, members=(Member("@ann", "安安"), Member("@ben"))
    )
    await store.apply(batch(incoming("1", "hello"), changed=(ANN, team)))
    await store.apply(batch(incoming("2", "in the group", chat="@@team", seconds=1)))
    await run_sql(store, "UPDATE message SET sender = '@ann' WHERE msg_id = '2'")
    await send(store, "mine")
    clock.pass_(3600)
    await store.begin_login(Contact("@me2", kind=ContactKind.SELF), UIN, keys(5))
    await store.apply(batch(incoming("3", "later", chat="@x", seconds=4000), changed=(Contact("@x", nick_name="Xu"),)))
    found = await exported(store)
    assert [(one.chat, one.sender, getattr(one.message.body, "text", "")) for one in found] == [
        ("Ann", "Ann", "hello"),
        ("Ann", "", "mine"),
        ("项目群", "安安", "in the group"),
        ("Xu", "Xu", "later"),
    ]
    assert await exported(store, page=1) == found
    assert await exported(store, found[0].message.conversation_id) == found[:2]
    assert await store.named([found[2].message]) == [found[2]]


async def test_an_empty_store_exports_nothing(fresh: Store) -> None:
    assert await exported(fresh) == []


async def test_exporting_walks_indexes(store: Store) -> None:
    await store.save_contacts([ANN, TEAM])
    await old_and_new(store)
    await store.apply(batch(incoming("77", "in the group", chat="@@team")))
    async with Plans(store) as plans:
        await exported(store, page=4)
    steps = whole_tables(await plans.steps())
    assert [step.split(" <- ")[1] for step in steps] == ["SELECT id FROM conversation ORDER BY id"]
