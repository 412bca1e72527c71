"""Uploads: progress that is true, cancelling that is clean, parts that are repeated, and little memory."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import socket
import tempfile
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.examples import examples
from tests.support.fake_time import FakeTime
from tests.support.raw_server import late
from tests.support.scripted_session import ANN, SESSION, Handler, call_of, said, scripted
from tests.support.waiting import idle, until
from tui import errors
from tui.services.http.httpx_import import httpx
from tui.services.sending.send_once import send_once, write_row
from tui.services.uploads import chunks as module
from tui.services.uploads.file_upload import FileUpload
from tui.services.uploads.outgoing_file import OutgoingFile, open_file
from tui.services.uploads.upload_state import Progress, UploadState
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire import bodies, send
from tui.wire.call import Call
from tui.wire.hosts import one_origin
from tui.wire.names import CHECK_UPLOAD_FROM, PART_SIZE, Endpoint
from tui.wire.session import Session

MIB = 1024 * 1024
TIMED = ("tui.services.uploads.chunks", "tui.services.http.transport")
HTML = "<!DOCTYPE html><html><body>502</body></html>"


def made(folder: Path, size: int, name: str = "thing.bin") -> OutgoingFile:
    """A sparse file, open."""
    path = folder / name
    with path.open("wb") as file:
        file.truncate(size)
    return open_file(path, Endpoint.FILEHELPER)


def part_of(request: httpx.Request) -> int:
    found = re.search(rb'name="chunk"\r\n\r\n(\d+)\r\n', request.content)
    return int(found[1]) if found else 0


@dataclass
class Uploads:
    """Takes parts; spoils requests by plan, one entry a request. It forgets the parts of a file that it has whole."""

    plan: list[str] = field(default_factory=list)
    known: str = ""
    parts: list[int] = field(default_factory=list)
    good: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    whole: set[int] = field(default_factory=set)
    """ClientMediaIds of the files that were put together."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.names.append(call_of(request))
        if self.names[-1] == "webwxcheckupload":
            return said({"MediaId": self.known, "AESKey": "key", "Signature": "" if self.known else "signed"})
        if self.names[-1] != "webwxuploadmedia":
            self.sent.append(json.loads(request.content))
            return said({"MsgID": "900", "LocalID": "1"})
        assert request.headers["content-length"] == str(len(request.content))
        found = re.search(rb'name="uploadmediarequest"\r\n\r\n(.*?)\r\n', request.content)
        assert found is not None
        self.requests.append(json.loads(found[1]))
        self.parts.append(part_of(request))
        how = self.plan.pop(0) if self.plan else ""
        match how:
            case "refused":
                raise httpx.ConnectError("x")
            case "drop":
                raise httpx.WriteError("x")
            case "timeout":
                raise httpx.ReadTimeout("x")
            case "html":
                return httpx.Response(200, text=HTML)
            case "502":
                return httpx.Response(502)
            case "ret":
                return said(ret=-14)
        self.good.append(self.parts[-1])
        media, part = self.requests[-1]["ClientMediaId"], self.parts[-1]
        if part and media in self.whole:
            return said({"MediaId": ""})
        last = part == max(1, -(-self.requests[-1]["TotalLen"] // PART_SIZE)) - 1
        if last:
            self.whole.add(media)
        if how == "lost":
            raise httpx.ReadError("x")
        return said({"MediaId": "media" if last else ""})


async def row_of(store: Store) -> StoredMessage:
    conversation = await store.conversation_for(ANN.user_name)
    (row,) = await store.messages_before(conversation.id, None, 10)
    return row


# ---------------------------------------------------------------- progress


def check_progress(seen: list[Progress], size: int) -> None:
    """Stages in order; `done` grows within a part and only goes back to that part's begin, when it is repeated."""
    order = [UploadState.HASHING, UploadState.CHECKING, UploadState.UPLOADING, UploadState.SENDING, UploadState.SENT]
    moving = (UploadState.UPLOADING, UploadState.WAITING)
    places = [order.index(UploadState.UPLOADING if one.state in moving else one.state) for one in seen]
    assert places == sorted(places)
    assert {one.total for one in seen} == {size}
    before = 0
    for one in (one for one in seen if one.state in moving):
        assert 0 <= one.done <= size
        if one.state is UploadState.WAITING:
            assert one.done % PART_SIZE == 0
            assert before - one.done <= PART_SIZE
        else:
            assert one.done > before or one.done == size
        before = one.done


@settings(max_examples=examples(40), deadline=None)
@given(
    st.integers(1, 3 * PART_SIZE),
    st.lists(st.sampled_from(["", "", "drop", "timeout", "html", "502"]), max_size=8),
    st.booleans(),
)
def test_progress_is_true_and_parts_are_repeated_alone(size: int, plan: list[str], slow: bool) -> None:
    async def play(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        time = FakeTime(monkeypatch, *TIMED)
        server, seen = Uploads(list(plan)), list[Progress]()

        def on_progress(progress: Progress) -> None:
            seen.append(progress)
            # A slow link: every piece takes its time, and pieces stay small.
            time.now += 1 if slow else 0

        async with scripted(server, folder) as (context, store):
            with made(folder, size) as file:
                file_upload = FileUpload(context, store)
                try:
                    sent = await file_upload.send_file(ANN, file, on_progress)
                except errors.NetworkError:
                    assert longest([*plan]) > module.PART_RETRIES
                    assert (await row_of(store)).state is DeliveryState.FAILED
                    assert not server.sent
                    return
        check_progress(seen, size)
        assert [one for one in seen if one.state is UploadState.UPLOADING][-1].done == size
        assert seen[-1] == Progress(UploadState.SENT, size, size)
        count = -(-size // PART_SIZE)
        assert server.good == list(range(count))
        assert server.parts == sorted(server.parts)
        assert all(request == server.requests[0] for request in server.requests)
        assert (sent.state, sent.msg_id, sent.media_id) == (DeliveryState.SENT, "900", "media")

    def longest(plan: list[str]) -> int:
        runs, most = 0, 0
        for one in plan:
            runs = runs + 1 if one else 0
            most = max(most, runs)
        return most

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        asyncio.run(play(monkeypatch, Path(folder)))


@settings(max_examples=examples(40), deadline=None)
@given(
    st.integers(1, 3 * PART_SIZE),
    st.lists(st.sampled_from(["", "", "lost", "drop", "502", "ret"]), max_size=12),
)
def test_what_is_sent_names_a_file_that_the_server_has(size: int, plan: list[str]) -> None:
    """Answers are lost after the file is whole, and the server has forgotten its parts by then."""

    async def play(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        FakeTime(monkeypatch, *TIMED)
        server = Uploads(list(plan))
        async with scripted(server, folder) as (context, store):
            with made(folder, size) as file:
                try:
                    sent = await FileUpload(context, store).send_file(ANN, file)
                except (errors.NetworkError, errors.ServerRefused, errors.UploadLost):
                    assert (await row_of(store)).state is DeliveryState.FAILED
                    assert not server.sent
                    assert {"lost", "drop", "502", "ret"} & set(plan)
                    return
        assert (sent.state, sent.media_id) == (DeliveryState.SENT, "media")
        assert [one["Msg"]["Content"].count("<attachid>media</attachid>") for one in server.sent] == [1]
        assert server.requests[-1]["ClientMediaId"] in server.whole
        starts = {one["ClientMediaId"] for one in server.requests}
        assert len(starts) <= 3

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        asyncio.run(play(monkeypatch, Path(folder)))


class Slow:
    """A server on a socket with tiny buffers that reads by and by; `read` counts the bytes of requests' bodies."""

    def __init__(self) -> None:
        self.read = 0
        self.answered = 0
        self.origin = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = re.search(rb"(?i)content-length: (\d+)", head)
                left = int(found[1]) if found else 0
                upload = b"webwxuploadmedia" in head
                while left:
                    data = await reader.read(min(8192, left))
                    if not data:
                        return
                    left -= len(data)
                    if upload:
                        self.read += len(data)
                        await late(0.0005)
                body = b'{"BaseResponse": {"Ret": 0}, "MediaId": "m", "MsgID": "9", "Signature": "s"}'
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
                self.answered += upload
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def slow_server() -> AsyncIterator[Slow]:
    made = Slow()
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(made.serve, sock=listening, limit=16384)
    made.origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with server:
        yield made


def at(origin: str) -> Session:
    return Session(
        Endpoint.WEB, one_origin(origin), SESSION.uin, "sid", "skey", "ticket", "data", SESSION.device_id, "@me", "me"
    )


BUFFERS = 64 * 1024 + 4 * 16 * 1024 + 4 * 8192 + 32 * 1024
"""asyncio's write buffer, the kernel's at both ends (it doubles what is asked for), the reader's own."""


async def test_bytes_count_when_the_socket_took_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What progress says is never more than one write buffer ahead of what the server has read."""
    # Pieces stay small, as they do on a slow link.
    monkeypatch.setattr(module, "FASTEST", -1.0)
    ahead: list[int] = []
    async with slow_server() as server:
        tiny = httpx.AsyncHTTPTransport(
            verify=False, socket_options=[(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384), (6, socket.TCP_NODELAY, 1)]
        )

        def on_progress(progress: Progress) -> None:
            if progress.state is UploadState.UPLOADING:
                ahead.append(progress.done - server.read)

        async with scripted(unused, tmp_path, at(server.origin), tiny) as (context, store):
            with made(tmp_path, 3 * PART_SIZE) as file:
                await FileUpload(context, store).send_file(ANN, file, on_progress)
    assert len(ahead) >= 3 * PART_SIZE // module.FIRST_PIECE
    assert max(ahead) <= BUFFERS
    assert BUFFERS < PART_SIZE, "else this would show nothing"


def unused(request: httpx.Request) -> httpx.Response:
    raise AssertionError("this request should have gone to the socket")


# ---------------------------------------------------------------- faults


async def test_a_first_part_that_finds_nobody_fails_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    time = FakeTime(monkeypatch, *TIMED)
    server = Uploads(["refused"])
    async with scripted(server, tmp_path) as (context, store):
        with made(tmp_path, 2 * PART_SIZE) as file, pytest.raises(errors.Unreachable):
            await FileUpload(context, store).send_file(ANN, file)
        row = await row_of(store)
    assert (row.state, row.reason) == (DeliveryState.FAILED, "Unreachable")
    assert (server.parts, time.slept, server.sent) == ([0], [], [])


async def test_a_later_part_that_finds_nobody_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    time = FakeTime(monkeypatch, *TIMED)
    server, seen = Uploads(["", "refused", "refused", "drop"]), list[Progress]()
    async with scripted(server, tmp_path) as (context, store):
        with made(tmp_path, 2 * PART_SIZE) as file:
            await FileUpload(context, store).send_file(ANN, file, seen.append)
    assert server.parts == [0, 1, 1, 1, 1]
    assert time.slept == [0.5, 1, 2]
    assert [one.done for one in seen if one.state is UploadState.WAITING] == [PART_SIZE] * 3


async def test_a_server_that_says_no_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, *TIMED)
    server = Uploads(["", "ret"])
    async with scripted(server, tmp_path) as (context, store):
        with made(tmp_path, 2 * PART_SIZE) as file, pytest.raises(errors.BadTicket):
            await FileUpload(context, store).send_file(ANN, file)
        assert (await row_of(store)).state is DeliveryState.FAILED
    assert server.parts == [0, 1]
    assert not server.sent


async def test_a_file_that_changes_meanwhile_is_not_sent(tmp_path: Path) -> None:
    server = Uploads()

    def on_progress(progress: Progress) -> None:
        if progress.state is UploadState.UPLOADING and progress.done == PART_SIZE:
            with (tmp_path / "thing.bin").open("r+b") as file:
                file.write(b"changed")

    async with scripted(server, tmp_path) as (context, store):
        with made(tmp_path, 2 * PART_SIZE) as file, pytest.raises(errors.FileChanged):
            await FileUpload(context, store).send_file(ANN, file, on_progress)
        assert (await row_of(store)).state is DeliveryState.FAILED
    assert not server.sent


async def test_a_file_that_changes_while_its_last_part_is_out_is_not_sent(tmp_path: Path) -> None:
    server = Uploads()

    def handler(request: httpx.Request) -> httpx.Response:
        with (tmp_path / "thing.bin").open("r+b") as file:
            file.write(b"changed")
        return server(request)

    async with scripted(handler, tmp_path) as (context, store):
        with made(tmp_path, PART_SIZE) as file, pytest.raises(errors.FileChanged):
            await FileUpload(context, store).send_file(ANN, file)
    assert (server.parts, server.sent) == ([0], [])


async def test_a_part_is_repeated_four_times_and_then_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    time = FakeTime(monkeypatch, *TIMED)
    server = Uploads(["drop"] * 9)
    async with scripted(server, tmp_path) as (context, store):
        with made(tmp_path, PART_SIZE) as file, pytest.raises(errors.ConnectionBroken):
            await FileUpload(context, store).send_file(ANN, file)
    assert (server.parts, time.slept, server.sent) == ([0] * 5, [0.5, 1, 2, 4], [])


async def test_a_real_sandbox_gets_the_file_in_spite_of_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.uploads.chunks")
    data = bytes(range(256)) * (3 * PART_SIZE // 256) + b"end"
    path = tmp_path / "报告 & <1>.tar.gz"
    path.write_bytes(data)
    async with run_sandbox() as control, client_of(control) as client:
        for kind in ("drop_after", "drop_before", "truncate", "html"):
            await control.fault("webwxuploadmedia", kind)
        to = await client.directory.resolve("李四")
        with open_file(path, Endpoint.WEB) as file:
            sent = await client.file_upload.send_file(to, file)
        (upload,) = await control.get("uploads")
        (message,) = await control.get("sent")
    assert sent.state is DeliveryState.SENT
    assert (upload["name"], upload["size"]) == (path.name, len(data))
    assert message["MsgID"] == sent.msg_id


# ---------------------------------------------------------------- large and known files


@pytest.mark.parametrize(("size", "checked"), [(CHECK_UPLOAD_FROM - 1, False), (CHECK_UPLOAD_FROM, True)])
async def test_the_signature_of_a_large_file_stands_in_the_message(size: int, checked: bool, tmp_path: Path) -> None:
    server = Uploads()
    async with scripted(server, tmp_path) as (context, store):
        with made(tmp_path, size) as file:
            await FileUpload(context, store).send_file(ANN, file)
    assert ("webwxcheckupload" in server.names) is checked
    (message,) = server.sent
    assert message["Msg"].get("Signature") == ("signed" if checked else None)
    for request in server.requests:
        assert (request.get("Signature"), request.get("AESKey")) == (("signed", "key") if checked else (None, None))


async def test_a_file_that_the_server_knows_is_not_uploaded(tmp_path: Path) -> None:
    server, seen = Uploads(known="there already"), list[Progress]()
    async with scripted(server, tmp_path) as (context, store):
        with made(tmp_path, CHECK_UPLOAD_FROM) as file:
            sent = await FileUpload(context, store).send_file(ANN, file, seen.append)
    assert server.names == ["webwxcheckupload", "webwxsendappmsg"]
    assert sent.media_id == "there already"
    assert "there already" in server.sent[0]["Msg"]["Content"]
    check_progress(seen, CHECK_UPLOAD_FROM)


@pytest.mark.parametrize("kept", [True, False])
async def test_a_check_that_knows_nothing_sends_nothing(kept: bool, tmp_path: Path) -> None:
    """Neither a MediaId nor a Signature: there is nothing to upload with, and nothing to send."""
    server = Uploads()

    def handler(request: httpx.Request) -> httpx.Response:
        if call_of(request) == "webwxcheckupload":
            return said({"MediaId": "", **({"Signature": ""} if kept else {})})
        return server(request)

    async with scripted(handler, tmp_path) as (context, store):
        with made(tmp_path, CHECK_UPLOAD_FROM) as file, pytest.raises(errors.BadAnswer):
            await FileUpload(context, store).send_file(ANN, file)
        assert (await row_of(store)).state is DeliveryState.FAILED
    assert (server.parts, server.sent) == ([], [])


async def test_a_message_that_cannot_be_built_fails_and_does_not_stay_pending(tmp_path: Path) -> None:
    server = Uploads()
    async with scripted(server, tmp_path) as (context, store):
        row = await write_row(context.ids, store, ANN, bodies.File("a.bin", 5))

        def build(session: Session, row: StoredMessage) -> Call[str]:
            return send.file(session, row.to_user_name, row.client_msg_id, "", name="a.bin", size=5)

        with pytest.raises(errors.UploadLost):
            await send_once(context, store, row, build, "a.bin")
        row = await row_of(store)
    assert (row.state, row.reason, server.sent) == (DeliveryState.FAILED, "UploadLost", [])


# ---------------------------------------------------------------- cancelling


def _working() -> set[threading.Thread]:
    """Threads of one piece of work; those of the loop's executor stay."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}


async def cancelled_at(
    reached: asyncio.Event, handler: Handler, tmp_path: Path, size: int, on_progress: Callable[[Progress], None]
) -> tuple[DeliveryState, list[Progress]]:
    """Start, wait for `reached`, cancel; the row's state and what was told afterwards."""
    late: list[Progress] = []
    over = False

    def tell(progress: Progress) -> None:
        on_progress(progress)
        if over:
            late.append(progress)

    async with scripted(handler, tmp_path) as (context, store):
        file = made(tmp_path, size)
        threads = _working()
        with file:
            task = asyncio.create_task(FileUpload(context, store).send_file(ANN, file, tell))
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            over = True
        # What a thread still had under way comes now.
        await until(lambda: not _working() - threads)
        await idle(store)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        with pytest.raises(ValueError, match="closed"):
            file.check_unchanged()
        return (await row_of(store)).state, late


async def test_cancel_while_hashing(tmp_path: Path) -> None:
    reached, server = asyncio.Event(), Uploads()

    def on_progress(progress: Progress) -> None:
        reached.set()

    state, late = await cancelled_at(reached, server, tmp_path, 200 * MIB, on_progress)
    assert state is DeliveryState.CANCELLED
    assert server.names == []
    assert late == [], "a progress bar that was erased would come back"


async def test_cancel_while_uploading(tmp_path: Path) -> None:
    reached, server = asyncio.Event(), Uploads()

    async def handler(request: httpx.Request) -> httpx.Response:
        answer = server(request)
        if len(server.parts) == 2:
            reached.set()
            await asyncio.Event().wait()
        return answer

    state, late = await cancelled_at(reached, handler, tmp_path, 3 * PART_SIZE, lambda progress: None)
    assert state is DeliveryState.CANCELLED
    assert server.names == ["webwxuploadmedia"] * 2
    assert late == []


async def test_cancel_while_waiting_for_the_network(tmp_path: Path) -> None:
    reached, server = asyncio.Event(), Uploads(["", *["drop"] * 9])

    def on_progress(progress: Progress) -> None:
        if progress.state is UploadState.WAITING:
            reached.set()

    state, late = await cancelled_at(reached, server, tmp_path, 2 * PART_SIZE, on_progress)
    assert state is DeliveryState.CANCELLED
    assert server.names == ["webwxuploadmedia"] * 2
    assert late == []


async def test_cancel_when_the_message_has_left_is_unknown(tmp_path: Path) -> None:
    reached, server = asyncio.Event(), Uploads()

    async def handler(request: httpx.Request) -> httpx.Response:
        answer = server(request)
        if server.sent:
            reached.set()
            await asyncio.Event().wait()
        return answer

    state, _ = await cancelled_at(reached, handler, tmp_path, 1000, lambda progress: None)
    assert state is DeliveryState.UNKNOWN


# ---------------------------------------------------------------- memory


async def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    """64 MiB over a socket; everything that Python allocates, the server's side included, stays within 4 MiB."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = re.search(rb"(?i)content-length: (\d+)", head)
                left = int(found[1]) if found else 0
                while left:
                    data = await reader.read(min(left, 65536))
                    if not data:
                        return
                    left -= len(data)
                body = b'{"BaseResponse": {"Ret": 0}, "MediaId": "m", "MsgID": "9"}'
                if b"webwxcheckupload" in head:
                    body = b'{"BaseResponse": {"Ret": 0}, "MediaId": "", "AESKey": "k", "Signature": "s"}'
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        real = httpx.AsyncHTTPTransport(verify=False)
        async with scripted(unused, tmp_path, at(origin), real) as (context, store):
            file_upload = FileUpload(context, store)
            with made(tmp_path, PART_SIZE + 1, "first.bin") as file:
                await file_upload.send_file(ANN, file)
            with made(tmp_path, 64 * MIB) as file:
                gc.collect()
                tracemalloc.start()
                try:
                    sent = await file_upload.send_file(ANN, file)
                    _, peak = tracemalloc.get_traced_memory()
                finally:
                    tracemalloc.stop()
    assert sent.state is DeliveryState.SENT
    assert peak < 4 * MIB
