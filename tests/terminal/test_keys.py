"""What the terminal sends, as Textual's own parser hears it after it was told better."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from tui.pasted import clean
from tui.terminal.keys import PasteGuard, guard_pastes, teach_alt_keys

START, END = "\x1b[200~", "\x1b[201~"


def heard(*chunks: str) -> list[str]:
    """Keys by name, pastes by their text."""
    teach_alt_keys()
    guard_pastes()
    guard_pastes()
    parser = XTermParser()
    found = []
    for chunk in (*chunks, ""):
        for event in parser.feed(chunk):
            if isinstance(event, events.Paste):
                found.append(f"paste {clean(event.text)}")
            elif isinstance(event, events.Key):
                found.append(event.key)
    return found


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("\x1b\r", "alt+enter"),
        ("\x1b\x7f", "alt+backspace"),
        ("\x1b/", "alt+slash"),
        ("\x1b[13;3u", "alt+enter"),
        ("\x1bd", "alt+d"),
        ("\r", "enter"),
        ("\n", "ctrl+j"),
        ("\x17", "ctrl+w"),
    ],
)
def test_keys(sent: str, key: str) -> None:
    assert heard(sent) == [key]


def test_a_paste_with_escapes_is_one_paste() -> None:
    assert heard(f"a{START}one\n\x1b[31mred\x1b[0m \x1b{END}b") == ["a", "paste one\nred ", "b"]


def test_a_paste_in_pieces() -> None:
    text = f"{START}one \x1b[1mtwo\x1b{END}x"
    for first in range(len(START), len(text)):
        assert heard(text[:first], text[first:]) == ["paste one two", "x"]


@given(pieces=st.lists(st.text(alphabet="a\x1b[201~\n", max_size=8), max_size=6))
def test_only_escapes_change_and_only_in_pastes(pieces: list[str]) -> None:
    guard = PasteGuard()
    passed = guard.pass_on(START) + "".join(map(guard.pass_on, pieces)) + guard.pass_on(END)
    text = "".join(pieces)
    inside = text.partition(END)[0]
    assert passed.startswith(START + inside.replace("\x1b", "\x1a"))
    assert passed.count("\x1b[201~") >= 1
