"""Stored messages of the conversation that a target means, also of an earlier login."""

from __future__ import annotations

from typing import NamedTuple

from tui.errors import ContactsMissing, HistoryAmbiguous, HistoryUncertain, NotLoggedIn, TargetUnknown
from tui.i18n import _, listed, with_details
from tui.services.contacts.directory import choose
from tui.services.contacts.matching import conversation_number, plain
from tui.store.models import Conversation, LogEntry
from tui.store.store import Store
from tui.wire.contacts import Contact
from tui.wire.text import printable


async def newest(store: Store, target: str, count: int, profile_name: str) -> list[LogEntry]:
    """Return the newest messages of a conversation, the oldest first. Raises as `conversation_of`."""
    conversation = await conversation_of(store, target, profile_name)
    if conversation is None:
        return []
    page = await store.messages_before(conversation.id, None, count)
    gaps = await store.gap_lines(conversation.id)
    before = [None, *page]
    return [
        LogEntry(named, None if last is None else gaps.between(last, named.message))
        for last, named in zip(before, await store.named(page), strict=False)
    ]


async def conversation_of(store: Store, target: str, profile_name: str) -> Conversation | None:
    """Return the stored conversation with TARGET, if there is one. Raises `NotLoggedIn`, `TargetUnknown` …"""
    if await store.current_login() is None:
        raise NotLoggedIn(profile=profile_name)
    return (await history_of(store, target)).conversation


class StoredConversation(NamedTuple):
    """A stored conversation, None when there is none yet; `contact` is its contact in this login, if any."""

    conversation: Conversation | None
    contact: Contact | None


async def history_of(store: Store, target: str) -> StoredConversation:
    """Return the one stored conversation that `target` means: of a contact, of an earlier login, or by `id:N`.

    Raises `TargetUnknown`, `TargetAmbiguous`, and `HistoryAmbiguous` where it is uncertain whose messages they are.
    """
    earlier, now = await store.earlier_conversations(), await store.conversations()
    if (number := conversation_number(target)) is not None:
        found = next((one for one in (*now, *earlier) if one.id == number), None)
        if found is None:
            raise TargetUnknown(target=target)
        return StoredConversation(found, None if found.earlier else await store.contact(found.user_name))
    try:
        contact = choose(target, await store.contacts())
    except TargetUnknown:
        wanted = plain(target)
        alike = [one for one in earlier if plain(one.name) == wanted]
        alike = alike or [one for one in earlier if wanted and wanted in plain(one.name)]
        if not alike:
            raise
        if len(alike) > 1:
            raise await _ambiguous(store, target, alike) from None
        return StoredConversation(alike[0], None)
    # A UserName means this contact, not a namesake of an earlier login.
    by_user_name = target.startswith("@") or target.strip() == contact.user_name
    names = set() if by_user_name else {plain(contact.name), plain(target)}
    doubt = await store.doubt(contact.user_name)
    candidates = [*(doubt.candidates if doubt else ()), *(one for one in earlier if plain(one.name) in names)]
    if candidates:
        own = [one for one in now if one.user_name == contact.user_name and one.last is not None]
        raise await _ambiguous(store, target, [*own, *candidates])
    return StoredConversation(await store.conversation_with(contact.user_name), contact)


async def _ambiguous(store: Store, target: str, conversations: list[Conversation]) -> HistoryAmbiguous:
    each = {one.id: with_details(f"id:{one.id}", _described(one)) for one in conversations}
    candidates = printable(listed(list(each.values())), newlines=False)
    login = await store.current_login()
    if login is not None and login.contacts_refreshed_at is None:
        return ContactsMissing(target=target, candidates=candidates)
    if len(each) == 1:
        return HistoryUncertain(target=target, candidates=candidates)
    return HistoryAmbiguous(target=target, candidates=candidates)


def _described(conversation: Conversation) -> list[str]:
    """Return a conversation's name, the time of its last message, and whether it is of an earlier login."""
    last = [f"{conversation.last.time.astimezone():%Y-%m-%d %H:%M}"] if conversation.last else []
    return [conversation.name, *last, *([_("earlier")] if conversation.earlier else [])]
