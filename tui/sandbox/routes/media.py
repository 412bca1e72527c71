"""Media behind messages, and avatars (PROTOCOL section 4)."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from tui.sandbox.routes.http import MAX_DIGITS, Refusal, answer, find_session, state_of
from tui.sandbox.session.faults import call_of
from tui.sandbox.session.session import SandboxSession
from tui.sandbox.session.state import State
from tui.sandbox.world import pictures
from tui.sandbox.world.media_bytes import Media, of_bytes
from tui.sandbox.world.message import SandboxMessage, render
from tui.sandbox.world.sample_pictures import STILL
from tui.sandbox.world.thumbnails import thumbnail
from tui.wire.names import CGI, AppMsgType, MsgType, Ret

KINDS: dict[str, frozenset[MsgType]] = {
    "webwxgetmsgimg": frozenset({MsgType.IMAGE, MsgType.EMOTICON, MsgType.APP, MsgType.VIDEO, MsgType.SHORT_VIDEO}),
    "webwxgetvoice": frozenset({MsgType.VOICE}),
    "webwxgetvideo": frozenset({MsgType.VIDEO, MsgType.SHORT_VIDEO}),
}
"""Message types whose media a call gives; webwxgetmsgimg gives a still of a video."""


def _message(request: Request) -> tuple[SandboxMessage, Media]:
    """Return the message that `MsgID` or `msgid` names in this session, and its media; raise `Refusal`."""
    state, session = state_of(request), find_session(request)
    query = {name.lower(): value for name, value in request.query_params.items()}
    message = state.messages.get(query.get("msgid", ""))
    if query.get("skey") and query["skey"] not in session.skeys:
        raise Refusal(Ret.LOGGED_IN_ELSEWHERE, "skey is not the session's")
    if message is None or message.parts.media is None or not session.sees(message.chat):
        raise Refusal(Ret.PARAMETER, "no message with media has this MsgID")
    if message.parts.msg_type not in KINDS[call_of(request.url.path)]:
        raise Refusal(Ret.PARAMETER, "the message is of another kind")
    if message.parts.fields.get("AppMsgType", AppMsgType.EMOTICON) != AppMsgType.EMOTICON:
        raise Refusal(Ret.PARAMETER, "a file is fetched with webwxgetmedia")
    return message, message.parts.media


def _media_answer(media: Media, request: Request, content_type: str | None = None) -> Response:
    """Answer with the whole, or for a `Range` header with that part and 206."""
    kind = content_type or media.content_type
    if media.path is not None:
        return FileResponse(media.path, media_type=kind)
    wanted = request.headers.get("range", "")
    if not wanted.startswith("bytes=") or "," in wanted:
        return Response(media.data, media_type=kind, headers={"Accept-Ranges": "bytes"})
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    if not (first or last) or not (first + last).isdecimal() or len(first + last) > MAX_DIGITS:
        return Response(status_code=400)
    start = int(first) if first else max(0, media.size - int(last))
    end = min(int(last), media.size - 1) if first and last else media.size - 1
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{media.size}"})
    headers = {"Content-Range": f"bytes {start}-{end}/{media.size}", "Accept-Ranges": "bytes"}
    return Response(media.data[start : end + 1], 206, headers, kind)


async def get_image(request: Request) -> Response:
    """Answer with an image (`type=slave`: its thumbnail), a sticker (`type=big`), or a still of a video."""
    message, media = _message(request)
    size = request.query_params.get("type", "")
    still = message.parts.msg_type in (MsgType.VIDEO, MsgType.SHORT_VIDEO)
    if size == "slave" or still:
        whole = of_bytes(STILL.name, STILL.content_type, STILL.data) if still else media
        return Response(await asyncio.to_thread(thumbnail, whole), media_type="image/jpeg")
    if message.parts.msg_type is MsgType.EMOTICON and size != "big":
        state_of(request).warn("webwxgetmsgimg", "a sticker was asked for without type=big")
    return _media_answer(media, request)


async def get_sound_or_video(request: Request) -> Response:
    """Answer with a voice message or video; `Range` gives 206."""
    _, media = _message(request)
    if not request.headers.get("range"):
        state_of(request).warn(call_of(request.url.path), "asked for without Range: bytes=0-")
    return _media_answer(media, request)


async def get_media(request: Request) -> Response:
    """Answer with a received file, by sender, MediaId and EncryFileName, and with the data ticket."""
    state, session, query = state_of(request), find_session(request), request.query_params
    if query.get("webwx_data_ticket") != session.data_ticket:
        raise Refusal(Ret.TICKET, "webwx_data_ticket is not the cookie")
    media_id = query.get("mediaid", "")
    message = _file_message(state, session, media_id)
    media = message.parts.media if message else None
    if message is None or media is None:
        raise Refusal(Ret.PARAMETER, "no file was received with this mediaid")
    if query.get("sender") != render(message, session.names.of)["FromUserName"]:
        raise Refusal(Ret.PARAMETER, "sender is not who sent this file")
    if query.get("fromuser") != session.uin:
        state.warn("webwxgetmedia", "fromuser is not the uin")
    name = query.get("encryfilename")
    if name is None:
        state.warn("webwxgetmedia", "encryfilename is missing")
    elif name != media.encrypted_name:
        if unquote(name) != media.name:
            raise Refusal(Ret.PARAMETER, "encryfilename is not the message's")
        state.warn("webwxgetmedia", "encryfilename is not encoded once more (trap 9)")
    response = _media_answer(media, request, "application/octet-stream")
    response.headers["Content-Disposition"] = media.disposition
    return response


def _file_message(state: State, session: SandboxSession, media_id: str) -> SandboxMessage | None:
    for message in reversed(state.messages.values()):
        fields = message.parts.fields
        if fields.get("AppMsgType") == AppMsgType.FILE and fields.get("MediaId") == media_id:
            return message if session.sees(message.chat) else None
    return None


async def avatar(request: Request) -> Response:
    """Answer with the picture of a person or group, the same after every login."""
    state, session = state_of(request), find_session(request)
    name = request.query_params.get("username") or request.query_params.get("userName", "")
    key = session.names.key(name)
    if key is None:
        return Response(status_code=404)
    return Response(pictures.png(state.world.contacts[key].sequence), media_type="image/png")


async def location_image(request: Request) -> Response:
    """Answer with the map of a location."""
    number = re.sub(r"\D", "", request.query_params.get("msgid", "")) or "0"
    return Response(pictures.png(int(number) % 2**32, 120, 60), media_type="image/png")


async def stat_report(_: Request) -> Response:
    """Take what browsers report about themselves; nobody reads it."""
    return answer()


ROUTES = [
    Route(f"{CGI}webwxgetmsgimg", get_image),
    Route(f"{CGI}webwxgetvoice", get_sound_or_video),
    Route(f"{CGI}webwxgetvideo", get_sound_or_video),
    Route(f"{CGI}webwxgetmedia", get_media),
    Route(f"{CGI}webwxgeticon", avatar),
    Route(f"{CGI}webwxgetheadimg", avatar),
    Route(f"{CGI}webwxgetpubliclinkimg", location_image),
    Route(f"{CGI}webwxstatreport", stat_report, methods=["POST"]),
]
