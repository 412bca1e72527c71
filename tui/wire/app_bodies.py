"""Bodies of app messages: MsgType 49, by AppMsgType (protocol.md section 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.wire.appmsg import AppMsg, read_appmsg
from tui.wire.bodies import (
    Body,
    Emoticon,
    File,
    Link,
    LiveLocation,
    MiniProgram,
    Quote,
    RedPacket,
    Transfer,
    Unknown,
)
from tui.wire.fields import Fields
from tui.wire.names import AppMsgType, MsgType
from tui.wire.notices import readable, readable_notice
from tui.wire.text import decode_content, decode_name, split_group_sender
from tui.wire.xml import parse


def read_app(fields: Fields, content: str) -> Body:
    """The body of an app message. What has a title and no form of its own is a `Link` that says its `app_type`."""
    app = read_appmsg(content)
    kind = fields.number("AppMsgType") or (app.type if app else 0)
    read = _READERS.get(kind)
    if read is not None:
        return read(fields, app or AppMsg())
    title = _title(fields, app or AppMsg())
    if title:
        return _link(fields, app or AppMsg(), title=title, app_type=kind)
    return Unknown(
        msg_type=MsgType.APP.value,
        app_type=kind,
        text=app.description if app else _words(content),
    )


def _words(content: str) -> str:
    root = parse(content)
    return readable_notice(root) if root is not None else readable(content)


def _title(fields: Fields, app: AppMsg) -> str:
    """`FileName`, or the XML's title where that is the same name without HTML's doubts, or the only one."""
    name = fields.text("FileName")
    same = not name or app.title in (name, decode_content(name)) or decode_name(name) == decode_name(app.title)
    return app.title if app.title and same else decode_content(name)


def _file(fields: Fields, app: AppMsg) -> Body:
    return File(
        name=_title(fields, app),
        size=max(0, fields.number("FileSize")) or app.total_length,
        media_id=fields.text("MediaId") or app.attach_id,
        encry_file_name=fields.text("EncryFileName"),
    )


def _link(fields: Fields, app: AppMsg, *, title: str | None = None, app_type: int = AppMsgType.LINK.value) -> Body:
    return Link(
        title=_title(fields, app) if title is None else title,
        url=app.url or decode_content(fields.text("Url")),
        description=app.description,
        app_type=app_type,
    )


def _emoticon(fields: Fields, app: AppMsg) -> Body:
    return Emoticon(md5=app.emoticon_md5)


def _live_location(fields: Fields, app: AppMsg) -> Body:
    return LiveLocation(title=_title(fields, app))


def _mini_program(fields: Fields, app: AppMsg) -> Body:
    return MiniProgram(title=_title(fields, app), source=app.source)


def _transfer(fields: Fields, app: AppMsg) -> Body:
    title = _title(fields, app)
    return Transfer(title=" ".join(filter(None, (title, app.fee))))


def _red_packet(fields: Fields, app: AppMsg) -> Body:
    return RedPacket(title=app.greeting or _title(fields, app))


_PLACEHOLDERS: Final = {
    MsgType.IMAGE: "[Photo]",
    MsgType.VOICE: "[Audio]",
    MsgType.CARD: "[Contact Card]",
    MsgType.VIDEO: "[Video]",
    MsgType.EMOTICON: "[Sticker]",
    MsgType.LOCATION: "[Location]",
    MsgType.SHORT_VIDEO: "[Video]",
}
"""What stands for a quoted message that is no text, in the words of WeChat's English version."""


def _quote(fields: Fields, app: AppMsg) -> Body:
    refer = app.refer
    return Quote(
        text=app.title or decode_content(fields.text("FileName")),
        quoted=_quoted(refer.type, refer.content) if refer else "",
        quoted_sender=refer.display_name if refer else "",
    )


def _quoted(kind: int, content: str) -> str:
    if kind in _PLACEHOLDERS:
        return _PLACEHOLDERS[MsgType(kind)]
    _, content = split_group_sender(content)
    inner = read_appmsg(content) if kind == MsgType.APP else None
    if inner is not None:
        return inner.title or inner.description
    return content if kind == MsgType.TEXT else _words(content)


_READERS: Final[dict[int, Callable[[Fields, AppMsg], Body]]] = {
    AppMsgType.LINK: _link,
    AppMsgType.FILE: _file,
    AppMsgType.EMOTICON: _emoticon,
    AppMsgType.LIVE_LOCATION: _live_location,
    AppMsgType.MINI_PROGRAM: _mini_program,
    AppMsgType.MINI_PROGRAM_PAGE: _mini_program,
    AppMsgType.QUOTE: _quote,
    AppMsgType.TRANSFER: _transfer,
    AppMsgType.RED_PACKET: _red_packet,
}
"""AppMsgType → the function that reads its body."""
