"""WeChat's emoticons become emoji; nothing else changes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.wire.emoticons import EMOTICONS, show_emoticons
from tui.wire.text import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[微笑][Smile]/::)", "😀😀😀"),
        ("好的[强][ThumbsUp]/:strong", "好的👍👍👍"),
        ("hello/::)", "hello😀"),
        ("谢谢/:rose/:rose！", "谢谢🌹🌹！"),
        ("/::'(/::'|", "😢😿"),
        ("/::-O/::O/::-S/::-|", "🥱😮🤬😅"),
        ("/:,@-D/:,@P/:,@@/:,@", "😌🤭😵/:,@"),
        ("/:8-)/:8*", "😎🥹"),
        ("/:<W>/:<L>/:<O>/:<@/:<&", "🍉😚😠😾☯️"),
        ("/:love/:lvu/:li", "💑🤟⚡"),
        ("[TaiChi L][Bah！R][Aaagh!][Nuh-uh]", "☯️😾😠🙅"),
        ("[捂脸]\n[发呆]", "🤦\n😳"),
        ("[發呆]", "😳"),
        ("[ok: /::)]", "[ok: 😀]"),
    ],
)
def test_emoticons_are_shown_as_emoji(text, shown):
    assert show_emoticons(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com/:v",
        "https://example.com:8080/a/:no?x=/::)",
        "http://[::1]:8080/",
        "/:8080",
        "listen on 0.0.0.0/:8080",
        "GET /api/users/:no",
        "/users/:id/:love",
        "/:version /:v1 /:okay /:pdf /:sun_rise /:no-cache /:ok.txt /:v/edit",
        "/:nope",
        "[unknown] [] [[ ]] [微 笑] [smile]",
        "[微笑",
        "a/b c//d ::) :)",
        "",
    ],
)
def test_what_is_no_emoticon_stays(text):
    assert show_emoticons(text) == text


def test_after_an_address():
    assert show_emoticons("http://example.com/a[微笑]") == "http://example.com/a😀"
    assert show_emoticons("http://example.com 你好/::)") == "http://example.com 你好😀"


def test_the_table_of_emoticons_is_whole():
    assert len([name for name in EMOTICONS if name.startswith("/:")]) >= 100
    assert len([name for name in EMOTICONS if re.fullmatch(r"\[[\u4e00-\u9fff]+\]", name)]) >= 130
    for name, emoji in EMOTICONS.items():
        assert not emoji.isascii(), name
        assert printable(emoji, newlines=False) == emoji
        assert show_emoticons(name) == emoji
        assert show_emoticons(f"好{name}好") == f"好{emoji}好"


@given(st.text())
def test_text_without_emoticons_is_untouched(text):
    if "[" not in text and "/:" not in text:
        assert show_emoticons(text) is text


@given(st.lists(st.sampled_from([*EMOTICONS, "a", "/", ":", "[", "]", "http://", " ", "中"])).map("".join))
def test_never_raises_and_is_stable(text):
    shown = show_emoticons(text)
    assert show_emoticons(shown) == shown


@pytest.mark.parametrize(
    "text", ["[" * 200_000, "/:" * 100_000, "/a" * 100_000, "/" + "a" * 200_000, "a" * 200_000 + "[/:"]
)
def test_emoticons_in_long_texts_cost_linear_time(text):
    """Would take minutes if any of it were quadratic."""
    assert show_emoticons(text) == text
