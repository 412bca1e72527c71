"""Values under a key, the time up to which everything is stored, and the gaps after it."""

from __future__ import annotations

import msgspec
import pytest

from tests.support.store_files import run_sql
from tests.support.sync_batches import ANN, ME, START, UIN, Clock, batch, drain, incoming, keys, write
from tui.store.changes import GapsChanged
from tui.store.models import Gap, StoredMessage
from tui.store.store import Store
from tui.wire.bodies import Message

AGAIN = msgspec.structs.replace(ME, user_name="@me2")
HOUR = 3600


async def test_a_value_is_kept_under_its_key_until_it_is_deleted(store: Store) -> None:
    assert await store.value("where") == ""
    await store.set_value("where", "here")
    await store.set_value("other", "\ud83d")
    await store.set_value("where", "there")
    assert await store.value("where") == "there"
    assert await store.value("other") == "?"
    await store.set_value("where", "")
    assert await store.value("where") == ""


# ---------------------------------------------------------------- how far the store knows everything


async def test_the_store_knows_until_when_it_has_everything(fresh: Store, clock: Clock) -> None:
    assert await fresh.synced() is None
    await fresh.begin_login(ME, UIN, keys(0))
    assert await fresh.synced() == clock.now
    clock.pass_(60)
    await fresh.apply(batch(incoming("1"), number=2))
    assert await fresh.synced() == clock.now
    before = clock.now
    clock.pass_(60)
    await fresh.apply(msgspec.structs.replace(batch(incoming("2")), more=True))
    assert await fresh.synced() == before, "more is to come: not everything is here"
    await fresh.set_synced(clock.now)
    assert await fresh.synced() == clock.now


