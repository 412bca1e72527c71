"""Ringing: one sequence that this terminal knows, and nothing of a stranger's text in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.graphemes import cell_len
from tui.terminal.graphics.terminal_report import TerminalName
from tui.terminal.notices.desktop_notifications import notice

X777 = "\x1b]777;notify;Ann;hi\x07"
X99 = "\x1b]99;i=wxtui-news:d=0:p=title;Ann\x07\x1b]99;i=wxtui-news:d=1:p=body;hi\x07"
X9 = "\x1b]9;Ann: hi\x07"


def rung(bell: bool = False, desktop: bool = True, **env: str) -> str:
    return notice("Ann", "hi", bell=bell, desktop=desktop, env=env)


@pytest.mark.parametrize(
    ("env", "text"),
    [
        ({"TERM": "xterm-256color"}, X777),
        ({"TERM": "rxvt-unicode-256color"}, X777),
        ({"TERM": "foot"}, X777),
        ({"TERM": "xterm-kitty"}, X99),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, X99),
        ({"TERM": "xterm-ghostty"}, X777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, X777),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "230800"}, X777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, X9),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, X9),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, ""),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, ""),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, ""),
        ({"TERM": "linux"}, ""),
        ({"TERM": "dumb"}, ""),
        ({"TERM": "vt100"}, ""),
        ({}, ""),
    ],
)
def test_one_sequence_that_the_terminal_knows(env: dict[str, str], text: str) -> None:
    assert rung(**env) == text
    assert rung(bell=True, **env) == "\x07" + text
    assert rung(bell=True, desktop=False, **env) == "\x07"
    assert rung(desktop=False, **env) == ""


def test_through_tmux_and_screen() -> None:
    wrapped = rung(bell=True, TERM="tmux-256color", TMUX="x", TERM_PROGRAM="tmux", LC_TERMINAL="iTerm2")
    assert wrapped == "\x07\x1bPtmux;\x1b\x1b]9;Ann: hi\x07\x1b\\"
    assert rung(TERM="tmux-256color", TMUX="x") == "\x1bPtmux;\x1b\x1b]777;notify;Ann;hi\x07\x1b\\"
    assert rung(TERM="screen", STY="1") == f"\x1bP{X777}\x1b\\"


def test_nothing_of_a_character_becomes_a_control_character_in_screen() -> None:
    # screen 4.9 hands the low byte of each on: an Escape of the first one, the end of the string of the other.
    said = notice("丛]52;c;eA", "é 一", bell=False, desktop=True, env={"TERM": "screen", "STY": "1"})
    assert said == "\x1bP\x1b]777;notify;?]52,c,eA;é ?\x07\x1b\\"


@pytest.mark.parametrize(
    ("name", "version", "text"),
    [("kitty", (0, 35), X99), ("foot", (1, 18), X99), ("foot", (1, 13), X777), ("xterm", (390, 0), X777)],
)
def test_what_a_terminal_answers_counts_more_than_its_environment(
    name: str, version: tuple[int, int], text: str
) -> None:
    terminal = TerminalName(name, version)
    for env in ({"TERM": "xterm"}, {"TERM": "xterm", "KITTY_WINDOW_ID": "of whoever started tmux"}):
        assert notice("Ann", "hi", bell=False, desktop=True, terminal=terminal, env=env) == text


def test_kittys_notifications_come_in_pieces_and_have_a_name() -> None:
    text = notice("", "a\u0301" * 640, bell=False, desktop=True, about="7", env={"TERM": "xterm-kitty"})
    pieces = re.findall("\x1b]99;i=wxtui-7:d=([01]):p=(title|body);([^\x07]*)\x07", text)
    assert [(last, part) for last, part, _ in pieces] == [("0", "title"), ("1", "body")]
    assert all(len(piece.encode()) <= 2048 for _, _, piece in pieces)
    through = notice("Ann", "hi", bell=False, desktop=True, env={"TERM": "xterm-kitty", "TMUX": "x"})
    assert through.count("\x1bPtmux;\x1b\x1b]99;") == 2


HOSTILE = st.text(st.sampled_from("a;\x07\x1b\\]\x9c\x9d\x00\n\r\t\u202e\u200d中👩\u0301 9"), max_size=40) | st.text(
    max_size=40
)


@given(
    HOSTILE,
    HOSTILE,
    st.sampled_from([{"TERM": "xterm"}, {"TERM": "xterm", "TERM_PROGRAM": "iTerm.app"}, {"TERM": "xterm-kitty"}]),
)
def test_no_text_ends_the_sequence_or_begins_another(title: str, body: str, env: dict[str, str]) -> None:
    text = notice(title, body, bell=False, desktop=True, env=env)
    if env["TERM"] == "xterm-kitty":
        # A semicolon stands for itself only behind the second one.
        parts = re.fullmatch("(?:\x1b\\]99;i=wxtui-news:d=[01]:p=(?:title|body);([^\x07;]*)\x07)+", text)
        assert parts is not None
        assert not re.search("[\x00-\x06\x08-\x1a\x1c-\x1f\x7f-\x9f\u202e]", text)
        return
    found = re.fullmatch("\x1b\\](777;notify;[^;]*;[^;]*|9;[^;]*)\x07", text)
    assert found is not None
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e]", found[1])
    assert not found[1].startswith(tuple(f"9;{digit}" for digit in range(10)))
    text.encode()


def test_long_texts_are_cut() -> None:
    text = notice("名" * 1000, "x" * 100_000, bell=False, desktop=True, env={"TERM": "xterm"})
    title, body = text.removesuffix("\x07").split(";")[2:]
    assert (cell_len(title), cell_len(body)) in ((60, 160), (59, 160))
    assert title.endswith("…") and body.endswith("…")
