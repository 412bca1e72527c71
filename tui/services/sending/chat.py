"""Text, revoke, forward and mark read: what a conversation does besides files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui import errors
from tui.services.sending.forwarding import Plan, forward_plan
from tui.services.sending.message_writer import MessageWriter
from tui.services.sending.send_once import SendOnce
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire import bodies, send
from tui.wire.contacts import Contact
from tui.wire.text import short

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext


class Chat:
    """Sends and takes back. Every method raises `NetworkError`, `ServerRefused` and `SessionOver` besides its own."""

    def __init__(self, context: SessionContext, store: Store) -> None:
        self._context = context
        self._store = store
        self._outgoing = SendOnce(context, store)
        self._writer = MessageWriter(context.ids, store)

    async def send_text(
        self, to: Contact, text: str, on_row: Callable[[StoredMessage], None] | None = None
    ) -> StoredMessage:
        """Send a text; `on_row` hears of its row before anything leaves. Raises `EmptyText`, `DeliveryUnknown`."""
        return await self.send_row(await self.add_text(to, text, on_row))

    async def add_text(
        self,
        to: Contact,
        text: str,
        on_row: Callable[[StoredMessage], None] | None = None,
        *,
        queued: bool = False,
    ) -> StoredMessage:
        """Write down a text that `send_row` is to send; `queued` as in `MessageWriter`. Raises `EmptyText`."""
        return await self._writer.add_text(to, text, on_row, queued=queued)

    async def send_row(self, row: StoredMessage) -> StoredMessage:
        """Send what was written down as pending. Raises `NotForwardable`, `DeliveryUnknown`."""
        plan, session = _plan(row), self._context.session
        if plan is None:
            error = errors.NotForwardable()
            await self._outgoing.give_up(row, error)
            raise error
        what = short(row.body.text) if isinstance(row.body, bodies.Text) else bodies.kind_name(type(row.body))
        return await self._outgoing.send(row, lambda client_id: plan(session, row.to_user_name, client_id), what)

    async def revoke(self, message: StoredMessage) -> str:
        """Take a sent message back; returns the server's sentence about it. The server decides about the window.

        The row is `REVOKING` before the request leaves, so that a killed program leaves a doubt and no untruth.
        Raises `NotRevocable` for what this program did not send, `AlreadyRevoked`, `BeingRevoked`, `RevokeRefused` when
        it is too late, `RevokeUnknown` when no usable answer came, or refused what may have worked the first time.
        """
        from tui.services.sending.recalling import Recalls, obstacle  # `send` does without it

        row = await self._store.row(message.id)
        if (why := obstacle(row)) is not None:
            raise why
        return await Recalls(self._context, self._store).run(row)

    async def recall(self, message: StoredMessage) -> str:
        """Revoke a message; one that waits in the outbox is given up instead, and "" returned.

        Only for who holds the profile and runs no outbox: what that is about to send is its own to cancel. Raises as
        `revoke`.
        """
        row = await self._store.row(message.id)
        if row.state is not DeliveryState.PENDING:
            return await self.revoke(row)
        await self._store.move(row.id, DeliveryEvent.CANCEL)
        return ""

    async def mark_read(self, contact: Contact) -> None:
        """Mark the conversation read, here and on the phone."""
        conversation = await self._store.conversation_for(contact.user_name)
        call = send.mark_read(self._context.session, contact.user_name, str(self._context.ids.now_ms()))
        await self._context.transport.run(call)
        await self._store.mark_read(conversation.id)

    async def forward(self, message: StoredMessage, to: Contact) -> StoredMessage:
        """Send a stored message on, also an image that was recalled (seed 转发被撤回的图片消息).

        Raises `NotForwardable`, `DeliveryUnknown`.
        """
        return await self.send_row(await self.add_forward(message, to))

    async def add_forward(self, message: StoredMessage, to: Contact, *, queued: bool = False) -> StoredMessage:
        """Write down a forward that `send_row` is to send. Raises `NotForwardable`."""
        return await self._writer.add_forward(message, to, queued=queued)


def _plan(row: StoredMessage) -> Plan | None:
    body = row.body
    if isinstance(body, bodies.Text):
        return lambda session, to, client_id: send.text(session, to, client_id, body.text)
    return forward_plan(row)
