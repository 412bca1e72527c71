"""The two minutes in which a message can be recalled, by a clock that nobody sets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tui.services.util.suspend import steady
from tui.store.changes import Change, MessageChanged, MessagesAdded
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire.names import REVOKE_WINDOW

_MOST: Final = 1000
"""So many messages are remembered; of an older one the server is asked."""


class RecallWindow:
    """Knows since when the messages that left in this process are sent.

    Of others only the time on the wall is stored, and the clock may have been set since: they are counted down where
    that makes sense, but whether it is too late is for the server to say.
    """

    def __init__(self, wall: Callable[[], datetime], lasting: Callable[[], float] = steady) -> None:
        """`wall` gives the time of day, `lasting` seconds that really go by."""
        self._wall, self._lasting = wall, lasting
        self._leaving: set[int] = set()
        self._sent: dict[int, float] = {}

    def note(self, change: Change) -> None:
        """Take in a change of the store: a message leaves, or has left."""
        match change:
            case MessagesAdded(messages=messages):
                for message in messages:
                    self._note(message)
            case MessageChanged(message=message):
                self._note(message)

    def _note(self, message: StoredMessage) -> None:
        if message.state is DeliveryState.SENDING:
            self._leaving.add(message.id)
        elif message.id in self._leaving:
            self._leaving.discard(message.id)
            if message.state is DeliveryState.SENT:
                self._sent[message.id] = self._lasting()
                if len(self._sent) > _MOST:
                    del self._sent[next(iter(self._sent))]

    def seconds_left(self, message: StoredMessage) -> float:
        """Return how long the message can probably still be recalled, in seconds; 0.0 when nobody knows."""
        if message.state is not DeliveryState.SENT or not message.outgoing or not message.msg_id or not message.sent_at:
            return 0.0
        left = float(REVOKE_WINDOW) - self._age(message)
        return left if 0 < left <= REVOKE_WINDOW else 0.0

    def is_over(self, message: StoredMessage) -> bool:
        """Return True when it is certainly too late, so that the server need not be asked."""
        return message.id in self._sent and self._age(message) > REVOKE_WINDOW

    def _age(self, message: StoredMessage) -> float:
        began = self._sent.get(message.id)
        if began is not None:
            return self._lasting() - began
        return (self._wall() - message.sent_at).total_seconds() if message.sent_at else float(REVOKE_WINDOW)
