"""A heartbeat in the event loop of a program: how late it comes, and what the loop did meanwhile.

`python -m tests.benchmarks.heart NOTES wxtui|bare` runs a program with one; `face_stall` reads the notes.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from unittest import mock

import msgspec

FRAME_MS = 16
TICK = 0.002
"""Seconds between two beats."""
_LOOK = 0.003
"""Seconds between two looks of the thread that watches the loop."""
_WAITING = ("threading.py", "selectors.py", "queue.py", "concurrent/futures/thread.py")
"""Where threads stand that do nothing."""


class Beat(msgspec.Struct, tag="beat", array_like=True):
    """When it was due (monotonic seconds), how late it came, and the CPU of the loop's thread since the one before."""

    due: float
    late_ms: float
    cpu_ms: float


class Sample(msgspec.Struct, tag="sample", array_like=True):
    """What the loop's thread, and whoever else was not waiting, did at a moment when the beat was late."""

    at: float
    loop: list[str]
    others: dict[str, list[str]]


class Collection(msgspec.Struct, tag="gc", array_like=True):
    """One run of the garbage collector."""

    at: float
    ms: float
    generation: int


Note = Beat | Sample | Collection


class Heart:
    """The heartbeat of one event loop, and the thread that watches it and writes to `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._notes: list[Note] = []
        self._due = float("inf")
        self._cpu = 0.0
        self._thread = 0
        self._collecting = 0.0

    def start(self) -> None:
        """On the running loop's thread."""
        self._thread = threading.get_ident()
        gc.callbacks.append(self._collected)
        threading.Thread(target=self._watch, daemon=True).start()
        self._next()

    def _next(self) -> None:
        self._cpu = time.thread_time()
        self._due = time.monotonic() + TICK
        asyncio.get_running_loop().call_later(TICK, self._beat)

    def _beat(self) -> None:
        late = time.monotonic() - self._due
        self._notes.append(Beat(self._due, late * 1000, (time.thread_time() - self._cpu) * 1000))
        self._next()

    def _collected(self, phase: str, info: dict[str, int]) -> None:
        now = time.monotonic()
        if phase == "start":
            self._collecting = now
        elif now - self._collecting > 0.001:
            self._notes.append(Collection(self._collecting, (now - self._collecting) * 1000, info["generation"]))

    def _watch(self) -> None:
        encode = msgspec.json.Encoder().encode
        written = 0.0
        with self._path.open("wb", buffering=0) as file:
            while True:
                time.sleep(_LOOK)
                now = time.monotonic()
                if now - self._due > FRAME_MS / 2000:
                    self._notes.append(self._sample(now))
                elif now - written > 0.25:
                    written = now
                    notes, self._notes = self._notes, []
                    file.write(b"".join(encode(note) + b"\n" for note in notes))

    def _sample(self, now: float) -> Sample:
        frames = sys._current_frames()
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        frames.pop(threading.get_ident())
        loop = _stack(frames.pop(self._thread))
        others = {names.get(ident, "?"): _stack(frame) for ident, frame in frames.items()}
        busy = {name: stack for name, stack in others.items() if stack and not stack[0].startswith(_WAITING)}
        return Sample(now, loop, busy)


_UNTOLD = ("<frozen importlib", "tests/benchmarks/")
_ROOTS = (f"{Path(__file__).resolve().parents[2]}/", f"{Path(os.__file__).parent}/")


def _stack(frame: FrameType | None) -> list[str]:
    """Innermost first; how an import works is left out, and what is ours here."""
    found: list[str] = []
    while frame is not None:
        code = frame.f_code
        path = code.co_filename.partition("site-packages/")[2] or code.co_filename
        for root in _ROOTS:
            path = path.removeprefix(root)
        if not path.startswith(_UNTOLD):
            found.append(f"{path}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return found


def watched(path: Path, program: str) -> None:
    """Run `program` with a heart in its event loop."""
    from tui.wire.media_types import WEB_LIMITS, MediaKind

    # Web WeChat takes 50 MiB; the variant that takes more has no other conversations.
    WEB_LIMITS[MediaKind.FILE] = 2 * 1024**3
    run_forever = asyncio.BaseEventLoop.run_forever
    hearts: list[Heart] = []

    def with_heart(loop: asyncio.BaseEventLoop) -> None:
        if not hearts:
            hearts.append(Heart(path))
            loop.call_soon(hearts[0].start)
        run_forever(loop)

    sys.argv = ["wxtui"]
    with mock.patch.object(asyncio.BaseEventLoop, "run_forever", with_heart):
        if program == "bare":
            from tests.benchmarks.bare_textual import Bare

            Bare().run()
        else:
            from tui.__main__ import main as run

            run()


def read_notes(path: Path) -> list[Note]:
    """What a heart wrote; its last line may be half a one."""
    lines = path.read_bytes().split(b"\n")[:-1]
    decode = msgspec.json.Decoder(Note).decode
    return [decode(line) for line in lines]


if __name__ == "__main__":
    watched(Path(sys.argv[1]), sys.argv[2])
