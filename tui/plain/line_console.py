"""Lines from a person and to a person, in the main thread: with readline at a terminal, bytes of a pipe elsewhere.

Nothing that was written is written over, and no cursor is moved: a terminal without cursor control shows all of it, and
a screen reader reads it once. What comes while somebody types stands on lines of its own; then the prompt stands there
again, with what was typed so far.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType, ModuleType
from typing import Final

from tui import errors
from tui.i18n import _
from tui.paste import clean
from tui.plain.line_terminal import Completer
from tui.wire.text import printable

_MOST: Final = 1_000_000
"""Bytes of a line at most: a pipe without line ends does not fill the memory."""
_PIECE: Final = 65_536
_PIPE_TAKES: Final = 512
"""Bytes that a pipe takes at once, if it takes any."""
_LAST_WRITE: Final = 0.5
"""Seconds in which a reader takes something when a signal has come."""
_NEXT_KEY: Final = 0.03
"""Seconds in which the next byte of a paste comes, also on a slow serial line."""
_SETTINGS: Final = (
    "enable-meta-key off",
    "bell-style none",
    "show-all-if-ambiguous on",
    "page-completions off",
    # In the locale C, readline takes each byte of a letter beyond ASCII for a command.
    "input-meta on",
    "output-meta on",
    "convert-meta off",
)
_WAKE: Final = signal.SIGUSR1
"""Signal that the other thread sends to the main thread: readline waits in C, and hears nothing else."""


class Left(BaseException):
    """Raised in the main thread, where it waits, when the program ends."""


class Renewed(Exception):
    """Raised in the main thread while nothing is typed: another prompt is to stand there."""


class LineConsole:
    """Reads and writes lines. `say` and `end` may be called in any thread, all others in the main thread."""

    def __init__(self, input_fd: int = 0, output_fd: int = 1) -> None:
        self._in, self._out = input_fd, output_fd
        self.attended = os.isatty(input_fd)
        """True where a person types; False for a pipe or a file."""
        self._shows = self.attended and os.isatty(output_fd)
        self._tells_pastes = os.environ.get("TERM", "") not in ("", "dumb")
        self._readline = _readline() if self._shows and (input_fd, output_fd) == (0, 1) else None
        self._redraw = _Redraw(self._readline) if self._readline is not None else None
        self._lines: deque[str] = deque()
        self._unread = bytearray()
        self._at_end = False
        self._ended = self._renewing = self._stopped = False
        self._waiting = self._at_prompt = self._editing = self._writing = False
        self._prompt = ""
        self._main = threading.main_thread().ident
        self._woken, self._wakes = os.pipe()
        for end in (self._woken, self._wakes):
            os.set_blocking(end, False)
        self._before: dict[int, object] = {}
        self._wake_due = False
        self.later: Callable[[Callable[[], None]], object] = lambda wake: wake()
        """Calls a function in a moment."""
        self.complete: Completer = lambda text: ()
        self._found: Sequence[str] = ()
        self.typed = ""
        """Text that stood behind the prompt when reading it was broken off."""
        self.is_lent = False
        """True while another program has the terminal."""
        self.gone = False
        """True once nothing can be written any more."""

    # ---------------------------------------------------------------- from the beginning to the end

    def __enter__(self) -> LineConsole:
        self._before[_WAKE] = signal.signal(_WAKE, self._heard)
        if self._readline is not None:
            self._before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._stop)
            self._set_up(self._readline)
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
        # The loop has ended: no wake is on its way any more.
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        for end in (self._woken, self._wakes):
            os.close(end)

    def _set_up(self, readline: ModuleType) -> None:
        readline.set_completer(self._completed)
        readline.set_completer_delims("")
        libedit = "libedit" in (readline.__doc__ or "")
        readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
        if libedit:
            return
        for setting in _SETTINGS:
            readline.parse_and_bind(f"set {setting}")
        # Python turns it off. With it, a paste of several lines is one message.
        readline.parse_and_bind(f"set enable-bracketed-paste {'on' if self._tells_pastes else 'off'}")

    def end(self) -> None:
        """Let the main thread stop reading, now and from now on."""
        self._ended = True
        self._wake()

    def renew(self) -> None:
        """Let the main thread ask for the prompt again, if nothing is typed behind this one."""
        self._renewing = True
        self._wake()

    def stop_waiting(self) -> None:
        """Leave what the main thread waits for; for the handler of a signal. Raises `Left` where it waits."""
        self._ended = self._stopped = True
        if self._waiting:
            self._keep_typed()
            self._put("\n" if self._prompt and self._shows else "")
            raise Left

    def go_on(self) -> None:
        """Read again, for the next profile."""
        self._ended = self.gone

    @property
    def edits(self) -> bool:
        """True where a person can change a line that is given: readline is there."""
        return self._readline is not None

    @property
    def over(self) -> bool:
        """True once the program ends."""
        return self._ended

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Write nothing while another program has the terminal."""
        self.is_lent = True
        try:
            yield
        finally:
            self.is_lent = False

    # ---------------------------------------------------------------- writing

    def say(self, text: str) -> None:
        """Write a text on lines of its own, soon; all in it that a terminal would act on is made visible."""
        self._lines.append(printable(text, newlines=True))
        if self._waiting and not self._wake_due:
            # What comes together stands above one prompt.
            self._wake_due = True
            self.later(self._wake)

    def send(self, sequence: str) -> None:
        """Write a sequence for the terminal as it is: a bell, the clipboard."""
        if self._shows:
            self._put(sequence)

    def flush(self) -> None:
        """Write what was said."""
        while self._lines and not self.is_lent:
            self._put(self._lines.popleft() + "\n")

    def _put(self, text: str) -> None:
        data = text.encode(getattr(sys.stdout, "encoding", None) or "utf-8", "replace")
        while data and not self.gone:
            try:
                if self._stopped and not select.select((), (self._out,), (), _LAST_WRITE)[1]:
                    # A signal is to end it, and nobody reads.
                    self.gone = True
                    return
                data = data[os.write(self._out, data[:_PIPE_TAKES] if self._stopped else data) :]
            except BlockingIOError:
                select.select((), (self._out,), ())
            except OSError:
                # Nobody reads it any more.
                self.gone = self._ended = True

    def _wake(self) -> None:
        self._wake_due = False
        with suppress(BlockingIOError):
            os.write(self._wakes, b"w")
        if self._readline is not None and self._main is not None:
            signal.pthread_kill(self._main, _WAKE)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        """Write what came, while readline waits for a key: runs between two of its steps, in the main thread."""
        if not self._editing or self._writing:
            return
        if self._ended:
            self._keep_typed()
            self._put("\n")
            raise Left
        if self._renewing and not self._typed():
            self.flush_below()
            raise Renewed
        if self._lines:
            self._show_above()

    def flush_below(self) -> None:
        """Write what was said below the prompt, which is left."""
        self._put("\n" if self._prompt else "")
        self.flush()

    def _show_above(self) -> None:
        assert self._redraw is not None
        self._writing = True
        try:
            typed = self._typed()
            self._redraw.leave()
            if typed or self._prompt:
                self._put("\n")
            self.flush()
            if not self._redraw.again():
                self._put(self._prompt + printable(typed, newlines=False))
        finally:
            self._writing = False

    def _typed(self) -> str:
        return self._readline.get_line_buffer() if self._readline is not None else ""

    def _keep_typed(self) -> None:
        if self._editing:
            self.typed = self._typed()

    # ---------------------------------------------------------------- reading

    @property
    def is_reading(self) -> bool:
        """True while the prompt stands there."""
        return self._at_prompt

    @property
    def has_text(self) -> bool:
        """True while something is typed behind the prompt; without readline nobody knows."""
        return self._readline is None or bool(self._typed())

    def read(self, prompt: str, text: str = "", *, history: bool = True) -> str:
        """Return the line that a person types behind the prompt; `text` stands there already, to be changed.

        `history`: the arrow keys bring it back later. Raises `EOFError`, `KeyboardInterrupt`, `Left`, and `UsageError`
        for bytes that are no text; `Renewed` after `renew`.
        """
        self.typed = ""
        self._prompt = printable(prompt, newlines=False) if self._shows else ""
        self._waiting, self._at_prompt, self._renewing = True, True, False
        before = self._kept_lines
        try:
            if self._ended:
                raise Left
            line = self._edited(text, history) if self._readline is not None else self._plain()
        except Renewed:
            if self._kept_lines == before:
                raise
            # The line was there already.
            assert self._readline is not None
            line = self._readline.get_history_item(self._kept_lines)
        except UnicodeDecodeError:
            raise _no_text() from None
        finally:
            self._waiting = self._at_prompt = False
        return clean(_whole(line))

    @property
    def _kept_lines(self) -> int:
        return self._readline.get_current_history_length() if self._readline is not None else 0

    @property
    def more_follows(self) -> bool:
        """True when more came together with the line that was read, at a terminal that does not tell of pastes: of one
        of several lines each would be sent as a message.
        """
        if not self.attended or self._tells_pastes:
            return False
        return b"\n" in self._unread or bool(select.select((self._in,), (), (), _NEXT_KEY)[0])

    def wait(self, done: Callable[[float], bool]) -> None:
        """Call `done` with seconds until it returns True; what is said meanwhile is written.

        Raises `KeyboardInterrupt`, `Left`.
        """
        self._waiting = True
        try:
            while True:
                if self._ended:
                    raise Left
                over = done(0.05)
                self.flush()
                if over:
                    return
        finally:
            self._waiting = False

    def _edited(self, text: str, history: bool) -> str:
        readline = self._readline
        assert readline is not None
        readline.set_auto_history(history)
        # One line can be edited; `LineBar` keeps what stands above it.
        readline.set_startup_hook((lambda: readline.insert_text(text)) if text else None)
        try:
            self._editing = True
            if self._ended:
                raise Left
            self.flush()
            return input(self._prompt)
        except KeyboardInterrupt:
            self._keep_typed()
            self._put("\n")
            raise
        except EOFError:
            self._put("\n")
            raise
        finally:
            self._editing = False

    def _plain(self) -> str:
        """Return a line without readline: of a pipe, or as the terminal itself lets one edit it."""
        self.flush()
        self._put(self._prompt)
        while b"\n" not in self._unread and not self._at_end and len(self._unread) < _MOST:
            readable, _write, _other = select.select((self._in, self._woken), (), ())
            if self._woken in readable:
                with suppress(BlockingIOError):
                    os.read(self._woken, _PIECE)
                if self._ended:
                    raise Left
                if self._renewing and self.attended:
                    self.flush_below()
                    raise Renewed
                if self._lines:
                    self.flush_below()
                    self._put(self._prompt)
            if self._in in readable:
                try:
                    data = os.read(self._in, _PIECE)
                except OSError:
                    # The terminal is gone.
                    data = b""
                self._unread += data
                # A terminal's Ctrl+D is an end once; a pipe's is one for good.
                self._at_end = not data
        if not self._unread and self._at_end:
            self._at_end = not self.attended
            raise EOFError
        end = self._unread.find(b"\n")
        line = bytes(self._unread[: end if end >= 0 else len(self._unread)])
        del self._unread[: len(line) + 1]
        return line.decode(getattr(sys.stdin, "encoding", None) or "utf-8").removesuffix("\r")

    def keep(self, text: str) -> None:
        """Let the arrow keys bring a text back."""
        if self._readline is not None and text.strip():
            self._readline.add_history(text.replace("\n", " "))

    def _completed(self, text: str, state: int) -> str | None:
        """Return the completion of this number: readline asks for one after the other."""
        if state == 0:
            self._found = list(self.complete(text))
        return self._found[state] if state < len(self._found) else None

    # ---------------------------------------------------------------- stopped, and continued

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Stop as the shell expects it: with the terminal as the shell had it; afterwards as readline needs it."""
        try:
            now = termios.tcgetattr(self._in)
        except termios.error:
            now = None
        if self._editing and self._redraw is not None:
            self._redraw.restore_terminal()
        self._put("\n")
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        # Until here it stands still.
        signal.signal(signal.SIGTSTP, self._stop)
        if now is not None:
            with suppress(termios.error):
                termios.tcsetattr(self._in, termios.TCSADRAIN, now)
        if self._editing and self._redraw is not None and not self._redraw.again():
            self._put(self._prompt + printable(self._typed(), newlines=False))


class _Redraw:
    """Readline's own drawing of its line, where its library can be reached; Python's module does not offer it."""

    def __init__(self, readline: ModuleType) -> None:
        self._library: object | None = None
        self._modes: list[object] | None = None
        try:
            import ctypes

            self._modes = termios.tcgetattr(0)
            library = ctypes.CDLL(readline.__file__)
            self._point = ctypes.c_int.in_dll(library, "rl_point")
            self._end = ctypes.c_int.in_dll(library, "rl_end")
            self._new_line, self._draw = library.rl_on_new_line, library.rl_redisplay
            self._library = library
        except (ImportError, OSError, AttributeError, ValueError, TypeError, termios.error):
            self._library = None

    def leave(self) -> None:
        """Put the cursor behind the text: the next line begins below all of it."""
        if self._library is not None:
            point, self._point.value = self._point.value, self._end.value
            self._draw()
            self._point.value = point

    def again(self) -> bool:
        """Draw prompt and text on a new line; return False where that cannot be done."""
        if self._library is None:
            return False
        self._new_line()
        self._draw()
        return True

    def restore_terminal(self) -> None:
        """Give the terminal the modes that it had at the start."""
        if self._modes is not None:
            with suppress(termios.error):
                termios.tcsetattr(0, termios.TCSADRAIN, self._modes)  # type: ignore[arg-type]


def _whole(line: str) -> str:
    """Return a line whose bytes that are no text in this locale are taken for UTF-8. Raises `UsageError`."""
    if line.isascii() or not any("\udc80" <= one <= "\udcff" for one in line):
        return line
    try:
        return line.encode(getattr(sys.stdin, "encoding", None) or "utf-8", "surrogateescape").decode()
    except UnicodeError:
        raise _no_text() from None


def _no_text() -> errors.UsageError:
    return errors.UsageError(why=_("This line is not UTF-8 text. Nothing was sent."))


def _readline() -> ModuleType | None:
    try:
        import readline
    except ImportError:
        return None
    return readline
