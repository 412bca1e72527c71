"""Textual's terminal driver, with two things more: its threads' mistakes reach the program, and it knows whether the
terminal still has to be restored.

Textual 8.2 answers an exception in its input thread by printing a traceback with every local variable, and ends with
exit code 0.
"""

from __future__ import annotations

import contextlib
import errno
import os
import termios
import threading
from collections.abc import Callable
from queue import Empty
from typing import Any, Final

from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

LEAVE: Final = (
    "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    "\x1b[?1004l\x1b[<u\x1b[?2026l\x1b[?1049l\x1b[?25h\x1b[m"
)
"""Ends bracketed paste, mouse reports, focus reports, Kitty's keys, synchronized output and the other screen; brings
back line wrap, the cursor and plain colours."""


def is_hangup(error: BaseException) -> bool:
    """Return True for what reading and writing raise once the terminal is gone."""
    return isinstance(error, OSError) and error.errno == errno.EIO


def hear_threads(on_mistake: Callable[[BaseException, bool], None]) -> None:
    """Call `on_mistake`, in that thread, with what ends any thread, and True for a thread without which there is no
    screen. The writer's queue is emptied, so that nobody waits for room in it.
    """

    def ended(broken: threading.ExceptHookArgs) -> None:
        if isinstance(broken.thread, WriterThread):
            with contextlib.suppress(Empty):
                while True:
                    broken.thread._queue.get_nowait()
        if broken.exc_value is not None:
            on_mistake(broken.exc_value, isinstance(broken.thread, WriterThread))

    threading.excepthook = ended


class TerminalDriver(LinuxDriver):
    """The driver of the full-screen program."""

    entered = False
    """True from before the first byte that changes the terminal until after the last one that restores it."""

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self.entered = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """Give the terminal back."""
        super().stop_application_mode()
        self.entered = not self._writes

    def write(self, data: str) -> None:
        """Write to the terminal, as long as it takes anything."""
        # A thread that has ended takes nothing out of its queue, and a full queue would stop the program.
        if self._writes:
            super().write(data)

    @property
    def _writes(self) -> bool:
        return self._writer_thread is not None and self._writer_thread.is_alive()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except BaseException as error:
            self._app.call_later(self._app._handle_exception, error)

    def restore(self) -> None:
        """Restore the terminal without Textual: for an ending that does not wait for threads. Never raises."""
        if not self.entered:
            return
        self.entered = False
        attributes: list[Any] | None = getattr(self, "attrs_before", None)
        if attributes is not None:
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)
        if self._file is not None:
            with contextlib.suppress(OSError, ValueError):
                os.write(self._file.fileno(), LEAVE.encode())
