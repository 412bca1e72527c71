"""The open conversation's draft: what is typed and not sent survives switching, quitting and a crash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.timer import Timer

from tui import errors

if TYPE_CHECKING:
    from tui.screens.chat.screen import ChatScreen

_PAUSE: Final = 0.4
"""Seconds after a key before what is typed is stored."""


class Drafts:
    """Between the bar and the store."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._timer: Timer | None = None
        self._kept = ""

    def load(self, text: str, *, attached: bool = False) -> None:
        """Put a conversation's draft into the bar; `attached`: beside the files that are there."""
        composer = self._screen.composer
        composer.load(text, composer.attachments if attached else ())
        self._kept = composer.text

    def take_in(self, text: str) -> None:
        """Leave in the bar what stands there, below a conversation's draft; all of it is the draft now."""
        composer = self._screen.composer
        if text:
            composer.load(f"{text}\n{composer.text}", composer.attachments)
        self.forget()
        self.edited()

    def forget(self) -> None:
        """What is in the bar belongs to another conversation now, which has not got it yet."""
        self._kept = ""

    def edited(self) -> None:
        """Something was typed."""
        if self._timer is None:
            self._timer = self._screen.set_timer(_PAUSE, self._due)

    def _due(self) -> None:
        self._timer = None
        # A full disk is said, and is not the end of the program.
        self._screen.go(self.keep(), "draft")

    async def keep(self) -> None:
        """Store it. Raises `LocalError`."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        open_one, text = self._screen.conversation, self._screen.composer.text
        if open_one is not None and text != self._kept:
            kept, self._kept = self._kept, text
            try:
                await self._screen.desk.store.set_draft(open_one.id, text)
            except errors.LocalError:
                self._kept = kept  # It is not; the next time may go better.
                raise
