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
from collections.abc import Callable
from types import TracebackType

import pyte


class Program:
    """`wxtui ARGUMENTS` in a terminal of `columns` x `rows`; `raw` keeps every byte it wrote."""

    def __init__(self, *arguments: str, columns: int = 80, rows: int = 24) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._terminal, inner = os.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=os.environ | {"TERM": "xterm-256color", "PYTHONUTF8": "1"},
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
    def lines(self) -> list[str]:
        """The screen's lines, without what is blank at their ends."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def wait_for(self, wanted: str | Callable[[str], bool], seconds: float = 15) -> str:
        """Read until the screen shows `wanted`, a regular expression or a condition."""
        shows = wanted if callable(wanted) else lambda text: re.search(wanted, text) is not None
        end = time.monotonic() + seconds
        while not shows(self.text):
            assert time.monotonic() < end, f"not seen: {wanted}\n{self.text}"
            assert self._read(0.1), f"it ended without: {wanted}\n{self.text}"
        return self.text

    def end(self, seconds: float = 15) -> int:
        """Read until it ends; its exit code."""
        end = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < end, f"it does not end\n{self.text}"
        return self.process.wait(5)

    def _read(self, seconds: float) -> bool:
        """Take in what it writes; False when it has ended."""
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
    signal.signal(signal.SIGINT, signal.SIG_DFL)
