"""A file that SQLite finds sound, with values of wrong types in any column: “damaged”, and nothing breaks down."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.sandbox_thread import Sandbox
from tests.support.store_files import fill_store
from tests.support.sync_batches import Clock
from tui.errors import StoreBroken
from tui.paths import find_profile
from tui.store.db.opening import open_sound
from tui.store.mapping import column_types
from tui.store.store import Store

BLOB = b"\xff\x00blob"
WRONG: dict[str, tuple[object, ...]] = {"INTEGER": (BLOB, "word", 1.5), "TEXT": (BLOB,)}
"""Declared type → values of other types that SQLite keeps as they are in such a column."""
IMPOSSIBLE = {
    ("message", "state"): "eaten",
    ("conversation", "kind"): "stone",
    ("message", "time_ms"): 2**62,
    ("login", "contacts_refreshed_ms"): 2**62,
}
"""Values of the right type that nobody wrote."""


def columns(path: Path) -> list[tuple[str, str, str]]:
    """Table, column and declared type of everything that is kept."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 's%'")
        return [
            (table, name, declared)
            for (table,) in tables.fetchall()
            for _, name, declared, _, _, key in connection.execute(f"PRAGMA table_info({table})")
            if not (declared == "INTEGER" and key == 1)
        ]


def spoil(path: Path, table: str, column: str, value: object) -> bool:
    """Write `value` into the column of every row; False when no row is there, or a constraint minds."""
    with closing(sqlite3.connect(path)) as connection:
        # The triggers of the search are made when the program opens the file; here there are none.
        try:
            changed = connection.execute(f"UPDATE OR IGNORE {table} SET {column} = ?", (value,)).rowcount
        except sqlite3.Error:
            return False
        connection.commit()
        return changed > 0


async def looked_at(path: Path, clock: Clock) -> str:
    """Read all that the commands and the screen read; how it is damaged, or ""."""
    try:
        async with await Store.open(path, clock=clock) as store:
            if store.set_aside is not None:
                return "damaged, and set aside when it was opened"
            conversations = await store.conversations(limit=100)
            conversations += await store.earlier_conversations(limit=100)
            for one in conversations:
                assert isinstance(one.name + one.draft + one.user_name, str) and one.unread >= 0
                for message in await store.messages_before(one.id, None, 100):
                    assert isinstance(message.sender + message.content + message.reason + message.msg_id, str)
                    assert message.time.year > 0
            for contact in await store.contacts():
                assert isinstance(contact.name + contact.user_name, str)
            login = await store.current_login()
            assert login is not None and isinstance(login.user_name + login.uin, str)
            await store.waiting()
            await store.unfinished_uploads()
            await store.synced()
            await store.repair()
    except StoreBroken as error:
        return str(error)
    return ""


async def test_any_wrong_value_in_any_column_is_damage_or_does_no_harm(tmp_path: Path, clock: Clock) -> None:
    sound = tmp_path / "sound.db"
    await fill_store(sound, clock)
    assert await looked_at(sound, clock) == ""
    cases = [(table, name, value) for table, name, declared in columns(sound) for value in WRONG.get(declared, ())]
    cases += [(table, name, value) for (table, name), value in IMPOSSIBLE.items()]
    assert len(cases) > 60
    damaged = set()
    for number, (table, name, value) in enumerate(cases):
        path = tmp_path / f"{number}.db"
        shutil.copy(sound, path)
        if spoil(path, table, name, value) and "damaged" in await looked_at(path, clock):
            damaged.add((table, name))
            path.with_name(path.name + ".suspect").unlink(missing_ok=True)
    for table, name in (("message", "sender"), ("message", "time_ms"), ("message", "body"), ("conversation", "unread")):
        assert (table, name) in damaged
    assert {key for key in IMPOSSIBLE} <= damaged


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("message", "sender", BLOB),
        ("message", "time_ms", "x"),
        ("login", "uin", BLOB),
        ("message", "time_ms", -(2**60)),
    ],
)
async def test_the_check_finds_it_and_the_file_is_set_aside(
    tmp_path: Path, clock: Clock, table: str, column: str, value: object
) -> None:
    path = tmp_path / "store.db"
    await fill_store(path, clock)
    with closing(sqlite3.connect(path)) as connection:
        assert column_types.complaint(connection) == ""
    assert spoil(path, table, column, value)
    with closing(sqlite3.connect(path)) as connection:
        assert column_types.complaint(connection) == f"a value of the wrong type in {table}.{column}"
    path.with_name(path.name + ".suspect").touch()
    opened = open_sound(path, 1, lambda: 0)
    opened.connection.close()
    assert opened.set_aside is not None and ".damaged-" in opened.set_aside.name


@pytest.mark.parametrize("command", [("log", "张三"), ("contacts",), ("export", "-")])
@pytest.mark.parametrize("column", ["message.sender", "message.body", "conversation.kind", "conversation.unread"])
def test_commands_say_so(logged_in: Wxtui, sandbox: Sandbox, command: tuple[str, ...], column: str) -> None:
    assert logged_in("send", "张三", "-m", "hello").code == 0
    table, name = column.split(".")
    assert spoil(find_profile("default").store_file, table, name, BLOB)
    result = logged_in(*command)
    assert result.code in (0, 1), result.err
    assert (result.code == 1) == ("damaged" in result.err)
    if command[0] == "log":
        assert result.code == 1
