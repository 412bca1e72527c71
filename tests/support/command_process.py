"""A command of its own process, read while it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import IO

from tests.support.command_line import Result

Start = Callable[..., "CommandProcess"]


class CommandProcess:
    """A command line that runs beside the test."""

    def __init__(self, *arguments: str | Path, stdin: bytes = b"") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUTF8": "1"},
            start_new_session=True,
        )
        assert self.process.stdin and self.process.stdout and self.process.stderr
        self.process.stdin.write(stdin)
        self.process.stdin.close()
        self.lines: Queue[str] = Queue()
        self.errors: Queue[str] = Queue()
        self._threads = [
            Thread(target=_pump, args=(self.process.stdout, self.lines), daemon=True),
            Thread(target=_pump, args=(self.process.stderr, self.errors), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def sees(self, words: str) -> list[str]:
        """Read until a line has these words; the lines before it."""
        before = []
        while words not in (line := self.lines.get(timeout=30)):
            before.append(line)
        return before

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def end(self, seconds: float = 60) -> Result:
        """Wait for its end; what it said that was not read."""
        code = self.process.wait(seconds)
        for thread in self._threads:
            thread.join(5)
        out, err = ("".join(line + "\n" for line in _rest(queue)) for queue in (self.lines, self.errors))
        assert "Traceback" not in out + err, err
        return Result(code, out, err)


def _pump(stream: IO[bytes], queue: Queue[str]) -> None:
    for line in stream:
        queue.put(line.decode().rstrip("\n"))


def _rest(queue: Queue[str]) -> Iterator[str]:
    while not queue.empty():
        yield queue.get()


@contextmanager
def command_process(*arguments: str | Path, stdin: bytes = b"") -> Iterator[CommandProcess]:
    """Start a command beside the test, and end it with the test, whatever happens."""
    one = CommandProcess(*arguments, stdin=stdin)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.signal(signal.SIGCONT)
            one.process.kill()
        one.process.wait(10)
        for stream in (one.process.stdout, one.process.stderr):
            assert stream is not None
            for thread in one._threads:
                thread.join(5)
            stream.close()
