"""Columns, separators, groups, wrapping."""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import examples
from tests.support.stored_messages import HOSTILE, START, messages, replaced, text, texts
from tui.store.delivery_state import DeliveryState
from tui.store.models import Gap, StoredMessage
from tui.store.tables.gaps import GapLines
from tui.terminal.graphemes import cell_len, wrap
from tui.widgets.base.styles import THEME_STYLES
from tui.widgets.message_log.delivery_status import status
from tui.widgets.message_log.layout import (
    LEAST_TEXT,
    MOST_LINES,
    NARROW,
    Block,
    Line,
    LineKind,
    columns_of,
    day_line,
    spans,
)
from tui.widgets.message_log.painter import MARK, Painter, PaintStyles, clean_name
from tui.widgets.message_log.viewport import LogViewport
from tui.wire.bodies import File, Link, System, Text
from tui.wire.names import REVOKE_WINDOW
from tui.wire.text import printable


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    with zone("UTC"):
        yield


@contextmanager
def zone(name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


def block(
    message: StoredMessage,
    before: StoredMessage | None = None,
    *,
    width: int = 80,
    selected: bool = False,
    first_unread: bool = False,
    gap: Gap | None = None,
) -> Block:
    return Block(
        message,
        before,
        columns_of(width),
        selected=selected,
        first_unread=first_unread,
        show_recalled=True,
        this_year=START.year,
        gap=gap,
    )


def lines(made: Block) -> list[Line]:
    found = [made.line(row) for row in range(made.height)]
    assert made.line(made.height) is None
    return [line for line in found if line is not None]


def head(message: StoredMessage, before: StoredMessage | None) -> tuple[bool, bool]:
    """Whether time and name are shown."""
    line = next(line for line in lines(block(message, before)) if line.part is LineKind.TEXT)
    return line.time, line.name


@pytest.mark.parametrize("width", range(1, 220))
def test_columns_fill_the_width(width: int) -> None:
    columns = columns_of(width)
    assert columns.narrow == (width < NARROW)
    if not columns.narrow:
        assert columns.text + columns.room + 1 == width


def test_names_get_what_they_need_and_leave_room_for_the_text() -> None:
    for width in range(NARROW, 220):
        for names in range(40):
            columns = columns_of(width, names)
            assert columns.text + columns.room + 1 == width
            assert columns.name == min(max(names + 1, 8), 16) or columns.room == LEAST_TEXT
            assert columns.room >= LEAST_TEXT and columns.name >= 8
    assert columns_of(58, 16).name == 16, "at 80 columns, beside a list of 22"
    assert columns_of(50, 16).name == 10


def test_a_sender_is_named_once() -> None:
    first = text(1, seconds=1)
    assert head(first, None) == (True, True)
    assert head(text(2, seconds=60), first) == (False, False)
    assert head(text(2, seconds=400), first) == (True, True)
    assert head(text(2, seconds=60, sender="@ben"), first) == (True, True)
    assert head(text(2, seconds=60, mine=True), first) == (True, True)
    assert head(text(2, seconds=60), replaced(first, body=System("x"))) == (True, True)


def test_the_clock_is_shown_again_after_five_minutes_of_it() -> None:
    assert head(text(2, seconds=301), text(1, seconds=299)) == (True, False)
    assert head(text(2, seconds=599), text(1, seconds=301)) == (False, False)


def test_a_new_day_and_the_first_message_have_a_separator() -> None:
    first = block(text(1))
    assert lines(first)[0].runs[0][0] == "── 21 November, Thursday ──"
    assert first.lead == 1
    assert block(text(2, seconds=2), text(1)).lead == 0
    night = text(2, seconds=10 * 3600 + 1)
    assert lines(block(night, text(1)))[0].runs[0][0] == "── 22 November, Friday ──"
    assert head(night, text(1, seconds=10 * 3600 - 1)) == (True, True)


def test_days_are_local_ones_and_know_summer_time() -> None:
    moment = datetime(2024, 3, 30, 23, 30, tzinfo=UTC)
    with zone("Europe/Berlin"):
        assert day_line(moment, 2024) == "── 31 March, Sunday ──"
        assert day_line(moment + timedelta(hours=22), 2024) == "── 31 March, Sunday ──"  # 23 hours long: 23:30
        assert day_line(moment + timedelta(hours=23), 2024) == "── 1 April, Monday ──"
        before = replaced(text(1), time=moment)
        assert block(replaced(text(2), time=moment + timedelta(hours=22)), before).lead == 0
        assert block(replaced(text(2), time=moment + timedelta(hours=22, minutes=31)), before).lead == 1
    with zone("Asia/Shanghai"):
        assert day_line(moment, 2024) == "── 31 March, Sunday ──"
        assert day_line(moment + timedelta(hours=17), 2024) == "── 1 April, Monday ──"


def test_another_year_is_said() -> None:
    assert day_line(START, 2025) == "── 21 November 2024, Thursday ──"


def test_the_new_messages_line_stands_below_the_day() -> None:
    parts = [line.part for line in lines(block(text(1), first_unread=True))]
    assert parts == [LineKind.DAY, LineKind.NEW, LineKind.TEXT]


def gap(since: float, until: float, times: int = 1) -> Gap:
    """Hours after the start, which is 14:00."""
    return Gap(START + timedelta(hours=since), START + timedelta(hours=until), 1, times)


def above(hours: float, missing: Gap, width: int = 100) -> list[str]:
    """What stands above a message that came so many hours after the first one."""
    made = block(text(2, seconds=int(hours * 3600)), text(1), width=width, gap=missing)
    return [line.runs[0][0] for line in lines(made)[: made.lead]]


def test_a_gap_is_told_by_the_clock_and_by_days_where_these_are_not_clear() -> None:
    with zone("UTC"):
        assert above(3, gap(0.5, 2.25)) == ["── not connected 14:30 – 16:15 · messages may be missing ──"]
        assert above(20, gap(0.5, 12)) == [
            "── not connected 14:30 – 22 November 02:00 · messages may be missing ──",
            "── 22 November, Friday ──",
        ]
        # Three quiet days under the line of the first one: only what began there needs no day.
        assert above(72, gap(30, 31))[0] == ("── not connected 22 November 20:00 – 21:00 · messages may be missing ──")
        assert above(20, gap(11, 12)) == [
            "── 22 November, Friday ──",
            "── not connected 01:00 – 02:00 · messages may be missing ──",
        ]
        assert above(3, gap(0.5, 2, times=3)) == ["── not always connected 14:30 – 16:00 · messages may be missing ──"]


@pytest.mark.parametrize("width", range(2, 90))
def test_a_gap_says_the_most_important_where_there_is_no_room(width: int) -> None:
    (said,) = above(3, gap(0.5, 2.25), width)
    assert "messages may be missing" in said
    if width > 30:
        assert cell_len(said) <= width
    made = block(text(2, seconds=9000), text(1), width=width, gap=gap(0.5, 2))
    painter = Painter()
    for row, line in enumerate(lines(made)):
        strip = painter.paint(made, row, line, PaintStyles("Ann", (), False), next(iter(THEME_STYLES.values())))
        assert strip.cell_length == width


@pytest.mark.parametrize(
    ("body", "carried"),
    [
        (Text("see https://a.example/" + "x" * 200), True),
        (Text("see https://a.example/" + "x" * 1500), False),
        (Link("News", "https://a.example/" + "x" * 1500), True),
    ],
)
def test_an_address_of_many_lines_is_not_written_with_each_of_them(body: Text | Link, carried: bool) -> None:
    made, painter = block(replaced(text(1), body=body)), Painter()
    looks = PaintStyles("Ann", (), False)
    strips = [painter.paint(made, row, line, looks, THEME_STYLES["dark"]) for row, line in enumerate(lines(made))]
    assert any(segment.style and segment.style.link for strip in strips for segment in strip) is carried
    assert any(line.links for line in lines(made)), "a click in wxtui finds it"


def test_a_gap_makes_another_block_of_it_and_names_the_sender_again() -> None:
    first, second = text(1), text(2, seconds=60)
    missing = gap(0.001, 0.01)
    view = LogViewport()
    view.resize(80, 10)
    view.window.fill([first, second], at_start=True, at_end=True)
    before = view.block(1)
    assert view.block(1) is before
    view.gaps = GapLines([(first.place, missing)])
    made = view.block(1)
    assert made is not before and made.lead == 1
    assert lines(made)[1].name
    assert block(second, None, gap=missing).lead == 1, "with nothing before it there is only the day"


def test_below_fifty_columns_the_name_has_a_line() -> None:
    made = lines(block(text(2), text(1, sender="@ben"), width=40))
    assert [(line.part, line.time, line.name) for line in made] == [
        (LineKind.HEAD, True, True),
        (LineKind.TEXT, False, False),
    ]
    assert [line.part for line in lines(block(text(3), text(2), width=40))] == [LineKind.TEXT]


def test_a_status_stands_on_the_last_line_or_below_it() -> None:
    sent = replaced(text(2, "ok", mine=True), state=DeliveryState.SENT, client_msg_id="c", msg_id="7041234567890123321")
    assert [line.part for line in lines(block(sent, text(1)))] == [LineKind.TEXT]
    wide = replaced(sent, body=text(1, "x" * 55).body)
    assert [(line.part, line.status) for line in lines(block(wide, text(1), selected=True))] == [
        (LineKind.TEXT, False),
        (LineKind.STATUS, True),
    ]


def test_a_cut_msgid_takes_no_line_of_its_own() -> None:
    sent = replaced(text(2, "ok", mine=True), state=DeliveryState.SENT, client_msg_id="c", msg_id="7041234567890123321")
    room = block(sent, text(1)).columns.room
    for cells in range(1, room + 1):
        made = lines(block(replaced(sent, body=text(1, "x" * cells).body), text(1)))
        assert len(made) == 1 or cells + 2 >= room, "only a tick that does not fit stands below"
        assert made[-1].status


def test_a_size_stays_on_one_line() -> None:
    file = replaced(text(2), body=File("plan.pdf", 483_120))
    for width in range(50, 90):
        said = ["".join(words for words, _tone in line.runs) for line in lines(block(file, text(1), width=width))]
        assert any("471.8 KiB" in line for line in said), said


def test_long_texts_end() -> None:
    for endless in ("x" * 100_000, "\n".join(["y"] * 1000)):
        made = lines(block(text(2, endless), text(1)))
        assert len(made) == MOST_LINES + 1
        assert made[-1].runs[0][0] == "… (o shows all)"


def test_only_what_is_looked_at_is_laid_out() -> None:
    made = block(text(2, "word " * 20_000), text(1))
    assert made.line(3) is not None
    assert len(made._lines) == 4


@given(texts.map(lambda said: printable(said, newlines=False)), st.integers(2, 90))
@settings(max_examples=examples(300), deadline=None)
def test_piece_by_piece_it_is_wrapped_as_in_one_go(said: str, cells: int) -> None:
    assert list(spans(said * 9, cells)) == list(wrap(said * 9, cells))


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("cells", [2, 3, 17, 60])
def test_piece_by_piece_is_right_for_hostile_texts_too(hostile: str, cells: int) -> None:
    said = printable(hostile, newlines=False) * 3
    assert list(spans(said, cells)) == list(wrap(said, cells))


@given(
    messages(),
    st.none() | messages(),
    st.integers(1, 210),
    st.booleans(),
    st.booleans(),
    st.sampled_from(list(THEME_STYLES)),
    texts,
    st.floats(0, REVOKE_WINDOW),
    st.booleans(),
)
@settings(max_examples=examples(500), deadline=None)
def test_every_line_is_exactly_as_wide_as_the_log(
    message: StoredMessage,
    before: StoredMessage | None,
    width: int,
    selected: bool,
    first_unread: bool,
    theme: str,
    name: str,
    left: float,
    marked: bool,
) -> None:
    made = block(message, before, width=width, selected=selected, first_unread=first_unread)
    painter = Painter()
    for row, line in enumerate(lines(made)):
        room = made.columns.room - (line.cells + 2 if line.cells else 0)
        runs = status(message, None, left, selected=selected, room=room) if line.status else ()
        strip = painter.paint(
            made, row, line, PaintStyles(clean_name(name), runs, True, MARK if marked else ""), THEME_STYLES[theme]
        )
        assert strip.cell_length == width
        assert sum(cell_len(segment.text) for segment in strip) == width
        assert not [one for one in strip.text if unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp")]
        if line.status:
            assert cell_len("".join(run for run, _ in runs)) + line.cells <= max(made.columns.room, 0) or not runs
