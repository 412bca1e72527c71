"""webwxcreatechatroom and webwxupdatechatroom (PROTOCOL section 3.1)."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tui.sandbox.routes.contact_view import ContactView
from tui.sandbox.routes.contacts import contact_of
from tui.sandbox.routes.http import Body, Refusal, answer, open_call, state_of
from tui.sandbox.session.session import SandboxSession
from tui.sandbox.session.state import State
from tui.sandbox.world.message import Json
from tui.sandbox.world.people import SELF, GroupMember, Partner, Standing
from tui.wire.names import CGI, INVITE_ABOVE, MemberStatus, Ret

LEAST_OTHERS = 2
"""People besides oneself that a new group needs."""
LONGEST_TOPIC = 64
"""Characters of a group's name."""
_STATUS = {Standing.DELETED: MemberStatus.DELETED, Standing.BLOCKED: MemberStatus.BLOCKED}


class WantedMember(msgspec.Struct, rename="pascal"):
    """Member of a new group."""

    user_name: str


class CreateGroup(Body):
    """Body of webwxcreatechatroom."""

    member_count: int = 0
    member_list: tuple[WantedMember, ...] = ()
    topic: str | None = ""


class UpdateGroup(Body):
    """Body of webwxupdatechatroom; the lists are UserNames with commas, and `fun` says which one counts."""

    chat_room_name: str = ""
    add_member_list: str = ""
    invite_member_list: str = ""
    del_member_list: str = ""
    new_topic: str = ""


async def create_group(request: Request) -> Response:
    """Make a group of those who let themselves be added; none where they are too few."""
    state = state_of(request)
    session, body = await open_call(request, CreateGroup)
    if body.member_count != len(body.member_list):
        state.warn("webwxcreatechatroom", "MemberCount is not the length of MemberList")
    people = _friends(state, session, [one.user_name for one in body.member_list])
    if len(people) < LEAST_OTHERS:
        raise Refusal(Ret.PARAMETER, "a group needs two others")
    topic = _topic(body.topic or "")
    joined = [one for one in people if _status(one) is MemberStatus.JOINED]
    told = _member_list(state, session, people)
    if not joined:
        raise Refusal(Ret.PARAMETER, "none of them lets themselves be added", **told)
    group = state.world.add_group(topic, [GroupMember(one.key) for one in joined])
    blocked = [session.names.of(one.key) for one in people if one.standing is Standing.BLOCKED]
    state.announce(group, joined=True)
    state.arrive("system", group, "", f'你邀请"{_names(joined)}"加入了群聊')
    made = {"ChatRoomName": session.names.of(group.key), "BlackList": ",".join(blocked)}
    return answer(Topic=topic, PYInitial="", QuanPin="", **told, **made)


async def update_group(request: Request) -> Response:
    """Add, invite or remove members, or rename a group, as `fun` says."""
    state = state_of(request)
    session, body = await open_call(request, UpdateGroup)
    change = _CHANGES.get(request.query_params.get("fun", ""))
    if change is None:
        raise Refusal(Ret.PARAMETER, "fun is none of addmember, invitemember, delmember and modtopic")
    group = contact_of(state, session, body.chat_room_name)
    if not group.is_group:
        raise Refusal(Ret.PARAMETER, "ChatRoomName is no group")
    if group.gone:
        raise Refusal(Ret.GROUP_GONE, "the group does not exist any more")
    if group.member(SELF) is None:
        raise Refusal(Ret.PARAMETER, "oneself is not in this group")
    return answer(**change(state, session, group, body))


def _add(state: State, session: SandboxSession, group: Partner, body: UpdateGroup) -> Json:
    people = _newcomers(state, session, group, body.add_member_list)
    if group.confirms and group.owner != SELF:
        raise Refusal(Ret.MUST_ASK, "the group's owner has to agree first")
    if len(group.members) > INVITE_ABOVE:
        raise Refusal(Ret.MUST_INVITE, "this large a group only sends invitations")
    joined = [one for one in people if _status(one) is MemberStatus.JOINED]
    if joined:
        group.members += [GroupMember(one.key) for one in joined]
        state.announce(group)
        state.arrive("system", group, "", f'你邀请"{_names(joined)}"加入了群聊')
    return _member_list(state, session, people)


