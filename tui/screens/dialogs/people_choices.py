"""Choosing people out of all that one knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App

from tui.message_summary import in_short
from tui.store.store import Store
from tui.units import short_time
from tui.wire.contacts import Contact, ContactKind
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.services.contacts.namesakes import Distinction
    from tui.widgets.lists.choice_list import Choice

T = TypeVar("T")


async def people(store: Store, now: datetime) -> list[Choice[Contact]]:
    """Everybody but oneself; namesakes with what tells them apart, times as of `now`."""
    from tui.services.contacts.namesakes import tell_apart
    from tui.widgets.lists.choice_list import Choice

    everybody = [contact for contact in await store.contacts() if contact.kind is not ContactKind.SELF]
    marks = await tell_apart(store, everybody, newest=True)
    return [
        Choice(contact.name, _hint(contact, marks.get(contact.user_name), now), other_names(contact), contact)
        for contact in everybody
    ]


def _hint(contact: Contact, mark: Distinction | None, now: datetime) -> str:
    """The nickname behind a remark; of a namesake whatever tells this one from the others."""
    nick_name = contact.nick_name if contact.remark_name else ""
    return " · ".join(filter(None, (nick_name, *(mark_words(mark, now) if mark is not None else ()))))


def mark_words(mark: Distinction, now: datetime) -> tuple[str, ...]:
    """A namesake's differences, the one that says most first."""
    last = ""
    if mark.last is not None:
        said = printable(in_short(mark.last.body), newlines=False)
        last = f"{short_time(mark.last.time, now)} {said}"
    return tuple(filter(None, (mark.alias, mark.group, last))) or (mark.handle,)


def other_names(contact: Contact) -> tuple[str, ...]:
    """By what a contact is found besides the shown name."""
    return tuple(filter(None, (contact.nick_name, contact.alias, *contact.pinyin)))


async def pick(app: App[Any], title: str, choices: Sequence[Choice[T]], *, many: bool = False) -> list[T]:
    """What the person takes; nothing when they leave."""
    from tui.screens.dialogs.fuzzy_picker import FuzzyPicker

    found = await app.push_screen_wait(FuzzyPicker(title, choices, many=many))
    return [choice.value for choice in found or ()]
