"""The view shows what somebody would show who lays out everything, wherever it stands and whatever arrives."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.examples import examples
from tests.support.stored_messages import HOSTILE, START, messages, placed, replaced, text
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.widgets.message_log.layout import Block, PictureArea, columns_of
from tui.widgets.message_log.viewport import LogAnchor, LogViewport
from tui.widgets.message_log.window import AHEAD, HOLD, PAGE
from tui.wire.bodies import Text

Row = tuple[int, int]
"""A message's id and a row of its block."""


def laid_out(stored: Sequence[StoredMessage], view: LogViewport) -> list[Row]:
    """Every line of every message: what the view never does."""
    found = []
    before = None
    for message in stored:
        block = Block(
            message,
            before,
            columns_of(view.width, view.names),
            selected=view.selected is not None and view.selected.id == message.id,
            first_unread=view.unread_above == message.id,
            show_recalled=view.show_recalled,
            this_year=view.this_year,
            picture=view.picture_of(message, view.selected is not None and view.selected.id == message.id),
        )
        found += [(message.id, row) for row in range(block.height)]
        before = message
    return found


def shown(view: LogViewport) -> list[Row | None]:
    return [None if line is None else (line.block.message.id, line.row) for line in view.lines()]


class Store:
    """All messages, and the pages of them; the only thing a real store adds is waiting."""

    def __init__(self) -> None:
        self.messages: list[StoredMessage] = []

    def load(self, view: LogViewport) -> None:
        """Whatever the view wants to have ahead."""
        for _ in range(100):
            window = view.window
            first, end = view.in_sight()
            if not window.at_start and first < AHEAD:
                at = self.index(window.messages[0])
                page = self.messages[max(0, at - PAGE) : at]
                window.add_page(page, older=True, last=len(page) < PAGE)
            elif not window.at_end and len(window) - end < AHEAD:
                at = self.index(window.messages[-1]) + 1
                page = self.messages[at : at + PAGE]
                window.add_page(page, older=False, last=len(page) < PAGE)
            else:
                return
            view.changed()
            view.trim()
        raise AssertionError("it never has enough")

    def index(self, message: StoredMessage) -> int:
        return next(i for i, one in enumerate(self.messages) if one.id == message.id)

    def newest(self, view: LogViewport) -> None:
        page = self.messages[-PAGE:]
        view.window.fill(page, at_start=len(page) < PAGE, at_end=True)
        view.to_bottom()

    def around(self, view: LogViewport, message: StoredMessage) -> None:
        at = self.index(message)
        begin, end = max(0, at + 1 - PAGE), at + 1 + PAGE
        view.window.fill(self.messages[begin:end], at_start=at + 1 < PAGE, at_end=end > len(self.messages))


WORDS = ("ok", "好的", "two\nlines", "x" * 150, "字" * 90, HOSTILE[0], "", "\n" * 30)
short = st.integers(0, len(WORDS) - 1).map(lambda index: Text(WORDS[index]))


