"""Shared by all routes: reading requests, finding the session, answering (PROTOCOL section 8)."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.routes.skeletons import skeleton
from tui.sandbox.session.faults import call_of
from tui.sandbox.session.session import SandboxSession
from tui.sandbox.session.state import State
from tui.sandbox.world.message import Json
from tui.wire.names import FILEHELPER_APPID, Endpoint, Ret

B = TypeVar("B")
CallBody = TypeVar("CallBody", bound="Body")

Loose = str | int | None
"""A value that peers send as a number or as a string."""
MAX_DIGITS = 40
"""Digits of a number that is read at most: Python refuses thousands."""


class Refusal(Exception):
    """Raised to answer a call with a Ret other than 0. `reason` goes into the record, `fields` into the answer."""

    def __init__(self, ret: int, reason: str, **fields: object) -> None:
        super().__init__(reason)
        self.ret = ret
        self.reason = reason
        self.fields = fields


class BaseRequest(msgspec.Struct, rename="pascal"):
    """`BaseRequest`, with all values that clients send."""

    uin: str | int | float | None = ""
    sid: str | None = ""
    skey: str | None = ""
    device_id: str | None = msgspec.field(default="", name="DeviceID")


class Body(msgspec.Struct, rename="pascal"):
    """Body of every JSON call, and all of it where only the BaseRequest matters."""

    base_request: BaseRequest = msgspec.field(default_factory=BaseRequest)


def answer(ret: int = 0, /, **fields: object) -> Response:
    """Answer with JSON in UTF-8 as text/plain, BaseResponse first."""
    return Response(
        msgspec.json.encode({"BaseResponse": {"Ret": ret, "ErrMsg": ""}, **fields}), media_type="text/plain"
    )


def script(text: str) -> Response:
    """Answer with a script, which a browser would run."""
    return Response(text, media_type="text/javascript")


def state_of(request: Request) -> State:
    """Return the state of the sandbox that a request is for."""
    state = request.app.state.sandbox
    if not isinstance(state, State):
        raise TypeError("this application has no sandbox")
    return state


async def read_body(request: Request, kind: type[B]) -> B:
    """Return the JSON body, whatever its Content-Type; raise `Refusal` when it is none."""
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(Ret.PARAMETER, f"the body is not what this call takes: {error}") from None


def endpoint_of(request: Request) -> Endpoint | None:
    """Return the variant that a request names: in a header, or in the query where a browser can set no header."""
    given = request.headers.get("mmweb_appid") or request.query_params.get("mmweb_appid")
    return Endpoint.FILEHELPER if given == FILEHELPER_APPID else None


def find_session(request: Request) -> SandboxSession:
    """Return the session by its cookies; raise `Refusal` when there is none or it is over."""
    state, cookies = state_of(request), request.cookies
    sid, uin = cookies.get("wxsid", ""), cookies.get("wxuin", "")
    session = next((one for one in state.sessions if sid and one.sid in (sid, unquote(sid)) and one.uin == uin), None)
    if session is None:
        raise Refusal(Ret.COOKIE_INVALID, "the cookies wxsid and wxuin belong to no session")
    if session.ended is not None:
        raise Refusal(session.ended, "the session is over")
    ticket = cookies.get("webwx_auth_ticket", "")
    if session.auth_ticket not in (ticket, unquote(ticket)):
        raise Refusal(Ret.COOKIE_INVALID, "the cookie webwx_auth_ticket is missing or wrong")
    if session.endpoint is Endpoint.FILEHELPER and endpoint_of(request) is None:
        raise Refusal(Ret.PARAMETER, "mmweb_appid is missing: this is a File Transfer session")
    check_ticket(request, session)
    return session


def check_ticket(request: Request, session: SandboxSession) -> None:
    """Record a pass_ticket that is not the session's, decoded once (one popular client sends its DeviceID)."""
    ticket = request.query_params.get("pass_ticket")
    if ticket not in (None, "", session.pass_ticket):
        state_of(request).warn(call_of(request.url.path), "pass_ticket is wrong or encoded twice")


def check_base(request: Request, session: SandboxSession, base: BaseRequest) -> None:
    """Check that the BaseRequest is of the session that the cookies name; raise `Refusal`."""
    state, call = state_of(request), call_of(request.url.path)
    if base.uin not in ("", None) and str(base.uin) != session.uin:
        raise Refusal(Ret.LOGGED_IN_ELSEWHERE, "BaseRequest.Uin is not the session's")
    if base.sid and base.sid != session.sid:
        raise Refusal(Ret.LOGGED_IN_ELSEWHERE, "BaseRequest.Sid is not the session's")
    check_skey(state, call, session, base.skey)
    if not (base.uin and base.sid and base.skey):
        state.warn(call, "BaseRequest is not complete")
    device = base.device_id or ""
    if not (len(device) == 16 and device[0] == "e" and device[1:].isdecimal()):
        state.warn(call, "DeviceID is not e and 15 digits")


def check_skey(state: State, call: str, session: SandboxSession, skey: str | None) -> None:
    """Take every skey that the session was ever given, and an empty one; raises `Refusal` for another."""
    if not skey or skey in session.skeys[-2:]:
        return
    if skey not in session.skeys or state.options.strict_skey:
        raise Refusal(Ret.LOGGED_IN_ELSEWHERE, "Skey is none of this session's, or out of date")
    state.warn(call, "Skey is out of date")


def set_cookies(response: Response, session: SandboxSession) -> Response:
    """Set the session's cookies. They are written by hand: a cookie library would put `/` and `+` into quotes."""
    for name, value in session.cookies.items():
        response.headers.append("set-cookie", f"{name}={value}; Path=/; Max-Age=43200")
    return response


async def open_call(request: Request, kind: type[CallBody]) -> tuple[SandboxSession, CallBody]:
    """Return session and body of a JSON call. Raises `Refusal`."""
    session = find_session(request)
    body = await read_body(request, kind)
    check_base(request, session, body.base_request)
    return session, body


async def refused(request: Request, error: Exception) -> Response:
    """Turn a `Refusal` into its answer, and record why."""
    if not isinstance(error, Refusal):
        raise error
    state_of(request).warn(call_of(request.url.path), f"refused with {int(error.ret)}: {error.reason}")
    call = call_of(request.url.path)
    return answer(int(error.ret), **(skeleton(call) | error.fields))


def pairs(key: list[tuple[int, int]]) -> Json:
    """Return a SyncKey as JSON."""
    return {"Count": len(key), "List": [{"Key": number, "Val": value} for number, value in key]}
