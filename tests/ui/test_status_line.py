"""What is said is said whole, where three lines hold it; afterwards the line is one again."""

from __future__ import annotations

import re

import pytest
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widget import Widget

from tests.support.screen_text import screen_text
from tui import errors, i18n
from tui.screens.chat.status_summary import OutboxSummary, pane_words, status_text
from tui.services.client.events import ConnectionState
from tui.terminal.graphemes import cell_len
from tui.widgets.base.styles import Tone
from tui.widgets.status_line import StatusLine

SENTENCE = "WeChat ended the session right after the login; this account may be barred from the web version. Press f."


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


@pytest.mark.parametrize("width", [120, 44])
async def test_words_that_lead_somewhere_carry_the_address_also_where_they_are_broken(width: int) -> None:
    app = Page()
    async with app.run_test(size=(width, 12)) as pilot:
        path = "~/Downloads/" + "long-name-" * 4 + ".pdf"
        app.status.say(f"Saved: {path} · y copies the path", Tone.GOOD, link=(path, "file://here/x"))
        await pilot.pause()
        rows = [app.status.draw(y, width) for y in range(app.status.size.height)]
        leading = [segment for row in rows for segment in row if segment.style and segment.style.link]
        assert "".join(segment.text for segment in leading) == path
        assert {segment.style.link for segment in leading if segment.style} == {"file://here/x"}
        app.status.say("Saved: other", Tone.GOOD)
        assert not any(segment.style and segment.style.link for segment in app.status.draw(0, width))


class Dialog(ModalScreen[None]):
    """Lies over the page."""


async def test_an_error_outlives_keys_until_the_bar_changes() -> None:
    app = Page()
    async with app.run_test(size=(60, 12)):
        app.status.say("No space left.", Tone.BAD)
        app.status.key_pressed()
        assert app.status.said == "No space left."
        app.status.bar_changed()
        assert app.status.said == ""
        app.status.say("Copied.", Tone.GOOD)
        app.status.key_pressed()
        assert app.status.said == ""


async def test_what_is_said_while_a_dialog_is_open_is_shown_when_it_closes_and_outlives_the_next_command() -> None:
    app = Page()
    async with app.run_test(size=(60, 12)) as pilot:
        await app.push_screen(Dialog())
        app.status.say("No space left.", Tone.BAD)
        app.status.say("Gone.", Tone.BAD)
        app.status.say("Gone.", Tone.BAD)
        app.status.say("Saved.", Tone.GOOD)
        await pilot.pause()
        assert "No space left." not in "".join(screen_text(app)), "it would seem to be about the dialog"
        app.pop_screen()
        await pilot.pause()
        app.status.uncovered()
        assert app.status.said == "No space left. Gone.", "an error is not lost to what was said later"
        app.status.command_begins()
        assert app.status.said == "No space left. Gone.", "the dialog led to a command; nobody has read it yet"
        app.status.key_pressed()
        app.status.command_begins()
        assert app.status.said == ""


async def test_a_session_that_is_back_takes_the_error_back_that_waits_behind_its_login() -> None:
    app = Page()
    async with app.run_test(size=(60, 12)):
        await app.push_screen(Dialog())
        app.status.say("The session has ended.", Tone.BAD)
        app.status.say("")
        app.pop_screen()
        app.status.uncovered()
        assert app.status.said == ""


async def test_details_of_the_state_give_way_to_hints_only_where_both_have_no_room() -> None:
    app = Page()
    async with app.run_test(size=(60, 12)) as pilot:
        app.status.state = ("● online · 5 unread", Tone.DIM)
        app.status.hints, app.status.hints_first = "3 marked · f forward · Esc unmark", True
        await pilot.pause()
        assert re.fullmatch(r" ● online · 5 unread +3 marked · f forward · Esc unmark ?", screen_text(app)[-1])
        app.status.hints = "3 marked · f forward · y copy · Esc unmark"
        await pilot.pause()
        assert re.fullmatch(r" ● online +3 marked · f forward · y copy · Esc unmark ?", screen_text(app)[-1])


@pytest.mark.parametrize(
    ("language", "one", "more"),
    [("en", "unread in 1", "unread in 3"), ("zh_CN", "1 个会话未读", "3 个会话未读")],
)
def test_unread_ones_are_conversations(language: str, one: str, more: str) -> None:
    i18n.use(language)
    try:
        online = ConnectionState(True)
        assert status_text(online, OutboxSummary(), 1)[0].endswith(f" · {one}")
        assert status_text(online, OutboxSummary(), 3)[0].endswith(f" · {more}")
        assert cell_len(more) <= 15, "beside it there is room for the first and the last hint in 50 columns"
    finally:
        i18n.use("en")


def test_a_servers_words_stand_cleaned_in_the_last_line_and_in_an_empty_pane() -> None:
    trouble = errors.BadAnswer(host="\x1b[2J", call="webwxsync", why="\u202e\x07\n", status=0)
    connection = ConnectionState(False, trouble, 3.0)
    for words, _tone in (
        status_text(connection, OutboxSummary(), 0),
        pane_words(connection, None, listed=True),
    ):
        assert "Retrying in 3 s" in words
        assert words.isprintable()
