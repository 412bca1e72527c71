"""Files of every released version come through an update whole, or stay as they were.

`released/version_N.sql` is what that version itself wrote, with rows in every table; it is data, and never edited.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from tests.support.search_index import assert_in_step
from tests.support.sync_batches import ME, UIN, Clock, batch, incoming, keys, log, texts, write
from tui.store.db.opening import open_connection
from tui.store.db.schema import MIGRATIONS, VERSION
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.search.query import MessageQuery
from tui.store.store import Store
from tui.store.tables.mentions import LOOK_BACK
from tui.wire.bodies import File, Image, Link, Text
from tui.wire.contacts import ContactKind

_RELEASED: Final = Path(__file__).parent / "released"
RELEASED: Final = tuple(range(1, VERSION))
"""Versions that somebody may have a file of. The newest one joins when it is released, with a file of its own."""

Tables = dict[str, list[dict[str, object]]]


def lay_down(path: Path, version: int) -> None:
    """A file as that version left it."""
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((_RELEASED / f"version_{version}.sql").read_text("utf-8"))


def tables(path: Path) -> Tables:
    """Every row of every table, but for those of the index."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith(("search", "sqlite_"))
        ]
        return {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}


def schema(path: Path) -> set[tuple[str, str]]:
    """What there is, whatever the way to it; columns by name, for ALTER TABLE writes them in another manner."""
    with closing(sqlite3.connect(path)) as connection:
        things = connection.execute("SELECT type, name, tbl_name FROM sqlite_master").fetchall()
        found = {(str(kind), str(name)) for kind, name, _ in things}
        for _, name, _ in things:
            found |= {(str(name), f"{row[1:]}") for row in connection.execute(f"PRAGMA table_info({name})")}
        return found


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        number: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return number


def test_every_released_version_has_its_file() -> None:
    assert sorted(file.stem for file in _RELEASED.iterdir()) == [f"version_{version}" for version in RELEASED]


@pytest.mark.parametrize("version", RELEASED)
def test_the_file_has_rows_in_every_table(version: int, path: Path) -> None:
    lay_down(path, version)
    assert version_of(path) == version
    assert all(tables(path).values())


@pytest.mark.parametrize("version", RELEASED)
def test_everything_is_there_after_the_update(version: int, path: Path) -> None:
    lay_down(path, version)
    before = tables(path)
    open_connection(path, 1).close()
    after = tables(path)
    assert version_of(path) == VERSION
    for name, rows in before.items():
        kept = [{column: row[column] for column in rows[0]} for row in after[name]]
        # What an update leaves to be done later is noted.
        assert [row for row in kept if row.get("key") != LOOK_BACK] == rows, name
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("version", RELEASED)
def test_an_updated_file_is_as_a_new_one(version: int, path: Path) -> None:
    lay_down(path, version)
    open_connection(path, 1).close()
    new = path.with_name("new.db")
    open_connection(new, 1).close()
    assert schema(path) == schema(new)


@pytest.mark.parametrize("version", RELEASED)
async def test_an_updated_file_is_used(version: int, path: Path, clock: Clock) -> None:
    lay_down(path, version)
    clock.pass_(7200)
    async with await Store.open(path, clock=clock) as store:
        assert store.set_aside is None
        assert [one.name for one in await store.conversations()] == ["Ann", "项目群", "老本", "文件传输助手"]
        ann = await store.conversation_for("@ann")
        assert (ann.draft, ann.unread, ann.hushed) == ("半句话", 4, version > 1)
        # Muted for good: no earlier version knew a time.
        assert (ann.hushed_until, ann.notify, ann.mentions) == (None, None, 0)
        said = await log(store)
        assert [type(message.body) for message in said if message.body == Image(3, 4)] == [Image]
        states = {message.body.text: message.state for message in said if isinstance(message.body, Text)}
        assert states == {
            '你好 "quoted" it\'s': DeliveryState.RECEIVED,
            "会被撤回": DeliveryState.RECALLED,
            "发出去的": DeliveryState.SENT,
            "待发": DeliveryState.PENDING,
            "在发": DeliveryState.SENDING,
            "不知道": DeliveryState.UNKNOWN,
            "失败": DeliveryState.FAILED,
        }
        assert not any(message.mention for message in said), "nobody looked for mentions then"
        assert not any(one.mentions for one in await store.conversations())
        assert await store.search(MessageQuery(mentions=True)) == []
        assert not await store.look_back()
        assert await store.value(LOOK_BACK) == ""
        await assert_in_step(store)
        assert [body_of(found) for found in await store.search("报告")] == [
            File("季度报告.xlsx", 12345, "@media", "enc")
        ]
        assert [body_of(found) for found in await store.search("上次")] == [Text("上次登录的消息")], (
            "of an earlier login"
        )
        assert isinstance(body_of((await store.search("sleep"))[0]), Link)
        await store.apply(batch(incoming("5000", "新消息", seconds=8000), number=10))
        await write(store, "又一条")
        assert (await texts(store))[-2:] == ["新消息", "又一条"]
        assert len(await store.search("消息")) == 3, "one of them says that another was taken back"


