"""Uploads at work: what was acknowledged is not sent twice, whatever breaks, and nothing is forgotten."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import signal
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import tui
from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tests.support.examples import examples
from tests.support.fake_time import FakeTime
from tests.support.sandbox_uploads import (
    SEND,
    UPLOAD,
    finished,
    friend,
    got,
    made,
    part_requests,
    sha256,
    spoil,
    until_requests,
)
from tests.support.upload_queue import uploads_of
from tests.support.waiting import idle, until
from tui import errors
from tui.paths import find_profile
from tui.services.outbox import Outbox
from tui.services.sending.throttle import Pace
from tui.services.session.context import GOOD_FOR, MediaIds
from tui.services.uploads import chunks as parts_module
from tui.services.uploads.outgoing_file import OutgoingFile, open_file
from tui.services.uploads.upload_job import open_upload
from tui.services.uploads.upload_queue import UploadOrder, UploadQueue
from tui.services.uploads.upload_state import Upload, UploadState
from tui.store.delivery_state import DeliveryState
from tui.store.store import Store
from tui.wire import login as wire_login
from tui.wire.media_types import MediaKind
from tui.wire.names import CHECK_UPLOAD_FROM, PART_SIZE

# As in test_outbox_sends: asyncio drops a socket when it is cancelled in the very step that connects it.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Exception ignored in. <socket\.socket:pytest.PytestUnraisableExceptionWarning"
)

AUTO = MediaKind.AUTO
S = DeliveryState
T = UploadState


async def test_in_services_a_file_passes_the_files_that_the_architecture_lists(tmp_path: Path) -> None:
    """What only helps is left out there: `util`, what the transport uses in `http`, the session, and what is shown."""
    page = (Path(tui.__file__).parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\d+\. `services/([^`]+)`", page.split("### A file:")[1].split("###")[0], re.MULTILINE)
    passed: set[str] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        passed.add(frame.f_code.co_filename.partition("/tui/services/")[2])

    async with run_sandbox() as control, client_of(control) as client:
        outbox = Outbox(client.store, lambda upload: None)
        outbox.renew(client)
        to, path = await friend(client), made(tmp_path, "a.bin", 2)
        sys.setprofile(note)
        try:
            upload = outbox.files.add(to, path, AUTO)
            await finished(upload)
        finally:
            sys.setprofile(None)
            await outbox.close()
        assert upload.state is UploadState.SENT
    helps = {one for one in passed if one.startswith("util/") or (one.startswith("http/") and one not in listed)}
    assert passed - helps - {"", "session/context.py", "uploads/upload_state.py"} == set(listed)


# ---------------------------------------------------------------- breaks within one run


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "truncate", "status"])
@pytest.mark.parametrize("part", [0, 2, 4])
async def test_a_break_costs_the_part_it_hits_and_no_other(
    kind: str, part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeTime(monkeypatch, "tui.services.uploads.chunks")
    path = made(tmp_path, "a.bin", 4.5)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, part, kind, 502 if kind == "status" else None)
        await control.fault(UPLOAD, "remember", times=0)
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        assert (upload.state, upload.note) == (T.SENT, None)
        assert await part_requests(control) == 5 + 1
        assert await got(control) == [sha256(path)]


async def test_a_skey_that_is_renewed_meanwhile_is_taken_over(tmp_path: Path) -> None:
    """A busy sync is given one after another; a server may take only the last ones."""
    path = made(tmp_path, "a.bin", 4)
    async with run_sandbox(strict_skey=True) as control, client_of(control) as client:

        async def renew() -> None:
            await until_requests(control, 2)
            for _ in range(3):
                init = await client.context.transport.run(
                    wire_login.init(client.context.session, now_ms=client.context.ids.now_ms())
                )
                client.context.renew(skey=init.skey)

        await control.fault(UPLOAD, "delay", 0)
        await control.fault(UPLOAD, "delay", 1.0)
        renewing = asyncio.create_task(renew())
        with open_file(path, client.context.session.endpoint, AUTO) as file:
            sent = await client.file_upload.send_file(await friend(client), file)
        await renewing
        assert sent.msg_id
        assert await got(control) == [sha256(path)]
        assert await part_requests(control) == 4 + 1


async def test_a_network_that_is_down_for_long_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes; the next try is always told, and what was acknowledged is not sent again."""
    time = FakeTime(monkeypatch, "tui.services.uploads.chunks")
    told: list[tuple[UploadState, float | None]] = []
    path = made(tmp_path, "a.bin", 3)
    async with run_sandbox() as control, client_of(control) as client:
        async with uploads_of(client, lambda one: told.append((one.state, one.seconds_left))) as uploads:
            await spoil(control, UPLOAD, 1, "drop_before", times=30)
            upload = uploads.add(await friend(client), path, AUTO, None)
            await finished(upload)
        assert upload.state is T.SENT
        assert await part_requests(control) == 3 + 30
        assert await got(control) == [sha256(path)]
    assert sum(time.slept) > 400
    assert max(time.slept) <= 1, "so that the seconds can be told"
    waits = [seconds for state, seconds in told if state is T.WAITING]
    assert all(seconds is not None and 0 < seconds <= 30 for seconds in waits)


