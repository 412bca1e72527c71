"""Messages that the owner of a profile stored and told nobody, when it ends: the command that waits has them, once."""

from __future__ import annotations

import queue
from collections.abc import AsyncGenerator, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.support.fresh_store import fresh_store
from tests.support.sync_batches import batch, incoming
from tui import errors
from tui.paths import Profile, find_profile
from tui.services.control import arrivals as module
from tui.services.control.arrivals import ToldRows, arrivals
from tui.services.control.protocol import Added
from tui.store.changes import Change, MessagesAdded
from tui.store.store import Store


class ScriptedOwner(nullcontext[None]):
    """Tells what the test has it tell, and ends with None."""

    def __init__(self) -> None:
        super().__init__()
        self.tells: queue.Queue[Added | None] = queue.Queue()

    def follow(self) -> Iterator[Added]:
        while (added := self.tells.get(timeout=30)) is not None:
            yield added
        raise errors.OwnerGone(pid="1")


@pytest.fixture
def owner(monkeypatch: pytest.MonkeyPatch) -> ScriptedOwner:
    found = ScriptedOwner()
    monkeypatch.setattr(module, "find_owner", lambda profile: found)
    return found


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    monkeypatch.setenv("WXTUI_HOME", str(tmp_path))
    return find_profile("default")


def ids_in(change: Change) -> list[str]:
    assert isinstance(change, MessagesAdded)
    return [one.msg_id for one in change.messages]


async def ids(store: Store) -> dict[str, int]:
    return {one.msg_id: one.id for one in await store.rows_after(0, 100)}


async def test_what_an_owner_stored_before_and_after_it_told_is_there_once(
    owner: ScriptedOwner, profile: Profile
) -> None:
    async with fresh_store() as store:
        await store.apply(batch(incoming("1", "before us")))
        told, heard = ToldRows(), list[str]()

        async def follow() -> None:
            with pytest.raises(errors.OwnerGone):
                async for added in arrivals(profile, "1", store, told):
                    heard.extend(ids_in(added))

        await told.begin(store)
        # One sync brings 3 and 5 of Ann, 4 of Ben; each conversation is told by itself.
        await store.apply(batch(incoming("2", "it knew nothing of us", seconds=1), number=2))
        await store.apply(
            batch(incoming("3", seconds=2), incoming("4", chat="@ben", seconds=3), incoming("5", seconds=4), number=3)
        )
        row = await ids(store)
        for msg_ids in (("3", "5"), ("4",)):
            owner.tells.put(Added(1, [row[one] for one in msg_ids]))
        await store.apply(batch(incoming("6", "never told", seconds=5), number=4))
        owner.tells.put(None)
        await follow()
        assert sorted(heard) == ["2", "3", "4", "5", "6"]

        async def own() -> AsyncGenerator[Change, None]:
            yield MessagesAdded(1, ())

        await store.apply(batch(incoming("7", "between two owners", seconds=6), number=5))
        assert [ids_in(change) async for change in told.then(own(), store)] == [["7"], []]


async def test_the_first_owner_tells_nothing_of_earlier() -> None:
    async with fresh_store() as store:
        await store.apply(batch(incoming("1")))
        assert [one async for one in ToldRows().missed(store)] == []


def test_rows_that_were_stored_long_ago_are_not_kept_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 10)
    told = ToldRows()

    class Row:
        def __init__(self, row: int) -> None:
            self.id = row

    rows: list[Any] = [Row(number) for number in range(1, 40)]
    assert [one.id for row in rows for one in (*told.new([row]), *told.new([row]))] == list(range(1, 40))
    assert len(told._behind) <= 10
