"""Client as a process: started, told, listened to, killed."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
Fact = dict[str, Any]


class Program:
    """Runs one life of the client after another in one home. `facts` is what a person was shown in all of them."""

    def __init__(self, home: Path, origin: str, logs: Path) -> None:
        self._home = home
        self._origin = origin
        self._logs = logs
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._news = threading.Condition()
        self.facts: list[Fact] = []
        self.in_session = False
        """True when the client last said that it has a session."""
        self.online = False
        """True when the client last said that it is online: a session, and no trouble with it."""
        self.life = 0
        self.kills = 0
        self.deaths: list[str] = []
        """Lives that ended by themselves, or badly when they were asked to."""

    @property
    def alive(self) -> bool:
        """True while the client runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Begin a life, with umask 0, which must open nothing."""
        self.life += 1
        self.in_session = self.online = False
        with (self._logs / f"stderr-{self.life}").open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.campaign.client", self._origin],
                cwd=ROOT,
                env=os.environ | {"WXTUI_HOME": str(self._home), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                umask=0,
            )
        self._reader = threading.Thread(target=self._listen, args=(self._process, self.life), daemon=True)
        self._reader.start()

    def tell(self, **command: object) -> None:
        """Send a command; a dead client does not hear it."""
        assert self._process is not None and self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()

    def kill(self) -> None:
        """Kill the client by SIGKILL, and wait until it is gone."""
        if self.alive:
            self.kills += 1
        self._end(lambda process: process.kill(), (-9,))

    def leave(self, seconds: float = 20) -> None:
        """End the client as a person does, by leaving."""

        def close(process: subprocess.Popen[bytes]) -> None:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)

        self._end(close, (0,))

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None], expected: tuple[int, ...]) -> None:
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        children = _children(process.pid)
        ended = process.poll()
        if ended is None:
            how(process)
            if process.poll() is None and expected == (0,):
                self.deaths.append(f"life {self.life} did not end when it was left")
                process.kill()
            ended = process.wait()
        elif ended in expected:
            ended = 1000
        if ended not in expected:
            self.deaths.append(f"life {self.life} ended with {ended}")
        reader.join()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
        self._process = self._reader = None
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not any(map(_runs, children)), 5)
        self.deaths += (f"life {self.life} left the process {child}" for child in children if _runs(child))

    def wait_for_session(self, seconds: float) -> bool:
        """Wait for a session; False when there is none within this time."""
        deadline = time.monotonic() + seconds
        with self._news:
            while not self.in_session and self.alive and time.monotonic() < deadline:
                self._news.wait(0.1)
            return self.in_session

    def wait(self, there: Callable[[Fact], bool], seconds: float, *, since: int = 0) -> Fact | None:
        """Wait for the first fact of this life, from place `since` on, for which `there` holds; None if none comes."""
        deadline = time.monotonic() + seconds
        with self._news:
            at = since
            while True:
                while at < len(self.facts):
                    if self.facts[at]["life"] == self.life and there(self.facts[at]):
                        return self.facts[at]
                    at += 1
                left = deadline - time.monotonic()
                if left <= 0 or not self.alive:
                    return None
                self._news.wait(min(left, 0.2))

    def _listen(self, process: subprocess.Popen[bytes], life: int) -> None:
        assert process.stdout is not None
        with (self._logs / f"stdout-{life}").open("wb") as kept:
            for line in process.stdout:
                kept.write(line)
                if not line.endswith(b"\n"):
                    break  # it died in the middle of it
                fact = {"life": life} | json.loads(line)
                with self._news:
                    if "session" in fact:
                        self.in_session = fact["session"] == "in"
                    elif "online" in fact:
                        self.online = fact["online"]
                    self.facts.append(fact)
                    self._news.notify_all()


def _children(pid: int) -> list[int]:
    """Return the processes that a process has started and that have not ended."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, thread.read_text().split())
    return found


def _runs(pid: int) -> bool:
    """Return whether a process has not ended; one that nobody has waited for has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
