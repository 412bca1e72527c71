"""Contacts as choices of a list, namesakes told apart."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tui.message_summary import conversation_name, in_short
from tui.store.models import Conversation
from tui.store.store import Store
from tui.units import short_time
from tui.wire.contacts import Contact, ContactKind
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.services.contacts.namesakes import Distinction
    from tui.widgets.lists.choice_list import Choice


async def people(store: Store, now: datetime, recent: Sequence[Conversation] = ()) -> list[Choice[Contact]]:
    """Return all contacts but oneself as choices, those of `recent` first, in that order.

    Namesakes have their differences, with times as of `now`.
    """
    from tui.services.contacts.namesakes import tell_apart
    from tui.widgets.conversation_list.row_facts import SIGNS
    from tui.widgets.lists.choice_list import Choice

    contacts = {one.user_name: one for one in await store.contacts() if one.kind is not ContactKind.SELF}
    marks = await tell_apart(store, list(contacts.values()), newest=True)
    order = dict.fromkeys([*(one.user_name for one in recent if one.user_name in contacts), *contacts])

    def choice(one: Contact) -> Choice[Contact]:
        hint = _hint(one, marks.get(one.user_name), now)
        return Choice(conversation_name(one), hint, other_names(one), one, SIGNS.get(one.kind, ""))

    # Thousands take longer than a key may wait.
    return await asyncio.to_thread(lambda: [choice(contacts[name]) for name in order])


async def destinations(
    store: Store, now: datetime, recent: Sequence[Conversation], unread: Collection[Conversation]
) -> list[Choice[Contact | Conversation]]:
    """Return where one can go: the conversations `recent`, then the other contacts; those of `unread` with a number.

    A conversation stands for itself where it has no contact: it is of an earlier login. Those at the end of `recent`
    come behind the contacts: somebody may have no conversation in this login yet, and the earlier one of the same name
    can only be read.
    """
    from tui.widgets.conversation_list.row_facts import EARLIER, SIGNS
    from tui.widgets.lists.choice_list import Choice

    others = {choice.value.user_name: choice for choice in await people(store, now)}
    new = {one.id for one in unread}
    choices: list[Choice[Contact | Conversation]] = []
    for one in recent:
        known = None if one.earlier else others.pop(one.user_name, None)
        number, loud = one.unread if one.id in new else 0, bool(one.mentions) or not one.quiet
        if known is not None:
            choices.append(replace(known, count=number, loud=loud))
        else:
            sign = EARLIER if one.earlier else SIGNS.get(one.kind, "")
            choices.append(Choice(conversation_name(one), "", (), one, sign, number, loud))
    listed = len(recent) - sum(1 for _ in takewhile(lambda one: one.earlier, reversed(recent)))
    return [*choices[:listed], *others.values(), *choices[listed:]]


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
