"""Bell and desktop notification for messages that nobody sees arrive."""

from __future__ import annotations

from collections.abc import Sequence

from tui.message_summary import conversation_name, describe
from tui.screens.app_context import AppContext
from tui.screens.chat.chat_context import BeginWork
from tui.services.attention.ringer import Ring, Ringer
from tui.store.models import Conversation, StoredMessage
from tui.terminal.notices.announcing import Notification
from tui.wire.text import printable


class Notifications:
    """Rings the terminal for what comes, as `tui.services.attention` decides. Made when the first message comes."""

    def __init__(self, context: AppContext, begin: BeginWork) -> None:
        self._context = context
        self._begin = begin
        runtime = context.runtime
        self._ringer = Ringer(
            context.store,
            lambda: context.settings,
            context.clock,
            self._ring,
            server_time=lambda: None if runtime.client is None else runtime.client.context.server_time(),
        )

    def take(self, messages: Sequence[StoredMessage], conversation: Conversation | None) -> None:
        """Note messages that came into a conversation: it rings in a moment, unless they are read until then."""
        if self._ringer.take(messages, conversation):
            self._begin(self._ringer.ring_soon(), "ring")

    def mentions_me(self, message: StoredMessage, conversation: Conversation | None) -> None:
        """Note that a message mentions oneself, which may not have been known when it came."""
        if self._ringer.changed(message, conversation):
            self._begin(self._ringer.ring_soon(), "ring")

    def _ring(self, ring: Ring) -> None:
        name, said = conversation_name(ring.conversation), describe(ring.message.body)
        title, body = printable(name, newlines=False), printable(said, newlines=False)
        self._context.announce(Notification(title, body, str(ring.conversation.id)))
