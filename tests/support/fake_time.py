"""Clocks for tests: one that stands still, and one that `sleep` moves, in place of a module's asyncio and time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest


class StoppedClock:
    """Stands still until told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class FakeTime:
    """A clock that a module of ours waits by: `sleep` returns at once and moves it on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        for module in modules:
            monkeypatch.setattr(f"{module}.asyncio", _Asyncio(self))
            if not module.endswith("transport"):
                monkeypatch.setattr(f"{module}.time", self, raising=False)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class _Asyncio:
    """The module `asyncio`, but for `sleep`."""

    def __init__(self, time: FakeTime) -> None:
        self.sleep = time.sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)