async def test_a_queued_file_whose_first_part_finds_nobody_waits_too(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        session = client.context.session
        client.context.session = replace(session, hosts=replace(session.hosts, file="http://127.0.0.1:1"))
        upload = uploads.add(await friend(client), path, AUTO, None)
        await until(lambda: upload.state is T.WAITING)
        assert upload.row is not None
        assert (await client.store.row(upload.row.id)).state is S.PENDING
        assert upload.seconds_left is not None


async def test_nonsense_is_not_waited_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.uploads.chunks")
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, 1, "html", times=0)
        upload = uploads.add(await friend(client), made(tmp_path, "a.bin", 2), AUTO, None)
        await finished(upload)
        assert upload.state is T.FAILED
        assert isinstance(upload.error, errors.BadAnswer)
        assert await part_requests(control) == 1 + parts_module.PART_RETRIES + 1


async def test_a_refusal_fails_and_a_retry_goes_on_from_there(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 4)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, 2, "status", 404)
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        assert upload.state is T.FAILED
        assert uploads.retry(upload)
        await finished(upload)
        assert (upload.state, upload.note) == (T.SENT, None)
        assert await part_requests(control) == 4 + 1
        assert await got(control) == [sha256(path)]


async def test_after_a_lost_answer_to_the_message_no_part_is_repeated(tmp_path: Path) -> None:
    """A person, told that it may arrive twice, has it sent again; its MediaId is known."""
    path = made(tmp_path, "a.bin", 3)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await control.fault(SEND, "drop_before")
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        assert upload.state is T.UNKNOWN
        assert uploads.again(upload)
        await finished(upload)
        assert upload.state is T.SENT
        assert await part_requests(control) == 3
        assert await got(control) == [sha256(path)]


# ---------------------------------------------------------------- a server that forgets what it has put together


async def contents(control: SandboxControl) -> list[str]:
    """What the files that were sent hold; "" for a message that names no upload."""
    return [one["sha256"] if one["MediaId"] else "" for one in await control.get("sent")]


@pytest.mark.parametrize("kind", ["drop_after", "truncate"])
@pytest.mark.parametrize(("parts", "requests"), [(2.5, 3 + 1 + 3), (1.0, 1 + 1), (0.1, 1 + 1)])
async def test_a_lost_answer_to_the_last_part_sends_the_file_from_its_first_part(
    kind: str, parts: float, requests: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeTime(monkeypatch, "tui.services.uploads.chunks")
    path = made(tmp_path, "a.bin", parts)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, -int(-parts // 1) - 1, kind)
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        assert upload.state is T.SENT
        assert await contents(control) == [sha256(path)]
        assert await part_requests(control) == requests
        assert (upload.note is None) is (parts <= 1), "that it started again is said"


async def test_a_command_that_waits_for_its_upload_begins_it_again_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeTime(monkeypatch, "tui.services.uploads.chunks")
    path = made(tmp_path, "a.bin", 2)
    async with run_sandbox() as control, client_of(control) as client:
        await spoil(control, UPLOAD, 1, "drop_after")
        with open_file(path, client.context.session.endpoint, AUTO) as file:
            sent = await client.file_upload.send_file(await friend(client), file)
        assert sent.state is S.SENT
        assert await contents(control) == [sha256(path)]


async def test_a_file_that_was_whole_before_a_restart_arrives_with_its_contents(tmp_path: Path) -> None:
    """The answer to the last part is lost with the program; the next one hears an empty MediaId for that part."""
    path = made(tmp_path, "a.bin", 3)
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, 2, "late", 60)
        await upload_until(control, path, lambda upload, requests: bool(control.server.state.uploads.whole))
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            (upload,) = uploads.uploads
            await finished(upload)
            assert (upload.state, await contents(control)) == (T.SENT, [sha256(path)])
            assert "no longer had the file" in str(upload.note)
            assert await part_requests(control) == 3 + 1 + 3
            assert upload.row is not None
            assert upload.row.media_id


async def test_a_file_that_failed_after_it_was_whole_arrives_with_its_contents_by_a_retry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeTime(monkeypatch, "tui.services.uploads.chunks")
    path = made(tmp_path, "a.bin", 2)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, 1, "drop_after")
        await control.fault(UPLOAD, "html", times=5)
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        assert upload.state is T.FAILED
        uploads.retry(upload)
        await finished(upload)
        assert (upload.state, await contents(control)) == (T.SENT, [sha256(path)])


