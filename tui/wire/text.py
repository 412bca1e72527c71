"""Text from strangers: the server's HTML decoded, and made safe for a terminal.

Only what arrives is decoded. What is sent goes out as typed: the server escapes it for the receiver (trap 4).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Text, so that `re` compiles each when it is first wanted: a start wants none of them.
_BREAK: Final = r"(?i)<br\s*/?>"
_EMOJI: Final = (
    r"""<span\s{1,4}class=["'](?:emoji\s{1,4})?emoji([0-9A-Za-z_-]{1,80})["']\s{0,4}(?:>\s{0,4}</span>|/>)"""
)
_ENTITY: Final = r"&(?:#([0-9]{1,8})|#[xX]([0-9a-fA-F]{1,7})|([A-Za-z][A-Za-z0-9]{1,31}));"
_COMMON: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'", "nbsp": "\xa0"}
"""The few that nearly all are: the table of two thousand need not be imported, nor asked, for these."""
_NOT_TEXT: Final = "[\x00\ud800-\udfff]"
_LINE_BREAKS: Final = "[\t-\r\x1c-\x1e\x85\u2028\u2029]+"
_SENDER: Final = r"(@[0-9A-Za-z_-]{1,128}):(?:<br\s{0,4}/?>|\n)"

REPLACEMENT: Final = "\ufffd"
"""Stands in place of what is no character."""


def decode_content(raw: str) -> str:
    """Return `Content` as the text that was typed: breaks, then emoji, then entities, each once (PROTOCOL trap 4).

    A typed `<br/>` arrives as `&lt;br/&gt;` and stays, as does a typed emoji span. Never raises; the result has no NUL
    and no lone surrogate, but may hold any other control character: whoever draws it uses `printable`.
    """
    text = decode_emoji(re.sub(_BREAK, "\n", raw)) if "<" in raw else raw
    return whole(decode_entities(text))


def decode_words(raw: str) -> str:
    """Decode words that the server put together, perhaps of several lines: a notice, a title, a link's description.

    An emoji in a name within them is a span that is escaped once more than in a text that was typed.
    """
    return decode_emoji(decode_content(raw))


def decode_emoji(text: str) -> str:
    """Return a text with emoji spans as characters; entities stay."""
    return re.sub(_EMOJI, _emoji_from_span, text) if "<span" in text else text


def decode_entities(text: str) -> str:
    """Decode HTML entities once, and only those that end in `;`: `&copy=1` in an address stays as it is."""
    return re.sub(_ENTITY, _character, text) if "&" in text else text


def decode_name(raw: str) -> str:
    """Return a name as one line: a nickname, a group's name, a title (PROTOCOL section 3). Its own spaces stay."""
    if raw.isprintable() and "&" not in raw and "<" not in raw:
        return raw.strip()  # as nearly all of ten thousand are
    return re.sub(_LINE_BREAKS, " ", decode_words(raw)).strip()


def whole(text: str) -> str:
    """Return a text with every NUL and lone surrogate replaced, so that it can be stored and encoded."""
    # Neither can be printed, and to ask that takes a tenth of the time.
    plain = text.isprintable() or (text.isascii() and "\x00" not in text)
    return text if plain else re.sub(_NOT_TEXT, REPLACEMENT, text)


