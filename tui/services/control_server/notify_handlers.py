"""Requests about what notifies of a conversation. Only the store is changed; no server hears of it."""

from __future__ import annotations

from typing import Final

from tui import errors
from tui.services.control import protocol
from tui.services.control_server.job import Handlers, Job
from tui.store.errors import NoSuchRow
from tui.store.mapping.codec import from_ms
from tui.store.models import NotifyRule


async def _set_hushed(job: Job, request: protocol.SetHushed) -> protocol.Outcome:
    await _expect(job, request.conversation)
    until = from_ms(request.until_ms) if request.until_ms else None
    await job.services.store.set_hushed(request.conversation, request.hushed, until)
    job.services.on_mute()
    return protocol.Done()


async def _set_notify(job: Job, request: protocol.SetNotify) -> protocol.Outcome:
    await _expect(job, request.conversation)
    rule = next((rule for rule in NotifyRule if rule.value == request.rule), None)
    await job.services.store.set_notify(request.conversation, rule)
    return protocol.Done()


async def _expect(job: Job, conversation_id: int) -> None:
    """Raise `TargetUnknown` where a conversation is gone: another login may have come between."""
    try:
        await job.services.store.conversation(conversation_id)
    except NoSuchRow:
        raise errors.TargetUnknown(target=f"id:{conversation_id}") from None


HANDLERS: Final[Handlers] = {
    protocol.SetHushed: _set_hushed,
    protocol.SetNotify: _set_notify,
}
