"""How long the full-screen face stands still under load: `python -m tests.benchmarks.face_stall`.

The real program runs in a pty, the sandbox in a process of its own. A heartbeat in the program's event loop notes how
late it comes; a thread beside it notes what the loop was doing when it is late. A bare, idle Textual app runs all the
while with the same heartbeat: its figures are what the machine and the load on it cost anybody.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import itertools
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self
from unittest import mock

import httpx
import msgspec

from tests.benchmarks import profiles, servers
from tests.benchmarks.terminal import TYPING, percentile
from tests.benchmarks.watched import Watched

MIB = 1024 * 1024
TICK = 0.002
"""Seconds between two beats."""
FRAME_MS = 16
_LOOK = 0.003
"""Seconds between two looks of the thread that watches the loop."""
_WAITING = (
    "threading.py",
    "selectors.py",
    "queue.py",
    "concurrent/futures/thread.py",
    "tests/benchmarks/face_stall.py",
)
"""Where threads stand that do nothing."""
RATE, BATCH = 200, 20
"""Messages a second, and how many at once."""
KEYS = 20
"""Keys a second: a fast typist has 10."""
SENDERS = ("妈妈", "张三", *(f"person{number}" for number in range(40)))


def serve(contacts: int, page: int) -> None:
    """A sandbox that takes files of any size, and lists so many contacts in one answer."""
    from tui.sandbox.options import Limits, SandboxOptions
    from tui.sandbox.server import serve as serve_sandbox

    options = SandboxOptions(
        scan_delay=0.05, replies=False, contacts=contacts, contact_page=page, limits=Limits(document=2048 * MIB)
    )
    serve_sandbox(options, lambda origin: print(origin, flush=True))


# ---------------------------------------------------------------- outside of it


def _again(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.face_stall", *map(str, arguments)]


@contextlib.contextmanager
def sandbox(contacts: int, page: int) -> Iterator[str]:
    """The origin of a running sandbox."""
    with subprocess.Popen(_again("--serve", contacts, page), cwd=servers.ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.terminate()


class Running(Watched):
    """A program in a pty, whose output is read all the time: one that nobody reads stands still."""

    def __init__(self, program: str, notes: Path, environment: dict[str, str]) -> None:
        super().__init__(_again("--watched", notes, program), os.environ | environment)
        self.notes = notes
        self._ended = threading.Event()
        self._reading = threading.Thread(target=self._read_all, daemon=True)
        self._reading.start()

    def _read_all(self) -> None:
        # At its end a program may be gone, and its terminal with it.
        with contextlib.suppress(OSError):
            while not self._ended.is_set():
                self.idle(0.1)

    def __enter__(self) -> Self:
        return self

    @property
    def peak(self) -> int:
        """MiB that it held at most; Linux tells."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) // 1024

    def enter(self, keys: str) -> None:
        """As if from the keyboard."""
        os.write(self._master, keys.encode())

    def sees(self, wanted: bytes, seconds: float = 60) -> None:
        """Wait until it has been written."""
        end = time.monotonic() + seconds
        while wanted not in self.raw:
            if time.monotonic() > end:
                raise RuntimeError(f"{wanted!r} did not come")
            time.sleep(0.01)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, once its notes are written."""
        time.sleep(0.5)
        self._ended.set()
        self._reading.join()
        super().__exit__(kind, error, trace)


@dataclass
class Phase:
    """A stretch of time with a name."""

    name: str
    began: float
    ended: float = float("inf")
    remark: str = ""

    def has(self, at: float) -> bool:
        """Whether it was then."""
        return self.began <= at < self.ended


@dataclass
class Report:
    """All phases and what was noted in them; `mine` of the face (which is started several times), `bare` beside it."""

    phases: list[Phase] = field(default_factory=list)
    mine: list[Note] = field(default_factory=list)
    bare: list[Note] = field(default_factory=list)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[Phase]:
        """Everything in this block."""
        phase = Phase(name, time.monotonic())
        self.phases.append(phase)
        yield phase
        phase.ended = time.monotonic()

    def show(self, worst: int) -> None:
        """Print the table, and the worst stalls of each phase."""
        print("ms that a beat of the event loop came late; cpu: the longest the loop's thread worked between two beats")
        title = f"{'p50':>6} {'p99':>6} {'max':>6} {'cpu':>6} {f'>{FRAME_MS}':>4}"
        print(f"  {'':<20} {'wxtui: ' + title:>40}  {'bare Textual: ' + title:>47}  {'max x':>5}")
        for phase in self.phases:
            mine, bare = (
                [note for note in notes if isinstance(note, Beat) and phase.has(note.due)]
                for notes in (self.mine, self.bare)
            )
            ratio = max(beat.late_ms for beat in mine) / max(beat.late_ms for beat in bare)
            print(f"  {phase.name:<20} {_figures(mine):>40}  {_figures(bare):>47}  {ratio:>5.1f}  {phase.remark}")
        for phase in self.phases:
            self._show_worst(phase, worst)

    def _show_worst(self, phase: Phase, count: int) -> None:
        beats = [note for note in self.mine if isinstance(note, Beat) and phase.has(note.due)]
        late = sorted((beat for beat in beats if beat.late_ms > FRAME_MS), key=lambda beat: -beat.late_ms)[:count]
        if late:
            print(f"\n{phase.name}:")
        for beat in late:
            end = beat.due + beat.late_ms / 1000
            inside = [note for note in self.mine if isinstance(note, Sample | Collection) and beat.due < note.at <= end]
            swept = sum(note.ms for note in inside if isinstance(note, Collection))
            gc_part = f", {swept:.0f} ms of it gc" if swept else ""
            at = beat.due - phase.began
            print(f"  {beat.late_ms:.0f} ms at {at:.1f} s ({beat.cpu_ms:.0f} ms cpu of the loop{gc_part})")
            samples = [note for note in inside if isinstance(note, Sample)]
            for stack, times in Counter(_short(sample.loop) for sample in samples).most_common(2):
                print(f"    {times:>3} x {stack}")
            others = Counter(f"[{name}] {_short(s)}" for sample in samples for name, s in sample.others.items())
            for stack, times in others.most_common(1):
                print(f"    {times:>3} x {stack}")


def _short(stack: list[str]) -> str:
    """The innermost frame, and the innermost ones of ours."""
    ours = [frame for frame in stack[1:] if frame.startswith("tui/")][:4]
    return " < ".join([stack[0], *(ours or stack[1:4])])


def _figures(beats: list[Beat]) -> str:
    late = [beat.late_ms for beat in beats]
    over = sum(ms > FRAME_MS for ms in late)
    cpu = max(beat.cpu_ms for beat in beats)
    return f"{percentile(late, 0.5):>6.1f} {percentile(late, 0.99):>6.1f} {max(late):>6.1f} {cpu:>6.1f} {over:>4}"


class Load:
    """What happens to the program: messages that come, a person who types, an upload. Times are seconds."""

    def __init__(self, program: Running, origin: str, folder: Path, size: int) -> None:
        self._program = program
        self._folder = folder
        self._size = size
        self._random = random.Random("face_stall")
        self._files = itertools.count(1)
        self._http = httpx.Client(base_url=f"{origin}/_sandbox/", trust_env=False)

    def messages(self, until: Callable[[], bool]) -> int:
        """`RATE` a second; how many."""
        began, count = time.monotonic(), 0
        while not until():
            for _ in range(BATCH):
                body = {"type": "text", "from": self._random.choice(SENDERS), "content": f"消息 {count} 🎉"}
                if count % 4 == 0:
                    body["from"] = SENDERS[0]
                self._http.post("push", json=body).raise_for_status()
                count += 1
            time.sleep(max(0.0, began + count / RATE - time.monotonic()))
        return count

    def typing(self, until: Callable[[], bool]) -> int:
        """`KEYS` a second; how many. A line is taken back when it is full."""
        began, count = time.monotonic(), 0
        for letter in itertools.cycle([*TYPING, *"\x15\x15\x15"]):
            if until():
                break
            self._program.enter(letter)
            count += 1
            time.sleep(max(0.0, began + count / KEYS - time.monotonic()))
        self._program.enter("\x15" * 6)
        return count

    def upload(self) -> Callable[[], bool]:
        """Begin one; the answer tells whether it is over."""
        number = next(self._files)
        path = self._folder / f"large{number}.bin"
        with path.open("wb") as file:
            # Sparse, and read and hashed like any other; no two are the same, for the server would know the second.
            file.write(bytes([number]))
            file.truncate(self._size)
        self._program.enter(f"/file {path}")
        time.sleep(0.3)
        self._program.enter("\r")
        end = time.monotonic() + 150

        def over() -> bool:
            if time.monotonic() > end:
                raise RuntimeError("the upload did not end")
            return any(one["name"] == path.name for one in self._http.get("uploads").json())

        return over

    def waiting(self) -> int:
        """Messages that the program has not fetched yet."""
        session = self._http.get("state").json()["sessions"][-1]
        return int(session["events"]) - int(session["taken"])


def login(report: Report, folder: Path, contacts: int, page: int) -> None:
    """A first start, by QR code, and all contacts."""
    home = folder / f"login-{page}"
    with sandbox(contacts, page) as origin:
        notes = folder / f"login-{page}.notes"
        name = f"login, {page} a page"
        began = time.monotonic()
        variables = {"WXTUI_HOME": str(home), "WXTUI_SERVER": origin, "WXTUI_LANG": "en"}
        with Running("wxtui", notes, variables) as program:
            program.sees(b"no conversations")
            report.phases.append(Phase("first start", began, time.monotonic()))
            before = program.peak
            with report.phase(name) as phase:
                program.sees(b"online")
                time.sleep(2)
            phase.remark = f"{program.peak - before} MiB more"
        report.mine += read_notes(notes)


def loads(report: Report, folder: Path, contacts: int, size: int, seconds: float) -> None:
    """A start with a long past, then every load alone, and all together."""
    from tui.cli.demo_history import stock
    from tui.paths import find_profile
    from tui.services.choice import Choice

    with sandbox(contacts, 500) as origin:
        variables = {"WXTUI_HOME": str(folder / "home"), "WXTUI_SERVER": origin, "WXTUI_LANG": "en"}
        with profiles.environment(**variables):
            stock(find_profile("default"), Choice(None, origin), 4 * contacts, 1)
        notes = folder / "loads.notes"
        began = time.monotonic()
        with Running("wxtui", notes, variables) as program:
            program.sees(b"online")
            time.sleep(2)
            report.phases.append(Phase("start with a past", began, time.monotonic()))
            _under_load(report, program, Load(program, origin, folder, size), seconds)
        report.mine += read_notes(notes)


def _under_load(report: Report, program: Running, load: Load, seconds: float) -> None:
    program.enter("\x1b")
    time.sleep(0.5)

    def after() -> Callable[[], bool]:
        end = time.monotonic() + seconds
        return lambda: time.monotonic() > end

    with report.phase("idle"):
        time.sleep(seconds / 2)
    with report.phase("upload") as phase:
        over, began = load.upload(), time.monotonic()
        while not over():
            time.sleep(0.25)
        phase.remark = f"{time.monotonic() - began:.0f} s"
    time.sleep(1)
    with report.phase("incoming") as phase:
        count, began = load.messages(after()), time.monotonic() - seconds
        phase.remark = f"{count / (time.monotonic() - began):.0f} a second, {load.waiting()} behind"
    time.sleep(1)
    with report.phase("typing") as phase:
        phase.remark = f"{load.typing(after()) / seconds:.0f} keys a second"
    time.sleep(1)
    with report.phase("all together") as phase:
        ended = threading.Event()
        over, began = load.upload(), time.monotonic()
        typist = threading.Thread(target=load.typing, args=(ended.is_set,))
        typist.start()
        try:
            enough = after()
            count = load.messages(lambda: over() and enough())
        finally:
            ended.set()
            typist.join()
        took = time.monotonic() - began
        phase.remark = f"{took:.0f} s, {count / took:.0f} a second, {load.waiting()} behind"


def main() -> None:
    """Print the table; or be one of the processes that it needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1024, help="MiB of the upload (default 1024)")
    parser.add_argument("--contacts", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=12, help="of each load without an upload (default 12)")
    parser.add_argument("--small", action="store_true", help="64 MiB, 5 seconds")
    parser.add_argument("--only", choices=("login", "load"))
    parser.add_argument("--worst", type=int, default=3, help="stalls to explain in each phase (default 3)")
    parser.add_argument("--serve", nargs=2, type=int, help=argparse.SUPPRESS)
    parser.add_argument("--watched", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(*arguments.serve)
        return
    if arguments.watched:
        watched(Path(arguments.watched[0]), arguments.watched[1])
        return
    size, seconds = (64, 5.0) if arguments.small else (arguments.size, arguments.seconds)
    with tempfile.TemporaryDirectory(prefix="wxtui-bench-") as base:
        folder, report = Path(base), Report()
        with Running("bare", folder / "bare.notes", {}) as bare:
            bare.sees(b"ready")
            time.sleep(1)
            if arguments.only != "load":
                for page in (500, arguments.contacts):
                    login(report, folder, arguments.contacts, page)
            if arguments.only != "login":
                loads(report, folder, arguments.contacts, size * MIB, seconds)
        report.bare = read_notes(bare.notes)
        report.show(arguments.worst)


if __name__ == "__main__":
    main()
