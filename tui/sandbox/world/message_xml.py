"""XML inside messages: built by a library, read by another that expands no entities."""

from __future__ import annotations

from html import unescape
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tui.sandbox.world.media_bytes import Media
from tui.sandbox.world.people import Partner
from tui.wire.names import FILE_APPMSG_APPID

HEAD = '<?xml version="1.0"?>\n'


def read(text: str) -> Element | None:
    """Return the root element, or None for XML that the real server would refuse."""
    try:
        root: Element = fromstring(text.strip())
    except (ParseError, DefusedXmlException, ValueError):
        return None
    return root


def text_of(root: Element, path: str) -> str:
    """Return the text at a path, "" when there is none."""
    return (root.findtext(path) or "").strip()


def written(root: Element) -> str:
    """Return XML as it stands in a message."""
    return HEAD + tostring(root, encoding="unicode") + "\n"


def _one(tag: str, attributes: dict[str, str]) -> str:
    root = Element("msg")
    SubElement(root, tag, attributes)
    return written(root)


def image(media: Media, key: str) -> str:
    """Return the content of an image: `key` (hex) stands for the CDN's keys and addresses."""
    attributes = {
        "aeskey": key,
        "encryver": "0",
        "cdnthumbaeskey": key,
        "cdnthumburl": f"3053020100{key}thumb",
        "cdnthumblength": "2048",
        "cdnthumbheight": "90",
        "cdnthumbwidth": "120",
        "cdnmidheight": "0",
        "cdnmidwidth": "0",
        "cdnhdheight": "0",
        "cdnhdwidth": "0",
        "cdnmidimgurl": f"3053020100{key}",
        "length": str(media.size),
        "md5": media.md5,
    }
    return _one("img", attributes)


def emoticon(media: Media) -> str:
    """Return the content of a sticker."""
    attributes = {"fromusername": "", "tousername": "", "type": "2", "idbuffer": "media:0_0", "md5": media.md5}
    attributes |= {"len": str(media.size), "productid": "", "androidmd5": media.md5}
    attributes |= {"cdnurl": f"http://emoji.sandbox.invalid/{media.md5}", "width": "120", "height": "120"}
    return _one("emoji", attributes)


def voice(milliseconds: int, size: int) -> str:
    """Return the content of a voice message."""
    return _one("voicemsg", {"endflag": "1", "length": str(size), "voicelength": str(milliseconds)})


def video(media: Media, key: str, seconds: int) -> str:
    """Return the content of a video."""
    attributes = {"aeskey": key, "cdnvideourl": f"3053020100{key}", "length": str(media.size), "md5": media.md5}
    return _one("videomsg", attributes | {"playlength": str(seconds), "cdnthumbaeskey": key})


def app(
    app_type: int, title: str, description: str = "", url: str = "", media: tuple[Media, str] | None = None
) -> Element:
    """Return an app message; `media` is a file and its attachid. More can be added below `appmsg`."""
    root = Element("msg")
    message = SubElement(root, "appmsg", {"appid": FILE_APPMSG_APPID if media else "", "sdkver": "0"})
    for name, text in (("title", title), ("des", description), ("action", "view"), ("type", str(app_type))):
        SubElement(message, name).text = text
    SubElement(message, "url").text = url
    attachment = SubElement(message, "appattach")
    if media:
        file, attach_id = media
        SubElement(attachment, "totallen").text = str(file.size)
        SubElement(attachment, "attachid").text = attach_id
        SubElement(attachment, "fileext").text = file.name.rpartition(".")[2] if "." in file.name else ""
    SubElement(root, "fromusername")
    SubElement(SubElement(root, "appinfo"), "version").text = "1"
    return root


def card(about: Partner) -> str:
    """Return the content of a contact card."""
    attributes = {"bigheadimgurl": "", "smallheadimgurl": "", "username": about.alias or about.key}
    attributes |= {
        "nickname": unescape(about.nick),
        "shortpy": "",
        "alias": about.alias,
        "imagestatus": "3",
        "scene": "17",
    }
    return written(Element("msg", attributes | _described(about) | {"certflag": "0", "certinfo": ""}))


def friend_request(about: Partner, greeting: str, ticket: str) -> str:
    """Return the content of a friend request: who asks, and with which words."""
    attributes = {"fromusername": about.alias or about.key, "encryptusername": f"v1_{about.key}@stranger"}
    attributes |= {
        "fromnickname": unescape(about.nick),
        "content": greeting,
        "shortpy": "",
        "imagestatus": "3",
        "scene": "30",
    }
    attributes |= {"country": "CN"} | _described(about) | {"percard": "1", "alias": about.alias, "ticket": ticket}
    return written(Element("msg", attributes | {"opcode": "2"}))


def _described(about: Partner) -> dict[str, str]:
    return {"province": about.province, "city": about.city, "sign": about.signature, "sex": str(about.sex)}


def mini_program(app_type: int, title: str) -> str:
    """Return an app message of a mini program, with the `weappinfo` that opens it."""
    root = app(app_type, title)
    info = Element("weappinfo")
    texts = {"username": "gh_5a0d3c1b2e4f@app", "appid": "wx0123456789abcdef", "type": "2", "version": "1"}
    for name, text in {**texts, "weappiconurl": "", "pagepath": "pages/index.html?from=share&id=1"}.items():
        SubElement(info, name).text = text
    message = root.find("appmsg")
    if message is not None:
        message.append(info)
    return written(root)


def quote(title: str, quoted: str, sender: str, msg_id: str = "0") -> str:
    """Return an answer (type 57) to what `sender` wrote."""
    root = app(57, title)
    message = root.find("appmsg")
    if message is not None:
        refer = SubElement(message, "refermsg")
        for name, text in (("type", "1"), ("svrid", msg_id), ("displayname", sender), ("content", quoted)):
            SubElement(refer, name).text = text
    return written(root)


def money(app_type: int, title: str, words: str) -> str:
    """Return a transfer (2000) or a red packet (2001), with the CDATA that clients look for."""
    inner = f"<appmsg><title><![CDATA[{title}]]></title><des><![CDATA[{words}]]></des><type>{app_type}</type></appmsg>"
    return f"<msg>{inner}</msg>\n"


def location(x: float, y: float, label: str, place: str) -> str:
    """Return `OriContent` of a location: latitude `x`, longitude `y`."""
    attributes = {"x": f"{x:.6f}", "y": f"{y:.6f}", "scale": "16", "label": label, "maptype": "0", "poiname": place}
    return _one("location", attributes)


def revoke(chat: str, msg_id: str, words: str) -> str:
    """Return `sysmsg/revokemsg`; `words` is the line for the chat."""
    safe = words.replace("]]>", "")
    return (
        f'<sysmsg type="revokemsg"><revokemsg><session>{chat}</session>'
        f"<oldmsgid>{int(msg_id) % 2_000_000_000}</oldmsgid>"
        f"<msgid>{msg_id}</msgid><replacemsg><![CDATA[{safe}]]></replacemsg></revokemsg></sysmsg>"
    )
