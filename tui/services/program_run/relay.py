"""Runs a program with its output shown as usual, and hears every byte of it. It blocks, and needs no event loop.

Where standard input and output are a terminal, the program gets a terminal of its own (a pty), and ours passes keys,
output, size and signals on, as `script` does. Else it stays in our process group with our standard input, so that keys
like Ctrl+C reach it by themselves; an output that is a terminal is one for the program as well, others are pipes.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
import tty
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgspec

from tui import errors

_BLOCK: Final = 64 * 1024
_PASSED: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""Signals for this process that are the program's."""
_TYPED: Final = (signal.SIGINT, signal.SIGQUIT)
"""Signals that keys send to a whole process group, and that are passed on when something else sent them."""
_HEARD: Final = (*_PASSED, *_TYPED, signal.SIGCHLD, signal.SIGWINCH, signal.SIGCONT)
_REST: Final = 64
"""Blocks that are passed on after its end: more than a pipe holds."""
_LATE: Final = 20
"""Milliseconds after its end in which the last bytes come out of a terminal."""

Heard = Callable[[bytes, int], None]
"""Function that hears what a program writes, and to which of the two outputs."""


class Ending(msgspec.Struct, frozen=True):
    """End of a program: `code` as shells have it, 128 and the number of a `signal` that ended it; `seconds` it ran."""

    code: int
    seconds: float
    signal: int = 0


class Streams(msgspec.Struct, frozen=True):
    """Descriptors that are standard input, output and error to the person."""

    stdin: int = 0
    stdout: int = 1
    stderr: int = 2

    @property
    def interactive(self) -> bool:
        """True when a person sits at a terminal: what is typed there is the program's."""
        return os.isatty(self.stdin) and os.isatty(self.stdout)


def run_program(words: Sequence[str], heard: Heard, streams: Streams | None = None) -> Ending:
    """Run a program to its end. Raises `ProgramMissing`, `ProgramUnusable` where it did not begin."""
    with ExitStack() as stack:
        relay = _Relay(streams or Streams(), heard)
        stack.callback(relay.close)
        stack.enter_context(_Signals(relay))
        return relay.run(words)


class _Signals:
    """Has signals heard by a relay, as bytes in a pipe, while it is entered. Ignored ones stay ignored."""

    def __init__(self, relay: _Relay) -> None:
        self._relay = relay
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        stops = [signal.SIGTSTP] if self._relay.interactive else []
        for number in (*_HEARD, *stops):
            if signal.getsignal(number) != signal.SIG_IGN or number is signal.SIGCHLD:
                self._before[number] = signal.signal(number, _noted)
        self._wakeup = signal.set_wakeup_fd(self._relay.wakeup, warn_on_full_buffer=False)

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _noted(number: int, frame: FrameType | None) -> None:
    """Do nothing: Python writes the signal's number into the pipe."""