async def test_a_server_that_refuses_a_repeated_part_gets_the_file_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another way to have forgotten: no empty MediaId, but a Ret."""
    FakeTime(monkeypatch, "tui.services.uploads.chunks")
    path = made(tmp_path, "a.bin", 2)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, 1, "drop_after")
        await control.fault(UPLOAD, "ret", 1)
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        assert (upload.state, await contents(control)) == (T.SENT, [sha256(path)])


async def test_killed_between_the_upload_and_its_message_no_part_is_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path, "a.bin", 2)
    async with run_sandbox() as control:
        with monkeypatch.context() as patched:
            patched.setattr("tui.services.uploads.file_upload.send_once", never)
            await upload_until(control, path, lambda upload, requests: upload.state is T.SENDING)
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            await finished(uploads.uploads[0])
            assert (await part_requests(control), await contents(control)) == (2, [sha256(path)])


async def never(*_: object, **__: object) -> None:
    await asyncio.Event().wait()


async def test_a_media_id_that_is_refused_is_not_used_again(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 2)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await control.fault(SEND, "ret", 1)
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        assert upload.state is T.FAILED
        control.server.state.uploads.whole.clear()
        uploads.retry(upload)
        await finished(upload)
        assert (upload.state, await contents(control)) == (T.SENT, [sha256(path)])
        assert await part_requests(control) == 2 + 1 + 2


# ---------------------------------------------------------------- the number of an upload


def numbers(control: SandboxControl) -> list[str]:
    """`id` of every file of the session, in the order in which they came; a repeated one is recorded as a warning."""
    assert not [what for _, what in control.server.state.warnings if what.startswith("id is")]
    return list(control.server.state.sessions[-1].files)


async def test_the_number_of_an_upload_goes_on_in_every_process_of_a_session(tmp_path: Path) -> None:
    """One a file: not one a part, and not one a start."""
    async with run_sandbox() as control:
        for run in range(2):
            async with client_of(control) as client, uploads_of(client) as uploads:
                for name in "ab":
                    await finished(uploads.add(await friend(client), made(tmp_path, f"{name}{run}", 1.5), AUTO, None))
                with open_file(made(tmp_path, f"c{run}", 0.1), client.context.session.endpoint, AUTO) as file:
                    await client.file_upload.send_file(await friend(client), file)
        assert numbers(control) == [f"WU_FILE_{number}" for number in range(6)]
        await control.post("expire", session=True)
        async with client_of(control) as client, uploads_of(client) as uploads:
            await finished(uploads.add(await friend(client), made(tmp_path, "d", 0.1), AUTO, None))
        assert numbers(control) == ["WU_FILE_0"], "a new login begins anew"


async def test_a_file_that_begins_again_keeps_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.uploads.chunks")
    async with run_sandbox() as control:
        async with client_of(control) as client, uploads_of(client) as uploads:
            await spoil(control, UPLOAD, 2, "drop_after")
            await finished(uploads.add(await friend(client), made(tmp_path, "a", 3), AUTO, None))
        await spoil(control, UPLOAD, 1, "delay", 60)
        begun = await part_requests(control)
        await upload_until(control, made(tmp_path, "b", 3), lambda upload, requests: requests == begun + 2)
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            await finished(uploads.uploads[0])
            await finished(uploads.add(await friend(client), made(tmp_path, "c", 0.1), AUTO, None))
        assert numbers(control) == ["WU_FILE_0", "WU_FILE_1", "WU_FILE_2"]


@pytest.mark.parametrize("parts", [0.5, 2])
async def test_a_server_that_never_names_a_media_id_is_said_and_nothing_is_sent(parts: float, tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", parts)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await control.fault(UPLOAD, "no_media_id", times=0)
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        assert upload.state is T.FAILED
        assert str(upload.error).startswith("WeChat did not keep the uploaded file, so nothing was sent.")
        assert await part_requests(control) == 3 * -int(-parts // 1)
        assert await control.get("sent") == []
        await control.post("fault", clear=True)
        uploads.retry(upload)
        await finished(upload)
        assert (upload.state, await contents(control)) == (T.SENT, [sha256(path)])


# ---------------------------------------------------------------- a server that does not go on


async def test_a_server_that_forgot_the_beginning_gets_it_once_more_and_it_is_said(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 4)
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, 2, "status", 404)
        upload = uploads.add(await friend(client), path, AUTO, None)
        await finished(upload)
        control.server.state.uploads.running.clear()
        uploads.retry(upload)
        await finished(upload)
        assert upload.state is T.SENT
        assert upload.note is not None and "started over" in str(upload.note)
        assert await part_requests(control) == 3 + 1 + 4
        assert await got(control) == [sha256(path)]


async def test_it_starts_again_once_and_not_for_ever(tmp_path: Path) -> None:
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, 2, "ret", 1, times=0)
        upload = uploads.add(await friend(client), made(tmp_path, "a.bin", 4), AUTO, None)
        await finished(upload)
        uploads.retry(upload)
        await finished(upload)
        assert upload.state is T.FAILED
        assert isinstance(upload.error, errors.BadParameter)
        assert await part_requests(control) == 3 + 2
        assert upload.row is not None
        entry = await client.store.upload_of(upload.row.id)
        assert entry is not None and entry.parts_done == 0


async def test_too_fast_is_no_reason_to_send_it_all_again(tmp_path: Path) -> None:
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, 2, "status", 404)
        upload = uploads.add(await friend(client), made(tmp_path, "a.bin", 4), AUTO, None)
        await finished(upload)
        await control.fault(UPLOAD, "ret", 1205)
        uploads.retry(upload)
        await finished(upload)
        assert (upload.state, upload.attempts, upload.note) == (T.SENT, 3, None)
        assert await part_requests(control) == 3 + 1 + 2


# ---------------------------------------------------------------- the end of a program, and the next one


async def upload_until(
    control: SandboxControl, path: Path, ready: Callable[[Upload, int], bool], name: str = "李四"
) -> Upload:
    """One run that is left in the middle."""
    async with client_of(control) as client, uploads_of(client) as uploads:
        upload = uploads.add(await client.directory.resolve(name), path, AUTO, None)

        async def there() -> bool:
            return ready(upload, await part_requests(control))

        await until(there)
    return upload


async def test_after_a_restart_in_the_same_session_only_the_missing_parts_are_sent(tmp_path: Path) -> None:
    path = made(tmp_path, "报告.bin", 6)
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, 3, "delay", 60)
        left = await upload_until(control, path, lambda upload, requests: requests == 4)
        assert left.state is T.QUEUED
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            (upload,) = uploads.uploads
            assert (upload.path, upload.name, upload.to.name) == (path, "报告.bin", "李四")
            assert upload.done == 3 * PART_SIZE
            await finished(upload)
            assert (upload.state, upload.note) == (T.SENT, None)
            assert await part_requests(control) == 6 + 1
            assert await got(control) == [sha256(path)]
            assert upload.row is not None
            assert await client.store.upload_of(upload.row.id) is None
            await uploads.restore()
            assert uploads.uploads == [upload]


async def test_after_a_new_login_it_starts_again_and_says_so(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 4)
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, 2, "delay", 60)
        await upload_until(control, path, lambda upload, requests: requests == 3, "filehelper")
        await control.post("expire", session=True)
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            (upload,) = uploads.uploads
            await finished(upload)
            assert upload.state is T.SENT
            assert str(upload.note) == "The upload started over: you logged in again."
            assert await part_requests(control) == 3 + 4
            assert await got(control) == [sha256(path)]


async def test_chosen_in_one_login_and_written_down_in_the_next_it_goes_to_the_same_person(tmp_path: Path) -> None:
    """Between the choice and the row there may be a login, which gives everybody another UserName."""
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control:
        async with client_of(control) as client:
            chosen = await friend(client)
            await client.chat.send_text(chosen, "hello")
            conversation = await client.store.conversation_for(chosen.user_name)
        await control.post("expire", session=True)
        async with client_of(control) as client, uploads_of(client) as uploads:
            assert (await friend(client)).user_name != chosen.user_name
            upload = uploads.add(chosen, path, AUTO, None, within=conversation.id)
            await finished(upload)
            assert upload.state is T.SENT
            assert [one["to_name"] for one in await control.get("sent")] == [chosen.name] * 2
            assert [one.title for one in await client.store.conversations() if not one.title] == []


async def test_what_is_just_being_queued_is_not_taken_for_left_over(tmp_path: Path) -> None:
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        for number in range(5):
            uploads.add(await friend(client), made(tmp_path, f"{number}.bin", 1), AUTO, None)
            await uploads.restore()
        await until(lambda: all(one.state.over for one in uploads.uploads))
        assert len(uploads.uploads) == len(await got(control)) == 5


async def test_what_was_left_over_comes_before_what_is_chosen_meanwhile(tmp_path: Path) -> None:
    old = made(tmp_path, "old.bin", 4)
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, 2, "delay", 60)
        await upload_until(control, old, lambda upload, requests: requests == 3)
        async with client_of(control) as client, uploads_of(client) as uploads:
            await control.fault(UPLOAD, "delay", 0.5)
            first, second = (made(tmp_path, name, 1) for name in ("first.bin", "second.bin"))
            both = [uploads.add(await friend(client), path, AUTO, None) for path in (first, second)]
            await until(lambda: both[0].state is T.UPLOADING and both[1].row is not None)
            await uploads.restore()
            await until(lambda: all(one.state.over for one in uploads.uploads))
            assert await got(control) == [sha256(path) for path in (first, old, second)], "the first was on its way"


async def test_nothing_goes_before_what_was_left_over_while_that_is_looked_for(tmp_path: Path) -> None:
    old = made(tmp_path, "old.bin", 4)
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, 2, "delay", 60)
        await upload_until(control, old, lambda upload, requests: requests == 3)
        async with client_of(control) as client, uploads_of(client) as uploads:
            with uploads.held():
                new = made(tmp_path, "new.bin", 1)
                chosen = uploads.add(await friend(client), new, AUTO, None)
                await until(lambda: chosen.row is not None)
                await uploads.restore()
            await until(lambda: all(one.state.over for one in uploads.uploads))
            assert await got(control) == [sha256(old), sha256(new)]


async def test_what_is_not_known_yet_holds_up_its_own_conversation_and_no_other() -> None:
    """Both were for one who was known a moment after the first had asked: the second went before it."""
    first, second, other = (Mock(conversation_id=one) for one in (1, 1, 2))
    order: Any = UploadOrder()
    order.uploads += [first, second, other]
    known, went, gone = asyncio.Event(), [], asyncio.Event()

    async def go(upload: Mock) -> None:
        async with order.turn(upload):
            went.append(upload)
            gone.set()

    async def first_goes() -> None:
        with ExitStack() as until_known:
            async with order.turn(first):
                until_known.enter_context(order.apart(first))
            await known.wait()
        await go(first)

    async with asyncio.TaskGroup() as tasks:
        with order.held():
            for work in (first_goes(), go(second), go(other)):
                tasks.create_task(work)
            await until(lambda: second in order and other in order)
        await gone.wait()
        assert (went, first in order) == ([other], True)
        known.set()
    assert went == [other, first, second]


async def test_a_large_file_keeps_its_signature(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", CHECK_UPLOAD_FROM / PART_SIZE)
    count = CHECK_UPLOAD_FROM // PART_SIZE
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, 40, "delay", 60)
        await upload_until(control, path, lambda upload, requests: requests == 41)
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            (upload,) = uploads.uploads
            await finished(upload)
            assert upload.state is T.SENT
        calls = await control.calls()
        assert calls["webwxcheckupload"] == 1
        assert calls[UPLOAD] == count + 1
        assert await got(control) == [sha256(path)]


@pytest.mark.parametrize("change", ["gone", "longer", "touched", "same size and time"])
async def test_a_file_that_is_not_the_same_any_more_fails_where_it_is_seen(change: str, tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 3)
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, 1, "delay", 60)
        await upload_until(control, path, lambda upload, requests: requests == 2)
        before = path.stat()
        match change:
            case "gone":
                path.unlink()
            case "longer":
                made(tmp_path, "a.bin", 3.5)
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
            case "touched":
                os.utime(path)
            case _:
                made(tmp_path, "a.bin", 3, seed=1)
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            (upload,) = uploads.uploads
            await finished(upload)
            assert upload.state is T.FAILED
            assert isinstance(upload.error, errors.FileMissing if change == "gone" else errors.FileReplaced)
            assert upload.row is not None
            assert (upload.row.state, upload.row.reason) == (S.FAILED, upload.error.code)
        assert await got(control) == []
        assert await part_requests(control) == 2


async def test_what_failed_in_an_earlier_run_can_be_sent_again(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 3)
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, 1, "status", 404)
        failed = await upload_until(control, path, lambda upload, requests: upload.state.over)
        assert failed.row is not None
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            assert uploads.uploads == [], "it waits for nobody"
            row = await client.store.row(failed.row.id)
            upload = await uploads.adopt(row)
            assert upload is not None
            assert upload.state is T.FAILED
            assert await uploads.adopt(row) is upload
            assert uploads.again(upload)
            await finished(upload)
            assert upload.state is T.SENT
            assert await part_requests(control) == 3 + 1
            assert await uploads.adopt(upload.row or row) is upload
            nothing = await client.store.row(row.id)
        async with client_of(control) as client, uploads_of(client) as uploads:
            assert await uploads.adopt(nothing) is None
        assert await got(control) == [sha256(path)]


async def test_a_path_that_is_no_utf8_and_one_that_is_relative_survive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / os.fsdecode(b"caf\xe9.bin")
    odd.write_bytes(b"odd")
    (tmp_path / "near.bin").write_bytes(b"near")
    monkeypatch.chdir(tmp_path)
    async with run_sandbox() as control:
        async with client_of(control) as client, uploads_of(client) as uploads:
            await control.fault(UPLOAD, "delay", 60)
            for path in (odd, Path("near.bin")):
                uploads.add(await friend(client), path, AUTO, None)
            await until(lambda: all(one.row for one in uploads.uploads))
            await until_requests(control, 1)
        monkeypatch.chdir("/")
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            await until(lambda: all(one.state.over for one in uploads.uploads))
            assert [one.state for one in uploads.uploads] == [T.SENT, T.SENT]
        assert await got(control) == [sha256(odd), sha256(tmp_path / "near.bin")]


# ---------------------------------------------------------------- killed


@pytest.mark.parametrize("parts", [0, 1, 4])
async def test_kill_9_in_the_middle_costs_what_was_not_acknowledged(parts: int, tmp_path: Path) -> None:
    path, second = made(tmp_path, "a.bin", 5), made(tmp_path, "b.bin", 1)
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, parts, "delay", 60)
        # Whatever the store is to know has been written when a part hangs for this long.
        process = await killed_after(control, [path, second], parts + 1)
        assert process.returncode == -signal.SIGKILL
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            assert [one.name for one in uploads.uploads] == ["a.bin", "b.bin"]
            await until(lambda: all(one.state.over for one in uploads.uploads))
            assert [one.state for one in uploads.uploads] == [T.SENT, T.SENT]
        assert await got(control) == [sha256(path), sha256(second)]
        requests = await part_requests(control)
        # The stored record may lag behind a link as fast as this one by the parts of a quarter of a second.
        assert 5 + 1 + 1 <= requests <= 5 + 1 + 1 + parts
        (session,) = (await control.get("state"))["sessions"]
        assert session["ended"] is None


async def test_killed_between_two_receivers_the_rest_get_the_file_without_another_upload(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 3)
    async with run_sandbox() as control:
        await spoil(control, "webwxsendappmsg", 1, "delay", 60)

        async def second_is_out() -> bool:
            return (await control.calls()).get("webwxsendappmsg", 0) == 2

        await killed_after(control, [Path("--all"), path], 3, rows=2, until_then=second_is_out)
        async with client_of(control) as client, uploads_of(client) as uploads:
            await client.store.repair()
            await uploads.restore()
            (upload,) = uploads.uploads
            await finished(upload)
            assert (upload.state, upload.to.name, upload.note) == (T.SENT, "项目群", None)
            lost = await client.store.last_outgoing(
                (await client.store.conversation_for((await friend(client)).user_name)).id
            )
            assert lost is not None
            assert lost.state is S.UNKNOWN, "nobody knows, and it is not sent again"
        assert await part_requests(control) == 3
        assert [one["to_name"] for one in await control.get("sent")] == ["张三", "项目群"]


async def test_a_file_for_several_is_uploaded_once_and_its_rows_stand_before_it_leaves(tmp_path: Path) -> None:
    path, waits = made(tmp_path, "a.bin", 2), list[float]()
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        receivers = [await client.directory.resolve(name) for name in ("张三", "李四", "项目群")]
        pace = Pace(0.01, lambda: waits.append(0) or 0)
        await uploads.add_for_several(receivers, path, AUTO, pace)
        assert len(await client.store.unfinished_uploads()) == 3
        assert await part_requests(control) == 0
        await until(lambda: all(one.state is T.SENT for one in uploads.uploads))
        assert [one["to_name"] for one in await control.get("sent")] == ["张三", "李四", "项目群"]
        assert (await part_requests(control), len(waits)) == (2, 3)
        assert [one.series and one.series.sent for one in uploads.uploads] == [3, 3, 3]


async def test_after_a_restart_a_series_is_one_again_without_what_one_of_them_gets_twice(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control, client_of(control) as client:
        await spoil(control, UPLOAD, 1, "delay", 60)
        async with uploads_of(client) as uploads:
            receivers = [await client.directory.resolve(name) for name in ("张三", "李四")]
            await uploads.add_for_several(receivers, path, AUTO, Pace(0, lambda: 0))
            uploads.add(receivers[0], path, AUTO, None)
            await until(lambda: all(one.row for one in uploads.uploads))
        async with uploads_of(client) as uploads:
            with uploads.held():
                await uploads.restore()
            assert [len(one.alike) for one in uploads.uploads] == [2, 2, 1]


async def test_a_mediaid_that_is_refused_for_another_receiver_costs_one_more_upload_each(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 2)
    async with run_sandbox(bound_media=True) as control, client_of(control) as client, uploads_of(client) as uploads:
        receivers = [await client.directory.resolve(name) for name in ("张三", "李四", "项目群")]
        await uploads.add_for_several(receivers, path, AUTO, Pace(0, lambda: 0))
        await until(lambda: all(one.state is T.SENT for one in uploads.uploads))
        assert await got(control) == [sha256(path)] * 3
        assert await part_requests(control) == 6
        assert (await control.calls())["webwxsendappmsg"] == 4, "the third receiver is not tried that way"
        assert ["uploaded again" in str(one.note) for one in uploads.uploads] == [False, True, False]


async def test_a_mediaid_is_used_for_two_days_and_a_receiver_who_is_refused_is_no_reason_to_doubt_it(
    tmp_path: Path,
) -> None:
    path = made(tmp_path, "a.bin", 1)
    async with run_sandbox() as control, client_of(control) as client:
        now = [0.0]
        client.context.media = MediaIds(lambda: now[0])
        to = await friend(client)

        async def send() -> int:
            with open_file(path, client.context.session.endpoint, AUTO) as file:
                await client.file_upload.send_file(to, file)
            return await part_requests(control)

        assert [await send(), await send()] == [1, 1]
        now[0] = GOOD_FOR - 1
        assert await send() == 1
        now[0] += GOOD_FOR + 1
        assert await send() == 2
        await control.fault("webwxsendappmsg", "ret", 1, times=2)
        with pytest.raises(errors.BadParameter):
            await send()
        assert (await part_requests(control), client.context.media.bound) == (3, False)


def written() -> tuple[int, int]:
    """Uploads in the store, and parts of them that count as done."""
    with closing(sqlite3.connect(find_profile("default").store_file)) as connection:
        found: tuple[int, int] = connection.execute(
            "SELECT count(*), coalesce(sum(parts_done), 0) FROM upload"
        ).fetchone()
    return found


async def killed_after(
    control: SandboxControl,
    paths: list[Path],
    requests: int,
    acknowledged: int = 0,
    *,
    rows: int = 0,
    until_then: Callable[[], Awaitable[bool]] | None = None,
) -> asyncio.subprocess.Process:
    """Kill a program that uploads once so many parts were asked for, and so many are in its store."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.uploading_program", control.server.origin, *map(str, paths))
    )
    try:

        async def there() -> bool:
            assert process.returncode is None, "it ended by itself"
            if until_then is not None and not await until_then():
                return False
            return await part_requests(control) >= requests and written() >= (rows or len(paths), acknowledged)

        await until(there)
    finally:
        process.kill()
        await process.wait()
    return process


