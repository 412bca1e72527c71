"""A program in a real pseudo-terminal, and what a person would see of it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import psutil
import pyte

from tests.support.terminal_emulator import Emulator

Picture = list[list[tuple[str, str, str, bool, bool]]]
"""Of each cell what stands in it, its colours, bold and reverse."""


class Program:
    """`wxtui ARGUMENTS`, or `command`, in a terminal of `columns` x `rows`; `raw` keeps every byte it wrote.

    `emulator`: the terminal, of its own size, which answers what it is asked; without one nothing is answered.
    `environ` changes the environment; None takes a variable out of it.
    """

    def __init__(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 24,
        environ: Mapping[str, str | None] | None = None,
        command: Sequence[str] = (),
        emulator: Emulator | None = None,
    ) -> None:
        self.emulator = emulator
        self._screen = pyte.Screen(columns, rows) if emulator is None else emulator
        self._stream = pyte.ByteStream(self._screen) if emulator is None else emulator
        columns, rows = self._screen.columns, self._screen.lines
        self.raw = b""
        self._terminal, inner = os.openpty()
        self._set_size(columns, rows)
        self.modes_before = self.modes
        found = os.environ | {"TERM": "xterm-256color", "PYTHONUTF8": "1"} | dict(environ or {})
        self.process = subprocess.Popen(
            [*command] or [sys.executable, "-m", "tui", *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={name: value for name, value in found.items() if value is not None},
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(inner)

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait(15)
        os.close(self._terminal)

    @property
    def titles(self) -> int:
        """How many titles of the window lie on the terminal's stack: those that were saved, and not brought back."""
        return self.raw.count(b"\x1b[22;2t") - self.raw.count(b"\x1b[23;2t")

    @property
    def lines(self) -> list[str]:
        """The screen's lines, without what is blank at their ends."""
        # The emulator's own `display` fails on half of a wide character, as there is one in the middle of a frame.
        screen = self._screen
        rows = (screen.buffer[y] for y in range(screen.lines))
        return ["".join(row[x].data for x in range(screen.columns)).rstrip() for row in rows]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def picture(self) -> Picture:
        """Everything that can be seen, cell by cell; what is left of a smaller or larger screen too."""
        rows = (self._screen.buffer[y] for y in range(self._screen.lines))
        cells = [[row[x] for x in range(self._screen.columns)] for row in rows]
        return [[(one.data, one.fg, one.bg, one.bold, one.reverse) for one in row] for row in cells]

    @property
    def cursor(self) -> tuple[int, int] | None:
        """(column, row) of the terminal's cursor; None while it is hidden."""
        cursor = self._screen.cursor
        return None if cursor.hidden else (cursor.x, cursor.y)

    def before_cursor(self, cells: int) -> str:
        """Return the text in so many cells before the cursor; the second cell of a wide character is empty."""
        assert self.cursor is not None, self.text
        x, y = self.cursor
        return "".join(self._screen.buffer[y][at].data for at in range(x - cells, x))

    @property
    def modes(self) -> list[object]:
        """How the terminal treats keys and output, as `stty -a` tells."""
        return termios.tcgetattr(self._terminal)

    @property
    def is_coloured(self) -> bool:
        """Return whether what the next program writes would be bold, dim, reversed or in a colour."""
        codes = re.findall(rb"\x1b\[([\d;]*)m", self.raw)
        return bool(codes) and re.fullmatch(rb"0?", codes[-1]) is None

    @property
    def is_stopped(self) -> bool:
        """True once the process stands still; before that a signal to go on comes too early, and is lost."""
        return psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED

    def type(self, keys: str | bytes) -> None:
        """Let these keys arrive in one packet."""
        data = keys.encode() if isinstance(keys, str) else keys
        if self.emulator is None or not self.emulator.type_after(data):
            os.write(self._terminal, data)

    def resize(self, columns: int, rows: int) -> None:
        """Another size, as if somebody pulled at the window."""
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def wait_for(self, wanted: str | Callable[[str], bool], seconds: float = 30) -> str:
        """Read until the screen shows `wanted`, a regular expression or a condition."""
        shows = wanted if callable(wanted) else lambda text: re.search(wanted, text) is not None
        end = time.monotonic() + seconds
        while not shows(self.text):
            assert time.monotonic() < end, f"not seen: {wanted}\n{self.text}"
            assert self._read(0.1), f"it ended without: {wanted}\n{self.text}"
        return self.text

    def settle(self, seconds: float = 0.5, patience: float = 15) -> int:
        """Read until nothing came for `seconds`; how many bytes came before."""
        before = len(self.raw)
        end = time.monotonic() + patience
        size = -1
        while size != len(self.raw) and time.monotonic() < end:
            size = len(self.raw)
            self.listen(seconds)
        return len(self.raw) - before

    def listen(self, seconds: float) -> int:
        """Read for so long; how many bytes came."""
        before = len(self.raw)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and self._read(left):
            pass
        return len(self.raw) - before

    def end(self, seconds: float = 30) -> int:
        """Read until it ends; its exit code."""
        end = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < end, f"it does not end\n{self.text}"
        return self.process.wait(30)

    def _set_size(self, columns: int, rows: int) -> None:
        across, down = (0, 0) if self.emulator is None else self.emulator.cell
        size = struct.pack("HHHH", rows, columns, columns * across, rows * down)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)

    def _read(self, seconds: float) -> bool:
        """Take in what it writes; False when it has ended."""
        if self.emulator is not None:
            for answer in self.emulator.due():
                os.write(self._terminal, answer)
            seconds = min(seconds, self.emulator.patience)
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        if not ready:
            return self.process.poll() is None
        try:
            data = os.read(self._terminal, 65536)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # A benchmark that runs in the background, under nohup, ignores them.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
