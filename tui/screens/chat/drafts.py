"""Draft of the open conversation: text that is typed and not sent survives switching, leaving and a crash."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from textual.timer import Timer

from tui import errors
from tui.screens.chat.chat_context import BeginWork
from tui.store.errors import NoSuchRow
from tui.store.models import Conversation
from tui.store.store import Store
from tui.widgets.composer.composer import Composer

_PAUSE: Final = 0.4
"""Seconds after a key before the text is stored."""


class Drafts:
    """Moves drafts between the bar and the store."""

    def __init__(self, store: Store, composer: Composer, run: BeginWork) -> None:
        self._store = store
        self._composer = composer
        self._run = run
        self._conversation_id: int | None = None
        self._timer: Timer | None = None
        self._kept = ""
        self.alone = False
        """True when all of the text was written before the conversation was opened, and moved to it."""

    def load(self, conversation: Conversation, *, attached: bool = False) -> None:
        """Put the draft of another conversation into the bar; `attached`: beside the files that are there."""
        composer = self._composer
        composer.load(conversation.draft, composer.attachments if attached else ())
        self._conversation_id, self._kept = conversation.id, composer.text
        self.alone = False

    def move_to(self, conversation: Conversation, above: str = "") -> None:
        """Make the text in the bar the draft of another conversation, below the text `above`."""
        composer = self._composer
        if above:
            composer.load(f"{above}\n{composer.text}", composer.attachments)
        self._conversation_id, self._kept = conversation.id, ""
        self.alone = not above
        self.edited()

    def merged(self, conversation: Conversation) -> None:
        """Take in that the conversation of this text is one with another: what was a draft there goes above it."""
        stored, kept = conversation.draft, self._kept
        if kept and stored.endswith(f"\n{kept}"):
            above = stored[: -len(kept) - 1]
        elif kept and stored.startswith(f"{kept}\n"):
            above = stored[len(kept) + 1 :]
        else:
            above = "" if stored == kept else stored
        self.move_to(conversation, above)

    async def take_along(self) -> None:
        """Leave nothing of the text in the bar with the open conversation: it goes to the next. Raises `LocalError`."""
        if self._conversation_id is not None and self._kept:
            await self._store.set_draft(self._conversation_id, "")
        self._conversation_id = None

    def edited(self) -> None:
        """Store the text in a moment."""
        if self._timer is None:
            self._timer = self._composer.set_timer(_PAUSE, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._composer.accepted:
            # Until a message is stored, the draft that it was is all that a power cut leaves.
            self.edited()
            return
        # A full disk is said, and is not the end of the program.
        self._run(self.keep(), "draft")

    async def keep(self) -> None:
        """Store the text now. Raises `LocalError`."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        text = self._composer.text
        if self._conversation_id is not None and text != self._kept:
            kept, self._kept = self._kept, text
            try:
                await self._store.set_draft(self._conversation_id, text)
            except errors.LocalError:
                self._kept = kept  # It is not stored; the next time may go better.
                raise

    async def keep_accepted(self) -> None:
        """Store messages that Enter took out of the bar when the program was ending already, above what is there.

        Raises `LocalError`.
        """
        for one in reversed(self._composer.accepted):
            if one.place is not None and one.text.strip():
                with suppress(NoSuchRow):
                    draft = (await self._store.conversation(one.place)).draft
                    await self._store.set_draft(one.place, f"{one.text}\n{draft}" if draft else one.text)
