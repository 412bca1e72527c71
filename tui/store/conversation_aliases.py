"""Aliases: ids of conversations that have become part of another one; somebody may still hold the old id."""

from __future__ import annotations

from collections.abc import Callable


class ConversationAliases:
    """Old id → id of the conversation that it was merged into; kept for as long as its owner runs.

    The store has one on its own thread; whoever keeps ids on the event loop has another, fed by `ConversationMerged`.
    """

    def __init__(self) -> None:
        self._into: dict[int, int] = {}

    def add(self, gone: int, into: int) -> None:
        """Note that a conversation has become part of another one."""
        self._into[gone] = into

    def current(self, conversation_id: int, exists: Callable[[int], bool] = lambda found: False) -> int:
        """Return the id under which a conversation is known now.

        `exists` ends the search at a conversation that is there: the store may have noted a merge that then failed.
        """
        while conversation_id in self._into and not exists(conversation_id):
            conversation_id = self._into[conversation_id]
        return conversation_id