def split_group_sender(content: str) -> tuple[str, str]:
    """Split `@member:<br/>rest` of a group message into (UserName, rest); ("", content) when there is no such prefix.

    Only for groups and never for one's own messages (trap 4). Takes off one prefix: a location goes on with
    `label:<br/>/cgi-bin/…`, which belongs to the message.
    """
    match = re.match(_SENDER, content)
    return (match[1], content[match.end() :]) if match else ("", content)


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        if (common := _COMMON.get(name)) is not None:
            return common
        from html.entities import html5

        return html5.get(f"{name};", match[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else REPLACEMENT


def _emoji_from_span(match: re.Match[str]) -> str:
    """Return the characters of `emoji1f1e81f1f3`, or nothing when the digits are no emoji (old carrier codes, junk)."""
    digits = match[1].lower().replace("-", "").replace("_", "")
    characters = []
    while digits:
        length = _code_length(digits)
        try:
            code = int(digits[:length], 16)
        except ValueError:
            return ""
        digits = digits[length:]
        if code not in _SMALL_CODES and (code < 0x200D or 0xD800 <= code <= 0xF8FF or code > 0xE007F):
            return ""
        characters.append(chr(code))
    return "".join(characters)


_SMALL_CODES: Final = frozenset(b"#*0123456789\xa9\xae")
"""Keycaps, © and ®; every other emoji lies higher."""


def _code_length(digits: str) -> int:
    """Return how many hex digits the first code point takes: they are run together with nothing between."""
    if digits.startswith(("1f", "e00")):
        return 5
    keycap = digits[2:].startswith(("20e3", "fe0f20e3"))
    return 2 if keycap or len(digits) < 4 else 4


# ---------------------------------------------------------------- for a terminal

MARKS_ON_ONE_BASE: Final = 8
"""Combining marks that one character may carry; living scripts and emoji need fewer."""
JOINED_PARTS: Final = 8
"""Parts that may be joined to an emoji; families have three. Without an end a chain is one cell of any number of bytes.
"""

_TAB: Final = "    "
_MORE_MARKS: Final = "…"
_NO_BASE: Final = "\u25cc"
_JOINER: Final = "\u200d"

_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters to Unicode that nobody sees. Everything else in `_UNSAFE` is not printable to Python either."""
_UNSAFE: Final = (
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,7}\U000e007f)"  # the flag of England and its like: kept
    "|\r\n"
    "|[\x00-\x09\x0b-\x1f\x7f-\x9f"  # C0 but newline, DEL, C1
    "\u061c\u180e\u200e\u200f\u202a-\u202e\u2066-\u206f"  # what turns the direction round
    "\u115f\u1160\u3164\uffa0\u2061-\u2065"  # fillers and operators that nobody sees
    "\u2028\u2029\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"  # invisible; tags can hide whole sentences
)
_PART: Final = (
    "\u2190-\u21ff\u2300-\u23ff\u2600-\u2775\u2794-\u27bf\u2b00-\u2bff\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
)
_STRAY_JOINER: Final = f"(?<![{_PART}\U0001f3fb-\U0001f3ff\ufe0f]){_JOINER}|{_JOINER}(?![{_PART}])"
"""Joiner outside of emoji: rich counts no cell for what follows it; letters would be drawn over and not be seen."""
_JAMO = re.compile("[\u1161-\u11ff\ud7b0-\ud7ff]")
"""Hangul vowels and finals: letters to `\\w`, and marks to a terminal. File names of a Mac have them."""
_LONG_RUN = re.compile(rf"[^\w\x00-\x7f]{{{MARKS_ON_ONE_BASE + 1},}}")
_LINE_START = re.compile(r"(?:\A|(?<=\n))[^\w\x00-\x7f]")
_LONG_JAMO_RUN: Final = rf"(?:[^\w\x00-\x7f]|{_JAMO.pattern}){{{MARKS_ON_ONE_BASE + 1},}}"
_JAMO_START: Final = rf"(?:\A|(?<=\n)){_JAMO.pattern}"


def printable(text: str, *, newlines: bool) -> str:
    """Return a stranger's text as a terminal may be given it; everything that goes to a terminal passes through here.

    Control, escape, direction and invisible characters come out as something to see (`␛`, `<U+202E>`), a tab as four
    spaces, a newline as `↵` unless `newlines`. Emoji, with their joiners, selectors and skin tones, survive; a joiner
    of anything else is left out. More than `MARKS_ON_ONE_BASE` combining marks in a row end in `…`, and so do more
    than `JOINED_PARTS` of one emoji; a mark at the start of a line gets a base of its own. So no cell holds more than
    some hundred characters. Idempotent, and linear in the length of the text.
    """
    if text.isascii() and text.isprintable():
        return text
    if not (text.isprintable() and _FILLERS.isdisjoint(text)):
        text = re.sub(_UNSAFE, _newline_or_visible if newlines else _visible, text)
    if not newlines:
        text = text.replace("\n", "↵")
    if text.isascii():
        return text
    if _JOINER in text:
        text = re.sub(_STRAY_JOINER, "", text)
    if _JAMO.search(text):
        text = re.sub(_JAMO_START, _with_base, re.sub(_LONG_JAMO_RUN, _fewer_marks, text))
    return _LINE_START.sub(_with_base, _LONG_RUN.sub(_fewer_marks, text))


def _newline_or_visible(match: re.Match[str]) -> str:
    return "\n" if match[0] == "\r\n" else _visible(match)


def _visible(match: re.Match[str]) -> str:
    found = match[0]
    if match[1]:
        return found
    if found == "\r\n":
        return "↵"
    if found == "\t":
        return _TAB
    code = ord(found)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def _is_mark(character: str) -> bool:
    """Return True for a character without a cell of its own. What is unassigned may be a mark by now, but for emoji."""
    kind = unicodedata.category(character)
    return (
        kind in ("Mn", "Me", "Mc", "Cf")
        or (kind == "Cn" and character < "\U0001f000")
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\u1161" <= character <= "\u11ff"
        or "\ud7b0" <= character <= "\ud7ff"
    )


def _fewer_marks(match: re.Match[str]) -> str:
    kept: list[str] = []
    run = joined = 0
    before = ""
    for character in match[0]:
        if _is_mark(character):
            run += 1
            joined += character == _JOINER
        else:
            run = 0
            joined = joined if before == _JOINER else 0
        if run > MARKS_ON_ONE_BASE:
            character = _MORE_MARKS if run == MARKS_ON_ONE_BASE + 1 else ""
        elif joined > JOINED_PARTS:
            character, joined = _MORE_MARKS, 0
        kept.append(character)
        before = character or before
    return "".join(kept)


def _with_base(match: re.Match[str]) -> str:
    return _NO_BASE + match[0] if _is_mark(match[0]) else match[0]


# ---------------------------------------------------------------- parts of a text


_SHOWN: Final = 40
"""Characters of a text that a sentence about it shows."""


def short(text: str) -> str:
    """Return a text's first line, cut, for a sentence about it."""
    first = text.strip().split("\n", 1)[0]
    return first if len(first) <= _SHOWN else first[: _SHOWN - 1] + "…"


def lines(*several: str) -> str:
    """Return the texts below each other, each once, without the empty ones."""
    return "\n".join(dict.fromkeys(filter(None, several)))


# ---------------------------------------------------------------- quotations in a text


QUOTATION_RULE = "- - - - - - - - - - - - - - -"
"""Line that web clients put between a quotation and the answer; the protocol has no call for a quotation."""
_QUOTATION_END = f"」\n{QUOTATION_RULE}\n"


def quotation(sender: str, quoted: str) -> str:
    """Return the beginning of a text that answers a message, in the form of web clients; the answer follows it."""
    return f"「{sender}：{quoted.replace(chr(10), ' ')}{_QUOTATION_END}"


def split_quotation(text: str) -> tuple[str, str, str] | None:
    """Return sender, quoted words and answer of a text with a quotation; None for any other text."""
    head, end, answer = text.partition(_QUOTATION_END)
    sender, colon, quoted = head.removeprefix("「").partition("：")
    if not (end and colon and head.startswith("「") and answer.strip()) or "\n" in sender:
        return None
    return sender, quoted, answer
