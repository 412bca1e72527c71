"""A program in a pseudo-terminal of 120x40, timed from outside: every byte with the moment when it left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import psutil

COLUMNS, ROWS = 120, 40
QUIET = 0.03
"""Seconds without a byte after which a reaction is over."""
_ANSWERS = ((re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"), (re.compile(rb"\x1b\[c"), b"\x1b[?62;22c"))


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one key brought: bytes, and milliseconds from the key to the last of them."""

    size: int
    ms: float
    cpu: float = 0.0
    """Milliseconds of CPU that all threads of the program used for it."""


class Watched:
    """Starts `command`; a context manager that ends it."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._master, inner = os.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.raw = b""
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=environment | {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(inner)
        self._key_at = self._last_at = self.began
        self._size = 0
        self._cpu_before = 0.0

    def __enter__(self) -> Watched:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(15)
        os.close(self._master)

    def _read(self, seconds: float) -> tuple[float, bytes]:
        """The next bytes and when they came; none after `seconds`."""
        if not select.select([self._master], [], [], seconds)[0]:
            return time.perf_counter(), b""
        data = os.read(self._master, 65536)
        now = time.perf_counter()
        self.raw += data
        for query, answer in _ANSWERS:
            if query.search(data):
                os.write(self._master, answer)
        return now, data

    def until(self, wanted: bytes, seconds: float = 30) -> float:
        """Milliseconds since the start until the output has `wanted` in it."""
        end = self.began + seconds
        while not re.search(wanted, self.raw):
            now, _data = self._read(0.5)
            if now > end:
                raise RuntimeError(f"{wanted!r} did not come, but {self.raw[-2000:]!r}")
        return (time.perf_counter() - self.began) * 1000

    def leave(self) -> None:
        """Quit by Ctrl+Q, and wait for the end."""
        os.write(self._master, b"\x11")
        with contextlib.suppress(OSError):
            while self._read(10)[1]:
                pass
        self._process.wait(30)

    def first_paint(self) -> float:
        """Milliseconds until the first text stands on the screen: something that is no escape sequence."""
        while True:
            now, _data = self._read(10)
            if re.sub(rb"\x1b\[[0-9;?<>=$]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\s", b"", self.raw):
                return (now - self.began) * 1000

    def settle(self, seconds: float = 1.0) -> int:
        """Wait until it has been silent for `seconds`; how many bytes came meanwhile."""
        size = 0
        while data := self._read(seconds)[1]:
            size += len(data)
        return size

    def idle(self, seconds: float) -> int:
        """Bytes that it writes in so many seconds, untouched."""
        size, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            size += len(self._read(left)[1])
        return size

    def key(self, keys: bytes, patience: float = 0.5) -> Reaction:
        """Send a key, and read what it brings."""
        return self.react(lambda: os.write(self._master, keys), patience)

    def react(self, act: object, patience: float = 0.5) -> Reaction:
        """Do something, and read what it brings."""
        began = time.perf_counter()
        assert callable(act)
        act()
        last, size, wait = began, 0, patience
        while True:
            now, data = self._read(wait)
            if not data:
                return Reaction(size, (last - began) * 1000)
            last, size, wait = now, size + len(data), QUIET

    # ---------------------------------------------------------------- several programs at once

    def fileno(self) -> int:
        """Of the terminal, for `select`."""
        return self._master

    def send(self, keys: bytes) -> None:
        """Send a key, and read nothing."""
        os.write(self._master, keys)

    def rest(self, most: float = 60) -> None:
        """Wait until it does nothing any more: no byte and hardly any CPU for two seconds."""
        end = time.perf_counter() + most
        before = -1.0
        while self._clock - before > 0.02 and time.perf_counter() < end:
            before = self._clock
            self.idle(2)

    def signal(self, number: int) -> None:
        """Send the program a signal, and wait until it has been silent."""
        self._process.send_signal(number)
        self.idle(2)

    def begin(self, act: Callable[[Watched], object]) -> None:
        """Begin to watch what comes of something that is done."""
        self.raw = b""
        self._size, self._cpu_before = 0, self._clock
        self._key_at = self._last_at = time.perf_counter()
        act(self)

    def hear(self) -> None:
        """Read what is there. What comes after `QUIET` is no part of the reaction: a caret that blinks, say."""
        now, data = self._read(0)
        if data and not (self._size and now - self._last_at > QUIET):
            self._last_at = now
            self._size += len(data)

    @property
    def has_answered(self) -> bool:
        """True after the first byte."""
        return self._size > 0

    @property
    def silence(self) -> float:
        """Seconds since the last byte, or the key."""
        return time.perf_counter() - self._last_at

    def reaction(self) -> Reaction:
        """What has come of it so far."""
        return Reaction(self._size, (self._last_at - self._key_at) * 1000, (self._clock - self._cpu_before) * 1000)

    @property
    def _clock(self) -> float:
        """Seconds of CPU of all threads, to the nanosecond: Linux's clock of another process."""
        return time.clock_gettime((~self._process.pid << 3) | 2)

    @property
    def memory(self) -> float:
        """MiB that it holds."""
        with contextlib.suppress(psutil.Error):
            return float(psutil.Process(self._process.pid).memory_info().rss) / 2**20
        return 0.0

    @property
    def cpu(self) -> float:
        """Seconds of CPU that it used."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def wakeups(self) -> int:
        """Times that its threads were woken so far; Linux tells."""
        told = (path.read_text() for path in Path(f"/proc/{self._process.pid}/task").glob("*/status"))
        return sum(int(text.partition("\nvoluntary_ctxt_switches:")[2].split()[0]) for text in told)
