"""Landing: the conversation that opens by itself where none is open, so that somebody who types writes to somebody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from tui.screens.chat.chat_context import BeginWork
from tui.store.models import Conversation
from tui.store.store import Store
from tui.widgets.conversation_list.conversation_list import ConversationList
from tui.wire.contacts import ContactKind

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Landing:
    """Opens the newest conversation as soon as there is one: after a first login they come later than the contacts."""

    def __init__(
        self,
        store: Store,
        conversation_list: ConversationList,
        run: BeginWork,
        show: Callable[[Conversation], Awaitable[None]],
        wanted: Callable[[], bool],
    ) -> None:
        """`show` opens a conversation that nobody asked for; `wanted` is True while nothing is open, and nobody is
        choosing."""
        self._store = store
        self._list = conversation_list
        self._run = run
        self._show = show
        self._wanted = wanted
        self._coming = False
        self.only = ""
        """UserName of the only contact of this session, in File Transfer; "" in the web version."""

    async def make_only(self) -> None:
        """Make the conversation with the only contact there is. Raises `LocalError`."""
        if self.only:
            await self._store.conversation_for(self.only)

    def begin(self) -> None:
        """Open a conversation, if one is wanted, beside what goes on: a reload may end before this does."""
        if not self._coming and self._wanted() and self._best() is not None:
            self._coming = True
            self._run(self._come(), "open")

    async def come(self) -> None:
        """Open a conversation now, if one is wanted."""
        found = self._best()
        if found is not None and self._wanted():
            await self._show(found)

    async def _come(self) -> None:
        try:
            await self.come()
        finally:
            self._coming = False

    def _best(self) -> Conversation | None:
        """Return the newest conversation of this login; a muted one, or an account's news, if there is no other."""
        reachable = (one for one in self._list.every if not one.earlier)
        return max(reachable, key=_rank, default=None)


def _rank(one: Conversation) -> tuple[bool, datetime]:
    quiet = one.quiet or one.kind is ContactKind.OFFICIAL
    return not quiet, one.last.time if one.last is not None else _NEVER
