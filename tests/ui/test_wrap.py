"""Where lines end: whole text, no line too wide, and the rules that Chinese type-setting has for its marks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.graphemes import cell_len, wrap

WORDS = st.text(st.sampled_from("ab -/，。（）“”…中文字🚀👨‍👩‍👧e\u0301"), max_size=40)


def lines(text: str, cells: int) -> list[str]:
    return [text[start:end] for start, end in wrap(text, cells)]


@pytest.mark.parametrize(
    ("text", "cells", "wanted"),
    [
        ("abc def ghi-jkl/mno", 7, ["abc def ", "ghi-", "jkl/mno"]),
        ("我发群里了：先停写，再切流量", 18, ["我发群里了：先停", "写，再切流量"]),
        ("你好（世界）再见", 6, ["你好", "（世", "界）再", "见"]),
        ("看 https://example.com/abc/def/ghi ok", 12, ["看 https://", "example.com/", "abc/def/ghi ", "ok"]),
        ("run: wxtui --profile x", 14, ["run: wxtui ", "--profile x"]),
        ("见 wxtui（--json）-v", 12, ["见 wxtui", "（--json）-v"]),
        ("，，，，，", 4, ["，，", "，，", "，"]),
        ("aaaaaa", 4, ["aaaa", "aa"]),
        ("", 4, [""]),
    ],
)
def test_where_lines_end(text: str, cells: int, wanted: list[str]) -> None:
    assert lines(text, cells) == wanted


@given(WORDS, st.integers(2, 30))
def test_nothing_is_lost_and_nothing_too_wide(text: str, cells: int) -> None:
    found = lines(text, cells)
    assert "".join(found) == text
    assert all(cell_len(line.rstrip(" ")) <= cells for line in found)
