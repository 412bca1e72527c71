"""Handlers of the requests of the API; those that act go the way of wxtui's own commands."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui import __version__, errors
from tui.message_summary import in_short
from tui.services.client.profile_opening import open_store_to_read
from tui.services.contacts.history import conversation_of
from tui.services.contacts.matching import search
from tui.services.control import protocol
from tui.services.control_server import limits
from tui.services.control_server.api import answers, requests, subscribing
from tui.services.control_server.api.status import status_of
from tui.services.util.threads import in_own_thread
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.search.query import parse_query
from tui.wire.contacts import Contact
from tui.wire.text import short

if TYPE_CHECKING:
    from tui.services.control_server.api.api_connection import ApiCall

Handler = Callable[["ApiCall", Any], Awaitable[object]]


async def _hello(call: ApiCall, _request: requests.ApiHello) -> object:
    return answers.HelloResult(
        version=requests.VERSION,
        program=__version__,
        pid=os.getpid(),
        profile=call.services.profile.name,
        max_line=protocol.LINE,
        max_connections=limits.MOST,
        max_subscriptions=limits.MOST_FOLLOWERS,
        max_count=protocol.MOST_LOGGED,
    )


async def _status(call: ApiCall, _request: requests.ApiStatus) -> object:
    return await status_of(call.services)


async def _contacts(call: ApiCall, request: requests.ApiContacts) -> object:
    everyone = await call.services.store.contacts()
    found = await in_own_thread(lambda breath: search(everyone, request.query, breath))
    return await call.items(found, _contact)


def _contact(found: tuple[Contact, str]) -> answers.ContactItem:
    contact, handle = found
    return answers.ContactItem(
        name=contact.name,
        kind=contact.kind.value,
        nick_name=contact.nick_name,
        remark_name=contact.remark_name,
        user_name=contact.user_name,
        target=handle,
        members=contact.member_count,
        muted=contact.muted,
        pinned=contact.pinned,
    )


# ---------------------------------------------------------------- what acts


async def _send(call: ApiCall, request: requests.ApiSend) -> object:
    if bool(request.text) == bool(request.file):
        raise errors.ApiMisused(why=errors.Phrase("“send” needs one of “text” and “file”"))
    if request.text and not request.text.strip():
        raise errors.EmptyText()
    to = await _resolve(call, request.to)
    if request.text:
        return await _sent(call, protocol.SendText(to.user_name, request.text), request.text)
    file = await asyncio.to_thread(_send_file, to, request, await call.services.session())
    return await _sent(call, file, file.name)


def _send_file(to: protocol.Recipient, request: requests.ApiSend, client: Any) -> protocol.SendFile:
    from tui.services.uploads.outgoing_file import open_file

    path = Path(request.file)
    if not path.is_absolute():
        raise errors.ApiMisused(why=errors.Phrase("“file” is not an absolute path"))
    endpoint = client.context.session.endpoint
    with open_file(path, endpoint, request.kind, request.name or None) as file:
        return protocol.SendFile(to.user_name, os.fsencode(path), file.version, request.kind, file.name)


async def _forward(call: ApiCall, request: requests.ApiForward) -> object:
    message = await _message_of(call, request.row, request.msg_id)
    to = await _resolve(call, request.to)
    return await _sent(call, protocol.Forward(message.id, to.user_name), in_short(message.body))


async def _sent(call: ApiCall, request: protocol.ControlRequest, what: str) -> answers.SentResult:
    sent = await call.ask(request)
    if not isinstance(sent, protocol.Sent) or sent.state == "cancelled":
        raise errors.GivenUp(what=short(what))
    return answers.SentResult(row=sent.id, state=sent.state, msg_id=sent.msg_id, kind=sent.kind, time=sent.time)


async def _revoke(call: ApiCall, request: requests.ApiRevoke) -> object:
    message = await _message_of(call, request.row, request.msg_id)
    done = await call.ask(protocol.RevokeRequest(message.id))
    assert isinstance(done, protocol.Done)
    return answers.RevokeResult(state="cancelled" if done.state else "revoked", text=done.text)


async def _read(call: ApiCall, request: requests.ApiRead) -> object:
    to = await _resolve(call, request.to)
    await call.ask(protocol.MarkRead(to.user_name))
    return answers.ReadResult(user_name=to.user_name, name=to.name)


async def _resolve(call: ApiCall, target: str) -> protocol.Recipient:
    contact = await call.services.in_session(lambda client: client.directory.resolve(target))
    return protocol.Recipient(contact.user_name, contact.name)


# ---------------------------------------------------------------- what reads


async def _message(call: ApiCall, request: requests.ApiMessageRequest) -> object:
    message = await _message_of(call, request.row, request.msg_id)
    (named,) = await call.services.store.named([message])
    return answers.api_message(named)


async def _message_of(call: ApiCall, row: int | None, msg_id: str) -> StoredMessage:
    """Return the message that a request names. Raises `ApiMisused`, `MessageUnknown`."""
    if (row is None) == (not msg_id):
        raise errors.ApiMisused(why=errors.Phrase("one of “row” and “msg_id” is needed"))
    if row is None:
        found = await call.services.store.message(msg_id)
        if found is None:
            raise errors.MessageUnknown(msg_id=msg_id)
        return found
    try:
        return await call.services.store.row(row)
    except NoSuchRow:
        raise errors.RowUnknown(row=row) from None


async def _log(call: ApiCall, request: requests.ApiLog) -> object:
    store = call.services.store
    conversation = await conversation_of(store, request.chat, call.services.profile.name)
    if conversation is None:
        return answers.ListResult(count=0)
    before = None if request.before is None else (await _message_of(call, request.before, "")).place
    page = await store.messages_before(conversation.id, before, request.count)
    return await call.items(await store.named(page), answers.api_message)


async def _search(call: ApiCall, request: requests.ApiSearch) -> object:
    from tui.services.util.ids import Ids

    asked, profile = parse_query(request.text, Ids().now()), call.services.profile
    # A connection of its own: it may take a while, in which the program would read nothing.
    async with open_store_to_read(profile) as store:
        conversation = None
        if request.chat:
            conversation = await conversation_of(store, request.chat, profile.name)
            if conversation is None:
                return answers.ListResult(count=0)
        chat_id = None if conversation is None else conversation.id
        hits = await store.search(asked, conversation_id=chat_id, limit=request.count)
        found = await store.named(reversed(hits))
    return await call.items(found, answers.api_message)


HANDLERS: Final[dict[type[requests.ApiRequest], Handler]] = {
    requests.ApiHello: _hello,
    requests.ApiStatus: _status,
    requests.ApiContacts: _contacts,
    requests.ApiSend: _send,
    requests.ApiRevoke: _revoke,
    requests.ApiForward: _forward,
    requests.ApiRead: _read,
    requests.ApiMessageRequest: _message,
    requests.ApiLog: _log,
    requests.ApiSearch: _search,
    requests.ApiSubscribe: subscribing.subscribe,
}
