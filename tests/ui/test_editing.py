"""The rows of an edited text: what is laid out bit by bit is what would be laid out at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.emoji import FAMILY, FLAG
from tests.support.examples import examples
from tui.terminal.graphemes import cell_len, wrap
from tui.widgets.text_input.layout import Sheet

PIECES = st.sampled_from(
    ["a", "word ", " ", "  ", "-", "x" * 9, "你好", "世", "，", FAMILY, FLAG, "🇨", "e\u0301", "\u0301", "\n", "\u202e",
     "\x1b", "\t", "❤️", "a" * 300, "中" * 150]
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.integers(0, 600), st.integers(0, 5), st.lists(PIECES, max_size=3).map("".join)), max_size=12
)


def fresh(text: str, cells: int) -> Sheet:
    sheet = Sheet(cells=cells - 1)
    sheet.set(text, cells)
    return sheet


@settings(max_examples=examples(200), deadline=None)
@given(text=st.lists(PIECES, max_size=30).map("".join), cells=st.integers(2, 40), edits=EDITS)
def test_bit_by_bit_is_as_at_once(text: str, cells: int, edits: list[tuple[int, int, str]]) -> None:
    sheet = fresh(text, cells)
    for place, gone, new in edits:
        place = min(place, len(text))
        text = text[:place] + new + text[place + gone :]
        sheet.set(text, cells)
        whole = fresh(text, cells)
        assert sheet.height == whole.height
        assert [sheet.row(y) for y in range(sheet.height)] == [whole.row(y) for y in range(whole.height)]


@settings(max_examples=examples(150), deadline=None)
@given(text=st.lists(PIECES, max_size=20).map("".join), cells=st.integers(2, 40))
def test_every_place_is_inside_and_rows_fit(text: str, cells: int) -> None:
    sheet = fresh(text, cells)
    last = (-1, 0)
    for place in range(len(text) + 1):
        x, y = sheet.place(place)
        assert 0 <= x < cells and 0 <= y < sheet.height
        assert (y, x) >= last[::-1] if last[0] >= 0 else True
        last = (x, y)
    for y in range(sheet.height):
        assert cell_len(sheet.row(y).rstrip(" ")) <= cells
        assert all(char.isprintable() or char in "\u200d\ufe0f" or ord(char) > 127 for char in sheet.row(y))
        assert "\x1b" not in sheet.row(y) and "\u202e" not in sheet.row(y)


@settings(max_examples=examples(100), deadline=None)
@given(text=st.lists(PIECES, max_size=20).map("".join), x=st.integers(-1, 45), y=st.integers(-1, 40))
@example(text="aaaa\u202e\u202e", x=4, y=0)
def test_a_click_lands_in_its_row(text: str, x: int, y: int) -> None:
    sheet = fresh(text, 20)
    place = sheet.at(x, y)
    assert 0 <= place <= len(text)
    assert sheet.place(place)[1] <= max(0, min(y, sheet.height - 1))


def test_behind_a_full_row_the_caret_is_on_the_next() -> None:
    sheet = fresh("abcd", 4)
    assert (sheet.height, sheet.place(4), sheet.place(3)) == (2, (0, 1), (3, 0))
    assert fresh("中中", 4).place(2) == (0, 1)
    assert fresh("中中", 5).place(2) == (4, 0)


def test_blanks_hang_over_the_edge() -> None:
    sheet = fresh("abcd   ef", 4)
    assert [sheet.row(y) for y in range(2)] == ["abcd   ", "ef"]
    assert sheet.place(5) == (3, 0)


def test_a_letter_in_a_long_text_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: how many characters are broken into rows."""
    text = "多一点文字 " * 20_000
    sheet = fresh(text, 78)
    seen = []

    def counting(piece: str, cells: int) -> Iterator[tuple[int, int]]:
        seen.append(len(piece))
        return wrap(piece, cells)

    monkeypatch.setattr("tui.widgets.text_input.layout.wrap", counting)
    sheet.set(text[:60_000] + "x" + text[60_000:], 78)
    assert 0 < sum(seen) < 2000


def test_a_caret_behind_what_is_laid_out_stands_at_its_end() -> None:
    """A frame written between a change of the text and its layout ended the program (monkey, seed 7105)."""
    sheet = Sheet()
    sheet.set("a\u0301\ufffd\x1b", 20)
    assert sheet.paragraphs[0].stops is not None
    assert sheet.place(50) == sheet.place(4)
