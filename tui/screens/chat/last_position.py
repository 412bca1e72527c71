"""Where one was: the open conversation and the place in it, kept for the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from textual.timer import Timer

from tui.store.errors import NoSuchRow
from tui.store.models import Conversation
from tui.widgets.message_log.viewport import Spot

if TYPE_CHECKING:
    from tui.screens.chat.screen import ChatScreen

_KEY: Final = "where"
_PAUSE: Final = 1.0
"""Seconds in which moves are collected: who scrolls through a year writes to the disk once, or a few times."""


class LogPosition(msgspec.Struct, frozen=True):
    """A conversation by its row id, and the top line there; `spot` is None at the bottom."""

    conversation: int
    spot: Spot | None = None


class LastPosition:
    """One chat screen's place: read once, and written when it has changed."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._kept = ""
        self._timer: Timer | None = None

    async def recall(self) -> tuple[Conversation, Spot | None] | None:
        """Where one was, if that conversation is still there and can still be reached."""
        store = self._screen.desk.store
        self._kept = await store.recall(_KEY)
        if not self._kept:
            return None
        try:
            where = msgspec.json.decode(self._kept, type=LogPosition)
            conversation = await store.conversation(where.conversation)
        except (msgspec.MsgspecError, NoSuchRow):
            return None  # Written by another version, or deleted since.
        in_list = self._screen.sidebar.conversation(conversation.id) is not None
        # Of an earlier login, nobody has that UserName any more: what is typed there would go nowhere.
        if not in_list and await store.contact(conversation.user_name) is None:
            return None
        return conversation, where.spot

    def moved(self) -> None:
        """Another conversation was opened, or the messages moved: it is written down in a moment."""
        if self._timer is None:
            self._timer = self._screen.set_timer(_PAUSE, self._write)

    def _write(self) -> None:
        self._timer = None
        # A full disk is said, and is not the end of the program.
        self._screen.go(self.keep(), "whereabouts")

    async def keep(self) -> None:
        """Write it down now, if it is another place than the one that is kept."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        screen = self._screen
        log = screen.log_view
        if screen.conversation is None or log.conversation is None or log.conversation.id != screen.conversation.id:
            return
        where = LogPosition(screen.conversation.id, log.spot)
        text = msgspec.json.encode(where).decode()
        if text != self._kept:
            self._kept = text
            await screen.desk.store.remember(_KEY, text)
