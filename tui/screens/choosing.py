"""Choosing people out of all that one knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from textual.app import App

from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind

if TYPE_CHECKING:
    from tui.widgets.choice_list import Choice

T = TypeVar("T")


async def people(store: Store) -> list[Choice[Contact]]:
    """Everybody but oneself."""
    from tui.widgets.choice_list import Choice

    return [
        Choice(contact.name, contact.nick_name if contact.remark_name else "", other_names(contact), contact)
        for contact in await store.contacts()
        if contact.kind is not ContactKind.SELF
    ]


def other_names(contact: Contact) -> tuple[str, ...]:
    """By what a contact is found besides the shown name."""
    return tuple(filter(None, (contact.nick_name, contact.alias, *contact.pinyin)))


async def pick(app: App[Any], title: str, choices: Sequence[Choice[T]], *, many: bool = False) -> list[T]:
    """What the person takes; nothing when they leave."""
    from tui.screens.pick import Pick

    found = await app.push_screen_wait(Pick(title, choices, many=many))
    return [choice.value for choice in found or ()]
