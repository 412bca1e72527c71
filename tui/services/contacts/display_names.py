"""Who wrote what, in names: the senders of the open conversation, looked up once and then at hand while drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tui.services.contacts.namesakes import HANDLE, looks_like
from tui.store.models import Conversation, Login
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind, Member


class DisplayNames:
    """Names as they are shown in one conversation. A person's remark for somebody comes before all else.

    In a group its own name for a member comes next, then the nickname, as on the phone.
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
        """Look up everyone there. To be called when a conversation is opened, and again on `ContactsChanged`.

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
            # Somebody who is no contact any more is in a group still, under the name that is valid there.
            names[user_name] = contact.remark_name or names.get(user_name) or former.get(user_name) or contact.name
        self.own = _own_name(login, members, me)
        if login is not None:
            names[login.user_name] = ""
        self._members = list(dict.fromkeys(filter(None, (names[member.user_name] for member in members))))
        told = _told_apart(names, {name: contact.alias for name, contact in known.items()})
        # Who wrote in an earlier login had another UserName then: the same person, not a namesake.
        self._names = former | told
        self._plain = former | names

    def of(self, user_name: str) -> str:
        """The name of a sender; "" for oneself, for the system, and for somebody who is not known yet."""
        return self._names.get(user_name, "")

    def plain(self, user_name: str) -> str:
        """The name of a sender without the mark that tells namesakes apart, for words that others will read."""
        return self._plain.get(user_name, "")

    def member_names(self) -> list[str]:
        """The others in the open group, for completion; nobody elsewhere."""
        return list(self._members)


def _own_name(login: Login | None, members: Sequence[Member], me: Sequence[Contact]) -> str:
    there = [member.display_name for member in members if login is not None and member.user_name == login.user_name]
    return next(filter(None, (*there, *(contact.nick_name for contact in me))), "")


def _told_apart(names: dict[str, str], aliases: dict[str, str]) -> dict[str, str]:
    """UserName → name, with a mark behind each that looks like another's: nobody is taken for somebody else."""
    looks = Counter(map(looks_like, filter(None, names.values())))
    return {
        user_name: f"{name} ({aliases.get(user_name) or f'…{user_name[-HANDLE:]}'})"
        if name and looks[looks_like(name)] > 1
        else name
        for user_name, name in names.items()
    }
