"""Actions on how one sees people: remark, pin, and reading everything."""

from __future__ import annotations

import asyncio

from tui import errors
from tui.i18n import _, counted
from tui.keymap import hint
from tui.message_summary import conversation_name
from tui.screens.chat.actions.base import ActionGroup, ConversationRow
from tui.screens.chat.chat_context import ChatContext
from tui.services.people import people_words
from tui.store.models import Conversation
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Tone
from tui.wire.contacts import Contact, ContactKind

NO_REMARK = "-"
"""Argument that takes a remark away."""


class ContactActions(ActionGroup):
    """Changes the remark and the pin of a conversation, and marks all of them as read."""

    def __init__(self, chat: ChatContext) -> None:
        super().__init__(chat)
        self._reading: asyncio.Task[None] | None = None
        """Task that marks everything as read."""
        self._reads = False
        """True from the command until that has ended: a second one never begins it twice."""

    async def remark(self, argument: str) -> None:
        """Set the remark of the open conversation; without a name, put the present one in the bar."""
        _conversation, contact = await self._here()
        if not argument:
            if not self._chat.composer.text.strip():
                self._chat.tell(_("Write the remark that only you see; - removes it."), Tone.TEXT)
            self._chat.begin_command("/remark ", contact.remark_name)
            return
        self._client()
        self._chat.run(self._set_remark(contact, "" if argument == NO_REMARK else argument), "people")

    async def _set_remark(self, contact: Contact, remark: str) -> None:
        changed = await self._client().people.set_remark(contact.user_name, remark)
        self._chat.tell(people_words.remark_set(contact.name, remark, changed=changed))

    def rows(self, conversation: Conversation) -> list[ConversationRow]:
        """Return rows for the menu of a conversation."""
        if conversation.earlier:
            return []

        async def pin() -> None:
            await self._set_pinned_of(conversation, pinned=not conversation.pinned)

        async def remark() -> None:
            await self._chat.open(conversation)
            await self._chat.do("remark", "", by_key=True)

        pinned = conversation.pinned
        rows = [ConversationRow(_("Unpin") if pinned else _("Pin"), pin, "/unpin" if pinned else "/pin")]
        if conversation.kind is ContactKind.PERSON:
            rows.append(ConversationRow(_("Remark"), remark, "/remark"))
        return rows

    async def pin(self, argument: str) -> None:
        """Pin the open conversation to the top."""
        await self._set_pinned_of(self._open_conversation(), pinned=True)

    async def unpin(self, argument: str) -> None:
        """Unpin the open conversation."""
        await self._set_pinned_of(self._open_conversation(), pinned=False)

    async def _set_pinned_of(self, conversation: Conversation, *, pinned: bool) -> None:
        """Pin a conversation, or unpin it, here and on the phone."""
        contact = await self._context.store.contact(conversation.user_name)
        if contact is None:
            raise errors.TargetUnknown(target=conversation_name(conversation))
        self._client()
        self._chat.run(self._set_pinned(contact, pinned=pinned), "people")

    async def _set_pinned(self, contact: Contact, *, pinned: bool) -> None:
        changed = await self._client().people.set_pinned(contact.user_name, pinned=pinned)
        self._chat.tell(people_words.pin_set(contact.name, pinned=pinned, changed=changed))

    async def read_all(self, argument: str) -> None:
        """Mark everything as read, one conversation after the other; while that runs, stop it."""
        if self._reads:
            self.stop_reading()
            return
        self._client()
        self._reads = True
        self._chat.run(self._read_all(), "reading")

    def stop_reading(self) -> bool:
        """Stop marking everything as read; False when that does not run."""
        if self._reading is None:
            return False
        self._reading.cancel()
        return True

    async def _read_all(self) -> None:
        self._reading = asyncio.current_task()
        done = 0

        def read(name: str, left: int) -> None:
            nonlocal done
            done += 1
            if left:
                said = hint("Marked as read: {name}. {left} to go; {interrupt} stops.", name=one_line(name), left=left)
                self._chat.tell(said)

        try:
            count = await self._client().people.read_all(read)
        except asyncio.CancelledError:
            self._chat.tell(people_words.reading_stopped(done))
            raise
        finally:
            self._reading, self._reads = None, False
        if count:
            self._chat.tell(counted("Marked {count} as read.", "Marked {count} as read.", count))
        else:
            self._chat.tell(people_words.nothing_unread())
