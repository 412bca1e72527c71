"""Words of a message by which it is found, and the words that a person's query means. Pure.

Chinese is written without blanks, and its words are short: every such character is a word of its own here, and a query
of two characters is these two one behind the other. Words of other scripts are what stands between blanks and signs,
in lower case; emoji and other pictures are words of one sign. Full-width letters are letters (NFKC).

What is stored as words must be found by the words of later versions, too: whoever changes `split` lets the next step of
`schema.MIGRATIONS` call `search.rebuild`. A test holds it to what it was.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import Final, assert_never
from unicodedata import is_normalized, normalize

import msgspec

from tui.wire import bodies
from tui.wire.bodies import Body
from tui.wire.emoticons import show_emoticons

MOST_INDEXED: Final = 64 * 1024
"""Characters of one message that can be found: four times what the server takes (PROTOCOL section 5)."""
MOST_ASKED: Final = 500
"""Characters of a query that count."""
_MOST_PHRASES: Final = 32

_ALONE: Final = (
    "\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff"  # Thai to Burmese, Hangul, Khmer: written without blanks, too
    "\u2070-\u2bff"  # arrows and pictures
    "\u2e80-\u2fff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u309f\u30a1-\u30fa\u30fc-\ud7ff"
    "\ue000-\ufdff\ufe70-\ufefc\ufffc-\ufffd"
    "\U00010000-\U000dffff"
)
"""Characters that are words of their own: not punctuation, joiners and selectors, which stand for nothing."""
_ASCII_WORD: Final = re.compile(r"[0-9a-z]+")
_LETTER: Final = re.compile("(?s).[\u0300-\u036f\u3099\u309a]*")
"""A character and the accents that were typed behind it."""


@cache
def _word() -> re.Pattern[str]:
    """Compile when first wanted: it takes some milliseconds, which no start waits for."""
    return re.compile(rf"[^\W_{_ALONE}]+|[{_ALONE}]")


@cache
def _alone() -> re.Pattern[str]:
    return re.compile(f"[{_ALONE}]")


def split(text: str) -> list[str]:
    """Return the words of a text, in order."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return _word().findall(_folded(text))


def _folded(text: str) -> str:
    # NFKC twice: what it takes apart may have an upper case, and what is folded may have to be put together. Most texts
    # are normalized, and to ask first is cheaper.
    text = (text if is_normalized("NFKC", text) else normalize("NFKC", text)).casefold()
    return text if is_normalized("NFKC", text) else normalize("NFKC", text)


def findable(body: Body) -> str:
    """Return the parts of a message that a person may look for, as the message log shows them; without labels."""
    return _text_of(body)[:MOST_INDEXED]


def _text_of(body: Body) -> str:
    match body:
        case bodies.Text(text=text):
            return show_emoticons(text)
        case bodies.Link(title=title, url="", description=description):
            return f"{title}\n{description}"
        case bodies.Link(title=title, url=url):
            return f"{title}\n{_short(url)}"
        case bodies.File(name=name):
            return name
        case bodies.Location(label=label):
            return label
        case bodies.MiniProgram(title=title, source=source):
            return f"{source}\n{title}"
        case bodies.Quote(text=text, quoted=quoted, quoted_sender=sender):
            return f"{show_emoticons(text)}\n{sender}\n{show_emoticons(quoted)}"
        case bodies.LiveLocation(title=title) | bodies.RedPacket(title=title) | bodies.Gift(title=title):
            return title
        case bodies.Transfer(title=title, memo=memo):
            return f"{title}\n{memo}"
        case (
            bodies.Channels(author=title, text=text)
            | bodies.History(title=title, text=text)
            | bodies.Note(title=title, text=text)
        ):
            return f"{title}\n{text}"
        case bodies.Card(nick_name=name, alias=alias):
            return f"{name}\n{alias}"
        case bodies.FriendRequest(nick_name=name, text=text):
            return f"{name}\n{text}"
        case bodies.PhoneCall(text=text) | bodies.System(text=text) | bodies.Unknown(text=text):
            return text
        case bodies.Announcement(text=text):
            return text
        case bodies.Revoke(notice=notice):
            return notice
        case bodies.Image(name=name) | bodies.Voice(name=name) | bodies.Video(name=name) | bodies.Emoticon(name=name):
            return name
        case bodies.StatusNotify():
            return ""
        case _:
            assert_never(body)


def _short(url: str) -> str:
    """Return an address without what is behind "?", which is for machines."""
    return re.split("[?#]", url, maxsplit=1)[0]


# ---------------------------------------------------------------- queries


class Query(msgspec.Struct, frozen=True):
    """Phrases that must all occur: words one behind the other. `open_end`: the last word may be the start of one."""

    phrases: tuple[tuple[str, ...], ...]
    open_end: bool

    def __bool__(self) -> bool:
        """Return True when there is anything to look for."""
        return bool(self.phrases)

    def places(self, text: str) -> list[tuple[int, int]]:
        """Return where in `text` the words of the query stand, as (begin, end), ascending and apart; to mark them."""
        folded = _folded(text)
        if not any(all(word in folded for word in phrase) for phrase in self.phrases):
            return []
        words, spans = _with_places(text)
        found: list[tuple[int, int]] = []
        for number, phrase in enumerate(self.phrases):
            for at in self._at(number, words):
                found += spans[at : at + len(phrase)]
        return _merged(sorted(found))

    def _at(self, number: int, words: Sequence[str]) -> list[int]:
        phrase = self.phrases[number]
        *whole, last = phrase
        begins = self.open_end and number == len(self.phrases) - 1
        return [
            at
            for at in range(len(words) - len(whole))
            if list(words[at : at + len(whole)]) == whole
            and (words[at + len(whole)].startswith(last) if begins else words[at + len(whole)] == last)
        ]


@lru_cache(maxsize=16)
def query(text: str) -> Query:
    """Return the query that a person's text means: nothing in it is syntax, blanks part phrases."""
    parts = [tuple(split(part)) for part in text[:MOST_ASKED].split()]
    phrases = tuple(part for part in parts if part)[:_MOST_PHRASES]
    # A character that is a word of its own is not the start of a longer word.
    return Query(phrases, bool(phrases) and _alone().match(phrases[-1][-1]) is None)


def _with_places(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the words and where they stand. Folded letter by letter, for folding may make one longer."""
    if text.isascii():
        matches = list(_ASCII_WORD.finditer(text.lower()))
        return [match[0] for match in matches], [match.span() for match in matches]
    if len(plain := _folded(text)) == len(text) and is_normalized("NFKC", text):
        # Folding made nothing longer or shorter: words stand where they stood in the text.
        matches = list(_word().finditer(plain))
        return [match[0] for match in matches], [match.span() for match in matches]
    letters = [match.span() for match in _LETTER.finditer(text)]
    folded = [_folded(text[begin:end]) for begin, end in letters]
    begins = [0, *accumulate(map(len, folded))]
    words, spans = [], []
    for match in _word().finditer("".join(folded)):
        first, last = (bisect_right(begins, at) - 1 for at in (match.start(), match.end() - 1))
        words.append(match[0])
        spans.append((letters[first][0], letters[last][1]))
    return words, spans


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join neighbours: a word of two characters is marked once."""
    merged: list[tuple[int, int]] = []
    for begin, end in spans:
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged
