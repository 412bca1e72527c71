"""jslogin, QR code, login poll, newloginpage, push login, logout (PROTOCOL section 2)."""

from __future__ import annotations

import base64
import io
from urllib.parse import quote
from xml.sax.saxutils import escape

import msgspec
import segno
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tui.sandbox.routes.http import Refusal, endpoint_of, find_session, script, set_cookies, state_of
from tui.sandbox.session.phone import Attempt, PhonePhase
from tui.sandbox.world import pictures
from tui.sandbox.world.message import Json
from tui.wire.names import CGI, FILEHELPER_APPID, WEB_APPID, Endpoint, PollCode, Ret

BARRED = "为了你的帐号安全，此微信号不能登录网页微信。你可以使用Windows微信或Mac微信在电脑端登录。"
REPEAT_PAUSE = 1.0
"""Seconds before a poll with tip=1 hears "scanned" a second time, lest a client that never sends tip=0 spins."""


async def jslogin(request: Request) -> Response:
    """Answer with a new uuid."""
    appid = request.query_params.get("appid", "")
    variants = {WEB_APPID: Endpoint.WEB, FILEHELPER_APPID: Endpoint.FILEHELPER}
    if appid not in variants:
        return script("window.QRLogin.code = 400;")
    attempt = state_of(request).new_attempt(variants[appid])
    return script(f'window.QRLogin.code = 200; window.QRLogin.uuid = "{attempt.uuid}";')


def qr_text(uuid: str) -> str:
    """Return the text of the QR code."""
    return f"https://login.weixin.qq.com/l/{uuid}"


async def qrcode(request: Request) -> Response:
    """Answer with the QR code as a picture."""
    image, text = io.BytesIO(), qr_text(request.path_params["uuid"])
    try:
        segno.make(text, error="l").save(image, kind="png", scale=8)
    except segno.DataOverflowError:
        return Response(status_code=404)
    return Response(image.getvalue(), media_type="image/png")


async def scanned_link(request: Request) -> Response:
    """Answer a browser at the code's address."""
    return Response("请使用微信扫描二维码以登录", media_type="text/plain")


async def poll(request: Request) -> Response:
    """Answer when the phase changes, or with 408 after `poll_seconds` (long poll)."""
    state = state_of(request)
    attempt = state.attempts.get(request.query_params.get("uuid", ""))
    if attempt is None:
        return script(f"window.code={int(PollCode.EXPIRED)};")
    first = request.query_params.get("tip", "1") == "1"
    if first and attempt.phase is attempt.told is PhonePhase.SCANNED:
        await attempt.bell.wait(REPEAT_PAUSE)
        attempt.told = PhonePhase.WAITING
    end = state.now() + state.options.poll_seconds
    while attempt.phase is attempt.told and not state.closed:
        left = min(end, attempt.dies) - state.now()
        if left <= 0 or not await attempt.bell.wait(left):
            break
        if attempt.phase is PhonePhase.WAITING:
            break
    if attempt.dies <= state.now():
        attempt.move(PhonePhase.EXPIRED)
    attempt.told = attempt.phase
    return _tell(request, attempt)


def _tell(request: Request, attempt: Attempt) -> Response:
    code = f"window.code={int(attempt.phase.value)};"
    if attempt.phase is PhonePhase.SCANNED:
        avatar = base64.b64encode(pictures.jpeg(state_of(request).world.me.sequence)).decode()
        return script(f"{code}window.userAvatar = 'data:img/jpg;base64,{avatar}';")
    if attempt.phase is PhonePhase.CONFIRMED:
        origin = f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"
        query = f"ticket={attempt.ticket}&uuid={attempt.uuid}&lang=zh_CN&scan={int(state_of(request).now())}"
        return script(f'{code}\nwindow.redirect_uri="{origin}{CGI}webwxnewloginpage?{query}";')
    return script(code)


def _error(ret: int, message: str, status: int) -> Response:
    text = f"<error><ret>{ret}</ret><message>{escape(message)}</message></error>"
    return Response(text, status, media_type="text/plain")


async def newloginpage(request: Request) -> Response:
    """Give credentials for a confirmed code, once; 200 with `fun=new`, else 301 with the same body and no Location."""
    state, query = state_of(request), request.query_params
    status = 200 if query.get("fun") == "new" else 301
    attempt = state.attempts.get(query.get("uuid", ""))
    if attempt is None or attempt.phase is not PhonePhase.CONFIRMED or query.get("ticket") != attempt.ticket:
        return _error(Ret.PARAMETER, "登录失败，请重新扫码", status)
    if attempt.endpoint is Endpoint.FILEHELPER and (status != 200 or query.get("version") != "v2"):
        return _error(Ret.PARAMETER, "", status)
    del state.attempts[attempt.uuid]
    if state.login_ret and attempt.endpoint is Endpoint.WEB:
        return _error(state.login_ret, BARRED if state.login_ret == Ret.LOGIN_ENVIRONMENT else "", status)
    session = state.log_in(attempt.endpoint)
    fields = {
        "ret": "0",
        "message": "",
        "skey": session.skey,
        "wxsid": session.sid,
        "wxuin": session.uin,
        "pass_ticket": quote(session.pass_ticket, safe=""),
        "isgrayscale": "1",
    }
    text = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    response = Response(f"<error>{text}</error>", status, media_type="text/plain")
    return set_cookies(response, session)


async def push_login(request: Request) -> Response:
    """Let the phone ask for a tap instead of a scan, for an account that was logged in here before."""
    state = state_of(request)
    if request.query_params.get("uin", "") != state.world.uin or not state.sessions:
        return _json({"ret": "1", "msg": "all ok"})
    attempt = state.new_attempt(endpoint_of(request) or Endpoint.WEB)
    attempt.move(PhonePhase.SCANNED)
    return _json({"ret": "0", "msg": "all ok", "uuid": attempt.uuid})


def _json(fields: Json) -> Response:
    return Response(msgspec.json.encode(fields), media_type="text/plain")


async def logout(request: Request) -> Response:
    """End the session; the answer is always the way back to the start page."""
    try:
        session = find_session(request)
    except Refusal:
        session = None
    if session is not None:
        session.end(Ret.LOGGED_OUT)
    return Response(status_code=200, media_type="text/plain")


ROUTES = [
    Route("/jslogin", jslogin, methods=["GET", "POST"]),
    Route("/qrcode/{uuid:path}", qrcode),
    Route("/l/{uuid:path}", scanned_link),
    Route(f"{CGI}login", poll),
    Route(f"{CGI}webwxnewloginpage", newloginpage),
    Route(f"{CGI}webwxpushloginurl", push_login),
    Route(f"{CGI}webwxlogout", logout, methods=["GET", "POST"]),
]
