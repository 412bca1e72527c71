"""Contacts of the current login: fetched from the server, and found by the name that a person types."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from tui import errors
from tui.message_summary import KIND_WORDS
from tui.services.contacts.contact_loading import FILEHELPER_CONTACT, ContactLoading
from tui.services.contacts.matching import (
    LEAST,
    conversation_number,
    handles,
    is_escaped,
    matches,
    names_of,
    plain,
    search,
)
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind
from tui.wire.names import FILEHELPER, SPECIAL_ACCOUNTS

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext

FRESH = timedelta(minutes=10)
"""How old the list of contacts may be before a target is looked up in it: an older one may hide a namesake."""
_SHOWN_CANDIDATES = 8
_MANY = 1000
"""Contacts from which on a target is looked for beside the loop."""


class Directory:
    """Fetches contacts and groups into the store, and resolves targets."""

    def __init__(self, context: SessionContext, store: Store) -> None:
        self._context = context
        self._store = store
        self._loading = ContactLoading(context, store)

    @property
    def loading(self) -> int | None:
        """Contacts that have come so far; None while none are on their way."""
        return self._loading.count

    def on_progress(self, hear: Callable[[], None]) -> None:
        """Call `hear` whenever `loading` changes."""
        self._loading.on_progress = hear

    def mention(self, groups: Sequence[str]) -> None:
        """Note groups that the list may leave out: a refresh fetches them, too."""
        self._loading.mention(groups)

    def supersede(self, user_names: Iterable[str]) -> None:
        """Note whom sync tells of: see `ContactLoading.supersede`. Called before that is stored."""
        self._loading.supersede(user_names)

    async def refresh(self) -> None:
        """Fetch all contacts and groups; see `ContactLoading.load`."""
        await self._loading.load()

    async def fetch(self, user_names: Iterable[str]) -> None:
        """Fetch details of these groups or people, 50 a call; unknown ones are left out."""
        await self._loading.fetch(user_names)

    async def search(self, query: str) -> list[tuple[Contact, str]]:
        """Return the stored contacts that a search for `query` shows, each with its handle."""
        return search(await self._store.contacts(), query)

    async def resolve(self, target: str) -> Contact:
        """Return the contact or group that `target` means; see `choose`. Refreshes a list that is old, or lacks it.

        `id:N` means the stored conversation of that number. Raises `TargetUnknown`, `TargetAmbiguous`, `NetworkError`,
        `SessionOver`.
        """
        if (number := conversation_number(target)) is not None:
            return await self._with_number(number, target)
        session = self._context.session
        stamp = (await self._store.login_of(session)).contacts_refreshed_at
        fresh = stamp is not None and timedelta() <= self._context.ids.now() - stamp < FRESH
        if target.startswith("@") and not fresh:
            # A whole UserName means one, whoever else comes: it waits for no list, and for no server that refuses one.
            fresh = any(one.user_name == target.strip() for one in await self._store.contacts_of(session))
        if fresh:
            try:
                return await self._chosen(target)
            except errors.TargetUnknown:
                pass
        await self.refresh()
        if target.strip() == FILEHELPER and await self._store.contact(FILEHELPER) is None:
            # Every account has it, also where the server's list leaves it out.
            await self._store.save_fetched(session, [FILEHELPER_CONTACT])
        return await self._chosen(target)

    async def _chosen(self, target: str) -> Contact:
        contacts = await self._store.contacts_of(self._context.session)
        if len(contacts) < _MANY:
            return choose(target, contacts)
        # A look at all names of five thousand takes three frames.
        return await asyncio.to_thread(choose, target, contacts)

    async def _with_number(self, number: int, target: str) -> Contact:
        for conversation in await self._store.conversations():
            if conversation.id == number and (found := await self._store.contact(conversation.user_name)) is not None:
                return found
        # A conversation of an earlier login has no address until a person says whose it is.
        raise errors.TargetUnknown(target=target)


def choose(target: str, contacts: list[Contact]) -> Contact:
    """Return the contact with exactly this UserName, else this remark or name, else the only one that matches.

    Never a guess: others choose their names, and none of them takes `filehelper`, `weixin` or `id:7` away from what it
    means; a backslash before one means the name (`as_target`). Enough of a UserName `@…` to be unique is taken too:
    that is how namesakes are told apart. Raises `TargetUnknown` or `TargetAmbiguous`.
    """
    target = target.strip()
    if conversation_number(target) is not None:
        raise errors.TargetUnknown(target=target)
    exact = [contact for contact in contacts if contact.user_name == target and contact.kind is not ContactKind.SELF]
    if exact:
        return exact[0]
    if target in SPECIAL_ACCOUNTS:
        raise errors.TargetUnknown(target=target)
    escaped = is_escaped(target)
    named = target[1:] if escaped else target
    wanted = plain(named)
    excluded = {ContactKind.SELF, ContactKind.SPECIAL} if escaped else {ContactKind.SELF}
    others = [contact for contact in contacts if contact.kind not in excluded]
    if not wanted:
        raise errors.TargetUnknown(target=target)
    found = []
    if target.startswith("@") and len(target) >= LEAST:
        found = [contact for contact in others if contact.user_name.startswith(target)]
    found = found or [contact for contact in others if wanted in names_of(contact)]
    # A person who writes their own name does not mean a group with that name in its own.
    itself = [] if found else [contact for contact in contacts if wanted in names_of(contact)]
    found = found or [contact for contact in others if matches(contact, named)]
    if not found:
        raise errors.TargetUnknown(target=target)
    if len(found) + len(itself) > 1:
        raise errors.TargetAmbiguous(target=target, candidates=_listed([*itself, *found], contacts))
    return found[0]


def _listed(found: list[Contact], contacts: list[Contact]) -> object:
    """Return names with what tells them apart, in words of the language of whoever reads them: that may be a command,
    and this the running wxtui of another language."""
    short = handles(contacts)
    shown: list[object] = [
        errors.Phrase("{name} ({details})", name=one.name, details=_details(one, short[one.user_name]))
        for one in found[:_SHOWN_CANDIDATES]
    ]
    rest = len(found) - _SHOWN_CANDIDATES
    return _joined([*shown, f"… (+{rest})"] if rest > 0 else shown)


def _details(one: Contact, handle: str) -> object:
    details = errors.Phrase(KIND_WORDS[one.kind])
    for more in filter(None, (one.alias, handle)):
        details = errors.Phrase("{before}, {more}", before=details, more=more)
    return details


def _joined(items: Sequence[object]) -> object:
    """Return items with commas between them, in halves: an error from the running wxtui may be so many phrases deep."""
    if len(items) == 1:
        return items[0]
    half = len(items) // 2
    return errors.Phrase("{before}, {name}", before=_joined(items[:half]), name=_joined(items[half:]))
