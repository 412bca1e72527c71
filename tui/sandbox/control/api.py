"""The control API under `/_sandbox/`, by which a test, or a person with curl, makes things happen.

`CONTROL_HELP` describes it; `wxtui sandbox --help` prints that text.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from tui.sandbox.control.push import push, reply, sorry
from tui.sandbox.routes.http import state_of
from tui.sandbox.session.faults import Fault, FaultKind, call_of
from tui.sandbox.session.phone import Attempt, PhonePhase
from tui.sandbox.world.kinds import BadContent
from tui.sandbox.world.message import Json
from tui.sandbox.world.people import GroupMember, Partner, Standing
from tui.sandbox.world.world import UnknownName
from tui.wire.names import ContactFlag, Ret

CONTROL_HELP = """\
Control API (JSON, loopback only). NAME is a nickname, a remark or a key; an unknown one gives 404 and a sentence.

POST /_sandbox/push      a message arrives: {"type": TYPE, "from": NAME, "group": true|NAME, "to": NAME, "content": …}
                         only type is needed. TYPE: text image voice video short_video emoticon app_emoticon file link
                         quote mini_program live_location transfer red_packet red_packet_notice card location system
                         notice call friend_request status_notify revoke raw. group true = 项目群. from "self" = sent
                         from the phone, to NAME (or to the group). content: the text, title, file name, label, name on
                         the card or MsgID to revoke (default: the sender's last there), or an object: {"base64": …}
                         bytes of any media, file {"name", "size"}, link {"title", "description", "url"}, quote
                         {"title", "quoted", "sender", "msg_id"}, voice {"milliseconds"}, video {"seconds"}, location
                         {"label", "x", "y"}, emoticon {"shop": 1}, status_notify {"code": 1|2|5}, raw: AddMsg
                         fields, merged over the defaults. "times": N of them arrive, all at once.
                         "age": they were written so many seconds ago; a friend request of four days has expired.
                         answers {"MsgId", "member" (the sender's UserName in a group), "sha256" (of the media)}
POST /_sandbox/contact   a contact changes: {"name": NAME, "nickname": …, "remark": …, "muted": bool, "pinned": bool,
                         "gone": bool (a group: sending gives 1201), "delete": true, "add": true, "alias": …,
                         "avatar": true (a new picture: another seq), "status": true (another AttrStatus),
                         "standing": "deleted"|"blocked"|"asks"|"friend" (what comes of adding them to a group),
                         "owner": NAME and "confirms": bool (of a group: only its owner removes members; where it
                         confirms, nobody joins at once), "left": NAME (a member leaves a group)}
POST /_sandbox/person    somebody new among the contacts: {"nickname": … (perhaps one that another has), "remark": …,
                         "alias": …, "group": NAME (a member of it, too)}; answers {"key"}, which is a NAME
GET  /_sandbox/sent      what clients sent: MsgID ClientMsgId call Type to to_name content MediaId sha256 file_name time
                         revoked session
GET  /_sandbox/uploads   whole files: MediaId name size md5 sha256 type mediatype session time
GET  /_sandbox/uploads/bytes?media_id=…
                         the contents of one
GET  /_sandbox/state     login phase, sessions, calls (how often), read (marked read), warnings (what clients do that
                         the real server overlooks, and why calls were refused), uploads under way, reordered
                         (MsgIds that “reorder” told in another order)
POST /_sandbox/scan  /_sandbox/confirm  /_sandbox/cancel
                         the phone, for the newest QR code; 409 when there is none that this fits
POST /_sandbox/expire    the newest QR code; {"session": true} or {"retcode": 1100|1101|1102} ends the sessions instead
POST /_sandbox/fault     {"call": "webwxsendmsg"|"*", "kind": KIND, "value": N, "times": N}; times 0 = until cleared,
                         default 1. {"login_ret": 1203} makes logins fail with that ret (0: no more),
                         {"clear": true} removes all faults. KIND: reset (the connection breaks after value bytes of the
                         request, or half of it; nothing done), late (done at once, answered after value seconds),
                         expire (the sessions end with value, or 1101, as this call comes), repeat (webwxsync tells the
                         last value messages again, or 5), echo (webwxsync brings the message of a send call back to its
                         own session, whatever else happens to it), drop_before (no answer, nothing done), drop_after
                         (done, no answer), delay (value seconds), truncate (half an answer), html, status (value HTTP
                         status, 502), ret (value Ret, nothing done), bare (the same without the empty fields that
                         such an answer has), duplicate and reorder (messages of webwxsync),
                         slow (value bytes a second of an upload or download), empty, remember (webwxuploadmedia knows
                         the parts of a whole file: a repeated last part gives its MediaId, not ""), no_media_id (a last
                         part of webwxuploadmedia is answered without a MediaId, though it came).
                         Done, but answered with a body that no client may take in whole: oversized (value bytes of
                         JSON, or 32 MiB), bomb (a gzip that opens to value bytes, or 1 GiB), endless, trickle (a byte
                         every value seconds, or every second, without an end), nested (the answer with value lists
                         inside each other, or 3000). Oldest first, one a call.
GET  /_sandbox/fault     the active ones
POST /_sandbox/reset     as if just started
"""


class ContactChange(msgspec.Struct, forbid_unknown_fields=True):
    """Body of contact."""

    name: str
    nickname: str | None = None
    remark: str | None = None
    muted: bool | None = None
    pinned: bool | None = None
    gone: bool | None = None
    delete: bool = False
    add: bool = False
    alias: str | None = None
    avatar: bool = False
    status: bool = False
    standing: Standing | None = None
    owner: str | None = None
    confirms: bool | None = None
    left: str = ""


class NewPerson(msgspec.Struct, forbid_unknown_fields=True):
    """Body of person."""

    nickname: str
    remark: str = ""
    alias: str = ""
    group: str = ""


class Expire(msgspec.Struct, forbid_unknown_fields=True):
    """Body of expire."""

    session: bool = False
    retcode: int = 0


class FaultChange(msgspec.Struct, forbid_unknown_fields=True):
    """Body of fault: a fault of a call, or what holds for all."""

    call: str = ""
    kind: FaultKind | None = None
    value: float = 0
    times: Annotated[int, msgspec.Meta(ge=0)] = 1
    login_ret: int | None = None
    clear: bool = False


async def control_error(_: Request, error: Exception) -> Response:
    """Answer a request that cannot be met with a sentence."""
    if isinstance(error, msgspec.MsgspecError):
        return sorry(400, f"The body is not what this call takes: {error}.")
    return sorry(404 if isinstance(error, UnknownName) else 400, str(error))


async def change_contact(request: Request) -> Response:
    """Let a contact change, appear or go."""
    state, wanted = state_of(request), msgspec.json.decode(await request.body(), type=ContactChange)
    contact = state.world.find(wanted.name)
    if wanted.delete:
        state.remove(contact)
        return reply({"name": contact.name})
    contact.nick = contact.nick if wanted.nickname is None else wanted.nickname
    contact.remark = contact.remark if wanted.remark is None else wanted.remark
    contact.alias = contact.alias if wanted.alias is None else wanted.alias
    contact.sequence += wanted.avatar
    contact.attr_status += wanted.status
    contact.gone = contact.gone if wanted.gone is None else wanted.gone
    contact.saved = contact.saved or wanted.add
    contact.standing = wanted.standing or contact.standing
    contact.owner = contact.owner if wanted.owner is None else state.world.find(wanted.owner).key
    contact.confirms = contact.confirms if wanted.confirms is None else wanted.confirms
    if wanted.left:
        gone = state.world.find(wanted.left)
        contact.members = [member for member in contact.members if member.key != gone.key]
        state.arrive("system", contact, "", f'"{gone.name}"退出了群聊')
    _set_flag(contact, ContactFlag.PINNED, wanted.pinned)
    if wanted.muted is not None and contact.is_group:
        contact.muted = wanted.muted
    else:
        _set_flag(contact, ContactFlag.MUTED, wanted.muted)
    state.announce(contact, joined=wanted.add)
    return reply({"name": contact.name})


async def add_person(request: Request) -> Response:
    """Add a contact; the nickname may be that of another."""
    state, wanted = state_of(request), msgspec.json.decode(await request.body(), type=NewPerson)
    group = state.world.find(wanted.group) if wanted.group else None
    if group is not None and not group.is_group:
        raise UnknownName(f"“{wanted.group}” is not a group.")
    person = state.world.add_friend(wanted.nickname, remark=wanted.remark, alias=wanted.alias)
    state.announce(person, joined=True)
    if group is not None:
        group.members.append(GroupMember(person.key))
        state.announce(group)
    return reply({"key": person.key})


def _set_flag(contact: Partner, flag: ContactFlag, on: bool | None) -> None:
    if on is not None:
        contact.flags = contact.flags | int(flag) if on else contact.flags & ~int(flag)


async def sent(request: Request) -> Response:
    """List what clients sent."""
    return reply(state_of(request).sent_rows())


async def uploads(request: Request) -> Response:
    """List the files that arrived whole."""
    rows: list[Json] = [
        {
            "MediaId": one.media_id,
            "name": one.media.name,
            "size": one.media.size,
            "md5": one.media.md5,
            "sha256": one.media.sha256,
            "type": one.media.content_type,
            "mediatype": one.mediatype,
            "session": one.session,
            "time": one.time,
        }
        for one in state_of(request).uploads.whole.values()
    ]
    return reply(rows)


async def upload_bytes(request: Request) -> Response:
    """Give the contents of a file that arrived whole."""
    found = state_of(request).uploads.whole.get(request.query_params.get("media_id", ""))
    if found is None:
        return sorry(404, "no such MediaId")
    media = found.media
    return Response(media.data) if media.path is None else FileResponse(media.path)


async def show_state(request: Request) -> Response:
    """Show what goes on, without tokens."""
    state = state_of(request)
    attempt = state.newest_attempt()
    sessions = [
        {
            "number": one.number,
            "endpoint": one.endpoint.value,
            "uin": one.uin,
            "user_name": state.mine(one),
            "ended": None if one.ended is None else int(one.ended),
            "events": len(one.stream.events),
            "taken": one.stream.taken,
        }
        for one in state.sessions
    ]
    warnings = [{"call": call, "what": what, "times": times} for (call, what), times in state.warnings.items()]
    return reply(
        {
            "login": {"phase": attempt.phase.name.lower(), "uuid": attempt.uuid} if attempt else None,
            "sessions": sessions,
            "calls": dict(state.calls),
            "read": state.read,
            "warnings": warnings,
            "reordered": sorted(state.reordered),
            "uploading": [one.name for one in state.uploads.running.values() if one.result is None],
        }
    )


def _phone(phase: PhonePhase) -> Route:
    name = {PhonePhase.SCANNED: "scan", PhonePhase.CONFIRMED: "confirm", PhonePhase.WAITING: "cancel"}[phase]

    async def act(request: Request) -> Response:
        attempt = state_of(request).newest_attempt()
        if attempt is None or not attempt.move(phase):
            return sorry(409, f"There is no QR code that the phone could {name} now.")
        return reply(_shown(attempt))

    return Route(f"/_sandbox/{name}", act, methods=["POST"], name=name)


def _shown(attempt: Attempt) -> Json:
    return {"uuid": attempt.uuid, "phase": attempt.phase.name.lower()}


async def expire(request: Request) -> Response:
    """End the QR code, or the sessions."""
    state, wanted = state_of(request), msgspec.json.decode(await request.body() or b"{}", type=Expire)
    if wanted.session or wanted.retcode:
        code = wanted.retcode or Ret.LOGGED_IN_ELSEWHERE
        if code not in ENDINGS:
            return sorry(400, f"A session does not end with {code}; there are {', '.join(map(str, ENDINGS))}.")
        ended = state.live()
        for session in ended:
            session.end(Ret(code))
        return reply({"ended": len(ended)})
    attempt = state.newest_attempt()
    if attempt is None:
        return sorry(409, "There is no QR code that could expire.")
    attempt.move(PhonePhase.EXPIRED)
    return reply(_shown(attempt))


async def fault(request: Request) -> Response:
    """List the faults, or switch one on."""
    state = state_of(request)
    if request.method == "POST":
        change = msgspec.json.decode(await request.body(), type=FaultChange)
        wanted = _wanted_fault(change)
        served = (route.path for route in request.app.routes if not route.path.startswith("/_sandbox"))
        calls = {"*", *(call_of(path) for path in served)}
        if wanted is not None and wanted.call not in calls:
            raise UnknownName(f"There is no call “{wanted.call}”; there are {', '.join(sorted(calls))}.")
        if change.clear:
            state.faults.active.clear()
        if change.login_ret is not None:
            state.login_ret = change.login_ret
        if wanted is not None:
            state.faults.active.append(wanted)
    return reply(
        {"active": state.faults.active, "login_ret": state.login_ret, "kinds": [kind.value for kind in FaultKind]}
    )


def _wanted_fault(change: FaultChange) -> Fault | None:
    """Return the fault that is asked for, if any; raise `BadContent`."""
    if not change.call or change.kind is None:
        if change.call or change.kind or not (change.clear or change.login_ret is not None):
            raise BadContent("A fault needs “call” and “kind”; else there are “login_ret” and “clear”.")
        return None
    if change.kind is FaultKind.STATUS and change.value not in (
        0,
        *range(200, 204),
        *range(205, 304),
        *range(305, 600),
    ):
        raise BadContent("The “value” of “status” is the status of an answer that has a body, from 200 to 599.")
    if change.kind is FaultKind.EXPIRE and change.value not in (0, *ENDINGS):
        raise BadContent(f"The “value” of “expire” is one of {', '.join(map(str, ENDINGS))}.")
    if change.kind in _NOT_NEGATIVE and change.value < 0:
        raise BadContent(f"The “value” of “{change.kind.value}” cannot be below 0.")
    return Fault(change.call, change.kind, change.value, change.times)


async def reset(request: Request) -> Response:
    """Begin again, as if just started."""
    state_of(request).reset()
    return reply({})


_NOT_NEGATIVE = (FaultKind.DELAY, FaultKind.LATE, FaultKind.SLOW, FaultKind.RESET, FaultKind.REPEAT)
CONTROL_ERRORS = (UnknownName, BadContent, msgspec.ValidationError, msgspec.DecodeError)
ENDINGS = (int(Ret.LOGGED_OUT), int(Ret.LOGGED_IN_ELSEWHERE), int(Ret.COOKIE_INVALID))
"""Codes with which a session can end (retcode of synccheck, PROTOCOL section 4)."""
ROUTES = [
    Route("/_sandbox/push", push, methods=["POST"]),
    Route("/_sandbox/contact", change_contact, methods=["POST"]),
    Route("/_sandbox/person", add_person, methods=["POST"]),
    Route("/_sandbox/sent", sent),
    Route("/_sandbox/uploads", uploads),
    Route("/_sandbox/uploads/bytes", upload_bytes),
    Route("/_sandbox/state", show_state),
    Route("/_sandbox/expire", expire, methods=["POST"]),
    Route("/_sandbox/fault", fault, methods=["GET", "POST"]),
    Route("/_sandbox/reset", reset, methods=["POST"]),
    *(_phone(phase) for phase in (PhonePhase.SCANNED, PhonePhase.CONFIRMED, PhonePhase.WAITING)),
]
