"""The control API under `/_sandbox/`, by which a test, or a person with curl, makes things happen.

`calls` is its table; `wxtui sandbox --help` prints the help in it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from tui.sandbox.control import bodies
from tui.sandbox.control.calls import METHODS, PREFIX
from tui.sandbox.control.push import push, reply, sorry
from tui.sandbox.control.reading import read_control
from tui.sandbox.routes.http import state_of
from tui.sandbox.session.faults import Fault, FaultKind, call_of
from tui.sandbox.session.phone import Attempt, PhonePhase
from tui.sandbox.session.state import State
from tui.sandbox.world.kinds import BadContent
from tui.sandbox.world.people import GroupMember, Partner
from tui.sandbox.world.world import UnknownName
from tui.wire.names import ContactFlag, Ret

Handler = Callable[[Request], Awaitable[Response]]


async def control_error(_: Request, error: Exception) -> Response:
    """Answer a request that cannot be met with a sentence."""
    return sorry(404 if isinstance(error, UnknownName) else 400, str(error))


async def change_contact(request: Request) -> Response:
    """Let a contact change, appear or go."""
    state, wanted = state_of(request), await read_control(request, bodies.ContactChange)
    contact = state.world.find(wanted.name)
    if wanted.delete:
        state.remove(contact)
        return reply(bodies.ChangedContact(contact.name))
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
    return reply(bodies.ChangedContact(contact.name))


async def add_person(request: Request) -> Response:
    """Add a contact; the nickname may be that of another."""
    state, wanted = state_of(request), await read_control(request, bodies.NewPerson)
    group = state.world.find(wanted.group) if wanted.group else None
    if group is not None and not group.is_group:
        raise UnknownName(f"“{wanted.group}” is not a group.")
    person = state.world.add_friend(wanted.nickname, remark=wanted.remark, alias=wanted.alias)
    state.announce(person, joined=True)
    if group is not None:
        group.members.append(GroupMember(person.key))
        state.announce(group)
    return reply(bodies.AddedPerson(person.key))


def _set_flag(contact: Partner, flag: ContactFlag, on: bool | None) -> None:
    if on is not None:
        contact.flags = contact.flags | int(flag) if on else contact.flags & ~int(flag)


def sent_rows(state: State) -> list[bodies.SentRow]:
    """Return what clients sent, oldest first."""
    return [
        bodies.SentRow(
            msg_id=one.msg_id,
            client_msg_id=one.client_msg_id,
            call=one.call,
            type=one.msg_type,
            to=one.user_name,
            to_name=one.to_name,
            content=one.content,
            media_id=one.media_id,
            sha256=one.media.sha256 if one.media else "",
            file_name=one.media.name if one.media else "",
            time=one.time,
            revoked=one.revoked,
            session=one.session,
        )
        for one in state.sent
    ]


async def sent(request: Request) -> Response:
    """List what clients sent."""
    return reply(sent_rows(state_of(request)))


async def uploads(request: Request) -> Response:
    """List the files that arrived whole."""
    rows = [
        bodies.UploadedFile(
            media_id=one.media_id,
            name=one.media.name,
            size=one.media.size,
            md5=one.media.md5,
            sha256=one.media.sha256,
            type=one.media.content_type,
            mediatype=one.mediatype,
            session=one.session,
            time=one.time,
        )
        for one in state_of(request).uploads.whole.values()
    ]
    return reply(rows)


async def upload_bytes(request: Request) -> Response:
    """Give the contents of a file that arrived whole."""
    found = state_of(request).uploads.whole.get(request.query_params.get("media_id", ""))
    if found is None:
        return sorry(404, "There is no whole file with this media_id.")
    media = found.media
    return Response(media.data) if media.path is None else FileResponse(media.path)


async def show_state(request: Request) -> Response:
    """Show what goes on, without tokens."""
    state = state_of(request)
    attempt = state.newest_attempt()
    return reply(
        bodies.SandboxState(
            login=None if attempt is None else _shown(attempt),
            sessions=[
                bodies.SandboxLogin(
                    number=one.number,
                    endpoint=one.endpoint.value,
                    uin=one.uin,
                    user_name=state.mine(one),
                    ended=None if one.ended is None else int(one.ended),
                    events=len(one.stream.events),
                    taken=one.stream.taken,
                )
                for one in state.sessions
            ],
            calls=dict(state.calls),
            read=state.read,
            warnings=[bodies.ClientMistake(call, what, times) for (call, what), times in state.warnings.items()],
            reordered=sorted(state.reordered),
            uploading=[one.name for one in state.uploads.running.values() if one.result is None],
        )
    )


async def log_in(request: Request) -> Response:
    """Open a session without a QR code, and tell its credentials."""
    state, wanted = state_of(request), await read_control(request, bodies.NewSession)
    session = state.log_in(wanted.variant)
    return reply(
        bodies.SessionCredentials(
            number=session.number,
            variant=session.endpoint.value,
            skey=session.skey,
            sid=session.sid,
            uin=session.uin,
            pass_ticket=session.pass_ticket,
            user_name=state.mine(session),
            cookies=session.cookies,
        )
    )


def _phone(name: str, phase: PhonePhase) -> Handler:
    async def act(request: Request) -> Response:
        await read_control(request, bodies.NoFields)
        attempt = state_of(request).newest_attempt()
        if attempt is None or not attempt.move(phase):
            return sorry(409, f"There is no QR code that the phone could {name} now.")
        return reply(_shown(attempt))

    return act


def _shown(attempt: Attempt) -> bodies.PhoneCode:
    return bodies.PhoneCode(attempt.uuid, attempt.phase.name.lower())


async def expire(request: Request) -> Response:
    """End the QR code, or the sessions."""
    state, wanted = state_of(request), await read_control(request, bodies.Expire)
    if wanted.session or wanted.retcode:
        code = wanted.retcode or Ret.LOGGED_IN_ELSEWHERE
        if code not in ENDINGS:
            return sorry(400, f"A session does not end with {code}; there are {', '.join(map(str, ENDINGS))}.")
        ended = state.live()
        for session in ended:
            session.end(Ret(code))
        return reply(bodies.Expired(ended=len(ended)))
    attempt = state.newest_attempt()
    if attempt is None:
        return sorry(409, "There is no QR code that could expire.")
    attempt.move(PhonePhase.EXPIRED)
    return reply(bodies.Expired(uuid=attempt.uuid, phase=attempt.phase.name.lower()))


async def move_clock(request: Request) -> Response:
    """Let the server's clock go on at once."""
    state, wanted = state_of(request), await read_control(request, bodies.ClockChange)
    state.advance(wanted.advance)
    return reply(bodies.ServerClock(state.now()))


