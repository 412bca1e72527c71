"""What is said is said whole, where three lines hold it; afterwards the line is one again."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.widget import Widget

from tests.support.screen_text import screen_text
from tui.terminal.graphemes import cell_len
from tui.widgets.base.styles import Tone
from tui.widgets.status_line import StatusLine

SENTENCE = "WeChat ended the session right after the login; this account may not use the web version. Press f."


class Page(App[None]):
    CSS = "#rest { height: 1fr; } #status { height: 1; }"

    def compose(self) -> ComposeResult:
        yield Widget(id="rest")
        yield StatusLine(id="status")

    @property
    def status(self) -> StatusLine:
        return self.query_one(StatusLine)


@pytest.mark.parametrize(("width", "rows"), [(120, 1), (80, 2), (40, 3)])
async def test_a_sentence_takes_the_lines_that_it_needs(width: int, rows: int) -> None:
    app = Page()
    async with app.run_test(size=(width, 12)) as pilot:
        app.status.state = ("● online", Tone.DIM)
        app.status.say(SENTENCE, Tone.BAD)
        await pilot.pause()
        told = screen_text(app)[-rows:]
        assert app.status.size.height == rows
        assert " ".join(line.strip().removeprefix("✗ ") for line in told) == SENTENCE
        app.status.say("")
        await pilot.pause()
        assert app.status.size.height == 1
        assert screen_text(app)[-1].strip() == "● online"


async def test_more_than_three_lines_end_in_a_mark_and_follow_the_width() -> None:
    app = Page()
    async with app.run_test(size=(40, 12)) as pilot:
        app.status.say("长" * 100, Tone.WARN)
        await pilot.pause()
        assert app.status.size.height == 3
        assert all(cell_len(line) <= 40 for line in screen_text(app))
        assert screen_text(app)[-1].endswith("…")
        await pilot.resize_terminal(120, 12)
        await pilot.pause()
        assert app.status.size.height == 2
