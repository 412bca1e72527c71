"""Send once: the row says `sending`, then the request leaves, then the row says what became of the message.

So a program that is killed in between leaves a doubt (`unknown`) and no untruth, and nothing is ever sent twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui import errors
from tui.services.sending.forwarding import BuildCall, forward_call, forwardable
from tui.services.util.background import child, is_cancelled
from tui.services.util.ids import Ids
from tui.services.util.retry import may_have_arrived, passes
from tui.services.util.shielded import whole
from tui.store.delivery_state import DeliveryEvent
from tui.store.errors import AddressChanged
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire import bodies, send
from tui.wire.bodies import Body
from tui.wire.call import Call
from tui.wire.contacts import Contact
from tui.wire.session import Session
from tui.wire.text import short

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext

log = logging.getLogger("wxtui.sending")


def sendable(row: StoredMessage) -> bool:
    """Return whether a row holds all that `send_row` needs: that of a file whose upload failed does not."""
    return isinstance(row.body, bodies.Text) or forwardable(row)


async def write_row(
    ids: Ids, store: Store, to: Contact, body: Body, content: str = "", media_id: str = ""
) -> StoredMessage:
    """Write down a message that is to be sent at once; it is pending, and its ClientMsgId is fixed for good.

    A caller that is cancelled meanwhile leaves a cancelled row. (What waits in an outbox is written by `Outbox`.)
    """
    adding = child(
        store.add_outgoing(
            to_user_name=to.user_name,
            client_msg_id=ids.client_msg_id(),
            body=body,
            content=content,
            media_id=media_id,
        )
    )
    try:
        return await asyncio.shield(adding)
    except asyncio.CancelledError as error:
        await give_up(store, await adding, error)
        raise


async def send_row(context: SessionContext, store: Store, row: StoredMessage) -> StoredMessage:
    """Send a pending text or forward. Raises `NotForwardable`, and as `send_once` does."""
    body = row.body
    if not isinstance(body, bodies.Text):
        build, what = forward_call(row), bodies.kind_name(type(body))
        if build is None:
            error = errors.NotForwardable()
            await give_up(store, row, error)
            raise error
        return await send_once(context, store, row, build, what)

    def text_call(session: Session, row: StoredMessage) -> Call[str]:
        return send.text(session, row.to_user_name, row.client_msg_id, body.text)

    return await send_once(context, store, row, text_call, short(body.text))


async def send_once(
    context: SessionContext,
    store: Store,
    row: StoredMessage,
    build: BuildCall,
    what: str,
    *,
    media_id: str = "",
    waits: Callable[[errors.WxtuiError], bool] = lambda error: False,
) -> StoredMessage:
    """Send the pending `row`, and return it as it is then: sent, with its MsgID.

    `what` names the message in sentences; `media_id`, of an uploaded file, is stored with the row. `waits` says after
    which refusals the caller sends the row in another way: it is pending again then.

    Raises `DeliveryUnknown` when the request left and no usable answer came, else what refused it. A queued row is
    pending again then, if what refused it passes (see `passes`); the server has nothing of it. Raises `AddressChanged`,
    and leaves the row as it is, when it is for somebody else than the request: a conversation was split meanwhile.
    """
    try:
        call = build(context.session, row)
    except errors.WxtuiError as error:
        # A file without its MediaId: there is nothing to send, and the row does not stay pending.
        await give_up(store, row, error)
        raise
    try:
        await whole(store.move(row.id, DeliveryEvent.START, media_id=media_id, address=row.to_user_name))
    except AddressChanged:
        if is_cancelled():
            # The caller would wait for another address, and nobody cancels it again.
            raise asyncio.CancelledError from None
        raise
    except asyncio.CancelledError:
        event = DeliveryEvent.REQUEUE if row.queued else DeliveryEvent.REFUSED
        await asyncio.shield(store.move(row.id, event, reason="" if row.queued else "Interrupted"))
        raise
    try:
        msg_id = await context.transport.run(call)
    except errors.WxtuiError as error:
        if may_have_arrived(error):
            await note_outcome(store, row, DeliveryEvent.LOST, error.code)
            lead = errors.Phrase("No reply from WeChat:")
            raise errors.DeliveryUnknown(lead=lead, what=what, why=error.said) from None
        requeued = (row.queued and passes(error)) or waits(error)
        event = DeliveryEvent.REQUEUE if requeued else DeliveryEvent.REFUSED
        await note_outcome(store, row, event, type(error).__name__)
        raise
    except (Exception, asyncio.CancelledError):
        # Ctrl+C, or a mistake of ours: the request may have left all the same.
        await note_outcome(store, row, DeliveryEvent.LOST, "Interrupted")
        raise
    try:
        return await whole(store.move(row.id, DeliveryEvent.ACCEPTED, msg_id=msg_id))
    except errors.LocalError as error:
        # Raised as it is, a full disk would be taken for “not sent”.
        lead = errors.Phrase("WeChat replied, but the reply could not be stored:")
        raise errors.DeliveryUnknown(lead=lead, what=what, why=error.said) from None


async def give_up(store: Store, row: StoredMessage, error: BaseException) -> None:
    """Note that a pending row is not sent: a person cancelled it, or it failed before its request."""
    if isinstance(error, asyncio.CancelledError):
        await asyncio.shield(store.move(row.id, DeliveryEvent.CANCEL))
    else:
        await note_outcome(store, row, DeliveryEvent.REFUSED, type(error).__name__)


async def note_outcome(store: Store, row: StoredMessage, event: DeliveryEvent, reason: str = "") -> None:
    """Write down what became of a request that failed; a store that fails as well does not hide the request's error."""
    try:
        await whole(store.move(row.id, event, reason=reason))
    except errors.LocalError as error:
        log.info("what became of a request could not be stored: %s", error.code)