async def fault(request: Request) -> Response:
    """List the faults, or switch one on."""
    state = state_of(request)
    if request.method == "POST":
        change = await read_control(request, bodies.FaultChange)
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
    kinds = [kind.value for kind in FaultKind]
    return reply(bodies.ActiveFaults(state.faults.active, state.login_ret, kinds))


def _wanted_fault(change: bodies.FaultChange) -> Fault | None:
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
    if change.kind is FaultKind.NESTED and not 0 <= change.value <= MOST_LEVELS:
        raise BadContent(f"The “value” of “nested” is at most {MOST_LEVELS} lists.")
    return Fault(change.call, change.kind, change.value, change.times)


async def reset(request: Request) -> Response:
    """Begin again, as if just started."""
    await read_control(request, bodies.NoFields)
    state_of(request).reset()
    return reply(bodies.NoFields())


_NOT_NEGATIVE = (FaultKind.DELAY, FaultKind.LATE, FaultKind.SLOW, FaultKind.RESET, FaultKind.REPEAT)
MOST_LEVELS = 1_000_000
CONTROL_ERRORS = (UnknownName, BadContent)
ENDINGS = (int(Ret.LOGGED_OUT), int(Ret.LOGGED_IN_ELSEWHERE), int(Ret.COOKIE_INVALID))
"""Codes with which a session can end (retcode of synccheck, PROTOCOL section 4)."""
_HANDLERS: dict[str, Handler] = {
    "push": push,
    "contact": change_contact,
    "person": add_person,
    "sent": sent,
    "uploads": uploads,
    "uploads/bytes": upload_bytes,
    "state": show_state,
    "login": log_in,
    "scan": _phone("scan", PhonePhase.SCANNED),
    "confirm": _phone("confirm", PhonePhase.CONFIRMED),
    "cancel": _phone("cancel", PhonePhase.WAITING),
    "expire": expire,
    "clock": move_clock,
    "fault": fault,
    "reset": reset,
}
ROUTES = [Route(PREFIX + name, _HANDLERS[name], methods=methods) for name, methods in METHODS.items()]
