"""What the system says, as a line a person can read: `sysmsg` XML and notices with links in them."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element

from tui.wire.text import decode_content
from tui.wire.xml import attribute, child_text, find_or_self

_MARKUP = re.compile(r"</?(?:a|b|br|font|img|span|_wc_custom_link_)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_VARIABLE = re.compile(r"\$([0-9A-Za-z_]{1,40})\$")
_LONGEST: Final = 500
"""Characters of a line that was put together from XML nobody documented."""

_NOTICE_XML = re.compile(r"\s*(?:<\?xml[^>]{0,100}>\s*)?(?:<|&lt;)sysmsg\b")
_NOTICE_TAGS: Final = ("replacemsg", "template", "plain", "text", "title", "content")
"""Where `sysmsg` keeps its sentence, by type; the first that has one counts."""


def is_notice_xml(content: str) -> bool:
    """Whether a notice's `Content` is a `sysmsg` rather than a sentence."""
    return _NOTICE_XML.match(content) is not None


def readable(content: str) -> str:
    """A notice's sentence without the links and pictures in it: `<a href="weixin://…">`, `<img src="…"/>`."""
    return _MARKUP.sub("", decode_content(content)).strip()


def readable_notice(root: Element) -> str:
    """The sentence in a `sysmsg` or in XML of an unknown kind; "" when it has no words."""
    for tag in _NOTICE_TAGS:
        found = find_or_self(root, tag)
        text = "".join(found.itertext()).strip() if found is not None else ""
        if text:
            sentence = _with_names(root, text) if tag == "template" else text
            return _MARKUP.sub("", sentence).strip()[:_LONGEST]
    words = " ".join(" ".join(root.itertext()).split())
    return _MARKUP.sub("", words)[:_LONGEST]


def _with_names(root: Element, template: str) -> str:
    """`"$username$" invited "$names$"` with the names that the links of the same notice hold."""
    links = {attribute(link, "name"): link for link in root.iter("link")}

    def name(match: re.Match[str]) -> str:
        link = links.get(match[1])
        if link is None:
            return match[0]
        names = [child_text(member, "nickname") for member in link.iter("member")]
        return "、".join(filter(None, names)) or child_text(link, "plain") or child_text(link, "title") or match[0]

    return _VARIABLE.sub(name, template)
