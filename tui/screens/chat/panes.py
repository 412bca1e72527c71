"""What the chat screen is made of: its panes, which of them are seen, and the last line."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.reactive import Reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tui.i18n import _
from tui.keymap import hint
from tui.screens.context import AppContext
from tui.screens.outbox_texts import wait_of
from tui.widgets.base.canvas import Pane
from tui.widgets.base.styles import Tone
from tui.widgets.base.work import begin
from tui.widgets.composer.completion_popup import Completion
from tui.widgets.composer.composer import Composer
from tui.widgets.conversation_list.conversation_list import Sidebar
from tui.widgets.header import Header
from tui.widgets.message_log.delivery_status import Wait
from tui.widgets.message_log.message_log import MessageLog
from tui.widgets.status_line import StatusLine
from tui.widgets.text_input.line_edit import LineEdit

if TYPE_CHECKING:
    from tui.services.uploads.upload_state import Upload

NARROW: Final = 60
"""Columns below which the conversation list is a screen of its own."""


class ChatPanes(Screen[None]):
    """Sidebar left; header, log and bar right; one status line below."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Textual draws the whole screen anew when the focus moves; what has it draws itself."""

    def __init__(self, desk: AppContext) -> None:
        super().__init__()
        self.desk = desk
        self.sidebar = Sidebar(id="sidebar")
        self.filter = LineEdit(placeholder=_("filter"), id="filter")
        self.header_line = Header(id="header")
        self.log_view = MessageLog(
            desk.store,
            desk.names,
            self._transfer_of,
            desk.clock,
            desk.recall_window,
            id="log",
            show_recalled=desk.settings.show_recalled,
            wait_of=self._wait_of,
        )
        self.completion = Completion(id="completion")
        self.composer = Composer(self.completion, id="composer")
        self.status = StatusLine(id="status")

    def _transfer_of(self, message_id: int) -> Upload | None:
        return self.desk.outbox.of_row(message_id) if self.desk.outbox else None

    def _wait_of(self, message_id: int) -> Wait | None:
        return wait_of(self.desk.outbox, message_id) if self.desk.outbox is not None else None

    def compose(self) -> ComposeResult:
        """The filter and the completion come when they are wanted."""
        self.filter.display = self.completion.display = False
        with Pane(id="panes"):
            with Pane(id="left"):
                yield self.filter
                yield self.sidebar
            with Pane(id="right"):
                yield self.header_line
                yield self.log_view
                yield self.completion
                yield self.composer
        yield self.status

    def render_lines(self, crop: Region) -> list[Strip]:
        """The panes cover it: Textual need not work out what it looks like."""
        return [Strip.blank(crop.width)] * crop.height

    # ---------------------------------------------------------------- panes

    def action_next_pane(self, step: int) -> None:
        """The bar, the messages, the list."""
        panes = [self.composer, self.log_view, self.sidebar]
        focused = next((at for at, pane in enumerate(panes) if pane.has_focus), 0)
        panes[(focused + step) % len(panes)].focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Other keys work now; on a narrow screen the list comes and goes."""
        self.fit(self.size.width)
        self.show_hints()

    def show_hints(self) -> None:
        """What the focused thing can do, in a few words."""
        if self.filter.has_focus:
            self.status.hints(hint("{field.submit} open · {back} all of them"))
        elif self.sidebar.has_focus:
            self.status.hints(
                hint("{list.choose} open · {sidebar.filter} filter · {pane.next} bar · {help.quiet} help")
            )
        elif self.log_view.has_focus and self.log_view.sought:
            self.status.hints(
                hint(
                    "{search_older} further up · {search_newer} further down · {search} other words ·"
                    " {back} ends the search"
                )
            )
        elif self.log_view.has_focus:
            self.status.hints(
                hint("{copy} copy · {revoke} recall · {forward} forward · {reply} reply · {open} details · {back} bar")
            )
        elif self.log_view.selected is not None and not self.composer.text:
            self.status.hints(
                hint("{pane.next}, then {revoke} recall · {reply} reply · {forward} forward · {open} details")
            )
        else:
            self.status.hints(hint("{bar.send} send · / commands · {send} files · {pane.next} messages · {help} help"))

    def on_resize(self, event: events.Resize) -> None:
        """Narrow screens show the list or the messages."""
        self.fit(event.size.width)

    def fit(self, width: int) -> None:
        """As many panes as there is room for."""
        narrow = width < NARROW
        listing = self.sidebar.has_focus or self.filter.has_focus
        left, right = self.query_one("#left"), self.query_one("#right")
        left.display = not narrow or listing
        right.display = not narrow or not listing
        left.styles.width = "1fr" if narrow else max(22, min(34, width // 4))

    # ---------------------------------------------------------------- what is said

    def go(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = False) -> None:
        """Do something while keys are heard; what goes wrong is said, never lost and never the end of the program."""
        begin(self, work, group, exclusive=exclusive, complain=self.complain)

    def complain(self, sentence: str) -> None:
        """Say what went wrong."""
        self.status.say(sentence, Tone.BAD)

    def tell(self, sentence: str) -> None:
        """Say what was done."""
        self.status.say(sentence, Tone.GOOD)
