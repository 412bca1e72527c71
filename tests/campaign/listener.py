"""Campaign for hooks: `wxtui listen` owns the profile, is ended and killed; each message it stores is told once."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.campaign import evidence as found
from tests.campaign.driver import PATIENCE, private_words, secrets_of
from tests.campaign.evidence import Evidence, Pushed
from tests.campaign.shell import KILLED, start
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import wait_until
from tui.sandbox.session.state import State

_FAULTS = (
    *(("webwxsync", kind, 0) for kind in ("drop_after", "truncate", "empty", "html", "duplicate", "reorder", "repeat")),
    *(("synccheck", kind, 0) for kind in ("drop_before", "html", "status")),
    *(("webwxsync", "late", 0.3), ("webwxsync", "ret", -1), ("*", "delay", 0.1)),
)
_BESIDE: tuple[tuple[str, ...], ...] = (
    ("status", "--format", "{unread} {waiting} {state}"),
    ("status", "--local", "--json"),
    ("read", "--all"),
)
_CODES = (0, 1, 3, 4, 5, 6, 130, 143, KILLED)
"""Exit codes that a command beside it may have while the server misbehaves."""
_STATUS = re.compile(r"(\d+ \d+ [a-z ]+|\{.*\})\n")
_SLOW = 0.15
"""Seconds that a slow hook takes."""


@dataclass(frozen=True)
class ListenRun:
    """Run of `wxtui listen --json --exec …` with a hook `on_message`: what it printed, what its hooks were given."""

    code: int
    printed: tuple[str, ...]
    err: str
    given: dict[str, tuple[str, ...]]
    """The MsgIDs that each hook has read, by its name in sentences."""

    def untrue(self) -> Iterable[str]:
        """Return objections: what was printed is given once, or counted as dropped."""
        for msg_id, times in Counter(self.printed).items():
            if times > 1:
                yield f"printed {times} times: {msg_id}"
        for hook, given in self.given.items():
            dropped = sum(map(int, re.findall(rf"{hook} is too slow\. Times that it was not run: (\d+)", self.err)))
            for msg_id, times in Counter(given).items():
                if times > 1:
                    yield f"{hook} was given {msg_id} {times} times"
            if self.code == KILLED:
                continue
            if stray := set(given) - set(self.printed):
                yield f"{hook} was given what was not printed: {sorted(stray)}"
            # The one that runs as the program ends has read it, and counts as not run.
            if not 0 <= len(given) + dropped - len(self.printed) <= 1:
                counts = f"{len(self.printed)} printed, {len(given)} given, {dropped} counted as dropped"
                yield f"{hook}: {counts}: {self.err}"


class Listener:
    """Runs of `wxtui listen` in one home, one after another."""

    KINDS = (
        "ended",
        "ended",
        "killed",
        "faulty",
        "faulty and killed",
        "slow",
        "slow and killed",
        "beside",
        "beside",
        "followed",
    )

    def __init__(self, sandbox: Sandbox, state: State, folder: Path, seed: int) -> None:
        self._sandbox = sandbox
        self._state = state
        self._home = folder / "home"
        self._logs = folder / "logs"
        self._logs.mkdir(parents=True)
        self._store = self._home / "state" / "default" / "store.sqlite3"
        self._random = random.Random(f"listener {seed}")
        self._hook = folder / "hook"
        self._kinds: list[str] = []
        self._owner: subprocess.Popen[bytes] | None = None
        self._follower: subprocess.Popen[bytes] | None = None
        self._followed: list[ListenRun] = []
        self._pushed: list[Pushed] = []
        self._runs: list[ListenRun] = []
        self._complaints: list[str] = []
        self.kills = 0

    def begin(self) -> None:
        """Log in."""
        done = start(self._home, "--server", self._sandbox.origin, "login", "--qr", "ascii")
        _, err = done.communicate(timeout=60)
        if done.returncode:
            raise RuntimeError(err.decode())

    def play(self, rounds: int) -> None:
        """Play so many rounds; each kind has its turn."""
        for _ in range(rounds):
            if not self._kinds:
                self._kinds = list(self.KINDS)
                self._random.shuffle(self._kinds)
            self.play_one(self._kinds.pop())

    def play_one(self, kind: str) -> None:
        """Play a round of this kind (see `KINDS`)."""
        rng = self._random
        if kind == "followed":
            self._take_over()
            return
        given = self._begin_run(slow="slow" in kind)
        beside: list[tuple[tuple[str, ...], subprocess.Popen[bytes]]] = []
        for _ in range(rng.randrange(2, 5)):
            if "faulty" in kind:
                self._sandbox.fault(*rng.choice(_FAULTS))
            self._push(rng.choice((1, 2, 8)) if "slow" in kind else rng.choice((1, 1, 3)))
            if kind == "beside":
                words = rng.choice(_BESIDE)
                beside.append((words, start(self._home, *words)))
            time.sleep(rng.choice((0, 0.1, 0.4)))
        for words, process in beside:
            if rng.random() < 0.2:
                process.kill()
            self._hear(words, process)
        if rng.random() < 0.5:
            self._sandbox.post("fault", clear=True)
            self._wait(lambda: {one.msg_id for one in self._pushed} <= self._there())
        how = signal.SIGKILL if "killed" in kind else rng.choice((signal.SIGTERM, signal.SIGINT))
        self._end(how, given)
        self._sandbox.post("fault", clear=True)

    def settle(self) -> None:
        """Let in what arrived."""
        given = self._begin_run(slow=False)
        self._wait(lambda: {one.msg_id for one in self._pushed} <= self._there(), 30)
        self._end(signal.SIGTERM, given)

    def evidence(self) -> Evidence:
        """Return what is known now; for after `settle`."""
        rows = found.read_rows(self._store)
        wrong = [one for run in (*self._runs, *self._followed) for one in run.untrue()]
        printed = Counter(msg_id for run in self._runs for msg_id in run.printed)
        wrong += [f"printed by {times} runs: {msg_id}" for msg_id, times in printed.items() if times > 1]
        printed.update(msg_id for run in self._followed for msg_id in run.printed)
        if not self.kills:
            wrong += [f"stored and never printed: {row}" for row in rows if row.msg_id and not printed[row.msg_id]]
        wrong += [*found.broken(self._store), *found.open_to_others(self._home)]
        wrong += found.leaks(sorted(self._logs.iterdir()), secrets_of(self._state))
        wrong += found.told_in_log(self._home, private_words(self._state))
        return Evidence(
            rows=rows,
            pushed=tuple(self._pushed),
            reordered=frozenset(self._sandbox.get("state")["reordered"]),
            complaints=(*self._complaints, *wrong),
        )

    def close(self) -> None:
        """End every process."""
        for process in filter(None, (self._owner, self._follower)):
            process.kill()
            process.communicate()

    # ---------------------------------------------------------------- one run

    def _begin_run(self, *, slow: bool) -> dict[str, Path]:
        """Start it, with hooks that write down what they are given."""
        number = len(self._runs) + 1
        given = {name: self._hook.with_name(f"given-{number}-{name.strip('-')}") for name in ("on_message", "--exec")}
        self._hook.write_text(f'#!/bin/sh\ncat >> "$1"\n{f"sleep {_SLOW}" if slow else ""}\n')
        self._hook.chmod(0o700)
        hooks = f'[hooks]\non_message = ["{self._hook}", "{given["on_message"]}"]\n'
        config = self._home / "config.toml"
        config.write_text(hooks)
        config.chmod(0o600)
        before = self._state.calls["synccheck"]
        self._owner = start(self._home, "listen", "--json", "--exec", f"{self._hook} {given['--exec']}")
        owner = self._owner
        self._wait(lambda: self._state.calls["synccheck"] > before or owner.poll() is not None)
        return given

    def _end(self, how: signal.Signals, given: dict[str, Path]) -> None:
        owner, self._owner = self._owner, None
        assert owner is not None
        owner.send_signal(how)
        try:
            out, err = owner.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self._complaints.append(f"listen did not end within a minute of {how.name}")
            owner.kill()
            out, err = owner.communicate()
        self.kills += owner.returncode == KILLED
        if owner.returncode not in (KILLED, 130, 143):
            self._complaints.append(f"listen ended with {owner.returncode}: {err.decode()}")
        (self._logs / f"listen-{len(self._runs) + 1}").write_bytes(out + err)
        read = {name: tuple(_msg_ids(path)) for name, path in given.items()}
        self._runs.append(ListenRun(owner.returncode, _printed(out), err.decode(), read))

    def _take_over(self) -> None:
        """Let another follow, and take over when the owner ends: it tells all that is stored meanwhile, once."""
        rng, given = self._random, self._begin_run(slow=False)
        read = self._hook.with_name(f"given-{len(self._runs) + 1}-follower")
        (self._home / "config.toml").write_text("")
        follower = self._follower = start(self._home, "listen", "--json", "--exec", f"{self._hook} {read}")
        while not read.exists() and follower.poll() is None:
            self._push(1)
            self._wait(read.exists, 0.5)
        since = len(self._pushed)
        self._push(rng.randrange(1, 4))
        how, before = rng.choice((signal.SIGTERM, signal.SIGINT, signal.SIGKILL)), self._state.calls["synccheck"]
        self._end(how, given)
        self._push(rng.randrange(1, 4))
        self._wait(lambda: self._state.calls["synccheck"] > before and self._told(self._pushed) <= self._there(), 20)
        # What is stored is printed a moment later, and given to the hook then.
        self._wait(lambda: self._told(self._pushed[since:]) <= set(_msg_ids(read)), 20)
        follower.send_signal(signal.SIGTERM)
        out, err = follower.communicate(timeout=60)
        self._follower = None
        (self._logs / f"follower-{follower.pid}").write_bytes(out + err)
        run = ListenRun(follower.returncode, _printed(out), err.decode(), {"--exec": tuple(_msg_ids(read))})
        self._followed.append(run)
        if lost := self._told(self._pushed[since:]) - set(run.printed):
            self._complaints.append(f"the owner ended by {how.name}; the other never told of {lost}: {err.decode()}")

    @staticmethod
    def _told(pushed: Iterable[Pushed]) -> set[str]:
        return {one.msg_id for one in pushed}

    def _hear(self, words: tuple[str, ...], process: subprocess.Popen[bytes]) -> None:
        """Wait for a command beside it, and judge how it ended."""
        out, err = process.communicate(timeout=60)
        (self._logs / f"beside-{process.pid}").write_bytes(out + err)
        if process.returncode not in _CODES:
            self._complaints.append(f"{words} ended with {process.returncode}: {err.decode()}")
        if words[0] == "status" and process.returncode == 0 and not _STATUS.fullmatch(out.decode()):
            self._complaints.append(f"{words} printed {out!r}")

    def _push(self, times: int) -> None:
        for _ in range(times):
            text = f"said {len(self._pushed) + 1}"
            sender = self._random.choice(("zhangsan", "lisi", "mum"))
            answer = self._sandbox.post("push", type="text", content=text, **{"from": sender})
            self._pushed.append(Pushed(answer["MsgId"], text))

    def _there(self) -> set[str]:
        return {row.msg_id for row in found.read_rows(self._store)}

    def _wait(self, there: Callable[[], bool], seconds: float = PATIENCE) -> None:
        with suppress(AssertionError):
            wait_until(there, seconds)


def _printed(out: bytes) -> tuple[str, ...]:
    """Return the MsgIDs in whole lines; a kill may cut the last."""
    lines = [line for line in out.decode().splitlines(keepends=True) if line.endswith("\n")]
    return tuple(json.loads(line)["msg_id"] for line in lines)


def _msg_ids(path: Path) -> Iterable[str]:
    """Yield the MsgIDs that a hook has read; of a killed one the last line may be cut."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line)["msg_id"] for line in text.splitlines(keepends=True) if line.endswith("\n")]
