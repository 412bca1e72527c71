"""Bell and desktop notification for messages that nobody sees arrive."""

from __future__ import annotations

from collections.abc import Sequence

from tui.message_summary import conversation_name, describe
from tui.screens.app_context import AppContext
from tui.services.attention.ringer import Ring, Ringer
from tui.store.models import Conversation, StoredMessage
from tui.wire.text import printable


class Notifications:
    """Rings the terminal for what comes, as `tui.services.attention` decides. Made when the first message comes."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        runtime = context.runtime
        self._ringer = Ringer(
            context.store,
            lambda: context.settings,
            context.clock,
            self._ring,
            server_time=lambda: None if runtime.client is None else runtime.client.context.server_time(),
        )

    @staticmethod
    def of_others(messages: Sequence[StoredMessage]) -> list[StoredMessage]:
        """Return those of the messages that somebody wrote, not oneself and not the server."""
        return [message for message in messages if message.from_others]

    def take(self, messages: Sequence[StoredMessage], conversation: Conversation | None) -> bool:
        """Note messages that came into a conversation; True where `ring_soon` must be started. See `Ringer.take`."""
        return self._ringer.take(messages, conversation)

    def changed(self, message: StoredMessage, conversation: Conversation | None) -> bool:
        """Note that a message names oneself, which nobody knew when it came; as `take`."""
        return self._ringer.changed(message, conversation)

    async def ring_soon(self) -> None:
        """Ring in a moment, unless what came is read until then."""
        await self._ringer.ring_soon()

    def _ring(self, ring: Ring) -> None:
        self._context.announce(
            printable(conversation_name(ring.conversation), newlines=False),
            printable(describe(ring.message.body), newlines=False),
            str(ring.conversation.id),
            True,
        )
