"""Checks of what a client sends, by kind, and the message that others get from it (the seeds)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tui.sandbox.routes.http import MAX_DIGITS, Body, Loose, Refusal
from tui.sandbox.session.session import SandboxSession
from tui.sandbox.session.state import State
from tui.sandbox.world import message_xml as xml
from tui.sandbox.world.kinds import file_parts
from tui.sandbox.world.media_bytes import Media
from tui.sandbox.world.message import Json, MessageParts, escape
from tui.wire.names import FILE_APPMSG_APPID, MsgType, Ret


class Msg(msgspec.Struct, rename="pascal"):
    """`Msg` of the send calls."""

    type: int = 0
    content: str | None = ""
    media_id: str | None = ""
    from_user_name: str = ""
    to_user_name: str = ""
    local_id: Loose = msgspec.field(default=None, name="LocalID")
    client_msg_id: Loose = None
    emoji_flag: int | None = None
    emoticon_md5: str | None = msgspec.field(default=None, name="EMoticonMd5")
    signature: str | None = ""


class SendBody(Body):
    """Body of the send calls."""

    msg: Msg = msgspec.field(default_factory=Msg)
    scene: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """Message that passed its check: as others see it, and what is recorded of it."""

    parts: MessageParts
    text: str
    media: Media | None = None


Check = Callable[[State, SandboxSession, Msg], Accepted]


def _refuse(reason: str) -> Refusal:
    return Refusal(Ret.PARAMETER, reason)


def _media(state: State, session: SandboxSession, msg: Msg, media_id: str, call: str = "", kind: str = "") -> Media:
    """Return the file behind a MediaId of this session; raise `Refusal`. `call` expects the mediatype `kind`."""
    uploaded = state.uploads.whole.get(media_id)
    if uploaded is None or uploaded.session != session.number:
        raise _refuse("the MediaId was not uploaded in this session")
    if state.now() - uploaded.time > state.options.media_seconds:
        raise _refuse("the MediaId is too old")
    if state.options.bound_media and uploaded.to != session.names.key(msg.to_user_name):
        raise _refuse("the MediaId was uploaded for somebody else")
    if uploaded.signature and msg.signature != uploaded.signature:
        raise _refuse("Signature of webwxcheckupload is missing in Msg (trap 13)")
    if uploaded.mediatype != (kind or uploaded.mediatype):
        state.warn(call, f"the file was uploaded as {uploaded.mediatype}, not {kind}")
    return uploaded.media


def _known(state: State, session: SandboxSession, keys: list[str], kinds: tuple[MsgType, ...]) -> Media | None:
    """Return a picture that was received here, by its md5 or AES key."""
    for message in state.messages.values():
        if message.parts.msg_type in kinds and session.sees(message.chat) and message.parts.media is not None:
            named = message.parts.media.md5 in keys or any(key and key in message.parts.content for key in keys)
            if named:
                return message.parts.media
    return None


def _forwarded(state: State, session: SandboxSession, content: str, element: str, kinds: tuple[MsgType, ...]) -> Media:
    """Return the media of a forwarded message, by its XML (seed 转发被撤回的图片消息); raise `Refusal`."""
    root = xml.read(content)
    found = root.find(f".//{element}") if root is not None else None
    if found is None:
        raise _refuse(f"Content is not the XML of a message with <{element}>")
    keys = [found.get(name, "") for name in ("md5", "aeskey", "cdnthumbaeskey")]
    media = _known(state, session, [key for key in keys if len(key) == 32], kinds)
    if media is None:
        raise _refuse(f"no received message has this <{element}>")
    return media


def _text(state: State, session: SandboxSession, msg: Msg) -> Accepted:
    text = msg.content or ""
    if msg.type not in (MsgType.TEXT, MsgType.LOCATION):
        raise _refuse("Type is not 1")
    if not text.strip():
        raise _refuse("Content is empty")
    return Accepted(MessageParts(MsgType.TEXT, escape(text)), text)


def _image(state: State, session: SandboxSession, msg: Msg) -> Accepted:
    if msg.type != MsgType.IMAGE:
        raise _refuse("Type is not 3")
    if msg.media_id:
        media = _media(state, session, msg, msg.media_id, "webwxsendmsgimg", "pic")
    else:
        media = _forwarded(state, session, msg.content or "", "img", (MsgType.IMAGE,))
    content = escape(xml.image(media, media.md5))
    return Accepted(MessageParts(MsgType.IMAGE, content, {"ImgWidth": 120, "ImgHeight": 90}, media), "", media)


def _video(state: State, session: SandboxSession, msg: Msg) -> Accepted:
    if msg.type != MsgType.VIDEO:
        raise _refuse("Type is not 43")
    if msg.media_id:
        media = _media(state, session, msg, msg.media_id, "webwxsendvideomsg", "video")
    else:
        kinds = (MsgType.VIDEO, MsgType.SHORT_VIDEO)
        media = _forwarded(state, session, msg.content or "", "videomsg", kinds)
    return Accepted(MessageParts(MsgType.VIDEO, escape(xml.video(media, media.md5, 0)), {}, media), "", media)


def _emoticon(state: State, session: SandboxSession, msg: Msg) -> Accepted:
    if msg.type not in (MsgType.EMOTICON, MsgType.TEXT):
        raise _refuse("Type is neither 47 nor 1")
    if msg.type != MsgType.EMOTICON:
        # A released client sends 1, and it arrives.
        state.warn("webwxsendemoticon", "Type is not 47")
    if msg.emoji_flag != 2:
        state.warn("webwxsendemoticon", "EmojiFlag is not 2")
    if msg.media_id:
        media = _media(state, session, msg, msg.media_id, "webwxsendemoticon", "doc")
    else:
        md5 = msg.emoticon_md5 or ""
        known = _known(state, session, [md5], (MsgType.EMOTICON,)) if len(md5) == 32 else None
        if known is None:
            raise _refuse("EMoticonMd5 names no sticker that was received here")
        media = known
    return Accepted(MessageParts(MsgType.EMOTICON, escape(xml.emoticon(media)), {}, media), "", media)


def _received_file(state: State, session: SandboxSession, media_id: str) -> Media | None:
    files = (m for m in state.messages.values() if m.parts.fields.get("MediaId") == media_id and session.sees(m.chat))
    return next((message.parts.media for message in files), None)


def _file(state: State, session: SandboxSession, msg: Msg) -> Accepted:
    content = msg.content or ""
    root = xml.read(content)
    app = None if root is None else root if root.tag == "appmsg" else root.find("appmsg")
    if app is None:
        raise _refuse("Content is not the XML of an appmsg")
    if msg.type != MsgType.FILE or xml.text_of(app, "type") != str(int(MsgType.FILE)):
        raise _refuse("Type is not 6")
    if app.get("appid") != FILE_APPMSG_APPID:
        state.warn("webwxsendappmsg", "the appid is not that of the seed")
    attach_id = xml.text_of(app, "appattach/attachid")
    title = app.findtext("title") or ""
    if not attach_id:
        return _without_contents(state, title, xml.text_of(app, "appattach/totallen"))
    received = None if attach_id in state.uploads.whole else _received_file(state, session, attach_id)
    media = received or _media(state, session, msg, attach_id)
    if xml.text_of(app, "appattach/totallen") != str(media.size):
        raise _refuse("totallen is not the size of what was uploaded")
    if not title:
        raise _refuse("title is empty")
    suffix = title.rpartition(".")[2] if "." in title.lstrip(".") else ""
    if xml.text_of(app, "appattach/fileext") not in (suffix, ""):
        state.warn("webwxsendappmsg", "fileext is not the title's")
    named = Media(title, media.content_type, media.size, media.md5, media.data, media.path)
    return Accepted(file_parts(named, attach_id), title, named)


def _without_contents(state: State, title: str, length: str) -> Accepted:
    """Accept a file message that names no upload, as real servers do; nobody can open it."""
    state.warn("webwxsendappmsg", "the attachid is empty: the file arrives without its contents")
    size = int(length) if length.isdecimal() and len(length) < MAX_DIGITS else 0
    return Accepted(file_parts(Media(title, "application/octet-stream", size, ""), ""), title)


CHECKS: dict[str, Check] = {
    "webwxsendmsg": _text,
    "webwxsendmsgimg": _image,
    "webwxsendvideomsg": _video,
    "webwxsendemoticon": _emoticon,
    "webwxsendappmsg": _file,
}
"""Check of each send call."""

EXPECTED_QUERY: dict[str, Json] = {
    "webwxsendmsg": {},
    "webwxsendmsgimg": {"fun": "async", "f": "json"},
    "webwxsendvideomsg": {"fun": "async", "f": "json"},
    "webwxsendemoticon": {"fun": "sys"},
    "webwxsendappmsg": {"fun": "async", "f": "json"},
}
"""Query parameters of the seeds, besides pass_ticket."""
