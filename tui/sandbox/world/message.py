"""A message as the world knows it, and as one session sees it (an `AddMsgList` entry)."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field

from tui.sandbox.world.media_bytes import Media
from tui.sandbox.world.people import SELF, Partner
from tui.wire.names import MsgType

Json = dict[str, object]
UserNames = Callable[[str], str]
"""From a contact's key to its UserName in one session."""


@dataclass(frozen=True, slots=True)
class MessageParts:
    """Parts that make a message of a kind: its type, content (server-escaped) and the fields that differ from the rest.

    `about` is the contact that `RecommendInfo` describes, `greeting` its words; `named` are those that
    StatusNotifyUserName lists.
    """

    msg_type: MsgType
    content: str = ""
    fields: Json = field(default_factory=dict)
    media: Media | None = None
    about: Partner | None = None
    ticket: str = ""
    greeting: str = ""
    named: tuple[str, ...] = ()


@dataclass(slots=True)
class SandboxMessage:
    """Message in `chat` from `sender` (keys; the sender of a system line is empty). `created` in seconds.

    `seen` is set when a session has taken it over; what nobody has seen waits for the next login.
    """

    msg_id: str
    chat: str
    sender: str
    created: int
    parts: MessageParts
    group: bool = False
    seen: bool = False


def escape(text: str) -> str:
    """Return text or XML in the form of `Content` (PROTOCOL section 4)."""
    return html.escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br/>")


def render(message: SandboxMessage, names: UserNames) -> Json:
    """Return the `AddMsgList` entry of a message; field names as the real server sends them."""
    parts, mine = message.parts, message.sender == SELF
    chat, me = names(message.chat), names(SELF)
    content = parts.content
    if message.group and message.sender and not mine:
        content = f"{names(message.sender)}:<br/>{content}"
    rendered: Json = {
        "MsgId": message.msg_id,
        "FromUserName": me if mine else chat,
        "ToUserName": chat if mine else me,
        "MsgType": int(parts.msg_type),
        "Content": content,
        "Status": 3,
        "ImgStatus": 1,
        "CreateTime": message.created,
        "VoiceLength": 0,
        "PlayLength": 0,
        "FileName": "",
        "FileSize": "",
        "MediaId": "",
        "Url": "",
        "AppMsgType": 0,
        "StatusNotifyCode": 0,
        "StatusNotifyUserName": ",".join(names(key) for key in parts.named),
        "RecommendInfo": recommend(parts, names),
        "ForwardFlag": 0,
        "AppInfo": {"AppID": "", "Type": 0},
        "HasProductId": 0,
        "Ticket": parts.ticket,
        "ImgHeight": 0,
        "ImgWidth": 0,
        "SubMsgType": 0,
        "NewMsgId": int(message.msg_id),
        "OriContent": "",
        "EncryFileName": "",
    }
    return rendered | parts.fields


def recommend(parts: MessageParts, names: UserNames) -> Json:
    """Return `RecommendInfo`: the person of a card, or who wants to be a friend."""
    about = parts.about
    return {
        "UserName": names(about.key) if about else "",
        "NickName": about.nick if about else "",
        "QQNum": 0,
        "Province": about.province if about else "",
        "City": about.city if about else "",
        "Content": parts.greeting,
        "Signature": about.signature if about else "",
        "Alias": about.alias if about else "",
        "Scene": 0,
        "VerifyFlag": about.verify_flag if about else 0,
        "AttrStatus": about.attr_status if about else 0,
        "Sex": about.sex if about else 0,
        "Ticket": parts.ticket,
        "OpCode": 2 if parts.ticket else 0,
    }
