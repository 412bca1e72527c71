"""Opening the database: rights, settings, and files that cannot be used."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.store_files import lay_down, mode
from tests.support.sync_batches import ANN, ME, UIN, Clock, batch, incoming, keys, texts, write
from tui.errors import HomeUnusable, StoreBroken, StoreTooNew
from tui.store.db.connection import Database
from tui.store.db.schema import VERSION
from tui.store.errors import NoLogin, StoreClosed, explain
from tui.store.store import Store


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def pragma(path: Path, name: str) -> object:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]
    finally:
        connection.close()


async def test_everything_is_private_even_without_a_umask(tmp_path: Path, clock: Clock, no_umask: None) -> None:
    path = tmp_path / "a" / "b" / "store.db"
    async with await Store.open(path, clock=clock) as store:
        await store.begin_login(ME, UIN, keys(0))
        files = list(path.parent.iterdir())
        assert {file.name for file in files} == {"store.db", "store.db-wal", "store.db-shm"}
        assert {mode(file) for file in files} == {0o600}
    assert mode(path.parent) == mode(path.parent.parent) == 0o700


async def test_rights_of_others_are_taken_from_an_existing_file(path: Path, clock: Clock) -> None:
    lay_down(path, b"", mode=0o644)
    async with await Store.open(path, clock=clock):
        assert mode(path) == 0o600
    assert mode(path.parent) == 0o755, "a directory that was there is not ours to close"


async def test_settings_of_the_file_and_the_connection(fresh: Store, path: Path) -> None:
    async def setting(name: str) -> object:
        return (await fresh._database.read(lambda c: c.execute(f"PRAGMA {name}").fetchone()))[0]

    assert await setting("journal_mode") == "wal"
    assert await setting("synchronous") == 1
    assert await setting("foreign_keys") == 1
    assert await setting("busy_timeout") == 10_000
    assert await setting("user_version") == VERSION


async def test_what_was_stored_is_there_after_opening_again(path: Path, clock: Clock) -> None:
    async with await Store.open(path, clock=clock) as store:
        await store.begin_login(ME, UIN, keys(0))
        await store.apply(batch(incoming("1", "你好 😀"), changed=(ANN,)))
    async with await Store.open(path, clock=clock) as store:
        assert await texts(store) == ["你好 😀"]
        assert await store.keys() == keys(1)


async def test_closing_twice_and_using_it_after(path: Path, clock: Clock) -> None:
    store = await Store.open(path, clock=clock)
    await store.close()
    await store.close()
    with pytest.raises(StoreClosed):
        await store.keys()


async def test_closing_waits_for_what_was_asked_for(path: Path, clock: Clock) -> None:
    store = await Store.open(path, clock=clock)
    begun = asyncio.ensure_future(store.begin_login(ME, UIN, keys(0)))
    await asyncio.sleep(0)
    await store.close()
    await begun
    async with await Store.open(path, clock=clock) as again:
        assert await again.keys() == keys(0)


async def test_before_the_first_login(fresh: Store) -> None:
    assert await fresh.current_login() is None
    assert await fresh.keys() is None
    assert await fresh.contacts() == []
    assert await fresh.contact("@ann") is None
    assert await fresh.conversations() == []
    assert await fresh.last_outgoing(None) is None
    with pytest.raises(NoLogin):
        await fresh.apply(batch(incoming("1")))
    with pytest.raises(NoLogin):
        await fresh.conversation_for("@ann")


async def test_a_later_version_is_refused_and_left_as_it_is(path: Path, clock: Clock) -> None:
    await (await Store.open(path, clock=clock)).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreTooNew):
        await Store.open(path, clock=clock)
    assert pragma(path, "user_version") == VERSION + 1


@pytest.mark.parametrize("version", [0, 1])
async def test_somebody_elses_database_is_not_touched(path: Path, clock: Clock, version: int) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (id)")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
    with pytest.raises(StoreBroken, match="not a wxtui database"):
        await Store.open(path, clock=clock)
    assert pragma(path, "journal_mode") == "delete"


async def test_an_empty_file_is_a_new_one(path: Path, clock: Clock) -> None:
    lay_down(path, b"")
    async with await Store.open(path, clock=clock) as store:
        await store.begin_login(ME, UIN, keys(3))
        assert await store.keys() == keys(3)


async def test_a_failing_migration_leaves_an_empty_file(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.store.db.opening.MIGRATIONS", (("CREATE TABLE a (b)", "CREATE TABLE a (b)"),))
    with pytest.raises(StoreBroken):
        await Store.open(path, clock=clock)
    assert pragma(path, "user_version") == 0
    monkeypatch.undo()
    await (await Store.open(path, clock=clock)).close()
    assert pragma(path, "user_version") == VERSION


async def test_a_home_that_is_a_file(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(HomeUnusable, match="not a directory"):
        await Store.open(tmp_path / "home" / "store.db", clock=clock)


async def test_a_database_that_is_a_directory(path: Path, clock: Clock) -> None:
    lay_down(path, b"")
    with pytest.raises(HomeUnusable, match="is a directory"):
        await Store.open(path.parent, clock=clock)


async def test_a_name_that_means_something_in_a_uri(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "50% ?mode=memory#文件" / "store.db"
    async with await Store.open(path, clock=clock) as store:
        await store.begin_login(ME, UIN, keys(0))
    assert path.stat().st_size > 0


async def test_a_full_disk(store: Store) -> None:
    pages = await store._database.read(lambda c: c.execute("PRAGMA page_count").fetchone()[0])
    await store._database.read(lambda c: c.execute(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(HomeUnusable, match="disk is full"):
        await store.apply(batch(*(incoming(str(n), "x" * 4000) for n in range(20))))
    assert await store.keys() == keys(0)
    assert await texts_of_known(store) == []
    await store._database.read(lambda c: c.execute("PRAGMA max_page_count = 100000"))
    await store.apply(batch(incoming("1", "there is room again")))
    assert await texts(store) == ["there is room again"]


async def texts_of_known(store: Store) -> list[str]:
    return [conversation.name for conversation in await store.conversations()]


async def test_a_file_that_can_only_be_read(store: Store) -> None:
    await store._database.read(lambda c: c.execute("PRAGMA query_only = ON"))
    with pytest.raises(HomeUnusable, match="read-only"):
        await store.apply(batch(incoming("1")))


async def test_locked_for_too_long(path: Path, clock: Clock, store: Store) -> None:
    async with await Store.open(path, clock=clock, busy_seconds=0.05) as impatient:
        other = sqlite3.connect(path)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HomeUnusable, match="another program keeps it locked"):
            await write(impatient)
        assert await impatient.keys() == keys(0), "reading goes on"
        other.rollback()
        other.close()
        assert (await write(impatient)).to_user_name == "@ann"


@pytest.mark.parametrize("text", ["database disk image is malformed", "no such table: message"])
def test_everything_else_is_a_broken_store(text: str) -> None:
    assert isinstance(explain(sqlite3.OperationalError(text), Path("x")), StoreBroken)


@pytest.mark.parametrize(("free", "why"), [(0, "the disk is full"), (9, "reading or writing it failed")])
def test_a_log_that_cannot_grow_on_a_full_disk_is_told_as_that(
    free: int, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=free, f_frsize=4096))
    assert str(explain(error, tmp_path / "store").facts["why"]) == why


async def test_a_new_file_that_another_process_is_just_setting_up(path: Path, clock: Clock) -> None:
    lay_down(path, b"")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    opening = asyncio.create_task(Store.open(path, clock=clock, busy_seconds=30))
    with pytest.raises(HomeUnusable, match="another program keeps it locked"):
        await Store.open(path, clock=clock, busy_seconds=0.05)
    assert not opening.done(), "it has more patience"
    other.execute("ROLLBACK")
    other.close()
    await (await opening).close()


async def test_a_database_that_was_never_opened(path: Path) -> None:
    database = Database(path, lambda _: None)
    with pytest.raises(StoreClosed):
        await database.read(lambda _: None)
    await database.close()


async def test_an_open_that_is_cancelled_leaves_nothing_open(path: Path, clock: Clock) -> None:
    opening = asyncio.create_task(Store.open(path, clock=clock))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    async with await Store.open(path, clock=clock) as store:
        assert await store.current_login() is None
    assert {file.name for file in names_beside(path)} <= {"store.db"}, "the last to close takes the WAL away"


def names_beside(path: Path) -> list[Path]:
    return list(path.parent.iterdir())