def _invite(state: State, session: SandboxSession, group: Partner, body: UpdateGroup) -> Json:
    """Send each an invitation; nobody is in the group yet."""
    people = _newcomers(state, session, group, body.invite_member_list)
    for one in people:
        if _status(one) is MemberStatus.JOINED:
            link: Json = {"title": "邀请你加入群聊", "url": "https://support.weixin.qq.com/cgi-bin/readtemplate"}
            state.arrive("link", one, SELF, link)
    return {"MemberCount": 0, "MemberList": []}


def _remove(state: State, session: SandboxSession, group: Partner, body: UpdateGroup) -> Json:
    if group.owner != SELF:
        raise Refusal(Ret.PARAMETER, "only the group's owner removes members")
    people = [contact_of(state, session, name) for name in _listed(body.del_member_list)]
    if any(one.key == SELF or group.member(one.key) is None for one in people):
        raise Refusal(Ret.PARAMETER, "not a member, or oneself")
    gone = {one.key for one in people}
    group.members = [member for member in group.members if member.key not in gone]
    state.announce(group)
    state.arrive("system", group, "", f'你将"{_names(people)}"移出了群聊')
    return {"MemberCount": 0, "MemberList": []}


def _rename(state: State, session: SandboxSession, group: Partner, body: UpdateGroup) -> Json:
    topic = _topic(body.new_topic)
    if not topic:
        raise Refusal(Ret.PARAMETER, "NewTopic is empty")
    group.nick = topic
    state.announce(group)
    state.arrive("system", group, "", f"你修改群名为“{body.new_topic}”")
    return {"MemberCount": 0, "MemberList": []}


_CHANGES: dict[str, Callable[[State, SandboxSession, Partner, UpdateGroup], Json]] = {
    "addmember": _add,
    "invitemember": _invite,
    "delmember": _remove,
    "modtopic": _rename,
}
"""What each `fun` does."""


def _topic(topic: str) -> str:
    """Return a group's name in the server's raw form. Raises `Refusal`."""
    if len(topic) > LONGEST_TOPIC or not topic.isprintable():
        raise Refusal(Ret.PARAMETER, "the group's name is too long, or of several lines")
    return html.escape(topic.strip(), quote=False)


def _listed(names: str) -> list[str]:
    found = [name for name in names.split(",") if name]
    if not found or len(set(found)) < len(found):
        raise Refusal(Ret.PARAMETER, "nobody is named, or somebody twice")
    return found


def _friends(state: State, session: SandboxSession, names: Sequence[str]) -> list[Partner]:
    """Return people of the address book; raise `Refusal` for anybody else."""
    found = [contact_of(state, session, name) for name in names]
    if len({one.key for one in found}) < len(found):
        raise Refusal(Ret.PARAMETER, "somebody is named twice")
    for one in found:
        if one.key == SELF or one.is_group or one.special or one.verify_flag or not one.saved:
            raise Refusal(Ret.PARAMETER, "somebody is not a person of the address book")
    return found


def _newcomers(state: State, session: SandboxSession, group: Partner, names: str) -> list[Partner]:
    people = _friends(state, session, _listed(names))
    if any(group.member(one.key) is not None for one in people):
        raise Refusal(Ret.PARAMETER, "somebody is in the group already")
    if all(one.standing is Standing.ASKED_FIRST for one in people):
        raise Refusal(Ret.MUST_ASK, "they have to agree first")
    return people


def _status(person: Partner) -> int:
    """Return what the answer says of somebody who was to be added; one who wants to be asked first has 1 here, for no
    document names that status."""
    if person.standing is Standing.ASKED_FIRST:
        return 1
    return _STATUS.get(person.standing, MemberStatus.JOINED)


def _member_list(state: State, session: SandboxSession, people: Sequence[Partner]) -> Json:
    view = ContactView(state.world, session)
    told = [view.member(GroupMember(one.key), details=True, status=int(_status(one))) for one in people]
    return {"MemberCount": len(told), "MemberList": told}


def _names(people: Sequence[Partner]) -> str:
    return "、".join(one.name for one in people)


ROUTES = [
    Route(f"{CGI}webwxcreatechatroom", create_group, methods=["POST"]),
    Route(f"{CGI}webwxupdatechatroom", update_group, methods=["POST"]),
]
