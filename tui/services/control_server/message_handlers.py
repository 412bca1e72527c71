"""Requests that act on messages: texts, forwards, recalls, marking read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from tui.services.control import protocol, row_codec
from tui.services.control_server.job import Handlers, Job
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.wire.contacts import Contact

if TYPE_CHECKING:
    from tui.services.client.client import Client


async def _text(job: Job, request: protocol.SendText) -> protocol.Outcome:
    outbox = job.services.outbox
    return await _send(job, request.to, lambda to: outbox.text(to, request.text, job.written, queued=False))


async def _forward(job: Job, request: protocol.Forward) -> protocol.Outcome:
    outbox, message = job.services.outbox, await job.services.message(request.row)
    return await _send(job, request.to, lambda to: outbox.forward(message, to, job.written, queued=False))


async def _send(job: Job, to: str, send: Callable[[Contact], Awaitable[StoredMessage]]) -> protocol.Sent:
    """Send a message in its turn. When it cannot leave now it fails: the command waits for the answer."""
    await job.services.session()
    contact = await job.services.contact(to)
    if (hold := job.services.outbox.throttle.hold) is not None:
        # The server wants fewer messages: a command that waits for the answer does not wait that long.
        raise hold.error
    return row_codec.sent(await job.sending(send(contact)))


async def _revoke(job: Job, request: protocol.RevokeRequest) -> protocol.Outcome:
    services = job.services
    answer = await services.outbox.revoker.revoke(await services.message(request.row), services.context)
    if answer is None:
        return protocol.Done(state=DeliveryState.CANCELLED.value)
    return protocol.Done(text=answer)


async def _mark_read(job: Job, request: protocol.MarkRead) -> protocol.Outcome:
    services = job.services
    until = await services.store.last_row()

    async def mark(client: Client) -> None:
        await client.chat.mark_read(await services.contact(request.to), until)

    await services.in_session(mark)
    return protocol.Done()


HANDLERS: Final[Handlers] = {
    protocol.SendText: _text,
    protocol.Forward: _forward,
    protocol.RevokeRequest: _revoke,
    protocol.MarkRead: _mark_read,
}
