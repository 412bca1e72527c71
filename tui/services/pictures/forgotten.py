"""Messages that went, perhaps while their pictures were on the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable


class Forgotten:
    """Knows which messages went, by the ids of their rows. A row that was deleted may leave its id to another."""

    def __init__(self) -> None:
        self._times = 0
        self._went: dict[int, int] = {}
        self._gone: set[int] = set()

    @property
    def now(self) -> int:
        """Moment, for `is_gone`."""
        return self._times

    def note(self, message_ids: Collection[int]) -> None:
        """Hear that messages went."""
        self._times += 1
        self._went.update(dict.fromkeys(message_ids, self._times))
        self._gone.update(message_ids)

    def welcome(self, message_ids: Iterable[int]) -> None:
        """Hear of new messages."""
        self._gone.difference_update(message_ids)

    def is_gone(self, message_id: int, moment: int) -> bool:
        """Return whether a message went, or was another one at that moment."""
        return message_id in self._gone or self._went.get(message_id, 0) > moment
