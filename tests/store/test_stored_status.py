"""Counts for a prompt, read beside whoever writes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from tests.support.sync_batches import ANN, BEN, ME, TEAM, batch, incoming, save_whole_list, write
from tui.config.settings import RuleName, Settings
from tui.services.attention.attention import rule_now
from tui.services.attention.silence import note_silence
from tui.store.models import NotifyRule
from tui.store.store import Store
from tui.store.stored_status import SILENCE, StoredStatus, read_status
from tui.widgets.conversation_list.conversation_list import ConversationList
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


async def test_a_prompt_counts_as_the_list_does_whatever_the_settings_say(store: Store, path: Path) -> None:
    await save_whole_list(store, [ME, ANN])
    names = {"@1": "person", "@@1": "group", "@2": "official", "weixin": "special", "fmessage": "special"}
    mutes = [(False, 0), (True, 0), (True, 10_001)]
    some = product(names.items(), (False, True), (False, True), ("", "all", "mentions", "none"), mutes)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO conversation (id, uin, login_id, user_name, kind, muted, pinned, unread, notify, hushed,"
            " hushed_until_ms) VALUES (?1, '1', 1, ?2, ?3, ?4, ?5, ?1, ?6, ?7, ?8)",
            [(number, *one[0], *one[1:4], *one[4]) for number, one in enumerate(some, 1)],
        )
    rows = await store.conversations()
    now = datetime.fromtimestamp(10, UTC)
    every: list[RuleName | None] = ["all", "mentions", "none", None]
    for rule, folds in product(every, (False, True)):
        rules: dict[str, RuleName] = {} if rule is None else dict.fromkeys(("person", "group", "official"), rule)
        settings = Settings(notify=rules, fold_official=folds)
        listed = ConversationList(folds=folds, quiet_kinds=settings.quiet_kinds)
        assert all(listed.is_quiet(one) == (rule_now(one, settings, now) != (NotifyRule.ALL, False)) for one in rows)
        loud = [one.unread for one in rows if not listed.is_silent(one)]
        await note_silence(store, settings)
        found = counts(path)
        assert (found.unread, found.unread_chats) == (sum(loud), len(loud)), settings
    assert await store.value(SILENCE) == "", "the usual silence is not kept"


def test_a_file_of_each_version_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    for script in sorted((Path(__file__).parent / "released").glob("version_*.sql")):
        path = tmp_path / f"{script.stem} #%?.sqlite3"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script.read_text("utf-8"))
        before = path.read_bytes()
        assert counts(path).unread >= 0
        assert path.read_bytes() == before
