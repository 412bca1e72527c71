"""Uploads as rows: noted with its message, true after a restart, gone when nobody needs it any more."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tests.support.query_plans import Plans, whole_tables
from tests.support.sync_batches import ME, UIN, Clock, keys, write
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.store.tables.uploads import UploadFile, UploadRecord
from tui.wire.bodies import File
from tui.wire.media_types import MediaKind

E = DeliveryEvent
S = DeliveryState
FILE = UploadFile(Path("/home/me/报告 1.zip"), "报告 1.zip", MediaKind.FILE, 3 << 20, 1_714_557_600_123_456_789)


async def queued(store: Store, file: UploadFile = FILE) -> StoredMessage:
    conversation = await store.conversation_for("@ann")
    return await store.add_outgoing(
        conversation_id=conversation.id,
        to_user_name="@ann",
        client_msg_id="17145",
        body=File(file.name, file.size),
        upload=file,
    )


async def begun(store: Store, message_id: int, parts_done: int = 2) -> None:
    login = await store.current_login()
    assert login is not None
    await store.upload_progress(
        message_id,
        login_id=login.id,
        md5="0" * 32,
        client_media_id="1714557600123",
        aes_key="key",
        signature="signed",
        parts_done=parts_done,
        number=7,
        media_id="@whole",
    )


async def test_what_is_noted_is_there_after_a_restart(store: Store, path: Path, clock: Clock) -> None:
    message = await queued(store)
    assert await store.upload_of(message.id) == UploadRecord(FILE)
    await begun(store, message.id)
    await store.pause_upload(message.id, True)
    await store.close()
    async with await Store.open(path, clock=clock) as again:
        entry = await again.upload_of(message.id)
        assert entry == UploadRecord(FILE, True, "0" * 32, 1, "1714557600123", "key", "signed", 2, 7, "@whole")
        (one,) = await again.unfinished_uploads()
        assert one.message == await again.row(message.id)
        assert one.paused
        await again.pause_upload(message.id, False)
        assert not (await again.unfinished_uploads())[0].paused


async def test_row_and_entry_are_one_transaction(store: Store, path: Path) -> None:
    """Neither a message without its file, nor a file without its message."""
    broken = UploadFile(FILE.path, FILE.name, FILE.kind, 1 << 70, 0)
    with pytest.raises(OverflowError):
        await queued(store, broken)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM message").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM upload").fetchone() == (0,)
    connection.close()


async def test_a_queued_file_belongs_to_a_program_that_stays(store: Store, path: Path) -> None:
    message, text = await queued(store), await write(store)
    with sqlite3.connect(path) as connection:
        found = dict(connection.execute("SELECT id, queued FROM message"))
    connection.close()
    assert found == {message.id: 1, text.id: 0}


@pytest.mark.parametrize("end", [S.SENT, S.CANCELLED, S.FAILED, S.UNKNOWN])
async def test_it_goes_with_what_is_sent_or_given_up_and_stays_for_a_retry(end: DeliveryState, store: Store) -> None:
    message = await queued(store)
    await begun(store, message.id)
    if end is S.CANCELLED:
        await store.move(message.id, E.CANCEL)
    else:
        await store.move(message.id, E.START)
        event = {S.SENT: E.ACCEPTED, S.FAILED: E.REFUSED, S.UNKNOWN: E.LOST}[end]
        await store.move(message.id, event, msg_id="9" if end is S.SENT else "")
    entry = await store.upload_of(message.id)
    assert (entry is None) == (end in (S.SENT, S.CANCELLED))
    assert await store.unfinished_uploads() == [], "only what is pending goes on by itself"
    if end is S.UNKNOWN:
        await store.move(message.id, E.FOUND, msg_id="9")
        assert await store.upload_of(message.id) is None
    if end is S.FAILED:
        await store.move(message.id, E.RETRY)
        (one,) = await store.unfinished_uploads()
        assert one.message.id == message.id
        assert entry is not None
        assert entry.media_id == "", "perhaps it was refused for its MediaId"


async def test_progress_of_what_is_forgotten_comes_to_nothing(store: Store) -> None:
    """The last word of a bookkeeper may come after the person's cancel."""
    message = await queued(store)
    await store.move(message.id, E.CANCEL)
    await begun(store, message.id)
    await store.pause_upload(message.id, True)
    assert await store.upload_of(message.id) is None
    assert await store.upload_of(999) is None


async def test_in_the_order_of_their_rows(store: Store) -> None:
    first, second, third = [await queued(store) for _ in range(3)]
    await store.move(second.id, E.CANCEL)
    assert [one.message.id for one in await store.unfinished_uploads()] == [first.id, third.id]


@pytest.mark.parametrize("raw", [b"/tmp/caf\xe9.bin", "/tmp/日报 \n.bin".encode(), b"/tmp/\xff\xfe"])
async def test_a_path_is_bytes(raw: bytes, store: Store) -> None:
    file = UploadFile(Path(os.fsdecode(raw)), "x", MediaKind.FILE, 1, 2)
    message = await queued(store, file)
    entry = await store.upload_of(message.id)
    assert entry is not None
    assert os.fsencode(entry.file.path) == raw


async def test_a_kind_of_a_later_version_is_a_file(store: Store, path: Path) -> None:
    message = await queued(store)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE upload SET kind = 'hologram'")
    connection.close()
    entry = await store.upload_of(message.id)
    assert entry is not None
    assert entry.file.kind is MediaKind.FILE


async def test_another_login_is_told_apart(store: Store) -> None:
    message = await queued(store)
    await begun(store, message.id)
    await store.begin_login(ME, UIN, keys(1))
    entry, login = await store.upload_of(message.id), await store.current_login()
    assert entry is not None
    assert login is not None
    assert entry.login_id != login.id


async def test_nothing_of_it_shows_key_or_signature(store: Store) -> None:
    message = await queued(store)
    await begun(store, message.id)
    shown = repr(await store.upload_of(message.id))
    assert "报告" in shown
    assert "signed" not in shown
    assert "key" not in shown


async def test_a_part_costs_one_update_by_its_key(store: Store) -> None:
    message = await queued(store)
    async with Plans(store) as plans:
        await begun(store, message.id)
        await store.upload_of(message.id)
        await store.move(message.id, E.CANCEL)
    # When the file is whole: that index has only what is unfinished.
    unfinished = "SCAN m USING INDEX message_unfinished"
    assert [step for step in whole_tables(await plans.steps()) if not step.startswith(unfinished)] == []
    assert sum(statement.startswith("UPDATE upload") for statement in plans.statements) == 1
