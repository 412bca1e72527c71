"""How long the command line takes: `python -m tests.benchmarks.startup`."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import figures, profiles, servers

WXTUI = [sys.executable, "-m", "tui"]
NOTHING = [sys.executable, "-c", "pass"]
ONE_CLIENT = """
import asyncio, httpx
async def main():
    async with httpx.AsyncClient():
        pass
asyncio.run(main())
"""
HTTP_CLIENT = [sys.executable, "-c", ONE_CLIENT]
GOAL = "send at most 1.10 of the HTTP client"


def timed(command: list[str], environment: dict[str, str]) -> Callable[[], float]:
    """Milliseconds of a whole process, which must succeed."""

    def run() -> float:
        began = time.perf_counter()
        done = subprocess.run(command, cwd=servers.ROOT, env=environment, capture_output=True, text=True)
        took = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"{command[-4:]} ended with {done.returncode}: {done.stderr}")
        return took * 1000

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="runs of each (default 15)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wxtui-bench-") as base, servers.sandbox() as origin:
        home = Path(base) / "home"
        asyncio.run(profiles.at_sandbox(home, origin))
        file = Path(base) / "note.txt"
        file.write_bytes(b"1234567\n" * 128)
        environment = os.environ | {"WXTUI_HOME": str(home)}
        alone = [*WXTUI, "--server", origin]
        starts = {
            "python -c pass": NOTHING,
            "wxtui --version": [*WXTUI, "--version"],
            "wxtui --help": [*WXTUI, "--help"],
        }
        commands = {
            "one httpx.AsyncClient": HTTP_CLIENT,
            "wxtui send, a text": [*alone, "send", "filehelper", "-m", "hello"],
            "wxtui send, 1 KiB": [*alone, "send", "filehelper", str(file)],
            "wxtui status": [*alone, "status"],
            "wxtui log": [*alone, "log", "filehelper"],
            "wxtui contacts": [*alone, "contacts"],
        }
        contestants = {name: timed(command, environment) for name, command in (starts | commands).items()}
        for run in contestants.values():
            # Once unmeasured: bytecode is compiled, files are in the cache.
            run()
        series = figures.interleave(arguments.rounds, contestants)
    nothing, client = series[0], series[len(starts)]
    print(figures.table("start", "ms", series[: len(starts)], baseline=nothing.name, goal="none"))
    print()
    print(figures.table("alone", "ms", series[len(starts) :], baseline=client.name, goal=GOAL))


if __name__ == "__main__":
    main()
