import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.cli.shared.columns import cut, width


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("张三", 4), ("e\u0301", 1), ("", 0), ("a张", 3)])
def test_a_text_is_as_wide_as_its_cells(text: str, columns: int) -> None:
    assert width(text) == columns


@given(st.text(), st.integers(0, 20))
def test_what_is_cut_fits_and_what_fits_is_whole(text: str, columns: int) -> None:
    assert width(cut(text, columns)) <= columns
    assert cut(text, columns) == text or width(text) > columns
