"""A file that is damaged, newer, or cannot be written: said in a sentence, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import os
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.store_files import content_of, fill_store, lay_down, mode
from tests.support.sync_batches import ME, UIN, Clock, at, batch, incoming, keys, log, texts, write
from tui.errors import HomeUnusable, StoreBroken, StoreTooNew
from tui.store.db import integrity, opening
from tui.store.db.inspect import inspect
from tui.store.db.integrity import FolderLock
from tui.store.db.schema import MIGRATIONS, VERSION
from tui.store.store import Store


def damage(path: Path, *, spare: tuple[str, ...] = ()) -> None:
    """Write nonsense over the pages at which tables and indexes begin, but not the first, where SQLite knows a file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = [
            page
            for page, name in connection.execute("SELECT rootpage, tbl_name FROM sqlite_master WHERE rootpage > 1")
            if name not in spare
        ]
    content = bytearray(path.read_bytes())
    for page in pages:
        content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(content)


def damaged_beside(path: Path) -> list[str]:
    return sorted(found.name for found in path.parent.iterdir() if ".damaged-" in found.name)


@contextmanager
def open_elsewhere(path: Path) -> Iterator[None]:
    """Another wxtui has it open."""
    code = (
        "import asyncio, datetime, pathlib, sys; from tui.store.store import Store\n"
        "async def main():\n"
        "    clock = lambda: datetime.datetime.now(datetime.UTC)\n"
        "    async with await Store.open(pathlib.Path(sys.argv[1]), clock=clock):\n"
        "        print('open', flush=True); sys.stdin.read()\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"open\n"
            yield
        finally:
            child.communicate(b"")


# ---------------------------------------------------------------- set aside


async def test_garbage_is_set_aside_and_a_new_file_begun(path: Path, clock: Clock) -> None:
    lay_down(path, b"not a database, " * 1000)
    async with await Store.open(path, clock=clock) as store:
        aside = store.set_aside
        assert aside is not None
        assert re.fullmatch(r"store\.db\.damaged-\d{8}-\d{6}", aside.name)
        assert aside.read_bytes() == b"not a database, " * 1000
        assert mode(aside) == mode(path) == 0o600
        await store.begin_login(ME, UIN, keys(0))
        await store.apply(batch(incoming("1", "it goes on")))
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is None, "said once"
        assert await texts(store) == ["it goes on"]
    assert damaged_beside(path) == [aside.name]


async def test_a_damaged_page_is_found_at_the_next_check(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    damage(path, spare=("memory", "login"))
    clock.pass_(24 * 3600 + 1)
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is not None
        assert await store.conversations() == []


async def test_a_table_that_is_read_at_once_is_set_aside_at_once(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    damage(path)
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is not None


async def test_damage_that_shows_in_use_is_set_aside_at_the_next_start(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    damage(path, spare=("memory",))
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is None, "checked today"
        with pytest.raises(StoreBroken):
            await store.apply(batch(incoming("9")))
        with pytest.raises(StoreBroken):
            await store.current_login()
    before = content_of(path)
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is not None
        assert store.set_aside.read_bytes() == before
    assert not integrity.suspected(path)
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is None


async def test_what_sqlite_keeps_beside_the_file_goes_with_it(path: Path, clock: Clock) -> None:
    path.parent.mkdir()
    for ending, content in (("", b"x" * 5000), ("-wal", b"log"), ("-shm", b"")):
        (path.parent / f"store.db{ending}").write_bytes(content)
    async with await Store.open(path, clock=clock) as store:
        aside = store.set_aside
        assert aside is not None
        assert damaged_beside(path) == [aside.name, f"{aside.name}-shm", f"{aside.name}-wal"]
        assert aside.with_name(f"{aside.name}-wal").read_bytes() == b"log"
        assert await store.current_login() is None


async def test_two_in_one_second_have_two_names(path: Path, clock: Clock) -> None:
    for n in range(3):
        lay_down(path, b"nonsense %d" % n * 100)
        await (await Store.open(path, clock=clock)).close()
    assert len(damaged_beside(path)) == 3


async def test_a_file_that_another_program_has_open_stays(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    with open_elsewhere(path):
        assert not alone(path)
        integrity.suspect(path)
        content = bytearray(content_of(path))
        content[4096:] = b"\xff" * (len(content) - 4096)
        lay_down(path, content)
        with pytest.raises(StoreBroken, match="another program has it open"):
            await Store.open(path, clock=clock)
        assert damaged_beside(path) == []
    assert alone(path)
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is not None


async def test_the_second_that_finds_damage_has_the_new_file(path: Path, clock: Clock) -> None:
    lay_down(path, b"not a database, " * 1000)
    first, second = await asyncio.gather(Store.open(path, clock=clock), Store.open(path, clock=clock))
    async with first, second:
        assert {first.set_aside is None, second.set_aside is None} == {True, False}
        await first.begin_login(ME, UIN, keys(0))
        of_one_file = await first.current_login()
        assert of_one_file is not None
        assert await second.current_login() == of_one_file
    assert len(damaged_beside(path)) == 1


# ---------------------------------------------------------------- checking


async def checks(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> tuple[int, bool]:
    """How often the whole file is read while it is opened, and whether it should be still."""
    asked: list[int] = []
    real = integrity.complaint

    def complaint(connection: sqlite3.Connection) -> str:
        asked.append(1)
        return real(connection)

    monkeypatch.setattr(integrity, "complaint", complaint)
    try:
        async with await Store.open(path, clock=clock) as store:
            return len(asked), store.check_due
    finally:
        monkeypatch.setattr(integrity, "complaint", real)


async def test_a_small_file_is_checked_once_a_day(path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await checks(path, clock, monkeypatch) == (1, False)
    clock.pass_(3600)
    assert await checks(path, clock, monkeypatch) == (0, False)
    clock.pass_(24 * 3600)
    assert await checks(path, clock, monkeypatch) == (1, False)
    clock.pass_(-48 * 3600)
    assert await checks(path, clock, monkeypatch) == (1, False), "a clock that was set back hides no damage"


async def test_a_large_file_is_checked_beside_the_running_program(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_store(path, clock)
    monkeypatch.setattr(integrity, "SMALL", 1000)
    assert await checks(path, clock, monkeypatch) == (0, False)
    clock.pass_(24 * 3600 + 1)
    assert await checks(path, clock, monkeypatch) == (0, True)
    async with await Store.open(path, clock=clock) as store:
        await store.check()
        assert not store.check_due
    assert await checks(path, clock, monkeypatch) == (0, False)


async def test_a_check_while_running_says_what_is_wrong(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_store(path, clock)
    damage(path, spare=("memory", "login"))
    monkeypatch.setattr(integrity, "SMALL", 1000)
    async with await Store.open(path, clock=clock) as store:
        with pytest.raises(StoreBroken):
            await store.check()
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is not None


def _open_and_die(path: Path) -> None:
    import asyncio

    async def run() -> None:
        clock = Clock()
        store = await Store.open(path, clock=clock)
        await store.begin_login(ME, UIN, keys(0))
        os._exit(9)

    asyncio.run(run())


async def test_after_a_program_that_was_killed_it_is_checked(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_store(path, clock)
    child = multiprocessing.get_context("spawn").Process(target=_open_and_die, args=(path,))
    child.start()
    child.join(60)
    assert child.exitcode == 9
    assert integrity.has_log(path)
    assert await checks(path, clock, monkeypatch) == (1, False)
    assert not integrity.has_log(path)


def alone(path: Path) -> bool:
    lock = FolderLock(path, 0)
    lock.release()
    return lock.alone


@pytest.mark.parametrize("opened", [Store.open, Store.open_to_read])
async def test_who_has_it_open(path: Path, clock: Clock, opened: Callable[..., Awaitable[Store]]) -> None:
    await fill_store(path, clock)
    assert alone(path)
    async with await opened(path, clock=clock):
        assert not alone(path)
        async with await opened(path, clock=clock):
            assert not alone(path)
        assert not alone(path)
    assert alone(path)


async def test_who_is_being_let_in_waits_and_is_told(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    first = FolderLock(path, 0)
    with pytest.raises(HomeUnusable, match="another program keeps it locked"):
        await Store.open(path, clock=clock, busy_seconds=0)
    waiting = asyncio.create_task(Store.open(path, clock=clock))
    first.share()
    async with await waiting:
        first.release()


@pytest.mark.parametrize("opened", [Store.open, Store.open_to_read])
async def test_a_file_system_without_locks_is_no_other_program(
    path: Path, clock: Clock, opened: Callable[..., Awaitable[Store]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a program that keeps the file locked, for which a command would wait ten seconds."""
    await fill_store(path, clock)

    def flock(folder: int, kind: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    async with asyncio.timeout(2):
        with pytest.raises(HomeUnusable, match="No locks available"):
            await opened(path, clock=clock, busy_seconds=60)


async def test_a_damaged_index_is_made_anew(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE search_data SET block = x'ffffffffffffffff' WHERE id > 1")
        connection.commit()
    async with await Store.open(path, clock=clock) as store:
        with pytest.raises(StoreBroken):
            await store.search("你好")
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is None
        assert len(await store.search("你好")) == 3


# ---------------------------------------------------------------- a later version


def make_newer(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


async def test_a_later_version_is_read_and_not_written(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    make_newer(path, "ALTER TABLE message ADD COLUMN colour TEXT", "CREATE TABLE stars (id)")
    with pytest.raises(StoreTooNew):
        await Store.open(path, clock=clock)
    async with await Store.open_to_read(path, clock=clock) as store:
        assert await texts_there(store) == ["你好 0", "你好 1", "你好 2"]
        assert len(await store.search("你好")) == 3
        assert [contact.name for contact in await store.contacts()][-1] == "Ann"
        with pytest.raises(HomeUnusable, match="read-only"):
            await write(store)
    async with await Store.open_to_read(path, clock=clock) as store:
        assert len(await texts_there(store)) == 3


async def texts_there(store: Store) -> list[str]:
    conversation = await store.conversation_with("@ann")
    assert conversation is not None
    return [getattr(m.body, "text", "") for m in await store.messages_before(conversation.id, None, 100)]


async def test_a_later_version_with_other_tables_is_refused(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    make_newer(path, "ALTER TABLE message RENAME COLUMN body TO content_of_it")
    with pytest.raises(StoreTooNew):
        await Store.open_to_read(path, clock=clock)


async def test_a_later_version_with_another_index(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    make_newer(path, "DROP TABLE search", "CREATE TABLE search (something)")
    async with await Store.open_to_read(path, clock=clock) as store:
        assert len(await store.search("你好")) == 3


# ---------------------------------------------------------------- what cannot be written


async def test_on_a_full_disk_it_is_read_and_not_called_damaged(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))  # less than SQLite puts beside the file
    try:
        async with await Store.open_to_read(path, clock=clock) as store:
            assert len(await texts_there(store)) == 3
        found = inspect(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert found is not None
    assert found.messages == 3


async def test_an_inspection_calls_nothing_damaged_that_is_only_in_the_way(path: Path, clock: Clock) -> None:
    await fill_store(path, clock)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        integrity.beside(path, "-wal").write_bytes(b"\0")
        with pytest.raises(HomeUnusable):
            inspect(path)


_READ = """
import asyncio, os, sys
from pathlib import Path
from datetime import datetime, UTC
from tui.errors import WxtuiError
from tui.store.store import Store

async def main(how, path):
    try:
        async with await getattr(Store, how)(path, clock=lambda: datetime.now(UTC)) as store:
            for message in await store.search("你好"):
                print(message.body.text)
    except WxtuiError as error:
        print(type(error).__name__, error)

if os.getuid() == 0:  # who may write everywhere
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
"""


def as_nobody(how: str, path: Path) -> str:
    """What somebody sees who may not write there."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", _READ, how, path],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def locked() -> Iterator[Path]:
    """A place that everybody may read and nobody may write; not below pytest's folders, which others lock again."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "home" / "store.db"
        yield path
        path.parent.chmod(0o755)


def lock_down(path: Path) -> None:
    for file in path.parent.iterdir():
        file.chmod(0o444)
    path.parent.chmod(0o555)


async def test_a_home_that_can_only_be_read(locked: Path, clock: Clock) -> None:
    await fill_store(locked, clock)
    lock_down(locked)
    said = as_nobody("open", locked)
    assert said.startswith("HomeUnusable")
    assert "it is read-only" in said
    assert as_nobody("open_to_read", locked).split() == ["你好", "2", "你好", "1", "你好", "0"]
    assert [file.name for file in locked.parent.iterdir()] == ["store.db"]


async def test_a_log_that_cannot_be_read_without_writing(locked: Path, clock: Clock) -> None:
    """What is only in the -wal of a program that was killed is never silently left out."""
    await fill_store(locked, clock)
    child = multiprocessing.get_context("spawn").Process(target=_open_and_die, args=(locked,))
    child.start()
    child.join(60)
    integrity.beside(locked, "-shm").unlink()
    lock_down(locked)
    assert as_nobody("open_to_read", locked).startswith("HomeUnusable")


def make_earlier(path: Path) -> None:
    path.parent.mkdir()
    opening.make_private(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        opening._migrate(connection, path)


async def test_an_earlier_version_that_cannot_be_brought_up(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.store.db.opening.MIGRATIONS", MIGRATIONS[:2])
    monkeypatch.setattr("tui.store.db.opening.VERSION", 2)
    make_earlier(path)
    monkeypatch.undo()
    before = content_of(path)
    async with await Store.open_to_read(path, clock=clock) as store:
        assert await store.current_login() is None
        assert await store.search("你好") == []
        with pytest.raises(HomeUnusable):
            await store.begin_login(ME, UIN, keys(0))
    assert content_of(path) == before


async def test_there_is_nothing_to_read(path: Path, clock: Clock) -> None:
    with pytest.raises(HomeUnusable):
        await Store.open_to_read(path, clock=clock)
    assert not path.parent.exists()


# ---------------------------------------------------------------- a clock that is set back


@pytest.mark.parametrize("back", [10, 3600, 3600 * 24 * 365 * 20], ids=["seconds", "an hour", "to the year dot"])
async def test_the_log_stays_in_order_when_the_clock_is_set_back(store: Store, clock: Clock, back: int) -> None:
    """Our own rows stand by our clock, others' by the server's: what is written now still comes last."""
    clock.pass_(60)
    await store.apply(batch(incoming("1", "before", seconds=30)))
    await write(store, "mine before", client_msg_id="1")
    clock.pass_(-back)
    await write(store, "mine after", client_msg_id="2")
    await store.apply(batch(incoming("2", "the answer", seconds=70)))
    await write(store, "mine last", client_msg_id="3")
    assert await texts(store) == ["before", "mine before", "mine after", "the answer", "mine last"]
    assert {message.time for message in await log(store)} == {at(30), at(60), at(70)}


async def test_the_log_comes_right_when_the_clock_was_wrong_before(store: Store, clock: Clock) -> None:
    clock.pass_(3600)
    await write(store, "by the wrong clock", client_msg_id="1")
    clock.pass_(-3600)
    await store.apply(batch(incoming("1", "question", seconds=20)))
    await write(store, "answer", client_msg_id="2")
    await store.apply(batch(incoming("2", "thanks", seconds=40)))
    assert await texts(store) == ["question", "answer", "thanks", "by the wrong clock"]
