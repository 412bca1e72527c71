"""Ends the full-screen program when a signal asks for it, or when it hangs after a mistake in wxtui.

The handlers are Python's own, not the event loop's: they run between two lines of code, also while the loop is busy.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from tui.kept_screen import early

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_PATIENCE: Final = 1.0
"""Seconds between two signals from which on the second is a person who has waited: a closing terminal, and systemd,
send two at once."""
_MOST: Final = 10.0
"""Seconds that the ending after a mistake may take."""


class Endings:
    """Handles the signals that end a program, for as long as it is entered. Ignored ones stay ignored: nohup means it.

    The first signal asks the program to leave; another one, more than a second later, ends the process at once.
    """

    def __init__(self) -> None:
        self._leave: Callable[[], object] = lambda: None
        self._restore: Callable[[], None] = lambda: None
        self.received: signal.Signals | None = None
        """The signal that ended the program."""
        self._since = 0.0
        self._before: dict[signal.Signals, Any] = {}

    def on_signal(self, leave: Callable[[], object], restore: Callable[[], None] = lambda: None) -> None:
        """Set what the first signal does (`leave`), and how the terminal is restored when the process ends at once.

        `leave` is called in the main thread, between two lines of its code; at once for a signal that came already.
        """
        self._leave, self._restore = leave, restore
        if self.received is not None:
            leave()

    @property
    def code(self) -> int:
        """The exit code: 128 and the signal's number; 0 without a signal."""
        return 0 if self.received is None else 128 + self.received

    def __enter__(self) -> Endings:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received, self._since = signal.Signals(number), time.monotonic()
            # The loop may just have been closed.
            with contextlib.suppress(RuntimeError):
                self._leave()
        elif time.monotonic() - self._since > _PATIENCE:
            self.end_now(128 + number)

    def end_now(self, code: int) -> None:
        """Restore the terminal and end the process at once, whatever still runs."""
        self._restore()
        early.restore()
        os._exit(code)

    def end_soon(self, code: int) -> None:
        """End the process with `code` in 10 s if it still runs then; after a mistake nothing is sure to come to an
        end."""
        timer = threading.Timer(_MOST, self.end_now, (code,))
        timer.daemon = True
        timer.start()
