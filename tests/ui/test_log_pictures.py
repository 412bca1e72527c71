"""Pictures in the log: who asks for one and when, and that nothing moves under the selected message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from textual.strip import Strip

from tests.support.stored_messages import START, replaced, text
from tui.errors import PictureUnusable, Unreachable
from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.widgets.message_log import log_pictures
from tui.widgets.message_log.layout import LineKind
from tui.widgets.message_log.log_pictures import MOST_ROWS, TOGETHER, LogPictures
from tui.widgets.message_log.viewport import LogViewport
from tui.wire.bodies import Image

REST = log_pictures.REST + 0.001


def drawn(rows: int = 5) -> Drawn:
    return Drawn("JPEG", 640, 480, 8, rows, ())


class Desk:
    """Pictures that come when the test says so."""

    def __init__(self) -> None:
        self.form: PictureForm | None = PictureForm.BLOCKS
        self.known: dict[int, Drawn | PictureUnusable] = {}
        self.asked: list[int] = []
        self.cancelled: list[int] = []
        self.failure: Exception | None = None
        self.may_come = asyncio.Event()
        self.may_come.set()
        self.boxes: list[PictureBox] = []
        self.let_gone: list[str] = []
        self.may_stand = True
        """False while the terminal has none of the images yet."""
        self.changed: Callable[[], None] = lambda: None

    async def prepare(self) -> None:
        pass

    def thumbnail_box(self, columns: int, rows: int) -> PictureBox | None:
        return PictureBox(columns, rows, (8, 16), self.form) if self.form is not None else None

    def hear(self, changed: Callable[[], None]) -> Callable[[], None]:
        self.changed = changed
        return lambda: None

    def let_go(self, key: str) -> None:
        self.let_gone.append(key)

    def ready(self, message: StoredMessage, box: PictureBox) -> Drawn | PictureUnusable | None:
        return self.known.get(message.id)

    async def thumbnail(self, message: StoredMessage, box: PictureBox) -> Drawn:
        self.asked.append(message.id)
        self.boxes.append(box)
        try:
            await self.may_come.wait()
        except asyncio.CancelledError:
            self.cancelled.append(message.id)
            raise
        if self.failure is not None:
            raise self.failure
        self.known[message.id] = found = drawn()
        return found

    def place(self, drawn: Drawn, key: str) -> Any:
        if not self.may_stand:
            return None
        return SimpleNamespace(strips=lambda: [Strip.blank(drawn.columns)] * drawn.rows)


async def begun() -> None:
    """What was begun has come as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


class Log:
    """Twenty messages, of which those with a number that can be divided by five are images."""

    def __init__(self, shown: Any = "selected", height: int = 16, images: int = 5) -> None:
        self.desk = Desk()
        self.time = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.drawings = 0
        self.view = LogViewport()
        self.view.this_year = START.year
        self.view.resize(60, height)
        messages = [text(number) for number in range(1, 21)]
        messages = [replaced(one, body=Image(640, 480)) if one.id % images == 0 else one for one in messages]
        self.view.window.fill(messages, at_start=True, at_end=True)
        self.view.to_bottom()
        self.pictures = LogPictures(
            self.view, lambda: self.desk, shown, self.draw, self.set_timer, asyncio.ensure_future, lambda: self.time
        )

    def set_timer(self, seconds: float, call: Callable[[], None]) -> Any:
        self.timers.append((self.time + seconds, call))
        return SimpleNamespace()

    def draw(self) -> None:
        """What the widget does when it draws."""
        self.drawings += 1
        self.pictures.fit()
        self.view.lines()
        self.pictures.drawn()

    async def pass_(self, seconds: float) -> None:
        """Time goes by, and what was begun comes as far as it can."""
        end = self.time + seconds
        while due := sorted((timer for timer in self.timers if timer[0] <= end), key=lambda timer: timer[0]):
            self.timers.remove(due[0])
            self.time = max(self.time, due[0][0])
            due[0][1]()
            await begun()
        self.time = end
        await begun()

    def message(self, number: int) -> StoredMessage:
        return self.view.window.messages[number - 1]

    def select(self, number: int) -> None:
        self.view.point_at(self.message(number))
        self.draw()

    def rows(self, number: int) -> list[int]:
        """Lines of the screen in which the picture of a message stands."""
        lines = [(y, one, one.block.line(one.row)) for y, one in enumerate(self.view.lines()) if one is not None]
        return [
            y for y, one, line in lines if line and line.part is LineKind.PICTURE and one.block.message.id == number
        ]

    def line_of(self, number: int) -> int:
        lines = enumerate(self.view.lines())
        return next(y for y, one in lines if one and one.block.message.id == number and one.row >= one.block.lead)


