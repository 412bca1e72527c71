"""Contacts as choices of a list, namesakes told apart."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tui.message_summary import in_short
from tui.store.store import Store
from tui.units import short_time
from tui.wire.contacts import Contact, ContactKind
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.services.contacts.namesakes import Distinction
    from tui.widgets.lists.choice_list import Choice


async def people(store: Store, now: datetime) -> list[Choice[Contact]]:
    """Return all contacts but oneself as choices; namesakes with their differences, times as of `now`."""
    from tui.services.contacts.namesakes import tell_apart
    from tui.widgets.lists.choice_list import Choice

    everybody = [contact for contact in await store.contacts() if contact.kind is not ContactKind.SELF]
    marks = await tell_apart(store, everybody, newest=True)
    return [
        Choice(contact.name, _hint(contact, marks.get(contact.user_name), now), other_names(contact), contact)
        for contact in everybody
    ]


def _hint(contact: Contact, mark: Distinction | None, now: datetime) -> str:
    """Return the nickname behind a remark; for a namesake also its differences from the others."""
    nick_name = contact.nick_name if contact.remark_name else ""
    return " · ".join(filter(None, (nick_name, *(mark_words(mark, now) if mark is not None else ()))))


def mark_words(mark: Distinction, now: datetime) -> tuple[str, ...]:
    """Return the differences of a namesake in words, the one that says most first."""
    last = ""
    if mark.last is not None:
        said = printable(in_short(mark.last.body), newlines=False)
        last = f"{short_time(mark.last.time, now)} {said}"
    return tuple(filter(None, (mark.alias, mark.group, last))) or (mark.handle,)


def other_names(contact: Contact) -> tuple[str, ...]:
    """Return the names by which a contact is found besides the shown one."""
    return tuple(filter(None, (contact.nick_name, contact.alias, *contact.pinyin)))
