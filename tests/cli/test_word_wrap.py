"""Sentences of the command line on a terminal: broken between words, commands whole."""

from __future__ import annotations

import contextlib
import os
import pty
import sys
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.cli.shared.output import tell
from tui.cli.word_wrap import in_lines
from tui.terminal.graphemes import cell_len


def test_lines_break_between_words_and_beside_chinese_characters() -> None:
    text = "通过这类程序使用网页版的账号，曾被拒绝登录、警告 and warned，例如 2024 年。"
    lines = in_lines(text, 20)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= 20 and line[0] not in "，。、" for line in lines)
    assert in_lines("a sentence of some words", 10) == ["a sentence", "of some", "words"]


@given(st.text(st.sampled_from("ab Zü中，。“”（）：: \u0301😀"), max_size=40), st.integers(2, 20))
def test_nothing_is_lost_of_whatever_stands_in_a_sentence(text: str, width: int) -> None:
    assert "".join("".join(in_lines(text, width)).split()) == "".join(text.split())


def test_words_of_other_alphabets_stay_whole() -> None:
    assert in_lines("Müller schläft überall", 9) == ["Müller", "schläft", "überall"]


@pytest.mark.parametrize(
    "whole", ["wxtui send TARGET FILE --split", "“/home/me/a folder/with blanks”", "chmod go= /home/me/a.toml"]
)
def test_what_is_to_be_copied_stays_in_one_line(whole: str) -> None:
    for text in (
        f"It is larger than 25 MiB. Send it in parts: {whole}. More of it.",
        f"文件太大。请分卷发送：{whole}。",
    ):
        assert any(whole in line for line in in_lines(text, 40)), text


def test_a_terminal_is_told_in_lines_of_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, ours = pty.openpty()
    termios.tcsetwinsize(ours, (24, 30))
    with os.fdopen(ours, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        tell("wxtui is not made by Tencent, and accounts have been refused.")
        tell("  wxtui send 张三 report.pdf 'a file' --again --split")
    raw = b""
    # A terminal gives what was written in pieces, and an error at its end.
    with contextlib.suppress(OSError):
        while piece := os.read(theirs, 1000):
            raw += piece
    os.close(theirs)
    said = raw.decode().splitlines()
    assert said[:-1] == ["wxtui is not made by Tencent,", "and accounts have been", "refused."]
    assert said[-1].endswith("'a file' --again --split")
