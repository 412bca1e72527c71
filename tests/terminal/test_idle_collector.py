"""Old garbage is collected when nothing is drawn, and never while keys are handled."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from tui.terminal.idle_collector import PATIENCE, QUIET, IdleCollector


@pytest.fixture
def collected() -> Iterator[list[int]]:
    """Generations that were collected; afterwards the collector is as it was."""
    thresholds, enabled = gc.get_threshold(), gc.isenabled()
    seen: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(info["generation"])

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)
    gc.set_threshold(*thresholds)
    if not enabled:
        gc.disable()
    gc.unfreeze()


async def test_old_objects_are_looked_at_only_when_nothing_is_drawn(collected: list[int]) -> None:
    """One page in twenty took 10 ms longer: the collector went through all that lives while it was drawn."""
    now = 100.0
    collector = IdleCollector(lambda: now)
    collector.begin()
    collected.clear()
    keep = []
    for _ in range(30):
        keep += [[number] for number in range(3000)]
        collector.drawn()
    assert set(collected) == {0}
    collector.look()  # something has just been drawn
    assert set(collected) == {0}
    now += QUIET
    collector.look()
    assert collected[-1] == 1
    for _ in range(9):
        collector.look()
    assert collected[-1] == 2
    await asyncio.sleep(0)


async def test_a_screen_that_never_rests_does_not_grow_for_ever(collected: list[int]) -> None:
    now = 100.0
    collector = IdleCollector(lambda: now)
    collector.begin()
    keep = []
    for _ in range(30):
        keep += [[number] for number in range(3000)]
        collector.drawn()
    now += PATIENCE
    collector.drawn()
    collected.clear()
    collector.look()
    assert collected == [1]
