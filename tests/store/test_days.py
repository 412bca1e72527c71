"""Days as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.errors import UsageError
from tui.store.search.days import is_day, local_day, midnight, read_day

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-01", date(2026, 11, 1)),
        (" 2026/11/1 ", date(2026, 11, 1)),
        ("2026.11.01", date(2026, 11, 1)),
        ("20261101", date(2026, 11, 1)),
        ("2026年11月1日", date(2026, 11, 1)),
        ("11月1日", date(2026, 11, 1)),
        ("11-01", date(2026, 11, 1)),
        ("11-29", TODAY),
        ("11-30", date(2025, 11, 30)),
        ("02-29", date(2024, 2, 29)),
        ("today", TODAY),
        ("今天", TODAY),
        ("Yesterday", date(2026, 11, 28)),
        ("昨天", date(2026, 11, 28)),
        ("前天", date(2026, 11, 27)),
    ],
)
def test_a_day_in_the_ways_in_which_it_is_written(text: str, day: date) -> None:
    assert is_day(text)
    assert read_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["2026-13-01", "2026-02-30", "13-01", "0000-01-01", "99-99", "9999-12-31"])
def test_what_looks_like_a_day_and_is_none_is_told(text: str) -> None:
    assert is_day(text)
    with pytest.raises(UsageError, match="is not a date"):
        read_day(text, TODAY)


@pytest.mark.parametrize("text", ["张三", "10:30", "1", "", "2026", "11-01-02-03", "-1-1", "a 11-01", "１１-０１"])
def test_a_name_is_no_day(text: str) -> None:
    assert not is_day(text)
    with pytest.raises(UsageError):
        read_day(text, TODAY)


@given(st.text(max_size=12) | st.from_regex(r"\d{0,5}[-/.年]?\d{1,3}[-/.月]\d{1,3}日?", fullmatch=True))
def test_whatever_is_written_is_a_day_or_a_sentence(text: str) -> None:
    try:
        found = read_day(text, TODAY)
    except UsageError:
        return
    assert is_day(text)
    assert 1970 <= found.year <= 9000


@given(st.dates(date(1970, 1, 2), date(2100, 1, 1)))
def test_a_day_is_read_as_it_is_written_and_begins_at_midnight(day: date) -> None:
    assert read_day(f"{day}", TODAY) == day
    assert local_day(midnight(day)) == day
    assert local_day(midnight(day) - timedelta(seconds=1)) == day - timedelta(days=1)
    assert midnight(day).tzinfo is not None
    assert midnight(day) - datetime(1970, 1, 1, tzinfo=UTC) >= timedelta(0)