async def test_a_slow_link_has_every_part_in_the_store(tmp_path: Path) -> None:
    """Each part takes longer than the pause between two writes: a kill then costs only the part on its way."""
    path = made(tmp_path, "a.bin", 4)
    async with run_sandbox() as control:
        await control.fault(UPLOAD, "delay", 0.3, times=3)
        await control.fault(UPLOAD, "delay", 60)
        await killed_after(control, [path], 4, acknowledged=3)
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            (upload,) = uploads.uploads
            await finished(upload)
        assert await part_requests(control) == 4 + 1
        assert await got(control) == [sha256(path)]


# ---------------------------------------------------------------- paused


async def test_a_pause_lets_the_next_one_run_and_goes_on_in_its_place(tmp_path: Path) -> None:
    a, b, c = (made(tmp_path, f"{name}.bin", 3) for name in "abc")
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await spoil(control, UPLOAD, 1, "delay", 60)
        first, second, third = [uploads.add(await friend(client), path, AUTO, None) for path in (a, b, c)]
        await until_requests(control, 2)
        assert uploads.pause(first, True)
        assert first.state is T.PAUSED
        assert not uploads.pause(first, True)
        await finished(second)
        assert first.row is not None
        assert (await client.store.row(first.row.id)).state is S.PENDING
        entry = await client.store.upload_of(first.row.id)
        assert entry is not None and (entry.paused, entry.parts_done) == (True, 1)
        await finished(third)
        assert first.done == PART_SIZE
        assert uploads.pause(first, False)
        assert not uploads.pause(first, False)
        await finished(first)
        assert [one.state for one in (first, second, third)] == [T.SENT] * 3
        assert await part_requests(control) == 9 + 1
        assert await got(control) == [sha256(b), sha256(c), sha256(a)]
        assert not uploads.pause(first, True)


