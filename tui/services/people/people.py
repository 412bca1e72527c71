"""People of one session: friend requests, remarks, pins, and reading everything."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeAlias

from tui import errors
from tui.errors import Phrase
from tui.services.contacts.directory import Directory
from tui.services.people.contact_changes import ContactChanges
from tui.services.people.friend_requests import FriendRequests
from tui.services.sending.throttle import Pace
from tui.services.util.shielded import whole
from tui.store.models import Conversation
from tui.store.store import Store
from tui.wire import send
from tui.wire.call import Call
from tui.wire.contacts import Contact, ContactKind
from tui.wire.people import people_calls
from tui.wire.text import printable

LONGEST_REMARK: Final = 64
"""Characters of a remark."""
READ_PAUSE: Final = 0.5
"""Seconds between two conversations that are marked as read, about."""
_IN_DOUBT: Final = "people.in_doubt"
"""Key of the store's value: UserNames whose last change left, and nobody knows whether it worked."""
_MOST_DOUBTS: Final = 100
_NAMED: Final = frozenset({ContactKind.PERSON, ContactKind.OFFICIAL})
"""Kinds of contacts that can have a remark."""


_Step: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


class _NotWanted(Exception):
    """A change was made while another one of the same waited for its turn."""


class PeopleService:
    """Changes what one sees of people, and answers those who ask. Names are UserNames of the session."""

    def __init__(self, changes: ContactChanges, store: Store, directory: Directory) -> None:
        self.friend_requests = FriendRequests(changes, store, directory.fetch)
        self._directory = directory
        self._changes = changes
        self._store = store

    async def set_remark(self, user_name: str, remark: str) -> bool:
        """Name somebody as only oneself sees it; "" takes the remark away. False when it was so before.

        Raises `RemarkRefused`, `TargetUnknown`, and what `ContactChanges.run` raises.
        """
        contact = await self._contact(user_name)
        remark = checked_remark(contact, remark)
        if remark == contact.remark_name and not await self._is_in_doubt(user_name):
            return False
        call = people_calls.set_remark(self._changes.context.session, user_name, remark)
        what = Phrase("the remark of “{name}”", name=contact.name)

        async def leaving() -> None:
            await self._leave(user_name, same=(await self._contact(user_name)).remark_name == remark)

        return await self._change(call, what, leaving, lambda: self._note(user_name, remark=remark))

    async def set_pinned(self, user_name: str, *, pinned: bool) -> bool:
        """Pin a conversation to the top, or unpin it. False when it was so before, and the server was not asked."""
        contact = await self._contact(user_name)
        if contact.pinned == pinned and not await self._is_in_doubt(user_name):
            return False
        call = people_calls.set_pinned(self._changes.context.session, user_name, pinned=pinned)
        template = Phrase("pinning “{name}”", name=contact.name)
        what = template if pinned else Phrase("unpinning “{name}”", name=contact.name)

        async def leaving() -> None:
            await self._leave(user_name, same=(await self._contact(user_name)).pinned == pinned)

        return await self._change(call, what, leaving, lambda: self._note(user_name, pinned=pinned))

    async def _change(self, call: Call[None], what: Phrase, leaving: _Step, taken: _Step) -> bool:
        """Make a change in its turn; False where the same was made meanwhile: by a command that was given twice."""
        with suppress(_NotWanted):
            await self._changes.run(call, what, leaving, taken)
            return True
        return False

    async def _leave(self, user_name: str, *, same: bool) -> None:
        """Note that a change leaves: whatever happens to this program, nobody trusts what is stored until an answer.

        Raises `_NotWanted` when all is the `same` already.
        """
        doubts = (await self._store.value(_IN_DOUBT)).split()
        if same and user_name not in doubts:
            raise _NotWanted
        others = [one for one in doubts if one != user_name]
        await whole(self._store.set_value(_IN_DOUBT, " ".join([*others, user_name][-_MOST_DOUBTS:])))

    async def _is_in_doubt(self, user_name: str) -> bool:
        return user_name in (await self._store.value(_IN_DOUBT)).split()

    async def _note(self, user_name: str, *, remark: str | None = None, pinned: bool | None = None) -> None:
        """Store what the server has taken. A list of contacts that is on its way may be older, and does not undo it."""
        self._directory.supersede((user_name,))
        await self._store.change_contact(user_name, remark=remark, pinned=pinned)
        doubts = (await self._store.value(_IN_DOUBT)).split()
        await self._store.set_value(_IN_DOUBT, " ".join(one for one in doubts if one != user_name))

    async def read_all(self, on_read: Callable[[str, int], None]) -> int:
        """Mark every conversation as read, here and on the phone, with a pause between two; return how many.

        What comes meanwhile stays unread. `on_read` hears the name of each that was, and how many are left. Cancelled,
        or refused because this goes too fast, it stops: what was read stays read. Raises what stopped it, `PartlyDone`
        when some were read before.
        """
        until = await self._store.last_row()
        unread = [one for one in await self._store.conversations() if one.unread]
        pace = Pace(READ_PAUSE, self._changes.context.ids.jitter)
        for done, conversation in enumerate(unread):
            await pace.wait()
            try:
                await self._tell_phone(conversation)
            except errors.WxtuiError as error:
                if not done:
                    raise
                raise errors.PartlyDone(done=done, total=len(unread), why=error.said) from error
            await whole(self._store.mark_read(conversation.id, until))
            on_read(conversation.name, len(unread) - done - 1)
        return len(unread)

    async def _tell_phone(self, conversation: Conversation) -> None:
        """Tell the phone that a conversation was read. Of one that the server does not know any more nobody is told."""
        context = self._changes.context
        call = send.mark_read(context.session, conversation.user_name, str(context.ids.now_ms()))
        with suppress(errors.GroupGone, errors.BadParameter):
            await context.transport.run(call)

    async def _contact(self, user_name: str) -> Contact:
        contact = await self._store.contact(user_name)
        if contact is None:
            raise errors.TargetUnknown(target=user_name)
        return contact


def checked_remark(contact: Contact, remark: str) -> str:
    """Return a remark as it is sent; "" for none. Raises `RemarkRefused`, before anybody is asked."""
    if contact.kind is ContactKind.GROUP:
        raise errors.RemarkRefused(name=contact.name, why=Phrase("groups have no remark"))
    if contact.kind not in _NAMED:
        raise errors.RemarkRefused(name=contact.name, why=Phrase("only people have one"))
    if not remark:
        return ""
    remark = remark.strip()
    if not printable(remark, newlines=False).strip():
        raise errors.RemarkRefused(name=contact.name, why=Phrase("it is blank"))
    if len(remark) > LONGEST_REMARK:
        raise errors.RemarkRefused(
            name=contact.name, why=Phrase("it is longer than {limit} characters", limit=LONGEST_REMARK)
        )
    if printable(remark, newlines=False) != remark:
        raise errors.RemarkRefused(name=contact.name, why=Phrase("it contains control characters or line breaks"))
    return remark
