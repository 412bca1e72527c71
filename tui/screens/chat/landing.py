"""Landing: the conversation that opens by itself where none is open, and the first steps that one can take in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from tui.keymap import hint
from tui.screens.chat.chat_context import BeginWork, ChatContext
from tui.store.models import Conversation, StoredMessage
from tui.store.store import Store

_SENT: Final = "sent"
"""Key of the note that somebody has sent something from this profile."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Landing:
    """Opens the newest conversation as soon as there is one: after a first login they come later than the contacts."""

    def __init__(
        self, chat: ChatContext, show: Callable[[Conversation], Awaitable[None]], chooses: Callable[[], bool]
    ) -> None:
        """`show` opens a conversation that nobody asked for; `chooses` is True while a person may be choosing one."""
        self._chat = chat
        self._show = show
        self._chooses = chooses
        self._coming = False
        self.over = False
        """True once a person has opened a conversation: none opens by itself any more."""
        self.only = ""
        """UserName of the only contact of this session, in File Transfer; "" in the web version."""

    async def make_only(self) -> None:
        """Make the conversation with the only contact there is. Raises `LocalError`."""
        if self.only:
            await self._chat.context.store.conversation_for(self.only)

    def begin(self) -> None:
        """Open a conversation, if one is wanted, beside what goes on: a reload may end before this does."""
        if not self._coming and self._wanted and self._best() is not None:
            self._coming = True
            self._chat.run(self._come(), "open")

    async def come(self) -> None:
        """Open a conversation now, if one is wanted."""
        found = self._best()
        if found is not None and self._wanted:
            await self._show(found)

    @property
    def _wanted(self) -> bool:
        """True while nothing is open that can be written to, and nobody is choosing."""
        here = self._chat.conversation
        if here is None:
            return not self.over and not self._chooses()
        left = here.earlier and bool(self.only) and not self._chat.composer.text
        return left and not self._chooses()

    async def _come(self) -> None:
        try:
            await self.come()
        finally:
            self._coming = False

    def _best(self) -> Conversation | None:
        """Return the newest conversation of this login; a silent one if there is no other."""
        reachable = (one for one in self._chat.conversation_list.every if not one.earlier)
        return max(reachable, key=self._rank, default=None)

    def _rank(self, one: Conversation) -> tuple[bool, datetime]:
        return not self._chat.conversation_list.is_silent(one), one.last.time if one.last is not None else _NEVER


class HintLine(Protocol):
    """Line for hints."""

    def show(self, words: str) -> None:
        """Show hints with dots between them; "" for none."""


class FirstSteps:
    """Line that says what one can do here, until a first message was sent from this profile."""

    def __init__(self, store: Store, line: HintLine, run: BeginWork) -> None:
        self._store = store
        self._line = line
        self._run = run
        self._due = False

    async def load(self) -> None:
        """Find out whether somebody has ever sent something here. Raises `LocalError`."""
        if await self._store.value(_SENT):
            return
        self._due = await self._store.last_outgoing(None) is None
        if not self._due:
            await self._keep()

    def show(self, *, writable: bool) -> None:
        """Show the line while it is due; `writable`: a conversation is open that can be written to."""
        words = hint("Just write · {send} a file · /revoke recalls · {goto} conversations · {help} help")
        self._line.show(words if self._due and writable else "")

    def noted(self, messages: Sequence[StoredMessage]) -> None:
        """Take the line away for good once something of this person's is on its way."""
        if self._due and any(message.outgoing for message in messages):
            self._due = False
            self._line.show("")
            self._run(self._keep(), "first steps")

    async def _keep(self) -> None:
        await self._store.set_value(_SENT, "1")
