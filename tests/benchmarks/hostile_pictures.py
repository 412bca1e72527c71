"""Damaged pictures through the child that decodes: `python -m tests.benchmarks.hostile_pictures --count 10000`.

The program must not crash; each picture must be drawn, or refused with a sentence, within its time. Prints what became
of them, how long they took, how often the child had to be replaced, and how much memory it had.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.support.mutated_pictures import gif_of_frames, mutated_pictures, png_of
from tui import errors
from tui.services.pictures.decoder import MOST_PICTURES, SECONDS, Decoder
from tui.services.pictures.drawn import PictureBox, PictureForm

LARGE = PictureBox(100, 40, (8, 16), PictureForm.KITTY, frames=64)


@dataclass
class Outcome:
    """Outcome of a run."""

    fates: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    children: int = 0

    def report(self) -> None:
        """Print it."""
        count, times = len(self.seconds), sorted(self.seconds)
        for fate, number in self.fates.most_common():
            print(f"{number:8}  {fate}")
        spots = {"median": 0.5, "p99": 0.99, "longest": 1.0}
        told = ", ".join(f"{name} {times[min(count - 1, int(count * at))] * 1000:.0f} ms" for name, at in spots.items())
        print(f"{count} pictures: {told}; limit {SECONDS:.0f} s")
        renewed = count // MOST_PICTURES + 1
        print(
            f"children: {self.children}, of which {max(0, self.children - renewed)} died or were ended over a picture"
        )
        peak = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"largest child: {peak.ru_maxrss / 1024:.0f} MiB; CPU of all: {peak.ru_utime + peak.ru_stime:.0f} s")
        for objection in self.objections[:20]:
            print("OBJECTION", objection)
        print(f"crashes and objections: {len(self.objections)}")


async def run(seed: int, count: int) -> Outcome:
    """Let so many pictures be decoded."""
    outcome, decoder = Outcome(), Decoder()
    crafted = [(gif_of_frames(10_000), LARGE), (png_of(60_000, 60_000), LARGE), (png_of(100_000, 1), LARGE)]
    pictures = [*crafted, *mutated_pictures(seed, count - len(crafted))]
    for number, (data, box) in enumerate(pictures):
        began = time.monotonic()
        try:
            drawn = await decoder.draw(data, box)
            fate = f"drawn, {drawn.format}"
            if not (0 < drawn.columns <= box.columns and 0 < drawn.rows <= box.rows and drawn.frames):
                outcome.objections.append(f"{number}: {drawn.columns} x {drawn.rows} cells in {box}")
        except errors.PictureUnusable as error:
            fate = "×".join(part for part in str(error.facts["why"]).split(" × ") if not part.isdigit())
            fate = "too many pixels" if "pixels" in fate else fate
        except Exception as error:
            fate = "crash"
            outcome.objections.append(f"{number}: {type(error).__name__}: {error}")
        took = time.monotonic() - began
        if took > SECONDS + 2:
            outcome.objections.append(f"{number}: took {took:.1f} s")
        outcome.fates[fate] += 1
        outcome.seconds.append(took)
    outcome.children = decoder.children
    await decoder.close()
    return outcome


def main() -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    outcome = asyncio.run(run(arguments.seed, arguments.count))
    outcome.report()
    sys.exit(bool(outcome.objections))


if __name__ == "__main__":
    main()
