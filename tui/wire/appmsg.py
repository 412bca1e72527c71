"""The XML inside messages: files and links (`appmsg`), images and stickers; built and read by an XML library."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec

from tui.wire.answers import as_int
from tui.wire.names import FILE_APPMSG_APPID, AppMsgType
from tui.wire.system_notices import filled
from tui.wire.text import decode_emoji, decode_name, decode_words
from tui.wire.xml import attribute, child_text, find_or_self, parse

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


class Refer(msgspec.Struct, frozen=True):
    """`refermsg`: the message that a quote answers. `content` is text or the XML of that message, by its `type`.

    `msg_id`: its MsgID (`svrid`), "" where none is said.
    """

    type: int = 0
    display_name: str = ""
    content: str = ""
    msg_id: str = ""


class AppMsg(msgspec.Struct, frozen=True):
    """Contents of an `appmsg`; empty where it says nothing. `total_length` in bytes.

    `fee`, `pay_state`, `memo`, `greeting`: of money. `author`, `told`: who made a video of Channels, and its words.
    `notice`: an announcement, or the sentence of a pat. `record`: the lines of several messages sent on as one.
    """

    title: str = ""
    description: str = ""
    type: int = 0
    url: str = ""
    total_length: int = 0
    attach_id: str = ""
    emoticon_md5: str = ""
    source: str = ""
    fee: str = ""
    pay_state: int = 0
    memo: str = ""
    greeting: str = ""
    author: str = ""
    told: str = ""
    notice: str = ""
    record: str = ""
    refer: Refer | None = None


def file_title(name: str) -> str:
    """Return a file's name as XML can carry it on one line: control characters and lone surrogates become `_`."""
    return _CONTROL.sub("_", name)


def file_ext(name: str) -> str:
    """Return what follows the last dot; nothing for a name whose only dot leads (`.bashrc`) or is its end."""
    stem, dot, extension = name.rpartition(".")
    return extension if dot and stem.strip(".") else ""


def build_file_appmsg(name: str, size: int, media_id: str) -> str:
    """Return the `Content` of a file message, elements and their order as in the seed (发送文件). `size` in bytes."""
    title = file_title(name)
    root = Element("appmsg")
    for tag, text in (
        ("title", title),
        ("des", ""),
        ("action", ""),
        ("type", str(AppMsgType.FILE.value)),
        ("content", ""),
        ("url", ""),
        ("lowurl", ""),
    ):
        SubElement(root, tag).text = text
    attach = SubElement(root, "appattach")
    for tag, text in (("totallen", str(size)), ("attachid", file_title(media_id)), ("fileext", file_ext(title))):
        SubElement(attach, tag).text = text
    SubElement(root, "extinfo")
    # The library quotes attributes with ", the seed with '; these two are constants with nothing to escape.
    return _written(root).replace("<appmsg>", f"<appmsg appid='{FILE_APPMSG_APPID}' sdkver=''>", 1)


def read_appmsg(content: str) -> AppMsg | None:
    """Read a `Content` of MsgType 49, received or of ours; None when there is no `appmsg` in it."""
    root = parse(content)
    app = find_or_self(root, "appmsg")
    if app is None:
        return None
    refer = app.find("refermsg")
    feed = _first(app, "finderFeed", "finderLive")
    return AppMsg(
        title=decode_emoji(child_text(app, "title")),
        description=decode_emoji(child_text(app, "des")),
        type=as_int(child_text(app, "type").strip()),
        url=child_text(app, "url").strip(),
        total_length=max(0, as_int(child_text(app, "appattach/totallen"))),
        attach_id=child_text(app, "appattach/attachid"),
        emoticon_md5=child_text(app, "appattach/emoticonmd5") or child_text(app, "emoticonmd5"),
        source=decode_name(
            child_text(app, "sourcedisplayname")
            or child_text(app, "weappinfo/nickname")
            or child_text(app, "weappinfo/appname")
            or child_text(root, "appinfo/appname")
        ),
        fee=child_text(app, "wcpayinfo/feedesc").strip(),
        pay_state=as_int(child_text(app, "wcpayinfo/paysubtype").strip()),
        memo=decode_words(child_text(app, "wcpayinfo/pay_memo")),
        greeting=decode_emoji(child_text(app, "wcpayinfo/sendertitle")),
        author=decode_name(child_text(feed, "nickname")),
        told=decode_words(child_text(feed, "desc")),
        notice=_notice(app),
        record=_record(app),
        refer=None
        if refer is None
        else Refer(
            type=as_int(child_text(refer, "type").strip()),
            display_name=decode_name(child_text(refer, "displayname")),
            content=child_text(refer, "content"),
            msg_id=_msg_id(child_text(refer, "svrid").strip()),
        ),
    )


