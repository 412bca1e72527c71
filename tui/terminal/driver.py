"""The driver for real terminals: any bytes may come in, and the terminal can be restored at every ending.

What it needs of Textual's private names is in `PatchedDriver`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import math
import os
import selectors
import signal
import struct
import termios
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from textual import events
from textual.message import Message

from tui.kept_screen import early
from tui.kept_screen.early import EarlyScreen
from tui.kept_screen.picture import KeptPicture
from tui.terminal.input_reader import ExpectedAnswers, InputReader
from tui.terminal.key_order import KeyOrder
from tui.terminal.textual_patches import PatchedDriver, release_writers

_CHUNK: Final = 4096
_BACKLOG: Final = 1000
"""Messages that may wait for the program; beyond these the terminal waits."""

_STANDS: Final = ("\x1b[?1049h", "\x1b[?25l")
"""Written by Textual at the start: the other screen, which would be saved and cleared a second time, and no cursor,
which stands in the bar already."""

_LAST_ANSWER: Final = 0.3
"""Seconds that an answer is waited for before the terminal is given back."""

LEAVE: Final = (
    "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l"
    "\x1b[?1004l\x1b[<u\x1b[?2026l\x1b[?1049l\x1b[?25h\x1b[m"
)
"""Ends bracketed paste, mouse reports, focus reports, Kitty's keys, synchronized output and the other screen; brings
back line wrap, the cursor and plain colours."""
_LEAVE_TO_NEXT: Final = LEAVE.replace("\x1b[?1049l\x1b[?25h", "")
"""The same within the other screen, which the next driver has then."""


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


def _earlier(message: Message) -> Message:
    """Return a message of what lay in the terminal when the thread began: nobody knows how long."""
    message.time = -math.inf
    return message


class TerminalDriver(PatchedDriver):
    """The driver of the full-screen program."""

    entered = False
    """True from before the first byte that changes the terminal until after the last one that restores it."""
    _shown: EarlyScreen | None = None
    """The kept screen from which the terminal was taken over; None once it was given back."""
    _starting = False
    _before: list[Any] | None = None
    _reader: InputReader | None = None
    _next: KeptPicture | None = None
    """Picture to which the terminal is left; None where it is given back."""
    _stops_later = False
    leaving = ""
    """Written once before the terminal is given back, however that comes: ends the images that it keeps for us."""
    untitle = ""
    """Written likewise: brings the window's title back that it had before ours."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._stopping = StopEvent()
        self.exit_event = self._stopping
        self.answers = ExpectedAnswers()
        self.typed: list[events.Key | events.Paste] = []
        """Keys for the next driver: what came since `leave_to`."""

    def start_application_mode(self) -> None:
        """Take the terminal, as it is or from the kept screen that stands on it."""
        # Known before it is taken over: a signal in between restores it all the same.
        self._shown = early.current
        self.entered = self._starting = True
        if self._shown is not None and isinstance(self._shown.reader, InputReader):
            # It may have the beginning of a paste.
            self._reader = self._shown.reader
            self.answers = self._reader.answers
        self.answers.ask()  # Textual does.
        early.take_over()
        try:
            super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it untyped
        finally:
            self._starting = False
        if self._shown is not None:
            self._watch_size(self._shown)

    def stop_application_mode(self) -> None:
        """Give the terminal back, also one that was not taken over yet; or leave it to the next driver."""
        if self._leaves_it and self.entered and self.writes and (attributes := self.attrs_before) is not None:
            self._leave_to_next(attributes)
            return
        if not self.entered:
            early.restore()
        # Not every terminal forgets the colours of the other screen.
        self.write(f"{self.leaving}{self.untitle}\x1b[m")
        if self.writes:
            self.leaving = self.untitle = ""
            self.answers.wait(_LAST_ANSWER)
        super().stop_application_mode()
        self._shown = None
        self.entered = not self.writes

    def leave_to(self, picture: KeptPicture) -> None:
        """Keep keys for the next driver from now on; at the end the terminal is left to it, with this picture."""
        self._next = picture

    def process_message(self, message: Message) -> None:
        """Hand a key to the program, or keep it for the next one."""
        if self._next is None:
            super().process_message(message)
        elif isinstance(message, events.Key | events.Paste):
            self.typed.append(message)

    @property
    def _leaves_it(self) -> bool:
        """True at the end of a program that another one follows; not at a stop before, which is the shell's."""
        return self._next is not None and not self.app.is_running

    def _leave_to_next(self, attributes: list[Any]) -> None:
        """Leave the terminal as it is, without a byte lost that was typed."""
        assert self._next is not None
        # The title as well: the next driver knows nothing of it.
        self.write(f"{self.leaving}{self.untitle}\x1b[m")
        self.leaving = self.untitle = ""
        self.answers.wait(_LAST_ANSWER)
        self.disable_input()
        self.write(_LEAVE_TO_NEXT)
        self.close()  # What the thread has still to write comes before the picture.
        early.show_next(self._next, attributes, self._reader)
        self._shown, self.entered = None, False
        if self._stops_later:
            os.kill(os.getpid(), signal.SIGTSTP)

    @property
    def holds_terminal(self) -> bool:
        """True from the start up to the end, but for a stop, and for the end that leaves the terminal to the next."""
        return self.entered and not self._leaves_it

    def stop_without(self) -> None:
        """Stop with the kept screen that stands on the terminal; while that is being left, once the next one does."""
        if self.entered:
            self._stops_later = True
        else:
            early.stop()

    def go_on_without(self) -> None:
        """Show the kept screen again, if that stands on the terminal."""
        early.go_on()

    def disable_input(self) -> None:
        """Read no more keys; those that lie in the terminal are for nobody, unless a driver follows."""
        if self._leaves_it:
            self.stop_reading()
        else:
            super().disable_input()

    def _watch_size(self, shown: EarlyScreen) -> None:
        """Note when the window has another size, even if it is the same again: terminals cut what they show then."""
        resized = signal.getsignal(signal.SIGWINCH)

        def note(number: int, frame: FrameType | None) -> None:
            shown.intact = False
            if callable(resized):
                resized(number, frame)

        signal.signal(signal.SIGWINCH, note)

    @property
    def attrs_before(self) -> list[Any] | None:
        """Attributes of the terminal, which it gets back."""
        return self._before if self._shown is None else self._shown.attributes

    @attrs_before.setter
    def attrs_before(self, value: list[Any] | None) -> None:
        self._before = value

    def write(self, data: str) -> None:
        """Write to the terminal, as long as it takes anything."""
        if self._starting and self._shown is not None and data in _STANDS:
            return
        # A thread that has ended takes nothing out of its queue, and a full queue would stop the program.
        if self.writes:
            super().write(data)

    def ask(self, queries: str, certain: int) -> None:
        """Write questions about the terminal, of which every terminal answers so many; answers are waited for."""
        self.answers.ask(certain)
        self.write(queries)

    @property
    def cell_pixels(self) -> tuple[int, int] | None:
        """Pixels of a cell, width and height, as the system knows them; None where it does not."""
        try:
            size = fcntl.ioctl(self.fileno, termios.TIOCGWINSZ, bytes(8))
        except OSError:
            return None
        from tui.terminal.graphics.terminal_report import checked_cell

        rows, columns, width, height = struct.unpack("HHHH", size)
        return checked_cell(width // columns, height // rows) if rows and columns else None

    def restore(self) -> None:
        """Restore the terminal without Textual: for an ending that does not wait for threads. Never raises."""
        if not self.entered:
            return
        self.entered = False
        attributes: list[Any] | None = getattr(self, "attrs_before", None)
        if attributes is not None:
            with contextlib.suppress(termios.error, OSError):
                # What was typed for this program is no command for the shell.
                termios.tcflush(self.fileno, termios.TCIFLUSH)
                termios.tcsetattr(self.fileno, termios.TCSANOW, attributes)
        with contextlib.suppress(OSError, ValueError):
            self.write_last((self.leaving + self.untitle + LEAVE).encode())

    # ---------------------------------------------------------------- keys

    def run_input_thread(self) -> None:
        """Read until the driver stops. Raises `OSError` when the terminal is gone."""
        reader = self._reader = self._reader or InputReader(self.answers)
        waiting = self._shown is not None
        for message in map(_earlier, reader.feed(self._shown.typed if self._shown is not None else b"")):
            self.process_message(message)
        with selectors.SelectSelector() as selector:
            keys = selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._stopping, selectors.EVENT_READ)
            while True:
                patience = 0.0 if waiting or self.exit_event.is_set() else reader.patience
                ready = [key for key, _event in selector.select(patience)]
                if self.exit_event.is_set() and not (keys in ready and self._is_blind):
                    return
                if keys in ready:
                    data = os.read(self.fileno, _CHUNK)
                    if not data:
                        raise OSError(errno.EIO, "the terminal is gone")
                    messages = reader.feed(data)
                    if waiting:
                        messages = map(_earlier, messages)
                elif waiting:
                    waiting = False
                    continue
                else:
                    messages = reader.pause()
                for message in messages:
                    self.process_message(message)
                self._hold_back()

    @property
    def _is_blind(self) -> bool:
        """True while the kept screen stands: what is typed then is text, and a stop in between loses none of it."""
        return isinstance(self.app, KeyOrder) and self.app.is_blind

    def _hold_back(self) -> None:
        """Wait while more input is queued than the program can have looked at: its queues have no limit."""
        app = self.app
        while (
            not self.exit_event.is_set()
            and app.message_queue_size + (app.input_waiting if isinstance(app, KeyOrder) else 0) > _BACKLOG
        ):
            self.exit_event.wait(0.01)
