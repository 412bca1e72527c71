"""How long the full-screen program stands still under load: `python -m tests.benchmarks.face_stall`.

The real program runs in a pty, the sandbox in a process of its own. A heartbeat in the program's event loop notes how
late it comes; a thread beside it notes what the loop was doing when it is late. A bare, idle Textual app runs all the
while with the same heartbeat: its figures are what the machine and the load on it cost anybody.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from unittest import mock

import httpx

from tests.benchmarks import profiles, servers
from tests.benchmarks.face_report import Phase, Report
from tests.benchmarks.heart import read_notes
from tests.benchmarks.keystrokes import TYPING
from tests.benchmarks.watched import Watched

MIB = 1024 * 1024
RATE, BATCH = 200, 20
"""Messages a second, and how many at once."""
KEYS = 20
"""Keys a second: a fast typist has 10."""
_UPLOAD_LIMIT = 100
"""Seconds after which an upload is not waited for any longer."""
_HEART = [sys.executable, "-m", "tests.benchmarks.heart"]
SENDERS = ("妈妈", "张三", *(f"person{number}" for number in range(40)))


def serve(contacts: int, page: int) -> None:
    """A sandbox that takes files of any size, and lists so many contacts in one answer."""
    from tui.sandbox.server import serve as serve_sandbox
    from tui.sandbox.world.options import FileLimits, SandboxOptions

    options = SandboxOptions(
        scan_delay=0.05, replies=False, contacts=contacts, contact_page=page, limits=FileLimits(document=2048 * MIB)
    )
    # The real server renews the skey by the hour. After so many answers it would be every four seconds here, and the
    # upload, whose parts all carry the first one, would be refused.
    with mock.patch("tui.sandbox.routes.sync.RENEW_EVERY", 10**9):
        serve_sandbox(options, lambda origin: print(origin, flush=True))


@contextlib.contextmanager
def sandbox(contacts: int, page: int) -> Iterator[str]:
    """The origin of a running sandbox."""
    command = [sys.executable, "-m", "tests.benchmarks.face_stall", "--serve", str(contacts), str(page)]
    with subprocess.Popen(command, cwd=servers.ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.terminate()


class Running(Watched):
    """A program in a pty, whose output is read all the time: one that nobody reads stands still."""

    def __init__(self, program: str, notes: Path, environment: dict[str, str]) -> None:
        super().__init__([*_HEART, str(notes), program], os.environ | environment)
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


class Load:
    """What happens to the program: messages that come, a person who types, an upload. Times are seconds."""

    def __init__(self, program: Running, origin: str, folder: Path, size: int) -> None:
        self._program = program
        self._folder = folder
        self._size = size
        self._random = random.Random("face_stall")
        self._files = itertools.count(1)
        self.lost = False
        """Whether the last upload never came to its end."""
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
        end = time.monotonic() + _UPLOAD_LIMIT

        def over() -> bool:
            self.lost = time.monotonic() > end
            return self.lost or any(one["name"] == path.name for one in self._http.get("uploads").json())

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
        name = f"contacts, {page} a page"
        began = time.monotonic()
        variables = {"WXTUI_HOME": str(home), "WXTUI_SERVER": origin, "WXTUI_LANG": "en"}
        with Running("wxtui", notes, variables) as program:
            program.sees(b"No conversations yet")
            report.phases.append(Phase("first start", began, time.monotonic()))
            before = program.peak
            http = httpx.Client(base_url=f"{origin}/_sandbox/", trust_env=False)
            with http, report.phase("sign in"):
                while not http.get("state").json()["calls"].get("webwxgetcontact"):
                    time.sleep(0.01)
            with report.phase(name) as phase:
                program.sees(b"online")
                time.sleep(2)
            phase.remark = f"sign in and contacts: {program.peak - before} MiB more"
        report.mine += read_notes(notes)


def loads(report: Report, folder: Path, contacts: int, size: int, seconds: float) -> None:
    """A start with a long past, then every load alone, and all together."""
    from tui.cli.commands.demo_history import stock
    from tui.paths import find_profile
    from tui.services.session.login_options import LoginOptions

    with sandbox(contacts, 500) as origin:
        variables = {"WXTUI_HOME": str(folder / "home"), "WXTUI_SERVER": origin, "WXTUI_LANG": "en"}
        with profiles.environment(**variables):
            stock(find_profile("default"), LoginOptions(None, origin), 4 * contacts, 1)
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
        phase.remark = f"{time.monotonic() - began:.0f} s" + " and no end" * load.lost
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
        phase.remark += ", the upload had no end" * load.lost


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
    arguments = parser.parse_args()
    if arguments.serve:
        serve(*arguments.serve)
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
