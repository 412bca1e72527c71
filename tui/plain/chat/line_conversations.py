"""All conversations of plain mode, kept in step with the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from tui.config.settings import Settings
from tui.services.contacts.namesakes import tell_apart
from tui.store.models import Conversation
from tui.store.store import Store
from tui.widgets.conversation_list.folding import FoldedRows

_SLICE: Final = 400
"""Conversations that are read at a time."""


class LineConversations:
    """Knows all conversations, and which of them are unread. Implements `ConversationPane`."""

    def __init__(self, store: Store, settings: Callable[[], Settings]) -> None:
        self._store = store
        self._settings = settings
        self._rows = FoldedRows(folds=settings().fold_official)
        self.opened = 0
        self.marks: Mapping[int, str] = {}

    async def load(self) -> None:
        """Read all conversations of this login, then those of earlier ones. Raises `LocalError`."""
        rows = FoldedRows(folds=self._settings().fold_official)
        for read in (self._store.conversations, self._store.earlier_conversations):
            at = 0
            while found := await read(limit=_SLICE, offset=at):
                rows.put(found)
                at += len(found)
        self._rows = rows
        await self.mark_namesakes()

    async def read_again(self, ids: Iterable[int]) -> list[Conversation]:
        """Read changed conversations again, and return them. Raises `LocalError`."""
        found = await self._store.conversations_of(set(ids))
        known = {one.id: one.name for one in self._rows.of([one.id for one in found])}
        self._rows.put(found)
        if any(known.get(one.id) != one.name for one in found):
            await self.mark_namesakes()
        return found

    async def mark_namesakes(self) -> None:
        """Give namesakes their marks. Raises `LocalError`."""
        several = {one.user_name: one.id for one in await self._store.namesakes()}
        marks = await tell_apart(self._store, await self._store.contacts_named(several)) if several else {}
        self.marks = {several[user_name]: mark.short for user_name, mark in marks.items()}

    def drop(self, conversation_id: int) -> None:
        """Forget a conversation that is no more."""
        self._rows.drop(conversation_id)

    # ---------------------------------------------------------------- what it holds

    @property
    def every(self) -> Sequence[Conversation]:
        """All conversations, in the order of the list."""
        return self._rows.every

    @property
    def unread(self) -> Sequence[Conversation]:
        """Conversations with unread messages, but for the open one."""
        return [one for one in self._rows.unread if one.id != self.opened]

    def of(self, conversation_id: int) -> Conversation | None:
        """Return a conversation as it was last read; None for one that is not here."""
        return next(iter(self._rows.of((conversation_id,))), None)

    def is_silent(self, conversation: Conversation) -> bool:
        """Return True for a conversation that is quiet, or an official account behind all others: it does not count."""
        return conversation.is_quiet(self._settings().quiet_kinds) or self._rows.is_folded(conversation)

    def next_unread(self) -> Conversation | None:
        """Return the unread conversation to be read next."""
        return self._rows.next_unread({one.id for one in self.unread}, self._settings().quiet_kinds)

    def settings_changed(self) -> None:
        """Let official accounts count, or not, as the settings say now."""
        folds, every = self._settings().fold_official, self._rows.every
        if folds != self._rows.folds:
            self._rows = FoldedRows(folds=folds)
            self._rows.put(every)
