"""What a prompt costs: `python -m tests.benchmarks.status`."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import figures, profiles, servers
from tests.benchmarks.startup import NOTHING, WXTUI, owner

PROMPT = [*WXTUI, "status", "--format", "{unread} @{mentions}"]
GOAL = "at most 5.00 of python -c pass"


def used(command: list[str], environment: dict[str, str]) -> Callable[[], float]:
    """Milliseconds of CPU of a whole process, which must succeed."""

    def run() -> float:
        with subprocess.Popen(command, cwd=servers.ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{command[-4:]} ended with {process.returncode}")
        return (usage.ru_utime + usage.ru_stime) * 1000

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="runs of each (default 30)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wxtui-bench-") as base, servers.sandbox() as origin:
        home = Path(base) / "home"
        asyncio.run(profiles.at_sandbox(home, origin))
        environment = os.environ | {"WXTUI_HOME": str(home)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        contestants = {"python -c pass": used(NOTHING, environment), "status --format": used(PROMPT, environment)}
        for where in ("from the stored state", "through a running wxtui"):
            if where.startswith("through"):
                with owner(home, environment):
                    print_table(where, contestants, arguments.rounds)
            else:
                print_table(where, contestants, arguments.rounds)


def print_table(where: str, contestants: dict[str, Callable[[], float]], rounds: int) -> None:
    for run in contestants.values():
        # Once unmeasured: bytecode is compiled, files are in the cache.
        run()
    series = figures.interleave(rounds, contestants)
    print(figures.table(where, "ms of CPU", series, baseline=series[0].name, goal=GOAL, digits=1))


if __name__ == "__main__":
    main()
