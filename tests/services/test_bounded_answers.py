"""Answers that no client may take in whole: too large, packed, endless, too slow, too deep; over real sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
import subprocess
import sys
import threading
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.raw_server import Serve, late, plain_call, raw_server
from tests.support.scripted_session import ANN, ORIGIN, SESSION, PlainIds, limit, said, scripted
from tests.support.waiting import until
from tui import errors
from tui.services.contacts.directory import Directory
from tui.services.http.httpx_import import httpx
from tui.services.http.limits import LIMITS
from tui.services.http.transport import Transport
from tui.services.sync.sync_loop import SyncLoop
from tui.store.delivery_state import DeliveryState
from tui.wire import bodies
from tui.wire.call import Answer, Call, Pace, Request
from tui.wire.contacts import ContactKind
from tui.wire.people import contact_calls

HOSTILE = ("oversized", "bomb", "endless", "trickle", "nested")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What trickles is given up at once."""
    for pace in Pace:
        limit(monkeypatch, pace, 0.5)


# ---------------------------------------------------------------- every call


@pytest.mark.parametrize("fault", HOSTILE)
async def test_a_send_whose_answer_is_none_is_unknown_and_the_next_goes_on(fault: str, soon: None) -> None:
    async with run_sandbox() as control, client_of(control) as client:
        ann = await client.directory.resolve("李四")
        await control.fault("webwxsendmsg", fault, 0.05 if fault == "trickle" else 0)
        with pytest.raises(errors.DeliveryUnknown):
            await client.chat.send_text(ann, "first")
        assert (await client.chat.send_text(ann, "second")).state is DeliveryState.SENT
        conversation = await client.store.conversation_for(ann.user_name)
        rows = await client.store.messages_before(conversation.id, None, 9)
        assert [row.state for row in rows] == [DeliveryState.UNKNOWN, DeliveryState.SENT]
        assert len(await control.get("sent")) == 2, "and nothing was sent twice"


@pytest.mark.parametrize("fault", HOSTILE)
async def test_the_sync_loop_says_trouble_backs_off_and_goes_on(fault: str, soon: None) -> None:
    async with run_sandbox(poll_seconds=0.2) as control, client_of(control) as client:
        await SyncLoop(client.context, client.store, client.directory).drain()
        before = await client.store.keys()
        troubles: list[tuple[str, float]] = []
        recovered: list[bool] = []
        sync = SyncLoop(
            client.context,
            client.store,
            client.directory,
            lambda error, seconds: troubles.append((error.code, seconds)),
            lambda: recovered.append(True),
        )
        await control.fault("webwxsync", fault, 0.05 if fault == "trickle" else 0, times=2)
        await control.post("push", type="text", content="news", **{"from": "李四"})
        task = asyncio.create_task(sync.run())
        try:
            await until(lambda: len(troubles) == 1)
            assert troubles[0][0] == ("TimedOut" if fault == "trickle" else "BadAnswer")
            assert await client.store.keys() == before, "an answer that is none moves no key"
            await until(lambda: recovered)
            ann = await client.store.conversation_for((await client.directory.resolve("李四")).user_name)
            rows = await client.store.messages_before(ann.id, None, 99)
            assert [row.body for row in rows].count(bodies.Text("news")) == 1
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert len(troubles) == 2
        assert 0 < troubles[0][1] <= troubles[1][1]


@pytest.mark.parametrize("call", ["jslogin", "login", "webwxnewloginpage", "webwxinit", "webwxgetcontact", "synccheck"])
@pytest.mark.parametrize("fault", ["oversized", "bomb", "trickle", "nested"])
async def test_every_call_of_a_login_survives_it(call: str, fault: str, soon: None) -> None:
    """With one of ours, or without anything where the poll is asked again."""
    async with run_sandbox(poll_seconds=0.2) as control:
        await control.fault(call, fault, 0.05 if fault == "trickle" else 0)
        with suppress(errors.WxtuiError):
            async with client_of(control) as client:
                sync = asyncio.create_task(SyncLoop(client.context, client.store, client.directory).run())

                async def is_checked_again() -> bool:
                    return sync.done() or (await control.calls()).get("synccheck", 0) >= 2

                await until(is_checked_again)
                assert not sync.done()
                sync.cancel()
        async with client_of(control) as client:
            await client.check()


# ---------------------------------------------------------------- sizes


def chunked(*pieces: bytes, headers: bytes = b"", endless: bool = False) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + headers + b"\r\n")
        while True:
            for piece in pieces:
                writer.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
                await writer.drain()
            if not endless:
                break
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    return serve


