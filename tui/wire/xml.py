"""XML from strangers: no DTD, no entities, nothing external, bounded depth and size, never an exception."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import islice
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from tui.wire.text import decode_content, decode_emoji, decode_entities

MAX_LENGTH: Final = 1_000_000
"""Characters; a message's XML has some thousands, a merged chat record some hundred thousands."""

MAX_DEPTH: Final = 100
MAX_ELEMENTS: Final = 20_000

_START = re.compile(r"<(?!br\b|span\b)(?=[?!A-Za-z_])|&(?:amp;){0,2}lt;(?=[?!A-Za-z_])", re.IGNORECASE)
_ESCAPED: Final = 3
"""Times that XML may have been escaped before it is given up."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class _TooMuch(Exception):
    """Raised for XML that is deeper or larger than any message."""


class _Finished(Exception):
    """Raised when the root element is closed; what follows it does not matter."""


class _Builder:
    """Target of a parser, which counts levels and elements, and stops the parser at the root's end."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = 0
        self._elements = 0
        self.says_something = False

    def start(self, tag: str, attributes: dict[str, str]) -> Element:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise _TooMuch
        self.says_something = self.says_something or bool(attributes)
        return self._tree.start(tag, attributes)

    def end(self, tag: str) -> Element:
        element = self._tree.end(tag)
        self._depth -= 1
        if self._depth == 0:
            raise _Finished
        return element

    def data(self, data: str) -> None:
        self.says_something = self.says_something or not data.isspace()
        self._tree.data(data)

    def close(self) -> Element:
        return self._tree.close()


def parse(text: str) -> Element | None:
    """Return the first XML element in a text, or None when there is none that can be read.

    Takes what WeChat's messages hold: HTML-escaped, also twice, with `<br/>` for newlines and emoji as spans
    (PROTOCOL section 4), or plain; with a declaration anywhere; with something before the root or after it. What is
    not well-formed is read as far as it goes. Never raises. A DTD, more than `MAX_DEPTH` levels, `MAX_ELEMENTS` or
    `MAX_LENGTH` are refused.
    """
    start = _START.search(text)
    if start is None or len(text) > MAX_LENGTH:
        return None
    source = text[start.start() :]
    for _ in range(_ESCAPED):
        if source.startswith("<"):
            break
        source = decode_content(source)
    source = _ILLEGAL.sub("", decode_emoji(source))
    try:
        root = _read_strictly(source)
        return root if root is not None else _read_leniently(source)
    except (_TooMuch, DefusedXmlException):
        return None


def _read_strictly(source: str) -> Element | None:
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


# ---------------------------------------------------------------- what is not well-formed

_TOKEN = re.compile(
    r"<(?:(?P<cdata>!\[CDATA\[)|(?P<comment>!--)|(?P<instruction>\?)|(?P<dtd>!(?=[A-Za-z\[]))"
    r"|(/?)(?:[A-Za-z_][\w.-]{0,200}:)?([A-Za-z_][\w.-]{0,200})([^<>]*)(>|\Z))"
)
"""Linear: no part of it reads beyond the next `<`."""
_ATTRIBUTE = re.compile(
    r"""(?<![\w.:-])([A-Za-z_][\w.:-]{0,100})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'/]+))"""
)
_MOST_ATTRIBUTES: Final = 200
_MOST_TOKENS: Final = 2 * MAX_ELEMENTS
_ENDS: Final = {"cdata": "]]>", "comment": "-->", "instruction": "?>"}


def _read_leniently(source: str) -> Element | None:
    """Read XML as a browser would: tags that are left open are closed, those that close nothing left out.

    None where nothing but tags is in it. Raises `_TooMuch`, also for a DTD.
    """
    builder = _Builder()
    with suppress(_Finished):
        _feed(builder, source)
    return builder.close() if builder.says_something else None


def _feed(builder: _Builder, source: str) -> None:
    """Give the tokens of `source` to the builder, in one pass. Raises `_Finished` at the root's end, `_TooMuch`."""
    opened: list[str] = []

    def say(text: str) -> None:
        if opened and text:
            builder.data(text)

    at = count = 0
    while (token := _TOKEN.search(source, at)) is not None:
        count += 1
        if count > _MOST_TOKENS:
            raise _TooMuch
        say(_unescaped(source[at : token.start()]))
        at = token.end()
        if token.lastgroup is None:
            _tag(builder, opened, *token.group(5, 6, 7, 8))
            continue
        if token.lastgroup == "dtd":
            raise _TooMuch
        end = source.find(_ENDS[token.lastgroup], at)
        inner = source[at:] if end < 0 else source[at:end]
        if token.lastgroup == "cdata":
            say(inner)
        at += len(inner) + len(_ENDS[token.lastgroup])
    say(_unescaped(source[at:]))
    while opened:
        builder.end(opened.pop())


def _tag(builder: _Builder, opened: list[str], closing: str, name: str, rest: str, bracket: str) -> None:
    if not bracket:
        return  # The message was cut off within this tag.
    if not closing:
        builder.start(name, _attributes(rest))
        opened.append(name)
        if rest.endswith("/"):
            builder.end(opened.pop())
    elif name in opened:
        while opened[-1] != name:
            builder.end(opened.pop())
        builder.end(opened.pop())


def _attributes(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in islice(_ATTRIBUTE.finditer(rest), _MOST_ATTRIBUTES):
        found.setdefault(match[1], _unescaped(match[2] or match[3] or match[4] or ""))
    return found


def _unescaped(text: str) -> str:
    return _ILLEGAL.sub("", decode_entities(text))


# ---------------------------------------------------------------- reading what was parsed


def child_text(element: Element | None, path: str, default: str = "") -> str:
    """Return all text below the child at `path` (`a/b`); `default` when it is missing or empty.

    Indentation round it is taken off; blanks within one line are the text's own (a file name may begin with one).
    """
    found = element.find(path) if element is not None else None
    text = "".join(found.itertext()) if found is not None else ""
    return (text.strip() if "\n" in text else text) or default


def attribute(element: Element | None, name: str, default: str = "") -> str:
    """Return an attribute without blanks around; `default` when it is missing or empty."""
    return (element.get(name, "").strip() if element is not None else "") or default


def find_or_self(element: Element | None, tag: str) -> Element | None:
    """Return the element itself if it is a `tag`, else the first `tag` below it: `<img/>` in `<msg><img/></msg>`."""
    return next(element.iter(tag), None) if element is not None else None
