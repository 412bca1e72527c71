"""Mutes for a time: what a person types, the timer that ends them, clocks that jump."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from tests.support.sync_batches import ANN, ME, UIN, Clock, batch, incoming, keys
from tests.support.waiting import until
from tui import i18n
from tui.errors import UsageError
from tui.services.attention import mutes
from tui.services.attention.mutes import MuteTimer, mute_end
from tui.store.models import Conversation, NotifyRule
from tui.store.store import Store
from tui.units import coming_time

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.fixture(params=["Europe/Berlin"])
def zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """Local time, that of Berlin unless a test says another: clocks are set back on 25 October 2026, and forward on
    29 March.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("8h", 8),
        ("30m", 0.5),
        ("2d", 48),
        ("1h30m", 1.5),
        ("1d 2h", 26),
        ("90 min", 1.5),
        ("8 HOURS", 8),
        ("8小时", 8),
        ("30分钟", 0.5),
        ("2天", 48),
        ("366d", 366 * 24),
    ],
)
def test_how_long(text: str, hours: float) -> None:
    assert mute_end(text, NOON) - NOON == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "now", "end"),
    [
        ("until 18:00", "2026-11-30T12:00", "2026-11-30T17:00"),
        ("18:00", "2026-11-30T17:00", "2026-12-01T17:00"),  # It is 18:00 just now.
        ("till 8:00", "2026-11-30T12:00", "2026-12-01T07:00"),
        ("直到 18：00", "2026-11-30T12:00", "2026-11-30T17:00"),
        # 02:30 comes twice on 25 October, at 00:30 and 01:30 UTC; and not at all on 29 March.
        ("until 02:30", "2026-10-24T20:00", "2026-10-25T00:30"),
        ("until 02:30", "2026-10-25T00:45", "2026-10-25T01:30"),
        ("until 02:30", "2026-10-25T01:45", "2026-10-26T01:30"),
        ("until 02:30", "2026-03-28T20:00", "2026-03-29T01:30"),
        ("8h", "2026-10-24T22:00", "2026-10-25T06:00"),
    ],
)
def test_until_when(text: str, now: str, end: str, zone: None) -> None:
    ends = mute_end(text, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert ends.astimezone(UTC) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["8x", "h", "8", "-8h", "8h x", "until 25:00", "until", "until 8", "٣h", "1e9h", "x" * 500]
)
def test_what_is_no_time_is_one_sentence(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time") as caught:
        mute_end(text, NOON)
    assert len(str(caught.value)) < 160


@pytest.mark.parametrize("text", ["0m", "367d", "999999d 999999h"])
def test_a_mute_has_bounds(text: str) -> None:
    with pytest.raises(UsageError, match="from a minute to a year"):
        mute_end(text, NOON)


@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
def test_when_it_ends_in_short(zone: None) -> None:
    shown = [coming_time(NOON + timedelta(hours=hours), NOON) for hours in (5, 20, 24 * 9)]
    i18n.use("zh_CN")
    assert [*shown, coming_time(NOON + timedelta(hours=20), NOON)] == [
        "17:00", "Tue 08:00", "2026-12-09 12:00", "周二 08:00",
    ]  # fmt: skip


# ---------------------------------------------------------------- in the store, and the timer


async def ann_of(store: Store) -> Conversation:
    found = await store.conversation_with("@ann")
    assert found is not None
    return found


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[tuple[Store, Clock]]:
    clock = Clock()
    async with await Store.open(tmp_path / "store.db", clock=clock) as store:
        await store.begin_login(ME, UIN, keys(0))
        await store.save_contacts((ANN,))
        await store.apply(batch(incoming("1")))
        yield store, clock


async def test_a_mute_ends_by_itself_and_survives_a_restart(
    shop: tuple[Store, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, clock = shop
    ann = await ann_of(store)
    await store.set_hushed(ann.id, True, clock.now + timedelta(hours=8))
    monkeypatch.setattr(mutes, "LOOK", 0.01)
    timer = MuteTimer(store, clock)
    timer.look()
    timer.look()
    clock.pass_(8 * 3600 - 1)
    await until(lambda: timer._timer is not None)
    assert (await ann_of(store)).hushed
    clock.pass_(1)
    await until(lambda: timer._timer is None)
    after = await ann_of(store)
    assert (after.hushed, after.hushed_until) == (False, None)
    # Nothing is muted: nothing wakes it.
    timer.look()
    await until(lambda: timer._looking is None or timer._looking.done())
    assert timer._timer is None
    await store.set_hushed(ann.id, True, clock.now + timedelta(hours=8))
    await timer.close()
    clock.pass_(9 * 3600)
    next_start = MuteTimer(store, clock)
    next_start.look()
    await until(lambda: next_start._looking is not None and next_start._looking.done())
    assert not (await ann_of(store)).hushed
    await next_start.close()


async def test_a_mute_that_begins_while_the_timer_looks_is_seen_and_none_after_the_end() -> None:
    looks, free = 0, asyncio.Event()

    class Looked:
        async def end_mutes(self) -> None:
            nonlocal looks
            looks += 1
            await free.wait()

    timer = MuteTimer(cast(Store, Looked()), Clock())
    timer.look()
    await until(lambda: looks == 1)
    timer.look()
    free.set()
    await until(lambda: timer._looking is not None and timer._looking.done())
    assert looks == 2
    await timer.close()
    timer.look()
    await until(lambda: timer._looking is None or timer._looking.done())
    assert looks == 2


async def test_a_clock_that_was_set_back_mutes_nobody_for_longer_than_was_asked(shop: tuple[Store, Clock]) -> None:
    store, clock = shop
    ann = await ann_of(store)
    await store.set_hushed(ann.id, True, clock.now + timedelta(hours=8))
    clock.pass_(-4 * 365 * 86400)
    assert await store.end_mutes() == clock.now + timedelta(hours=8)
    clock.pass_(3600)
    assert await store.end_mutes() == clock.now + timedelta(hours=7)
    clock.pass_(7 * 3600)
    assert await store.end_mutes() is None
    assert not (await ann_of(store)).hushed


async def test_a_mute_for_good_has_no_end_and_ends_by_hand(shop: tuple[Store, Clock]) -> None:
    store, clock = shop
    ann = await ann_of(store)
    await store.set_hushed(ann.id, True, clock.now + timedelta(hours=8))
    await store.set_hushed(ann.id, True)
    assert await store.end_mutes() is None
    muted = await ann_of(store)
    assert (muted.hushed, muted.hushed_until, muted.quiet) == (True, None, True)
    await store.set_hushed(ann.id, False)
    await store.set_notify(ann.id, NotifyRule.MENTIONS)
    assert ((await ann_of(store)).notify, (await ann_of(store)).quiet) == (NotifyRule.MENTIONS, True)
    await store.set_notify(ann.id, None)
    assert ((await ann_of(store)).notify, (await ann_of(store)).quiet) == (None, False)
