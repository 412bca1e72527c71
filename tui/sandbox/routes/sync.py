"""webwxinit, webwxstatusnotify, synccheck, webwxsync (PROTOCOL sections 2 and 4)."""

from __future__ import annotations

import random

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tui.sandbox.routes.contact_view import ContactView
from tui.sandbox.routes.contacts import contact_of
from tui.sandbox.routes.http import (
    Body,
    Loose,
    Refusal,
    answer,
    check_skey,
    find_session,
    open_call,
    pairs,
    script,
    set_cookies,
    state_of,
)
from tui.sandbox.session.faults import FaultKind
from tui.sandbox.session.session import SandboxSession, skey
from tui.sandbox.session.state import State
from tui.sandbox.session.stream import ContactDeleted, ContactUpdated, Pairs
from tui.sandbox.world.message import Json, MessageParts, SandboxMessage, escape, render
from tui.sandbox.world.people import SELF
from tui.wire.names import CGI, MsgType, NotifyCode, Ret, StatusCode, SyncRet

RENEW_EVERY = 40
"""webwxsync hands out a new SKey in the first answer and then after this many."""


class Pair(msgspec.Struct, rename="pascal"):
    """Key of a SyncKey, with its value."""

    key: int
    val: int


class ClientSyncKey(msgspec.Struct, rename="pascal"):
    """A SyncKey as a client sends it back."""

    list: tuple[Pair, ...] = ()
    count: int = 0


class SyncBody(Body):
    """Body of webwxsync."""

    sync_key: ClientSyncKey = msgspec.field(default_factory=ClientSyncKey)


class StatusNotifyBody(Body):
    """Body of webwxstatusnotify (seed 消息已读)."""

    code: int = 0
    from_user_name: str = ""
    to_user_name: str = ""
    client_msg_id: Loose = None


async def init(request: Request) -> Response:
    """Answer with oneself, the recent chats, and the SyncKey before what this client has not taken over yet."""
    state = state_of(request)
    session, _ = await open_call(request, Body)
    _renew(session)
    view = ContactView(state.world, session)
    recent = [state.world.contacts[key] for key in state.world.recent if session.sees(key)]
    started = answer(
        Count=len(recent),
        ContactList=[view.contact(one, members=True) for one in recent],
        SyncKey=pairs(session.stream.sync_key(session.stream.taken)),
        User=view.me(),
        ChatSet="".join(f"{session.names.of(one.key)}," for one in recent),
        SKey=session.skey,
        Uin=int(session.uin),
        ClientVersion=369297683,
        SystemTime=int(state.now()),
        GrayScale=1,
        InviteStartCount=40,
        MPSubscribeMsgCount=0,
        MPSubscribeMsgList=[],
        ClickReportInterval=600000,
    )
    # Also for the hosts that got none at webwxnewloginpage.
    return set_cookies(started, session)


def _renew(session: SandboxSession) -> None:
    session.skeys.append(skey(random.Random(f"{session.sid} {len(session.skeys)}")))


async def status_notify(request: Request) -> Response:
    """Mark a chat as read (code 1), or tell the phone, which answers with its list of chats (code 3)."""
    state = state_of(request)
    session, body = await open_call(request, StatusNotifyBody)
    chat = contact_of(state, session, body.to_user_name)
    if body.from_user_name != state.mine(session):
        raise Refusal(Ret.PARAMETER, "FromUserName is not oneself")
    if not isinstance(body.client_msg_id, int):
        state.warn("webwxstatusnotify", "ClientMsgId is not a number")
    if body.code == StatusCode.READ:
        state.read.append({"to": body.to_user_name, "to_name": chat.name, "time": state.now()})
        for other in state.live():
            if other is not session and other.sees(chat.key):
                other.stream.add(_phone(state, NotifyCode.READ, (chat.key,)))
    elif body.code == StatusCode.HELLO:
        if not session.greeted:
            session.greeted = True
            chats = tuple(key for key in state.world.recent if session.sees(key))
            session.stream.add(_phone(state, NotifyCode.INITIAL, chats))
    else:
        state.warn("webwxstatusnotify", f"Code {body.code} is not known")
    return answer(MsgID=state.fresh_id())


def _phone(state: State, code: NotifyCode, chats: tuple[str, ...]) -> SandboxMessage:
    """Return a message of type 51: what the phone shows. It is oneself's, to oneself."""
    operation = f"<msg><op id='{int(code)}'><username></username></op></msg>"
    parts = MessageParts(MsgType.STATUS_NOTIFY, escape(operation), {"StatusNotifyCode": int(code)}, named=chats)
    return state.compose(parts, state.world.me, SELF)


