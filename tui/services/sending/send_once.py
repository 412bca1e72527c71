"""How one message leaves: a row first, then the request, then what became of it (ARCHITECTURE)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui import errors
from tui.services.sending.outcome import passes
from tui.services.util.shielded import whole
from tui.store.delivery_state import DeliveryEvent
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.call import Call
from tui.wire.send import Sent

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext

log = logging.getLogger("wxtui.outgoing")


class SendOnce:
    """Commits, sends, and writes down the outcome; nothing is ever sent twice."""

    def __init__(self, context: SessionContext, store: Store) -> None:
        self._context = context
        self._store = store

    async def send(
        self, row: StoredMessage, build: Callable[[str], Call[Sent]], what: str, *, media_id: str = ""
    ) -> StoredMessage:
        """Send the pending `row`; `build` makes the call from its ClientMsgId. Returns the sent row, with its MsgID.

        `what` names it in sentences; `media_id` is kept, where a file was uploaded.

        Raises `DeliveryUnknown` when the request left and no usable answer came, else what refused it. A queued row is
        pending again then, if what refused it passes (see `passes`); nothing of it is at the server.
        """
        try:
            call = build(row.client_msg_id)
        except errors.WxtuiError as error:
            # Nothing that could be sent, a file without its MediaId: the row does not stay pending.
            await self.give_up(row, error)
            raise
        try:
            await whole(self._store.move(row.id, DeliveryEvent.START, media_id=media_id))
        except asyncio.CancelledError:
            event = DeliveryEvent.REQUEUE if row.queued else DeliveryEvent.REFUSED
            await asyncio.shield(self._store.move(row.id, event, reason="" if row.queued else "Interrupted"))
            raise
        try:
            sent = await self._context.transport.run(call)
        except errors.Unreachable as error:
            await self._refused(row, error)
            raise
        except errors.NetworkError as error:
            # The server turned the request away unread, or it may have it: 4xx is the only sure sign of the former.
            if error.refused:
                await self._refused(row, error)
                raise
            await self._lost(row, error.code)
            raise errors.DeliveryUnknown(call=call.name, what=what, why=error.said) from None
        except errors.WxtuiError as error:
            await self._refused(row, error)
            raise
        except (Exception, asyncio.CancelledError):
            # Ctrl+C, or a mistake of ours: it may have left all the same.
            await self._lost(row, "Interrupted")
            raise
        try:
            return await whole(self._store.move(row.id, DeliveryEvent.ACCEPTED, msg_id=sent.msg_id))
        except errors.LocalError as error:
            # Said as it is, a full disk would be taken for “not sent”.
            raise errors.DeliveryUnknown(call=call.name, what=what, why=error.said) from None

    async def give_up(self, row: StoredMessage, error: BaseException) -> None:
        """The pending row will not be sent: cancelled by the person, or failed before its request."""
        if isinstance(error, asyncio.CancelledError):
            await asyncio.shield(self._store.move(row.id, DeliveryEvent.CANCEL))
        else:
            await self._failed(row, DeliveryEvent.REFUSED, type(error).__name__)

    async def _refused(self, row: StoredMessage, error: BaseException) -> None:
        """The server certainly does not have it."""
        event = DeliveryEvent.REQUEUE if row.queued and passes(error) else DeliveryEvent.REFUSED
        await self._failed(row, event, type(error).__name__)

    async def _lost(self, row: StoredMessage, reason: str) -> None:
        await self._failed(row, DeliveryEvent.LOST, reason)

    async def _failed(self, row: StoredMessage, event: DeliveryEvent, reason: str) -> None:
        """A store that fails too does not hide what became of the message: that is said, whatever can be stored."""
        try:
            await whole(self._store.move(row.id, event, reason=reason))
        except errors.LocalError as error:
            log.info("what became of a message could not be stored: %s", error.code)
