"""Conversations in the order of the list: pinned first, then by the newest message.

Thousands are sorted once. A conversation with a new message moves one row, which costs as much as among ten.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from tui.store.models import Conversation

_FEW: Final = 32
"""Changes at a time from which on sorting all of them is cheaper."""
_FIELD: Final = 64
"""Bits of a time in milliseconds, and of an id."""


class ConversationOrder:
    """All conversations, in order. `unread` are those with unread messages, by their ids."""

    def __init__(self) -> None:
        self._by_id: dict[int, Conversation] = {}
        self._sorted: list[int] = []
        self._rows: list[Conversation] = []
        self.unread: dict[int, Conversation] = {}

    @property
    def rows(self) -> Sequence[Conversation]:
        """All conversations, in order."""
        return self._rows

    def get(self, conversation_id: int) -> Conversation | None:
        """Return the conversation with this id; None for one that is not here."""
        return self._by_id.get(conversation_id)

    def find(self, conversation_id: int) -> int | None:
        """Return the row of a conversation."""
        one = self._by_id.get(conversation_id)
        return None if one is None else self.place_for(one)

    def place_for(self, conversation: Conversation) -> int:
        """Return the row that a conversation has here, or would have."""
        return bisect_left(self._sorted, _place(conversation))

    def put(self, several: Sequence[Conversation]) -> None:
        """Add or replace conversations."""
        for one in several:
            if len(several) <= _FEW:
                self._take_out(one.id)
                at = self.place_for(one)
                self._sorted.insert(at, _place(one))
                self._rows.insert(at, one)
            self._by_id[one.id] = one
            self.unread.pop(one.id, None)
            if one.unread:
                self.unread[one.id] = one
        if len(several) > _FEW:
            changed = {one.id: one for one in several}
            kept = [pair for pair in zip(self._sorted, self._rows, strict=True) if pair[1].id not in changed]
            # Those that were there are in order already, which costs next to nothing to find out.
            pairs = sorted([*kept, *((_place(one), one) for one in changed.values())], key=itemgetter(0))
            self._sorted, self._rows = [place for place, _one in pairs], [one for _place, one in pairs]

    def drop(self, conversation_id: int) -> None:
        """Remove a conversation."""
        self._take_out(conversation_id)
        self.unread.pop(conversation_id, None)

    def _take_out(self, conversation_id: int) -> None:
        at = self.find(conversation_id)
        if at is not None:
            del self._by_id[conversation_id], self._sorted[at], self._rows[at]


def _place(one: Conversation) -> int:
    """Return the sort key of a conversation, unique by its id; those of earlier logins stand at the end.

    One number, and not a tuple: for each of thousands that is a third of the memory.
    """
    last = round(one.last.time.timestamp() * 1000) if one.last else 0
    group = 2 if one.earlier else 0 if one.pinned else 1
    return (group << 2 * _FIELD) - (last << _FIELD) - one.id
