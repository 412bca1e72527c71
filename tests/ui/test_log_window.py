"""The window holds a run of neighbours, whatever arrives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.support.stored_messages import replaced, text
from tui.store.models import StoredMessage
from tui.widgets.message_log.window import HOLD, LogWindow, UnreadLine
from tui.wire.bodies import System


def window_of(*numbers: int, at_start: bool = False, at_end: bool = False) -> LogWindow:
    window = LogWindow()
    window.fill([text(number) for number in numbers], at_start=at_start, at_end=at_end)
    return window


def ids(window: LogWindow) -> list[int]:
    return [message.id for message in window.messages]


def test_what_lies_outside_of_what_is_held_is_not_taken() -> None:
    window = window_of(10, 20, 30)
    assert not window.add(text(5))
    assert not window.add(text(35))
    assert window.add(text(25))
    assert ids(window) == [10, 20, 25, 30]


def test_at_the_ends_everything_is_taken() -> None:
    window = window_of(10, 20, at_start=True, at_end=True)
    assert window.add(text(5))
    assert window.add(text(35))
    assert ids(window) == [5, 10, 20, 35]


def test_the_same_message_twice_is_one() -> None:
    window = window_of(1, 2, at_end=True)
    again = replaced(text(2), sender="@ben")
    assert window.add(again)
    assert window.messages[1] is again
    window.add_page([text(2), text(3)], older=False, last=True)
    window.add_page([text(0, seconds=-5), text(1)], older=True, last=True)
    assert ids(window) == [0, 1, 2, 3]


def test_the_first_one_is_not_shown_while_the_one_before_it_is_unknown() -> None:
    assert window_of(1, 2).first == 1
    assert window_of(1, 2, at_start=True).first == 0


def test_messages_are_removed_from_the_window() -> None:
    window = window_of(1, 2, 3)
    assert window.remove([2, 9])
    assert not window.remove([2])
    assert ids(window) == [1, 3]
    assert window.index_of(2) is None
    assert window.index_of(3) == 1


@given(st.integers(0, 900), st.integers(0, 900), st.integers(0, 60), st.booleans(), st.booleans())
def test_trimming_keeps_what_is_in_sight_and_one_above(
    count: int, begin: int, sight: int, at_start: bool, at_end: bool
) -> None:
    window = window_of(*range(1, count + 1), at_start=at_start, at_end=at_end)
    begin = min(max(begin, window.first), count)
    end = min(begin + sight, count)
    seen = ids(window)[begin:end]
    window.trim(begin, end)
    assert len(window) <= max(HOLD, sight + 1)
    assert len(window) == min(count, max(HOLD, end - begin + 1))
    left = ids(window)
    assert left == list(range(left[0], left[-1] + 1)) if left else count == 0
    assert set(seen) <= set(left[window.first :])
    assert window.at_start == (at_start and left[:1] == [1]) or not count
    assert window.at_end == (at_end and left[-1:] == [count]) or not count


def test_the_unread_line_is_found_over_pages() -> None:
    line = UnreadLine(3)
    newest = [text(7), replaced(text(8), body=System("x")), text(9, mine=True), text(10)]
    line.count(newest)
    assert line.above is None
    line.count([text(5), text(6)])
    assert line.above == 6
    line.count([text(1)])
    assert line.above == 6


def test_a_page_that_comes_twice_is_counted_once() -> None:
    line = UnreadLine(3)
    page = [text(9), text(10)]
    line.count(page)
    line.count(page)
    assert line.above is None
    line.count([text(8)])
    assert line.above == 8


def test_nothing_unread_draws_no_line() -> None:
    line = UnreadLine(0)
    line.count([text(1)])
    assert line.above is None


def places(window: LogWindow) -> list[StoredMessage]:
    return sorted(window.messages, key=lambda message: message.place)


@given(st.lists(st.integers(-50, 50), unique=True), st.lists(st.integers(-50, 50)))
def test_it_stays_in_order(held: list[int], arriving: list[int]) -> None:
    window = LogWindow()
    window.fill(
        sorted((text(1000 + number, seconds=number or 1) for number in held), key=lambda message: message.place),
        at_start=True,
        at_end=True,
    )
    for number in arriving:
        window.add(text(1000 + number, seconds=number or 1))
    assert window.messages == places(window)
    assert len(set(ids(window))) == len(window)
