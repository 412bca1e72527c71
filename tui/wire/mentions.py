"""Mentions: how a message names oneself. Pure; the names are those of the group, and looked up elsewhere.

A phone writes `@name` and U+2005 behind it, so what stands between is the whole name. Written by hand the name ends at
a blank or a punctuation mark; where somebody else's longer name fits as well, that one is called.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from enum import Enum
from functools import lru_cache
from typing import Final

import msgspec

from tui.wire.bodies import Announcement, Body, Quote, Text
from tui.wire.text import split_quotation

_SEPARATOR: Final = "\u2005"
"""FOUR-PER-EM SPACE, which phones write behind a name."""
_EVERYBODY: Final = tuple(
    form for word in ("所有人", "all", "everyone") for form in dict.fromkeys((word, word.capitalize(), word.upper()))
)
_LONGEST: Final = 200
"""Characters of a name that are compared; WeChat allows 32."""
_MOST_CALLS: Final = 200
"""Signs `@` of a text that are looked at."""
_END: Final = r"\Z|\s|[，。！？：；、）】」…]|[,.!?:;)]{1,4}(?:\s|\Z)"
"""Pattern of what ends a name that was written by hand."""
_ADDRESS: Final = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._+-/")
"""Before an `@` and a name of such letters these belong to an address: `post@all.example`, `example.com/@name`."""


class Mention(Enum):
    """How a message names oneself: by name, with everybody in the group, or by answering what oneself wrote."""

    ME = "me"
    ALL = "all"
    QUOTE = "quote"


class GroupNames(msgspec.Struct, frozen=True):
    """Names in a group: one's own, and those of the others, in the group and elsewhere."""

    mine: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


def may_mention(body: Body) -> bool:
    """Return True for a body that may name somebody; for all others nobody's names need be looked up."""
    return isinstance(body, Quote | Announcement) or (
        isinstance(body, Text) and ("@" in body.text or body.text.startswith("「"))
    )


def mention_in(body: Body, names: GroupNames, *, quotes_mine: bool | None = None) -> Mention | None:
    """Return how a message of somebody else in a group names oneself, if it does.

    `quotes_mine`: the message that it answers is one's own, or is not; None where nobody knows. Then the name decides
    that stands in it, unless another member has the same.
    """
    text, sender = "", ""
    match body:
        case Text(text=text):
            quotation = split_quotation(text)
            if quotation is not None:
                sender, _quoted, text = quotation
        case Quote(text=text, quoted_sender=sender):
            pass
        case Announcement():
            return Mention.ALL
        case _:
            return None
    called = set(_calls(text, names)) if "@" in text else set()
    if Mention.ME in called:
        return Mention.ME
    if quotes_mine is None:
        sender = _plain(sender).strip()
        quotes_mine = bool(sender) and sender in _plain_names(names.mine) - _plain_names(names.others)
    if quotes_mine:
        return Mention.QUOTE
    return Mention.ALL if Mention.ALL in called else None


def _calls(text: str, names: GroupNames) -> Iterator[Mention]:
    """Yield each call of oneself, or of everybody."""
    known, lengths = _known(names)
    text = _plain(text)
    at, separator = text.find("@"), -1
    for _ in range(_MOST_CALLS):
        if at < 0:
            return
        if -1 <= separator <= at:
            separator = text.find(_SEPARATOR, at)
            separator = len(text) + _LONGEST if separator < 0 else separator
        name, end = _called(text, at, separator, known, lengths)
        found = known.get(name)
        if found is not None:
            yield found
        at = text.find("@", end)


@lru_cache(maxsize=8)
def _known(names: GroupNames) -> tuple[dict[str, Mention | None], list[int]]:
    """Return each name that may be called, with what that means, and the lengths of the names, the longest first."""
    known: dict[str, Mention | None] = dict.fromkeys(_EVERYBODY, Mention.ALL)
    known |= dict.fromkeys(_plain_names(names.others))
    known |= dict.fromkeys(_plain_names(names.mine), Mention.ME)
    return known, sorted({len(name) for name in known}, reverse=True)


def _called(
    text: str, at: int, separator: int, known: dict[str, Mention | None], lengths: list[int]
) -> tuple[str, int]:
    """Return the name that is called by the `@` at a place, and where it ends; "" when there is none.

    `separator` is the place of the next U+2005.
    """
    start = at + 1
    fitting = [text[start : start + length] for length in lengths if text[start : start + length] in known]
    for name in fitting:
        if text.startswith(_SEPARATOR, start + len(name)):
            return name, start + len(name)
    if separator - start <= _LONGEST:
        written = text[start:separator]
        # A name with an @ in it is only known as one of the group; else another call begins there.
        if "@" not in written and "\n" not in written:
            return written.strip(), separator
    if "://" in re.split(r"\s", text[max(0, at - _LONGEST) : at])[-1]:
        return "", start
    address = at > 0 and text[at - 1] in _ADDRESS
    for name in fitting:
        if re.compile(_END).match(text, start + len(name)) and not (address and name.isascii()):
            return name, start + len(name)
    return "", start


def _plain_names(names: Collection[str]) -> set[str]:
    return {plain for name in names if 0 < len(plain := _plain(name).strip()) <= _LONGEST}


def _plain(text: str) -> str:
    """Return a text in the one form in which names are compared: an emoji may come with its selector or without."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text).replace("\ufe0f", "").replace("\ufe0e", "")
