"""Notices of the system as a line that a person can read: `sysmsg` XML, and sentences with links in them."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element

from tui.wire.text import decode_words
from tui.wire.xml import attribute, child_text, find_or_self

# Text, so that `re` compiles each when it is first wanted: a start wants none of them.
_MARKUP: Final = r"(?i)</?(?:a|b|br|font|img|span|_wc_custom_link_)(?:\s[^<>]*)?/?>"
_VARIABLE: Final = r"\$([0-9A-Za-z_]{1,40})\$|\$\{([^${}\n]{1,128})\}"
_ENTITY: Final = r"&(?:lt|gt|amp|quot|apos|#39|#34);"
_INLINE: Final = frozenset({"a", "b", "br", "font", "i", "img", "p", "span", "_wc_custom_link_"})
"""Tags that stand within a sentence, and say nothing of the kind of a message."""
_LONGEST: Final = 500
"""Characters of a line that was put together from XML nobody documented."""

_NOTICE_XML: Final = r"\s*+(?:<\?xml[^>]{0,100}+>\s*+)?+(?:<|&lt;)sysmsg\b"
_NOTICE_TAGS: Final = ("replacemsg", "template", "plain", "text", "title", "content")
"""Tags in which a `sysmsg` has its sentence; the first with words counts."""


def is_notice_xml(content: str) -> bool:
    """Return True when a notice's `Content` is a `sysmsg` rather than a sentence."""
    return re.match(_NOTICE_XML, content) is not None


def readable(content: str) -> str:
    """Return a notice's sentence without the links and pictures in it: `<a href="weixin://…">`, `<img src="…"/>`.

    Nobody typed it: what is escaped twice is decoded twice.
    """
    text = decode_words(content)
    return re.sub(_MARKUP, "", decode_words(text) if re.search(_ENTITY, text) else text).strip()


def readable_xml(root: Element | None, content: str) -> str:
    """Return the words of a message of an unknown kind: those of its XML, else `Content` as it is."""
    if root is None or root.tag in _INLINE:
        return readable(content)
    return readable_notice(root)


def readable_notice(root: Element) -> str:
    """Return the sentence in a `sysmsg` or in XML of an unknown kind; "" when it has no words."""
    for tag in _NOTICE_TAGS:
        found = find_or_self(root, tag)
        text = "".join(found.itertext()).strip() if found is not None else ""
        if text:
            sentence = _with_names(root, text) if tag == "template" else text
            return re.sub(_MARKUP, "", decode_words(sentence)).strip()[:_LONGEST]
    words = " ".join(" ".join(root.itertext()).split())
    return re.sub(_MARKUP, "", decode_words(words))[:_LONGEST]


def filled(root: Element, path: str) -> str:
    """Return the template at `path`, with the names that the XML holds, else the ids."""
    return re.sub(_MARKUP, "", decode_words(_with_names(root, child_text(root, path)))).strip()[:_LONGEST]


def _with_names(root: Element, template: str) -> str:
    """Fill `"$username$" invited "$names$"` with the names that the links of the same notice hold.

    `${wxid_a}`, of which no name is told, becomes the id.
    """
    links = {attribute(link, "name"): link for link in root.iter("link")}
    known: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        wanted = match[1] or match[2]
        # Once for each link: a template may name one of thousands of members as often as it likes.
        if wanted not in known:
            known[wanted] = _linked(links[wanted])[:_LONGEST] if wanted in links else ""
        return known[wanted] or match[2] or match[0]

    return re.sub(_VARIABLE, name, template[: 8 * _LONGEST])


def _linked(link: Element) -> str:
    names = [child_text(member, "nickname") for member in link.iter("member")]
    return "、".join(filter(None, names)) or child_text(link, "plain") or child_text(link, "title")
