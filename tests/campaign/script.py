"""The same for scripts: `wxtui send` again and again, killed at any moment; what it printed must be true."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.campaign import evidence as found
from tests.campaign.driver import HELD, UNFINISHED, secrets_of, sent_of
from tests.campaign.evidence import Command, Evidence, Sent
from tests.campaign.plan import TO
from tests.campaign.program import ROOT, Program
from tests.conftest import Sandbox
from tui.sandbox.state import State

KILLED = -9
NO_SESSION = 3
DOUBT = "may or may not have arrived"
"""What `wxtui send` says, and by which a person knows, that the server may have it."""
_FAULTS = (
    *(
        ("webwxsendmsg", kind, 0)
        for kind in ("drop_before", "drop_after", "truncate", "html", "empty", "reset", "echo")
    ),
    *(("webwxsendmsg", "status", 502), ("webwxsendmsg", "status", 404), ("webwxsendmsg", "ret", -1)),
    *(("webwxsendmsg", "late", 0.3), ("webwxsendmsg", "expire", 1101), ("*", "delay", 0.1)),
)


@dataclass(frozen=True)
class Run:
    """One `wxtui send`: what it was to send, and what came of it."""

    command: Command
    code: int
    out: str
    err: str

    @property
    def printed(self) -> list[str]:
        """The MsgIDs in whole lines; a kill may cut the last."""
        return [line.split("\t")[0] for line in self.out.splitlines(keepends=True) if line.endswith("\n")]


def untrue(runs: Sequence[Run], sent: Sequence[Sent]) -> list[str]:
    """What a run said, or how it ended, and what is not so."""
    by_msg_id = {one.msg_id: one for one in sent}
    times = Counter(one.what for one in sent)
    wrong = []
    for run in runs:
        command, there = run.command, times[run.command.what]
        for msg_id in run.printed:
            one = by_msg_id.get(msg_id)
            if one is None or (one.to, one.what) != (command.to, command.what):
                wrong.append(f"printed a MsgID that this message does not have: {run}")
        if run.code == 0 and len(run.printed) != 1:
            wrong.append(f"ended well and printed {len(run.printed)} MsgIDs: {run}")
        if there > 1:
            wrong.append(f"sent {there} times by one run: {run}")
        if run.code not in (0, KILLED) and (run.printed or (there and DOUBT not in run.err)):
            wrong.append(f"said that it failed, and it is there: {run}")
    return wrong


class Script:
    """Runs of `wxtui send` in one home, one after another."""

    def __init__(self, sandbox: Sandbox, state: State, folder: Path, seed: int) -> None:
        self._sandbox = sandbox
        self._state = state
        self._home = folder / "home"
        self._logs = folder / "logs"
        self._logs.mkdir(parents=True)
        self._store = self._home / "state" / "default" / "store.sqlite3"
        self._random = random.Random(f"script {seed}")
        self._runs: list[Run] = []
        self._deaths: list[str] = []
        self.kills = 0
        self.faults = 0

    def begin(self) -> None:
        """Log in."""
        done = self._start("--server", self._sandbox.origin, "login", "--qr", "ascii")
        _, err = done.communicate(timeout=60)
        if done.returncode:
            raise RuntimeError(err.decode())

    def play(self, runs: int) -> None:
        """So many runs; half of them are killed."""
        for _ in range(runs):
            number, rng = len(self._runs) + 1, self._random
            command = Command(number, rng.choice(TO), f"text {number}")
            kind = rng.choice(("whole", "whole", "faulty", "faulty", "killed", "killed", "undone", "done"))
            self._run(command, kind)

    def settle(self, seconds: float = 30) -> None:
        """Somebody opens the profile again, which repairs what dead ones left, and leaves it."""
        program = Program(self._home, self._sandbox.origin, self._logs)
        program.start()
        try:
            program.wait_for_session(seconds)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and any(row.state in UNFINISHED for row in found.read_rows(self._store)):
                time.sleep(0.1)
            program.leave()
            self._deaths = program.deaths
        finally:
            program.kill()

    def evidence(self) -> Evidence:
        """What is known now; for after `settle`."""
        sent = tuple(map(sent_of, self._sandbox.sent()))
        complaints = [*untrue(self._runs, sent), *found.broken(self._store), *found.open_to_others(self._home)]
        complaints += found.leaks(sorted(self._logs.iterdir()), secrets_of(self._state))
        return Evidence(
            commands=tuple(run.command for run in self._runs),
            rows=found.read_rows(self._store),
            sent=sent,
            complaints=(*complaints, *self._deaths),
        )

    def _run(self, command: Command, kind: str) -> None:
        calls, sent = self._state.calls["webwxsendmsg"], len(self._state.sent)
        there: Callable[[], bool] | None = None
        match kind:
            case "faulty":
                self._sandbox.fault(*self._random.choice(_FAULTS))
            case "undone":
                self._sandbox.fault("webwxsendmsg", "delay", HELD)
                there = lambda: self._state.calls["webwxsendmsg"] > calls  # noqa: E731 - a name for its type
            case "done":
                self._sandbox.fault("webwxsendmsg", "late", HELD)
                there = lambda: len(self._state.sent) > sent  # noqa: E731 - a name for its type
        process = self._start("send", command.to, "-m", command.what)
        if kind == "killed":
            time.sleep(self._random.uniform(0, 1.5))
        deadline = time.monotonic() + 10
        while there is not None and not there() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        if kind == "killed" or there is not None:
            process.kill()
        out, err = process.communicate(timeout=60)
        self.kills += process.returncode == KILLED
        self.faults += kind != "killed" and kind != "whole" and not self._sandbox.get("fault")["active"]
        self._sandbox.post("fault", clear=True)
        self._runs.append(Run(command, process.returncode, out.decode(), err.decode()))
        (self._logs / f"send-{command.n}").write_bytes(out + err)
        if process.returncode == NO_SESSION:
            self.begin()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tui", *arguments],
            cwd=ROOT,
            env=os.environ
            | {"WXTUI_HOME": str(self._home), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "WXTUI_LANG": "en"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            umask=0,
        )
