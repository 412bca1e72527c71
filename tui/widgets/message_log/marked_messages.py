"""Messages that a person marked in the log, for a key that acts on all of them."""

from __future__ import annotations

from collections.abc import Iterable

from tui.store.models import StoredMessage


class MarkedMessages:
    """Marked messages of one conversation, each as the store has it now, whether the log holds it or not."""

    def __init__(self) -> None:
        self._marked: dict[int, StoredMessage] = {}

    def __len__(self) -> int:
        return len(self._marked)

    def __contains__(self, message_id: int) -> bool:
        return message_id in self._marked

    @property
    def in_order(self) -> list[StoredMessage]:
        """Marked messages as they stand in the log, the oldest first."""
        return sorted(self._marked.values(), key=lambda message: message.place)

    def toggle(self, message: StoredMessage) -> None:
        """Mark a message, or take its mark away."""
        if self._marked.pop(message.id, None) is None:
            self._marked[message.id] = message

    def replace(self, message: StoredMessage) -> bool:
        """Take in what a message is now; return False when it is not marked."""
        if message.id not in self._marked:
            return False
        self._marked[message.id] = message
        return True

    def drop(self, ids: Iterable[int]) -> list[int]:
        """Take marks away, of messages that are done with or are no more; return the ids that had one."""
        return [message_id for message_id in ids if self._marked.pop(message_id, None) is not None]

    def clear(self) -> list[int]:
        """Take all marks away; return the ids that had one."""
        return self.drop(list(self._marked))
