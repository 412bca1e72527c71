"""Display names: of senders in the open conversation and in the list, looked up once and then at hand while drawing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from tui.services.contacts.namesakes import HANDLE, looks_like
from tui.store.conversation_view import People
from tui.store.models import Conversation, Login
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind, Member

_MOST_SENDERS: Final = 2000
_MANY: Final = 1000
"""Members from which on names are told apart beside the loop: of ten thousand that takes two frames."""


class DisplayNames:
    """Names as they are shown in one conversation: first the person's own remark for somebody, as on the phone.

    In a group the name that the member has there comes next, then the nickname.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked = 0
        self._names: dict[str, str] = {}
        self._plain: dict[str, str] = {}
        self._members: list[str] = []
        self.own = ""
        """Own name as the others there read it: the name in this group, else the nickname."""

    async def learn(self, conversation: Conversation) -> None:
        """Look up everyone there. Called when a conversation is opened, and again on `ContactsChanged`.

        Of two calls that overlap the later one counts.
        """
        self._asked += 1
        asked = self._asked
        people = await self._store.people(conversation)
        many = people.chat is not None and len(people.chat.members) > _MANY
        shown = await asyncio.to_thread(_shown, people) if many else _shown(people)
        if asked == self._asked:
            self._take(shown)

    def use(self, people: People) -> None:
        """Take the names of those who are there; what is being looked up counts no more."""
        self._asked += 1
        self._take(_shown(people))

    def _take(self, shown: _Shown) -> None:
        self._names, self._plain, self._members, self.own = shown.names, shown.plain, shown.members, shown.own

    def of(self, user_name: str) -> str:
        """Return the name of a sender; "" for oneself, for the system, and for somebody who is not known yet."""
        return self._names.get(user_name, "")

    def plain(self, user_name: str) -> str:
        """Return a sender's plain name, without the mark that tells namesakes apart here: other people will read it."""
        return self._plain.get(user_name, "")

    def member_names(self) -> list[str]:
        """Return the names of the others in the open group, for completion; none in other conversations."""
        return list(self._members)


class _Shown(msgspec.Struct, frozen=True):
    """Names of all who are in a conversation, as they are shown there."""

    names: dict[str, str]
    plain: dict[str, str]
    members: list[str]
    own: str


def _shown(people: People) -> _Shown:
    chat, login, former = people.chat, people.login, people.former
    writers = chat.writers if chat is not None and chat.kind is ContactKind.GROUP else ()
    known = {contact.user_name: contact for contact in people.known}
    members = chat.members if chat is not None else ()
    names = {member.user_name: member.name for member in writers}
    for user_name, contact in known.items():
        # Somebody who is no contact any more may still be in a group, under the name that is valid there.
        names[user_name] = _name_there(contact, names.get(user_name, ""), former.get(user_name, ""))
    if login is not None:
        names[login.user_name] = ""
    inside = list(dict.fromkeys(filter(None, (names[member.user_name] for member in members))))
    told = _told_apart(names, {name: contact.alias for name, contact in known.items()})
    # A sender of an earlier login had another UserName then: the same person, not a namesake.
    return _Shown(former | told, former | names, inside, _own_name(login, members, people.me))


def _name_there(contact: Contact | None, there: str, former: str) -> str:
    """Return a sender's name: one's own remark, else the name in the group, else an earlier one, else the nickname."""
    own, plain = ("", "") if contact is None else (contact.remark_name, contact.name)
    return own or there or former or plain


def _own_name(login: Login | None, members: Sequence[Member], me: Contact | None) -> str:
    there = [member.display_name for member in members if login is not None and member.user_name == login.user_name]
    return next(filter(None, there), me.nick_name if me is not None else "")


def _told_apart(names: dict[str, str], aliases: dict[str, str]) -> dict[str, str]:
    """Return the names by UserName, with an addition to those that look alike: nobody is taken for somebody else."""
    looks = Counter(map(looks_like, filter(None, names.values())))
    return {
        user_name: f"{name} ({aliases.get(user_name) or f'…{user_name[-HANDLE:]}'})"
        if name and looks[looks_like(name)] > 1
        else name
        for user_name, name in names.items()
    }


class SenderNames:
    """Names of those who wrote the newest messages in groups: looked up once, and then at hand while drawing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: dict[tuple[int, str], str] = {}

    def of(self, conversation: Conversation) -> str | None:
        """Return who wrote the newest message of a group; "" where nobody knows, None before it was looked up."""
        last = conversation.last
        if conversation.kind is not ContactKind.GROUP or last is None or last.mine or not last.sender:
            return ""
        return self._names.get((conversation.id, last.sender))

    async def learn(self, conversations: Iterable[Conversation], *, again: bool = False) -> None:
        """Look up the senders that are not known; with `again` all of these, and no others are known any more."""
        wanted = [one for one in conversations if again or self.of(one) is None]
        found: dict[tuple[int, str], str] = {}
        for one in wanted:
            if one.kind is ContactKind.GROUP and one.last is not None and one.last.sender:
                found[one.id, one.last.sender] = await self._look_up(one, one.last.sender)
        if again or len(self._names) > _MOST_SENDERS:
            self._names = found
        else:
            self._names |= found

    async def _look_up(self, group: Conversation, sender: str) -> str:
        known = {contact.user_name: contact for contact in await self._store.contacts_named((group.user_name, sender))}
        room = known.get(group.user_name)
        members = room.writers if room is not None else ()
        there = next((member.name for member in members if member.user_name == sender), "")
        former = await self._store.former_names(group.id)
        return _name_there(known.get(sender), there, former.get(sender, ""))
