"""Conversation list, kept in step with the store: read in slices, updated in place, filtered by a few letters."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from tui.screens.chat.chat_context import BeginWork
from tui.services.contacts.display_names import SenderNames
from tui.store.models import Conversation
from tui.store.store import Store
from tui.widgets.conversation_list.conversation_list import ConversationList

_FIRST: Final = 60
_SLICE: Final = 400
"""Conversations that are read before the first screen, and at a time after it."""
_FEW: Final = 20
"""Conversations of which it is looked up who wrote last before they are drawn; of more the rows in sight ask."""
_MANY: Final = 1000
"""Conversations that make the collector slow."""


class ConversationLoader:
    """Fills the list of conversations."""

    def __init__(
        self,
        store: Store,
        senders: SenderNames,
        conversation_list: ConversationList,
        run: BeginWork,
        on_update: Callable[[Sequence[Conversation]], None],
        on_marks: Callable[[], Awaitable[object]],
    ) -> None:
        """`on_update` hears of conversations that were read again, `on_marks` when namesakes got other marks."""
        self._store = store
        self._senders = senders
        self._list = conversation_list
        self._run = run
        self._on_update = on_update
        self._on_marks = on_marks
        self._stale: set[int] = set()
        self._reading = False
        self._frozen = 0

    async def load_first(self) -> None:
        """Show the first page of the current login's conversations, and no others but that at the cursor."""
        found = await self._store.conversations(limit=_FIRST)
        chosen = self._list.conversation_at_cursor
        if chosen is not None and all(one.id != chosen.id for one in found):
            found += await self._store.conversations_of([chosen.id])
        self._list.replace(found)

    async def load_rest(self) -> None:
        """Read the rest in slices, so that keys are heard in between, and then those of earlier logins."""
        for read, at in ((self._store.conversations, _FIRST), (self._store.earlier_conversations, 0)):
            while found := await read(limit=_SLICE, offset=at):
                self._list.update(found)
                at += len(found)
        await self.tell_apart()
        listed = len(self._list.every)
        if listed - self._frozen > _MANY:
            # Thousands that live on: the collector need not look at them again and again, for 20 ms each time. Not at
            # every login: whatever else lives at that moment is never looked at again either, and stays for ever.
            self._frozen = listed
            gc.freeze()

    def changed(self, ids: Iterable[int]) -> None:
        """Read changed conversations again; all that change meanwhile are read together."""
        self._stale.update(ids)
        if not self._reading:
            self._reading = True
            self._run(self._read_stale(), "stale")

    async def _read_stale(self) -> None:
        try:
            while self._stale:
                ids, self._stale = self._stale, set()
                found = await self._store.conversations_of(ids)
                renamed = any(getattr(self._list.conversation(one.id), "name", None) != one.name for one in found)
                # Known before they are drawn: a row is not to say what was said, and then by whom.
                await self._senders.learn(found[:_FEW])
                self._list.update(found)
                if renamed:
                    self._run(self.tell_apart(), "namesakes", exclusive=True)
                self._on_update(found)
        finally:
            self._reading = False

    async def learn_senders(self, groups: Sequence[Conversation]) -> None:
        """Look up who wrote last in these groups, and show it."""
        await self._senders.learn(groups)
        self._list.name_senders(groups)

    async def senders_renamed(self) -> None:
        """Look up again who wrote last in the groups in sight: contacts changed."""
        groups = self._list.in_sight
        await self._senders.learn(groups, again=True)
        self._list.name_senders(groups)

    async def tell_apart(self) -> None:
        """Give namesakes their marks."""
        from tui.services.contacts.namesakes import tell_apart

        several = {one.user_name: one.id for one in await self._store.namesakes()}
        marks = await tell_apart(self._store, await self._store.contacts_named(several)) if several else {}
        self._list.tell_apart({several[user_name]: mark.short for user_name, mark in marks.items()})
        await self._on_marks()

    async def filter(self, text: str) -> None:
        """Leave in the list the conversations whose name, remark or pinyin fits."""
        from tui.fuzzy import rank
        from tui.screens.pickers.people_choices import other_names

        if not text.strip():
            self._list.show_only(None)
            return
        contacts = {contact.user_name: contact for contact in await self._store.contacts()}

        def names(one: Conversation) -> tuple[str, ...]:
            contact = contacts.get(one.user_name)
            return (one.name, *(other_names(contact) if contact else ()))

        found = await asyncio.to_thread(rank, text, list(self._list.every), names)
        self._list.show_only([one.id for one in found])
