"""Rule for all questions: the moment from which a key answers them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from textual import events

from tui.widgets.base.canvas import Canvas

SETTLE: Final = 0.3
"""Seconds that a question must have been on the terminal before a key answers it."""


class Settling:
    """Tells keys that answer a question from those that were meant for what stood there before it.

    A key answers when it was pressed after the frame with the question was written, and `SETTLE` seconds later. The key
    that raised the question was pressed before that frame, so an answer is never within `SETTLE` of it either.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic, in seconds."""
        self._clock = clock
        self._drawn = False
        self._painted = math.inf
        self._pressed_from = math.inf

    def anew(self) -> None:
        """Begin again: another question is asked, and not painted yet."""
        self._drawn = False
        self._painted = self._pressed_from = math.inf

    def drawn(self, by: Canvas) -> None:
        """Hear that the widget `by` draws the question: the frame is written before Textual calls back."""
        if not self._drawn and by.reaches_terminal:
            self._drawn = True
            by.call_after_refresh(self.painted)

    def painted(self) -> None:
        """Hear that the frame with the question was written."""
        if self._painted == math.inf:
            self._painted = self._clock()
            # Textual's own clock, by which keys say when they came in; they may have waited for us since.
            self._pressed_from = time.perf_counter()

    def painted_at(self, moment: float) -> None:
        """Hear that it stands on the terminal since `moment`, by the monotonic clock: a kept screen showed it."""
        self._painted = moment
        self._pressed_from = time.perf_counter() - (self._clock() - moment)

    def read_by(self, pressed: float) -> bool:
        """Return whether it could have been read when a key was pressed, by Textual's clock, however late it is now."""
        return pressed - self._pressed_from >= SETTLE

    @property
    def seen(self) -> bool:
        """True when the question stands on the terminal."""
        return self._painted < math.inf

    def answers(self, event: events.Event | None = None) -> bool:
        """Return whether a key or click counts, pressed when `event` says; without one, now."""
        late = event is not None and event.time < self._pressed_from
        return not late and self._clock() - self._painted >= SETTLE
