"""Runs `wxtui send` as a script does, and judges whether what it printed, and how it ended, is true."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.evidence import Command, Sent
from tests.campaign.program import ROOT

KILLED = -9
NO_SESSION = 3
DOUBTS = ("may or may not have arrived", "and may still do this once resumed")
"""Words of `wxtui send` by which a person knows that the server may have the message."""


@dataclass(frozen=True)
class Run:
    """Run of `wxtui send`: what it was to send, and what came of it."""

    command: Command
    code: int
    out: str
    err: str

    @property
    def printed(self) -> list[str]:
        """Return the MsgIDs in whole lines; a kill may cut the last."""
        return [line.split("\t")[0] for line in self.out.splitlines(keepends=True) if line.endswith("\n")]

    @property
    def doubtful(self) -> bool:
        """True when the run said that it does not know."""
        return any(doubt in self.err for doubt in DOUBTS)


@dataclass(frozen=True)
class SeveralRun:
    """Run of `wxtui send --to …` with one file for several."""

    what: str
    to: tuple[str, ...]
    code: int
    out: str
    err: str

    def untrue(self, sent: Sequence[Sent]) -> list[str]:
        """Return objections to what it said, or how it ended."""
        by_msg_id, told, wrong = {one.msg_id: one for one in sent}, [], []
        for line in self.out.splitlines(keepends=True):
            if not line.endswith("\n"):
                break  # A kill has cut it.
            msg_id, what, to = line.rstrip("\n").split("\t")
            told.append(to)
            one = by_msg_id.get(msg_id)
            if one is None or (one.to, one.what) != (to, what):
                wrong.append(f"printed a MsgID that this message does not have: {line!r} {self}")
        there = {one.to for one in sent if one.what == self.what}
        if self.code == 0 and told != list(self.to):
            wrong.append(f"ended well, and told of {told}: {self}")
        if self.code not in (0, KILLED) and there - set(told) and not any(doubt in self.err for doubt in DOUBTS):
            wrong.append(f"told of {told}, and {there} have it: {self}")
        return wrong


def start(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a command line as a process, with umask 0, which must open nothing."""
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *arguments],
        cwd=ROOT,
        env=os.environ
        | {
            "WXTUI_HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "WXTUI_LANG": "en",
            "WXTUI_LOG": "debug",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        umask=0,
    )


def ended(command: Command, process: subprocess.Popen[bytes], logs: Path) -> Run:
    """Wait for the end of a run and keep what it printed; after a minute it is killed, and did not end well."""
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        err += b"\nTraceback: it did not end in a minute\n"
    (logs / f"send-{command.n}").write_bytes(out + err)
    return Run(command, process.returncode, out.decode(), err.decode())


def untrue(runs: Sequence[Run], sent: Sequence[Sent], again: Collection[str] = ()) -> list[str]:
    """Return objections to what a run said, or how it ended. `again`: what a person has sent once more, elsewhere."""
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
        if run.code not in (0, KILLED) and (run.printed or (there and not run.doubtful and command.what not in again)):
            wrong.append(f"said that it failed, and it is there: {run}")
    return wrong
