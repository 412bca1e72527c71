"""Bodies of app messages: MsgType 49, by AppMsgType (PROTOCOL section 4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tui.wire.appmsg import AppMsg, read_appmsg
from tui.wire.bodies import (
    Announcement,
    Body,
    Card,
    Channels,
    Emoticon,
    File,
    Gift,
    History,
    Image,
    Link,
    LiveLocation,
    Location,
    MiniProgram,
    Note,
    Quote,
    RedPacket,
    System,
    Text,
    Transfer,
    TransferState,
    Unknown,
    Video,
    Voice,
    kind_name,
)
from tui.wire.fields import Fields
from tui.wire.names import AppMsgType, MsgType
from tui.wire.system_notices import readable_xml
from tui.wire.text import decode_content, decode_emoji, decode_name, decode_words, lines, split_group_sender
from tui.wire.xml import parse


def read_app(fields: Fields, content: str) -> Body:
    """Read the body of an app message. An unknown kind is a `Link` if it has an address, else `Unknown`."""
    app = read_appmsg(content)
    kind = fields.number("AppMsgType")
    if app is not None and (not kind or (kind == AppMsgType.LINK and app.type in _READERS)):
        # The web version is told that it is a link where it does not know what it is.
        kind = app.type
    read = _READERS.get(kind)
    if read is not None:
        found = read(fields, app or AppMsg())
        empty = found in (Text(""), System(""), Link("", app_type=kind))
        return Unknown(msg_type=MsgType.APP.value, app_type=kind) if empty else found
    body = _link(fields, app or AppMsg(), app_type=kind)
    if body.url:
        return body
    text = lines(body.title, body.description) or (_words(content) if app is None else "")
    # A sentence about the version is better than none.
    return Unknown(msg_type=MsgType.APP.value, app_type=kind, text=text or _title(fields, app or AppMsg()))


def _words(content: str) -> str:
    return readable_xml(parse(content), content)


_PLACEHOLDER = re.compile(
    r"版本.{0,6}不支持|不支持(?:展示|查看|显示|该|此).{0,12}(?:内容|消息|类型)|版本过低"
    r"|(?:not|n't) supported (?:on|by|in) (?:this|the|your)|version (?:does not|doesn't|doesn\u2019t) support"
    r"|(?:isn't|isn\u2019t|is not|not) supported",
    re.IGNORECASE,
)
"""Title that says that the program is too old, instead of what the message is."""
_LOOKED_AT: Final = 200
_NOT_AN_ADDRESS = re.compile(r"https?://support\.weixin\.qq\.com(?:/|$)", re.IGNORECASE)
"""Address to which WeChat sends a program that is too old."""


def _is_placeholder(text: str) -> bool:
    return _PLACEHOLDER.search(text[:_LOOKED_AT]) is not None


def _address(fields: Fields, app: AppMsg) -> str:
    found = app.url or decode_content(fields.text("Url")).strip()
    return "" if _NOT_AN_ADDRESS.match(found) else found


def _own_title(fields: Fields, app: AppMsg) -> str:
    """Return the title, unless it is a sentence about the version."""
    title = _title(fields, app)
    return "" if _is_placeholder(title) else title


def _own_words(app: AppMsg) -> str:
    return "" if _is_placeholder(app.description) else app.description


def _title(fields: Fields, app: AppMsg) -> str:
    """Return `FileName`, or the XML's title where that is the same without ambiguous HTML, or the only one."""
    name = fields.text("FileName")
    same = not name or app.title in (name, decode_words(name)) or decode_name(name) == decode_name(app.title)
    return app.title if app.title and same else decode_words(name)


def _file(fields: Fields, app: AppMsg) -> Body:
    return File(
        name=_file_name(_title(fields, app)),
        size=max(0, fields.number("FileSize")) or app.total_length,
        media_id=fields.text("MediaId") or app.attach_id,
        encry_file_name=fields.text("EncryFileName"),
    )


def _file_name(title: str) -> str:
    """Decode a file's name once more: some senders escape it twice, and nobody names a file with an entity."""
    return decode_words(title)


def _coming_file(fields: Fields, app: AppMsg) -> Body:
    """Read a file that its sender is still uploading: there is nothing to fetch before the message comes again."""
    return File(name=_file_name(_title(fields, app)), size=app.total_length)


def _link(fields: Fields, app: AppMsg, *, app_type: int = AppMsgType.LINK.value) -> Link:
    url = _address(fields, app)
    known = app_type == AppMsgType.LINK and url
    return Link(
        title=_title(fields, app) if known else _own_title(fields, app),
        url=url,
        description=app.description if known else _own_words(app),
        app_type=app_type,
    )


def _as(app_type: AppMsgType) -> Callable[[Fields, AppMsg], Body]:
    return lambda fields, app: _link(fields, app, app_type=app_type.value)


def _text(fields: Fields, app: AppMsg) -> Body:
    return Text(_title(fields, app) or app.description)


def _emoticon(fields: Fields, app: AppMsg) -> Body:
    return Emoticon(md5=app.emoticon_md5, size=app.total_length)


def _live_location(fields: Fields, app: AppMsg) -> Body:
    return LiveLocation(title=_title(fields, app))


def _mini_program(fields: Fields, app: AppMsg) -> Body:
    return MiniProgram(title=_own_title(fields, app), source=app.source)


