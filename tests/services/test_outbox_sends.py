"""The outbox at the sandbox: typed order, nothing twice, uploads in turn, and rows that say the truth."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tests.support.examples import examples
from tests.support.outbox_run import unsent
from tests.support.waiting import idle, until
from tui import errors
from tui.services.client.client import Client
from tui.services.outbox import Outbox
from tui.services.sending.send_once import write_row
from tui.services.uploads.upload_state import Speed, Upload, UploadState
from tui.services.util.retry import Backoff
from tui.store.changes import MessageChanged
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.wire import bodies
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind
from tui.wire.names import PART_SIZE, Endpoint

# asyncio's race for the first connection drops a socket when it is cancelled in the very step that connects it. It is
# closed with its last reference; here a hundred cancels in a row make it show.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Exception ignored in. <socket\.socket:pytest.PytestUnraisableExceptionWarning"
)

AUTO = MediaKind.AUTO
S = DeliveryState
T = UploadState


@dataclass
class Stage:
    """A sandbox, a client, its outbox, and two people to write to."""

    control: SandboxControl
    client: Client
    outbox: Outbox
    ann: Contact
    ben: Contact
    told: list[tuple[int, UploadState, int]] = field(default_factory=list)

    async def rows(self, to: Contact) -> list[StoredMessage]:
        conversation = await self.client.store.conversation_for(to.user_name)
        rows = await self.client.store.messages_before(conversation.id, None, 1000)
        return [row for row in rows if row.outgoing]

    async def states(self, to: Contact) -> list[DeliveryState]:
        return [row.state for row in await self.rows(to)]

    async def got(self, to: Contact | None = None) -> list[str]:
        """What the server got, in its order: texts, or file names."""
        sent = await self.control.get("sent")
        name = None if to is None else to.nick_name
        return [one["file_name"] or one["content"] for one in sent if name in (None, one["to_name"])]

    async def until(self, there: Callable[[], bool | Awaitable[bool]]) -> None:
        await until(there)

    async def until_states(self, to: Contact, *states: DeliveryState) -> None:
        async def there() -> bool:
            return await self.states(to) == list(states)

        await until(there)


@asynccontextmanager
async def staged(clock: Callable[[], float] | None = None, **options: Any) -> AsyncIterator[Stage]:
    async with run_sandbox(**options) as control, client_of(control) as client:
        told: list[tuple[int, UploadState, int]] = []
        more = {} if clock is None else {"clock": clock}
        outbox = Outbox(
            client.store,
            lambda one: told.append((one.id, one.state, one.done)),
            holds=Backoff(lambda: 0.0, first=0.02, most=0.1),
            **more,
        )
        outbox.renew(client)
        ann, ben = [await client.directory.resolve(name) for name in ("李四", "刘洋")]
        try:
            yield Stage(control, client, outbox, ann, ben, told)
        finally:
            await outbox.close()
            assert unsent(outbox) == 0
            assert not [one for one in outbox.files.uploads if one.state.running]


def made(folder: Path, name: str, size: int = 10) -> Path:
    path = folder / name
    path.write_bytes(name.encode().ljust(size, b"."))
    return path


# ---------------------------------------------------------------- texts


async def test_texts_arrive_in_typed_order_however_slow_the_first_is() -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendmsg", "delay", 0.3)
        sends = [asyncio.create_task(stage.outbox.text(stage.ann, f"text {n}")) for n in range(5)]
        await stage.until(lambda: unsent(stage.outbox) == 5)
        await stage.until_states(stage.ann, S.SENDING, *[S.PENDING] * 4)
        shown = await stage.rows(stage.ann)
        assert [row.state for row in shown[1:]] == [S.PENDING] * 4, "shown at once, one leaves at a time"
        sent = await asyncio.gather(*sends)
        assert [row.id for row in sent] == [row.id for row in shown]
        assert await stage.got() == [f"text {n}" for n in range(5)]
        assert await stage.states(stage.ann) == [S.SENT] * 5


async def test_one_conversation_does_not_wait_for_another() -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendmsg", "delay", 60)
        slow = asyncio.create_task(stage.outbox.text(stage.ann, "slow"))
        await stage.until_states(stage.ann, S.SENDING)

        # The other one's request must not be the delayed one.
        async def taken() -> bool:
            return not (await stage.control.get("fault"))["active"]

        await until(taken)
        sent = await stage.outbox.text(stage.ben, "quick")
        assert sent.state is S.SENT
        assert not slow.done()
        await stage.outbox.close()
        assert (await slow).state is S.UNKNOWN, "it had left"


async def test_a_failure_does_not_stop_the_next() -> None:
    async with staged() as stage:
        for kind, value in (("ret", -1), ("drop_after", None), ("status", 502), ("status", 404)):
            await stage.control.fault("webwxsendmsg", kind, value)
        sends = [asyncio.create_task(stage.outbox.text(stage.ann, f"text {n}")) for n in range(5)]
        ends = await asyncio.gather(*sends, return_exceptions=True)
        assert [type(end) for end in ends[:4]] == [
            errors.ServerFault, errors.DeliveryUnknown, errors.DeliveryUnknown, errors.BadAnswer,
        ]  # fmt: skip
        rows = await stage.rows(stage.ann)
        assert [row.state for row in rows] == [S.FAILED, S.UNKNOWN, S.UNKNOWN, S.FAILED, S.SENT]
        assert rows[0].reason == "ServerFault"
        assert await stage.got() == ["text 1", "text 4"]


async def test_an_empty_text_is_refused_and_leaves_nothing() -> None:
    async with staged() as stage:
        with pytest.raises(errors.EmptyText):
            await stage.outbox.text(stage.ann, " \n")
        assert await stage.rows(stage.ann) == []


async def test_who_called_may_go_and_the_text_is_sent_all_the_same() -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendmsg", "delay", 0.1)
        caller = asyncio.create_task(stage.outbox.text(stage.ann, "still here"))
        await stage.until(lambda: unsent(stage.outbox) == 1)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await stage.until(lambda: unsent(stage.outbox) == 0)
        assert await stage.states(stage.ann) == [S.SENT]


async def test_what_waits_can_be_given_up_and_what_left_cannot() -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendmsg", "delay", 0.3)
        sends = [asyncio.create_task(stage.outbox.text(stage.ann, f"text {n}")) for n in range(3)]
        await stage.until_states(stage.ann, S.SENDING, S.PENDING, S.PENDING)
        first, second, _ = await stage.rows(stage.ann)
        assert stage.outbox.cancel_row(second.id)
        assert not stage.outbox.cancel_row(first.id)
        assert [row.state for row in await asyncio.gather(*sends)] == [S.SENT, S.CANCELLED, S.SENT]
        assert not stage.outbox.cancel_row(second.id)
        assert await stage.got() == ["text 0", "text 2"]


# ---------------------------------------------------------------- again


async def test_a_failed_text_is_sent_again_in_its_row_under_its_id() -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendmsg", "ret", -1)
        with pytest.raises(errors.ServerFault):
            await stage.outbox.text(stage.ann, "hi")
        (failed,) = await stage.rows(stage.ann)
        # The key is pressed twice.
        ends = await asyncio.gather(stage.outbox.resend(failed), stage.outbox.resend(failed))
        (row,) = await stage.rows(stage.ann)
        assert (row.id, row.client_msg_id, row.state, row.reason) == (failed.id, failed.client_msg_id, S.SENT, "")
        assert {end.state for end in ends} <= {S.SENT, S.PENDING}
        (sent,) = await stage.control.get("sent")
        assert sent["ClientMsgId"] == failed.client_msg_id
        assert (await stage.outbox.resend(row)).state is S.SENT
        assert len(await stage.control.get("sent")) == 1


async def test_an_unknown_text_is_sent_again_when_a_person_says_so() -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendmsg", "drop_before")
        with pytest.raises(errors.DeliveryUnknown):
            await stage.outbox.text(stage.ann, "hi")
        (unknown,) = await stage.rows(stage.ann)
        assert unknown.state is S.UNKNOWN
        assert (await stage.outbox.resend(unknown)).state is S.SENT
        assert await stage.got() == ["hi"]


async def test_an_upload_of_an_earlier_run_cannot_be_sent_again() -> None:
    """The row of a file does not say where the file was."""
    async with staged() as stage:
        row = await write_row(stage.client.context.ids, stage.client.store, stage.ann, bodies.File("old.txt", 3))
        failed = await stage.client.store.move(row.id, DeliveryEvent.REFUSED, reason="Interrupted")
        with pytest.raises(errors.UsageError, match="choose it again"):
            await stage.outbox.resend(failed)
        assert await stage.states(stage.ann) == [S.FAILED]


async def test_a_forward_keeps_its_place_and_can_fail_and_be_repeated(tmp_path: Path) -> None:
    async with staged() as stage:
        upload = stage.outbox.files.add(stage.ann, made(tmp_path, "a.png"), AUTO)
        await stage.until(lambda: upload.state.over)
        assert upload.row is not None
        await stage.control.fault("webwxsendmsgimg", "ret", -1)
        with pytest.raises(errors.ServerFault):
            await stage.outbox.forward(upload.row, stage.ben)
        (failed,) = await stage.rows(stage.ben)
        assert failed.media_id, "it is all that sending it again needs"
        assert (await stage.outbox.resend(failed)).state is S.SENT
        assert (await stage.outbox.forward(failed, stage.ann)).state is S.SENT
        assert await stage.got(stage.ben) == ["a.png"]
        system = StoredMessage(1, 1, failed.time, False, "", S.RECEIVED, bodies.RedPacket("money"))
        with pytest.raises(errors.NotForwardable):
            await stage.outbox.forward(system, stage.ben)


# ---------------------------------------------------------------- files


async def test_a_file_goes_through_its_states_and_texts_do_not_wait(tmp_path: Path) -> None:
    path = made(tmp_path, "报告.log", 3 * PART_SIZE)
    async with staged() as stage:
        await stage.control.fault("webwxuploadmedia", "slow", PART_SIZE * 8)
        upload = stage.outbox.files.add(stage.ann, path, AUTO)
        assert (upload.state, upload.name, upload.size) == (T.QUEUED, "报告.log", 3 * PART_SIZE)
        assert (upload.kind, stage.outbox.unfinished) == (MediaKind.FILE, 1)
        await stage.until(lambda: upload.state is T.UPLOADING)
        assert upload.row is not None
        assert stage.outbox.files.of_row(upload.row.id) is upload
        assert await stage.states(stage.ann) == [S.PENDING]
        await stage.outbox.text(stage.ann, "overtakes")
        assert upload.state is T.UPLOADING
        await stage.until(lambda: upload.state.over)
        assert (upload.state, upload.done, upload.error, upload.attempts) == (
            T.SENT,
            path.stat().st_size,
            None,
            1,
        )
        assert upload.row.state is S.SENT
        assert await stage.got() == ["overtakes", "报告.log"]
        states = list(dict.fromkeys(state for _, state, _ in stage.told))
        assert states == [T.QUEUED, T.HASHING, T.UPLOADING, T.SENDING, T.SENT]


@pytest.mark.parametrize("name", ["missing", "empty", "folder"])
async def test_what_cannot_be_sent_is_refused_before_anything_is_queued(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    async with staged() as stage:
        with pytest.raises(errors.FileRefused):
            stage.outbox.files.add(stage.ann, tmp_path / name, AUTO)
        assert stage.outbox.files.uploads == []
        await asyncio.sleep(0)
        assert await stage.rows(stage.ann) == []


async def test_one_file_at_a_time_in_an_order_that_can_be_changed(tmp_path: Path) -> None:
    async with staged() as stage:
        await stage.control.fault("webwxuploadmedia", "delay", 0.2)
        a, b, c, d = (stage.outbox.files.add(stage.ann, made(tmp_path, f"{n}.txt"), AUTO) for n in "abcd")
        await stage.until(lambda: a.state is T.UPLOADING and d.row is not None)
        assert [one.state for one in (b, c, d)] == [T.QUEUED] * 3
        stage.outbox.files.reorder(d, -2)
        stage.outbox.files.reorder(b, 99)
        stage.outbox.files.reorder(a, 1)
        assert stage.outbox.files.uploads == [a, d, c, b]
        await stage.until(lambda: stage.outbox.unfinished == 0)
        assert await stage.got() == ["a.txt", "d.txt", "c.txt", "b.txt"]
        rows = await stage.rows(stage.ann)
        assert [row.body.name for row in rows if isinstance(row.body, bodies.File)] == [
            "a.txt",
            "b.txt",
            "c.txt",
            "d.txt",
        ]
        running = [number for number, state, _ in stage.told if state.running]
        assert [number for number, _ in groupby(running)] == [a.id, d.id, c.id, b.id]


async def test_an_older_one_that_is_repeated_waits_for_its_turn_too(tmp_path: Path) -> None:
    async with staged() as stage:
        await stage.control.fault("webwxuploadmedia", "status", 404)
        old = stage.outbox.files.add(stage.ann, made(tmp_path, "old.txt"), AUTO)
        await stage.until(lambda: old.state.over)
        await stage.control.fault("webwxuploadmedia", "delay", 0.2)
        new = stage.outbox.files.add(stage.ben, made(tmp_path, "new.txt"), AUTO)
        await stage.until(lambda: new.state is T.UPLOADING)
        stage.told.clear()
        assert stage.outbox.files.retry(old)
        await stage.until(lambda: old.state.over)
        assert await stage.got() == ["new.txt", "old.txt"]
        running = [number for number, state, _ in stage.told if state.running]
        assert [number for number, _ in groupby(running)] == [new.id, old.id]


async def test_cancelling_a_waiting_and_a_running_one(tmp_path: Path) -> None:
    async with staged() as stage:
        await stage.control.fault("webwxuploadmedia", "delay", 60)
        a, b, c = (stage.outbox.files.add(stage.ann, made(tmp_path, f"{n}.txt"), AUTO) for n in "abc")
        at_once = stage.outbox.files.add(stage.ann, made(tmp_path, "d.txt"), AUTO)
        assert stage.outbox.files.cancel(at_once)
        await stage.until(lambda: a.state is T.UPLOADING and c.row is not None)
        assert stage.outbox.files.cancel(b)
        assert stage.outbox.files.cancel(a)
        await stage.until(lambda: stage.outbox.unfinished == 0)
        assert [one.state for one in (a, b, c, at_once)] == [T.CANCELLED, T.CANCELLED, T.SENT, T.CANCELLED]
        assert await stage.states(stage.ann) == [S.CANCELLED, S.CANCELLED, S.SENT]
        assert not stage.outbox.files.cancel(c)
        # A cancelled one can be wanted after all: as a new message.
        assert stage.outbox.files.retry(a)
        await stage.until(lambda: a.state is T.SENT)
        assert await stage.states(stage.ann) == [S.CANCELLED, S.CANCELLED, S.SENT, S.SENT]
        assert await stage.got() == ["c.txt", "a.txt"]


async def test_too_late_to_cancel_once_the_message_leaves(tmp_path: Path) -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendappmsg", "delay", 0.2)
        upload = stage.outbox.files.add(stage.ann, made(tmp_path, "a.txt"), AUTO)
        await stage.until(lambda: upload.state is T.SENDING)
        assert not stage.outbox.files.cancel(upload)
        await stage.until(lambda: upload.state.over)
        assert upload.state is T.SENT


async def test_a_failed_file_is_opened_again(tmp_path: Path) -> None:
    path = made(tmp_path, "a.txt")
    async with staged() as stage:
        await stage.control.fault("webwxuploadmedia", "ret", -1, times=2)
        upload = stage.outbox.files.add(stage.ann, path, AUTO)
        assert not stage.outbox.files.retry(upload)
        await stage.until(lambda: upload.state.over)
        assert upload.state is T.FAILED
        assert isinstance(upload.error, errors.ServerFault)
        (failed,) = await stage.rows(stage.ann)
        assert (failed.state, failed.reason) == (S.FAILED, "ServerFault")

        data = path.read_bytes()
        path.unlink()
        assert stage.outbox.files.retry(upload)
        assert (upload.state, upload.error) == (T.QUEUED, None)
        await stage.until(lambda: upload.state.over)
        assert isinstance(upload.error, errors.FileMissing)
        path.write_bytes(data)
        stage.outbox.files.retry(upload)
        await stage.until(lambda: upload.state.over)
        assert isinstance(upload.error, errors.FileChanged), "another file than the one that was chosen"
        assert await stage.states(stage.ann) == [S.FAILED]
        assert await stage.got() == []

        again = stage.outbox.files.add(stage.ann, path, AUTO)
        await stage.until(lambda: again.state.over)
        assert again.state is T.FAILED
        assert again.row is not None
        await stage.outbox.resend(again.row)
        await stage.until(lambda: again.state.over)
        assert (again.state, again.attempts) == (T.SENT, 2)
        assert await stage.got() == ["a.txt"]


async def test_a_file_that_changes_while_it_waits_is_not_sent(tmp_path: Path) -> None:
    async with staged() as stage:
        await stage.control.fault("webwxuploadmedia", "delay", 0.2)
        first = stage.outbox.files.add(stage.ann, made(tmp_path, "a.txt"), AUTO)
        path = made(tmp_path, "b.txt")
        second = stage.outbox.files.add(stage.ann, path, AUTO)
        await stage.until(lambda: first.state is T.UPLOADING)
        path.write_text("something else")
        await stage.until(lambda: stage.outbox.unfinished == 0)
        assert isinstance(second.error, errors.FileChanged)
        assert await stage.got() == ["a.txt"]


async def test_an_unknown_file_is_repeated_only_on_demand_and_may_turn_out_sent(tmp_path: Path) -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendappmsg", "drop_after", times=2)
        upload = stage.outbox.files.add(stage.ann, made(tmp_path, "a.txt"), AUTO)
        await stage.until(lambda: upload.state.over)
        assert upload.state is T.UNKNOWN
        assert not stage.outbox.files.retry(upload)
        assert upload.row is not None
        row = upload.row
        await stage.outbox.resend(row)
        await stage.until(lambda: upload.state.over)
        assert (upload.state, upload.row.id) == (T.UNKNOWN, row.id)
        found = await stage.client.store.move(row.id, DeliveryEvent.FOUND, msg_id="77")
        stage.outbox.apply(MessageChanged(found))
        assert upload.state is T.SENT
        assert not stage.outbox.files.retry(upload)


async def test_progress_is_told_sparsely_and_with_a_rate(tmp_path: Path) -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        # Every look at the clock is 10 ms later.
        now += 0.01
        return now

    async with staged(clock) as stage:
        await stage.control.fault("webwxuploadmedia", "slow", PART_SIZE * 20, times=0)
        seen: list[tuple[float, UploadState]] = []

        def on_upload(upload: Upload) -> None:
            seen.append((now, upload.state))

        outbox = Outbox(stage.client.store, on_upload, clock=clock)
        outbox.renew(stage.client)
        upload = outbox.files.add(stage.ann, made(tmp_path, "a.bin", 12 * PART_SIZE), AUTO)
        await stage.until(lambda: upload.state.over)
        assert upload.state is T.SENT
        assert upload.rate > 0
        assert upload.seconds_left is None
        for (before, state), (after, same) in pairwise(seen):
            assert state is not same or after - before >= 0.1
        await outbox.close()


@given(st.lists(st.tuples(st.floats(0.01, 5), st.integers(0, 10_000_000)), min_size=1, max_size=60))
def test_a_rate_is_never_negative_nor_beyond_what_was_seen(steps: list[tuple[float, int]]) -> None:
    now, done, fastest = 0.0, 0, 0.0
    speed = Speed(lambda: now)
    speed.measure(0)
    for seconds, more in steps:
        now += seconds
        done += more
        speed.measure(done)
        fastest = max(fastest, more / seconds)
        assert 0 <= speed.rate <= fastest * 1.000001
        left = speed.seconds_for(1000)
        assert left is None or left >= 0
    if now < 1:
        assert speed.seconds_for(1000) is None


def test_a_steady_link_has_a_steady_rate_and_a_repeated_part_does_not_count() -> None:
    now, speed = 0.0, Speed(lambda: now)
    for tick in range(50):
        now = tick / 5
        speed.measure(tick * 200)
    assert speed.rate == pytest.approx(1000)
    assert speed.seconds_for(5000) == pytest.approx(5)
    now += 0.5
    speed.measure(3000)
    assert speed.rate == pytest.approx(1000)
    for tick in range(10):
        now += 0.2
        speed.measure(3200 + tick * 200)
    assert speed.rate == pytest.approx(1000)


# ---------------------------------------------------------------- the end, and another session


async def test_closing_leaves_every_row_truthful(tmp_path: Path) -> None:
    async with staged() as stage:
        await stage.control.fault("webwxsendmsg", "delay", 60)
        await stage.control.fault("webwxuploadmedia", "delay", 60)
        texts = [asyncio.create_task(stage.outbox.text(stage.ann, f"text {n}")) for n in range(3)]
        files = [stage.outbox.files.add(stage.ben, made(tmp_path, f"{n}.txt"), AUTO) for n in "ab"]
        await stage.until(lambda: files[0].state is T.UPLOADING and files[1].row is not None)
        await stage.until_states(stage.ann, S.SENDING, S.PENDING, S.PENDING)
        await stage.outbox.close()
        assert [row.state for row in await asyncio.gather(*texts)] == [S.UNKNOWN, S.PENDING, S.PENDING]
        assert await stage.states(stage.ann) == [S.UNKNOWN, S.PENDING, S.PENDING], "they go out at the next start"
        assert await stage.states(stage.ben) == [S.PENDING, S.PENDING], "the next start goes on with them"
        assert [one.state for one in files] == [T.QUEUED, T.QUEUED]


async def test_the_queue_outlives_the_session(tmp_path: Path) -> None:
    """File Transfer has the same name in every login; somebody else does not, and is not written to by mistake."""
    async with run_sandbox() as control:
        async with client_of(control, Endpoint.FILEHELPER) as old:
            helper = await old.directory.resolve("filehelper")
        # This session is left, and its connections are closed.
        async with await reopened(old) as store:
            old.store = store
            outbox = Outbox(store, lambda upload: None)
            outbox.renew(old)
            text = asyncio.create_task(outbox.text(helper, "typed in between"))
            file = outbox.files.add(helper, made(tmp_path, "a.txt"), AUTO)
            stranger = asyncio.create_task(outbox.text(Contact("@gone", "Gone"), "to nobody"))
            conversation = await store.conversation_for(helper.user_name)

            async def both_shown() -> bool:
                return len(await store.messages_before(conversation.id, None, 10)) == 2

            await until(both_shown)
            await idle(store)
            assert not text.done()
            assert file.state is T.QUEUED
            await control.post("expire", session=True)
            async with client_of(control, Endpoint.FILEHELPER) as new:
                assert new.context.session.user_name != old.context.session.user_name
                outbox.renew(new)
                assert (await text).state is S.SENT
                await until(lambda: file.state.over)
                assert file.state is T.SENT
                await outbox.close()
                assert (await stranger).state is S.PENDING, "nobody of this login is written to in its place"
            got = [one["file_name"] or one["content"] for one in await control.get("sent")]
            assert sorted(got) == ["a.txt", "typed in between"]


async def reopened(client: Client) -> Any:
    return await type(client.store).open(client.profile.store_file, clock=client.context.ids.now)


# ---------------------------------------------------------------- whatever happens

FAULTS = [
    ("webwxsendmsg", "drop_before", None),
    ("webwxsendmsg", "drop_after", None),
    ("webwxsendmsg", "status", 502),
    ("webwxsendmsg", "status", 404),
    ("webwxsendmsg", "ret", 1205),
    ("webwxsendmsg", "delay", 0.02),
    ("webwxsendappmsg", "drop_after", None),
    ("webwxsendappmsg", "ret", 1205),
    ("webwxuploadmedia", "ret", -1),
    ("webwxuploadmedia", "delay", 0.02),
    ("webwxuploadmedia", "status", 404),
]

ACTIONS = st.one_of(
    st.tuples(st.just("text"), st.integers(0, 1)),
    st.tuples(st.just("text"), st.integers(0, 1)),
    st.tuples(st.just("file"), st.integers(0, 1)),
    st.tuples(st.just("fault"), st.integers(0, len(FAULTS) - 1)),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("retry"), st.integers(0, 30)),
    st.tuples(st.just("resend"), st.integers(0, 30)),
    st.tuples(st.just("reorder"), st.integers(0, 30)),
    st.tuples(st.just("pause"), st.integers(0, 3)),
)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTIONS, min_size=3, max_size=25), st.booleans())
def test_any_interleaving_keeps_order_doubles_nothing_and_ends_in_the_truth(
    actions: list[tuple[str, int]], close_early: bool
) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setenv("WXTUI_HOME", folder)
            async with staged() as stage:
                await _act(stage, actions, Path(folder), close_early)

    asyncio.run(play())


async def _act(stage: Stage, actions: list[tuple[str, int]], folder: Path, close_early: bool) -> None:
    people = (stage.ann, stage.ben)
    sends: list[asyncio.Task[StoredMessage]] = []
    uploads: list[Upload] = []
    again: dict[str, int] = {}
    for number, (action, value) in enumerate(actions):
        rows = [row for person in people for row in await stage.rows(person)] if action in ("cancel", "resend") else []
        match action:
            case "text":
                sends.append(asyncio.create_task(stage.outbox.text(people[value], f"{number:03}")))
                await asyncio.sleep(0)
            case "file":
                path = made(folder, f"{number:03}.txt")
                uploads.append(stage.outbox.files.add(people[value], path, AUTO))
            case "fault":
                await stage.control.fault(*FAULTS[value])
            case "cancel" if rows:
                stage.outbox.cancel_row(rows[value % len(rows)].id)
            case "resend" if rows:
                row = rows[value % len(rows)]
                if row.state is S.UNKNOWN:
                    # A person was told that it may arrive twice.
                    again[row.client_msg_id] = again.get(row.client_msg_id, 0) + 1
                if row.state in (S.UNKNOWN, S.FAILED):
                    sends.append(asyncio.create_task(stage.outbox.resend(row)))
            case "retry" if uploads:
                stage.outbox.files.retry(uploads[value % len(uploads)])
            case "reorder" if uploads:
                stage.outbox.files.reorder(uploads[value % len(uploads)], value % 5 - 2)
            case "pause":
                await asyncio.sleep(value / 100)
    if close_early:
        await stage.outbox.close()
    ends = await asyncio.gather(*sends, return_exceptions=True)
    assert all(isinstance(end, StoredMessage | errors.WxtuiError | asyncio.CancelledError) for end in ends), ends
    await stage.until(lambda: (close_early or stage.outbox.unfinished == 0) and unsent(stage.outbox) == 0)
    sent = await stage.control.get("sent")
    got = [one["ClientMsgId"] for one in sent]
    for person in people:
        rows = await stage.rows(person)
        # What had not left at the end waits for the next start.
        left = {S.PENDING} if close_early else set()
        assert {row.state for row in rows} <= {S.SENT, S.FAILED, S.UNKNOWN, S.CANCELLED} | left
        for row in rows:
            times = got.count(row.client_msg_id)
            assert times <= 1 + again.get(row.client_msg_id, 0), "sent twice, and nobody had asked for it"
            if row.state is S.SENT:
                assert times >= 1
                assert row.msg_id in [one["MsgID"] for one in sent]
            elif row.state in (S.FAILED, S.CANCELLED) and not again.get(row.client_msg_id):
                assert times == 0, f"{row.state} is a lie"
        # What went through at the first try went in typed order.
        first = {row.client_msg_id for row in rows if isinstance(row.body, bodies.Text)}
        first -= {end.client_msg_id for end in ends if isinstance(end, StoredMessage) and end.client_msg_id in again}
        texts = [one["content"] for one in sent if one["ClientMsgId"] in first]
        if not any(action == "resend" for action, _ in actions):
            assert texts == sorted(texts)
    for upload in uploads:
        assert upload.state.over or close_early
        if upload.row is not None and upload.state.over:
            row = await stage.client.store.row(upload.row.id)
            assert upload.state.value == row.state.value
