"""XML from strangers: no DTD, no entities, nothing external, bounded depth and size, and never an exception."""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from tui.wire.text import decode_content

MAX_LENGTH: Final = 1_000_000
"""Characters; a message's XML has some thousands, a merged chat record some hundred thousands."""

MAX_DEPTH: Final = 100
MAX_ELEMENTS: Final = 20_000

_START = re.compile(r"<(?!br\b|span\b)(?=[?!A-Za-z_])|&lt;(?=[?!A-Za-z_])", re.IGNORECASE)
_PROLOG = re.compile(r"<\?xml[^>]*\?>\s*", re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BARE = re.compile(r"&(?!(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
_REFERENCE = re.compile(r"&#(?:([0-9]{1,7})|x([0-9a-fA-F]{1,6}));")
_CDATA: Final = "<![CDATA["


class _TooMuch(Exception):
    """Deeper or larger than any message."""


class _Finished(Exception):
    """The root element is closed; what follows it does not matter."""


class _Builder:
    """A parser's target that counts. Its `close` must not be needed: it stops the parser at the root's end."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = 0
        self._elements = 0

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise _TooMuch
        return self._tree.start(tag, attributes)

    def end(self, tag: str) -> Element:
        element = self._tree.end(tag)
        self._depth -= 1
        if self._depth == 0:
            raise _Finished
        return element

    def data(self, data: str) -> None:
        self._tree.data(data)

    def close(self) -> Element:
        return self._tree.close()


def parse(text: str) -> Element | None:
    """The first XML element in a text, or None when there is none that can be read.

    Takes what WeChat's messages hold: HTML-escaped once with `<br/>` for newlines and emoji as spans (protocol.md
    section 4) or plain; with or without a prolog; with something before the root or after it; with bare `&` and
    characters that XML does not allow. Never raises. A DTD, an entity declaration, more than `MAX_DEPTH` levels,
    `MAX_ELEMENTS` or `MAX_LENGTH` are refused.
    """
    start = _START.search(text)
    if start is None or len(text) > MAX_LENGTH:
        return None
    source = text[start.start() :]
    if source.startswith("&"):
        source = decode_content(source)
    source = _ILLEGAL.sub("", source)
    source = source[match.end() :] if (match := _PROLOG.match(source)) else source
    try:
        root = _parse_strictly(source)
        return root if root is not None else _parse_strictly(_mended(source))
    except (_TooMuch, DefusedXmlException):
        return None


def _parse_strictly(source: str) -> Element | None:
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(source)
    except _Finished:
        return builder.close()
    except (ParseError, ValueError, LookupError) as error:
        if isinstance(error, DefusedXmlException):
            raise
    return None


def _mended(source: str) -> str:
    """Bare `&` escaped and impossible character references left out, except inside CDATA, where both are text."""
    parts = []
    place = 0
    while (begin := source.find(_CDATA, place)) >= 0 and (end := source.find("]]>", begin)) >= 0:
        parts += [_mended_markup(source[place:begin]), source[begin : end + 3]]
        place = end + 3
    return "".join([*parts, _mended_markup(source[place:])])


def _mended_markup(source: str) -> str:
    return _REFERENCE.sub(_possible, _BARE.sub("&amp;", source))


def _possible(match: re.Match[str]) -> str:
    code = int(match[1]) if match[1] else int(match[2], 16)
    return "" if code > 0x10FFFF or code == 0 or _ILLEGAL.match(chr(code)) else match[0]


def child_text(element: Element | None, path: str, default: str = "") -> str:
    """All text below the child at `path` (`a/b`); `default` when it is missing or empty.

    Indentation round it is taken off; blanks within one line are the text's own (a file name may begin with one).
    """
    found = element.find(path) if element is not None else None
    text = "".join(found.itertext()) if found is not None else ""
    return (text.strip() if "\n" in text else text) or default


def attribute(element: Element | None, name: str, default: str = "") -> str:
    """An attribute without blanks around; `default` when it is missing or empty."""
    return (element.get(name, "").strip() if element is not None else "") or default


def find_or_self(element: Element | None, tag: str) -> Element | None:
    """The element itself if it is a `tag`, else the first one below it: `<msg><img/></msg>` and `<img/>` are one."""
    return next(element.iter(tag), None) if element is not None else None
