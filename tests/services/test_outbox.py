"""The outbox: typed without a session, a network, or a server's patience; killed, restarted, logged in anew."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec
import pytest

import tui
from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.outbox_run import BEN, OutboxRun, TextServer, attach_conversation, run_outbox, unsent
from tests.support.scripted_session import ANN, ME, SESSION, START
from tests.support.waiting import idle, until
from tui import errors
from tui.services.outbox import Outbox
from tui.services.sending.text_sender import Waits
from tui.services.uploads.upload_state import UploadState
from tui.services.util.retry import Backoff
from tui.store.changes import ConversationsChanged
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire import bodies
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

S = DeliveryState


async def test_in_services_a_text_passes_the_files_that_the_architecture_lists(tmp_path: Path) -> None:
    """What only helps is left out there: `util`, and what the transport uses in `http`."""
    page = (Path(tui.__file__).parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\d+\. `services/([^`]+)`", page.split("### A typed text")[1].split("###")[0], re.MULTILINE)
    passed: list[str] = []

    def note(frame: FrameType, event: str, argument: object) -> None:
        _, _, file = frame.f_code.co_filename.partition("/tui/services/")
        if event == "call" and file and file not in passed:
            passed.append(file)

    async with run_outbox(tmp_path, online=True) as run:
        sys.setprofile(note)
        try:
            await run.outbox.text(ANN, "hi")
        finally:
            sys.setprofile(None)
    helpers = {file for file in passed if file.startswith("util/") or (file.startswith("http/") and file not in listed)}
    assert set(passed) - helpers == set(listed)


# ---------------------------------------------------------------- no session


async def test_what_is_typed_offline_is_committed_shown_and_sent_in_order_once_there_is_a_session(
    tmp_path: Path,
) -> None:
    async with run_outbox(tmp_path) as run:
        typed = [await run.typed(f"{number}") for number in range(4)]
        other, _ = await run.typed("for Ben", BEN)
        assert await run.states() == [S.PENDING] * 4
        assert [run.outbox.sender.waits(row.id) for row, _ in typed] == [Waits.CONNECTION] * 4
        assert set(run.outbox.sender.waiting) == {other.id, *(row.id for row, _ in typed)}
        assert all(row.queued for row, _ in typed)
        await run.connect()
        assert [(await task).state for _, task in typed] == [S.SENT] * 4
        assert [text for to, text in run.post.took if to == "@ann"] == ["0", "1", "2", "3"]
        await until(lambda: run.outbox.sender.waiting == ())
        assert run.post.calls == 5


async def test_a_session_that_ends_and_comes_back(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, online=True) as run:
        assert (await run.type("before")).state is S.SENT
        await run.disconnect()
        row, task = await run.typed("between")
        await run.waits(row, Waits.CONNECTION)
        await run.connect()
        assert (await task).state is S.SENT
        assert run.post.texts == ["before", "between"]


async def test_what_waited_goes_out_after_a_restart_before_what_is_typed_then(tmp_path: Path) -> None:
    post = TextServer()
    async with run_outbox(tmp_path, post) as run:
        for text in ("one", "two", "three"):
            await run.typed(text)
        await run.typed("for Ben", BEN)
    assert post.calls == 0
    async with run_outbox(tmp_path, post) as run:
        # Nobody asked for `resume`: what is typed first does.
        late = run.type("four")
        await run.connect()
        assert (await late).state is S.SENT
        assert [text for to, text in post.took if to == "@ann"] == ["one", "two", "three", "four"]
        await until(lambda: unsent(run.outbox) == 0)
        assert sorted(post.texts) == sorted(["one", "two", "three", "four", "for Ben"])
        await run.outbox.resume()
        assert unsent(run.outbox) == 0, "once"


async def test_a_restart_without_anything_typed_sends_what_waits(tmp_path: Path) -> None:
    post = TextServer()
    async with run_outbox(tmp_path, post) as run:
        await run.typed("one")
    async with run_outbox(tmp_path, post, online=True) as run:
        await run.outbox.resume()
        await until(lambda: unsent(run.outbox) == 0)
    assert post.texts == ["one"]


async def test_leaving_while_something_is_being_written_down_loses_nothing(tmp_path: Path) -> None:
    async with run_outbox(tmp_path) as run:
        tasks = [run.type(f"{number}") for number in range(5)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await run.outbox.close()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        rows = await run.store.waiting()
        assert [row.body for row in rows] == [bodies.Text(f"{number}") for number in range(5)]
        assert all(isinstance(end, StoredMessage | asyncio.CancelledError) for end in ends)


async def test_leaving_while_files_are_being_written_down_loses_none(tmp_path: Path) -> None:
    async with run_outbox(tmp_path) as run:
        for number in range(3):
            (tmp_path / f"{number}.txt").write_text("x")
            run.outbox.files.add(ANN, tmp_path / f"{number}.txt", MediaKind.AUTO)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await run.outbox.close()
        rows = [one.message for one in await run.store.unfinished_uploads()]
        assert [row.body for row in rows] == [bodies.File(f"{number}.txt", 1) for number in range(3)]


async def test_a_file_that_is_resumed_while_its_pause_is_written_down_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file.txt").write_text("x")
    async with run_outbox(tmp_path) as run:
        files, pause_upload = run.outbox.files, run.store.pause_upload
        upload = files.add(ANN, tmp_path / "file.txt", MediaKind.AUTO)

        async def resumed(message_id: int, on: bool) -> None:
            if on:
                files.pause(upload, False)
            await pause_upload(message_id, on)

        monkeypatch.setattr(run.store, "pause_upload", resumed)
        assert files.pause(upload, True)
        await until(lambda: not upload.paused)
        await idle(run.store)
        assert [one.paused for one in await run.store.unfinished_uploads()] == [False]
        assert files.cancel(upload), "somebody is at it"


async def test_a_file_that_is_given_up_while_it_is_paused_and_written_down_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("x")
    async with run_outbox(tmp_path) as run:
        upload = run.outbox.files.add(ANN, tmp_path / "file.txt", MediaKind.AUTO)
        await asyncio.sleep(0)
        assert run.outbox.files.pause(upload, True)
        assert run.outbox.files.cancel(upload)
        await idle(run.store)
        assert upload.state is UploadState.CANCELLED
        assert await run.store.unfinished_uploads() == []


async def test_a_barrier_waits_for_jobs_of_the_store_that_come_of_others(tmp_path: Path) -> None:
    """Under load a test looked before the fourth job of a row had its turn."""
    async with run_outbox(tmp_path) as run:
        left = list(range(20))

        async def work() -> None:
            while left:
                await run.store._database.maintain(lambda connection: time.sleep(0.005))
                left.pop()

        working = asyncio.create_task(work())
        await idle(run.store)
        assert not left
        await working


async def test_what_waits_can_be_given_up(tmp_path: Path) -> None:
    async with run_outbox(tmp_path) as run:
        (first, gone), (_, task) = await run.typed("first"), await run.typed("second")
        assert run.outbox.cancel_row(first.id)
        assert (await gone).state is S.CANCELLED
        assert run.outbox.sender.waits(first.id) is None
        assert not run.outbox.cancel_row(first.id)
        await run.connect()
        assert (await task).state is S.SENT
        assert run.post.texts == ["second"]


async def test_without_any_session_who_waits_for_the_answer_is_told(tmp_path: Path) -> None:
    async with run_outbox(tmp_path) as run:
        with pytest.raises(errors.NotConnected):
            await run.outbox.text(ANN, "hi", queued=False)
        assert await run.states() == [S.FAILED]


# ---------------------------------------------------------------- no network


async def test_what_certainly_did_not_leave_waits_and_is_tried_again(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer(["unreachable"] * 3), online=True) as run:
        (first, one), (_, two) = await run.typed("first"), await run.typed("second")
        await run.waits(first, Waits.CONNECTION)
        assert (await run.store.row(first.id)).reason == "Unreachable"
        assert [(await task).state for task in (one, two)] == [S.SENT] * 2
        assert run.post.texts == ["first", "second"]
        assert run.post.calls == 5


async def test_a_network_that_is_back_is_used_at_once(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer(always="unreachable"), online=True) as run:
        run.pauses.first = 60
        row, task = await run.typed("hi")
        await run.waits(row, Waits.CONNECTION)
        run.post.always = ""
        run.outbox.throttle.connected()
        assert (await task).state is S.SENT


async def test_a_person_can_try_at_once_and_it_may_still_be_in_vain(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer(always="unreachable"), online=True) as run:
        run.pauses.first = 60
        row, task = await run.typed("hi")
        await run.waits(row, Waits.CONNECTION)
        assert run.post.calls == 1
        assert (await run.outbox.resend(row)).id == row.id
        await until(lambda: run.post.calls == 2)
        await run.waits(row, Waits.CONNECTION)
        assert run.post.calls == 2
        run.post.always = ""
        assert run.outbox.sender.try_now(row.id)
        assert (await task).state is S.SENT
        assert not run.outbox.sender.try_now(row.id)


async def test_a_lost_answer_is_unknown_never_repeated_and_holds_nobody_up(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer(["lost"]), online=True) as run:
        with pytest.raises(errors.DeliveryUnknown):
            await run.type("lost")
        assert (await run.type("next")).state is S.SENT
        assert await run.states() == [S.UNKNOWN, S.SENT]
        assert run.post.texts == ["lost", "next"]
    async with run_outbox(tmp_path, run.post, online=True) as run:
        await run.outbox.resume()
        await idle(run.store)
        assert run.post.texts == ["lost", "next"]


async def test_a_pause_between_receivers_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, online=True) as run:
        message = await run.type("to all")
        pace = run.outbox.pace(3600)
        rows: list[StoredMessage] = []
        fates = [asyncio.create_task(run.outbox.forward(message, to, rows.append, pace=pace)) for to in (ANN, BEN)]
        assert (await fates[0]).state is S.SENT
        await until(lambda: len(rows) == 2)
        assert (await run.type("typed meanwhile")).state is S.SENT
        assert run.post.took == [("@ann", "to all"), ("@ann", "to all"), ("@ann", "typed meanwhile")]
        assert run.outbox.cancel_row(rows[1].id)
        assert (await fates[1]).state is S.CANCELLED


async def test_before_one_leaves_all_that_go_to_several_are_written_down(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, online=True) as run:
        message = await run.type("to all")
        run.post.script, run.post.answers = ["wait"], asyncio.Event()
        sending = asyncio.create_task(run.outbox.forward_to_several([message], [ANN, BEN], 3600))
        await until(lambda: run.post.calls == 2)
        assert (await run.states(BEN), await run.states()) == ([S.PENDING], [S.SENT, S.SENDING])
        run.post.answers.set()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await until(lambda: run.post.took == [("@ann", "to all")] * 2)
    post = TextServer()
    async with run_outbox(tmp_path, post, online=True) as run:
        await run.outbox.resume()
        await until(lambda: post.took == [("@ben", "to all")])


async def test_too_fast_in_the_middle_of_several_holds_the_rest_and_each_gets_it_once(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer(["", "", 1205]), online=True) as run:
        message = await run.type("to all")
        fates = await run.outbox.forward_to_several([message], [ANN, BEN, ANN], 0)
        assert [isinstance(one, StoredMessage) and one.state for one in fates] == [S.SENT] * 3
        assert sorted(to for to, _text in run.post.took) == ["@ann", "@ann", "@ann", "@ben"]
        assert run.post.calls == 5


async def test_a_certain_refusal_fails_at_once(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer([1]), online=True) as run:
        with pytest.raises(errors.BadParameter):
            await run.type("no")
        assert (await run.type("yes")).state is S.SENT
        assert await run.states() == [S.FAILED, S.SENT]


async def test_a_session_that_the_server_ended_waits_for_the_next_login(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer([1101]), online=True) as run:
        run.pauses.first = 60
        row, task = await run.typed("hi")
        await run.waits(row, Waits.CONNECTION)
        assert (await run.store.row(row.id)).state is S.PENDING
        await run.connect()
        assert (await task).state is S.SENT


async def test_a_full_disk_keeps_it_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_outbox(tmp_path, online=True) as run:
        move, full = run.store.move, True

        async def fails(*given: Any, **more: Any) -> StoredMessage:
            if full:
                raise errors.HomeUnusable(path="/", why="no space left")
            return await move(*given, **more)

        monkeypatch.setattr(run.store, "move", fails)
        row, task = await run.typed("hi")
        await run.waits(row, Waits.CONNECTION)
        assert run.post.calls == 0
        assert (await run.store.row(row.id)).state is S.PENDING
        full = False
        assert (await task).state is S.SENT


# ---------------------------------------------------------------- too fast


@pytest.mark.parametrize("refusal", [1204, 1205, 429])
async def test_too_fast_holds_everything_and_the_hold_doubles(tmp_path: Path, refusal: int) -> None:
    now = 0.0
    async with run_outbox(tmp_path, TextServer(always=refusal), online=True, clock=lambda: now) as run:
        typed = [await run.typed("first"), await run.typed("second"), await run.typed("third", BEN)]
        await until(lambda: run.outbox.throttle.hold is not None)
        hold = run.outbox.throttle.hold
        assert hold is not None
        for row, _ in (typed[0], typed[2]):
            await run.waits(row, Waits.HOLD)
        calls = run.post.calls
        assert calls <= 2, "what was on its way when it came, and nothing more"
        await run.looks_again()
        assert run.post.calls == calls, "not hammered"
        assert await run.states() == [S.PENDING, S.PENDING]
        now = hold.until
        await until(lambda: run.post.calls == calls + 1)
        await until(lambda: run.outbox.throttle.hold not in (None, hold))
        longer = run.outbox.throttle.hold
        assert longer is not None
        assert longer.until - longer.since == pytest.approx(2 * (hold.until - hold.since))
        await run.looks_again()
        assert run.post.calls == calls + 1, "one at a time until one arrived"
        run.post.always = ""
        now = longer.until
        assert [(await task).state for _, task in typed] == [S.SENT] * 3
        assert run.outbox.throttle.hold is None
        assert [text for to, text in run.post.took if to == "@ann"] == ["first", "second"]
        assert run.changes >= 3


async def test_after_a_success_the_next_hold_is_short_again(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer([1205, 1205]), online=True) as run:
        assert (await run.type("one")).state is S.SENT
        run.post.script = [1205]
        _, task = await run.typed("two")
        await until(lambda: run.outbox.throttle.hold is not None)
        hold = run.outbox.throttle.hold
        assert hold is not None and hold.until - hold.since == pytest.approx(0.15)
        assert (await task).state is S.SENT


async def test_an_answer_to_what_left_before_does_not_end_the_hold(tmp_path: Path) -> None:
    post = TextServer(["wait", 1205], answers=asyncio.Event())
    async with run_outbox(tmp_path, post, online=True) as run:
        slow = run.type("slow")
        await until(lambda: post.calls == 1)
        run.holds.first = 60
        row, _ = await run.typed("fast", BEN)
        await run.waits(row, Waits.HOLD)
        assert post.answers is not None
        post.answers.set()
        assert (await slow).state is S.SENT
        assert run.outbox.throttle.hold is not None


async def test_a_person_may_try_one_now(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer([1205]), online=True) as run:
        run.holds.first = 60
        (first, one), (second, two) = await run.typed("first"), await run.typed("second")
        await run.waits(second, Waits.HOLD)
        run.post.always = 1205
        assert run.outbox.sender.try_now(second.id), "the oldest of the conversation goes: order is kept"
        await until(lambda: run.post.calls == 2)
        await idle(run.store)
        assert run.post.calls == 2
        run.post.always = ""
        assert run.outbox.sender.try_now(first.id)
        assert [(await task).state for task in (one, two)] == [S.SENT] * 2
        assert run.post.texts == ["first", "second"]


async def test_a_new_login_does_not_end_a_hold(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer([1205]), online=True) as run:
        run.holds.first = 60
        row, _ = await run.typed("hi")
        await run.waits(row, Waits.HOLD)
        await run.connect()
        await idle(run.store)
        assert run.post.calls == 1
        assert run.outbox.sender.waits(row.id) is Waits.HOLD


async def test_the_sandbox_is_not_hammered() -> None:
    async with run_sandbox() as control, client_of(control) as client:
        await control.fault("webwxsendmsg", "ret", 1205, times=3)
        outbox = Outbox(client.store, lambda upload: None, holds=Backoff(lambda: 0.0, first=0.1, most=10))
        outbox.renew(client)
        people = [await client.directory.resolve(name) for name in ("李四", "刘洋", "Alice")]
        began = asyncio.get_running_loop().time()
        # Tasks in one step: all of them may be on their way when the first refusal comes.
        await asyncio.gather(*(outbox.text(to, f"{number}") for number in range(4) for to in people))
        took = asyncio.get_running_loop().time() - began
        assert (await control.calls())["webwxsendmsg"] == 12 + 3
        sent = await control.get("sent")
        for to in people:
            assert [one["content"] for one in sent if one["to_name"] == to.name] == ["0", "1", "2", "3"]
        assert took >= 0.1
        await outbox.close()


# ---------------------------------------------------------------- another login


async def login_again(run: OutboxRun, me: str = "@me2") -> None:
    await run.disconnect()
    await run.store.begin_login(msgspec.structs.replace(ME, user_name=me), SESSION.uin, START)


async def test_after_another_login_it_goes_to_the_new_name_of_the_same_conversation(tmp_path: Path) -> None:
    async with run_outbox(tmp_path) as run:
        row, task = await run.typed("hi")
        await login_again(run)
        await attach_conversation(run.store, row, "@ann2")
        await run.connect("@me2")
        sent = await task
        assert (sent.state, sent.to_user_name, sent.client_msg_id) == (S.SENT, "@ann2", row.client_msg_id)
        assert run.post.took == [("@ann2", "hi")]


async def test_who_is_not_known_in_this_login_waits_until_that_is_settled(tmp_path: Path) -> None:
    async with run_outbox(tmp_path) as run:
        (first, one), (second, two) = await run.typed("first"), await run.typed("second")
        await login_again(run)
        await run.connect("@me2")
        await run.waits(first, Waits.IDENTITY)
        await run.waits(second, Waits.IDENTITY)
        helper = Contact("filehelper", "文件传输助手")
        assert (await run.type("meanwhile", helper)).state is S.SENT, "others do not wait for it"
        assert run.post.took == [("filehelper", "meanwhile")]
        assert (await run.store.row(first.id)).state is S.PENDING
        await attach_conversation(run.store, first, "@ann2")
        run.outbox.apply(ConversationsChanged((first.conversation_id,)))
        assert [(await task).state for task in (one, two)] == [S.SENT] * 2
        assert run.post.took[1:] == [("@ann2", "first"), ("@ann2", "second")]


async def test_who_is_not_known_can_be_given_up_on(tmp_path: Path) -> None:
    async with run_outbox(tmp_path) as run:
        row, task = await run.typed("hi")
        await login_again(run)
        await run.connect("@me2")
        await run.waits(row, Waits.IDENTITY)
        assert run.outbox.cancel_row(row.id)
        assert (await task).state is S.CANCELLED
        assert not run.outbox.dispatcher.is_unknown(row.conversation_id)


async def test_a_new_contact_under_an_old_name_gets_nothing_that_was_not_for_it(tmp_path: Path) -> None:
    """Another account logs in: its people are not ours, and its File Transfer is not either."""
    async with run_outbox(tmp_path) as run:
        helper = Contact("filehelper", "文件传输助手")
        row, _ = await run.typed("private", helper)
        ann, _ = await run.typed("for Ann")
        await run.disconnect()
        await run.store.begin_login(msgspec.structs.replace(ME, user_name="@other"), "999", START)
        await run.store.save_contacts([ANN, helper])
        await run.store.conversation_for("@ann")
        await run.store.conversation_for("filehelper")
        await run.connect("@other")
        await run.waits(row, Waits.IDENTITY)
        await run.waits(ann, Waits.IDENTITY)
        assert run.post.calls == 0


async def test_a_session_older_than_the_stores_login_sends_nothing(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, online=True) as run:
        await run.store.begin_login(msgspec.structs.replace(ME, user_name="@me2"), SESSION.uin, START)
        _, task = await run.typed("hi", Contact("filehelper", "文件传输助手"))
        await idle(run.store)
        assert run.post.calls == 0
        await run.connect("@me2")
        assert (await task).state is S.SENT


async def test_a_row_that_somebody_else_has_sent_is_not_sent_again(tmp_path: Path) -> None:
    async with run_outbox(tmp_path) as run:
        row, task = await run.typed("hi")
        await run.store.move(row.id, DeliveryEvent.START)
        await run.store.move(row.id, DeliveryEvent.ACCEPTED, msg_id="77")
        await run.connect()
        assert (await task).msg_id == "77"
        assert run.post.calls == 0


async def test_a_failed_one_is_retried_in_the_next_login(tmp_path: Path) -> None:
    async with run_outbox(tmp_path, TextServer([-1]), online=True) as run:
        with pytest.raises(errors.ServerFault):
            await run.type("hi")
        conversation = await run.store.conversation_for("@ann")
        (failed,) = await run.store.messages_before(conversation.id, None, 10)
        await login_again(run)
        await attach_conversation(run.store, failed, "@ann2")
        await run.connect("@me2")
        assert (await run.outbox.resend(failed)).state is S.SENT
        assert run.post.took == [("@ann2", "hi")]


async def test_filehelper_at_the_sandbox_goes_out_after_a_login() -> None:
    async with run_sandbox() as control:
        async with client_of(control, Endpoint.FILEHELPER) as client:
            helper, profile = await client.directory.resolve("filehelper"), client.profile
        async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
            outbox = Outbox(store, lambda upload: None)
            tasks = [asyncio.create_task(outbox.text(helper, f"{number}")) for number in range(3)]
            await until(lambda: len(outbox.sender.waiting) == 3)
            await outbox.close()
            assert [row.state for row in await asyncio.gather(*tasks)] == [S.PENDING] * 3
        await control.post("expire", session=True)
        async with client_of(control, Endpoint.FILEHELPER) as client:
            outbox = Outbox(client.store, lambda upload: None)
            outbox.renew(client)
            await outbox.resume()
            await until(lambda: unsent(outbox) == 0)
            await outbox.close()
        assert [one["content"] for one in await control.get("sent")] == ["0", "1", "2"]