class Log(RuleBasedStateMachine):
    """Anything that can happen, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.view = LogViewport()
        self.view.this_year = START.year
        self.view.picture_of = self.picture_of
        self.pictures: dict[int, PictureArea] = {}
        self.all_pictures = True
        self.next_id = 1

    def picture_of(self, message: StoredMessage, selected: bool) -> PictureArea | None:
        return self.pictures.get(message.id) if selected or self.all_pictures else None

    @initialize(
        several=st.lists(messages(short), max_size=40),
        copies=st.sampled_from([1, 1, 3, 12]),
        gap=st.sampled_from([10, 400, 40_000]),
        width=st.sampled_from([12, 40, 60, 100]),
        height=st.integers(1, 24),
        every=st.booleans(),
    )
    def open(self, several: list[StoredMessage], copies: int, gap: int, width: int, height: int, every: bool) -> None:
        self.all_pictures = every
        self.store.messages = placed(several * copies, [gap] * len(several) * copies)
        self.next_id = len(self.store.messages) + 1
        self.view.resize(width, height)
        self.store.newest(self.view)

    def new(self, message: StoredMessage, seconds: int) -> StoredMessage:
        last = self.store.messages[-1].time if self.store.messages else START
        made = placed([message], [0])[0]
        made = replaced(made, id=self.next_id, time=last)
        self.next_id += 1
        self.store.messages.append(made)
        return made

    @rule(message=messages(short), count=st.sampled_from([1, 1, 2, 150]))
    def arrives(self, message: StoredMessage, count: int) -> None:
        before = shown(self.view)
        following = self.view.following
        self.view.add([self.new(message, 1) for _ in range(count)])
        if self.view.overfull:
            self.view.trim()
        after = shown(self.view)
        if not following:
            assert after == before[: len(after)]
            assert len(after) >= len(before) - 1

    @rule(lines=st.integers(-60, 60))
    def scrolls(self, lines: int) -> None:
        self.store.load(self.view)
        before = self.position()
        self.view.scroll(lines)
        after = self.position()
        everything = laid_out(self.store.messages, self.view)
        if before is not None and after is not None and len(everything) > self.view.height:
            bottom = len(everything) - self.view.room
            wanted = max(0, min(before + lines, bottom))
            # At the bottom the line about new ones gives its place back.
            assert after == wanted or (self.view.following and wanted >= bottom - 1), (before, lines, after, bottom)

    def position(self) -> int | None:
        top = shown(self.view)[0] if self.view.height else None
        return None if top is None else laid_out(self.store.messages, self.view).index(top)

    @rule(direction=st.sampled_from([-1, 1]), times=st.integers(1, 12))
    def steps(self, direction: int, times: int) -> None:
        for _ in range(times):
            self.store.load(self.view)
            message = self.view.step(direction)
            if message is not None:
                assert self.view.selected is message
                lines = [line for line in self.view.lines() if line is not None]
                rows = [line.row for line in lines if line.block.message.id == message.id]
                block = next(line.block for line in lines if line.block.message.id == message.id)
                if block.height <= self.view.room:
                    assert rows == list(range(block.height))
                else:
                    assert rows

    @rule(width=st.sampled_from([5, 12, 40, 49, 50, 60, 100]), height=st.integers(0, 30))
    def resizes(self, width: int, height: int) -> None:
        self.view.resize(width, height)

    @rule(cells=st.integers(0, 20))
    def names_need(self, cells: int) -> None:
        before = columns_of(self.view.width, self.view.names).name
        self.view.widen_names(cells)
        assert columns_of(self.view.width, self.view.names).name >= before

    @precondition(lambda self: self.store.messages)
    @rule(data=st.data())
    def changes(self, data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(self.store.messages) - 1))
        changed = replaced(self.store.messages[at], body=data.draw(short))
        self.store.messages[at] = changed
        if self.view.window.replace(changed):
            self.view.changed()
        if self.view.selected is not None and self.view.selected.id == changed.id:
            self.view.selected = changed

    @precondition(lambda self: self.store.messages)
    @rule(data=st.data(), rows=st.integers(0, 12))
    def picture_comes(self, data: st.DataObject, rows: int) -> None:
        """The picture of any message comes, goes, or fails: the selected one stays where it is."""
        first, end = self.view.in_sight()
        near = [*self.view.window.messages[first:end], *self.store.messages[:2]]
        message = data.draw(st.sampled_from(near))
        selected = self.view.selected
        before, where = self.view.room, self.place_of(selected)
        with self.view.standing(selected):
            self.pictures[message.id] = PictureArea(rows, "" if rows else "cannot be shown")
        after = self.place_of(selected)
        if where is None or selected is None or self.view.room != before:
            return
        assert after is not None, "it was in sight"
        index = self.view.selected_index()
        assert index is not None
        block = self.view.block(index)
        everything = laid_out(self.store.messages, self.view)
        fits = where + block.height - block.lead <= self.view.room
        if fits and not self.view.following and everything.index((selected.id, block.lead)) >= where:
            assert after == where

    def place_of(self, message: StoredMessage | None) -> int | None:
        """First line in which a message stands, whole or in part."""
        lines = enumerate(self.view.lines())
        mine = (y for y, one in lines if one and message and one.block.message.id == message.id)
        return next((y for y in mine if (one := self.view.lines()[y]) and one.row >= one.block.lead), None)

    @precondition(lambda self: self.store.messages)
    @rule(data=st.data())
    def goes(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.store.messages))
        self.store.messages.remove(gone)
        if self.view.selected is not None and self.view.selected.id == gone.id:
            self.view.select(None)
        self.view.remove({gone.id})

    @precondition(lambda self: self.store.messages)
    @rule(data=st.data())
    def jumps(self, data: st.DataObject) -> None:
        there = data.draw(st.sampled_from(self.store.messages))
        index = self.view.window.index_of(there.id)
        if index is None or index < self.view.window.first:
            self.store.around(self.view, there)
            self.view.stand_at(LogAnchor(there.place, 0))
        self.view.select(there)
        index = self.view.selected_index()
        assert index is not None
        self.view.centre(index)
        self.store.load(self.view)
        if self.view.height > 1:
            assert any(row is not None and row[0] == there.id for row in shown(self.view))

    @rule()
    def bottom(self) -> None:
        if self.view.window.at_end:
            self.view.to_bottom()
        else:
            self.store.newest(self.view)

    @precondition(lambda self: self.store.messages)
    @rule(data=st.data())
    def unread(self, data: st.DataObject) -> None:
        self.view.unread_above = data.draw(st.sampled_from(self.store.messages)).id
        self.view.changed()

    @invariant()
    def shows_what_everything_laid_out_shows(self) -> None:
        if self.view.height == 0 or self.view.width == 0:
            return
        self.store.load(self.view)
        everything = laid_out(self.store.messages, self.view)
        room = self.view.room
        rows = shown(self.view)
        assert len(rows) == self.view.room == room
        if self.view.following:
            expected = [None] * (room - len(everything)) + everything[-room:]
            assert not self.view.unseen
        else:
            note(f"anchor {self.view.anchor} of {len(everything)} lines")
            top = rows[0]
            assert top is not None
            at = everything.index(top)
            expected = everything[at : at + room]
        assert rows == expected

    @invariant()
    def holds_few(self) -> None:
        assert len(self.view.window) <= HOLD + PAGE // 2 + PAGE


Log.TestCase.settings = settings(max_examples=examples(50), stateful_step_count=25, deadline=None)
TestLog = Log.TestCase


def view_of(count: int, *, width: int = 60, height: int = 10) -> LogViewport:
    view = LogViewport()
    view.this_year = START.year
    view.resize(width, height)
    view.window.fill([text(number) for number in range(1, count + 1)], at_start=True, at_end=True)
    view.to_bottom()
    return view


def test_what_arrives_while_one_reads_is_counted_and_moves_nothing() -> None:
    view = view_of(50)
    view.scroll(-20)
    before = shown(view)
    view.add([text(51), text(52)])
    view.add([text(53, mine=True)])
    assert shown(view) == before[:-1]
    assert len(view.unseen) == 2
    view.scroll(1)
    assert len(view.unseen) == 2
    view.scroll(100)
    assert view.following
    assert not view.unseen
    assert len(shown(view)) == 10
    assert shown(view)[-1] == (53, 0)


def test_what_comes_into_sight_is_not_new_any_more() -> None:
    view = view_of(50)
    view.scroll(-20)
    view.add([text(number) for number in range(51, 71)])
    assert len(view.unseen) == 20
    view.scroll(25)
    assert not view.following
    last = shown(view)[-1]
    assert last is not None
    assert len(view.unseen) == 70 - last[0]


def test_a_message_higher_than_the_view_is_read_line_by_line() -> None:
    view = LogViewport()
    view.resize(60, 5)
    view.window.fill([text(1), text(2, "\n".join(map(str, range(20)))), text(3)], at_start=True, at_end=True)
    view.to_bottom()
    assert view.step(-1) is not None
    assert view.selected is not None and view.selected.id == 3
    view.step(-1)
    assert view.selected.id == 2
    assert shown(view)[-2:] == [(2, 19), (3, 0)]
    steps = 0
    while view.selected.id == 2:
        view.step(-1)
        steps += 1
    assert view.selected.id == 1
    assert steps == 17  # 16 lines above, then the message above


def test_another_width_keeps_the_words_at_the_top() -> None:
    view = LogViewport()
    view.resize(100, 6)
    words = " ".join(f"w{number}" for number in range(900))
    view.window.fill([text(1, words), *(text(number) for number in range(2, 60))], at_start=True, at_end=True)
    view.to_bottom()
    view.scroll(-1000)
    view.scroll(20)
    line = view.lines()[0]
    assert line is not None
    found = line.block.line(line.row)
    assert found is not None
    for width in (40, 70, 55, 100):
        view.resize(width, 6)
        now = view.lines()[0]
        assert now is not None
        again = now.block.line(now.row)
        assert again is not None
        assert again.at <= found.at
        following = now.block.line(now.row + 1)
        assert following is not None and following.at > found.at - 100


@given(st.integers(0, 400), st.integers(1, 90))
@settings(max_examples=examples(40), deadline=None)
def test_however_long_the_log_is_little_is_laid_out(count: int, height: int) -> None:
    view = view_of(count, height=height)
    view.lines()
    assert len(view._blocks) <= height + 1


def test_recalled_is_shown_or_hidden() -> None:
    recalled = replaced(text(1, "secret"), state=DeliveryState.RECALLED)
    for show in (True, False):
        view = LogViewport(show_recalled=show)
        view.resize(60, 5)
        view.window.fill([recalled], at_start=True, at_end=True)
        words = "".join(run for line in view.lines() if line for run, _ in line.block.line(line.row).runs)
        assert ("secret" in words) is show


def test_names_of_a_conversation_that_was_just_opened_lay_out_nothing() -> None:
    """Each switch laid out its messages twice: with no room for names, and with it."""
    view = LogViewport()
    view.resize(80, 24)
    view.window.fill([text(number) for number in range(1, 51)], at_start=True, at_end=True)
    view.to_bottom()
    assert view.widen_names(12)
    assert not view._blocks
    assert len(view.lines()) == 24 and view._blocks
