"""Pictures in the log of the real program: typing while they arrive, and memory: `python -m tests.benchmarks.pictures`.

Two programs in pseudo-terminals of 120x40, one with `pictures = "always"` and one with "never", each with its sandbox.
Both get the same images, in true colour by half blocks.
"""

from __future__ import annotations

import argparse
import http.client
import json
import select
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from tests.benchmarks.keystrokes import percentile
from tests.benchmarks.terminal import WXTUI, homes
from tests.benchmarks.watched import Watched

LETTER = "ж"
"""Letter that nothing else on the screen has: when it has come, it was echoed."""
WAYS = ("always", "never")
GOAL_P99, GOAL_MIB = 1.2, 40
_PICTURES = ("sunrise", "city", "screenshot")
_PAUSE = 0.03
"""Seconds between two letters."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=600)
    parser.add_argument("--arriving", type=int, default=50, help="pictures that arrive while one types")
    parser.add_argument("--shown", type=int, default=200, help="pictures that are looked at before memory is read")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        made = [stack.enter_context(homes(Path(folder) / way, 20, 200)) for way in WAYS]
        programs = [
            stack.enter_context(Watched(WXTUI, environment | {"WXTUI_PICTURES": way}))
            for way, (_origin, environment) in zip(WAYS, made, strict=True)
        ]
        pushes = [_pushing(origin) for origin, _environment in made]
        for program in programs:
            program.until(b"online")
            program.rest()
            for key in (b"\x0b", "妈妈".encode(), b"\r"):
                program.key(key)
                program.settle(1.0)
        typing(programs, pushes, arguments.letters, arguments.arriving)
        memory(programs, pushes, arguments.shown)


def _pushing(origin: str) -> Iterator[None]:
    """Push an image to the open conversation, each time that it is asked for."""
    call, number = http.client.HTTPConnection(urlsplit(origin).netloc), 0
    while True:
        content = {"picture": _PICTURES[number % len(_PICTURES)]}
        body = json.dumps({"type": "image", "from": "妈妈", "content": content})
        call.request("POST", "/_sandbox/push", body, {"content-type": "application/json"})
        call.getresponse().read()
        number += 1
        yield


def typing(programs: Sequence[Watched], pushes: Sequence[Iterator[None]], letters: int, arriving: int) -> None:
    """Letters, of which each second half is typed while pictures arrive, in turn in both programs."""
    every = max(1, letters // 2 // arriving)
    times: dict[tuple[str, str], list[float]] = {}
    for number in range(letters):
        quiet = number < letters // 2
        for way, program, push in zip(WAYS, programs, pushes, strict=True):
            if not quiet and number % every == 0:
                next(push)
            times.setdefault((way, "quiet" if quiet else "arriving"), []).append(_echo(program))
    print(f"typing, {arriving} images arrive during the second half   (goal: p99 x {GOAL_P99})")
    base = percentile(times["never", "arriving"], 0.99)
    for (way, when), values in sorted(times.items()):
        p99 = percentile(values, 0.99)
        print(
            f"  {way:<7} {when:<9} {len(values):>5} letters   ms {statistics.median(values):>5.1f} p50"
            f"  {p99:>6.1f} p99   x {p99 / base:.2f}"
        )


def _echo(program: Watched) -> float:
    """Type a letter; the milliseconds until it is on the screen. Then a moment passes."""
    program.raw = b""
    began = time.perf_counter()
    program.send(LETTER.encode())
    while LETTER.encode() not in program.raw and time.perf_counter() - began < 5:
        if select.select([program], [], [], 0.5)[0]:
            program._read(0)
    taken = (time.perf_counter() - began) * 1000
    program.idle(_PAUSE)
    return taken


def memory(programs: Sequence[Watched], pushes: Sequence[Iterator[None]], shown: int) -> None:
    """MiB of both programs after so many pictures were in sight."""
    before, blocks = [program.memory for program in programs], [0, 0]
    for _number in range(shown):
        for push in pushes:
            next(push)
    for at, program in enumerate(programs):
        program.idle(3)
        # Nothing stands in the bar any more, where Tab would complete it.
        for key in (b"\x15", b"\x15", b"\t"):
            program.key(key)
        for _page in range(max(1, shown // 2)):
            program.raw = b""
            program.send(b"\x1b[5~")
            program.idle(0.4)
            blocks[at] += program.raw.count("▀".encode())
        program.rest()
    print(f"memory, {shown} images in sight   (goal: {GOAL_MIB} MiB more than without)")
    grown = []
    for way, program, first, drawn in zip(WAYS, programs, before, blocks, strict=True):
        grown.append(program.memory - first)
        print(f"  {way:<7} {first:>6.1f} -> {program.memory:>6.1f} MiB   {drawn} half blocks drawn")
    print(f"  with pictures {grown[0] - grown[1]:+.1f} MiB more")


if __name__ == "__main__":
    main()