async def test_a_clock_that_was_set_back_is_believed(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1")))
    clock.pass_(2 * HOUR)
    await store.set_synced(clock.now)
    clock.pass_(-HOUR)
    await store.set_synced(clock.now)
    clock.pass_(600)
    await store.begin_login(AGAIN, UIN, keys(1))
    (gap,) = await store.gaps()
    assert (gap.until - gap.since).total_seconds() == 600


# ---------------------------------------------------------------- gaps


async def test_a_new_login_notes_what_nobody_told_it(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1")))
    since = clock.now
    clock.pass_(2 * HOUR)
    with store.subscribe() as changes:
        await store.begin_login(AGAIN, UIN, keys(1))
        assert GapsChanged() in await drain(changes)
    (gap,) = await store.gaps()
    assert (gap.since, gap.until, gap.times) == (since, clock.now, 1)


@pytest.mark.parametrize("seconds", [0, 60, -HOUR])
async def test_a_short_time_is_no_gap(store: Store, clock: Clock, seconds: float) -> None:
    await store.apply(batch(incoming("1")))
    clock.pass_(seconds)
    with store.subscribe() as changes:
        await store.begin_login(AGAIN, UIN, keys(1))
        assert GapsChanged() not in await drain(changes)
    assert await store.gaps() == []


async def test_a_session_that_is_resumed_has_none(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1")))
    clock.pass_(2 * HOUR)
    assert await store.resume_login(ME, UIN)
    await store.apply(batch(incoming("2", seconds=HOUR), number=2))
    assert await store.gaps() == []


async def test_the_first_login_of_an_account_has_none_and_others_have_their_own(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1")))
    mine = await store.conversation_for("@ann")
    clock.pass_(2 * HOUR)
    await store.begin_login(AGAIN, "999", keys(1))
    assert await store.gaps() == [], "nothing of another account is missing"
    clock.pass_(2 * HOUR)
    await store.begin_login(ME, UIN, keys(2))
    (gap,) = await store.gaps(mine.id)
    assert (gap.since, gap.until) == (START, clock.now), "that of the account, whoever was logged in meanwhile"
    await store.begin_login(AGAIN, "999", keys(1))
    theirs = await store.conversation_for("@ann")
    assert [gap.since for gap in await store.gaps(theirs.id)] == [START.replace(hour=12)]
    assert len(await store.gaps()) == 2


async def test_a_login_of_an_earlier_version_was_in_sync_at_its_newest_message(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1", seconds=600), incoming("2", seconds=60)))
    # As a migration leaves it.
    await run_sql(store, "UPDATE login SET synced_ms = NULL")
    clock.pass_(2 * HOUR)
    await store.begin_login(AGAIN, UIN, keys(1))
    (gap,) = await store.gaps()
    assert (gap.since - START).total_seconds() == 599.5


async def test_a_lost_key_is_replaced_and_leaves_a_gap_in_the_same_login(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1")))
    clock.pass_(2 * HOUR)
    await store.skip(keys(7))
    assert await store.keys() == keys(7)
    assert await store.synced() == clock.now
    (gap,) = await store.gaps()
    assert gap.until == clock.now
    # The next login does not tell of the same time again.
    clock.pass_(10)
    await store.begin_login(AGAIN, UIN, keys(1))
    assert await store.gaps() == [gap]


# ---------------------------------------------------------------- where the line stands


async def lines(store: Store, user_name: str = "filehelper") -> list[str | Gap]:
    """Texts, and the gaps between them."""
    conversation = await store.conversation_for(user_name)
    gaps = await store.gap_lines(conversation.id)
    found: list[str | Gap] = []
    before: StoredMessage | None = None
    for message in await store.messages_before(conversation.id, None, 100):
        gap = gaps.between(before, message) if before is not None else None
        found += [] if gap is None else [gap]
        found.append(getattr(message.body, "text", ""))
        before = message
    return found


async def test_the_line_stands_between_what_was_stored_before_and_after(store: Store, clock: Clock) -> None:
    await store.save_contacts([ANN])
    # The server's clock is four minutes ahead: this message seems to come after the gap began.
    await store.apply(batch(incoming("1", "before", chat="filehelper", seconds=240)))
    clock.pass_(HOUR)
    offline = await write(store, "typed offline", to="filehelper")
    clock.pass_(HOUR)
    await store.begin_login(AGAIN, UIN, keys(1))
    assert await lines(store) == ["before", "typed offline"], "nothing after it yet"
    # Late, with the time of long ago.
    await store.apply(batch(incoming("2", "after", chat="filehelper", seconds=2 * HOUR), number=2))
    (gap,) = await store.gaps()
    assert await lines(store) == ["before", "typed offline", gap, "after"]
    assert offline.id == gap.after


async def test_gaps_without_a_message_between_are_one_line(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1", "before", chat="filehelper")))
    for number in range(3):
        clock.pass_(HOUR)
        await store.begin_login(msgspec.structs.replace(ME, user_name=f"@me{number}"), UIN, keys(number))
    await store.apply(batch(incoming("2", "after", chat="filehelper", seconds=3 * HOUR)))
    assert await lines(store) == ["before", Gap(START, clock.now, 1, 3), "after"]


async def test_what_is_stored_late_moves_the_line_and_makes_no_second_one(store: Store, clock: Clock) -> None:
    def came(number: int, text: str, seconds: int) -> Message:
        return incoming(str(number), text, chat="filehelper", seconds=seconds)

    await store.apply(batch(came(1, "one", 0), came(3, "three", 60)))
    clock.pass_(2 * HOUR)
    await store.begin_login(AGAIN, UIN, keys(1))
    with store.subscribe() as changes:
        # Delivered now, and older than the time nobody was connected: between, before and behind what is there.
        await store.apply(batch(came(2, "two", 30), came(4, "four", -30), came(5, "last before", -1), number=2))
        assert GapsChanged() in await drain(changes), "a log that is open places its line anew"
    await store.apply(batch(came(6, "missed", HOUR), came(7, "after", 2 * HOUR), number=3))
    (gap,) = await store.gaps()
    found = await lines(store)
    assert found == ["four", "last before", "one", "two", "three", gap, "missed", "after"]


async def test_late_messages_alone_have_the_line_in_its_place_too(store: Store, clock: Clock) -> None:
    await store.apply(batch(incoming("1", chat="@other")))
    clock.pass_(2 * HOUR)
    await store.begin_login(AGAIN, UIN, keys(1))
    early, late = (incoming(n, n, chat="filehelper", seconds=at) for n, at in (("5", -60), ("6", 2 * HOUR)))
    await store.apply(batch(late, early, number=2))
    (gap,) = await store.gaps()
    assert await lines(store) == ["5", gap, "6"]


async def test_row_ids_that_come_again_put_no_line_where_none_belongs(store: Store, clock: Clock) -> None:
    await store.apply(batch(*(incoming(str(number), chat="filehelper") for number in range(5))))
    clock.pass_(2 * HOUR)
    await store.begin_login(AGAIN, UIN, keys(1))
    await run_sql(store, "DELETE FROM message")
    await store.apply(batch(*(incoming(f"1{n}", "new", chat="filehelper", seconds=4 * HOUR + n) for n in range(3))))
    assert await lines(store) == ["new"] * 3