async def test_only_what_is_in_sight_for_a_moment_asks() -> None:
    log = Log()
    log.draw()
    assert log.timers == [], "nobody waits where nothing is selected"
    for number in (20, 19, 18, 17, 16, 15, 14):
        log.select(number)
        await log.pass_(REST / 2)
    assert log.desk.asked == [], "scrolled past"
    log.select(10)
    await log.pass_(REST * 0.9)
    assert log.desk.asked == []
    await log.pass_(REST * 0.2)
    assert log.desk.asked == [10]
    assert len(log.rows(10)) == 5
    await log.pass_(1.0)
    assert log.timers == [], "at rest no timer runs"
    log.select(11)
    log.select(10)
    assert log.desk.asked == [10], "known already: it stands there at once"
    assert len(log.rows(10)) == 5


async def test_always_asks_for_all_in_sight_and_never_for_none() -> None:
    log = Log("always", height=30)
    log.draw()
    await log.pass_(REST)
    assert log.desk.asked == [20, 15, 10, 5]
    # The first is shown at once, what comes with it in one drawing.
    await log.pass_(TOGETHER)
    assert all(len(log.rows(number)) == 5 for number in (15, 20))
    assert log.desk.boxes[0].rows == MOST_ROWS
    assert log.drawings <= 4
    off = Log("never", height=30)
    off.select(10)
    await off.pass_(1.0)
    assert off.desk.asked == []
    plain = Log("always", height=30)
    plain.desk.form = None
    plain.draw()
    await plain.pass_(1.0)
    assert plain.desk.asked == plain.timers == [], "words only, where the terminal has no more"


async def test_the_selected_message_stays_where_it_is_when_its_picture_comes() -> None:
    log = Log()
    log.select(10)
    before = log.line_of(10)
    await log.pass_(REST)
    assert log.line_of(10) == before
    assert log.rows(10) == list(range(before + 1, before + 6))
    # At the lower edge there is no room below it: only as much is scrolled as the picture needs.
    log.select(20)
    await log.pass_(REST)
    assert log.rows(20) == list(range(11, 16))
    assert log.view.following


async def test_out_of_sight_it_is_not_wanted_any_more() -> None:
    log = Log()
    log.desk.may_come.clear()
    log.select(20)
    await log.pass_(REST)
    assert log.desk.asked == [20]
    log.view.scroll(-10)
    log.draw()
    await log.pass_(REST)
    assert log.desk.cancelled == [20]
    log.desk.may_come.set()
    log.view.to_bottom()
    log.draw()
    await log.pass_(REST)
    assert log.desk.asked == [20, 20]
    assert log.rows(20)


async def test_what_waits_for_its_way_to_the_terminal_is_let_go_when_it_is_scrolled_away() -> None:
    log = Log()
    log.desk.form = PictureForm.KITTY
    log.desk.may_stand = False
    log.select(20)
    await log.pass_(REST)
    assert log.desk.asked == [20] and log.desk.let_gone == []
    log.view.scroll(-10)
    log.draw()
    assert log.desk.let_gone == ["log-20"]
    log.desk.may_stand = True
    log.view.to_bottom()
    log.draw()
    await log.pass_(REST)
    assert log.rows(20)


async def test_what_cannot_be_shown_says_so_and_a_network_that_fails_is_asked_again() -> None:
    log = Log()
    log.desk.failure = PictureUnusable(why="broken")
    log.select(10)
    await log.pass_(REST)
    [row] = log.rows(10)
    visible = log.view.lines()[row]
    assert visible is not None
    line = visible.block.line(visible.row)
    assert line is not None
    assert "shown: broken" in line.runs[0][0]
    log.desk.failure = Unreachable(host="x", why="y")
    log.select(15)
    await log.pass_(REST)
    assert log.rows(15) == []
    log.desk.failure = None
    await log.pass_(1.0)
    assert log.rows(15) == []
    log.pictures.try_again()
    await log.pass_(REST)
    assert log.rows(15)


async def test_a_recalled_picture_goes_and_is_not_asked_for() -> None:
    log = Log()
    log.select(10)
    await log.pass_(REST)
    assert log.rows(10)
    recalled = replaced(log.message(10), state=DeliveryState.RECALLED)
    log.desk.known.clear()
    log.pictures.forget([10])
    log.view.replace(recalled)
    log.draw()
    assert log.rows(10) == []
    await log.pass_(1.0)
    assert log.desk.asked == [10]
    log.view.show_recalled = False
    log.desk.known[10] = drawn()
    log.pictures.forget([10])
    log.view.forget_blocks()
    assert log.rows(10) == [], "hidden as its words are"


async def test_another_size_or_terminal_lays_pictures_out_anew() -> None:
    log = Log()
    log.select(10)
    await log.pass_(REST)
    log.view.resize(60, 10)
    log.draw()
    await log.pass_(REST)
    assert log.desk.asked == [10], "known already, in whatever size"
    log.desk.known.clear()
    log.desk.form = PictureForm.KITTY
    log.desk.changed()
    assert log.rows(10) == []
    await log.pass_(REST)
    assert log.desk.boxes[-1].form is PictureForm.KITTY
    assert log.rows(10)
    log.view.resize(60, 5)
    log.draw()
    assert log.rows(10) == [], "no room"
