"""webwxgetcontact, webwxbatchgetcontact, webwxoplog, webwxverifyuser (PROTOCOL sections 2 to 4)."""

from __future__ import annotations

import html

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tui.sandbox.routes.contact_view import ContactView
from tui.sandbox.routes.http import (
    Body,
    Loose,
    Refusal,
    answer,
    check_base,
    find_session,
    open_call,
    read_body,
    state_of,
)
from tui.sandbox.session.session import SandboxSession
from tui.sandbox.session.state import State
from tui.sandbox.world.people import SELF, Partner
from tui.wire.names import CGI, ContactFlag, MsgType, Ret

BATCH = 50
TICKET_SECONDS = 3 * 24 * 3600
"""Time for which a friend request can be accepted; phones say that it expires after three days."""


class WantedContact(msgspec.Struct, rename="pascal"):
    """Entry of a batch: a group, or a member of the group `encry_chat_room_id`."""

    user_name: str
    encry_chat_room_id: str | None = ""


class ContactBatch(Body):
    """Body of webwxbatchgetcontact."""

    count: int = 0
    list: tuple[WantedContact, ...] = ()


class OpLog(Body):
    """Body of webwxoplog."""

    user_name: str = ""
    cmd_id: int = 0
    op: Loose = msgspec.field(default=0, name="OP")
    remark_name: str | None = None


class Verified(msgspec.Struct, rename="pascal"):
    """Person whose request is accepted."""

    value: str
    verify_user_ticket: str = ""


class VerifyUser(Body):
    """Body of webwxverifyuser."""

    opcode: int = 0
    verify_user_list: tuple[Verified, ...] = ()
    verify_content: str = ""


def contact_of(state: State, session: SandboxSession, user_name: str) -> Partner:
    """Return the contact with a UserName of this session; raise `Refusal`."""
    key = session.names.key(user_name)
    if key is None or not (key == SELF or session.sees(key)):
        raise Refusal(Ret.PARAMETER, "nobody has this UserName in this login")
    return state.world.contacts[key]


async def get_contact(request: Request) -> Response:
    """Answer with a page of the address book; `Seq` is 0 on the last."""
    state, session = state_of(request), find_session(request)
    if request.method == "POST":
        check_base(request, session, (await read_body(request, ContactBatch)).base_request)
    try:
        start = int(request.query_params.get("seq") or 0)
    except ValueError:
        raise Refusal(Ret.PARAMETER, "seq is not a number") from None
    if start < 0:
        raise Refusal(Ret.PARAMETER, "seq is below 0")
    view = ContactView(state.world, session)
    saved = [one for one in state.world.contacts.values() if one.saved and session.sees(one.key)]
    page = saved[start : start + state.options.contact_page]
    following = start + len(page)
    return answer(
        MemberCount=len(page),
        MemberList=[view.contact(one) for one in page],
        Seq=following if following < len(saved) else 0,
    )


async def batch_get_contact(request: Request) -> Response:
    """Answer with groups and their members, or members and their details."""
    state = state_of(request)
    session, body = await open_call(request, ContactBatch)
    if len(body.list) > BATCH:
        raise Refusal(Ret.PARAMETER, "more than 50 contacts in one call")
    if body.count != len(body.list):
        state.warn("webwxbatchgetcontact", "Count is not the length of List")
    view = ContactView(state.world, session)
    keys = [key for wanted in body.list if (key := session.names.key(wanted.user_name)) is not None]
    found = [state.world.contacts[key] for key in keys if session.sees(key)]
    return answer(Count=len(found), ContactList=[view.contact(one, members=True, details=True) for one in found])


async def oplog(request: Request) -> Response:
    """Set a remark (CmdId 2), pin or unpin (3, `OP` 1 or 0)."""
    state = state_of(request)
    session, body = await open_call(request, OpLog)
    contact = contact_of(state, session, body.user_name)
    match body.cmd_id:
        case 2:
            contact.remark = html.escape(body.remark_name or "", quote=False)
        case 3:
            pinned = int(ContactFlag.PINNED)
            contact.flags = contact.flags | pinned if str(body.op) == "1" else contact.flags & ~pinned
        case _:
            raise Refusal(Ret.PARAMETER, f"CmdId {body.cmd_id} is not known")
    state.announce(contact)
    return answer()


async def verify_user(request: Request) -> Response:
    """Accept a friend request by its ticket (Opcode 3), or send one (2)."""
    state = state_of(request)
    session, body = await open_call(request, VerifyUser)
    if body.opcode == 2:
        return answer()
    if body.opcode != 3 or not body.verify_user_list:
        raise Refusal(Ret.PARAMETER, "Opcode is neither 2 nor 3, or nobody is named")
    for one in body.verify_user_list:
        contact = contact_of(state, session, one.value)
        requests = [m for m in state.messages.values() if m.parts.msg_type is MsgType.FRIEND_REQUEST]
        if not one.verify_user_ticket and body.verify_content:
            state.warn("webwxverifyuser", "the ticket is in VerifyContent")
        ticket = one.verify_user_ticket or body.verify_content
        meant = [m for m in requests if m.parts.about is contact and m.parts.ticket == ticket]
        if not meant:
            raise Refusal(Ret.PARAMETER, "the ticket belongs to no friend request of this person")
        if ticket in state.spent_tickets:
            raise Refusal(Ret.PARAMETER, "the friend request was accepted before")
        if meant[-1].created < state.now() - TICKET_SECONDS:
            raise Refusal(Ret.PARAMETER, "the friend request has expired")
        state.spent_tickets.add(ticket)
        contact.saved = True
        contact.flags = int(ContactFlag.CONTACT | ContactFlag.CHAT)
        state.announce(contact, joined=True)
        state.arrive("system", contact, "", f"你已添加了{contact.name}，现在可以开始聊天了。")
    return answer()


ROUTES = [
    Route(f"{CGI}webwxgetcontact", get_contact, methods=["GET", "POST"]),
    Route(f"{CGI}webwxbatchgetcontact", batch_get_contact, methods=["POST"]),
    Route(f"{CGI}webwxoplog", oplog, methods=["POST"]),
    Route(f"{CGI}webwxverifyuser", verify_user, methods=["POST"]),
]
