"""A fault campaign against the client, for as long as wanted: `python -m tests.benchmarks.campaign --minutes 5`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.campaign.driver import Campaign
from tests.campaign.judge import Verdict, judge
from tests.conftest import OPTIONS, SandboxThread


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
    print(f"  written  {len(evidence.commands):>6}  {_parts(verdict.states)}")
    print(f"                   {_parts(verdict.reasons)}")
    print(f"  at the server {len(evidence.sent)}, incoming {verdict.incoming} of {len(evidence.pushed)}")
    print(f"  lost     {verdict.lost:>6}\n  doubled  {verdict.doubled:>6}\n  objections {len(verdict.objections):>4}")
    for objection in verdict.objections:
        print(f"    {objection}")
    return verdict


def _parts(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {times}" for name, times in sorted(counted.items(), key=lambda item: -item[1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="how long (default 5)")
    parser.add_argument("--seed", type=int, default=1, help="of the plan (default 1)")
    parser.add_argument("--keep", type=Path, help="a new folder for the home and the logs, which stay there")
    arguments = parser.parse_args()
    if arguments.keep is not None:
        verdict = run(arguments.keep, arguments.seed, arguments.minutes)
    else:
        with tempfile.TemporaryDirectory(prefix="wxtui-campaign-") as folder:
            verdict = run(Path(folder), arguments.seed, arguments.minutes)
    sys.exit(bool(verdict.objections))


if __name__ == "__main__":
    main()
