"""Reading incoming messages: each `AddMsgList` entry, whatever is in it, becomes a `Message` (PROTOCOL section 4)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from tui.wire.answers import as_int, server_id
from tui.wire.app_bodies import read_app
from tui.wire.bodies import (
    Body,
    Card,
    Emoticon,
    FriendRequest,
    Image,
    Location,
    Message,
    PhoneCall,
    RedPacket,
    Revoke,
    StatusNotify,
    System,
    Text,
    Unknown,
    Video,
    Voice,
)
from tui.wire.fields import Fields
from tui.wire.names import MsgType
from tui.wire.system_notices import is_notice_xml, readable, readable_xml
from tui.wire.text import decode_content, decode_name, decode_words, split_group_sender
from tui.wire.xml import attribute, child_text, find_or_self, parse

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time that the server did not say, or that cannot be."""

_MOST_CHATS: Final = 2000
"""Chats in the phone's list; each one that is not known is asked for."""

_LAST_SECOND: Final = 253_370_764_800
"""1 January 9999: `datetime` ends a year later, which is sooner in some time zones than in others."""

_FROM_NOBODY: Final = frozenset({MsgType.SYSTEM_NOTICE, MsgType.SYSTEM})


def read_message(entry: object, me: str) -> Message:
    """Read an entry of `AddMsgList`, already decoded from JSON; `me` is one's own UserName. Never raises.

    An entry that makes no sense becomes an `Unknown` with whatever could be read of it. `msg_id` is empty when the
    entry has no valid one; a time that cannot be is `EPOCH`.
    """
    fields = Fields(entry)
    kind = fields.number("MsgType")
    sender, receiver, content = fields.text("FromUserName"), fields.text("ToUserName"), fields.text("Content")
    mine = bool(me) and sender == me
    chat = receiver if mine or not sender else sender
    if chat.startswith("@@") and not mine:
        sender, content = split_group_sender(content)
        mine = bool(me) and sender == me
    body = _READERS.get(kind, _unknown)(fields, content)
    return Message(
        msg_id=server_id(fields.text("MsgId")) or server_id(fields.text("NewMsgId")),
        chat=chat,
        sender="" if isinstance(body, System) or (kind in _FROM_NOBODY and isinstance(body, Revoke)) else sender,
        mine=mine,
        time=_time(fields.number("CreateTime")),
        body=body,
        content=content,
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds <= _LAST_SECOND else EPOCH


# ---------------------------------------------------------------- text and places

_COORDINATES = re.compile(r"[?&]coord=(-?[0-9]{1,3}(?:\.[0-9]{1,15})?),(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)")
_MAP_LABELS: Final = frozenset({"map", "maps"})
_MAP_PICTURE: Final = "/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg"
"""What follows a place's name in the `Content` of a location: the address of a picture of the map."""


def _text(fields: Fields, content: str) -> Body:
    if fields.number("SubMsgType") == MsgType.LOCATION or _is_map(fields.text("Url")):
        return _location(fields, content)
    return Text(decode_content(content))


def _is_map(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return not _MAP_LABELS.isdisjoint(host.split("."))


def _location(fields: Fields, content: str) -> Body:
    place = find_or_self(parse(fields.text("OriContent")), "location")
    if place is None:
        place = find_or_self(parse(content), "location")
    url = decode_content(fields.text("Url"))
    match = _COORDINATES.search(url)
    name, separator, _ = decode_content(content).partition(f":\n{_MAP_PICTURE}")
    poi = attribute(place, "poiname")
    label = (
        attribute(place, "label")
        or (poi if not poi.startswith("[") else "")
        or (name if separator or place is None else "")
        or poi
    )
    return Location(
        label=decode_name(label),
        x=_degrees(attribute(place, "x"), match[1] if match else ""),
        y=_degrees(attribute(place, "y"), match[2] if match else ""),
        url=url,
    )


def _degrees(*candidates: str) -> float:
    for candidate in candidates:
        try:
            value = float(candidate)
        except ValueError:
            continue
        if math.isfinite(value) and abs(value) <= 360:
            return value
    return 0.0


# ---------------------------------------------------------------- media


def _image(fields: Fields, content: str) -> Body:
    image = find_or_self(parse(content), "img")
    return Image(
        width=_size(fields, "ImgWidth"),
        height=_size(fields, "ImgHeight"),
        size=_number(attribute(image, "hdlength")) or _number(attribute(image, "length")),
    )


def _voice(fields: Fields, content: str) -> Body:
    voice = find_or_self(parse(content), "voicemsg")
    milliseconds = _size(fields, "VoiceLength") or _number(attribute(voice, "voicelength"))
    return Voice(seconds=milliseconds / 1000, size=_number(attribute(voice, "length")))


def _video(fields: Fields, content: str) -> Body:
    video = find_or_self(parse(content), "videomsg")
    return Video(
        seconds=_size(fields, "PlayLength") or _number(attribute(video, "playlength")),
        width=_size(fields, "ImgWidth"),
        height=_size(fields, "ImgHeight"),
        short=fields.number("MsgType") == MsgType.SHORT_VIDEO,
        size=_number(attribute(video, "length")),
    )


def _size(fields: Fields, name: str) -> int:
    return max(0, fields.number(name))


def _number(text: str) -> int:
    return max(0, as_int(text))


def _emoticon(fields: Fields, content: str) -> Body:
    emoticon = find_or_self(parse(content), "emoji")
    url = attribute(emoticon, "cdnurl")
    return Emoticon(
        md5=attribute(emoticon, "md5"),
        url=url if url.startswith(("http://", "https://")) else "",
        size=_number(attribute(emoticon, "len")),
    )


# ---------------------------------------------------------------- people


def _card(fields: Fields, content: str) -> Body:
    info, card = fields.inner("RecommendInfo"), find_or_self(parse(content), "msg")
    return Card(
        nick_name=decode_name(info.text("NickName") or attribute(card, "nickname")),
        user_name=info.text("UserName"),
        alias=info.text("Alias") or attribute(card, "alias"),
    )


def _friend_request(fields: Fields, content: str) -> Body:
    info, request = fields.inner("RecommendInfo"), find_or_self(parse(content), "msg")
    return FriendRequest(
        nick_name=decode_name(info.text("NickName") or attribute(request, "fromnickname")),
        text=decode_words(info.text("Content")) or decode_words(attribute(request, "content")),
        user_name=info.text("UserName"),
        ticket=info.text("Ticket") or attribute(request, "ticket"),
    )


# ---------------------------------------------------------------- notices


def _call(fields: Fields, content: str) -> Body:
    """Read a call, with what is said of its end: `已取消`, `通话时长 00:12`. An invitation says nothing."""
    root = parse(content)
    return PhoneCall(readable(content) if root is None else decode_name(child_text(root, ".//msg")))


_RED_PACKET = re.compile(r"收到(?:一个)?红包[，,]\s?请在手机上查看|red packet.{0,20}view.{0,20}phone", re.IGNORECASE)
"""Line that stands for a red packet where the web version is not told of it as such."""


def _system(fields: Fields, content: str) -> Body:
    if is_notice_xml(content):
        return _notice(parse(content), content)
    text = readable(content)
    return RedPacket() if _RED_PACKET.fullmatch(text[:80].rstrip("。.")) else System(text)


def _revoke(fields: Fields, content: str) -> Body:
    return _notice(parse(content), content)


def _notice(root: Element | None, content: str) -> Body:
    """Read a `sysmsg`: somebody revoked a message, or something else that is worth a line.

    `msgid` is the revoked message's MsgId; `oldmsgid` is the phone's own number for it and means nothing here.
    """
    revoked = find_or_self(root, "revokemsg")
    msg_id = server_id(child_text(revoked, "msgid"))
    if msg_id:
        return Revoke(msg_id, notice=decode_name(child_text(revoked, "replacemsg")))
    return System(readable_xml(root, content))


def _status_notify(fields: Fields, content: str) -> Body:
    told = fields.text("StatusNotifyUserName").split(",", _MOST_CHATS)[:_MOST_CHATS]
    names = (name.strip() for name in told)
    return StatusNotify(code=fields.number("StatusNotifyCode"), user_names=tuple(filter(None, names)))


def _unknown(fields: Fields, content: str) -> Body:
    return Unknown(
        msg_type=fields.number("MsgType"),
        app_type=fields.number("AppMsgType"),
        text=readable_xml(parse(content), content),
    )


_READERS: Final[dict[int, Callable[[Fields, str], Body]]] = {
    MsgType.TEXT: _text,
    MsgType.IMAGE: _image,
    MsgType.VOICE: _voice,
    MsgType.FRIEND_REQUEST: _friend_request,
    MsgType.CARD: _card,
    MsgType.VIDEO: _video,
    MsgType.EMOTICON: _emoticon,
    MsgType.LOCATION: _location,
    MsgType.APP: read_app,
    MsgType.VOIP: _call,
    MsgType.STATUS_NOTIFY: _status_notify,
    MsgType.VOIP_NOTIFY: _call,
    MsgType.VOIP_INVITE: _call,
    MsgType.SHORT_VIDEO: _video,
    MsgType.SYSTEM_NOTICE: _system,
    MsgType.SYSTEM: _system,
    MsgType.REVOKE: _revoke,
}
"""MsgType → the function that reads its body; any other type is `Unknown`."""
