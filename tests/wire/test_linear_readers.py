"""What reads a message takes steps in proportion to its length: lines that run are counted, not seconds.

What `re` does inside is counted in `tests/test_patterns.py`.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from tui.wire.bodies import StatusNotify
from tui.wire.contact_answers import read_contact
from tui.wire.emoticons import show_emoticons
from tui.wire.incoming import _READERS, read_message
from tui.wire.text import decode_name, printable

SHORT, LONG = 100, 300
GROWTH = 4.5
"""Threefold and a little; ninefold where it is squared."""
PIECES = (
    "a", " ", "\n", "<", ">", "&", "&lt;", "&amp;", "&amp;amp;", "<a>", "<a></a>", "</a>", "<a ", "<br/>", "<![CDATA[",
    "]]>", "<?xml?>", "<!-- ", "[", "[微笑]", "$x$", "${x}", "$", "@a:<br/>", "@a:\n", "&#1;", "&#x41;", "\u0301",
    "\u200d",
    "\U0001f600", '<span class="emoji emoji1f600"></span>', "<span", "/:", "http://a/", "&lt;a&gt;", "é\u0301",
)  # fmt: skip
FRAMES = ("{}", "<msg>{}</msg>", "<sysmsg><template>{}</template></sysmsg>", "@b:<br/>&lt;msg&gt;{}&lt;/msg&gt;")


class Steps:
    """Counts the lines of Python that run while it is entered."""

    def __init__(self) -> None:
        self.lines = 0

    def __enter__(self) -> Steps:
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.lines += event == "line"
        return self._trace


def steps(read: Any, text: str) -> int:
    read(text)  # what is only done once
    with Steps() as counted:
        read(text)
    return counted.lines


@pytest.mark.parametrize("piece", PIECES)
def test_a_message_is_read_in_steps_that_grow_with_it(piece: str) -> None:
    for kind in _READERS:
        for frame in FRAMES:

            def read(text: str, kind: int = kind) -> None:
                message = read_message({"MsgType": kind, "FromUserName": "@@g", "Content": text, "MsgId": "1"}, "@me")
                printable(message.content, newlines=True)

            short, long = (steps(read, frame.format(piece * count)) for count in (SHORT, LONG))
            assert long < GROWTH * short, f"type {kind}, {frame}: {short} and then {long} lines"


@pytest.mark.parametrize("piece", PIECES)
def test_a_name_is_read_in_steps_that_grow_with_it(piece: str) -> None:
    def read(text: str) -> None:
        read_contact({"UserName": "@a", "NickName": text, "PYQuanPin": text, "HeadImgUrl": text}, "@me")
        printable(show_emoticons(decode_name(text)), newlines=False)

    short, long = steps(read, piece * SHORT), steps(read, piece * LONG)
    assert long < GROWTH * short


def test_steps_that_are_squared_are_seen() -> None:
    def read(text: str) -> None:
        for _ in text:
            for _ in text:
                pass

    assert steps(read, "a" * 90) > GROWTH * steps(read, "a" * 30)


def test_the_phones_list_of_chats_has_an_end() -> None:
    """Each of them that is not known is asked for, fifty a call."""
    names = ",".join(f"@@{number}" for number in range(200_000))
    entry = {"MsgType": 51, "StatusNotifyCode": 4, "StatusNotifyUserName": names, "MsgId": "1"}
    body = read_message(entry, "@me").body
    assert isinstance(body, StatusNotify)
    assert body.user_names == tuple(f"@@{number}" for number in range(2000))
