"""Conversations in the order of the list: pinned first, then by the newest message.

Thousands are sorted once. A conversation with a new message moves one row, which costs as much as among ten.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, TypeAlias

from tui.store.models import Conversation

_FEW: Final = 32
"""Changes at a time from which on sorting all of them is cheaper."""

_Place: TypeAlias = tuple[bool, bool, float, int]


class ConversationOrder:
    """All conversations, in order. `unread` are the ids of those with unread messages."""

    def __init__(self) -> None:
        self._places: dict[int, _Place] = {}
        self._sorted: list[_Place] = []
        self._rows: list[Conversation] = []
        self.unread: set[int] = set()

    @property
    def rows(self) -> Sequence[Conversation]:
        """All conversations, in order."""
        return self._rows

    def find(self, conversation_id: int) -> int | None:
        """Return the row of a conversation."""
        place = self._places.get(conversation_id)
        return None if place is None else bisect_left(self._sorted, place)

    def place_for(self, conversation: Conversation) -> int:
        """Return the row that a conversation has here, or would have."""
        return bisect_left(self._sorted, _place(conversation))

    def put(self, several: Sequence[Conversation]) -> None:
        """Add or replace conversations."""
        for one in several:
            (self.unread.add if one.unread else self.unread.discard)(one.id)
        if len(several) > _FEW:
            rows = {one.id: one for one in (*self._rows, *several)}
            self._places |= {one.id: _place(one) for one in several}
            self._rows = sorted(rows.values(), key=lambda one: self._places[one.id])
            self._sorted = sorted(self._places.values())
            return
        for one in several:
            self._take_out(one.id)
            place = self._places[one.id] = _place(one)
            at = bisect_left(self._sorted, place)
            self._sorted.insert(at, place)
            self._rows.insert(at, one)

    def drop(self, conversation_id: int) -> None:
        """Remove a conversation."""
        self._take_out(conversation_id)
        self.unread.discard(conversation_id)

    def _take_out(self, conversation_id: int) -> None:
        at = self.find(conversation_id)
        if at is not None:
            del self._places[conversation_id], self._sorted[at], self._rows[at]

    def get(self, conversation_id: int) -> Conversation | None:
        """Return the conversation with this id; None for one that is not here."""
        at = self.find(conversation_id)
        return None if at is None else self._rows[at]


def _place(one: Conversation) -> _Place:
    """Return the sort key of a conversation, unique by its id; those of earlier logins stand at the end."""
    last = one.last.time.timestamp() if one.last else 0.0
    return one.earlier, one.earlier or not one.pinned, -last, -one.id
