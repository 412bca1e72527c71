"""The full-screen program over a terminal, against a bare Textual app: `python -m tests.benchmarks.terminal`."""

from __future__ import annotations

import argparse
import compileall
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks import figures, keystrokes, profiles, servers
from tests.benchmarks.keystrokes import Lane
from tests.benchmarks.watched import Watched
from tui.cli.commands.demo_history import stock
from tui.paths import find_profile
from tui.services.session.login_options import LoginOptions

BARE = [sys.executable, "-m", "tests.benchmarks.bare_textual"]
WXTUI = [sys.executable, "-m", "tui"]
NEWEST = "天冷了，多穿点".encode()
"""The newest message of the topmost conversation: when it is there, one can read and write."""
LIVE = b"Connecting"
"""Words of the first live screen, in the place of those that say of when the kept one is."""
IDLE = 60
"""Seconds of the idle part."""
SETTLED = 30
"""Seconds after a start in which the store is looked after."""


@contextmanager
def homes(folder: Path, conversations: int, messages: int) -> Iterator[tuple[str, dict[str, str]]]:
    """A sandbox, and the environment of a profile that is logged in to it with a long past."""
    with servers.sandbox(contacts=conversations) as origin:
        variables = {"WXTUI_HOME": str(folder), "WXTUI_SERVER": origin, "WXTUI_LANG": "en"}
        with profiles.environment(**variables):
            stock(find_profile("default"), LoginOptions(None, origin), messages, 1)
        yield origin, os.environ | variables


def _pass() -> float:
    """Time a process that does nothing, to its end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return (time.perf_counter() - began) * 1000


def start(environment: dict[str, str], rounds: int) -> None:
    """Kept screen, first paint and usable, interleaved with the bare program."""

    screen = Path(environment["WXTUI_HOME"]) / "state" / "default" / "screen"
    with Watched(WXTUI, environment) as program:
        program.until(b"online")
        program.settle()
        program.leave()
    kept = screen.read_bytes()

    def timed(
        command: list[str], measure: Callable[[Watched], float], *, screen_of: bytes | None = None
    ) -> Callable[[], float]:
        def run() -> float:
            if screen_of is None:
                screen.unlink(missing_ok=True)
            else:
                screen.write_bytes(screen_of)
                screen.chmod(0o600)
            with Watched(command, environment) as program:
                return measure(program)

        return run

    series = figures.interleave(
        rounds,
        {
            "bare Textual": timed(BARE, Watched.first_paint),
            "python -c pass": _pass,
            "wxtui, kept screen": timed(WXTUI, Watched.first_paint, screen_of=kept),
            "wxtui, live after it": timed(WXTUI, lambda program: program.until(LIVE), screen_of=kept),
            "wxtui, first paint without": timed(WXTUI, Watched.first_paint),
            "wxtui, usable without": timed(WXTUI, lambda program: program.until(NEWEST)),
        },
    )
    goal = "kept screen 0.15, live after it 1.2, first paint without 1.15, usable without 1.4"
    print(figures.table("start at 120x40", "ms", series, baseline="bare Textual", goal=goal))


def keys(lanes: Sequence[tuple[str, dict[str, str]]], count: int, kinds: Sequence[str], notes: Path | None) -> None:
    """Keys in a program for each profile and as many bare ones."""
    command = [sys.executable, "-m", "tests.benchmarks.key_trace", str(notes)] if notes else WXTUI
    with ExitStack() as stack:
        ours = [Lane(stack.enter_context(Watched(command, environment)), origin) for origin, environment in lanes]
        bare = [Lane(stack.enter_context(Watched(BARE, environment))) for _origin, environment in lanes]
        keystrokes.measure([lane for pair in zip(bare, ours, strict=True) for lane in pair], count, kinds)
        if notes is not None:
            ours[0].program.signal(signal.SIGUSR1)
        print(f"  memory {ours[0].program.memory:.1f} MiB at the end")


def idle(environment: dict[str, str]) -> None:
    """One minute untouched, beside the bare program in the same minute: bytes, CPU, how often it was woken; memory."""
    with Watched([*BARE, "--still"], environment) as bare, Watched(WXTUI, environment) as program:
        program.until(b"online")
        # The store's upkeep begins some seconds after the first screen, and is no idling.
        program.settle(SETTLED)
        bare.idle(0.1)
        before = [(one.cpu, one.wakeups) for one in (bare, program)]
        with ThreadPoolExecutor() as both:
            sizes = list(both.map(lambda one: one.idle(IDLE), (bare, program)))
        for name, one, (cpu, woken), size in zip(("bare", "wxtui"), (bare, program), before, sizes, strict=True):
            print(
                f"  idle {IDLE} s: {name:<6} {size:>4} bytes   {(one.cpu - cpu) * 1000:>5.0f} ms CPU   "
                f"woken {one.wakeups - woken:>4} times   memory {one.memory:.1f} MiB"
            )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--conversations", type=int, default=5000)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=0, help="messages of a second, small store; 0: none")
    parser.add_argument("--keys", type=int, default=1000, help="keys of each kind in a run")
    parser.add_argument("--runs", type=int, default=5, help="runs of the keys, all at once, each in its own program")
    parser.add_argument("--kinds", nargs="+", choices=keystrokes.GOALS, default=list(keystrokes.GOALS))
    parser.add_argument("--trace", type=Path, help="file for what a key costs, by callback (see key_trace)")
    parser.add_argument("--only", choices=("start", "keys", "idle"))
    arguments = parser.parse_args()
    # As installed: where bytecode is not kept, each start would compile this program, and Textual never.
    compileall.compile_dir(servers.ROOT / "tui", quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        for messages in filter(None, (arguments.messages, arguments.small)):
            large, only = messages == arguments.messages, arguments.only
            wanted = arguments.runs if only in (None, "keys") else 1
            with ExitStack() as stack:
                lanes = [
                    stack.enter_context(homes(Path(folder) / f"{messages}-{run}", arguments.conversations, messages))
                    for run in range(wanted)
                ]
                print(f"{arguments.conversations} conversations, {messages} messages", flush=True)
                if large and only in (None, "start"):
                    start(lanes[0][1], arguments.rounds)
                if only in (None, "keys"):
                    keys(lanes, arguments.keys, arguments.kinds, arguments.trace)
                if large and only in (None, "idle"):
                    idle(lanes[0][1])


if __name__ == "__main__":
    main()
