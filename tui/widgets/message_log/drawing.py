"""The part of the log that draws: lines, statuses, and the two things in them that move by themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final, Protocol

from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer

from tui.i18n import _
from tui.message_summary import unknown_sender
from tui.services.sending.recall_window import RecallWindow
from tui.store.delivery_state import DeliveryState
from tui.store.models import Conversation, StoredMessage
from tui.widgets.base.canvas import Canvas
from tui.widgets.base.progress_text import Moving
from tui.widgets.base.styles import Run
from tui.widgets.message_log.delivery_status import Wait, status, uploads
from tui.widgets.message_log.layout import Line
from tui.widgets.message_log.painter import Painter, PaintStyles, clean_name, more_below
from tui.widgets.message_log.selection import LogSelection
from tui.widgets.message_log.viewport import Seen
from tui.wire.contacts import ContactKind

PROGRESS_EVERY: Final = 0.1
"""Seconds between two repaints of a running transfer."""


class NameSource(Protocol):
    """Who is called what; see `tui.services.contacts.display_names.NameSource`."""

    def of(self, user_name: str) -> str:
        """The name; "" when it is not known yet."""


class LogDrawing(Canvas):
    """Draws a `LogSelection`. Progress and countdowns repaint their own cells, while they are in sight."""

    def __init__(
        self,
        names: NameSource,
        transfer_of: Callable[[int], Moving | None],
        clock: Callable[[], datetime],
        recall_window: RecallWindow,
        *,
        id: str | None,
        show_recalled: bool,
        wait_of: Callable[[int], Wait | None] = lambda message_id: None,
    ) -> None:
        super().__init__(id=id)
        self._names = names
        self._transfer_of = transfer_of
        self._wait_of = wait_of
        self._clock = clock
        self._recall_window = recall_window
        self._view = LogSelection(show_recalled=show_recalled)
        self._conversation: Conversation | None = None
        self._painter = Painter()
        self._counting: set[int] = set()
        self._drawn: Sequence[Seen | None] = ()
        self._countdown: Timer | None = None
        self._moving: set[int] = set()
        self._throttle: Timer | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of `crop`; what stands in all of them is remembered."""
        strips = super().render_lines(crop)
        self._drawn = self._view.lines()
        return strips

    @property
    def up_to_date(self) -> bool:
        """Whether the lines that were drawn last are those that are in sight."""
        now = self._view.lines()
        return len(now) == len(self._drawn) and all(
            one is other or (one and other and one.block is other.block and one.row == other.row)
            for one, other in zip(now, self._drawn, strict=True)
        )

    def draw(self, y: int, width: int) -> Strip:
        """A line of the view."""
        view, styles = self._view, self.theme_styles
        view.resize(width, self.size.height)
        lines = view.lines()
        if y >= len(lines):
            return more_below(len(view.unseen), width, styles) if view.unseen else Strip.blank(width, styles.text)
        seen = lines[y]
        if seen is None:
            return Strip.blank(width, styles.text)
        block = seen.block
        line = block.line(seen.row)
        if line is None:
            return Strip.blank(width, styles.text)
        name = self._name_of(block.message) if line.name else ""
        runs = self._status(seen, line) if line.status else ()
        return self._painter.paint(
            block, seen.row, line, PaintStyles(name, runs, block.selected and self.has_focus), styles
        )

    def _name_of(self, message: StoredMessage) -> str:
        if message.mine:
            return _("me")
        name = self._names.of(message.sender)
        conversation = self._conversation
        if not name and conversation is not None and conversation.kind is not ContactKind.GROUP:
            name = conversation.name
        return clean_name(name or unknown_sender(message.sender))

    def _status(self, seen: Seen, line: Line) -> tuple[Run, ...]:
        message = seen.block.message
        pending = message.outgoing and message.state is DeliveryState.PENDING
        wait = self._wait_of(message.id) if pending else None
        left = self._recall_window.seconds_left(message)
        if left:
            self._counting.add(message.id)
            if self._countdown is None:
                # Just after the number changes.
                self._countdown = self.set_timer(left - math.ceil(left) + 1.01, self._tick)
        transfer = self._transfer_of(message.id) if uploads(message) else None
        room = seen.block.columns.room - (line.cells + 2 if line.cells else 0)
        return status(message, transfer, left, selected=seen.block.selected, room=room, wait=wait)

    # ---------------------------------------------------------------- what moves by itself

    def progress(self, message_id: int) -> None:
        """Its transfer moved; several of these within a tenth of a second are one repaint."""
        self._moving.add(message_id)
        if self._throttle is None and self.is_running:
            self._show_progress()

    def forget_pulses(self) -> None:
        """Other messages are shown now."""
        self._counting.clear()
        self._moving.clear()

    def _tick(self) -> None:
        """A second went by. What is drawn again and still counts down starts the timer anew."""
        self._countdown = None
        counting, self._counting = self._counting, set()
        self._refresh_statuses(counting)

    def _show_progress(self) -> None:
        self._throttle = None
        if self._moving:
            moving, self._moving = self._moving, set()
            self._refresh_statuses(moving)
            self._throttle = self.set_timer(PROGRESS_EVERY, self._show_progress)

    def _refresh_statuses(self, ids: Collection[int]) -> None:
        regions = []
        for y, seen in enumerate(self._view.lines()):
            if seen is not None and seen.block.message.id in ids:
                line = seen.block.line(seen.row)
                if line is not None and line.status:
                    x = seen.block.columns.text + line.cells
                    regions.append(Region(x, y, max(1, self.size.width - x), 1))
        if regions:
            self.refresh(*regions)

    def _refresh_messages(self, ids: Collection[int]) -> None:
        width = self.size.width
        regions = [
            Region(0, y, width, 1)
            for y, seen in enumerate(self._view.lines())
            if seen is not None and seen.block.message.id in ids
        ]
        if regions:
            self.refresh(*regions)

    def _refresh_line(self, y: int) -> None:
        self.refresh(Region(0, y, self.size.width, 1))

    def on_focus(self) -> None:
        """The bar says where keys go."""
        self._refresh_selected()

    def on_blur(self) -> None:
        """The bar says where keys go."""
        self._refresh_selected()

    def _refresh_selected(self) -> None:
        selected = self._view.selected
        self._refresh_messages({selected.id} if selected else set())
