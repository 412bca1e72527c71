"""Namesakes: contacts with the same name, and the differences by which a person tells them apart."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
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


async def tell_apart(store: Store, contacts: Iterable[Contact], *, newest: bool = False) -> dict[str, Distinction]:
    """Return, by UserName, the differences of contacts that have a namesake here. `newest`: with the newest message."""
    every = [*contacts]
    alike = await in_own_thread(lambda breath: _alike(every, breath))
    if not alike:
        return {}
    groups = await _groups_of(store, [contact.user_name for namesakes in alike for contact in namesakes])
    last = {one.user_name: one.last for one in await store.conversations()} if newest else {}

    def distinguish(breath: Breath) -> dict[str, Distinction]:
        found: dict[str, Distinction] = {}
        for namesakes in alike:
            # What two have in common does not tell them apart.
            aliases = Counter(contact.alias for contact in namesakes)
            groups_of = Counter(groups.get(contact.user_name, "") for contact in namesakes)
            for contact in namesakes:
                name, group = contact.user_name, groups.get(contact.user_name, "")
                found[name] = Distinction(
                    contact.alias if aliases[contact.alias] == 1 else "",
                    group if groups_of[group] == 1 else "",
                    f"…{name[-HANDLE:]}",
                    last.get(name),
                )
            breath()
        return found

    return await in_own_thread(distinguish)


def _alike(contacts: Iterable[Contact], breath: Breath) -> list[list[Contact]]:
    """Return the contacts whose shown name others of `contacts` have as well, all of a name together."""
    by_name: defaultdict[str, list[Contact]] = defaultdict(list)
    for contact in contacts:
        by_name[looks_like(contact.name)].append(contact)
        breath()
    return [namesakes for namesakes in by_name.values() if len(namesakes) > 1]


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
