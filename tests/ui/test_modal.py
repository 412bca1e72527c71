"""What lies over a screen leaves that as it is, and follows it when it changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from rich.segment import Segment
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from tests.support.app_idle import app_idle
from tests.support.dialog_app import Backdrop, DialogApp, DrawnDialogApp
from tests.support.screen_text import screen_strips, screen_text
from tests.support.uploads_of_each_state import FakeQueue, one_of_each_state, uploads_screen
from tests.support.waiting import until
from tui.screens.dialogs.details import ContactDetails, MessageDetails
from tui.screens.dialogs.help import HelpScreen
from tui.screens.dialogs.question import Question
from tui.screens.pickers.fuzzy_picker import FuzzyPicker
from tui.services.uploads.upload_state import UploadState
from tui.store.contact_record import ContactRecord
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.terminal.graphemes import cell_len
from tui.widgets.base.canvas import fit
from tui.widgets.lists.choice_list import Choice
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind, Member


def question() -> Question:
    return Question("Leave?", (("y", "yes"), ("escape", "no")))


async def test_what_changes_below_is_seen() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        backdrop = app.screen.query_one(Backdrop)
        await app.show(question())
        await pilot.pause()
        assert screen_text(app)[0].startswith("line 0 below")
        said = "news"

        def draw(y: int, width: int) -> Strip:
            return fit([Segment(f"line {y} {said}", backdrop.theme_styles.text)], width, backdrop.theme_styles.text)

        backdrop.draw = draw  # type: ignore[method-assign]
        backdrop.refresh(Region(0, 0, 80, 1))
        await pilot.pause()
        assert screen_text(app)[0] == "line 0 news"
        assert any("Leave?" in line for line in screen_text(app))


async def test_emoji_below_move_nothing() -> None:
    app = DialogApp()
    async with app.run_test(size=(80, 24)) as pilot:
        backdrop = app.screen.query_one(Backdrop)
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

        def draw(y: int, width: int) -> Strip:
            return fit(
                [Segment("x" * (y % 7) + family * 40, backdrop.theme_styles.text)], width, backdrop.theme_styles.text
            )

        backdrop.draw = draw  # type: ignore[method-assign]
        await app.show(question())
        await pilot.pause()
        for strip in screen_strips(app):
            assert cell_len("".join(segment.text for segment in strip)) == 80


async def test_one_over_the_other() -> None:
    app = DialogApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await app.show(FuzzyPicker("Go to", [Choice(f"person {number}", "", (), number) for number in range(30)]))
        await app.show(question())
        await pilot.pause()
        lines = screen_text(app)
        assert lines[0].startswith("line 0")
        assert any("Go to" in line for line in lines)
        assert any("Leave?" in line for line in lines)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        lines = screen_text(app)
        assert lines[0].startswith("line 0")
        assert any("Go to" in line for line in lines)
        assert len(lines) == 24


async def test_the_theme_changes_below_too() -> None:
    app = DialogApp("dark")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(question())
        await pilot.pause()
        app.theme = "light"

        def grounds() -> set[str]:
            strip = screen_strips(app)[0]
            return {style.bgcolor.name for _, style, _ in strip if style is not None and style.bgcolor}

        await until(lambda: grounds() == {"#fbfbf9"})


async def test_nothing_is_drawn_below_while_one_types() -> None:
    app = DialogApp()
    async with app.run_test(size=(100, 30)) as pilot:
        backdrop = app.screen.query_one(Backdrop)
        await app.show(FuzzyPicker("Go to", [Choice(f"person {number}", "", (), number) for number in range(30)]))
        await app_idle(pilot)
        drawn = 0
        draw = backdrop.draw

        def counted(y: int, width: int) -> Strip:
            nonlocal drawn
            drawn += 1
            return draw(y, width)

        backdrop.draw = counted  # type: ignore[method-assign]
        await pilot.press("p", "1", "down")
        assert drawn == 0


MESSAGE = StoredMessage(
    1, 7, datetime(2024, 11, 21, tzinfo=UTC), False, "@1", DeliveryState.RECEIVED, bodies.Text("字 line\n" * 99), "704"
)
GROUP = Contact("@@1", "群", kind=ContactKind.GROUP, members=tuple(Member(f"@{at}", f"name {at}") for at in range(99)))
SCREENS: list[tuple[Callable[[], Screen[object]], str]] = [
    (
        lambda: FuzzyPicker("Go to", [Choice(f"person {at}", "", (), at) for at in range(99)], many=True),
        "p 4 tab tab up down",
    ),
    (lambda: HelpScreen(), "j j pagedown slash c o escape G"),
    (lambda: MessageDetails(MESSAGE, "张三"), "j pagedown y k G"),
    (lambda: ContactDetails(ContactRecord(GROUP)), "j j slash 9 9 up escape G"),
    (lambda: uploads_screen(FakeQueue(one_of_each_state())), "j J j c x G k"),
]


def plain(lines: list[str]) -> list[str]:
    """Without what is joined to an emoji, or is a flag's second half: the emulator does not know them."""
    return [re.sub("\u200d.|[\U0001f1e6-\U0001f1ff]| ", "", line) for line in lines]


async def same(app: DrawnDialogApp) -> None:
    """The terminal comes to show the screen; a line that nobody refreshed never does."""
    with suppress(TimeoutError):
        await until(lambda: plain(app.seen) == plain(screen_text(app)))
    assert plain(app.seen) == plain(screen_text(app))


@pytest.mark.parametrize(("make", "keys"), SCREENS)
async def test_what_changed_reaches_the_terminal(make: Callable[[], Screen[object]], keys: str) -> None:
    """A line that should have been drawn again, and was not, shows only in a terminal."""
    app = DrawnDialogApp("dark")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(make())
        await app_idle(pilot)
        await same(app)
        for key in keys.split():
            await pilot.press(key)
            await same(app)


async def test_progress_reaches_the_terminal() -> None:
    app, queue = DrawnDialogApp(), FakeQueue(one_of_each_state())
    async with app.run_test(size=(80, 24)):
        await app.show(uploads_screen(queue))
        for _ in range(3):
            queue.uploads[4].done += 3_000_000
            await queue.is_looked_at()
            await same(app)
        queue.uploads[4].state = UploadState.SENT
        await queue.is_looked_at()
        await same(app)
