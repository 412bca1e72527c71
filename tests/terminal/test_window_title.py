"""Title of the window: what it says, written once where it changed, and taken back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tui.terminal.driver import TerminalDriver
from tui.terminal.notices.window_title import WindowTitle, title_words

SAVE, RESTORE = "\x1b[22;2t", "\x1b]2;\x07\x1b[23;2t"


def titled(term: str) -> tuple[WindowTitle, list[str]]:
    driver: Any = object.__new__(TerminalDriver)
    written: list[str] = []
    driver.write, driver.flush = written.append, lambda: None
    app: Any = SimpleNamespace(open_terminal=driver)
    return WindowTitle(app, {"TERM": term}), written


def test_the_title_is_written_where_it_changed_and_that_from_before_is_saved_once() -> None:
    title, written = titled("xterm-256color")
    for words in ("wxtui", "wxtui", "wxtui (1)"):
        title.show(words)
    title.withdraw()
    title.withdraw()
    title.show("wxtui (1)")
    assert written == [f"{SAVE}\x1b]2;wxtui\x07", "\x1b]2;wxtui (1)\x07", RESTORE, f"{SAVE}\x1b]2;wxtui (1)\x07"]


def test_no_words_end_the_title_or_fill_the_bar_and_a_console_prints_nothing_of_it() -> None:
    title, written = titled("xterm-256color")
    title.show("a\x07\x1b]2;b\x9c" + "x" * 1000)
    (text,) = written
    body = text.removeprefix(f"{SAVE}\x1b]2;").removesuffix("\x07")
    assert body.isprintable() and len(body) == 80
    title, written = titled("linux")
    title.show("wxtui")
    title.withdraw()
    assert written == []


@pytest.mark.parametrize(
    ("profile", "unread", "mentions", "words"),
    [
        ("default", 0, 0, "wxtui"),
        ("default", 3, 1, "wxtui (3, @1)"),
        ("work", 0, 2, "work wxtui (@2)"),
        ("work", 4, 0, "work wxtui (4)"),
    ],
)
def test_what_the_title_says(profile: str, unread: int, mentions: int, words: str) -> None:
    assert title_words(profile, unread, mentions) == words
