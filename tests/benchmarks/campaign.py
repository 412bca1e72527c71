"""A fault campaign against the client, for as long as wanted: `python -m tests.benchmarks.campaign --minutes 5`."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.campaign.driver import Campaign
from tests.campaign.judge import Verdict, judge
from tests.campaign.listener import Listener
from tests.campaign.script import Script
from tests.campaign.typist import Typist
from tests.support.sandbox_thread import OPTIONS, SandboxThread


def run(folder: Path, seed: int, minutes: float) -> Verdict:
    """One campaign in a sandbox of its own; prints its figures."""
    thread = SandboxThread(OPTIONS)
    began = time.monotonic()
    with thread as sandbox:
        assert thread.state is not None
        campaign = Campaign(sandbox, thread.state, folder, seed)
        try:
            campaign.begin()
            rounds = 0
            while time.monotonic() - began < minutes * 60:
                campaign.play(1)
                rounds += 1
            campaign.settle()
            evidence = campaign.evidence()
        finally:
            campaign.close()
    verdict = judge(evidence)
    print(f"seed {seed}: {rounds} rounds, {time.monotonic() - began:.0f} s")
    print(f"  faults   {campaign.faults.total():>6}  {_parts(campaign.faults)}")
    print(f"  kills    {campaign.kills:>6}  {_parts(campaign.ends)}")
    print(f"  written  {len(evidence.commands):>6}  {_parts(verdict.states)}, never written down {verdict.untaken}")
    print(f"                   {_parts(verdict.reasons)}")
    print(f"  at the server {len(evidence.sent)}, incoming {verdict.incoming} of {len(evidence.pushed)}")
    _tell(verdict)
    return verdict


def run_scripts(folder: Path, seed: int, runs: int) -> Verdict:
    """`wxtui send`, so many times, with nothing else running; prints its figures."""
    thread = SandboxThread(OPTIONS)
    with thread as sandbox:
        assert thread.state is not None
        script = Script(sandbox, thread.state, folder, seed)
        script.begin()
        script.play(runs)
        script.settle()
        evidence = script.evidence()
    verdict = judge(evidence)
    print(f"seed {seed}: {runs} x wxtui send, {script.faults} faults, {script.kills} kills")
    print(f"  written  {len(evidence.commands):>6}  {_parts(verdict.states)}, never written down {verdict.untaken}")
    _tell(verdict)
    return verdict


def run_typist(folder: Path, seed: int, rounds: int) -> Verdict:
    """The real program in a terminal, so many rounds; prints its figures."""
    thread = SandboxThread(OPTIONS)
    with thread as sandbox:
        assert thread.state is not None
        typist = Typist(sandbox, thread.state, folder, seed)
        try:
            typist.play(rounds)
            typist.settle()
            evidence = typist.evidence()
        finally:
            typist.close()
    verdict = judge(evidence)
    print(f"seed {seed}: {rounds} rounds at a terminal, {typist.kills} kills, {typist.takeovers} take-overs")
    print(f"  written  {len(evidence.commands):>6}  {_parts(verdict.states)}, never written down {verdict.untaken}")
    _tell(verdict)
    return verdict


def run_listener(folder: Path, seed: int, rounds: int) -> Verdict:
    """`wxtui listen` with hooks, so many rounds; prints its figures."""
    thread = SandboxThread(OPTIONS)
    with thread as sandbox:
        assert thread.state is not None
        listener = Listener(sandbox, thread.state, folder, seed)
        try:
            listener.begin()
            listener.play(rounds)
            listener.settle()
            evidence = listener.evidence()
        finally:
            listener.close()
    verdict = judge(evidence)
    print(f"seed {seed}: {rounds} x wxtui listen with hooks, {listener.kills} kills")
    print(f"  incoming {verdict.incoming} of {len(evidence.pushed)}")
    _tell(verdict)
    return verdict


def _tell(verdict: Verdict) -> None:
    print(f"  lost {verdict.lost}, doubled {verdict.doubled}, mis-addressed {verdict.misaddressed}, ", end="")
    print(f"shown as sent without contents {verdict.hollow}, online without a session {verdict.ghosts}")
    print(f"  objections {len(verdict.objections):>4}")
    for objection in verdict.objections:
        print(f"    {objection}")


def _parts(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {times}" for name, times in sorted(counted.items(), key=lambda item: -item[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="how long (default 5)")
    parser.add_argument("--seed", type=int, default=1, help="of the plan (default 1)")
    parser.add_argument("--scripts", type=int, default=24, help="how many runs of wxtui send follow (default 24)")
    parser.add_argument("--typed", type=int, default=18, help="how many rounds at a terminal follow (default 18)")
    parser.add_argument("--listen", type=int, default=9, help="how many rounds of wxtui listen follow (default 9)")
    parser.add_argument("--keep", type=Path, help="a new folder for the home and the logs, which stay there")
    arguments = parser.parse_args()
    # A shell lets what runs behind it ignore Ctrl+C, and so would the programs that are to be ended by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wxtui-campaign-")))
        verdicts = [run(folder / "client", arguments.seed, arguments.minutes)] if arguments.minutes else []
        if arguments.scripts:
            verdicts.append(run_scripts(folder / "scripts", arguments.seed, arguments.scripts))
        if arguments.typed:
            verdicts.append(run_typist(folder / "typed", arguments.seed, arguments.typed))
        if arguments.listen:
            verdicts.append(run_listener(folder / "listen", arguments.seed, arguments.listen))
    sys.exit(any(verdict.objections for verdict in verdicts))


if __name__ == "__main__":
    main()