async def test_resumed_it_has_the_turn_it_had(tmp_path: Path) -> None:
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await control.fault(UPLOAD, "delay", 0.3)
        four = [uploads.add(await friend(client), made(tmp_path, f"{n}.bin", 1), AUTO, None) for n in range(4)]
        await until_requests(control, 1)
        await until(lambda: all(one.row for one in four))
        uploads.pause(four[1], True)
        uploads.pause(four[2], True)
        uploads.reorder(four[2], -1)
        uploads.pause(four[1], False)
        uploads.pause(four[2], False)
        await until(lambda: all(one.state.over for one in four))
        names = [one["file_name"] for one in await control.get("sent")]
        assert names == ["0.bin", "2.bin", "1.bin", "3.bin"]


async def test_a_pause_survives_the_program_and_a_cancel_forgets_it(tmp_path: Path) -> None:
    path = made(tmp_path, "a.bin", 3)
    async with run_sandbox() as control:
        await spoil(control, UPLOAD, 2, "delay", 60)
        async with client_of(control) as client, uploads_of(client) as uploads:
            upload = uploads.add(await friend(client), path, AUTO, None)
            await until_requests(control, 3)
            uploads.pause(upload, True)
        for _ in range(2):
            async with client_of(control) as client, uploads_of(client) as uploads:
                await uploads.restore()
                (upload,) = uploads.uploads
                assert (upload.state, upload.done) == (T.PAUSED, 2 * PART_SIZE)
                await idle(client.store)
                assert await part_requests(control) == 3
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            (upload,) = uploads.uploads
            assert uploads.cancel(upload)
            await finished(upload)
            assert upload.state is T.CANCELLED
            assert upload.row is not None
            assert upload.row.state is S.CANCELLED
            assert await client.store.upload_of(upload.row.id) is None
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            assert uploads.uploads == []
        assert await got(control) == []


