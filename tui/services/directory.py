"""Who is there: fetches contacts and groups, and finds the one that a person means."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from os.path import commonprefix
from typing import TYPE_CHECKING

from tui import errors
from tui.services.aside import Breath, aside
from tui.store.store import Store
from tui.wire import contact_calls
from tui.wire.contact_answers import Listing
from tui.wire.contacts import Contact, ContactKind
from tui.wire.names import FILEHELPER, Endpoint

if TYPE_CHECKING:
    from tui.services.link import Link

FRESH = timedelta(minutes=10)
"""How old the list of contacts may be before a target is looked up in it: an older one may hide a namesake."""
MAX_PAGES = 200
_FILEHELPER_NAMES = ("filehelper", "文件传输助手", "file transfer")
_SHOWN_CANDIDATES = 8
_PREFIX = 6


class Directory:
    """The contacts of the current login."""

    def __init__(self, link: Link, store: Store) -> None:
        self._link = link
        self._store = store

    async def refresh(self) -> None:
        """Fetch every page of contacts (protocol.md 2.7) and the groups that only the sidebar knew (2.8)."""
        ids = self._link.ids
        found: dict[str, Contact] = {}
        seq, pages = 0, 0
        while True:
            page = await self._link.run(contact_calls.get_contacts(self._link.session, seq, now_ms=ids.now_ms()))
            found |= {contact.user_name: contact for contact in await _read(page.contacts)}
            pages += 1
            if not page.next_seq or page.next_seq == seq or pages >= MAX_PAGES:
                break
            seq = page.next_seq
        if self._link.session.endpoint is Endpoint.FILEHELPER:
            found.setdefault(FILEHELPER, FILEHELPER_CONTACT)
        await self._store.save_contacts(found.values(), complete=True)
        # The list names groups without their members, whose names messages need, and a nameless group most of all.
        groups = await self._store.contacts(ContactKind.GROUP)
        bare = [group.user_name for group in groups if not any(member.name for member in group.members)]
        await self.fetch(bare)
        await self._store.recognise()

    async def fetch(self, user_names: Iterable[str]) -> None:
        """Details of these groups or people, 50 a call; what the server does not know is left out."""
        names = tuple(dict.fromkeys(user_names))
        for start in range(0, len(names), contact_calls.BATCH):
            part = names[start : start + contact_calls.BATCH]
            call = contact_calls.batch_get(self._link.session, part, now_ms=self._link.ids.now_ms())
            found = await self._link.run(call)
            await self._store.save_contacts(await _read(found))

    async def resolve(self, target: str) -> Contact:
        """The one contact or group that `target` means; see `choose`. Refreshes a list that is old or knows nothing.

        Raises `TargetUnknown`, `TargetAmbiguous`, `NetworkError`, `SessionOver`.
        """
        login = await self._store.current_login()
        stamp = login.contacts_refreshed_at if login else None
        fresh = stamp is not None and timedelta() <= self._link.ids.now() - stamp < FRESH
        if fresh:
            try:
                return choose(target, await self._store.contacts())
            except errors.TargetUnknown:
                pass
        await self.refresh()
        return choose(target, await self._store.contacts())


FILEHELPER_CONTACT = Contact(
    FILEHELPER, "文件传输助手", kind=ContactKind.SPECIAL, pinyin=("wjcszs", "wenjianchuanshuzhushou")
)


async def _read(listing: Listing) -> list[Contact]:
    """Everyone of them, read beside the event loop: thousands take longer than a frame."""

    def read(breath: Breath) -> list[Contact]:
        found = []
        for contact in listing:
            found.append(contact)
            breath()
        return found

    return await aside(read)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _names(contact: Contact) -> set[str]:
    names = {contact.remark_name, contact.nick_name, contact.name, contact.alias}
    if contact.user_name == FILEHELPER:
        names.update(_FILEHELPER_NAMES)
    return {_plain(name) for name in names if name}


def matches(contact: Contact, query: str) -> bool:
    """Whether a search for `query` shows this contact: part of a name, or its pinyin."""
    wanted = _plain(query)
    squeezed = wanted.replace(" ", "")
    return any(wanted in name for name in _names(contact)) or (
        bool(squeezed) and any(squeezed in pinyin for pinyin in contact.pinyin)
    )


def choose(target: str, contacts: list[Contact]) -> Contact:
    """The contact with exactly this remark or name, else the only one that matches; never a guess.

    A UserName (`@…`), or enough of one to be unique, is taken too: that is how namesakes are told apart.
    Raises `TargetUnknown` or `TargetAmbiguous`.
    """
    wanted = _plain(target)
    others = [contact for contact in contacts if contact.kind is not ContactKind.SELF]
    if not wanted:
        raise errors.TargetUnknown(target=target)
    if wanted.startswith("@") and len(wanted) >= _PREFIX:
        found = [contact for contact in others if contact.user_name == target]
        found = found or [contact for contact in others if contact.user_name.startswith(wanted)]
    else:
        found = []
    found = found or [contact for contact in others if wanted in _names(contact)]
    # Who writes their own name does not mean a group that has it in its name.
    itself = [] if found else [contact for contact in contacts if wanted in _names(contact)]
    found = found or [contact for contact in others if matches(contact, target)]
    if not found:
        raise errors.TargetUnknown(target=target)
    if len(found) + len(itself) > 1:
        raise errors.TargetAmbiguous(target=target, candidates=_listed([*itself, *found], contacts))
    return found[0]


def handles(contacts: list[Contact]) -> dict[str, str]:
    """UserName → the shortest start of it that no other contact has, to type as a target."""
    names = sorted({contact.user_name for contact in contacts})
    short: dict[str, str] = {}
    for before, name, after in zip(["", *names], names, [*names[1:], ""], strict=False):
        # In sorted order, whoever shares most of a name stands next to it.
        shared = max(len(commonprefix([name, other])) for other in (before, after))  # noqa: RUF071 - characters are meant
        short[name] = name if not name.startswith("@") else name[: max(shared + 1, _PREFIX + 2)]
    return short


def _listed(found: list[Contact], contacts: list[Contact]) -> str:
    short = handles(contacts)
    shown = [f"{contact.name} ({contact.kind.value}, {short[contact.user_name]})" for contact in found]
    rest = len(shown) - _SHOWN_CANDIDATES
    return ", ".join(shown[:_SHOWN_CANDIDATES]) + (f", … (+{rest})" if rest > 0 else "")