@pytest.mark.parametrize("pace", [Pace.CALL, Pace.LONG_POLL, Pace.UPLOAD])
async def test_the_limit_counts_to_the_byte(pace: Pace) -> None:
    most = LIMITS[pace].answer
    async with raw_server(chunked(b"x" * most)) as origin, Transport(origin, PlainIds()) as transport:
        assert len((await transport.run(plain_call(origin, pace=pace))).body) == most
    async with raw_server(chunked(b"x" * most, b"y")) as origin, Transport(origin, PlainIds()) as transport:
        with pytest.raises(errors.BadAnswer, match="it is larger than"):
            await transport.run(plain_call(origin, pace=pace))


async def test_an_endless_page_is_a_page() -> None:
    async with (
        raw_server(chunked(b"<html>" + b"x" * 60_000, endless=True)) as origin,
        Transport(origin, PlainIds()) as transport,
    ):
        with pytest.raises(errors.BadAnswer, match="it is a web page"):
            await transport.run(plain_call(origin))


TEXT = json.dumps({"text": "好" * 40_000}).encode()
RAW = zlib.compressobj(9, zlib.DEFLATED, -15)
PACKED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT) + b"and more",
    "deflate": zlib.compress(TEXT),
    "Deflate": RAW.compress(TEXT) + RAW.flush(),
    "identity": TEXT,
}


@pytest.mark.parametrize("encoding", PACKED)
async def test_what_was_asked_for_is_unpacked(encoding: str) -> None:
    body, headers = PACKED[encoding], f"Content-Encoding: {encoding}\r\n".encode()
    pieces = [body[start : start + 7] for start in range(0, len(body), 7)][:3000]
    pieces = pieces if sum(map(len, pieces)) == len(body) else [body]
    async with raw_server(chunked(*pieces, headers=headers)) as origin, Transport(origin, PlainIds()) as transport:
        assert (await transport.run(plain_call(origin))).body == TEXT


@pytest.mark.parametrize(
    ("encoding", "body", "why"),
    [
        ("br", b"x", "compressed in a way that was not requested"),
        ("zstd", b"x", "compressed in a way that was not requested"),
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT)), "compressed in a way that was not requested"),
        ("gzip", TEXT, "it cannot be decompressed"),
        ("deflate", b"\xff" * 99, "it cannot be decompressed"),
        ("gzip", gzip.compress(TEXT)[:-20], "it is incomplete"),
    ],
    ids=["br", "zstd", "twice", "not gzip", "not deflate", "half"],
)
async def test_what_cannot_be_unpacked_has_a_sentence(encoding: str, body: bytes, why: str) -> None:
    headers = f"Content-Encoding: {encoding}\r\n".encode()
    async with raw_server(chunked(body, headers=headers)) as origin, Transport(origin, PlainIds()) as transport:
        with pytest.raises(errors.BadAnswer, match=why):
            await transport.run(plain_call(origin))


async def test_no_answer_asks_for_what_only_others_unpack() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["accept-encoding"])
        return said()

    async with Transport(ORIGIN, PlainIds(), network=httpx.MockTransport(handler)) as transport:
        await transport.run(plain_call())
    assert asked == ["gzip, deflate"]


