"""The driver for real terminals: any bytes may come in, and the terminal can be restored at every ending.

What it needs of Textual's private names is in `PatchedDriver`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import termios
import threading
from collections.abc import Callable
from typing import Any, Final

from tui.terminal.input_reader import InputReader
from tui.terminal.key_order import KeyOrder
from tui.terminal.textual_patches import PatchedDriver, release_writers

_CHUNK: Final = 4096
_BACKLOG: Final = 1000
"""Messages that may wait for the program; beyond these the terminal waits."""

LEAVE: Final = (
    "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l"
    "\x1b[?1004l\x1b[<u\x1b[?2026l\x1b[?1049l\x1b[?25h\x1b[m"
)
"""Ends bracketed paste, mouse reports, focus reports, Kitty's keys, synchronized output and the other screen; brings
back line wrap, the cursor and plain colours."""


def is_hangup(error: BaseException) -> bool:
    """Return True for what reading and writing raise once the terminal is gone."""
    return isinstance(error, OSError) and error.errno == errno.EIO


def hear_threads(on_mistake: Callable[[BaseException, bool], None]) -> None:
    """Call `on_mistake`, in that thread, with the error that ended any thread, and True when there is no screen without
    it."""

    def ended(broken: threading.ExceptHookArgs) -> None:
        writes = release_writers(broken.thread)
        if broken.exc_value is not None:
            on_mistake(broken.exc_value, writes)

    threading.excepthook = ended


class StopEvent(threading.Event):
    """Event that `select` can wait for, too: while nobody types, the input thread need not look up again and again."""

    def __init__(self) -> None:
        super().__init__()
        self._heard, self._told = os.pipe()
        os.set_blocking(self._heard, False)

    def fileno(self) -> int:
        """Return the descriptor that can be read while the event is set."""
        return self._heard

    def set(self) -> None:
        """Set it, and wake whoever waits."""
        if not self.is_set():
            super().set()
            os.write(self._told, b"!")

    def clear(self) -> None:
        """Clear it for another thread."""
        super().clear()
        with contextlib.suppress(BlockingIOError):
            os.read(self._heard, _CHUNK)

    def __del__(self) -> None:
        # Not with the driver's `close`: a program that was stopped goes on with a driver that was closed.
        os.close(self._heard)
        os.close(self._told)


class TerminalDriver(PatchedDriver):
    """The driver of the full-screen program."""

    entered = False
    """True from before the first byte that changes the terminal until after the last one that restores it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._stopping = StopEvent()
        self.exit_event = self._stopping

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self.entered = True
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it untyped

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        super().stop_application_mode()
        self.entered = not self.writes

    def write(self, data: str) -> None:
        """Write to the terminal, as long as it takes anything."""
        # A thread that has ended takes nothing out of its queue, and a full queue would stop the program.
        if self.writes:
            super().write(data)

    def restore(self) -> None:
        """Restore the terminal without Textual: for an ending that does not wait for threads. Never raises."""
        if not self.entered:
            return
        self.entered = False
        attributes: list[Any] | None = getattr(self, "attrs_before", None)
        if attributes is not None:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)
        with contextlib.suppress(OSError, ValueError):
            self.write_last(LEAVE.encode())

    # ---------------------------------------------------------------- keys

    def run_input_thread(self) -> None:
        """Read until the driver stops. Raises `OSError` when the terminal is gone."""
        reader = InputReader()
        with selectors.SelectSelector() as selector:
            keys = selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._stopping, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                patience = reader.patience
                ready = [key for key, _event in selector.select(patience)]
                if self.exit_event.is_set():
                    return
                if keys in ready:
                    data = os.read(self.fileno, _CHUNK)
                    if not data:
                        raise OSError(errno.EIO, "the terminal is gone")
                    messages = reader.feed(data)
                else:
                    messages = reader.pause()
                for message in messages:
                    self.process_message(message)
                self._hold_back()

    def _hold_back(self) -> None:
        """Wait while more input is queued than the program can have looked at: its queues have no limit."""
        app = self.app
        while (
            not self.exit_event.is_set()
            and app.message_queue_size + (app.input_waiting if isinstance(app, KeyOrder) else 0) > _BACKLOG
        ):
            self.exit_event.wait(0.01)
