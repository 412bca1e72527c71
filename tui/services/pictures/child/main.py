"""Main loop of the child: one picture after another, until its parent closes the pipe.

It has no files, no programs, no network of its own to lose: what a hostile picture can take over may compute for some
seconds, and answer nonsense. Nothing of Textual, httpx or the store is imported.
"""

from __future__ import annotations

import os
import resource
import signal
from contextlib import suppress
from typing import Final

from tui.services.pictures.child.drawing import draw
from tui.services.pictures.child.reading import Unshown, restrict, samples
from tui.services.pictures.child_protocol import (
    CPU_SECONDS,
    MOST_FILE,
    Flaw,
    FlawKind,
    answer,
    framed,
    read_frame,
    read_job,
)
from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm

MEMORY: Final = 1024 * 1024 * 1024
"""Bytes of address space: a picture of the most pixels, a copy of it, and Pillow."""
_NICE: Final = 5
"""Steps behind the program itself: a key does not wait for a picture."""
_ALARM: Final = 60
"""Seconds after which it ends by itself: its parent, which waits less long, is gone."""


def main() -> None:
    """Read jobs from standard input, write answers to standard output."""
    os.nice(_NICE)
    out = os.dup(1)
    os.dup2(2, 1)  # Whatever prints must not be taken for an answer.
    restrict()
    _rehearse()
    _confine()
    _write(out, b"")  # It is ready.
    while (job := read_frame(_read, MOST_FILE)) is not None and (data := read_frame(_read, MOST_FILE)) is not None:
        _allow_time()
        found = answer(_answered(data, read_job(job)))
        del data
        signal.alarm(0)
        _write(out, found)


def _write(out: int, body: bytes) -> None:
    for piece in framed(body):
        view = memoryview(piece)
        while view:
            view = view[os.write(out, view) :]


def _read(count: int) -> bytes:
    return os.read(0, min(count, 1 << 20))


def _answered(data: bytes, box: PictureBox) -> Drawn | Flaw:
    try:
        return draw(data, box)
    except Unshown as error:
        return error.flaw
    except MemoryError:
        return Flaw(FlawKind.TOO_LARGE)
    except Exception:
        # Whatever nobody foresaw is a picture that makes no sense.
        return Flaw(FlawKind.BROKEN)


def _rehearse() -> None:
    """Draw a small picture of each format: Pillow imports some parts when they are needed, and then no file can be
    opened any more."""
    for data in samples():
        for form in PictureForm:
            draw(data, PictureBox(1, 1, (8, 16), form, colors=256, most_bytes=1000, frames=2))


def _confine() -> None:
    """Give up what decoding does not need. Systems that know a limit less are served all the same."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (getattr(resource, "RLIMIT_NPROC", None), 0),
    ):
        if limit is not None:
            with suppress(OSError, ValueError):
                resource.setrlimit(limit, (most, most))


def _allow_time() -> None:
    """Let the next picture have its seconds, of the processor and of the clock; the system ends what takes more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
    signal.alarm(_ALARM)
