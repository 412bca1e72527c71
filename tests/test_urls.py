"""Addresses in messages: which characters of a text are one, and what of it may be opened."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.message_summary import addresses_of, has_address
from tui.urls import addresses_in, host_of, openable
from tui.wire import bodies


def found_in(text: str) -> list[str]:
    return [text[span.begin : span.end] for span in addresses_in(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no address here: 10:30, a.b, file.txt", []),
        ("see https://example.org/a?b=1#c.", ["https://example.org/a?b=1#c"]),
        ("看这个https://example.org/路，很好", ["https://example.org/"]),
        ("（https://example.org/a）", ["https://example.org/a"]),
        ("(https://example.org/a_(b))", ["https://example.org/a_(b)"]),
        ("http://a.example，http://b.example。", ["http://a.example", "http://b.example"]),
        ("www.example.org/x and mywww.example.org", ["www.example.org/x"]),
        ("HTTPS://EXAMPLE.ORG", ["HTTPS://EXAMPLE.ORG"]),
        ("https://例子.中国/a", ["https://例子.中国/a"]),
        ("https://bücher.example/", ["https://bücher.example/"]),
        ("mailto:zhang@example.org!", ["mailto:zhang@example.org"]),
        ("https:// and https://. and www.", []),
        ("javascript:alert(1) file:///etc/passwd ssh://host weixin://dl", []),
        ('<a href="https://example.org/">', ["https://example.org/"]),
    ],
)
def test_an_address_ends_where_the_sentence_goes_on(text: str, found: list[str]) -> None:
    assert found_in(text) == found


@pytest.mark.parametrize(
    ("written", "url"),
    [
        (" https://Example.ORG/A ", "https://example.org/A"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/\x1b]52;c;aGk=\x07", "https://example.org/%1B%5D52;c;aGk=%07".replace("%5D", "]")),
        ("https://example.org/路", "https://example.org/%E8%B7%AF"),
        ("https://example.org/%zz%20", "https://example.org/%25zz%20"),
        ("https://аpple.com/", "https://xn--pple-43d.com/"),
        ("https://bank.example@evil.example/", "https://bank.example@evil.example/"),
        ("https://evil.example\\@bank.example/", "https://evil.example/@bank.example/"),
        ("https://[::1]:8080/", "https://[::1]:8080/"),
        ("mailto:a@example.org?attach=/etc/passwd", "mailto:a@example.org"),
        ("javascript:alert(1)", ""),
        ("JavaScript://example.org/%0aalert(1)", ""),
        ("file:///etc/passwd", ""),
        ("https:example.org", ""),
        ("https://--help", "https://--help"),
        ("https:///path", ""),
        ("https://ex ample.org", ""),
        ("-https://example.org", ""),
        ("", ""),
    ],
)
def test_only_what_a_browser_may_open_is_opened_and_cleaned(written: str, url: str) -> None:
    assert openable(written) == url


@given(st.text(max_size=60) | st.text("htps:/@.\\ \x1b;%[]()?#a中", max_size=60).map(lambda rest: f"https://{rest}"))
def test_whatever_somebody_writes_the_address_is_plain(written: str) -> None:
    url = openable(written)
    assert url == "" or re.fullmatch(r"(?:https?://|mailto:)[!-~]+", url)
    assert not re.search(r"[\"<>\\^`{|}]", url)
    assert openable(url) == url
    host_of(url)


@given(st.lists(st.sampled_from(["https://a.example/x", "www.b.example", "字", " ", ").", "@", "http://"]), max_size=8))
def test_addresses_in_a_text_stand_apart_and_in_order(pieces: list[str]) -> None:
    text = "".join(pieces)
    spans = list(addresses_in(text))
    edges = [edge for span in spans for edge in (span.begin, span.end)]
    assert edges == sorted(edges)
    assert all(openable(span.url) == span.url and span.begin < span.end for span in spans)


def test_a_message_has_each_address_once_first_where_it_leads() -> None:
    link = bodies.Link("News https://b.example/", "https://a.example/", "more: https://a.example/ and www.c.example")
    assert [one.url for one in addresses_of(link)] == [
        "https://a.example/",
        "https://b.example/",
        "https://www.c.example",
    ]
    quote = bodies.Quote("and https://a.example/", quoted="https://b.example/x", quoted_sender="张三")
    assert [one.url for one in addresses_of(quote)] == ["https://a.example/", "https://b.example/x"]
    history = bodies.History("Chat", "A: https://a.example/\nB: https://b.example/")
    assert [one.host for one in addresses_of(history)] == ["a.example", "b.example"]
    assert [one.url for one in addresses_of(bodies.Note("n", "http://a.example"))] == ["http://a.example"]
    assert addresses_of(bodies.File("https.txt")) == ()


def test_an_address_that_is_not_opened_is_shown_all_the_same() -> None:
    [one] = addresses_of(bodies.Link("Pay", "weixin://dl/pay"))
    assert (one.written, one.url, one.host) == ("weixin://dl/pay", "", "")


def test_a_stranger_cannot_stop_the_program_with_brackets() -> None:
    began = time.process_time()
    assert found_in("http://a" + ")" * 100_000) == ["http://a"]
    assert found_in("http://a/" + "(" * 10_000 + ")" * 10_001) == ["http://a/" + "(" * 10_000 + ")" * 10_000]
    assert time.process_time() - began < 1


def test_whether_there_is_an_address_is_known_at_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("tui.urls.openable", lambda written: opened.append(written) or openable(written))
    assert has_address(bodies.Text("http://a.example " * 1000))
    assert len(opened) == 1
    assert not has_address(bodies.Text("10:30"))
    assert has_address(bodies.Link("Pay", "weixin://dl/pay"))
