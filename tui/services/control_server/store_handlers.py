"""Requests that only the store is read for."""

from __future__ import annotations

from functools import partial
from typing import Final

from tui.services.contacts.history import newest
from tui.services.contacts.matching import completions, search
from tui.services.control import protocol, row_codec
from tui.services.control_server.job import Handlers, Job
from tui.services.util.threads import in_own_thread


async def _find_message(job: Job, request: protocol.FindMessage) -> protocol.Outcome:
    return protocol.Stored(row_codec.packed(await job.services.store.message(request.msg_id)))


async def _find_last(job: Job, request: protocol.FindLast) -> protocol.Outcome:
    return protocol.Stored(row_codec.packed(await job.services.store.last_sent_to(request.to)))


async def _list_contacts(job: Job, request: protocol.ListContacts) -> protocol.Outcome:
    everyone = await job.services.store.contacts()
    return await job.tell_all(await in_own_thread(partial(search, everyone, request.query)), row_codec.listed)


async def _complete_name(job: Job, request: protocol.CompleteName) -> protocol.Outcome:
    everyone = await job.services.store.contacts()
    return await job.tell_all(await in_own_thread(partial(completions, everyone, request.begun)), str)


async def _read_log(job: Job, request: protocol.ReadLog) -> protocol.Outcome:
    services, count = job.services, min(request.count, protocol.MOST_LOGGED)
    found = await newest(services.store, request.target, count, services.profile.name)
    return await job.tell_all(found, row_codec.packed)


HANDLERS: Final[Handlers] = {
    protocol.FindMessage: _find_message,
    protocol.FindLast: _find_last,
    protocol.ListContacts: _list_contacts,
    protocol.CompleteName: _complete_name,
    protocol.ReadLog: _read_log,
}
