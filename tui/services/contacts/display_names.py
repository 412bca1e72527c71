"""Display names: of the senders in the open conversation, looked up once and then at hand while drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tui.services.contacts.namesakes import HANDLE, looks_like
from tui.store.models import Conversation, Login
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind, Member


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
        chat = await self._store.contact(conversation.user_name)
        members = chat.members if chat is not None and chat.kind is ContactKind.GROUP else ()
        login = await self._store.current_login()
        former = await self._store.former_names(conversation.id)
        wanted = [conversation.user_name, *(member.user_name for member in members)]
        known = {contact.user_name: contact for contact in await self._store.contacts_named(wanted)}
        me = await self._store.contacts(ContactKind.SELF)
        if asked != self._asked:
            return
        names = {member.user_name: member.name for member in members}
        for user_name, contact in known.items():
            # Somebody who is no contact any more may still be in a group, under the name that is valid there.
            names[user_name] = contact.remark_name or names.get(user_name) or former.get(user_name) or contact.name
        self.own = _own_name(login, members, me)
        if login is not None:
            names[login.user_name] = ""
        self._members = list(dict.fromkeys(filter(None, (names[member.user_name] for member in members))))
        told = _told_apart(names, {name: contact.alias for name, contact in known.items()})
        # A sender of an earlier login had another UserName then: the same person, not a namesake.
        self._names = former | told
        self._plain = former | names

    def of(self, user_name: str) -> str:
        """Return the name of a sender; "" for oneself, for the system, and for somebody who is not known yet."""
        return self._names.get(user_name, "")

    def plain(self, user_name: str) -> str:
        """Return a sender's plain name, without the mark that tells namesakes apart here: other people will read it."""
        return self._plain.get(user_name, "")

    def member_names(self) -> list[str]:
        """Return the names of the others in the open group, for completion; none in other conversations."""
        return list(self._members)


def _own_name(login: Login | None, members: Sequence[Member], me: Sequence[Contact]) -> str:
    there = [member.display_name for member in members if login is not None and member.user_name == login.user_name]
    return next(filter(None, (*there, *(contact.nick_name for contact in me))), "")


def _told_apart(names: dict[str, str], aliases: dict[str, str]) -> dict[str, str]:
    """Return the names by UserName, with an addition to those that look alike: nobody is taken for somebody else."""
    looks = Counter(map(looks_like, filter(None, names.values())))
    return {
        user_name: f"{name} ({aliases.get(user_name) or f'…{user_name[-HANDLE:]}'})"
        if name and looks[looks_like(name)] > 1
        else name
        for user_name, name in names.items()
    }
