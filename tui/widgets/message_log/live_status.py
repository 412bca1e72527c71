"""Delivery statuses of the messages in sight; countdowns and uploads move, and are drawn again by themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from typing import Final

from textual.timer import Timer
from textual.widget import Widget

from tui.services.sending.recall_window import RecallWindow
from tui.services.uploads.upload_state import Upload
from tui.store.delivery_state import DeliveryState
from tui.widgets.base.styles import Run, Tone
from tui.widgets.message_log.delivery_status import WaitReason, status, uploads
from tui.widgets.message_log.layout import Line
from tui.widgets.message_log.viewport import VisibleLine

PROGRESS_EVERY: Final = 0.1
"""Seconds between two repaints of a running upload."""
_ON_THE_WAY: Final = frozenset({DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.REVOKING})


def _room(visible: VisibleLine, line: Line) -> int:
    """Return the cells that a status has at the end of a line."""
    return visible.block.columns.room - (line.cells + 2 if line.cells else 0)


class LiveStatus:
    """Belongs to one log. `redraw` draws the statuses of these messages again, where they are in sight."""

    def __init__(
        self,
        log: Widget,
        upload_of: Callable[[int], Upload | None],
        wait_of: Callable[[int], WaitReason | None],
        recall_window: RecallWindow,
        redraw: Callable[[Collection[int]], None],
    ) -> None:
        self._log = log
        self._upload_of = upload_of
        self._wait_of = wait_of
        self._recall_window = recall_window
        self._redraw = redraw
        self._counting: set[int] = set()
        self._countdown: Timer | None = None
        self._moving: set[int] = set()
        self._throttle: Timer | None = None

    def runs(self, visible: VisibleLine, line: Line) -> tuple[Run, ...]:
        """Return the status that stands at the end of a line."""
        message = visible.block.message
        pending = message.outgoing and message.state is DeliveryState.PENDING
        wait = self._wait_of(message.id) if pending else None
        left = self._recall_window.seconds_left(message)
        if left:
            self._counting.add(message.id)
            if self._countdown is None:
                # Just after the number changes.
                self._countdown = self._log.set_timer(left - math.ceil(left) + 1.01, self._tick)
        upload = self._upload_of(message.id) if uploads(message) else None
        room = _room(visible, line)
        return status(message, upload, left, selected=visible.block.selected, room=room, wait=wait)

    def still(self, visible: VisibleLine, line: Line) -> tuple[Run, ...]:
        """Return the status at the end of a line without what moves in it."""
        message = visible.block.message
        if message.outgoing and message.state in _ON_THE_WAY:
            return (("…", Tone.DIM),)
        return status(message, None, 0.0, selected=visible.block.selected, room=_room(visible, line))

    def progress(self, message_id: int) -> None:
        """Hear that an upload moved; several of these within a tenth of a second are one repaint."""
        self._moving.add(message_id)
        if self._throttle is None and self._log.is_running:
            self._show_progress()

    def forget(self) -> None:
        """Draw nothing of these messages again: others are shown now."""
        self._counting.clear()
        self._moving.clear()

    def _tick(self) -> None:
        """Count a second down. What is drawn again and still counts down starts the timer anew."""
        self._countdown = None
        counting, self._counting = self._counting, set()
        self._redraw(counting)

    def _show_progress(self) -> None:
        self._throttle = None
        if self._moving:
            moving, self._moving = self._moving, set()
            self._redraw(moving)
            self._throttle = self._log.set_timer(PROGRESS_EVERY, self._show_progress)
