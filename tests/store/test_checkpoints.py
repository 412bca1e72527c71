"""What was committed goes from the log into the file beside the work: no message waits for it."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tui.store import checkpoints, safety
from tui.store.store import Store

from .world import Clock, batch, incoming, texts


async def says(store: Store, *numbers: int) -> None:
    for number in numbers:
        await store.apply(batch(incoming(str(number), f"text {number}", seconds=number), number=number))


async def test_a_message_does_not_wait_for_the_disk(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began, disk_is_ready = threading.Event(), threading.Event()
    real, made = checkpoints.checkpoint, list[Path]()

    def slow(of: Path) -> None:
        made.append(of)
        began.set()
        assert disk_is_ready.wait(20)
        real(of)

    monkeypatch.setattr(checkpoints, "checkpoint", slow)
    monkeypatch.setattr(checkpoints, "EVERY", 10)
    await says(store, *range(1, 20))
    assert began.is_set()
    assert made == [path], "one at a time, and messages came all the while"
    disk_is_ready.set()
    await store.close()
    async with await Store.open(path, clock=Clock()) as again:
        assert len(await texts(again)) == 19


async def test_the_log_does_not_grow_for_ever(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 1)
    for number in range(1, 200):
        await says(store, number)
        # A log of which all is moved is begun anew.
        await store._database._run(store._database._checkpoints.wait)
    assert safety.beside(path, "-wal").stat().st_size < 1024 * 1024


async def test_the_file_holds_what_was_moved(store: Store, path: Path, tmp_path: Path) -> None:
    """The file alone, without its log, is a store with what was said so far."""
    await says(store, 1, 2, 3)
    checkpoints.checkpoint(path)
    alone = shutil.copyfile(path, tmp_path / "alone.db")
    with closing(sqlite3.connect(alone)) as connection:
        assert connection.execute("SELECT count(*) FROM message").fetchone() == (3,)


async def test_a_file_that_is_gone_is_no_disaster(tmp_path: Path) -> None:
    checkpoints.checkpoint(tmp_path / "never.db")
    assert not (tmp_path / "never.db").exists()
