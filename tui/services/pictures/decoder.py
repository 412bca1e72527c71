"""Decoder: hands pictures to the child process, one after another, and replaces it when it died, hung or grew old.

The child is started when the first picture comes, and ended when none has come for a while. All that blocks is in a
thread; the event loop only waits.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from tui import errors
from tui.services.pictures import child_protocol
from tui.services.pictures.child_protocol import MOST_ANSWER, MOST_FILE, Flaw, FlawKind, ProtocolBroken
from tui.services.pictures.drawn import Drawn, PictureBox
from tui.services.util.background import report, spawn
from tui.services.util.threads import Breath, in_own_thread
from tui.units import shown_size

SECONDS: Final = 20.0
"""Seconds that one picture may take by the clock, its file's way to the child included."""
START_SECONDS: Final = 30.0
"""Seconds in which the child must have started: a cold disk takes its time."""
MOST_PICTURES: Final = 300
"""Pictures after which the child is replaced: what decoders leak goes with it."""
IDLE_SECONDS: Final = 60.0
"""Seconds without work after which the child is ended."""
PAUSE: Final = 30.0
"""Seconds until the next try, when the child does not start."""
PATIENCE: Final = 1.0
"""Seconds that a picture which nobody waits for any more may still take, while others wait."""
_LOOK: Final = 0.25
"""Seconds between two looks whether it is still waited for."""
_BLOCK: Final = 1 << 20

_CODE: Final = "import sys; sys.path += sys.argv[1:]; from tui.services.pictures.child.main import main; main()"
_KEPT: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Variables without which some systems' Python does not start."""

_WHYS: Final = {
    FlawKind.EMPTY: errors.Phrase("the file is empty"),
    FlawKind.UNREADABLE: errors.Phrase("it is not a picture that wxtui can read"),
    FlawKind.BROKEN: errors.Phrase("the file is damaged"),
    FlawKind.CUT_OFF: errors.Phrase("most of the file is missing"),
    FlawKind.TOO_LARGE: errors.Phrase("it needs too much memory"),
}


def _unusable(flaw: Flaw) -> errors.PictureUnusable:
    if flaw.kind is FlawKind.TOO_MANY_PIXELS:
        why = errors.Phrase("{width} × {height} pixels are too many", width=flaw.width, height=flaw.height)
        return errors.PictureUnusable(why=why)
    return errors.PictureUnusable(why=_WHYS[flaw.kind])


class ChildFailed(Exception):
    """Raised when the child did not answer; `why` for the person."""

    def __init__(self, why: errors.Phrase) -> None:
        super().__init__(why.template)
        self.why = why


class ChildNotStarted(ChildFailed):
    """Raised when there is no child to ask: it is no fault of the picture's."""


class ChildHeldUp(ChildFailed):
    """Raised when the child got no time from a busy machine, or was killed by others: so it is no fault either."""


def command() -> list[str]:
    """Return the command that starts the child; it finds this package, and the libraries that it needs, and no other.

    Raises `ChildNotStarted`.
    """
    import tui

    folders = [str(Path(tui.__file__).resolve().parent.parent)]
    for library in ("PIL", "msgspec"):
        found = find_spec(library)
        if found is None or found.origin is None or not sys.executable:
            raise ChildNotStarted(errors.Phrase("the library Pillow is missing"))
        folder = str(Path(found.origin).parent.parent)
        if folder not in folders:
            folders.append(folder)
    # -I: no variables, no folder of the person's. -S: nothing that a package wants run at each start.
    return [sys.executable, "-I", "-S", "-c", _CODE, *folders]


