"""The bell for messages: once for a moment, not for what is read or recalled meanwhile, once for a catch-up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.support.fake_time import FakeTime
from tests.support.sync_batches import ANN, BEN, ME, UIN, Clock, at, batch, drain, incoming, keys, notify, revoke
from tui.config.settings import Settings
from tui.services.attention import ringer as ringer_module
from tui.services.attention.ringer import CATCHING_UP, LATE, MOMENT, PAUSE, Ring, Ringer
from tui.store.changes import MessageChanged
from tui.store.store import Store
from tui.wire.bodies import Message, Text
from tui.wire.contacts import Contact, ContactKind, Member

TEAM = Contact("@@team", kind=ContactKind.GROUP, members=(Member("@ann"), Member("@me", "我")), member_count=2)


class Bell:
    """A ringer on a store, told of what is stored as the screen tells it."""

    def __init__(self, store: Store, clock: Clock, time: FakeTime, settings: Settings) -> None:
        self.store = store
        self.calls: list[Ring] = []
        self.time = time
        self.ringer = Ringer(store, lambda: settings, clock, self.calls.append, steady=time.monotonic)

    async def arrive(self, *messages: Message, known: bool = True) -> bool:
        """Store what came; True where something is to be rung for in a moment."""
        added = await self.store.apply(batch(*messages))
        begins = False
        for message in added:
            conversation = await self.store.conversation(message.conversation_id) if known else None
            begins |= self.ringer.take((message,), conversation)
        return begins

    @property
    def rung(self) -> list[str]:
        return [call.message.body.text for call in self.calls if isinstance(call.message.body, Text)]


@pytest.fixture
async def bell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bell]:
    clock = Clock()
    async with await Store.open(tmp_path / "store.db", clock=clock) as store:
        await store.begin_login(ME, UIN, keys(0))
        await store.save_contacts((ANN, BEN, TEAM))
        yield Bell(store, clock, FakeTime(monkeypatch, ringer_module.__name__), Settings())


async def test_what_comes_in_a_moment_rings_once_for_the_newest(bell: Bell) -> None:
    assert await bell.arrive(incoming("1", "one"))
    assert not await bell.arrive(incoming("2", "two", chat="@ben", seconds=1), incoming("3", "three", seconds=2))
    await bell.ringer.ring_soon()
    assert bell.rung == ["three"]
    assert await bell.arrive(incoming("4", "four", seconds=3))
    await bell.ringer.ring_soon()
    assert bell.rung == ["three", "four"]


async def test_a_mention_goes_before_what_is_newer_and_is_never_left_out(bell: Bell) -> None:
    await bell.arrive(incoming("1", "hello"))
    await bell.ringer.ring_soon()
    await bell.arrive(
        incoming("2", "@我\u2005look", chat="@@team"),
        incoming("3", "newer", seconds=5),
        incoming("4", "in the group", chat="@@team", seconds=6),
    )
    await bell.ringer.ring_soon()
    assert bell.rung == ["hello", "@我\u2005look"]
    assert bell.time.slept == [MOMENT, PAUSE], "a second has to go by between two bells: it waits for that"


async def test_nothing_rings_for_what_the_phone_reads_in_the_same_answer_or_the_next(bell: Bell) -> None:
    await bell.arrive(incoming("1", "same"), notify(1, "@ann"), known=False)
    await bell.ringer.ring_soon()
    assert await bell.arrive(incoming("2", "next"))
    await bell.store.apply(batch(notify(1, "@ann")))
    await bell.ringer.ring_soon()
    assert bell.rung == []
    # What comes after that, before the moment is over, does ring.
    await bell.arrive(incoming("3", "read"))
    await bell.arrive(notify(1, "@ann"))
    await bell.arrive(incoming("4", "new"))
    await bell.ringer.ring_soon()
    assert bell.rung == ["new"]


async def test_nothing_rings_for_what_is_recalled_in_that_moment(bell: Bell) -> None:
    await bell.arrive(incoming("1", "oh"))
    await bell.store.apply(batch(revoke("2", "1")))
    await bell.ringer.ring_soon()
    assert bell.calls == []
    # What stands beside it is unread all the same.
    await bell.arrive(incoming("3", "first"), incoming("4", "oh", seconds=1), incoming("5", "@我\u2005", chat="@@team"))
    await bell.arrive(incoming("6", "in the group", chat="@@team", seconds=2))
    await bell.store.apply(batch(revoke("7", "4"), revoke("8", "5", chat="@@team")))
    await bell.ringer.ring_soon()
    assert bell.rung == ["in the group"]
    await bell.arrive(incoming("9", "second", seconds=3), incoming("10", "oh", seconds=4))
    await bell.store.apply(batch(revoke("11", "10")))
    await bell.ringer.ring_soon()
    assert bell.rung == ["in the group", "second"]


async def test_a_mute_that_is_typed_in_that_moment_counts(bell: Bell) -> None:
    await bell.arrive(incoming("1", "oh"))
    ann = await bell.store.conversation_with("@ann")
    assert ann is not None
    await bell.store.set_hushed(ann.id, True)
    await bell.ringer.ring_soon()
    assert bell.calls == []


async def test_of_what_is_silent_nothing_is_looked_at(bell: Bell) -> None:
    team = await bell.store.conversation_for("@@team")
    await bell.store.set_hushed(team.id, True)
    assert not await bell.arrive(*(incoming(str(n), "noise", chat="@@team") for n in range(50)))
    assert not bell.ringer.busy
    assert await bell.arrive(incoming("99", "@我\u2005", chat="@@team"))
    await bell.ringer.ring_soon()
    assert bell.rung == ["@我\u2005"]


async def test_a_start_that_catches_up_rings_once_however_long_it_takes(bell: Bell) -> None:
    old = -int(LATE) - 600
    for number in range(30):
        await bell.arrive(incoming(str(number), f"late {number}", chat="@ann" if number % 2 else "@ben", seconds=old))
        await bell.ringer.ring_soon()
    assert bell.rung == ["late 0"]
    # What is said now rings all the same, also in the middle of that.
    await bell.arrive(incoming("100", "now"), incoming("101", "late too", chat="@ben", seconds=old))
    await bell.ringer.ring_soon()
    assert bell.rung == ["late 0", "now"]
    # Long after it, another night was slept through.
    bell.time.now += CATCHING_UP
    await bell.arrive(incoming("102", "late again", seconds=old))
    await bell.ringer.ring_soon()
    assert bell.rung == ["late 0", "now", "late again"]


async def test_how_late_something_is_the_server_says_whose_clock_wrote_it(bell: Bell) -> None:
    """With a clock of ours that is ten minutes ahead everything would be late."""
    ours = bell.store._clock
    assert isinstance(ours, Clock)
    ours.pass_(600)
    bell.ringer._server_time = lambda: at(0) + timedelta(seconds=2)
    for number in range(3):
        await bell.arrive(incoming(str(number), str(number)))
        await bell.ringer.ring_soon()
    assert bell.rung == ["0", "1", "2"]


async def test_a_mention_that_is_known_only_when_the_names_have_come_rings_then(bell: Bell) -> None:
    new = Contact("@@new", kind=ContactKind.GROUP, member_count=2)
    await bell.store.save_contacts((new,))
    group = await bell.store.conversation_for("@@new")
    await bell.store.set_hushed(group.id, True)
    await bell.arrive(incoming("1", "@小我\u2005", chat="@@new"))
    assert not bell.ringer.busy
    subscription = bell.store.subscribe()
    named = msgspec.structs.replace(new, members=(Member("@ann"), Member("@me", "我", "小我")))
    await bell.store.save_contacts((named,))
    changes = [change.message for change in await drain(subscription) if isinstance(change, MessageChanged)]
    group = await bell.store.conversation(group.id)
    assert [bell.ringer.changed(message, group) for message in (*changes, *changes)] == [True, False]
    await bell.ringer.ring_soon()
    assert bell.rung == ["@小我\u2005"]