async def test_a_pause_at_once_and_a_change_of_mind(tmp_path: Path) -> None:
    """Before its row is written, while it ends, twice in a row: it is sent once."""
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        one, two = [uploads.add(await friend(client), made(tmp_path, f"{n}.bin", 2), AUTO, None) for n in "ab"]
        uploads.pause(one, True)
        uploads.pause(two, True)
        uploads.pause(two, False)
        await until(lambda: one.row is not None)
        await finished(two)
        assert (one.state, two.state) == (T.PAUSED, T.SENT)
        await control.fault(UPLOAD, "delay", 0.2)
        uploads.pause(one, False)
        await until(lambda: one.state is T.UPLOADING)
        for on in (True, False, True, False):
            uploads.pause(one, on)
        await finished(one)
        assert one.state is T.SENT
        assert len(await got(control)) == 2


async def test_pausing_and_giving_up_while_it_still_stops(tmp_path: Path) -> None:
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await control.fault(UPLOAD, "delay", 60)
        upload = uploads.add(await friend(client), made(tmp_path, "a.bin", 2), AUTO, None)
        await until_requests(control, 1)
        uploads.pause(upload, True)
        assert uploads.cancel(upload)
        await finished(upload)
        assert upload.row is not None
        assert (upload.state, upload.row.state) == (T.CANCELLED, S.CANCELLED)