def _msg_id(written: str) -> str:
    """Return a MsgID as it is written in XML; "" for 0, and for what is none."""
    return written if re.fullmatch(r"[1-9][0-9]{0,19}", written) else ""


def _first(app: Element, *tags: str) -> Element | None:
    return next((found for tag in tags if (found := app.find(tag)) is not None), None)


def _notice(app: Element) -> str:
    """Return the words of an announcement, or of a pat: its template with names or ids."""
    said = child_text(app, "textannouncement")
    pats = app.findall("patMsg/records/record")
    if said or not pats:
        return decode_words(said)
    return filled(pats[-1], "template") or filled(pats[-1], "templete")


def _record(app: Element) -> str:
    """Return a line for each message in a `recorditem`: XML within XML, as text or as elements."""
    inner = app.find("recorditem")
    if inner is not None and not len(inner):
        inner = parse(inner.text or "")
    if inner is None:
        return ""
    lines = []
    for item in islice(inner.iter("dataitem"), _MOST_RECORDED):
        name = decode_name(child_text(item, "sourcename"))
        text = decode_words(child_text(item, "datadesc") or child_text(item, "datatitle"))
        if text:
            lines.append(f"{name}: {text}" if name else text)
    return "\n".join(lines)


_MOST_RECORDED: Final = 100
"""Lines of a record that are kept; WeChat lets so many be chosen."""
_MONEY: Final = frozenset({AppMsgType.TRANSFER.value, AppMsgType.RED_PACKET.value})


def forward_appmsg(content: str) -> str | None:
    """Return the `<appmsg>` of a received message, to forward it, or None.

    Money cannot be forwarded, nor a file without an attachid: it would arrive without its contents.
    """
    app = find_or_self(parse(content), "appmsg")
    kind = 0 if app is None else as_int(child_text(app, "type"))
    if app is None or kind in _MONEY:
        return None
    if kind == AppMsgType.FILE and not child_text(app, "appattach/attachid").strip():
        return None
    app.tail = None
    return _written(app)


_SIZES: Final = (
    "encryver",
    "cdnthumblength",
    "cdnthumbheight",
    "cdnthumbwidth",
    "cdnmidheight",
    "cdnmidwidth",
    "cdnhdheight",
    "cdnhdwidth",
    "length",
    "hdlength",
)


def forward_image_content(content: str) -> str | None:
    """Return the `Content` that forwards an image without its bytes (seed 转发被撤回的图片消息), also a revoked one.

    None when the keys are not in `content`: in groups the server often leaves the XML out of others' images. The seed
    pairs aeskey with cdnthumbaeskey and cdnthumburl with cdnmidimgurl: one stands for the other where it lacks.
    """
    image = find_or_self(parse(content), "img")
    aes_key = attribute(image, "aeskey", attribute(image, "cdnthumbaeskey"))
    url = attribute(image, "cdnmidimgurl", attribute(image, "cdnthumburl", attribute(image, "cdnbigimgurl")))
    if not aes_key or not url:
        return None
    attributes = {
        "aeskey": aes_key,
        "encryver": "1",
        "cdnthumbaeskey": attribute(image, "cdnthumbaeskey", aes_key),
        "cdnthumburl": attribute(image, "cdnthumburl", url),
        "cdnmidimgurl": url,
    }
    attributes |= {name: value for name in _SIZES if (value := attribute(image, name)).isdecimal()}
    if md5 := attribute(image, "md5"):
        attributes["md5"] = md5
    root = Element("msg")
    SubElement(root, "img", attributes)
    return f'<?xml version="1.0"?>\n{_written(root)}'


def forward_video_content(content: str) -> str | None:
    """Return the `Content` that forwards a received video (peers), its `videomsg`; None when there is no key in it."""
    video = find_or_self(parse(content), "videomsg")
    if video is None or not attribute(video, "aeskey") or not attribute(video, "cdnvideourl"):
        return None
    root = Element("msg")
    SubElement(root, "videomsg", dict(video.attrib))
    return f'<?xml version="1.0"?>\n{_written(root)}'


def _written(element: Element) -> str:
    """Write an element with explicit end tags, as the seed does."""
    return tostring(element, encoding="unicode", short_empty_elements=False)
