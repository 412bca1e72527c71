"""Textual's driver for real terminals: an input that survives any bytes, modes that come back after a stop, mistakes of
its threads that reach the program, and a terminal that can be restored at every ending.

Textual 8.2 answers an exception in its input thread by printing a traceback with every local variable, and ends with
exit code 0.
"""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import termios
import threading
import tty
from collections.abc import Callable
from queue import Empty
from typing import Any, Final

from textual import constants
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver

from tui.terminal.key_order import KeyOrder
from tui.terminal.textual_patches import InputReader

_LOOK_UP: Final = 0.1
"""Seconds after which the input thread looks whether it is to end."""
_CHUNK: Final = 4096
_KITTY_KEYS: Final = (
    linux_driver.KITTY_DISAMBIGUATE_ESCAPE_CODES
    | linux_driver.KITTY_REPORT_ALL_KEYS
    | linux_driver.KITTY_REPORT_ASSOCIATED_TEXT
)
_BACKLOG: Final = 1000
"""Messages that may wait for the program; beyond these the terminal waits."""

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
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it untyped

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
            # Without this thread no key is heard any more: the program must end, whatever it was.
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

    # ---------------------------------------------------------------- keys

    def run_input_thread(self) -> None:
        """Read until the driver stops. Raises `OSError` when the terminal is gone."""
        reader = InputReader()
        silent = 0.0
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                patience = reader.patience
                wait = _LOOK_UP if patience is None else max(0.0, min(_LOOK_UP, patience - silent))
                if selector.select(wait):
                    silent = 0.0
                    data = os.read(self.fileno, _CHUNK)
                    if not data:
                        raise OSError(errno.EIO, "the terminal is gone")
                    messages = reader.feed(data)
                else:
                    silent += wait
                    if patience is None or silent < patience:
                        continue
                    messages = reader.pause()
                for message in messages:
                    self.process_message(message)
                self._hold_back()

    def _hold_back(self) -> None:
        """Wait while the program has more input before it than it can have looked at: its queues have no limit."""
        app = self._app
        while (
            not self.exit_event.is_set()
            and app.message_queue_size + (app.input_waiting if isinstance(app, KeyOrder) else 0) > _BACKLOG
        ):
            self.exit_event.wait(0.01)

    def _query_in_band_window_resize(self) -> None:
        """Ask for nothing: sizes come by SIGWINCH, over SSH too, and need no trust in the terminal's numbers."""

    # ---------------------------------------------------------------- stopping and going on

    def _sigtstp_application(self, *_: object) -> None:
        """Stop soon: a signal handler may have interrupted the very queue that it would write to."""
        self._loop.call_soon_threadsafe(super()._sigtstp_application)

    def _sigcont_application(self, *_: object) -> None:
        """Go on soon."""
        self._loop.call_soon_threadsafe(self._go_on)

    def _go_on(self) -> None:
        if self._must_signal_resume:
            # It was stopped by Ctrl+Z or SIGTSTP, and has given the terminal back before.
            super()._sigcont_application()
        elif self._auto_restart:
            # SIGSTOP. Textual would begin to read keys a second time, and never end.
            self._retake()
            self._app.post_message(self.SignalResume())

    def _retake(self) -> None:
        """Set every mode again after a stop that nobody announced: the shell has used the terminal."""
        with contextlib.suppress(termios.error):
            attributes = termios.tcgetattr(self.fileno)
            attributes[tty.LFLAG] = self._patch_lflag(attributes[tty.LFLAG])
            attributes[tty.IFLAG] = self._patch_iflag(attributes[tty.IFLAG])
            attributes[tty.CC][termios.VMIN] = 1
            termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)
        # The other screen without 1049, which would save the cursor a second time, from where it is now.
        self.write("\x1b[?1047h\x1b[?1004h")
        # kitty's keys: set, not pushed; they were pushed at the start and are popped once at the end.
        if not constants.DISABLE_KITTY_KEY:
            self.write(f"\x1b[={_KITTY_KEYS};1u")
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._disable_line_wrap()
