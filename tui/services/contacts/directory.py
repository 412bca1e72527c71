"""Contacts of the current login: fetched from the server, and found by the name that a person types."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from tui import errors
from tui.i18n import _, listed, with_details
from tui.message_summary import KIND_WORDS
from tui.services.contacts.matching import LEAST, conversation_number, handles, is_escaped, matches, names_of, plain
from tui.services.util.threads import Breath, in_own_thread
from tui.store.store import Store
from tui.wire import contact_calls
from tui.wire.contact_answers import Listing
from tui.wire.contacts import Contact, ContactKind
from tui.wire.names import FILEHELPER, SPECIAL_ACCOUNTS, Endpoint

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext

FRESH = timedelta(minutes=10)
"""How old the list of contacts may be before a target is looked up in it: an older one may hide a namesake."""
MAX_PAGES = 200
MAX_CONTACTS = 50_000
"""Contacts after which a server that goes on and on is not asked for more."""
_SHOWN_CANDIDATES = 8


class Directory:
    """Fetches contacts and groups into the store, and resolves targets."""

    def __init__(self, context: SessionContext, store: Store) -> None:
        self._context = context
        self._store = store

    async def refresh(self) -> None:
        """Fetch every page of contacts (PROTOCOL section 2.7) and the groups that only the sidebar knew (2.8)."""
        ids = self._context.ids
        found: dict[str, Contact] = {}
        seq, pages = 0, 0
        while True:
            page = await self._context.transport.run(
                contact_calls.get_contacts(self._context.session, seq, now_ms=ids.now_ms())
            )
            found |= {contact.user_name: contact for contact in await _read(page.contacts)}
            pages += 1
            if not page.next_seq or page.next_seq == seq or pages >= MAX_PAGES or len(found) >= MAX_CONTACTS:
                break
            seq = page.next_seq
        if self._context.session.endpoint is Endpoint.FILEHELPER:
            found.setdefault(FILEHELPER, FILEHELPER_CONTACT)
        await self._store.save_contacts(found.values(), complete=True)
        # The list names groups without their members, whose names messages need, and a nameless group most of all.
        groups = await self._store.contacts(ContactKind.GROUP)
        bare = [group.user_name for group in groups if not any(member.name for member in group.members)]
        await self.fetch(bare)
        await self._store.recognise()

    async def fetch(self, user_names: Iterable[str]) -> None:
        """Fetch details of these groups or people, 50 a call; unknown ones are left out."""
        names = tuple(dict.fromkeys(user_names))
        for start in range(0, len(names), contact_calls.BATCH):
            part = names[start : start + contact_calls.BATCH]
            call = contact_calls.batch_get(self._context.session, part, now_ms=self._context.ids.now_ms())
            found = await self._context.transport.run(call)
            await self._store.save_contacts(await _read(found))

    async def resolve(self, target: str) -> Contact:
        """Return the contact or group that `target` means; see `choose`. Refreshes a list that is old, or lacks it.

        `id:N` means the stored conversation of that number. Raises `TargetUnknown`, `TargetAmbiguous`, `NetworkError`,
        `SessionOver`.
        """
        if (number := conversation_number(target)) is not None:
            return await self._with_number(number, target)
        login = await self._store.current_login()
        stamp = login.contacts_refreshed_at if login else None
        fresh = stamp is not None and timedelta() <= self._context.ids.now() - stamp < FRESH
        if fresh:
            try:
                return choose(target, await self._store.contacts())
            except errors.TargetUnknown:
                pass
        await self.refresh()
        if target.strip() == FILEHELPER and await self._store.contact(FILEHELPER) is None:
            # Every account has it, also where the server's list leaves it out.
            await self._store.save_contacts([FILEHELPER_CONTACT])
        return choose(target, await self._store.contacts())

    async def _with_number(self, number: int, target: str) -> Contact:
        for conversation in await self._store.conversations():
            if conversation.id == number and (found := await self._store.contact(conversation.user_name)) is not None:
                return found
        # A conversation of an earlier login has no address until a person says whose it is.
        raise errors.TargetUnknown(target=target)


FILEHELPER_CONTACT = Contact(
    FILEHELPER, "文件传输助手", kind=ContactKind.SPECIAL, pinyin=("wjcszs", "wenjianchuanshuzhushou")
)


async def _read(listing: Listing) -> list[Contact]:
    """Return all contacts of a listing, read beside the event loop: thousands take longer than a frame."""

    def read(breath: Breath) -> list[Contact]:
        found = []
        for contact in listing:
            found.append(contact)
            breath()
        return found

    return await in_own_thread(read)


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


def _listed(found: list[Contact], contacts: list[Contact]) -> str:
    short = handles(contacts)
    shown = [
        with_details(one.name, [*filter(None, (_(KIND_WORDS[one.kind]), one.alias, short[one.user_name]))])
        for one in found
    ]
    rest = len(shown) - _SHOWN_CANDIDATES
    return listed([*shown[:_SHOWN_CANDIDATES], *([f"… (+{rest})"] if rest > 0 else [])])