@pytest.mark.parametrize("more", [b"X: y\r\n", b"Set-Cookie: a=b\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_headers_without_end_are_given_up(more: bytes, soon: None) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"" if more.startswith(b"HTTP") else b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(more * 1000)
            await writer.drain()

    async with raw_server(serve) as origin, Transport(origin, PlainIds()) as transport:
        with pytest.raises(errors.NetworkError):
            await transport.run(plain_call(origin))


# ---------------------------------------------------------------- the event loop's turn


@asynccontextmanager
async def turns() -> AsyncIterator[list[int]]:
    """How often the event loop came round so far, in a list of one."""
    count = [0]

    async def tick() -> None:
        while True:
            count[0] += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    try:
        yield count
    finally:
        ticking.cancel()


def at_once(answer: bytes) -> Serve:
    """One write, so that all of it lies in the socket when the client looks."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
                await writer.drain()

    return serve


async def test_a_body_in_chunks_of_one_byte_leaves_the_event_loop_its_turns() -> None:
    """Ten thousand lie in one read of 64 KiB: gone through without a rest they held it up for a second."""
    chunks = b"1\r\n \r\n" * 20_000 + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with (
        raw_server(at_once(head + chunks)) as origin,
        Transport(origin, PlainIds()) as transport,
        turns() as count,
    ):
        assert (await transport.run(plain_call(origin))).body == b" " * 20_000
        assert count[0] > 20_000 / 100


async def test_a_packed_body_that_opens_to_nothing_leaves_the_event_loop_its_turns() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(b"{") + packer.flush(zlib.Z_FULL_FLUSH) + b"\0\0\0\xff\xff" * 2000 + packer.flush()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in packed) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with (
        raw_server(at_once(head + chunks)) as origin,
        Transport(origin, PlainIds()) as transport,
        turns() as count,
    ):
        assert (await transport.run(plain_call(origin))).body == b"{"
        assert count[0] > 10_000 / 100


async def test_a_flood_of_continues_leaves_the_event_loop_its_turns() -> None:
    flood = b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with (
        raw_server(at_once(flood + answer)) as origin,
        Transport(origin, PlainIds()) as transport,
        turns() as count,
    ):
        assert (await transport.run(plain_call(origin))).body == b"ok"
        assert count[0] > len(flood) / 5000


@pytest.mark.parametrize("flood", [b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000, b""])
async def test_an_upload_that_is_answered_in_thousands_of_pieces_leaves_the_event_loop_its_turns(flood: bytes) -> None:
    chunks = b"" if flood else b"1\r\n \r\n" * 20_000
    answer = flood + b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"2\r\nok\r\n0\r\n\r\n"

    async def body() -> AsyncIterator[bytes]:
        yield b""

    async with raw_server(at_once(answer)) as origin, Transport(origin, PlainIds()) as transport, turns() as count:
        request = Request("POST", f"{origin}/upload", headers=(("Content-Length", "0"),), pace=Pace.UPLOAD)
        assert (await transport.send("upload", request, body())).body.strip() == b"ok"
        assert count[0] > 20_000 / 200


@pytest.mark.parametrize(("size", "beside"), [(1000, False), (100_000, True)])
async def test_a_large_answer_is_read_beside_the_event_loop(size: int, beside: bool) -> None:
    """XML of 1 MB takes more than a tenth of a second, and an answer may have six of them."""

    def read(answer: Answer) -> bool:
        return threading.current_thread() is not threading.main_thread()

    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    async with raw_server(at_once(answer)) as origin, Transport(origin, PlainIds()) as transport:
        assert await transport.run(Call("webwxthing", plain_call(origin).request, read)) is beside


async def test_what_follows_an_answer_is_not_taken_for_the_next_one() -> None:
    """A wrong Content-Length, or two answers to one request: the next call heard that its message had arrived."""
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        with suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                asked += 1
                answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % asked
                writer.write(answer + (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nX" if asked == 1 else b""))
                await writer.drain()

    async with raw_server(serve) as origin, Transport(origin, PlainIds()) as transport:
        assert [(await transport.run(plain_call(origin))).body for _ in range(2)] == [b"1", b"2"]


# ---------------------------------------------------------------- time


async def test_a_body_that_keeps_moving_is_only_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the time of the call, at a rate that is allowed."""
    monkeypatch.setitem(LIMITS, Pace.LIST, replace(LIMITS[Pace.LIST], whole=0.2, rate=100))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n")
        for _ in range(20):
            writer.write(b"x" * 20)
            await late(0.05)

    async with raw_server(serve) as origin, Transport(origin, PlainIds()) as transport:
        assert len((await transport.run(plain_call(origin, pace=Pace.LIST))).body) == 400


@pytest.mark.parametrize("answers", [True, False])
async def test_an_upload_that_keeps_moving_is_only_slow_and_its_answer_must_come(
    answers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, Pace.UPLOAD, replace(LIMITS[Pace.UPLOAD], whole=0.3, rate=100))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(200)
        if not answers:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while True:
                writer.write(b" ")
                await writer.drain()
                await late(0.05)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()

    async def body() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 10
            await late(0.05)

    async with raw_server(serve) as origin, Transport(origin, PlainIds()) as transport:
        headers = (("Content-Length", "200"),)
        request = Request("POST", f"{origin}/upload", headers=headers, pace=Pace.UPLOAD)
        if answers:
            assert (await transport.send("upload", request, body())).body == b"ok"
        else:
            with pytest.raises(errors.TimedOut):
                await transport.send("upload", request, body())


async def test_a_download_that_trickles_comes_to_its_end(soon: None) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await late(0.05)

    async with raw_server(serve) as origin, Transport(origin, PlainIds()) as transport:
        request = Request("GET", f"{origin}/file", pace=Pace.MEDIA)
        with pytest.raises(errors.TimedOut):
            async with transport.stream("webwxgetmedia", request) as stream:
                async for _ in stream.pieces():
                    pass


def test_every_kind_of_call_has_a_limit_for_the_whole_of_it() -> None:
    assert set(LIMITS) == set(Pace)
    for pace, limits in LIMITS.items():
        assert 0 < limits.whole <= 300
        assert limits.answer <= 12 * 1024 * 1024
        # As long as it may take in all, should a server send just enough to be waited for.
        assert limits.whole + limits.answer / limits.rate < 2000, pace


# ---------------------------------------------------------------- the largest account


CGI = "/cgi-bin/mmwebwx-bin"


def contact(number: int, prefix: str = "@") -> dict[str, Any]:
    """As long as the real server's entries are."""
    return {
        "Uin": 0,
        "UserName": f"{prefix}{number:064x}",
        "NickName": f"联系人 {number} 😀",
        "HeadImgUrl": f"{CGI}/webwxgeticon?seq={number:09}&username={prefix}{number:064x}&skey={'s' * 36}",
        "ContactFlag": 3, "MemberCount": 0, "MemberList": [], "RemarkName": f"备注 {number}", "HideInputBarFlag": 0,
        "Sex": 1, "Signature": "一二三四五六七八九十" * 2, "VerifyFlag": 0, "OwnerUin": 0, "PYInitial": "LXR1",
        "PYQuanPin": "lianxiren1", "RemarkPYInitial": "BZ1", "RemarkPYQuanPin": "beizhu1", "StarFriend": 0,
        "AppAccountFlag": 0, "Statues": 0, "AttrStatus": 233509, "Province": "广东", "City": "深圳", "Alias": "",
        "SnsFlag": 17, "UniFriend": 0, "DisplayName": "", "ChatRoomId": 0, "KeyWord": "", "EncryChatRoomId": "",
        "IsOwner": 0,
    }  # fmt: skip


def member(number: int) -> dict[str, Any]:
    return {
        "Uin": 0, "UserName": f"@{number:064x}", "NickName": f"群成员 {number} 😀", "AttrStatus": 4133,
        "PYInitial": "", "PYQuanPin": "", "RemarkPYInitial": "", "RemarkPYQuanPin": "", "MemberStatus": 0,
        "DisplayName": f"群名片 {number}", "KeyWord": "",
    }  # fmt: skip


async def test_an_account_of_ten_thousand_contacts_and_five_hundred_large_groups(tmp_path: Path) -> None:
    """All contacts on one page, and five hundred members in each of the fifty groups that one call asks for."""
    page = json.dumps(
        {
            "BaseResponse": {"Ret": 0, "ErrMsg": ""},
            "MemberCount": 10_000,
            "MemberList": [contact(number, "@@" if number < 500 else "@") for number in range(10_000)],
            "Seq": 0,
        },
        ensure_ascii=False,
    ).encode()
    members = [member(number) for number in range(500)]
    batch = json.dumps(
        {
            "BaseResponse": {"Ret": 0},
            "ContactList": [
                contact(number, "@@") | {"MemberList": members, "MemberCount": 500} for number in range(50)
            ],
        },
        ensure_ascii=False,
    ).encode()
    assert len(page) > 8_000_000
    assert len(batch) > 7_000_000

    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=page if request.url.path.endswith("webwxgetcontact") else batch)

    async with scripted(handler, tmp_path) as (context, _):
        listed = list((await context.transport.run(contact_calls.get_contacts(SESSION, 0, now_ms=1))).contacts)
        assert (len(listed), listed[-1].remark_name) == (10_000, "备注 9999")
        names = tuple(one.user_name for one in listed[:50])
        groups = list(await context.transport.run(contact_calls.batch_get(SESSION, names, now_ms=1)))
        assert [len(group.members) for group in groups] == [500] * 50


async def test_a_list_that_goes_on_for_ever_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.services.contacts.contact_loading.MAX_CONTACTS", 300)
    pages = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal pages
        pages += 1
        people = [{"UserName": f"@{pages}-{number}", "NickName": "x"} for number in range(100)]
        return said({"MemberList": people, "MemberCount": 100, "Seq": pages})

    async with scripted(handler, tmp_path) as (context, store):
        await Directory(context, store).refresh()
        people = {one.user_name for one in await store.contacts(ContactKind.PERSON)}
        assert (pages, len(people)) == (3, 301)
        assert ANN.user_name in people, "a list that broke off says of nobody that he is gone"


# ---------------------------------------------------------------- memory

PROGRAM = (sys.executable, "-m", "tests.support.hostile_reader")
ALLOWED = 64 * 1024
"""KiB above what the program holds when it is idle."""


# Read from /proc (VmHWM).
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how large a process ever was")
def test_no_hostile_answer_takes_more_memory_than_is_allowed() -> None:
    """In a process of its own, by the kernel's count of its largest size."""
    ended = subprocess.run(PROGRAM, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    grown = {name: int(size) for name, size in (line.split() for line in ended.stdout.splitlines())}
    assert len(grown) == 9
    assert max(grown.values()) <= ALLOWED, grown
