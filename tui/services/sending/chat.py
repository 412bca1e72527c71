"""Sends, forwards, takes back and marks read in a session of one's own, for a command that waits for the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.services.sending.forwarding import copy_of
from tui.services.sending.send_once import send_row, write_row
from tui.services.util.shielded import whole
from tui.store.delivery_state import DeliveryEvent
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire import send
from tui.wire.bodies import typed_text
from tui.wire.contacts import Contact

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext


class Chat:
    """Calls of one session. Every method raises `NetworkError`, `ServerRefused` and `SessionOver` besides its own."""

    def __init__(self, context: SessionContext, store: Store) -> None:
        self._context = context
        self._store = store

    async def send_text(
        self, to: Contact, text: str, on_row: Callable[[StoredMessage], None] = lambda row: None
    ) -> StoredMessage:
        """Send a text; `on_row` hears of its row before anything leaves. Raises `EmptyText`, `DeliveryUnknown`."""
        row = await write_row(self._context.ids, self._store, to, typed_text(text))
        on_row(row)
        return await send_row(self._context, self._store, row)

    async def forward(
        self, message: StoredMessage, to: Contact, on_row: Callable[[StoredMessage], None] = lambda row: None
    ) -> StoredMessage:
        """Send a stored message on, also an image that was recalled (seed 转发被撤回的图片消息). `on_row` as above.

        Raises `NotForwardable`, `DeliveryUnknown`.
        """
        row = await write_row(self._context.ids, self._store, to, *copy_of(message))
        on_row(row)
        return await send_row(self._context, self._store, row)

    async def revoke(self, message: StoredMessage) -> str | None:
        """Take a message back, as `Revoker.revoke`; only for whoever holds the profile and runs no outbox.

        A process that runs an outbox takes its `Outbox.revoker`: only the outbox can cancel what it is about to send.
        """
        from tui.services.sending.recall_window import RecallWindow
        from tui.services.sending.revoking import Revoker  # `send` does without it

        revoker = Revoker(self._store, RecallWindow(self._context.ids.now), self._give_up)
        return await revoker.revoke(message, self._session)

    async def _give_up(self, row: StoredMessage) -> bool:
        """Cancel a message that waits for the next start of an outbox."""
        await self._store.move(row.id, DeliveryEvent.CANCEL)
        return True

    async def _session(self) -> SessionContext:
        return self._context

    async def mark_read(self, contact: Contact, until: int | None = None) -> None:
        """Mark the conversation read, here and on the phone, up to the row `until`: what a person saw of it.

        Without it, up to what is stored now. What comes while the server is being told stays unread, and rings.
        """
        until = await self._store.last_row() if until is None else until
        conversation = await self._store.conversation_for(contact.user_name)
        call = send.mark_read(self._context.session, contact.user_name, str(self._context.ids.now_ms()))
        await self._context.transport.run(call)
        await whole(self._store.mark_read(conversation.id, until))