async def sync_check(request: Request) -> Response:
    """Answer when something comes in, the session ends, or `poll_seconds` are over (long poll)."""
    state, query = state_of(request), request.query_params
    try:
        session = find_session(request)
        check_skey(state, "synccheck", session, query.get("skey"))
    except Refusal as refusal:
        state.warn("synccheck", f"refused with {int(refusal.ret)}: {refusal.reason}")
        return _checked(refusal.ret, 0)
    if query.get("sid") != session.sid or query.get("uin") != session.uin:
        state.warn("synccheck", "refused with 1102: sid or uin in the query is not the session's")
        return _checked(SyncRet.COOKIE_INVALID, 0)
    key = _read_check_key(query.get("synckey", ""))
    stream = session.stream
    if stream.synced and not stream.is_check_key(key):
        state.warn("synccheck", "called with SyncKey instead of SyncCheckKey")
    place = _place(state, "synccheck", session, key)
    if place is None:
        # webwxsync would refuse this key: whoever is told that something waits would ask for it for ever.
        state.warn("synccheck", "the synckey is not one of this account's")
        place = len(stream.events)
    end = state.now() + state.options.poll_seconds
    while session.ended is None and not stream.selector(place) and not state.closed:
        left = end - state.now()
        if left <= 0 or not await stream.bell.wait(left):
            break
    return _checked(session.ended or SyncRet.OK, 0 if session.ended else stream.selector(place))


def _place(state: State, call: str, session: SandboxSession, key: Pairs) -> int | None:
    """Return the place of a SyncKey or SyncCheckKey: the first for an earlier login's key, None for what is no key."""
    place = session.stream.place_of(key)
    if place is None and session.stream.is_earlier(key):
        state.warn(call, "the SyncKey is of an earlier login")
        return 0
    return place


def _checked(code: int, selector: int) -> Response:
    return script(f'window.synccheck={{retcode:"{int(code)}",selector:"{selector}"}}')


def _read_check_key(text: str) -> Pairs:
    try:
        return [(int(key), int(value)) for key, _, value in (part.partition("_") for part in text.split("|"))]
    except ValueError:
        return []


async def sync(request: Request) -> Response:
    """Answer with what came after a SyncKey; for an old key the same again: nothing is lost with an answer."""
    state = state_of(request)
    session, body = await open_call(request, SyncBody)
    stream, key = session.stream, [(pair.key, pair.val) for pair in body.sync_key.list]
    place = _place(state, "webwxsync", session, key)
    if place is None:
        raise Refusal(Ret.PARAMETER, "SyncKey is not one of this account's")
    if stream.is_check_key(key):
        state.warn("webwxsync", "called with SyncCheckKey instead of SyncKey")
    if request.query_params.get("sid", session.sid) != session.sid:
        state.warn("webwxsync", "sid in the query is not percent-encoded, or wrong")
    stream.take(place)
    stream.synced = True
    end = min(len(stream.events), place + state.options.sync_batch)
    renewed = session.syncs % RENEW_EVERY == 0
    session.syncs += 1
    if renewed:
        _renew(session)
    again = state.faults.take("webwxsync", frozenset({FaultKind.REPEAT}))
    fields = _events(state, session, max(0, place - (int(again.value) or 5)) if again else place, end)
    return answer(
        **fields,
        ModChatRoomMemberCount=0,
        ModChatRoomMemberList=[],
        Profile={"BitFlag": 0, "UserName": {"Buff": ""}, "NickName": {"Buff": ""}, "Status": 0},
        ContinueFlag=int(end < len(stream.events)),
        SyncKey=pairs(stream.sync_key(end)),
        SKey=session.skey if renewed else "",
        SyncCheckKey=pairs(stream.check_key(end)),
    )


def _events(state: State, session: SandboxSession, start: int, end: int) -> Json:
    view = ContactView(state.world, session)
    messages: list[Json] = []
    changed: dict[str, Json] = {}
    deleted: list[Json] = []
    for event in session.stream.events[start:end]:
        match event:
            case SandboxMessage():
                messages.append(render(event, session.names.of))
            case ContactUpdated(key):
                changed[key] = view.contact(state.world.contacts[key], members=True, details=True)
            case ContactDeleted(_, user_name):
                deleted.append({"UserName": user_name, "ContactFlag": 0})
    if messages and state.faults.take("webwxsync", frozenset({FaultKind.DUPLICATE})):
        messages = [copy for message in messages for copy in (message, dict(message))]
    if messages and state.faults.take("webwxsync", frozenset({FaultKind.REORDER})):
        messages.reverse()
        state.reordered.update(str(message["MsgId"]) for message in messages)
    return {
        "AddMsgCount": len(messages),
        "AddMsgList": messages,
        "ModContactCount": len(changed),
        "ModContactList": list(changed.values()),
        "DelContactCount": len(deleted),
        "DelContactList": deleted,
    }


ROUTES = [
    Route(f"{CGI}webwxinit", init, methods=["POST"]),
    Route(f"{CGI}webwxstatusnotify", status_notify, methods=["POST"]),
    Route(f"{CGI}synccheck", sync_check),
    Route(f"{CGI}webwxsync", sync, methods=["POST"]),
]