def _channels(fields: Fields, app: AppMsg) -> Body:
    # A live video has a mark of its own in the XML; its number says it too.
    live = fields.number("AppMsgType") == AppMsgType.CHANNELS_LIVE or app.type == AppMsgType.CHANNELS_LIVE
    return Channels(author=app.author, text=app.told or _own_title(fields, app) or _own_words(app), live=live)


def _announcement(fields: Fields, app: AppMsg) -> Body:
    return Announcement(text=app.notice or _own_words(app) or _own_title(fields, app))


def _history(fields: Fields, app: AppMsg) -> Body:
    return History(title=_own_title(fields, app), text=_own_words(app) or app.record)


def _note(fields: Fields, app: AppMsg) -> Body:
    return Note(title=_own_title(fields, app), text=_own_words(app) or app.record)


def _gift(fields: Fields, app: AppMsg) -> Body:
    return Gift(title=_own_title(fields, app) or _own_words(app))


def _pat(fields: Fields, app: AppMsg) -> Body:
    return System(app.notice or _own_title(fields, app))


_AMOUNT = re.compile(r"[0-9][0-9,]{0,12}(?:\.[0-9]{1,2})?\s?元|[¥￥$]\s?[0-9][0-9,]{0,12}(?:\.[0-9]{1,2})?")
_STATES: Final = {
    1: TransferState.WAITING,
    3: TransferState.RECEIVED,
    4: TransferState.RETURNED,
    5: TransferState.RECEIVED,
    7: TransferState.WAITING,
    8: TransferState.WAITING,
    9: TransferState.RETURNED,
}
"""`paysubtype`, as clients that people use read it."""


def _transfer(fields: Fields, app: AppMsg) -> Body:
    said = _AMOUNT.search(app.description)
    return Transfer(
        title=_title(fields, app),
        amount=app.fee or (said[0] if said else ""),
        memo=app.memo,
        state=_STATES.get(app.pay_state, TransferState.UNSAID),
    )


def _red_packet(fields: Fields, app: AppMsg) -> Body:
    return RedPacket(title=app.greeting or _title(fields, app))


_QUOTED_KINDS: Final[dict[int, type[Body]]] = {
    MsgType.IMAGE: Image,
    MsgType.VOICE: Voice,
    MsgType.CARD: Card,
    MsgType.VIDEO: Video,
    MsgType.EMOTICON: Emoticon,
    MsgType.LOCATION: Location,
    MsgType.SHORT_VIDEO: Video,
}
"""MsgType of a quoted message that is no text → its kind."""


def _quote(fields: Fields, app: AppMsg) -> Body:
    text = _title(fields, app) or decode_words(fields.text("FileName"))
    refer = app.refer
    if refer is None:
        return Quote(text)
    quoted, kind = _quoted(refer.type, refer.content)
    return Quote(text, quoted, refer.display_name, kind_name(kind) if kind else "", refer.msg_id)


def _quoted(kind: int, content: str) -> tuple[str, type[Body] | None]:
    """Return the words of a quoted message, and its kind where it is no text."""
    if kind in _QUOTED_KINDS:
        return "", _QUOTED_KINDS[kind]
    _, content = split_group_sender(content)
    inner = read_appmsg(content) if kind == MsgType.APP else None
    if inner is None:
        return (decode_emoji(content) if kind == MsgType.TEXT else _words(content)), None
    if inner.type == AppMsgType.QUOTE:
        return inner.title, None
    body = read_app(Fields({}), content)
    return _words_of(body) or inner.description, None if isinstance(body, Text | Unknown) else type(body)


def _words_of(body: Body) -> str:
    match body:
        case File(name=words) | Text(text=words) | Announcement(text=words) | Unknown(text=words):
            return words
        case Channels(author=author, text=text):
            return ": ".join(filter(None, (author, text)))
        case Link() | MiniProgram() | History() | Note() | Gift():
            return body.title
        case _:
            return ""


_READERS: Final[dict[int, Callable[[Fields, AppMsg], Body]]] = {
    AppMsgType.TEXT: _text,
    AppMsgType.MUSIC: _as(AppMsgType.MUSIC),
    AppMsgType.VIDEO_LINK: _as(AppMsgType.VIDEO_LINK),
    AppMsgType.LINK: _link,
    AppMsgType.FILE: _file,
    AppMsgType.EMOTICON: _emoticon,
    AppMsgType.LIVE_LOCATION: _live_location,
    AppMsgType.HISTORY: _history,
    AppMsgType.NOTE: _note,
    AppMsgType.MINI_PROGRAM: _mini_program,
    AppMsgType.MINI_PROGRAM_PAGE: _mini_program,
    AppMsgType.CHANNELS: _channels,
    AppMsgType.SOLITAIRE: _text,
    AppMsgType.QUOTE: _quote,
    AppMsgType.PAT: _pat,
    AppMsgType.CHANNELS_LIVE: _channels,
    AppMsgType.FILE_COMING: _coming_file,
    AppMsgType.MUSIC_CARD: _as(AppMsgType.MUSIC_CARD),
    AppMsgType.ANNOUNCEMENT: _announcement,
    AppMsgType.SONG: _as(AppMsgType.SONG),
    AppMsgType.GIFT: _gift,
    AppMsgType.TRANSFER: _transfer,
    AppMsgType.RED_PACKET: _red_packet,
}
"""AppMsgType → the function that reads its body."""
