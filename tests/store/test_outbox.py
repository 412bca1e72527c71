"""The outbox: what outlives a dead process, what is called unknown, and to whom it goes after another login."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.query_plans import Plans, whole_tables
from tests.support.sync_batches import FILEHELPER, ME, UIN, Clock, at, batch, drain, incoming, keys, log
from tui.store.changes import MessageChanged
from tui.store.delivery_state import DeliveryEvent, DeliveryState, ImpossibleStep
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.bodies import File, Text
from tui.wire.contacts import Contact, ContactKind

E, S = DeliveryEvent, DeliveryState


async def put(
    store: Store, text: str = "hi", *, to: str = "@ann", queued: bool = True, events: tuple[E, ...] = ()
) -> StoredMessage:
    conversation = await store.conversation_for(to)
    row = await store.add_outgoing(
        conversation_id=conversation.id, to_user_name=to, client_msg_id="1", body=Text(text), queued=queued
    )
    for event in events:
        row = await store.move(row.id, event)
    return row


async def test_repair_tells_the_truth_about_what_a_dead_process_left(store: Store) -> None:
    waits = await put(store, "waits")
    lost = await put(store, "lost", events=(E.START,))
    command = await put(store, "of a command", queued=False)
    left = await put(store, "left", queued=False, events=(E.START,))
    sent = await put(store, "sent", events=(E.START, E.ACCEPTED))
    going_back = await put(store, "going back", events=(E.START, E.ACCEPTED, E.REVOKE_START))
    changes = store.subscribe()
    await store.repair()
    found = {row.id: (row.state, row.reason) for row in await log(store)}
    assert found == {
        waits.id: (S.PENDING, ""),
        lost.id: (S.UNKNOWN, "Interrupted"),
        command.id: (S.CANCELLED, "Interrupted"),
        left.id: (S.UNKNOWN, "Interrupted"),
        sent.id: (S.SENT, ""),
        going_back.id: (S.REVOKE_UNKNOWN, "Interrupted"),
    }
    told = [change.message.id for change in await drain(changes) if isinstance(change, MessageChanged)]
    assert sorted(told) == [lost.id, command.id, left.id, going_back.id]


async def test_a_second_repair_finds_nothing(store: Store) -> None:
    await put(store, events=(E.START,))
    await put(store)
    await put(store, queued=False)
    await store.repair()
    before = await log(store)
    changes = store.subscribe()
    await store.repair()
    assert await log(store) == before
    assert await drain(changes) == []


async def test_repair_finds_what_sync_had_brought_back_already(store: Store) -> None:
    row = await put(store, "hi", events=(E.START,))
    await store.apply(batch(incoming("900", "hi", mine=True, seconds=1)))
    await store.repair()
    (found,) = await log(store)
    assert (found.id, found.state, found.msg_id) == (row.id, S.SENT, "900")


async def test_an_interrupted_one_is_found_by_a_later_sync(store: Store) -> None:
    row = await put(store, "hi", events=(E.START,))
    await store.repair()
    assert await store.apply(batch(incoming("900", "hi", mine=True, seconds=2))) == []
    assert (await store.row(row.id)).state is S.SENT


async def test_repair_of_an_empty_store(fresh: Store) -> None:
    changes = fresh.subscribe()
    await fresh.repair()
    assert await drain(changes) == []


async def test_the_outbox_is_read_in_the_order_of_writing(store: Store, clock: Clock) -> None:
    first, second = await put(store, "1", to="@ben"), await put(store, "2")
    clock.now -= timedelta(hours=1)  # the clock jumps back
    third = await put(store, "3", to="@ben")
    await put(store, "not queued", queued=False)
    await put(store, "gone", events=(E.START,))
    again = await put(store, "again", queued=False, events=(E.REFUSED,))
    await store.move(again.id, E.RETRY, queued=True)
    waiting = await store.waiting()
    assert [row.id for row in waiting] == [first.id, second.id, third.id, again.id]
    assert all(row.queued for row in waiting)


@pytest.mark.parametrize("queued", [True, False])
async def test_a_file_waits_among_the_uploads_and_not_here(store: Store, queued: bool) -> None:
    conversation = await store.conversation_for("@ann")
    row = await store.add_outgoing(
        conversation_id=conversation.id, to_user_name="@ann", client_msg_id="1", body=File("a", 1), queued=queued
    )
    assert [one.id for one in await store.waiting()] == [row.id] * queued

    def note(connection: sqlite3.Connection) -> tuple[None, list[object]]:
        connection.execute(
            "INSERT INTO upload (message_id, path, name, kind, size, mtime_ns) VALUES (?, '/a', 'a', 'file', 1, 1)",
            (row.id,),
        )
        return None, []

    await store._database.write(note)
    assert await store.waiting() == []
    await store.repair()
    assert (await store.row(row.id)).state is S.PENDING


async def test_what_waits_survives_the_file_being_closed(path: Path, clock: Clock) -> None:
    async with await Store.open(path, clock=clock) as store:
        await store.begin_login(ME, UIN, keys(0))
        row = await put(store)
    async with await Store.open(path, clock=clock) as store:
        assert await store.waiting() == [row]


# ---------------------------------------------------------------- where it goes


async def test_a_pending_row_gets_the_address_of_another_login(store: Store) -> None:
    helper = await put(store, to="filehelper")
    ann = await put(store)
    assert (await store.reach(ann.id)).user_name == "@ann"
    await store.begin_login(msgspec.structs.replace(ME, user_name="@me2"), UIN, keys(1))
    reach = await store.reach(helper.id)
    assert (reach.message, reach.user_name, reach.own) == (helper, "filehelper", "@me2")
    assert (await store.reach(ann.id)).user_name == "", "nobody knows who that is in this login"
    # What the identity will do: the conversation goes on in this login, under another name.
    await attach(store, ann.conversation_id, "@ann2")
    assert (await store.reach(ann.id)).user_name == "@ann2"
    changes = store.subscribe()
    moved = await store.readdress(ann.id, "@ann2")
    assert (moved.to_user_name, moved.sender, moved.state, moved.client_msg_id) == ("@ann2", "@me2", S.PENDING, "1")
    assert (moved.id, moved.place, moved.body) == (ann.id, ann.place, ann.body)
    assert await drain(changes) == [MessageChanged(moved)]


async def attach(store: Store, conversation_id: int, user_name: str) -> None:
    def move(connection: sqlite3.Connection) -> tuple[None, list[object]]:
        connection.execute(
            "UPDATE conversation SET login_id = (SELECT max(id) FROM login), user_name = ? WHERE id = ?",
            (user_name, conversation_id),
        )
        return None, []

    await store._database.write(move)


async def test_another_account_is_not_the_same_file_transfer(store: Store) -> None:
    await store.save_contacts([FILEHELPER])
    row = await put(store, to="filehelper")
    await store.begin_login(Contact("@other", "Other", kind=ContactKind.SELF), "999", keys(1))
    assert (await store.reach(row.id)).user_name == ""


@pytest.mark.parametrize("events", [(E.START,), (E.START, E.LOST), (E.START, E.ACCEPTED), (E.CANCEL,)])
async def test_what_left_keeps_its_address(store: Store, events: tuple[E, ...]) -> None:
    row = await put(store, events=events)
    assert await store.readdress(row.id, "@somebody") == row


async def test_nothing_is_reached_before_a_login_and_without_a_row(fresh: Store, store: Store) -> None:
    with pytest.raises(NoSuchRow):
        await store.reach(77)
    with pytest.raises(NoSuchRow):
        await store.readdress(77, "@x")


# ---------------------------------------------------------------- waiting, and the echo


async def test_requeued_is_as_if_it_had_not_left(store: Store, clock: Clock) -> None:
    row = await put(store)
    clock.pass_(3)
    started = await store.move(row.id, E.START)
    assert started.sent_at == clock.now, "when it left"
    back = await store.move(row.id, E.REQUEUE, reason="Unreachable")
    assert (back.state, back.sent_at, back.reason, back.queued) == (S.PENDING, None, "Unreachable", True)
    assert [one.id for one in await store.waiting()] == [row.id]
    with pytest.raises(ImpossibleStep):
        await store.move(row.id, E.REQUEUE)
    cancelled = await store.move(row.id, E.CANCEL)
    assert (cancelled.state, cancelled.sent_at) == (S.CANCELLED, None)


async def test_the_echo_of_one_that_waited_for_hours_is_found(store: Store, clock: Clock) -> None:
    row = await put(store, "hi")
    clock.pass_(7200)
    await store.move(row.id, E.START)
    await store.move(row.id, E.LOST)
    assert await store.apply(batch(incoming("900", "hi", mine=True, seconds=7203))) == []
    found = await store.row(row.id)
    assert (found.state, found.msg_id, found.place) == (S.SENT, "900", row.place)


@pytest.mark.parametrize("late", [False, True], ids=["before it is lost", "after it is lost"])
async def test_the_same_text_sent_from_the_phone_meanwhile_is_not_its_echo(
    store: Store, clock: Clock, late: bool
) -> None:
    """Offline here, so it was sent by phone; both are true messages, and nobody knows whether ours arrived."""
    row = await put(store, "on my way")
    clock.pass_(240)
    phone = batch(incoming("900", "on my way", mine=True, seconds=120))
    if not late:
        await store.apply(phone)
    await store.move(row.id, E.START)
    await store.move(row.id, E.LOST)
    if late:
        await store.apply(phone)
    assert (await store.row(row.id)).state is S.UNKNOWN
    assert len(await log(store)) == 2
    await store.apply(batch(incoming("901", "on my way", mine=True, seconds=239)))
    assert (await store.row(row.id)).msg_id == "901"


async def test_one_that_did_not_wait_is_found_by_clocks_that_differ(store: Store, clock: Clock) -> None:
    row = await put(store, "hi", events=(E.START,))
    await store.move(row.id, E.LOST)
    await store.apply(batch(incoming("900", "hi", mine=True, seconds=-200)))
    assert (await store.row(row.id)).state is S.SENT
    assert (await store.row(row.id)).sent_at == at(-200)


# ---------------------------------------------------------------- whatever was left


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from(E), max_size=4)), max_size=8))
async def test_after_a_repair_nothing_pretends_to_be_on_its_way(fresh: Store, rows: list[tuple[bool, list[E]]]) -> None:
    await fresh.begin_login(ME, UIN, keys(0))
    before: dict[int, tuple[S, bool]] = {}
    for queued, events in rows:
        row = await put(fresh, queued=queued)
        for event in events:
            try:
                row = await fresh.move(row.id, event)
            except ImpossibleStep:
                continue
        before[row.id] = row.state, queued
    await fresh.repair()
    for message_id, (state, queued) in before.items():
        now = (await fresh.row(message_id)).state
        if state is S.SENDING:
            assert now is S.UNKNOWN
        elif state is S.REVOKING:
            assert now is S.REVOKE_UNKNOWN
        elif state is S.PENDING and not queued:
            assert now is S.CANCELLED
        else:
            assert now is state


async def test_the_outbox_reads_no_whole_table(store: Store) -> None:
    for number in range(50):
        await store.apply(batch(incoming(str(number), seconds=number)))
    row = await put(store)
    await put(store, events=(E.START,))
    async with Plans(store) as plans:
        await store.waiting()
        await store.reach(row.id)
        await store.readdress(row.id, "@x")
        await store.repair()
    index = (
        "SCAN m USING INDEX message_unfinished",
        "SCAN message USING INDEX message_revoking",
    )
    steps = await plans.steps()
    walks = [step for step in whole_tables(steps) if not step.startswith((*index, "SCAN message USING COVERING"))]
    assert walks == [], "the index of what is unfinished is walked, and nothing else"
    assert sum("message_unfinished" in step for step in steps) == 2