def body_of(message: StoredMessage) -> object:
    return message.body


# ---------------------------------------------------------------- interrupted


@pytest.mark.parametrize("version", [0, *RELEASED])
@pytest.mark.parametrize("part", range(12))
def test_an_update_that_fails_anywhere_leaves_the_old_version(
    version: int, part: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if version:
        lay_down(path, version)
    else:
        path.parent.mkdir()
        path.touch(0o600)
    before = tables(path)

    class Stop(Exception):
        pass

    def stop(connection: sqlite3.Connection) -> None:
        raise Stop

    steps = [part for step in MIGRATIONS[version:] for part in step]
    at = min(part, len(steps))
    broken = (*MIGRATIONS[:version], (*steps[:at], stop, *steps[at:]), *[()] * (VERSION - version - 1))
    monkeypatch.setattr("tui.store.db.opening.MIGRATIONS", broken)
    with pytest.raises(Stop):
        open_connection(path, 1)
    assert (version_of(path), tables(path)) == (version, before)
    monkeypatch.undo()
    open_connection(path, 1).close()
    assert version_of(path) == VERSION


_SLOW: Final = """
import sys, time
from pathlib import Path
from tui.store.db import opening; from tui.store.db import schema
def slow(connection):
    print("now", flush=True)
    time.sleep(60)
opening.MIGRATIONS = (*schema.MIGRATIONS[:-1], (*schema.MIGRATIONS[-1], slow))
opening.open_connection(Path(sys.argv[1]), 10)
"""


@pytest.mark.parametrize("version", RELEASED)
def test_an_update_that_is_killed_leaves_the_old_version(version: int, path: Path) -> None:
    lay_down(path, version)
    before = tables(path)
    with subprocess.Popen([sys.executable, "-c", _SLOW, path], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"now\n"
        finally:
            os.kill(child.pid, signal.SIGKILL)
    assert (version_of(path), tables(path)) == (version, before)
    open_connection(path, 1).close()
    assert version_of(path) == VERSION


def test_two_that_update_at_once(path: Path) -> None:
    lay_down(path, 1)
    code = (
        "import sys; from pathlib import Path; from tui.store.db.opening import open_connection;"
        "open_connection(Path(sys.argv[1]), 30)"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, path]) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    assert version_of(path) == VERSION


async def test_service_accounts_that_were_taken_for_people_are_special(path: Path, clock: Clock) -> None:
    lay_down(path, 4)
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, login in ((71, 1), (72, 2)):
            connection.execute(
                "INSERT INTO conversation (id, uin, login_id, user_name, title, kind) VALUES (?, ?, ?, ?, ?, 'person')",
                (number, UIN, login, "notifymessage", "服务通知"),
            )
            connection.execute("INSERT INTO peer VALUES (?, 'notifymessage', ?)", (login, number))
    async with await Store.open(path, clock=clock) as store:
        one = await store.conversation_for("notifymessage")
        assert (one.id, one.kind, one.foldable) == (72, ContactKind.SPECIAL, True)
        await store.begin_login(ME, UIN, keys(0))
        assert (await store.conversation_for("notifymessage")).id == 72, "it stays one through all logins"
