"""The rows of an edited text: what is laid out bit by bit is what would be laid out at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.emoji import FAMILY, FLAG
from tests.support.examples import examples
from tui.terminal.graphemes import cell_len, wrap
from tui.widgets.text_input.text_rows import TextRows

PIECES = st.sampled_from(
    ["a", "word ", " ", "  ", "-", "x" * 9, "你好", "世", "，", FAMILY, FLAG, "🇨", "e\u0301", "\u0301", "\n", "\u202e",
     "\x1b", "\t", "❤️", "a" * 300, "中" * 150]
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.integers(0, 600), st.integers(0, 5), st.lists(PIECES, max_size=3).map("".join)), max_size=12
)


def fresh(text: str, cells: int) -> TextRows:
    rows = TextRows(cells=cells - 1)
    rows.set(text, cells)
    return rows


@settings(max_examples=examples(200), deadline=None)
@given(text=st.lists(PIECES, max_size=30).map("".join), cells=st.integers(2, 40), edits=EDITS)
def test_bit_by_bit_is_as_at_once(text: str, cells: int, edits: list[tuple[int, int, str]]) -> None:
    rows = fresh(text, cells)
    for place, gone, new in edits:
        place = min(place, len(text))
        text = text[:place] + new + text[place + gone :]
        rows.set(text, cells)
        whole = fresh(text, cells)
        assert rows.height == whole.height
        assert [rows.row(y) for y in range(rows.height)] == [whole.row(y) for y in range(whole.height)]


@settings(max_examples=examples(150), deadline=None)
@given(text=st.lists(PIECES, max_size=20).map("".join), cells=st.integers(2, 40))
def test_every_place_is_inside_and_rows_fit(text: str, cells: int) -> None:
    rows = fresh(text, cells)
    last = (-1, 0)
    for place in range(len(text) + 1):
        x, y = rows.place(place)
        assert 0 <= x < cells and 0 <= y < rows.height
        assert (y, x) >= last[::-1] if last[0] >= 0 else True
        last = (x, y)
    for y in range(rows.height):
        assert cell_len(rows.row(y).rstrip(" ")) <= cells
        assert all(char.isprintable() or char in "\u200d\ufe0f" or ord(char) > 127 for char in rows.row(y))
        assert "\x1b" not in rows.row(y) and "\u202e" not in rows.row(y)


@settings(max_examples=examples(100), deadline=None)
@given(text=st.lists(PIECES, max_size=20).map("".join), x=st.integers(-1, 45), y=st.integers(-1, 40))
@example(text="aaaa\u202e\u202e", x=4, y=0)
def test_a_click_lands_in_its_row(text: str, x: int, y: int) -> None:
    rows = fresh(text, 20)
    place = rows.at(x, y)
    assert 0 <= place <= len(text)
    assert rows.place(place)[1] <= max(0, min(y, rows.height - 1))


def test_behind_a_full_row_the_caret_is_on_the_next() -> None:
    rows = fresh("abcd", 4)
    assert (rows.height, rows.place(4), rows.place(3)) == (2, (0, 1), (3, 0))
    assert fresh("中中", 4).place(2) == (0, 1)
    assert fresh("中中", 5).place(2) == (4, 0)


def test_blanks_hang_over_the_edge() -> None:
    rows = fresh("abcd   ef", 4)
    assert [rows.row(y) for y in range(2)] == ["abcd   ", "ef"]
    assert rows.place(5) == (3, 0)


def test_a_letter_in_a_long_text_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: how many characters are broken into rows."""
    text = "多一点文字 " * 20_000
    rows = fresh(text, 78)
    seen = []

    def counting(piece: str, cells: int) -> Iterator[tuple[int, int]]:
        seen.append(len(piece))
        return wrap(piece, cells)

    monkeypatch.setattr("tui.widgets.text_input.text_rows.wrap", counting)
    rows.set(text[:60_000] + "x" + text[60_000:], 78)
    assert 0 < sum(seen) < 2000


def test_a_caret_behind_what_is_laid_out_stands_at_its_end() -> None:
    """A frame written between a change of the text and its layout ended the program (monkey, seed 7105)."""
    rows = TextRows()
    rows.set("a\u0301\ufffd\x1b", 20)
    assert rows.paragraphs[0].stops is not None
    assert rows.place(50) == rows.place(4)
