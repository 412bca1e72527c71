"""Campaign for scripts: `wxtui send` again and again, killed at any moment; what it printed must be true."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path

from tests.campaign import evidence as found
from tests.campaign.driver import HELD, UNFINISHED, secrets_of, sent_of
from tests.campaign.evidence import Command, Evidence
from tests.campaign.plan import TO
from tests.campaign.program import Program
from tests.campaign.shell import KILLED, NO_SESSION, Run, SeveralRun, ended, start, untrue
from tests.support.sandbox_thread import Sandbox
from tui.sandbox.session.state import State

_KINDS = (
    *("whole", "whole", "faulty", "faulty", "killed", "killed", "undone", "done"),
    *("several", "several, faulty", "several, killed", "several, killed"),
)
"""Kinds of runs: undisturbed, with a fault, killed somewhere, killed with its request undone, killed unanswered; a file
for several, with a fault, killed when some have it."""
_FAULTS = (
    *(
        ("webwxsendmsg", kind, 0)
        for kind in ("drop_before", "drop_after", "truncate", "html", "empty", "reset", "echo")
    ),
    *(("webwxsendmsg", "status", 502), ("webwxsendmsg", "status", 404), ("webwxsendmsg", "ret", -1)),
    *(("webwxsendmsg", "late", 0.3), ("webwxsendmsg", "expire", 1101), ("*", "delay", 0.1)),
)


_FILE_FAULTS = (
    *(("webwxsendappmsg", kind, 0) for kind in ("drop_before", "drop_after", "truncate", "empty", "html", "echo")),
    *(("webwxsendappmsg", "ret", 1), ("webwxsendappmsg", "late", 0.3), ("webwxuploadmedia", "drop_after", 0)),
)


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
        self._kinds: list[str] = []
        self._runs: list[Run] = []
        self._several: list[SeveralRun] = []
        self._commands: list[Command] = []
        self._file = folder / "file"
        self._deaths: list[str] = []
        self._usual = 0.3
        """Seconds that a run takes which nobody disturbs: a kill is meant to come before its end."""
        self.kills = 0
        self.faults = 0

    def begin(self) -> None:
        """Log in."""
        done = start(self._home, "--server", self._sandbox.origin, "login", "--qr", "ascii")
        _, err = done.communicate(timeout=60)
        if done.returncode:
            raise RuntimeError(err.decode())

    def play(self, runs: int) -> None:
        """Play so many runs; half of them are killed, and each kind has its turn."""
        for _ in range(runs):
            number, rng = len(self._commands) + 1, self._random
            if not self._kinds:
                self._kinds = list(_KINDS)
                rng.shuffle(self._kinds)
            kind = self._kinds.pop()
            if kind.startswith("several"):
                self._run_several(number, kind)
                continue
            self._commands.append(Command(number, rng.choice(TO), f"text {number}"))
            self._run(self._commands[-1], kind)

    def settle(self, seconds: float = 30) -> None:
        """Open the profile again, which repairs what dead processes left, and leave it."""
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
        """Return what is known now; for after `settle`."""
        sent = tuple(map(sent_of, self._sandbox.sent()))
        complaints = [wrong for run in self._several for wrong in run.untrue(sent)]
        complaints += [*untrue(self._runs, sent), *found.broken(self._store), *found.open_to_others(self._home)]
        complaints += found.leaks(sorted(self._logs.iterdir()), secrets_of(self._state))
        return Evidence(
            commands=tuple(self._commands),
            rows=found.read_rows(self._store),
            sent=sent,
            complaints=(*complaints, *self._deaths),
        )

    def _asked(self) -> int:
        """Return how often the server was asked to send."""
        return self._state.calls["webwxsendmsg"]

    def _arrived(self) -> int:
        """Return how many messages the server has."""
        return len(self._state.sent)

    def _run_several(self, number: int, kind: str) -> None:
        """Send a file to several; where that is killed, when one of them, or two, have it."""
        rng, to = self._random, tuple(self._random.sample(TO, 3))
        data, what = rng.randbytes(rng.choice((10, 600_000))), f"file {number}.bin"
        self._file.write_bytes(data)
        self._commands += (Command(number, one, what, hashlib.sha256(data).hexdigest(), shell=True) for one in to)
        if "faulty" in kind:
            for _ in range(rng.randrange(1, 3)):
                self._sandbox.fault(*rng.choice(_FILE_FAULTS))
        wanted, began = self._arrived() + rng.randrange(1, 3), time.monotonic()
        receivers = [word for one in to for word in ("--to", one)]
        process = start(self._home, "send", *receivers, str(self._file), "--name", what)
        if "killed" in kind:
            while self._arrived() < wanted and process.poll() is None and time.monotonic() < began + 10:
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.05))
            process.kill()
        run = ended(self._commands[-1], process, self._logs)
        self._several.append(SeveralRun(what, to, run.code, run.out, run.err))
        self.kills += run.code == KILLED
        self.faults += "faulty" in kind
        self._sandbox.post("fault", clear=True)

    def _run(self, command: Command, kind: str) -> None:
        there: Callable[[], int] | None = None
        match kind:
            case "faulty":
                self._sandbox.fault(*self._random.choice(_FAULTS))
            case "undone":
                self._sandbox.fault("webwxsendmsg", "delay", HELD)
                there = self._asked
            case "done":
                self._sandbox.fault("webwxsendmsg", "late", HELD)
                there = self._arrived
        before = there() if there is not None else 0
        began = time.monotonic()
        process = start(self._home, "send", command.to, "-m", command.what)
        if kind == "killed":
            time.sleep(self._random.uniform(0, 0.9 * self._usual))
        while there is not None and there() == before and process.poll() is None and time.monotonic() < began + 10:
            time.sleep(0.005)
        if kind == "killed" or there is not None:
            process.kill()
        run = ended(command, process, self._logs)
        if kind == "whole":
            self._usual = time.monotonic() - began
        self._runs.append(run)
        self.kills += run.code == KILLED
        self.faults += kind not in ("killed", "whole") and not self._sandbox.get("fault")["active"]
        self._sandbox.post("fault", clear=True)
        if run.code == NO_SESSION:
            self.begin()
