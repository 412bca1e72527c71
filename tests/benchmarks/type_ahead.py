"""Typing while the program starts, at random moments: `python -m tests.benchmarks.type_ahead --runs 200 --seed 1`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter

from tests.support.sandbox_thread import OPTIONS, SandboxThread
from tests.support.typed_ahead import TypedAhead


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="starts (default 200)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed types the same")
    parser.add_argument("--kills", type=float, default=0.2, help="share of starts that a signal ends (default 0.2)")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    objections: list[str] = []
    with tempfile.TemporaryDirectory(prefix="wxtui-ahead-") as home, SandboxThread(OPTIONS) as sandbox:
        os.environ |= {"WXTUI_HOME": home, "WXTUI_LANG": "en"}
        login = [sys.executable, "-m", "tui", "--server", sandbox.origin, "login", "--qr", "ascii"]
        subprocess.run(login, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        hand = TypedAhead(sandbox, arguments.seed)
        hand.begin()
        for at in range(1, arguments.runs + 1):
            outcome = hand.run(kills=arguments.kills)
            counts.update(phase.value for phase in outcome.phases)
            counts.update([] if outcome.ended is None else [outcome.ended.name])
            counts["starts that sent"] += outcome.sent > 0
            counts["starts that opened another"] += bool(outcome.opens)
            for objection in outcome.objections:
                objections.append(f"start {at}: {objection}")
                print(objections[-1], flush=True)
            if at % 20 == 0:
                print(f"{at} starts, {counts['starts that sent']} of them sent", flush=True)
        sent = len(sandbox.sent())
    print(f"seed {arguments.seed}: {arguments.runs} starts, {sent} messages at the server")
    print("  " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(f"  {len(objections) or 'no'} objections: nothing is to be lost, doubled, or sent to another conversation")
    return 1 if objections else 0


if __name__ == "__main__":
    sys.exit(main())
