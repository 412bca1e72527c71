"""Counts for a prompt, read beside whoever writes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.sync_batches import ANN, BEN, ME, TEAM, batch, incoming, save_whole_list, write
from tui.store.store import Store
from tui.store.stored_status import StoredStatus, read_status
from tui.wire.contacts import Contact, ContactKind

NEWS = Contact("@news", nick_name="News", kind=ContactKind.OFFICIAL)


def counts(path: Path) -> StoredStatus:
    found = read_status(str(path), 10_000)
    assert found is not None
    return found


async def test_what_is_unread_and_waits_is_counted_without_what_is_silent(store: Store, path: Path) -> None:
    await save_whole_list(store, [ME, ANN, BEN, TEAM, NEWS])
    chats = ("@ann", "@ann", "@ben", "@@team", "@news")
    await store.apply(batch(*(incoming(str(n), chat=chat, seconds=n) for n, chat in enumerate(chats))))
    await write(store, "waits")
    found = counts(path)
    assert (found.name, found.unread, found.unread_chats, found.waiting, found.uploads) == ("我", 4, 3, 1, 0)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE conversation SET mentions = 2, muted = 1 WHERE user_name = '@@team'")
        connection.execute("UPDATE conversation SET hushed = 1, hushed_until_ms = 20000 WHERE user_name = '@ben'")
        connection.execute(
            "INSERT INTO upload (message_id, path, name, kind, size, mtime_ns) VALUES (6, '', '', '', 0, 0)"
        )
        connection.execute("UPDATE login SET synced_ms = 1764467174999")
    found = counts(path)
    assert found[1:] == (2, 1, 2, 0, 1, 1764467174999), "muted and hushed are silent, their mentions are not"
    assert found.since == "2025-11-30T01:46:14+00:00"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE conversation SET hushed_until_ms = 5000")
    assert counts(path).unread == 3, "until then"


def test_a_file_of_each_version_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    for script in sorted((Path(__file__).parent / "released").glob("version_*.sql")):
        path = tmp_path / f"{script.stem} #%?.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script.read_text("utf-8"))
        before = path.read_bytes()
        assert counts(path).unread >= 0
        assert path.read_bytes() == before
