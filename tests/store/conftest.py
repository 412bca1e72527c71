"""Stores for the tests of the store: before a login and after one, with a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.sync_batches import ME, UIN, Clock, keys
from tui.store.store import Store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "store.db"


@pytest.fixture
async def fresh(path: Path, clock: Clock) -> AsyncIterator[Store]:
    """A store in which nobody has logged in."""
    async with await Store.open(path, clock=clock) as store:
        yield store


@pytest.fixture
async def store(fresh: Store) -> Store:
    await fresh.begin_login(ME, UIN, keys(0))
    return fresh
