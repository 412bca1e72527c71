"""Sizes and times as people read them."""

import pytest

from tui.units import line_count, shown_age, shown_seconds, shown_size


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 s"), (-3, "0 s"), (8.4, "8 s"), (59.6, "1:00"), (185, "3:05"), (3753, "1:02:33")]
)
def test_seconds_as_people_read_them(seconds: float, shown: str) -> None:
    assert shown_seconds(seconds) == shown


@pytest.mark.parametrize(("size", "shown"), [(0, "0 B"), (1, "1 B"), (1024, "1 KiB"), (13_002_342, "12.4 MiB")])
def test_sizes_as_people_read_them(size: int, shown: str) -> None:
    assert shown_size(size) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.4, "now"),
        (1, "a second ago"),
        (59.9, "59 seconds ago"),
        (60, "a minute ago"),
        (3599, "59 minutes ago"),
        (3600, "an hour ago"),
        (86_399, "23 hours ago"),
        (86_400, "a day ago"),
        (604_799, "6 days ago"),
    ],
)
def test_ages_as_people_read_them(seconds: float, shown: str) -> None:
    assert shown_age(seconds) == shown


def test_a_size_under_a_kibibyte_counts_whole_bytes() -> None:
    assert (shown_size(1023.9), shown_size(1.2)) == ("1023 B", "1 B")


@pytest.mark.parametrize(("text", "lines"), [("", 1), ("a", 1), ("a\n", 1), ("a\nb", 2), ("a\nb\n", 2), ("a\n\n", 2)])
def test_the_newline_at_the_end_of_a_copied_text_is_no_line(text: str, lines: int) -> None:
    assert line_count(text) == lines
