"""Where the outbox, the records of uploads and the identities meet: what one of them changes while another waits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.fresh_login import fresh_login
from tests.support.outbox_run import TextServer, attach_conversation, run_outbox
from tests.support.raw_server import late
from tests.support.sandbox_uploads import SEND, UPLOAD, finished, friend, got, made, sha256, spoil
from tests.support.scripted_session import ANN
from tests.support.upload_queue import uploads_of
from tests.support.waiting import idle, until
from tui import errors
from tui.services.outbox import Outbox
from tui.services.sending.text_sender import Waits
from tui.services.uploads.upload_state import UploadState
from tui.services.util.retry import Backoff
from tui.store.changes import ConversationsChanged
from tui.store.db.transaction import Transaction
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.store import Store
from tui.wire.media_types import MediaKind

# As in test_outbox_sends.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Exception ignored in. <socket\.socket:pytest.PytestUnraisableExceptionWarning"
)

AUTO = MediaKind.AUTO
S = DeliveryState
T = UploadState


async def merge(store: Store, younger: int, into: int) -> None:
    """What `settle` does with two conversations of one person."""
    from tui.store.identity import reattach
    from tui.store.tables import logins

    def adopt(writing: Transaction) -> None:
        reattach.adopt(writing, logins.required(writing.connection), younger, into)

    await store._write(adopt)


# ---------------------------------------------------------------- two conversations become one


async def test_what_is_typed_after_a_merge_does_not_overtake_what_was_typed_before(tmp_path: Path) -> None:
    post = TextServer(["wait"], answers=asyncio.Event())
    async with run_outbox(tmp_path, post) as run:
        older = await run.store.conversation_for("@ann-then")
        _, one = await run.typed("one")
        with run.store.subscribe() as changes:
            younger = await run.store.conversation_for(ANN.user_name)
            await merge(run.store, younger.id, older.id)
            row, two = await run.typed("two")
            assert row.conversation_id == older.id
            changes.close()
            async for change in changes:
                run.outbox.apply(change)
        await run.connect()
        await until(lambda: post.calls > 0)
        await idle(run.store)
        assert post.calls == 1, "the second waits for the first"
        assert post.answers is not None
        post.answers.set()
        assert [(await task).state for task in (one, two)] == [S.SENT] * 2
        assert post.texts == ["one", "two"]


async def test_after_a_merge_a_person_may_still_try_at_once(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer([1205]), online=True) as run:
        older = await run.store.conversation_for("@ann-then")
        run.holds.first = run.holds.most = 60
        row, task = await run.typed("one")
        await run.waits(row, Waits.HOLD)
        with run.store.subscribe() as changes:
            await merge(run.store, row.conversation_id, older.id)
            await attach_conversation(run.store, await run.store.row(row.id), ANN.user_name)
            changes.close()
            async for change in changes:
                run.outbox.apply(change)
        run.outbox.apply(ConversationsChanged((older.id,)))
        await idle(run.store)
        assert run.outbox.sender.try_now(row.id)
        async with asyncio.timeout(2):
            assert (await task).state is S.SENT


# ---------------------------------------------------------------- leaving


async def test_leaving_ends_although_the_disk_fills_up_meanwhile(tmp_path: Path, monkeypatch: Any) -> None:
    async with run_outbox(tmp_path, online=True) as run:
        move, began = run.store.move, asyncio.Event()

        async def full(message_id: int, event: DeliveryEvent, **more: Any) -> Any:
            if event is DeliveryEvent.START:
                began.set()
                await late(0.05)
                raise errors.HomeUnusable(path=tmp_path, why="no space left")
            return await move(message_id, event, **more)

        monkeypatch.setattr(run.store, "move", full)
        row, task = await run.typed("one")
        await began.wait()
        async with asyncio.timeout(2):
            await run.outbox.close()
        assert (await task).state is S.PENDING
        assert (await run.store.row(row.id)).state is S.PENDING


# ---------------------------------------------------------------- files


async def test_a_file_that_waits_for_an_identity_can_be_paused(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control:
        async with fresh_login(control) as (client, _), uploads_of(client) as uploads:
            await control.fault(UPLOAD, "delay", 30)
            upload = uploads.add(await friend(client), path, AUTO, None)
            await until(lambda: upload.state is T.UPLOADING)
        await control.post("fault", clear=True)
        await control.post("contact", name="lisi", avatar=True, status=True)
        async with fresh_login(control) as (client, _), uploads_of(client) as uploads:
            [doubt] = await client.store.doubts()
            await uploads.restore()
            [upload] = uploads.uploads
            await until(lambda: uploads._dispatcher.is_unknown(upload.conversation_id))
            assert uploads.pause(upload, True)
            await idle(client.store)
            [left] = await client.store.unfinished_uploads()
            assert left.paused, "also when the program is killed now"
            await client.store.settle(doubt.contact.user_name, doubt.candidates[0].id)
            uploads._dispatcher.look_again()
            await idle(client.store)
            assert (upload.state, await got(control)) == (T.PAUSED, [])
            assert uploads.pause(upload, False)
            await finished(upload)
            assert upload.state is T.SENT
            assert await got(control) == [sha256(path)]


async def test_a_cancelled_file_that_is_queued_again_after_a_login_goes_to_whom_it_was_for(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control:
        async with fresh_login(control) as (client, _):
            outbox = Outbox(client.store, lambda one: None)
            await control.fault(UPLOAD, "delay", 30)
            outbox.renew(client)
            upload = outbox.files.add(await friend(client), path, AUTO)
            await until(lambda: upload.state is T.UPLOADING)
            assert outbox.files.cancel(upload)
            await finished(upload)
        await control.post("fault", clear=True)
        async with fresh_login(control) as (client, _):
            # The program goes on: its store is another object here, of the same file.
            outbox.dispatcher.store = client.store
            outbox.renew(client)
            assert outbox.files.retry(upload)
            await finished(upload)
            names = [one.name for one in await client.store.conversations()]
            assert [name for name in names if name.startswith("@")] == []
            assert upload.state is T.SENT
            [sent] = await control.get("sent")
            assert sent["sha256"] == sha256(path)
            assert upload.row is not None and upload.row.to_user_name == (await friend(client)).user_name
            await outbox.close()


async def test_what_could_not_be_read_at_the_start_is_taken_up_by_the_next_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [made(tmp_path, name, 1) for name in ("a.bin", "b.bin")]
    async with run_sandbox() as control, client_of(control) as client:
        await control.fault(UPLOAD, "delay", 30)
        async with uploads_of(client) as uploads:
            uploads = [uploads.add(await friend(client), path, AUTO, None) for path in paths]
            await until(lambda: all(one.row is not None for one in uploads))
        await control.post("fault", clear=True)
        upload_of, reads = client.store.upload_of, iter(range(100))

        async def broken(message_id: int) -> Any:
            if next(reads) == 1:
                raise errors.StoreBroken(path=tmp_path, why="disk I/O error")
            return await upload_of(message_id)

        monkeypatch.setattr(client.store, "upload_of", broken)
        outbox = Outbox(client.store, lambda one: None)
        outbox.renew(client)
        with pytest.raises(errors.StoreBroken):
            await outbox.resume()
        await outbox.resume()
        await until(lambda: len(outbox.files.uploads) == 2)
        await until(lambda: all(one.state.over for one in outbox.files.uploads))
        assert await got(control) == [sha256(path) for path in paths]
        await outbox.close()


async def test_a_file_of_an_earlier_run_that_is_sent_again_twice_at_once_is_one_upload(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control, client_of(control) as client:
        async with uploads_of(client) as uploads:
            await spoil(control, SEND, 0, "ret", -1)
            upload = uploads.add(await friend(client), path, AUTO, None)
            await finished(upload)
            assert upload.state is T.FAILED and upload.row is not None
        outbox = Outbox(client.store, lambda one: None)
        outbox.renew(client)
        failed = await client.store.row(upload.row.id)
        await asyncio.gather(outbox.resend(failed), outbox.resend(failed))
        assert len(outbox.files.uploads) == 1
        await finished(outbox.files.uploads[0])
        assert await got(control) == [sha256(path)]
        await outbox.close()


async def test_a_failed_file_whose_message_was_not_kept_can_be_sent_again(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, SEND, 0, "ret", -1)
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        await client.store.remove_before(None)
        assert uploads.retry(upload)
        await finished(upload)
        assert upload.state is T.SENT
        assert await got(control) == [sha256(path)]


async def test_leaving_while_the_files_of_an_earlier_run_are_taken_up_starts_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control, client_of(control) as client:
        await control.fault(UPLOAD, "delay", 30)
        async with uploads_of(client) as uploads:
            upload = uploads.add(await friend(client), path, AUTO, None)
            await until(lambda: upload.row is not None)
        await control.post("fault", clear=True)
        upload_of, looking = client.store.upload_of, asyncio.Event()

        async def slow(message_id: int) -> Any:
            looking.set()
            await late(0.05)
            return await upload_of(message_id)

        monkeypatch.setattr(client.store, "upload_of", slow)
        outbox = Outbox(client.store, lambda one: None)
        outbox.renew(client)
        taking = asyncio.create_task(outbox.resume())
        await looking.wait()
        await outbox.close()
        await taking
        await idle(client.store)
        assert await got(control) == []
        assert [one.state for one in await _files(client.store)] == [S.PENDING]


async def _files(store: Store) -> list[Any]:
    return [one.message for one in await store.unfinished_uploads()]


async def test_a_file_chosen_before_a_login_goes_to_the_conversation_it_was_chosen_in(tmp_path: Path) -> None:
    """A picker may stay open for as long as it likes."""
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control:
        async with fresh_login(control) as (client, _):
            then = await friend(client)
            where = await client.store.conversation_for(then.user_name)
        async with fresh_login(control) as (client, _):
            outbox = Outbox(client.store, lambda one: None)
            outbox.renew(client)
            upload = outbox.files.add(then, path, AUTO, within=where.id)
            await finished(upload)
            assert upload.state is T.SENT and upload.conversation_id == where.id
            assert upload.row is not None and upload.row.to_user_name == (await friend(client)).user_name
            assert await got(control) == [sha256(path)]
            await outbox.close()


# ---------------------------------------------------------------- somebody waits for the answer


@pytest.mark.parametrize("trouble", ["unreachable", 1205])
async def test_who_waits_for_the_answer_does_not_wait_behind_what_waits_for_better_times(
    tmp_path: Path, trouble: str | int
) -> None:
    post = TextServer(["wait"], always=trouble, answers=asyncio.Event())
    async with run_outbox(tmp_path, post, online=True) as run:
        run.holds.first = run.holds.most = 60
        run.pauses.first = run.pauses.most = 60
        going, _ = await run.typed("first")
        await until(lambda: post.calls == 1)
        queued, _ = await run.typed("queued")
        behind = asyncio.create_task(run.outbox.text(ANN, "behind", queued=False))
        await until(lambda: len(run.outbox.sender.waiting) == 2)
        assert post.answers is not None
        post.answers.set()
        expected = errors.Unreachable if trouble == "unreachable" else errors.TooFrequent
        async with asyncio.timeout(2):
            with pytest.raises(expected):
                await behind
            with pytest.raises(expected):
                await run.outbox.text(ANN, "later", queued=False)
        assert await run.states() == [S.SENT, S.PENDING, S.FAILED, S.FAILED]
        assert post.calls == 2, "nobody was asked again"
        assert run.outbox.sender.waiting == (queued.id,)
        assert going.id != queued.id


async def test_a_file_whose_upload_ends_in_a_hold_waits_for_its_end(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control, client_of(control) as client:
        holds = Backoff(lambda: 0.0, first=0.6, most=1)
        outbox = Outbox(client.store, lambda one: None, holds=holds)
        outbox.renew(client)
        await control.fault(UPLOAD, "delay", 0.2)
        await spoil(control, "webwxsendmsg", 0, "ret", 1205)
        await spoil(control, SEND, 0, "ret", 1205)
        ann = await friend(client)
        upload = outbox.files.add(ann, path, AUTO)
        await until(lambda: upload.state is T.UPLOADING)
        text = asyncio.create_task(outbox.text(ann, "too fast"))
        await until(lambda: outbox.throttle.hold is not None)
        first = outbox.throttle.hold

        def is_longer() -> bool:
            assert outbox.throttle.hold is not first or control.server.state.calls.get(SEND, 0) == 0
            return outbox.throttle.hold is not first

        await until(is_longer)
        await until(lambda: control.server.state.calls.get(SEND, 0) > 0)
        await until(lambda: outbox.throttle.hold is not None)
        assert control.server.state.calls[SEND] == 1, "refused, and not asked again at once"
        await finished(upload)
        assert (upload.state, (await text).state) == (T.SENT, S.SENT)
        await outbox.close()