async def test_a_file_that_is_just_being_opened_is_closed_however_often_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, release = list[OutgoingFile](), threading.Event()

    def slowly(*given: Any) -> OutgoingFile:
        opened.append(open_upload(*given))
        release.wait(20)
        return opened[0]

    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        monkeypatch.setattr("tui.services.uploads.upload_job.open_upload", slowly)
        upload = uploads.add(await friend(client), made(tmp_path, "a.bin", 1), AUTO, None)
        await until(lambda: bool(opened))
        for _ in range(3):
            assert uploads.cancel(upload)
            for _ in range(3):
                await asyncio.sleep(0)
        release.set()
        await finished(upload)
        assert upload.state is T.CANCELLED
        with pytest.raises(ValueError, match="closed"):
            opened[0].check_unchanged()


async def test_a_message_that_leaves_is_not_paused(tmp_path: Path) -> None:
    async with run_sandbox() as control, client_of(control) as client, uploads_of(client) as uploads:
        await control.fault(SEND, "delay", 0.2)
        upload = uploads.add(await friend(client), made(tmp_path, "a.bin", 1), AUTO, None)
        await until(lambda: upload.state is T.SENDING)
        assert not uploads.pause(upload, True)
        await finished(upload)
        assert upload.state is T.SENT


# ---------------------------------------------------------------- whatever happens

