"""Read marks: the open conversation counts as read while a person looks at its newest messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from tui import errors
from tui.screens.chat.chat_context import ChatContext

AWAY_AFTER: Final = 120.0
"""Seconds without a key after which nobody is taken to be looking; many terminals do not tell when they lose focus."""
_TOGETHER: Final = 0.3
"""Seconds: messages that arrive together are read together."""
_READ_PAUSE: Final = 2.0
"""Seconds between two read marks of one conversation: a busy group is not one call a message."""


class ReadMarks:
    """Marks conversations read, here and on the phone."""

    def __init__(self, chat: ChatContext, reading: Callable[[int, bool], None]) -> None:
        """`reading` hears that a conversation is being marked, and that this came to its end."""
        self._chat = chat
        self._tell_reading = reading
        self._focused = True
        self._last_key = time.monotonic()
        self._reading: set[int] = set()
        self._unread_again: set[int] = set()
        self._seen: dict[int, int] = {}
        """Last row that a person saw arrive, of each conversation that is yet to be marked."""

    @property
    def looking(self) -> bool:
        """True while a person probably sees the screen."""
        return self._focused and time.monotonic() - self._last_key < AWAY_AFTER

    @property
    def sees_newest(self) -> bool:
        """True while a person probably sees the newest message."""
        return self.looking and self._chat.message_log.at_bottom

    def focus_moved(self, focused: bool) -> None:
        """Take in that the terminal got the focus, or lost it."""
        self._focused = focused
        if focused:
            self.present()

    def present(self) -> None:
        """Take in that a person is there: a key was pressed, or the terminal got the focus."""
        self._last_key = time.monotonic()
        conversation = self._chat.conversation
        if conversation is not None and conversation.id not in self._reading and self.sees_newest:
            self.opened()

    def opened(self) -> None:
        """Mark the open conversation read if something in it is unread."""
        if self._chat.conversation is not None and self._chat.conversation.unread:
            self.read_open()

    def read_open(self, row: int | None = None) -> None:
        """Mark the open conversation read, once more if that is being done.

        `row`: the last one that a person sees arrive; None for all that is there now.
        """
        if self._chat.conversation is None:
            return
        conversation_id = self._chat.conversation.id
        if row is None:
            self._seen.pop(conversation_id, None)
        else:
            self._seen[conversation_id] = row
        self._tell_reading(conversation_id, self._chat.context.runtime.client is not None)
        if conversation_id in self._reading:
            self._unread_again.add(conversation_id)
        else:
            self._reading.add(conversation_id)
            self._chat.run(self._read_in_turn(conversation_id), "read")

    async def _read_in_turn(self, conversation_id: int) -> None:
        try:
            if conversation_id not in self._seen:
                self._seen[conversation_id] = await self._chat.context.store.last_row()
            await asyncio.sleep(_TOGETHER)
            self._unread_again.discard(conversation_id)  # This mark is for all that was seen until now.
            await self._mark_read(conversation_id, self._seen.pop(conversation_id, None))
            await asyncio.sleep(_READ_PAUSE)
        finally:
            self._reading.discard(conversation_id)
            if conversation_id not in self._unread_again:
                self._seen.pop(conversation_id, None)
        if conversation_id in self._unread_again:
            self._unread_again.discard(conversation_id)
            self._reading.add(conversation_id)
            self._chat.run(self._read_in_turn(conversation_id), "read")
        else:
            self._tell_reading(conversation_id, False)

    async def _mark_read(self, conversation_id: int, until: int | None) -> None:
        """Mark what was seen; what comes while the server is being told is unread."""
        store, client = self._chat.context.store, self._chat.context.runtime.client
        conversation = await store.conversation(conversation_id)
        contact = await store.contact(conversation.user_name)
        if conversation.unread and conversation.earlier:
            await store.mark_read(conversation_id, until)  # the phone knows it by another name
        if not conversation.unread or client is None:
            return
        try:
            if contact is None:
                await store.mark_read(conversation_id, until)  # the server has not told yet who that is
            else:
                await client.chat.mark_read(contact, until)
        except errors.WxtuiError:
            # The phone keeps its number; here it was read all the same.
            await store.mark_read(conversation_id, until)