class DecodingChild:
    """Child process. Every method blocks; one thread at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it, and wait until it is ready. Raises `ChildNotStarted`."""
        self.pictures = 0
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                bufsize=0,
                # Ctrl+C of the terminal is not for it.
                start_new_session=True,
            )
        except OSError as error:
            raise ChildNotStarted(errors.Phrase("the decoder does not start")) from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._into, self._from = self._process.stdin, self._process.stdout
        os.set_blocking(self._into.fileno(), False)
        os.set_blocking(self._from.fileno(), False)
        try:
            self._read_frame(_Deadline(START_SECONDS, lambda: True))
        except ChildFailed as error:
            self.close()
            raise ChildNotStarted(errors.Phrase("the decoder does not start")) from error

    @property
    def alive(self) -> bool:
        """False once it has ended, for whatever reason."""
        return self._process.poll() is None

    def draw(self, data: bytes, box: PictureBox, seconds: float, wanted: Callable[[], bool]) -> Drawn | Flaw:
        """Return what it makes of a file. After `ChildFailed` it is of no use any more."""
        deadline = _Deadline(seconds, wanted)
        self.pictures += 1
        try:
            for body in (child_protocol.job(box), data):
                for piece in child_protocol.framed(body):
                    self._write(piece, deadline)
            return child_protocol.read_answer(self._read_frame(deadline), box)
        except ProtocolBroken:
            raise ChildFailed(errors.Phrase("the file is damaged")) from None

    def close(self) -> None:
        """End it, and take note of its end."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._into, self._from):
            with suppress(OSError):
                pipe.close()
        self._process.wait()

    def _write(self, piece: bytes | memoryview, deadline: _Deadline) -> None:
        view = memoryview(piece)
        while view:
            deadline.wait(self._into.fileno(), select.POLLOUT)
            try:
                view = view[os.write(self._into.fileno(), view[:_BLOCK]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._died_of() from None

    def _read_frame(self, deadline: _Deadline) -> bytes:
        def read(count: int) -> bytes:
            while True:
                deadline.wait(self._from.fileno(), select.POLLIN)
                with suppress(BlockingIOError):
                    return os.read(self._from.fileno(), min(count, _BLOCK))

        try:
            found = child_protocol.read_frame(read, MOST_ANSWER)
        except ProtocolBroken:
            found = None
        if found is None:
            raise self._died_of()
        return found

    def _died_of(self) -> ChildFailed:
        """Return why it is not there any more: its time was over, or a decoder made a mistake with a damaged file."""
        with suppress(subprocess.TimeoutExpired):
            match -self._process.wait(_LOOK):
                case signal.SIGXCPU | signal.SIGALRM:
                    return ChildFailed(errors.Phrase("decoding it takes too long"))
                case signal.SIGKILL:
                    # Most often the system, which had no memory left.
                    return ChildHeldUp(errors.Phrase("it needs too much memory"))
        return ChildFailed(errors.Phrase("the file is damaged"))


class _Deadline:
    """Time for one picture; what nobody wants any more has less."""

    def __init__(self, seconds: float, wanted: Callable[[], bool]) -> None:
        self._began = time.monotonic()
        self._seconds = seconds
        self._wanted = wanted

    def wait(self, handle: int, event: int) -> None:
        """Wait until a pipe is ready. Raises `ChildFailed`."""
        poll = select.poll()
        poll.register(handle, event)
        while True:
            left = self._began + (self._seconds if self._wanted() else PATIENCE) - time.monotonic()
            if left <= 0:
                raise ChildHeldUp(errors.Phrase("decoding it takes too long"))
            if poll.poll(min(left, _LOOK) * 1000):
                return


class _Job(msgspec.Struct, eq=False):
    data: bytes
    box: PictureBox
    done: asyncio.Future[Drawn]


def _fail(job: _Job, error: errors.PictureUnusable) -> None:
    if not job.done.done():
        job.done.set_exception(error)


class Decoder:
    """Draws pictures in a child process. What nobody waits for any more is dropped before it is begun."""

    def __init__(self, start: Callable[[], DecodingChild] | None = None, seconds: float = SECONDS) -> None:
        self._start = start or (lambda: DecodingChild(command()))
        self._seconds = seconds
        self._waiting: deque[_Job] = deque()
        self._running: asyncio.Task[None] | None = None
        self._child: DecodingChild | None = None
        self._resting: asyncio.TimerHandle | None = None
        self._missing: tuple[errors.Phrase, float] | None = None
        self.children = 0
        """How many children there were."""

    async def draw(self, data: bytes, box: PictureBox) -> Drawn:
        """Return a file's picture. Raises `PictureUnusable`."""
        if len(data) > MOST_FILE:
            raise errors.PictureUnusable(why=errors.Phrase("it is larger than {limit}", limit=shown_size(MOST_FILE)))
        job = _Job(data, box, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        if self._running is None:
            self._running = spawn(self._run(), "drawing pictures")
        return await job.done

    async def close(self) -> None:
        """End the child; whoever waits for a picture is cancelled."""
        for job in self._waiting:
            job.done.cancel()
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
        await self._end()

    async def _run(self) -> None:
        try:
            while self._waiting:
                job = self._waiting.popleft()
                if job.done.done():
                    continue
                try:
                    found = await self._decoded(job)
                except errors.PictureUnusable as error:
                    _fail(job, error)
                except Exception as error:
                    # No thread, no memory: nobody is to wait for ever.
                    report(error, "drawing a picture")
                    _fail(job, errors.DecoderMissing(why=errors.Phrase("the decoder does not start")))
                else:
                    if not job.done.done():
                        job.done.set_result(found)
        finally:
            self._running = None
            for job in self._waiting:
                job.done.cancel()
            self._waiting.clear()
        self._resting = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._rest)

    def _rest(self) -> None:
        self._resting = None
        spawn(self._end(), "ending the decoder")

    async def _end(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        ended, self._child = self._child, None
        if ended is not None:
            await in_own_thread(lambda _breath: ended.close())

    async def _decoded(self, job: _Job) -> Drawn:
        def wanted() -> bool:
            return not job.done.done() or not self._waiting

        def work(_breath: Breath) -> Drawn | Flaw:
            return self._ready().draw(job.data, job.box, self._seconds, wanted)

        if self._missing is not None and time.monotonic() < self._missing[1]:
            raise errors.DecoderMissing(why=self._missing[0])
        try:
            found = await in_own_thread(work)
        except ChildNotStarted as error:
            self._missing = error.why, time.monotonic() + PAUSE
            raise errors.DecoderMissing(why=error.why) from None
        except ChildFailed as error:
            await self._end()
            held_up = isinstance(error, ChildHeldUp)
            raise (errors.DecoderMissing if held_up else errors.PictureUnusable)(why=error.why) from None
        except asyncio.CancelledError:
            job.done.cancel()
            raise
        if isinstance(found, Flaw):
            raise _unusable(found)
        return found

    def _ready(self) -> DecodingChild:
        """Return a child that is alive; blocks."""
        if self._child is not None and (self._child.pictures >= MOST_PICTURES or not self._child.alive):
            old, self._child = self._child, None
            old.close()
        if self._child is None:
            self._child = self._start()
            self.children += 1
        return self._child
