"""Kinds of messages, and how each is made: a table for history, actors and `/_sandbox/push`."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from tui.sandbox.world import message_xml as xml
from tui.sandbox.world import pictures
from tui.sandbox.world.media_bytes import Media, of_bytes
from tui.sandbox.world.message import Json, MessageParts, escape
from tui.sandbox.world.people import Partner
from tui.sandbox.world.sample_pictures import BY_NAME, SamplePicture, photo, sticker
from tui.wire.names import AppMsgType, MsgType, NotifyCode

MAX_FILE = 64 * 1024 * 1024
"""Bytes; a pushed file is made in memory."""
MAX_VOICE = 3_600_000
"""Milliseconds of silence that are made in memory, too."""
UNHEARD_OF = 12345
"""MsgType of a `raw` without fields: no client knows it."""


class BadContent(ValueError):
    """Raised for a message that cannot be made; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Draft of a message: `content` as it was given (text, fields or nothing), and the contact `about` whom it is."""

    rng: random.Random
    chat: Partner
    content: str | Json | None = None
    about: Partner | None = None

    def text(self, default: str, field: str = "text") -> str:
        """Return the content when it is text, or this field of it."""
        if isinstance(self.content, str):
            return self.content
        value = (self.content or {}).get(field, default)
        return str(value)

    def number(self, field: str, default: float) -> float:
        """Return a number among the content's fields; the control API knows the bounds."""
        value = self.content.get(field, default) if isinstance(self.content, dict) else default
        assert isinstance(value, int | float)
        return value

    def bytes(self, generated: Callable[[int], bytes]) -> bytes:
        """Return the bytes of `base64` among the content's fields, else generated ones."""
        given = self.content.get("base64") if isinstance(self.content, dict) else None
        if given is None:
            return generated(self.rng.randrange(2**32))
        try:
            return base64.b64decode(str(given), validate=True)
        except (binascii.Error, ValueError):
            raise BadContent("“base64” does not hold base64.") from None

    @property
    def named(self) -> bool:
        """True when the content's field `picture` says which picture it is to be."""
        return isinstance(self.content, dict) and "picture" in self.content

    def picture(self) -> SamplePicture:
        """Return the picture that the content names, else a photo."""
        return BY_NAME[self.text("sunrise", "picture") if self.named else "sunrise"]

    def key(self) -> str:
        """Return an AES key in hex."""
        return self.rng.randbytes(16).hex()


def _words(kind: MsgType, default: str) -> Callable[[Draft], MessageParts]:
    return lambda draft: MessageParts(kind, escape(draft.text(default)))


def _image(draft: Draft) -> MessageParts:
    chosen = draft.picture()
    kind = chosen.content_type
    size: Json = {"ImgWidth": chosen.width, "ImgHeight": chosen.height}
    media = of_bytes("image.jpg", kind, draft.bytes(lambda number: chosen.data if draft.named else photo(number)))
    return MessageParts(MsgType.IMAGE, escape(xml.image(media, draft.key())), size, media)


def _voice(draft: Draft) -> MessageParts:
    length = int(draft.number("milliseconds", 2600))
    media = of_bytes("voice.mp3", "audio/mp3", draft.bytes(lambda _: pictures.mp3(length)))
    return MessageParts(MsgType.VOICE, escape(xml.voice(length, media.size)), {"VoiceLength": length}, media)


def _video(draft: Draft) -> MessageParts:
    seconds = int(draft.number("seconds", 3))
    media = of_bytes("video.mp4", "video/mp4", draft.bytes(pictures.mp4))
    fields: Json = {"PlayLength": seconds, "ImgWidth": 160, "ImgHeight": 120}
    return MessageParts(MsgType.VIDEO, escape(xml.video(media, draft.key(), seconds)), fields, media)


def _short_video(draft: Draft) -> MessageParts:
    return replace(_video(draft), msg_type=MsgType.SHORT_VIDEO)


def _emoticon(draft: Draft) -> MessageParts:
    if draft.number("shop", 0):
        return MessageParts(MsgType.EMOTICON, "", {"HasProductId": 1})
    media = of_bytes("sticker.gif", "image/gif", draft.bytes(sticker))
    return MessageParts(MsgType.EMOTICON, escape(xml.emoticon(media)), {"ImgWidth": 120, "ImgHeight": 120}, media)


def _app_fields(kind: AppMsgType, title: str, url: str = "") -> Json:
    return {"AppMsgType": int(kind), "FileName": escape(title), "Url": url}


def _app_emoticon(draft: Draft) -> MessageParts:
    media = of_bytes("sticker.gif", "image/gif", draft.bytes(sticker))
    content = xml.written(xml.app(AppMsgType.EMOTICON, "表情"))
    return MessageParts(MsgType.APP, escape(content), _app_fields(AppMsgType.EMOTICON, "表情"), media)


def file_parts(media: Media, media_id: str) -> MessageParts:
    """Return a file message for media that exist already."""
    content = xml.written(xml.app(AppMsgType.FILE, media.name, media=(media, media_id)))
    more: Json = {"FileSize": str(media.size), "MediaId": media_id, "EncryFileName": media.encrypted_name}
    return MessageParts(MsgType.APP, escape(content), _app_fields(AppMsgType.FILE, media.name) | more, media)


def _file(draft: Draft) -> MessageParts:
    name = draft.text("会议纪要 2024.pdf", "name")
    size = int(draft.number("size", 2048))
    media = of_bytes(name, "application/octet-stream", draft.bytes(lambda seed: random.Random(seed).randbytes(size)))
    return file_parts(media, f"@crypt_{draft.rng.randbytes(4).hex()}_{draft.rng.randbytes(60).hex()}")


