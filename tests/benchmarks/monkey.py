"""Random inputs at the real program: `python -m tests.benchmarks.monkey --inputs 20000 --seed 1`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from unittest.mock import patch

from tests.monkey.monkey import Findings, play


def _tell(seed: int, seconds: float, found: Findings) -> None:
    print(f"seed {seed}: {found.inputs} inputs, {found.lives} lives, {found.switched} switches, {seconds:.0f} s")
    print(
        f"  sent {found.sent}, recalled {found.recalled}, changed {found.changed}; "
        + ", ".join(f"{k} {n}" for k, n in found.screens.most_common())
    )
    print(f"  crashes {len(found.crashes)}, hangs {len(found.hangs)}, unintended {len(found.unintended)}, ", end="")
    print(f"lost {len(found.lost)}, escape bytes {len(found.escapes)}")
    for objection in found.all:
        print(f"    {objection}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="how many (default 20000)")
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="one run each (default 1)")
    arguments = parser.parse_args()
    wrong = False
    for seed in arguments.seed:
        with tempfile.TemporaryDirectory(prefix="wxtui-home-") as home:
            quiet = {"WXTUI_HOME": home, "HOME": home, "WXTUI_LANG": "en", "VISUAL": "true", "EDITOR": "true"}
            quiet |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            with patch.dict(os.environ, quiet):
                for name in (
                    "TMUX",
                    "STY",
                    "DISPLAY",
                    "WAYLAND_DISPLAY",
                    "SSH_TTY",
                    "WXTUI_SERVER",
                    "WXTUI_PROFILE",
                    "NO_COLOR",
                ):
                    os.environ.pop(name, None)
                began = time.monotonic()
                found = play(arguments.inputs, seed)
        _tell(seed, time.monotonic() - began, found)
        wrong = wrong or bool(found.all)
    sys.exit(wrong)


if __name__ == "__main__":
    main()