STEPS = st.one_of(
    st.tuples(st.just("pause"), st.integers(0, 1)),
    st.tuples(st.just("resume"), st.integers(0, 1)),
    st.tuples(st.just("kill"), st.integers(0, 3)),
    st.tuples(st.just("leave"), st.integers(0, 3)),
    st.tuples(st.just("change"), st.integers(0, 1)),
    st.tuples(st.just("forget"), st.just(0)),
    st.tuples(st.just("wait"), st.integers(0, 3)),
    st.tuples(st.sampled_from(["remember", "no_media_id"]), st.just(0)),
    st.tuples(st.sampled_from(["drop_before", "drop_after", "truncate", "delay", "html", "late"]), st.integers(0, 3)),
)


def kill(store: Store) -> None:
    """From now on nothing reaches the disk, as after SIGKILL."""

    async def never(job: object) -> Any:
        raise errors.StoreBroken(path="store", why="killed")

    # It is not given back: this store goes no further.
    pytest.MonkeyPatch().setattr(store._database, "write", never)


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=10))
def test_whatever_happens_the_right_bytes_arrive_once_or_it_is_said(steps: list[tuple[str, int]]) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setenv("WXTUI_HOME", folder)
            monkeypatch.setattr("tui.services.uploads.chunks._TICK", 0.01)
            async with run_sandbox() as control:
                await _play(control, steps, Path(folder))

    asyncio.run(play())
    # While the mark above holds.
    gc.collect()


async def _play(control: SandboxControl, steps: list[tuple[str, int]], folder: Path) -> None:
    paths = [made(folder, "a.bin", 3), made(folder, "b.bin", 2.5)]
    promised = [sha256(path) for path in paths]
    left, fresh = list(steps), True
    while fresh or left:
        async with client_of(control) as client, uploads_of(client) as uploads:
            await uploads.restore()
            if fresh:
                for path in paths:
                    uploads.add(await friend(client), path, AUTO, None)
                await until(lambda: all(one.row for one in uploads.uploads))
            fresh = False
            while left:
                step, value = left.pop(0)
                if step in ("kill", "leave"):
                    await asyncio.sleep(value / 100)
                    if step == "kill":
                        kill(client.store)
                    break
                await _step(control, uploads, step, value, paths)
    async with client_of(control) as client, uploads_of(client) as uploads:
        await uploads.restore()
        await control.post("fault", clear=True)
        for upload in uploads.uploads:
            uploads.pause(upload, False)
        await until(lambda: all(one.state.over for one in uploads.uploads))
        conversation = await client.store.conversation_for((await friend(client)).user_name)
        rows = [row for row in await client.store.messages_before(conversation.id, None, 100) if row.outgoing]
        assert await client.store.unfinished_uploads() == []
    arrived = await got(control)
    assert len(rows) == 2
    for row, right in zip(rows, promised, strict=True):
        times = arrived.count(right)
        match row.state:
            case S.SENT:
                assert times == 1, "shown as sent, and its contents did not arrive"
            case S.FAILED:
                assert times == 0
                # `BadParameter`: the server has forgotten the beginning twice.
                assert row.reason in ("FileReplaced", "FileChanged", "BadAnswer", "BadParameter", "UploadLost")
            case _:
                # Killed while the message was leaving: `Store.repair` calls it unknown.
                assert row.state in (S.UNKNOWN, S.SENDING)
                assert times <= 1
    assert set(arrived) <= set(promised), "other bytes than those that were chosen"


async def _step(control: SandboxControl, uploads: UploadQueue, step: str, value: int, paths: list[Path]) -> None:
    match step:
        case "pause" | "resume":
            if value < len(uploads.uploads):
                uploads.pause(uploads.uploads[value], step == "pause")
        case "change":
            with paths[value].open("r+b") as file:
                file.write(b"changed")
        case "forget":
            control.server.state.uploads.running.clear()
        case "wait":
            await asyncio.sleep(value / 50)
        case "delay" | "late":
            await spoil(control, UPLOAD, value, step, 0.05)
        case _:
            await spoil(control, UPLOAD, value, step)
