"""The outbox while a conversation is split: what was written for one person never leaves for the other."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.outbox_run import OutboxRun, run_outbox
from tests.support.sandbox_uploads import finished, friend, got, made, sha256
from tests.support.scripted_session import ANN, ME, SESSION, START
from tests.support.sync_batches import drain
from tests.support.upload_queue import uploads_of
from tests.support.waiting import until
from tui.services.sending.text_sender import Waits
from tui.services.uploads.upload_state import UploadState
from tui.store.changes import ConversationMerged, ConversationSplit
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.models import Conversation, StoredMessage
from tui.wire.media_types import MediaKind

ANN2 = msgspec.structs.replace(ANN, user_name="@ann2")


async def taken_for_one(run: OutboxRun) -> None:
    """Another login, in which somebody is taken for Ann."""
    await run.disconnect()
    me = msgspec.structs.replace(ME, user_name="@me2")
    await run.store.begin_login(me, SESSION.uin, START)
    await run.store.save_contacts([ANN2], recognise=False)
    login = await run.store.current_login()
    assert login is not None
    await run.store.end_listing(login, ())
    await run.store.end_loading(login)
    assert len(await run.store.conversations()) == 1


async def split(run: OutboxRun, row: StoredMessage) -> ConversationSplit:
    conversation = (await run.store.row(row.id)).conversation_id
    [tie] = await run.store.identifications(conversation)
    changes = run.store.subscribe()
    await run.store.split(tie)
    [change] = [one for one in await drain(changes) if isinstance(one, ConversationSplit)]
    return change


async def test_what_waits_goes_with_whom_it_was_written_for_and_nothing_overtakes(tmp_path: Path) -> None:
    async with run_outbox(tmp_path) as run:
        (first, one), (second, two) = await run.typed("first"), await run.typed("second")
        await taken_for_one(run)
        third, three = await run.typed("for the other", ANN2)
        change = await split(run, first)
        run.outbox.apply(change)
        assert change.waiting == (first.id, second.id)
        await run.connect("@me2")
        assert (await three).state is DeliveryState.SENT, "it does not wait behind those of another conversation"
        await run.waits(first, Waits.IDENTITY)
        await run.waits(second, Waits.IDENTITY)
        assert run.post.took == [("@ann2", "for the other")]
        # Taken for one again, by a person: what waits goes out, in its order.
        whole = await run.store.join(third.conversation_id, change.apart)
        run.outbox.apply(ConversationMerged(change.kept, whole.id))
        run.outbox.dispatcher.look_again()
        assert [(await task).state for task in (one, two)] == [DeliveryState.SENT] * 2
        assert run.post.took[1:] == [("@ann2", "first"), ("@ann2", "second")]


async def test_a_split_in_the_moment_before_it_leaves_holds_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_outbox(tmp_path) as run:
        row, task = await run.typed("for Ann")
        await taken_for_one(run)
        move, changes = run.store.move, list[ConversationSplit]()

        async def late(message_id: int, event: DeliveryEvent, **facts: Any) -> StoredMessage:
            if event is DeliveryEvent.START and not changes:
                changes.append(await split(run, row))
            return await move(message_id, event, **facts)

        monkeypatch.setattr(run.store, "move", late)
        await run.connect("@me2")
        await until(lambda: bool(changes))
        run.outbox.apply(changes[0])
        await run.waits(row, Waits.IDENTITY)
        assert run.post.calls == 0
        assert run.outbox.cancel_row(row.id)
        assert (await task).state is DeliveryState.CANCELLED


async def test_an_upload_that_was_chosen_for_one_is_not_sent_to_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its parts are with the server, and its message is just leaving, when the conversation is split."""
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        store, to = client.store, await friend(client)
        conversation = await store.conversation_for(to.user_name)
        move, splits, changes = store.move, list[Conversation](), store.subscribe()

        def earlier(connection: sqlite3.Connection) -> tuple[None, list[Any]]:
            connection.execute(
                "INSERT INTO login (id, uin, user_name, started_ms, keys) SELECT 0, uin, '@me0', 0, keys FROM login"
            )
            connection.execute("INSERT INTO peer VALUES (0, '@friend0', ?)", (conversation.id,))
            connection.execute("UPDATE message SET chat = '@friend0' WHERE state = 'pending'")
            return None, []

        async def late(message_id: int, event: DeliveryEvent, **facts: Any) -> StoredMessage:
            if event is DeliveryEvent.START and not splits:
                await store._database.write(earlier)
                [tie] = await store.identifications(conversation.id)
                splits.append(await store.split(tie))
            return await move(message_id, event, **facts)

        monkeypatch.setattr(store, "move", late)
        upload = uploads.add(to, made(tmp_path, "a.bin", 2), MediaKind.AUTO)
        await until(lambda: bool(splits))
        await until(lambda: upload.state is UploadState.QUEUED)
        for change in await drain(changes):
            uploads.apply(change)
        other = uploads.add(to, made(tmp_path, "b.bin", 1), MediaKind.AUTO)
        await finished(other)
        assert (other.state, upload.state) == (UploadState.SENT, UploadState.QUEUED)
        assert await got(control) == [sha256(tmp_path / "b.bin")]
        assert upload.row is not None
        row = await store.row(upload.row.id)
        assert (row.conversation_id, row.state, row.to_user_name) == (splits[0].id, DeliveryState.PENDING, "@friend0")
        assert uploads.cancel(upload)
        await finished(upload)
