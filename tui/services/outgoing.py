"""How one message leaves: a row first, then the request, then what became of it (design.md section 2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from tui import errors
from tui.store.delivery import DeliveryEvent
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.bodies import Body
from tui.wire.call import Call
from tui.wire.contacts import Contact
from tui.wire.send import Sent

if TYPE_CHECKING:
    from tui.services.link import Link

T = TypeVar("T")

log = logging.getLogger("wxtui.outgoing")


class Outgoing:
    """Commits, sends, and writes down the outcome; nothing is ever sent twice."""

    def __init__(self, link: Link, store: Store) -> None:
        self._link = link
        self._store = store

    async def add(
        self,
        to: Contact,
        body: Body,
        content: str = "",
        media_id: str = "",
        on_row: Callable[[StoredMessage], None] | None = None,
    ) -> StoredMessage:
        """A new pending row; its ClientMsgId is fixed here and for good. `on_row` hears of it at once."""
        conversation = await self._store.conversation_for(to.user_name)
        adding = asyncio.ensure_future(
            self._store.add_outgoing(
                conversation_id=conversation.id,
                to_user_name=to.user_name,
                client_msg_id=self._link.ids.client_msg_id(),
                body=body,
                content=content,
                media_id=media_id,
            )
        )
        try:
            row = await asyncio.shield(adding)
        except asyncio.CancelledError as error:
            await self.give_up(await adding, error)
            raise
        if on_row is not None:
            on_row(row)
        return row

    async def send(
        self, row: StoredMessage, build: Callable[[str], Call[Sent]], what: str, *, media_id: str = ""
    ) -> StoredMessage:
        """Send the pending `row`; `build` makes the call from its ClientMsgId. Returns the sent row, with its MsgID.

        `what` names it in sentences; `media_id` is kept, where a file was uploaded.

        Raises `DeliveryUnknown` when the request left and no usable answer came, else what refused it.
        """
        call = build(row.client_msg_id)
        try:
            await _whole(self._store.move(row.id, DeliveryEvent.START, media_id=media_id))
        except asyncio.CancelledError:
            await asyncio.shield(self._store.move(row.id, DeliveryEvent.REFUSED, reason="Interrupted"))
            raise
        try:
            sent = await self._link.run(call)
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
            return await _whole(self._store.move(row.id, DeliveryEvent.ACCEPTED, msg_id=sent.msg_id))
        except errors.LocalError as error:
            # Said as it is, a full disk would be taken for “not sent”.
            raise errors.DeliveryUnknown(call=call.name, what=what, why=error.said) from None

    async def give_up(self, row: StoredMessage, error: BaseException) -> None:
        """The pending row will not be sent: cancelled by the person, or failed before its request."""
        if isinstance(error, asyncio.CancelledError):
            await asyncio.shield(self._store.move(row.id, DeliveryEvent.CANCEL))
        else:
            await self._refused(row, error)

    async def _refused(self, row: StoredMessage, error: BaseException) -> None:
        await self._failed(row, DeliveryEvent.REFUSED, type(error).__name__)

    async def _lost(self, row: StoredMessage, reason: str) -> None:
        await self._failed(row, DeliveryEvent.LOST, reason)

    async def _failed(self, row: StoredMessage, event: DeliveryEvent, reason: str) -> None:
        """A store that fails too does not hide what became of the message: that is said, whatever can be stored."""
        try:
            await _whole(self._store.move(row.id, event, reason=reason))
        except errors.LocalError as error:
            log.info("what became of a message could not be stored: %s", error.code)


async def _whole(writing: Coroutine[Any, Any, T]) -> T:
    """Let a write end even when its caller is cancelled meanwhile: a row must not say “sending” for ever."""
    task = asyncio.ensure_future(writing)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
