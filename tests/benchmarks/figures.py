"""Figures of interleaved runs: medians with their range, and the ratio to a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median


@dataclass
class Series:
    """What one contestant measured, one value a round."""

    name: str
    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.values)

    def shown(self, digits: int) -> str:
        low, high = min(self.values), max(self.values)
        return f"{self.median:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def interleave(rounds: int, contestants: Mapping[str, Callable[[], float]]) -> list[Series]:
    """Each contestant once a round, so that a slow moment of the machine meets all of them.

    The order turns by one every round: none always runs after the same neighbour.
    """
    series = {name: Series(name) for name in contestants}
    names = list(contestants)
    for turn in range(rounds):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            series[name].values.append(contestants[name]())
    return list(series.values())


def table(title: str, unit: str, series: list[Series], *, baseline: str, goal: str, digits: int = 0) -> str:
    """One line a contestant; the ratio is of medians, to `baseline` in the same run."""
    base = next(one for one in series if one.name == baseline).median
    width = max(len(one.name) for one in series)
    lines = [f"{title}   ({len(series[0].values)} rounds; goal: {goal})"]
    for one in series:
        ratio = "1" if one.name == baseline else f"{one.median / base:.2f}"
        lines.append(f"  {one.name:<{width}}  {one.shown(digits):>28} {unit:<5} x {ratio}")
    return "\n".join(lines)
