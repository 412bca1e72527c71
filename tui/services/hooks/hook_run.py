"""Run of a hook's command: it gets JSON on its standard input, has a time limit, and leaves no process behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import IO, Any, Final

from tui.errors import Phrase, UsageError
from tui.services.util.other_programs import program_name, signal_group, start
from tui.wire.text import printable

LIMIT: Final = 30.0
"""Seconds that one run may take."""
_READ: Final = 64 * 1024
_MOST_HEARD: Final = 1 << 20
"""Bytes on standard error from which on they are only thrown away, slowly: a hook may print for ever."""
_TAIL: Final = 2048
"""Bytes of standard error that are kept: the last line says why it failed."""
_WORDS: Final = 160
_SHORT, _LONG = 0.001, 0.05
"""Seconds between two looks whether it has ended, right after it did something, and later."""


class HookProblem(Enum):
    """Kind of failure of a hook; of each it is said once."""

    NOT_STARTED = "not started"
    EXIT_CODE = "exit code"
    TOO_LONG = "too long"


class HookEnded(Exception):
    """Raised in a run that was ended from outside."""


class HookFault(Exception):
    """Raised by a run that failed; `why` is a whole sentence."""

    def __init__(self, problem: HookProblem, why: Phrase) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.why = why


class HookRun:
    """Run of a command. `work` blocks, in a thread of its own; `end` may be called at any time, from any thread."""

    def __init__(
        self,
        command: Sequence[str],
        given: bytes,
        ours: Mapping[str, str] = {},
        *,
        limit: float = LIMIT,
        cwd: str | None = None,
    ) -> None:
        """`given` is what the command reads, `ours` are variables for it. Without `cwd` it runs in the current one."""
        self._command = (in_full(command[0]), *command[1:])
        self._ours = ours
        self._given = memoryview(given)
        self._limit = limit
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._heard = 0
        self._tail = b""

    def work(self) -> None:
        """Run the command to its end. Raises `HookFault`, and `HookEnded` after `end`.

        What it started and left in its process group ends with it, so that hooks do not pile up.
        """
        try:
            process = start(
                self._command, ours=self._ours, stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self._cwd
            )
        except UsageError as error:
            raise HookFault(HookProblem.NOT_STARTED, error.said) from None
        with self._lock:
            self._process = process
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            self._watch(process, process.stdin, process.stderr)
        finally:
            with self._lock:
                # Before it is waited for: until then its number is nobody else's.
                signal_group(process, signal.SIGKILL)
                self._process = None
            # It may have left its group.
            process.kill()
            for pipe in (process.stdin, process.stderr):
                _close(pipe)
            code = process.wait()
        self._check(code)

    def end(self) -> None:
        """End the command at once, with all that it started."""
        self._stopped.set()
        with self._lock:
            if self._process is not None:
                signal_group(self._process, signal.SIGKILL)

    def _watch(self, process: subprocess.Popen[bytes], stdin: IO[bytes], stderr: IO[bytes]) -> None:
        """Hand over what is given, and hear why it fails, until it ends; children that hold its pipes do not count."""
        deadline, pause = time.monotonic() + self._limit, _SHORT
        with selectors.DefaultSelector() as selector:
            for pipe, events in ((stdin, selectors.EVENT_WRITE), (stderr, selectors.EVENT_READ)):
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, events)
            while not _has_ended(process):
                left = deadline - time.monotonic()
                if self._stopped.is_set():
                    raise HookEnded
                if left <= 0:
                    raise HookFault(HookProblem.TOO_LONG, self._too_long())
                ready = selector.select(min(left, pause))
                pause = _SHORT if ready else min(2 * pause, _LONG)
                for key, _events in ready:
                    if not (self._write(stdin) if key.fileobj is stdin else self._read(stderr)):
                        selector.unregister(key.fileobj)
                        _close(key.fileobj)
            if not stderr.closed:
                self._read(stderr)

    def _write(self, stdin: IO[bytes]) -> bool:
        """Write a piece; return False when it was the last, or nobody reads."""
        try:
            written = os.write(stdin.fileno(), self._given[:_READ])
        except BlockingIOError:
            return True
        except OSError:
            # It needs no more than it has read: its exit code says how it went.
            written = len(self._given)
        self._given = self._given[written:]
        return bool(self._given)

    def _read(self, stderr: IO[bytes]) -> bool:
        """Read a piece; return False at the end."""
        try:
            piece = os.read(stderr.fileno(), _READ)
        except BlockingIOError:
            return True
        self._heard += len(piece)
        if self._heard > _MOST_HEARD:
            self._stopped.wait(_SHORT)
        else:
            self._tail = (self._tail + piece)[-_TAIL:]
        return bool(piece)

    def _check(self, code: int) -> None:
        """Raise `HookFault` for an exit code that is none of success."""
        if not code:
            return
        if self._stopped.is_set():
            raise HookEnded
        name = program_name(self._command)
        lines = printable(self._tail.decode("utf-8", "replace"), newlines=True).split("\n")
        words = next((line.strip() for line in reversed(lines) if line.strip()), "")[:_WORDS]
        if code < 0:
            why = Phrase("{program} was ended by signal {number}.", program=name, number=-code)
        elif words:
            why = Phrase("{program} exited with {code}: {words}", program=name, code=code, words=words)
        else:
            why = Phrase("{program} exited with {code}.", program=name, code=code)
        raise HookFault(HookProblem.EXIT_CODE, why)

    def _too_long(self) -> Phrase:
        name, seconds = program_name(self._command), f"{self._limit:g}"
        return Phrase("{program} had not ended after {seconds} s, and was ended.", program=name, seconds=seconds)


def in_full(program: str) -> str:
    """Return a program's path with one's home for `~`."""
    with contextlib.suppress(RuntimeError):
        return str(Path(program).expanduser()) if program.startswith("~") else program
    return program


def _close(pipe: Any) -> None:
    with contextlib.suppress(OSError):
        pipe.close()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Return whether it has ended. Where the system can tell, its number stays taken until it is waited for."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    try:
        return os.waitid(os.P_PID, process.pid, flags) is not None
    except ChildProcessError:
        # Where whoever started wxtui ignores SIGCHLD, the system has waited for it.
        return True
