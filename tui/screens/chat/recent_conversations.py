"""Order in which the finder offers conversations while nothing is typed, and the one that Enter takes then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.store.models import Conversation

_UNREAD_FIRST: Final = 8
"""Unread conversations above the one that was open before: that one must be in sight, with the cursor on it."""


class RecentConversations:
    """Conversations that were open since the start, the latest first."""

    def __init__(self) -> None:
        self._opened: list[int] = []

    def opened(self, conversation_id: int) -> None:
        """Hear which conversation is open now."""
        if conversation_id in self._opened:
            self._opened.remove(conversation_id)
        self._opened.insert(0, conversation_id)

    def merged(self, gone: int, into: int) -> None:
        """Hear that one conversation is in another now."""
        self._opened = list(dict.fromkeys(into if one == gone else one for one in self._opened))

    def in_order(
        self, every: Sequence[Conversation], ringing: Sequence[Conversation]
    ) -> tuple[list[Conversation], Conversation | None]:
        """Return conversations in the finder's order, and the one that was open before.

        Those of `ringing`, unread and not silent, come first, then those that were open, then the others by their
        newest message. The open one stands last, since one is there already: the row that Enter takes goes back and
        forth between two. Below it are those of earlier logins that were not open, which can only be read.
        """
        by_id = {one.id: one for one in every}
        newest = sorted(every, key=lambda one: (one.earlier, -(one.last.time.timestamp() if one.last else 0.0)))
        rings = {one.id for one in ringing}
        first = [one.id for one in newest if one.id in rings][:_UNREAD_FIRST]
        here, *before = self._opened or [0]
        before = [one for one in before if one in by_id]
        order = dict.fromkeys(one for one in (*first, *before, *(one.id for one in newest)) if one != here)
        if here in by_id:
            order[here] = None
        ids = sorted(order, key=lambda one: by_id[one].earlier and one not in before)
        return [by_id[one] for one in ids], by_id[before[0]] if before else None
