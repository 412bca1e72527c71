"""Bell and desktop notification for messages that nobody sees arrive."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from tui.message_summary import conversation_name, describe
from tui.screens.app_context import AppContext
from tui.store.models import Conversation, StoredMessage
from tui.wire import bodies
from tui.wire.text import printable

_BELL_PAUSE: Final = 1.0
"""Seconds between two bells."""


class Notifications:
    """Rings the terminal, at most once a second."""

    def __init__(self, context: AppContext, is_silent: Callable[[Conversation], bool]) -> None:
        """`is_silent`: a conversation is muted, or folded away."""
        self._context = context
        self._is_silent = is_silent
        self._last_bell = 0.0

    async def ring(self, message: StoredMessage) -> None:
        """Ring for a message, unless its conversation is muted or stands among the folded official accounts."""
        conversation = await self._context.store.conversation(message.conversation_id)
        now = time.monotonic()
        if self._is_silent(conversation) or now - self._last_bell < _BELL_PAUSE:
            return
        self._last_bell = now
        from tui.terminal.notices.desktop_notifications import notice

        settings = self._context.settings
        text = notice(
            printable(conversation_name(conversation), newlines=False),
            printable(describe(message.body), newlines=False),
            bell=settings.bell,
            desktop=settings.desktop_notices,
        )
        if text:
            self._context.write(text)


def rings(message: StoredMessage) -> bool:
    """Return True for a message that somebody wrote, not oneself and not the server."""
    return not message.mine and not isinstance(message.body, bodies.System | bodies.Revoke | bodies.StatusNotify)