class _Relay:
    """Passes bytes and signals between a program and our standard streams."""

    def __init__(self, streams: Streams, heard: Heard) -> None:
        self._streams = streams
        self._heard = heard
        self.interactive = streams.interactive
        self._told, self.wakeup = os.pipe()
        for end in (self._told, self.wakeup):
            os.set_blocking(end, False)
        self._sources: dict[int, int] = {}
        """What is read of the program → descriptor to which it goes."""
        self._inner: list[int] = []
        """Ends of pipes and terminals that are the program's."""
        self._terminal = -1
        """Our end of the program's terminal; -1 without one."""
        self._modes: list[Any] | None = None
        """How our terminal was before keys were taken raw; None while they are not."""
        self._typed = b""
        self._process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """Close everything, and leave our terminal as it was."""
        self._restore()
        for end in {*self._sources, *self._inner, self._told, self.wakeup, self._terminal} - {-1}:
            with suppress(OSError):
                os.close(end)

    def run(self, words: Sequence[str]) -> Ending:
        """Start the program, and pass on until it has ended."""
        out, err = self._outputs()
        began = time.monotonic()
        self._process = process = _start(words, out, err, own_terminal=self.interactive)
        for end in self._inner:
            os.close(end)
        self._inner.clear()
        self._take_keys()
        while process.poll() is None:
            self._wait()
        self._pass_on_rest()
        code = process.returncode
        return Ending(code if code >= 0 else 128 - code, time.monotonic() - began, max(0, -code))

    # ---------------------------------------------------------------- the program's outputs

    def _outputs(self) -> tuple[int, int]:
        """Make the program's outputs; one for both where ours are the same, so that the order is kept."""
        out, err = self._streams.stdout, self._streams.stderr
        first = self._output(out, controlling=self.interactive)
        if _same(out, err):
            return first, first
        return first, self._output(err, controlling=False)

    def _output(self, ours: int, *, controlling: bool) -> int:
        read, write = os.openpty() if os.isatty(ours) else os.pipe()
        if os.isatty(ours):
            modes = termios.tcgetattr(ours)
            if controlling:
                self._terminal = read
            else:
                # Ours makes CR LF of an LF.
                modes[1] &= ~termios.OPOST
            termios.tcsetattr(write, termios.TCSANOW, modes)
            _copy_size(ours, write)
        os.set_blocking(read, False)
        self._sources[read] = ours
        self._inner.append(write)
        return write

    def _pass_on_rest(self) -> None:
        """Pass on what it wrote before its end. Processes that it leaves behind are not waited for, as by a shell."""
        for _block in range(_REST):
            found = _poll(dict.fromkeys(self._sources, select.POLLIN), _LATE) if self._sources else []
            if not found:
                return
            for end, _event in found:
                self._pass_on(end)

    def _pass_on(self, source: int) -> bool:
        """Pass on what can be read now; False when there is no more."""
        try:
            block = os.read(source, _BLOCK)
        except BlockingIOError:
            return False
        except OSError:
            # A terminal that nobody has open any more.
            block = b""
        if not block:
            self._drop(source)
            return False
        to = self._sources[source]
        self._heard(block, to)
        try:
            _write(to, block)
        except OSError as error:
            if error.errno == errno.EPIPE:
                # Nobody reads ours: the program is to hear the same.
                self._drop(source)
        return True

    def _drop(self, source: int) -> None:
        del self._sources[source]
        if source != self._terminal:
            os.close(source)

    # ---------------------------------------------------------------- keys and signals

    def _wait(self) -> None:
        """Wait for the next bytes or signal, and pass them on."""
        wanted = dict.fromkeys((self._told, *self._sources), select.POLLIN)
        if self._modes is not None and not self._typed:
            wanted[self._streams.stdin] = select.POLLIN
        if self._typed:
            wanted[self._terminal] = wanted.get(self._terminal, 0) | select.POLLOUT
        for end, event in _poll(wanted):
            if end == self._told:
                for number in os.read(self._told, 1024):
                    self._on_signal(number)
            elif end == self._streams.stdin:
                self._read_keys()
            elif event & select.POLLOUT:
                self._type()
            if end in self._sources and event & ~select.POLLOUT:
                self._pass_on(end)

    def _read_keys(self) -> None:
        try:
            keys = os.read(self._streams.stdin, 4096)
        except OSError:
            keys = b""
        if not keys:
            # The terminal is gone; SIGHUP comes, too.
            self._modes = None
            return
        modes = termios.tcgetattr(self._terminal)
        stop = modes[6][termios.VSUSP]
        if modes[3] & termios.ISIG and stop in keys and self._stops_alone():
            before, _, keys = keys.partition(stop)
            self._typed += before
            self._type()
            self._suspend()
        self._typed += keys
        self._type()

    def _type(self) -> None:
        """Give the program the keys that it takes now."""
        with suppress(BlockingIOError):
            try:
                self._typed = self._typed[os.write(self._terminal, self._typed) :] if self._typed else b""
            except BlockingIOError:
                raise
            except OSError:
                self._typed = b""

    def _on_signal(self, number: int) -> None:
        match number:
            case signal.SIGCHLD:
                pass
            case signal.SIGWINCH:
                self._resize()
            case signal.SIGTSTP:
                self._suspend()
            case signal.SIGCONT:
                self._take_keys()
            case signal.SIGINT | signal.SIGQUIT if self.interactive:
                self._signal_foreground(number)
            case signal.SIGINT | signal.SIGQUIT:
                if not _in_foreground():
                    # No key sent it, which the program would have heard, too.
                    self._signal(number)
            case _:
                self._signal(number)

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _signal_foreground(self, number: int) -> None:
        """Send a signal to the jobs that the program's terminal would send it to."""
        try:
            os.killpg(os.tcgetpgrp(self._terminal), number)
        except OSError:
            self._signal(number)

    def _resize(self) -> None:
        for source, to in self._sources.items():
            if os.isatty(to):
                _copy_size(to, source)
        if not self.interactive:
            # It heard of the size before its terminal had it.
            self._signal(signal.SIGWINCH)

    def _stops_alone(self) -> bool:
        """Return True where Ctrl+Z is to stop the program itself, not a job of a shell, and not one that ignores it.

        The kernel does not: in its session nobody could wake the program. We stop it with ourselves, whom our shell
        wakes.
        """
        assert self._process is not None
        with suppress(OSError):
            if os.tcgetpgrp(self._terminal) != self._process.pid:
                return False
        with suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{self._process.pid}/status").read_text("ascii", "replace")
            ignored = status.partition("SigIgn:")[2].split()[0]
            return not int(ignored, 16) >> (signal.SIGTSTP - 1) & 1
        return True

    def _suspend(self) -> None:
        """Stop the program and ourselves, until our shell wakes us."""
        self._signal_foreground(signal.SIGSTOP)
        self._restore()
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self._take_keys()
        self._resize()
        self._signal_foreground(signal.SIGCONT)

    def _take_keys(self) -> None:
        """Take the keys of our terminal as they are typed, where we are in the foreground: they are the program's."""
        if not self.interactive or not _in_foreground(self._streams.stdin):
            return
        with suppress(termios.error):
            # After a stop the shell may have changed them; what was at first is what is left behind.
            self._modes = self._modes or termios.tcgetattr(self._streams.stdin)
            tty.setraw(self._streams.stdin, termios.TCSADRAIN)

    def _restore(self) -> None:
        if self._modes is not None:
            modes, self._modes = self._modes, None
            with suppress(termios.error):
                termios.tcsetattr(self._streams.stdin, termios.TCSADRAIN, modes)


