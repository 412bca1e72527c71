"""Open conversation and place in it, kept for the next start."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from tui.screens.chat.chat_context import BeginWork
from tui.store.errors import NoSuchRow
from tui.store.models import Conversation
from tui.store.store import Store
from tui.widgets.message_log.viewport import LogAnchor

if TYPE_CHECKING:
    from textual.timer import Timer

_KEY: Final = "where"
_PAUSE: Final = 1.0
"""Seconds in which moves are collected: who scrolls through a year writes to the disk once, or a few times."""


class LogPosition(msgspec.Struct, frozen=True):
    """Conversation by its row id, and the top line in it; `anchor` is None at the bottom."""

    conversation: int
    anchor: LogAnchor | None = msgspec.field(default=None, name="spot")


class Placed(Protocol):
    """Messages of the open conversation, and the place in it."""

    @property
    def conversation(self) -> Conversation | None:
        """Conversation that is shown."""

    @property
    def scroll_anchor(self) -> LogAnchor | None:
        """Top line; None at the bottom."""


class LastPosition:
    """Reads the last position once, and writes it when it has changed."""

    def __init__(
        self,
        store: Store,
        log: Placed,
        run: BeginWork,
        set_timer: Callable[[float, Callable[[], None]], Timer] | None = None,
    ) -> None:
        """Without `set_timer` only `keep` stores it."""
        self._store = store
        self._log = log
        self._run = run
        self._set_timer = set_timer
        self._kept = ""
        self._timer: Timer | None = None
        self.as_shown = False
        """True when `load` gave the conversation that a kept screen shows."""

    async def load(self, shown: int = 0) -> tuple[Conversation, LogAnchor | None] | None:
        """Return conversation and place of the last run; None where the conversation is gone, or cannot be reached.

        `shown`: id of the conversation that a kept screen shows, which comes first; 0 for none.
        """
        self._kept = await self._store.value(_KEY)
        try:
            left = msgspec.json.decode(self._kept, type=LogPosition) if self._kept else None
        except msgspec.MsgspecError:
            left = None  # Written by another version.
        for position in (LogPosition(shown) if shown else None, left):
            if position is not None and (found := await self._reached(position.conversation)) is not None:
                self.as_shown = position is not left
                same = left is not None and left.conversation == position.conversation
                return found, left.anchor if left is not None and same else None
        return None

    async def _reached(self, conversation_id: int) -> Conversation | None:
        try:
            conversation = await self._store.conversation(conversation_id)
        except NoSuchRow:
            return None  # Deleted since.
        # Of an earlier login, nobody has that UserName any more: text that is typed there would go nowhere.
        return None if conversation.earlier else conversation

    def moved(self) -> None:
        """Store in a moment that another conversation was opened, or that the messages moved."""
        if self._timer is None and self._set_timer is not None:
            self._timer = self._set_timer(_PAUSE, self._due)

    def _due(self) -> None:
        self._timer = None
        # A full disk is said, and is not the end of the program.
        self._run(self.keep(), "last position")

    async def keep(self) -> None:
        """Store the position now, if it is another one than the stored one. Raises `LocalError`."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._log.conversation is None:
            return
        text = msgspec.json.encode(LogPosition(self._log.conversation.id, self._log.scroll_anchor)).decode()
        if text != self._kept:
            self._kept = text
            await self._store.set_value(_KEY, text)
