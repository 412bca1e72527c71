"""Namesakes: contacts with the same name, and the differences by which a person tells them apart."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from tui.services.util.threads import Breath, in_own_thread
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind

HANDLE = 4
"""Characters at the end of a UserName that tell two of them apart."""


class Distinction(msgspec.Struct, frozen=True):
    """Differences of a namesake: WeChat ID, a group that the person is in, newest message; "" and None where unknown.

    `handle` is the end of the UserName, which differs even where nothing else does.
    """

    alias: str
    group: str
    handle: str
    last: StoredMessage | None = None

    @property
    def short(self) -> str:
        """Difference that says most, for a row with little room."""
        return self.alias or self.group or self.handle


def looks_like(name: str) -> str:
    """Return a text that is equal for names that look alike: width, case, blanks and invisible characters aside."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in folded if not sign.isspace() and unicodedata.category(sign) not in ("Cf", "Cc"))


def alike(contacts: Iterable[Contact]) -> list[Contact]:
    """Return the contacts whose shown name another of `contacts` has as well."""
    by_name: defaultdict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        by_name[looks_like(contact.name)].append(contact)
    return [contact for several in by_name.values() if len(several) > 1 for contact in several]


async def tell_apart(store: Store, contacts: Iterable[Contact], *, newest: bool = False) -> dict[str, Distinction]:
    """Return, by UserName, the differences of contacts that have a namesake here. `newest`: with the newest message."""
    several = alike(contacts)
    if not several:
        return {}
    groups = await _groups_of(store, [contact.user_name for contact in several])
    found = {}
    for contact in several:
        last = None
        if newest:
            conversation = await store.conversation_with(contact.user_name)
            last = conversation.last if conversation is not None else None
        group = groups.get(contact.user_name, "")
        found[contact.user_name] = Distinction(contact.alias, group, f"…{contact.user_name[-HANDLE:]}", last)
    return _unlike(several, found)


def _unlike(several: list[Contact], found: dict[str, Distinction]) -> dict[str, Distinction]:
    """Drop the facts that two namesakes have in common, which do not tell them apart."""
    told: dict[str, Distinction] = {}
    for contact in several:
        own = found[contact.user_name]
        others = [
            found[other.user_name]
            for other in several
            if other is not contact and looks_like(other.name) == looks_like(contact.name)
        ]
        alias = "" if any(other.alias == own.alias for other in others) else own.alias
        group = "" if any(other.group == own.group for other in others) else own.group
        told[contact.user_name] = Distinction(alias, group, own.handle, own.last)
    return told


async def _groups_of(store: Store, user_names: Iterable[str]) -> dict[str, str]:
    """Return, by UserName, the name of the first group that the person is in."""
    wanted = set(user_names)
    groups = await store.contacts(ContactKind.GROUP)

    def find(breath: Breath) -> dict[str, str]:
        found: dict[str, str] = {}
        for group in groups:
            for member in group.members:
                if member.user_name in wanted:
                    found.setdefault(member.user_name, group.name)
            breath()
        return found

    return await in_own_thread(find)
