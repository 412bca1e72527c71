"""Late mentions: of a message that came, it is known only later that it names oneself; the group's names come after it.

Who rings or runs a hook asks here. What an earlier version stored and what an earlier run was told of are none.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from tui.store.models import StoredMessage
from tui.wire.mentions import may_mention

_MOST: Final = 200
"""Messages that may yet turn out to be mentions; as many of a group are looked at again when its names come."""


class LateMentions:
    """Remembers which of the messages that came last may yet turn out to name oneself."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque(maxlen=_MOST)

    def came(self, message: StoredMessage) -> None:
        """Take in that a message came."""
        if message.mention is None and not message.mine and may_mention(message.body):
            self._waiting.append(message.id)

    def is_one(self, message: StoredMessage) -> bool:
        """Return True, once, for a message that came without a mention and has one now."""
        if message.mention is None or message.id not in self._waiting:
            return False
        self._waiting.remove(message.id)
        return True
