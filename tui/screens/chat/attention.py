"""Who is looking at what: when messages count as read, when the terminal rings, and what the last line says of it."""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, Final

from tui import errors
from tui.i18n import _, counted, say
from tui.message_summary import describe
from tui.screens.outbox_texts import hold_left, hold_words, stuck, waiting_words
from tui.store.changes import MessagesAdded
from tui.store.models import Conversation, StoredMessage
from tui.units import shown_seconds
from tui.widgets.base.styles import Tone
from tui.wire import bodies
from tui.wire.text import printable

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.screens.chat.screen import ChatScreen
    from tui.services.client.supervisor import Connection
    from tui.services.outbox import Outbox

AWAY_AFTER: Final = 120.0
"""Seconds without a key after which nobody is taken to be looking; many terminals do not tell when they lose focus."""
_BELL_PAUSE: Final = 1.0
_TOGETHER: Final = 0.3
"""Seconds: what arrives together is read together."""
_READ_PAUSE: Final = 2.0
"""Seconds between two read marks of one conversation: a busy group is not one call a message."""


class Attention:
    """One chat screen's idea of the person in front of it."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._last_key = time.monotonic()
        self._last_bell = 0.0
        self._reading: set[int] = set()
        self._unread_again: set[int] = set()
        self._countdown: Timer | None = None

    @property
    def looking(self) -> bool:
        """Whether somebody probably sees the screen."""
        return self._screen.app.app_focus and time.monotonic() - self._last_key < AWAY_AFTER

    def present(self) -> None:
        """Take in that somebody is there: a key was pressed, or the terminal got the focus."""
        self._last_key = time.monotonic()
        screen = self._screen
        conversation = screen.conversation
        unread = conversation is not None and conversation.unread and conversation.id not in self._reading
        if unread and self.looking and screen.log_view.at_bottom:
            self._read_open()

    def opened(self, conversation: Conversation) -> None:
        """Mark a conversation read that was opened, by a person or at the start."""
        if conversation.unread:
            self._read_open()

    def arrived(self, change: MessagesAdded) -> None:
        """Messages came: they are read if somebody looks, else the terminal rings."""
        theirs = [message for message in change.messages if _rings(message)]
        if not theirs:
            return
        screen = self._screen
        is_open = screen.conversation is not None and screen.conversation.id == change.conversation_id
        if is_open and self.looking and screen.log_view.at_bottom:
            self._read_open()
            return
        if is_open:
            screen.sidebar.seen(change.conversation_id, False)
        screen.go(self._ring(change.conversation_id, theirs[-1]), "ring")

    async def _ring(self, conversation_id: int, message: StoredMessage) -> None:
        desk = self._screen.desk
        conversation = await desk.store.conversation(conversation_id)
        now = time.monotonic()
        if conversation.quiet or now - self._last_bell < _BELL_PAUSE:
            return
        self._last_bell = now
        from tui.terminal.desktop_notifications import notice

        settings = desk.settings
        text = notice(
            printable(conversation.name, newlines=False),
            printable(describe(message.body), newlines=False),
            bell=settings.bell,
            desktop=settings.desktop_notices,
        )
        if text:
            desk.write(text)

    def _read_open(self) -> None:
        screen = self._screen
        if screen.conversation is None:
            return
        conversation_id = screen.conversation.id
        screen.sidebar.seen(conversation_id, screen.desk.client is not None)
        if conversation_id in self._reading:
            self._unread_again.add(conversation_id)
        else:
            self._reading.add(conversation_id)
            screen.go(self._read_in_turn(conversation_id), "read")

    async def _read_in_turn(self, conversation_id: int) -> None:
        try:
            await asyncio.sleep(_TOGETHER)
            await self._mark_read(conversation_id)
            await asyncio.sleep(_READ_PAUSE)
        finally:
            self._reading.discard(conversation_id)
        if conversation_id in self._unread_again:
            self._unread_again.discard(conversation_id)
            self._reading.add(conversation_id)
            self._screen.go(self._read_in_turn(conversation_id), "read")
        else:
            self._screen.sidebar.seen(conversation_id, False)
            self.counted()

    async def _mark_read(self, conversation_id: int) -> None:
        desk = self._screen.desk
        conversation = await desk.store.conversation(conversation_id)
        client = desk.client
        contact = await desk.store.contact(conversation.user_name)
        if conversation.unread and conversation.earlier:
            await desk.store.mark_read(conversation_id)  # the phone knows it by another name
        if not conversation.unread or client is None:
            return
        try:
            if contact is None:
                await desk.store.mark_read(conversation_id)  # the server has not told yet who that is
            else:
                await client.chat.mark_read(contact)
        except errors.WxtuiError:
            # The phone keeps its number; here it was read all the same.
            await desk.store.mark_read(conversation_id)

    # ---------------------------------------------------------------- the last line

    def connected(self, account: str) -> None:
        """There is a session."""
        if self._screen.conversation is not None and self.looking:
            # Without a session nobody could be told that it is read.
            self.opened(self._screen.conversation)
        self._screen.header_line.show_account(account)
        self.counted()

    def recovered(self) -> None:
        """It works again."""
        outbox = self._screen.desk.outbox
        if outbox is not None:
            outbox.connected()
        self.counted()

    def disconnected(self) -> None:
        """There is no session any more."""
        self._screen.queue_moved()

    def counted(self) -> None:
        """Say how things stand."""
        screen = self._screen
        screen.last_sync.look()
        outbox = screen.desk.outbox
        parts = self._queue(outbox) if outbox is not None else []
        unread = sum(not one.quiet for one in screen.sidebar.unread)
        if unread:
            parts.append(_("{count} unread").format(count=unread))
        paused = sum(one.paused for one in outbox.transfers) if outbox else 0
        running = outbox.unfinished if outbox else 0
        if running:
            parts.append(counted("{count} upload", "{count} uploads", running))
        if paused:
            parts.append(_("{count} paused").format(count=paused))
        connection = screen.desk.connection
        if connection is not None and connection.online:
            screen.status.state(" · ".join(["● " + _("online"), *parts]))
        else:
            screen.status.state(" · ".join(["○ " + offline_words(connection), *parts]), Tone.WARN)

    def _queue(self, outbox: Outbox) -> list[str]:
        """What waits, where that is not just its turn. A hold is counted down, and only a hold costs a byte a
        second."""
        waiting, left = stuck(outbox), hold_left(outbox)
        if left and waiting:
            if self._countdown is None:
                # Just after the number changes.
                self._countdown = self._screen.set_timer(left - math.ceil(left) + 1.01, self._tick)
            return [hold_words(math.ceil(left)), waiting_words(waiting)]
        return [waiting_words(waiting)] if waiting else []

    def _tick(self) -> None:
        """A second went by: here and on the rows that wait."""
        self._countdown = None
        self._screen.queue_moved()


def offline_words(connection: Connection | None) -> str:
    """Return why there is no session, and when it is tried again."""
    if connection is None:
        return _("not connected")
    if isinstance(connection.trouble, errors.ProfileBusy) and connection.retry is None:
        return _("waits until the wxtui of process {pid} ends").format(pid=connection.trouble.facts["pid"])
    if connection.trouble is None or connection.retry is None:
        return _("not connected")
    what, seconds = say(connection.trouble, advice=False), shown_seconds(connection.retry)
    return _("{what} Next try in {seconds}.").format(what=what, seconds=seconds)


def _rings(message: StoredMessage) -> bool:
    return not message.mine and not isinstance(message.body, bodies.System | bodies.Revoke | bodies.StatusNotify)
