"""The bell for messages: rings once for all that came within a moment, and not for what was read meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from tui.config.settings import Settings
from tui.services.attention.attention import Attention, Cause, attention_for, names_me
from tui.services.attention.late_mentions import LateMentions
from tui.store.errors import NoSuchRow
from tui.store.models import Conversation, StoredMessage
from tui.store.store import Store

MOMENT: Final = 0.8
"""Seconds that a bell waits: the phone, on which somebody reads the message, says so in the next answer of sync."""
PAUSE: Final = 1.0
"""Seconds from one bell to the next, at least."""
LATE: Final = 90.0
"""Seconds of age from which on a message was caught up with: it was sent while nothing was heard."""
_CANDIDATES: Final = 8
"""Messages of a conversation that wait for the bell at most."""
CATCHING_UP: Final = 60.0
"""Seconds without such messages after which the next one rings again: a start rings once, however long it takes."""


class Ring(msgspec.Struct, frozen=True):
    """A message that rings now, in its conversation."""

    message: StoredMessage
    conversation: Conversation
    attention: Attention


class Ringer:
    """Decides when the bell rings for messages. Only what comes makes it do anything: there is no timer."""

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        clock: Callable[[], datetime],
        ring: Callable[[Ring], None],
        *,
        server_time: Callable[[], datetime | None] = lambda: None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ring` rings. `server_time`: the server's clock, once it was heard; it wrote the times of messages."""
        self._store = store
        self._settings = settings
        self._clock = clock
        self._ring = ring
        self._server_time = server_time
        self._steady = steady
        self._waiting: dict[int, list[StoredMessage]] = {}
        """Conversation → what came there, the most important last: when that is recalled, the one before it counts."""
        self._late = LateMentions()
        self._last_bell = self._last_late = float("-inf")
        self.busy = False
        """It waits for a moment, or decides; `ring_soon` is running."""

    def take(self, messages: Iterable[StoredMessage], conversation: Conversation | None) -> bool:
        """Note messages of one conversation that came; True where `ring_soon` must be started now.

        `conversation` as it was last read, if it was: of one that is silent nothing more is looked at.
        """
        settings, now = self._settings(), self._clock()
        # What came makes it unread, whatever is known of it.
        known = None if conversation is None else msgspec.structs.replace(conversation, unread=1)
        for message in messages:
            self._late.came(message)
            if known is not None and not attention_for(message, known, settings, now).rings:
                continue
            waiting = self._waiting.setdefault(message.conversation_id, [])
            below = bool(waiting) and names_me(waiting[-1], settings) and not names_me(message, settings)
            waiting.insert(-1 if below else len(waiting), message)
            del waiting[:-_CANDIDATES]
        begins = bool(self._waiting) and not self.busy
        self.busy |= begins
        return begins

    def changed(self, message: StoredMessage, conversation: Conversation | None) -> bool:
        """Note a message that came a while ago, and of which only now is known that it names oneself; as `take`."""
        return self._late.is_one(message) and self.take((message,), conversation)

    async def ring_soon(self) -> None:
        """Wait a moment, and ring for the most important message that is still unread then; again while more comes."""
        try:
            while self._waiting:
                await asyncio.sleep(max(MOMENT, self._last_bell + PAUSE - self._steady()))
                waiting, self._waiting = self._waiting, {}
                rings = [ring for those in waiting.values() if (ring := await self._decide(those)) is not None]
                if rings:
                    self._choose(rings)
        finally:
            self.busy = False

    async def _decide(self, messages: Sequence[StoredMessage]) -> Ring | None:
        """Return the most important of a conversation's messages that still rings."""
        for message in reversed(messages):
            if (ring := await self._look(message)) is not None:
                return ring
        return None

    async def _look(self, message: StoredMessage) -> Ring | None:
        try:
            # Both as they are now: read on the phone, recalled, muted in the last moment.
            message = await self._store.row(message.id)
            conversation = await self._store.conversation(message.conversation_id)
        except NoSuchRow:
            return None
        attention = attention_for(message, conversation, self._settings(), self._clock())
        return Ring(message, conversation, attention) if attention.rings else None

    def _choose(self, rings: list[Ring]) -> None:
        """Ring for one of these: a mention before all others, then the newest. For what is late ring once."""
        now = self._steady()
        fresh = [one for one in rings if not self._is_late(one.message)]
        catching_up = now - self._last_late < CATCHING_UP
        if len(fresh) < len(rings):
            self._last_late = now
        chosen = fresh if catching_up else rings
        if chosen:
            self._last_bell = now
            self._ring(max(chosen, key=lambda one: (one.attention.cause is Cause.MENTION, one.message.place)))

    def _is_late(self, message: StoredMessage) -> bool:
        now = self._server_time() or self._clock()
        return (now - message.time).total_seconds() > LATE
