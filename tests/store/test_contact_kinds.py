"""Contacts of one kind."""

from __future__ import annotations

from tests.support.sync_batches import ANN, BEN, ME, TEAM, save_whole_list
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind

CLUB = Contact("@@club", "Club", kind=ContactKind.GROUP)


async def test_only_those_of_a_kind_in_their_order(store: Store) -> None:
    await store.save_contacts([TEAM, ANN, CLUB, BEN])
    assert await store.contacts(ContactKind.GROUP) == [TEAM, CLUB]
    assert await store.contacts(ContactKind.PERSON) == [ANN, BEN]
    assert await store.contacts(ContactKind.SELF) == [ME]
    assert await store.contacts(ContactKind.OFFICIAL) == []


async def test_nobody_who_is_gone(store: Store) -> None:
    await store.save_contacts([TEAM, ANN, BEN])
    await save_whole_list(store, [BEN])
    assert await store.contacts(ContactKind.PERSON) == [BEN]
    assert await store.contacts(ContactKind.GROUP) == [TEAM]


async def test_nobody_before_the_first_login(fresh: Store) -> None:
    assert await fresh.contacts(ContactKind.GROUP) == []
