"""The send calls and webwxrevokemsg (the seeds)."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tui.sandbox.routes.contacts import contact_of
from tui.sandbox.routes.http import Body, Loose, Refusal, answer, open_call, state_of
from tui.sandbox.routes.outgoing import CHECKS, EXPECTED_QUERY, Accepted, Msg, SendBody
from tui.sandbox.session.actors import react
from tui.sandbox.session.faults import FaultKind, call_of
from tui.sandbox.session.session import SandboxSession, SentRecord
from tui.sandbox.session.state import State
from tui.sandbox.world.people import SELF, Partner
from tui.wire.names import CGI, Ret

INTRODUCTION = "你可以撤回2分钟内发送的消息（部分旧版本微信不支持这个功能）。"
TOO_LATE = "消息发送时间已超过2分钟，无法撤回。"
_ID = re.compile(r"\d{13,17}")


class RevokeBody(Body):
    """Body of webwxrevokemsg (seed 撤回消息)."""

    svr_msg_id: Loose = ""
    to_user_name: str = ""
    client_msg_id: str | int | float | None = ""


async def send(request: Request) -> Response:
    """Check a message, give it a MsgID, record it, show it to the account's other clients, and let people answer."""
    state, call = state_of(request), call_of(request.url.path)
    session, body = await open_call(request, SendBody)
    msg = body.msg
    chat = _target(state, session, msg)
    accepted = CHECKS[call](state, session, msg)
    _note_oddities(request, state, call, msg)
    message = state.compose(accepted.parts, chat, SELF)
    message.seen = True
    echoed = state.faults.take(call, frozenset({FaultKind.ECHO}))
    state.deliver(message, but=None if echoed else session)
    sent = _record(state, session, call, msg, chat, accepted, message.msg_id)
    react(state, chat.key, accepted.text or "[图片]", accepted.parts)
    return answer(MsgID=sent.msg_id, LocalID=str(msg.local_id or ""))


def _target(state: State, session: SandboxSession, msg: Msg) -> Partner:
    if msg.from_user_name != state.mine(session):
        raise Refusal(Ret.PARAMETER, "FromUserName is not oneself")
    chat = contact_of(state, session, msg.to_user_name)
    if chat.gone:
        raise Refusal(Ret.GROUP_GONE, "the group does not exist any more")
    if not session.sees(chat.key):
        raise Refusal(Ret.PARAMETER, "File Transfer has only one chat")
    if not (chat.saved or chat.is_group):
        raise Refusal(Ret.PARAMETER, "this person is not a contact")
    return chat


def _note_oddities(request: Request, state: State, call: str, msg: Msg) -> None:
    for name, value in (("LocalID", msg.local_id), ("ClientMsgId", msg.client_msg_id)):
        if not isinstance(value, str):
            state.warn(call, f"{name} is not a string")
        if not _ID.fullmatch(str(value)):
            state.warn(call, f"{name} does not have 13 to 17 digits")
    if str(msg.local_id) != str(msg.client_msg_id):
        state.warn(call, "LocalID and ClientMsgId differ")
    for name, expected in EXPECTED_QUERY[call].items():
        if request.query_params.get(name) != expected:
            state.warn(call, f"the query has no {name}={expected}")
    if not request.query_params.get("pass_ticket"):
        state.warn(call, "the query has no pass_ticket")


def _record(
    state: State, session: SandboxSession, call: str, msg: Msg, chat: Partner, accepted: Accepted, msg_id: str
) -> SentRecord:
    sent = SentRecord(
        msg_id=msg_id,
        client_msg_id=str(msg.client_msg_id),
        call=call,
        msg_type=msg.type,
        chat=chat.key,
        user_name=msg.to_user_name,
        to_name=chat.name,
        content=msg.content or "",
        media_id=msg.media_id or str(accepted.parts.fields.get("MediaId", "")),
        media=accepted.media,
        time=state.now(),
        session=session.number,
    )
    state.sent.append(sent)
    session.sent[msg_id] = sent
    return sent


async def revoke(request: Request) -> Response:
    """Revoke a message of this session, within the window; other clients see it go."""
    state = state_of(request)
    session, body = await open_call(request, RevokeBody)
    sent = session.sent.get(str(body.svr_msg_id))
    if sent is None or sent.revoked or sent.user_name != body.to_user_name:
        raise Refusal(
            Ret.PARAMETER, "SvrMsgId is no message that this session sent there", Introduction="", SysWording=""
        )
    if str(body.client_msg_id) != sent.client_msg_id:
        if state.options.strict_revoke or not body.client_msg_id:
            raise Refusal(Ret.PARAMETER, "ClientMsgId is not the message's own", Introduction="", SysWording="")
        state.warn("webwxrevokemsg", "ClientMsgId is not the message's own")
    if state.now() - sent.time > state.options.revoke_window:
        raise Refusal(Ret.LOGIC, "the message is too old", Introduction=INTRODUCTION, SysWording=TOO_LATE)
    sent.revoked = True
    state.take_back(state.messages[sent.msg_id], but=session)
    return answer(Introduction=INTRODUCTION, SysWording="")


ROUTES = [
    *(Route(f"{CGI}{call}", send, methods=["POST"]) for call in CHECKS),
    Route(f"{CGI}webwxrevokemsg", revoke, methods=["POST"]),
]
