"""The full-screen program over a terminal, against a bare Textual app: `python -m tests.benchmarks.terminal`."""

from __future__ import annotations

import argparse
import compileall
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.benchmarks import figures, profiles, servers
from tests.benchmarks.watched import Reaction, Watched
from tui.cli.commands.demo_history import stock
from tui.paths import find_profile
from tui.services.session.login_options import LoginOptions

BARE = [sys.executable, "-m", "tests.benchmarks.bare_textual"]
WXTUI = [sys.executable, "-m", "tui"]
TYPING = ("The quick brown fox jumps over 13 lazy dogs, 今天下午三点在会议室开会,请大家准时参加。" * 3)[:200]
NEWEST = "天冷了，多穿点".encode()
"""The newest message of the topmost conversation: when it is there, one can read and write."""
TO_THE_TOP = (b"\x1b", b"\x1b[Z", b"\x1b[H", b"\r", b"\x1b[Z")
"""Keys that open the topmost conversation and leave the focus in the list, wherever it was at the start."""
IDLE = 60
"""Seconds of the idle part."""
SETTLED = 30
"""Seconds after a start in which the store is looked after."""
GOALS = {"type": 8, "list": 8, "page": 12, "switch": 25, "arrive": 15}
"""Milliseconds that the 99th percentile may take."""


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share of `values` does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def report(name: str, reactions: list[Reaction]) -> None:
    """One line of figures."""
    ms = [one.ms for one in reactions if one.size]
    size = [one.size for one in reactions if one.size]
    if not ms:
        print(f"  {name:<10} no reaction")
        return
    print(
        f"  {name:<10} {len(ms):>4} keys   {percentile(size, 0.5):>6.0f} bytes p50   "
        f"{percentile(ms, 0.5):>6.1f} ms p50   {percentile(ms, 0.99):>6.1f} p99   {max(ms):>6.1f} max   "
        f"(goal p99 {GOALS[name]})"
    )


@contextmanager
def homes(folder: Path, conversations: int, messages: int) -> Iterator[tuple[str, dict[str, str]]]:
    """A sandbox, and the environment of a profile that is logged in to it with a long past."""
    with servers.sandbox(contacts=conversations) as origin:
        home = folder / f"home-{messages}"
        variables = {"WXTUI_HOME": str(home), "WXTUI_SERVER": origin, "WXTUI_LANG": "en"}
        with profiles.environment(**variables):
            stock(find_profile("default"), LoginOptions(None, origin), messages, 1)
        yield origin, os.environ | variables


def start(environment: dict[str, str], rounds: int) -> None:
    """First paint and usable, interleaved with the bare program."""

    def timed(command: list[str], measure: Callable[[Watched], float]) -> Callable[[], float]:
        def run() -> float:
            with Watched(command, environment) as program:
                return measure(program)

        return run

    series = figures.interleave(
        rounds,
        {
            "bare Textual": timed(BARE, Watched.first_paint),
            "wxtui, first paint": timed(WXTUI, Watched.first_paint),
            "wxtui, usable": timed(WXTUI, lambda program: program.until(NEWEST)),
        },
    )
    goal = "first paint 1.2, usable 1.4"
    print(figures.table("start at 120x40", "ms", series, baseline="bare Textual", goal=goal))


def arriving(origin: str, program: Watched, count: int) -> list[Reaction]:
    """Messages for the open conversation: from the control call to the last byte, so with poll, sync and commit."""
    with httpx.Client(trust_env=False) as http:

        def push(number: int) -> Callable[[], object]:
            body = {"type": "text", "from": "妈妈", "content": f"消息 {number}"}
            return lambda: http.post(f"{origin}/_sandbox/push", json=body)

        return [program.react(push(number), 2) for number in range(count)]


def keys(origin: str, environment: dict[str, str]) -> None:
    """Typing, lists, paging, switching, arriving; then silence and memory."""
    with Watched(WXTUI, environment) as program:
        program.until(b"online")
        program.settle(3)
        print(f"  memory {program.memory:.1f} MiB   start {len(program.raw)} bytes")
        for key in TO_THE_TOP:
            program.key(key)
            program.settle(0.5)
        report("list", [program.key(b"\x1b[B") for _ in range(60)])
        program.key(b"\x1b")
        time.sleep(0.3)
        report("type", [program.key(letter.encode()) for letter in TYPING])
        program.key(b"\x15\x15\x15")
        for _ in range(4):
            program.key(b"\x15")
            program.key(b"\x7f")
        program.settle()
        there_and_back = [b"\x1b[1;3B"] * 12 + [b"\x1b[1;3A"] * 12
        report("switch", [program.key(arrow) for arrow in there_and_back])
        program.settle()
        report("arrive", arriving(origin, program, 30))
        program.settle()
        program.key(b"\t")
        time.sleep(0.3)
        report("page", [program.key(b"\x1b[5~") for _ in range(40)])
        program.settle(2)
        print(f"  memory {program.memory:.1f} MiB at the end")


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
    parser.add_argument("--small", type=int, default=1000, help="messages of the second, small store; 0: none")
    parser.add_argument("--only", choices=("start", "keys", "idle"))
    arguments = parser.parse_args()
    # As installed: where bytecode is not kept, each start would compile this program, and Textual never.
    compileall.compile_dir(servers.ROOT / "tui", quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        for messages in filter(None, (arguments.messages, arguments.small)):
            with homes(Path(folder), arguments.conversations, messages) as (origin, environment):
                print(f"{arguments.conversations} conversations, {messages} messages")
                large, only = messages == arguments.messages, arguments.only
                if large and only in (None, "start"):
                    start(environment, arguments.rounds)
                if only in (None, "keys"):
                    keys(origin, environment)
                if large and only in (None, "idle"):
                    idle(environment)


if __name__ == "__main__":
    main()