def _start(words: Sequence[str], out: int, err: int, *, own_terminal: bool) -> subprocess.Popen[bytes]:
    """Start the program. Raises `ProgramMissing`, `ProgramUnusable`."""
    try:
        return subprocess.Popen(
            words,
            stdin=out if own_terminal else None,
            stdout=out,
            stderr=err,
            start_new_session=own_terminal,
            preexec_fn=_take_terminal if own_terminal else None,
        )
    except (FileNotFoundError, NotADirectoryError):
        raise errors.ProgramMissing(name=words[0]) from None
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        why = getattr(error, "strerror", None) or errors.Phrase("it cannot be started")
        raise errors.ProgramUnusable(name=words[0], why=why) from None


def _take_terminal() -> None:
    """Make standard input the terminal of this session."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _same(one: int, other: int) -> bool:
    """Return True where two descriptors are one file, pipe or terminal: `2>&1`."""
    try:
        first, second = os.fstat(one), os.fstat(other)
    except OSError:
        return False
    return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)


def _copy_size(source: int, to: int) -> None:
    with suppress(OSError):
        size = fcntl.ioctl(source, termios.TIOCGWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
        fcntl.ioctl(to, termios.TIOCSWINSZ, size)


def _in_foreground(terminal: int | None = None) -> bool:
    """Return True where keys of the terminal, ours by default, send their signals to our process group."""
    try:
        if terminal is not None:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        ours = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(ours) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(ours)


def _poll(wanted: Mapping[int, int], patience: int | None = None) -> list[tuple[int, int]]:
    """Wait for an event of one of the descriptors, at most so many milliseconds; return what happened."""
    poll = select.poll()
    for end, events in wanted.items():
        poll.register(end, events)
    return poll.poll(patience)


def _write(to: int, block: bytes) -> None:
    """Write a whole block, also to what does not wait by itself. Raises `OSError`."""
    left = memoryview(block)
    while left:
        try:
            left = left[os.write(to, left) :]
        except BlockingIOError:
            select.select([], [to], [])
