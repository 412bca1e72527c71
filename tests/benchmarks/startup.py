"""How long the command line takes: `python -m tests.benchmarks.startup`."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
THROUGH_GOAL = "send, status and completion at most 5.00 of python -c pass"
TAB = {"_WXTUI_COMPLETE": "bash_complete", "COMP_WORDS": "wxtui\nsend\nfile", "COMP_CWORD": "2"}
THROUGH = {
    "python -c pass": NOTHING,
    "wxtui send, a text": [*WXTUI, "send", "filehelper", "-m", "hello"],
    "wxtui status": [*WXTUI, "status"],
    "completion of a name": WXTUI,
    "wxtui read": [*WXTUI, "read", "filehelper"],
    "wxtui revoke": [*WXTUI, "revoke", "--last", "filehelper"],
    "wxtui log": [*WXTUI, "log", "filehelper"],
    "wxtui contacts": [*WXTUI, "contacts"],
}
"""Commands while another program owns the session. Each round sends a text and takes it back."""


@contextmanager
def owner(home: Path, environment: dict[str, str]) -> Iterator[None]:
    """A program that owns the session and lets other shells in."""
    with subprocess.Popen([*WXTUI, "listen"], cwd=servers.ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            while not (home / "state/default/control.sock").exists():
                if process.poll() is not None:
                    raise RuntimeError("wxtui listen has ended")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


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
        through = {
            name: timed(command, environment | (TAB if command is WXTUI else {})) for name, command in THROUGH.items()
        }
        with owner(home, environment):
            for run in through.values():
                run()
            through_series = figures.interleave(arguments.rounds, through)
    nothing, client = series[0], series[len(starts)]
    print(figures.table("start", "ms", series[: len(starts)], baseline=nothing.name, goal="none"))
    print()
    print(figures.table("alone", "ms", series[len(starts) :], baseline=client.name, goal=GOAL))
    print()
    table = figures.table(
        "through a running wxtui", "ms", through_series, baseline=through_series[0].name, goal=THROUGH_GOAL
    )
    print(table)


if __name__ == "__main__":
    main()
