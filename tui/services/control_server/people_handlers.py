"""Requests about people: friend requests, remarks, pins, reading everything."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from tui.services.control import protocol, row_codec
from tui.services.control_server.job import Handlers, Job
from tui.store.models import ReceivedRequest
from tui.wire.bodies import FriendRequest


async def _list(job: Job, _request: protocol.ListRequests) -> protocol.Outcome:
    return await job.tell_all([_listed(one) for one in await job.services.store.friend_requests()], row_codec.packed)


def _listed(request: ReceivedRequest) -> ReceivedRequest:
    """Return a request without its ticket: accepting it is the owner's affair."""
    body = request.message.body
    assert isinstance(body, FriendRequest)
    message = structs.replace(request.message, content="", body=structs.replace(body, ticket=""))
    return structs.replace(request, message=message)


async def _answer(job: Job, request: protocol.AnswerRequest) -> protocol.Outcome:
    message = await job.services.message(request.row)
    friend_requests = (await job.services.session()).people.friend_requests
    answer = friend_requests.accept if request.accept else friend_requests.ignore
    return protocol.Done(text=await answer(message))


async def _remark(job: Job, request: protocol.SetRemark) -> protocol.Outcome:
    people = (await job.services.session()).people
    return protocol.ContactChanged(await people.set_remark(request.to, request.remark))


async def _pin(job: Job, request: protocol.SetPinned) -> protocol.Outcome:
    people = (await job.services.session()).people
    return protocol.ContactChanged(await people.set_pinned(request.to, pinned=request.pinned))


async def _read_all(job: Job, _request: protocol.ReadAll) -> protocol.Outcome:
    people = (await job.services.session()).people
    return protocol.AllRead(await people.read_all(lambda name, left: job.tell(protocol.ConversationRead(name, left))))


HANDLERS: Final[Handlers] = {
    protocol.ListRequests: _list,
    protocol.AnswerRequest: _answer,
    protocol.SetRemark: _remark,
    protocol.SetPinned: _pin,
    protocol.ReadAll: _read_all,
}