def _link(draft: Draft) -> MessageParts:
    title, url = draft.text("今日头条：一切正常", "title"), "https://example.com/a?b=1&c=2"
    if isinstance(draft.content, dict):
        url = draft.text(url, "url")
    content = xml.written(xml.app(AppMsgType.LINK, title, draft.text("点开看看", "description"), url))
    return MessageParts(MsgType.APP, escape(content), _app_fields(AppMsgType.LINK, title, escape(url)))


def _titled(kind: AppMsgType, default: str) -> Callable[[Draft], MessageParts]:
    def build(draft: Draft) -> MessageParts:
        title = draft.text(default, "title")
        return MessageParts(MsgType.APP, escape(xml.written(xml.app(kind, title))), _app_fields(kind, title))

    return build


def _mini_program(draft: Draft) -> MessageParts:
    title = draft.text("外卖到家", "title")
    fields = _app_fields(AppMsgType.MINI_PROGRAM, title)
    return MessageParts(MsgType.APP, escape(xml.mini_program(AppMsgType.MINI_PROGRAM, title)), fields)


def _quote(draft: Draft) -> MessageParts:
    title = draft.text("收到，马上改", "title")
    quoted, sender, msg_id = "明天能上线吗？", "李四", "0"
    if isinstance(draft.content, dict):
        quoted, sender = draft.text(quoted, "quoted"), draft.text(sender, "sender")
        msg_id = draft.text(msg_id, "msg_id")
    content = escape(xml.quote(title, quoted, sender, msg_id))
    return MessageParts(MsgType.APP, content, _app_fields(AppMsgType.QUOTE, title))


def _money(kind: AppMsgType, title: str, words: str) -> Callable[[Draft], MessageParts]:
    def build(draft: Draft) -> MessageParts:
        content = xml.money(int(kind), title, draft.text(words))
        return MessageParts(MsgType.APP, escape(content), _app_fields(kind, title))

    return build


def _card(draft: Draft) -> MessageParts:
    if draft.about is None:
        raise BadContent("A card needs somebody: content is a name.")
    return MessageParts(MsgType.CARD, escape(xml.card(draft.about)), about=draft.about)


def _location(draft: Draft) -> MessageParts:
    label = draft.text("浙江省杭州市西湖区龙井路1号", "label")
    x, y = draft.number("x", 30.242865), draft.number("y", 120.148681)
    place = label.split("(")[0]
    url = f"http://apis.map.qq.com/uri/v1/geocoder?coord={x},{y}"
    image = "/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&amp;msgid=1&amp;pictype=location"
    fields: Json = {
        "SubMsgType": int(MsgType.LOCATION),
        "Url": escape(url),
        "OriContent": xml.location(x, y, label, place),
    }
    return MessageParts(MsgType.TEXT, f"{escape(label)}:<br/>{image}", fields)


def _friend_request(draft: Draft) -> MessageParts:
    if draft.about is None:
        raise BadContent("A friend request needs somebody.")
    ticket = f"v2_{draft.rng.randbytes(32).hex()}@stranger"
    greeting = draft.text("我是隔壁组的")
    content = xml.friend_request(draft.about, greeting, ticket)
    return MessageParts(MsgType.FRIEND_REQUEST, escape(content), about=draft.about, ticket=ticket, greeting=greeting)


def _status_notify(draft: Draft) -> MessageParts:
    code = int(draft.number("code", NotifyCode.ENTERED))
    content = escape("<msg><op id='2'><username></username></op></msg>")
    return MessageParts(MsgType.STATUS_NOTIFY, content, {"StatusNotifyCode": code}, named=(draft.chat.key,))


def _raw(draft: Draft) -> MessageParts:
    if isinstance(draft.content, str):
        raise BadContent("“raw” takes an object of AddMsg fields as its content.")
    return MessageParts(MsgType.TEXT, "", {"MsgType": UNHEARD_OF} if draft.content is None else dict(draft.content))


KINDS: dict[str, Callable[[Draft], MessageParts]] = {
    "text": _words(MsgType.TEXT, "你好"),
    "image": _image,
    "voice": _voice,
    "video": _video,
    "short_video": _short_video,
    "emoticon": _emoticon,
    "app_emoticon": _app_emoticon,
    "file": _file,
    "link": _link,
    "quote": _quote,
    "mini_program": _mini_program,
    "live_location": _titled(AppMsgType.LIVE_LOCATION, "我发起了位置共享"),
    "transfer": _money(AppMsgType.TRANSFER, "微信转账", "收到转账88.00元。如需收钱，请点此升级至最新版本"),
    "red_packet": _money(AppMsgType.RED_PACKET, "微信红包", "恭喜发财，大吉大利"),
    # A red packet as the web version mostly shows it.
    "red_packet_notice": _words(MsgType.SYSTEM, "收到红包，请在手机上查看"),
    "card": _card,
    "location": _location,
    "system": _words(MsgType.SYSTEM, "以上是打招呼的内容"),
    "notice": _words(MsgType.SYSTEM_NOTICE, "收到红包，请在手机上查看"),
    "call": _words(MsgType.VOIP, "<voipinvitemsg><status>1</status></voipinvitemsg>"),
    "friend_request": _friend_request,
    "status_notify": _status_notify,
    "raw": _raw,
}
"""Builders by the name that `/_sandbox/push` uses; `revoke` is missing, as it is about another message."""

SENDERLESS = frozenset({"system", "notice", "red_packet_notice", "status_notify"})
"""Kinds that the server itself writes."""
