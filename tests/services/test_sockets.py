"""Uploads on real sockets: every byte arrives, every fault has its name, and no connection is left behind."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import random
import socket
import ssl
import threading
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from h11 import LocalProtocolError

from tests.support.raw_server import late
from tests.support.waiting import idle
from tui import errors
from tui.paths import find_profile
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import SandboxOptions
from tui.services.client.authenticate import log_in
from tui.services.client.client import Client
from tui.services.http import connections
from tui.services.http import transport as transport_module
from tui.services.http.connections import ConnectionPools
from tui.services.http.environment import ProxyRoutes
from tui.services.http.httpx_import import httpx
from tui.services.http.sockets import SocketStream
from tui.services.http.transport import StoredCookie, Transport
from tui.services.session.login_options import LoginOptions
from tui.services.uploads.outgoing_file import open_file
from tui.services.uploads.upload_state import Progress, UploadState
from tui.services.util.ids import Ids
from tui.wire.call import Pace, Request
from tui.wire.names import PART_SIZE, Endpoint

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MIB = 1024 * 1024
HUGE = 64 * MIB
"""More than the sockets of both sides hold."""


# ---------------------------------------------------------------- the two sides


@dataclass
class Came:
    """One request as the server saw it; `connection` counts from 0."""

    connection: int
    head: str
    body: bytes


@dataclass
class Line:
    """The server's side of one connection."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def head(self) -> str:
        return (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")

    async def request(self) -> Came:
        head = await self.head()
        headers = dict(line.lower().split(": ", 1) for line in head.strip().split("\r\n")[1:])
        if "content-length" in headers:
            return Came(self.number, head, await self.reader.readexactly(int(headers["content-length"])))
        body = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readexactly(2)
        return Came(self.number, head, body)


@dataclass
class Raw:
    """A server that does what a test says; `gone` counts the connections that have ended."""

    serve: Callable[[Line], Awaitable[None]]
    origin: str = ""
    opened: int = 0
    gone: int = 0
    _change: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(self.opened, reader, writer)
        self.opened += 1
        try:
            await self.serve(line)
        except (OSError, asyncio.IncompleteReadError):
            # The client has hung up.
            pass
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            async with self._change:
                self.gone += 1
                self._change.notify_all()

    async def until_gone(self, count: int) -> None:
        async with asyncio.timeout(10), self._change:
            await self._change.wait_for(lambda: self.gone >= count)


@asynccontextmanager
async def raw(serve: Callable[[Line], Awaitable[None]], tls: ssl.SSLContext | None = None) -> AsyncIterator[Raw]:
    made = Raw(serve)
    server = await asyncio.start_server(made.accept, "127.0.0.1", 0, ssl=tls, ssl_shutdown_timeout=0.5 if tls else None)
    made.origin = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made
        await made.until_gone(made.opened)


def answering(*answers: bytes) -> Callable[[Line], Awaitable[None]]:
    """Each request of a connection gets the next answer; then the connection is closed."""

    async def serve(line: Line) -> None:
        for answer in answers:
            await line.request()
            line.writer.write(answer)
            await line.writer.drain()

    return serve


@dataclass
class Recorder:
    """Takes requests for as long as they come, and keeps them."""

    came: list[Came] = field(default_factory=list)

    async def __call__(self, line: Line) -> None:
        while True:
            self.came.append(await line.request())
            line.writer.write(OK)


async def stream(pieces: Iterable[bytes | memoryview]) -> AsyncIterator[Any]:
    for piece in pieces:
        yield piece


def client(pools: ConnectionPools, timeout: httpx.Timeout | float = 20) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=pools, timeout=timeout)


def trusting(tls: ssl.SSLContext) -> ConnectionPools:
    return ConnectionPools(tls, ProxyRoutes())


def plain() -> ConnectionPools:
    return trusting(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def root(error: BaseException) -> BaseException:
    """The first cause of an error."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


async def post(http: httpx.AsyncClient, origin: str, *pieces: bytes | memoryview) -> httpx.Response:
    length = {"Content-Length": str(sum(map(len, pieces)))}
    return await http.post(f"{origin}/upload?f=json&x=a%2Bb", headers=length, content=stream(pieces))


@dataclass(frozen=True)
class Certificate:
    authority: Path
    chain: Path
    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    server, known = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    issued.configure_cert(server)
    authority.configure_trust(known)
    made = Certificate(tmp_path / "ca.pem", tmp_path / "server.pem", server, known)
    authority.cert_pem.write_to_path(made.authority)
    issued.private_key_and_cert_chain_pem.write_to_path(made.chain)
    return made


@pytest.fixture(params=["plain", "tls"])
def ends(
    request: pytest.FixtureRequest, certificate: Certificate
) -> tuple[ssl.SSLContext | None, Callable[[], ConnectionPools]]:
    """What a server needs, and how pools of connections to it are made; without TLS and with it."""
    if request.param == "plain":
        return None, plain
    return certificate.server, lambda: trusting(certificate.client)


Ends = tuple[ssl.SSLContext | None, Callable[[], ConnectionPools]]


# ---------------------------------------------------------------- requests


async def test_the_request_is_what_httpx_asked_for(ends: Ends) -> None:
    tls, make = ends
    recorder = Recorder()
    async with raw(recorder, tls) as server, client(make()) as http:
        http.cookies.set("wxsid", "a+/=")
        answer = await post(http, server.origin, b"head", memoryview(b"middle"), b"", b"tail")
    assert (answer.status_code, answer.text, answer.http_version) == (200, "ok", "HTTP/1.1")
    (came,) = recorder.came
    assert came.head.startswith("POST /upload?f=json&x=a%2Bb HTTP/1.1\r\n")
    assert f"Host: {server.origin.partition('//')[2]}\r\n" in came.head
    assert "Cookie: wxsid=a+/=\r\n" in came.head
    assert "upload-encoding" not in came.head.lower()
    assert came.body == b"headmiddletail"


async def test_a_body_of_unknown_length_is_chunked() -> None:
    recorder = Recorder()
    async with raw(recorder) as server, client(plain()) as http:
        await http.post(server.origin, content=stream([b"a" * 1000, b"b" * 300_000]))
    (came,) = recorder.came
    assert came.body == b"a" * 1000 + b"b" * 300_000


@pytest.mark.parametrize("declared", [3, 5])
async def test_a_body_that_is_not_as_long_as_it_says_is_never_taken_for_whole(declared: int) -> None:
    async with raw(Recorder()) as server, client(plain()) as http:
        with pytest.raises(LocalProtocolError):
            await http.post(server.origin, headers={"Content-Length": str(declared)}, content=stream([b"four"]))
        await server.until_gone(1)


@pytest.mark.parametrize("size", [16 * 1024, PART_SIZE, 3 * MIB])
async def test_a_sender_may_fill_its_buffer_anew_as_soon_as_it_is_asked_for_more(ends: Ends, size: int) -> None:
    """The server reads late and little by little, so that what was sent lies about in every buffer there is."""
    tls, make = ends
    expected, got = hashlib.sha256(), hashlib.sha256()
    count = 16 * MIB // size

    async def serve(line: Line) -> None:
        await line.head()
        await late(0.05)
        left = count * size
        while left:
            piece = await line.reader.read(min(left, 100_000))
            got.update(piece)
            left -= len(piece)
        line.writer.write(OK)

    async def pieces() -> AsyncIterator[Any]:
        buffer, noise = bytearray(size), random.Random(size)
        for _ in range(count):
            buffer[:] = noise.randbytes(size)
            expected.update(buffer)
            yield memoryview(buffer)
            buffer[:] = bytes(size)

    async with raw(serve, tls) as server, client(make()) as http:
        answer = await http.post(server.origin, headers={"Content-Length": str(count * size)}, content=pieces())
    assert answer.status_code == 200
    assert got.digest() == expected.digest()


async def test_pieces_are_asked_for_only_as_the_server_takes_them(ends: Ends) -> None:
    """What a stalled server leaves untaken is never in memory, nor counted as sent."""
    tls, make = ends
    asked, stalled = 0, asyncio.Event()

    async def serve(line: Line) -> None:
        await line.head()
        await stalled.wait()

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal asked
        for _ in range(HUGE // PART_SIZE):
            asked += 1
            yield bytes(PART_SIZE)

    async with raw(serve, tls) as server, client(make(), httpx.Timeout(5, write=0.3)) as http:
        with pytest.raises(httpx.WriteTimeout):
            await http.post(server.origin, headers={"Content-Length": str(HUGE)}, content=pieces())
        # Two sockets' buffers of the kernel's choice, and a little more.
        assert asked < 40
        stalled.set()


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", b"old"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
    ids=["chunked", "until the end", "HTTP/1.0", "1xx", "204"],
)
async def test_every_form_of_an_answer_is_read(ends: Ends, answer: bytes, body: bytes) -> None:
    tls, make = ends
    async with raw(answering(answer), tls) as server, client(make()) as http:
        assert (await post(http, server.origin, b"x")).content == body


async def test_an_answer_in_single_bytes_is_read() -> None:
    async def serve(line: Line) -> None:
        await line.request()
        for at in range(len(OK)):
            line.writer.write(OK[at : at + 1])
            await line.writer.drain()
            await asyncio.sleep(0)

    async with raw(serve) as server, client(plain()) as http:
        assert (await post(http, server.origin, b"x")).text == "ok"


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", httpx.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2 * MIB, httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", httpx.DecodingError),
    ],
    ids=["none", "half a head", "half a body", "half a chunk", "garbage", "endless head", "not gzip"],
)
async def test_what_is_no_answer_is_a_fault(ends: Ends, answer: bytes, fault: type[Exception]) -> None:
    tls, make = ends
    async with raw(answering(answer), tls) as server, client(make()) as http:
        with pytest.raises(fault):
            await post(http, server.origin, b"x")


async def test_a_reset_is_a_fault_that_names_its_cause() -> None:
    async def serve(line: Line) -> None:
        await line.request()
        # Closing with something unread, or with no time to linger, is a reset.
        line.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.writer.transport.abort()

    async with raw(serve) as server, client(plain()) as http:
        with pytest.raises(httpx.ReadError) as caught:
            await post(http, server.origin, b"x")
    assert isinstance(root(caught.value), ConnectionResetError)


async def test_a_reset_while_sending_is_a_fault(ends: Ends) -> None:
    tls, make = ends

    async def serve(line: Line) -> None:
        await line.head()
        line.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        line.writer.transport.abort()

    async with raw(serve, tls) as server, client(make()) as http:
        with pytest.raises(httpx.TransportError):
            await post(http, server.origin, *[bytes(MIB)] * 64)


@pytest.mark.parametrize("closes", [True, False])
async def test_an_early_answer_ends_the_sending(ends: Ends, closes: bool) -> None:
    """A server that will not have the file says so at once, and reads no more of it."""
    tls, make = ends
    answered, done, taken = asyncio.Event(), asyncio.Event(), 0

    async def serve(line: Line) -> None:
        await line.head()
        line.writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno\n")
        await line.writer.drain()
        answered.set()
        if not closes:
            await done.wait()
        line.writer.transport.abort()

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal taken
        yield b"first"
        await answered.wait()
        for _ in range(HUGE // MIB):
            taken += 1
            yield bytes(MIB)

    async with raw(serve, tls) as server, client(make()) as http:
        answer = await http.post(server.origin, headers={"Content-Length": str(HUGE + 5)}, content=pieces())
        done.set()
        assert (answer.status_code, answer.text) == (413, "no\n")
        assert taken < 3
        await server.until_gone(1)


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"]
)
async def test_an_answer_that_only_announces_one_does_not_end_the_sending(ends: Ends, interim: bytes) -> None:
    tls, make = ends
    announced, recorder = asyncio.Event(), Recorder()

    async def serve(line: Line) -> None:
        line.writer.write(interim[:9])
        await line.writer.drain()
        line.writer.write(interim[9:])
        await line.writer.drain()
        announced.set()
        await recorder(line)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"a" * 100_000
        await announced.wait()
        for _ in range(20):
            yield b"b" * 100_000

    async with raw(serve, tls) as server, client(make()) as http:
        answer = await http.post(server.origin, headers={"Content-Length": "2100000"}, content=pieces())
    assert (answer.status_code, answer.text) == (200, "ok")
    assert recorder.came[0].body == b"a" * 100_000 + b"b" * 2_000_000


async def test_an_early_answer_is_not_lost_in_the_reset_that_follows_it(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hanging up on an unread body resets the connection; a write may find that before the answer is read."""
    tls, make = ends
    begun, gone = threading.Event(), threading.Event()

    def serve() -> None:
        accepted = listener.accept()[0]
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with tls.wrap_socket(accepted, server_side=True) if tls else accepted as line:
            line.recv(10)
            begun.wait(10)
            line.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nno\n")
        gone.set()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        yield bytes(100_000)
        # The loop stands still: what happens now happened between its last look and this piece.
        begun.set()
        gone.wait(10)
        yield b"more"
        await late(0.05)
        yield b"and more"

    monkeypatch.setattr(SocketStream, "_answered", lambda self: False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(asyncio.to_thread(serve))
        origin = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        async with client(make()) as http:
            answer = await http.post(origin, headers={"Content-Length": str(HUGE)}, content=pieces())
        await serving
    assert (answer.status_code, answer.text) == (413, "no\n")


# ---------------------------------------------------------------- time


async def test_a_server_that_does_not_answer_in_time(ends: Ends) -> None:
    tls, make = ends
    done = asyncio.Event()

    async def serve(line: Line) -> None:
        await line.request()
        line.writer.write(OK[:10])
        await done.wait()

    async with raw(serve, tls) as server, client(make(), httpx.Timeout(5, read=0.1)) as http:
        with pytest.raises(httpx.ReadTimeout):
            await post(http, server.origin, b"x")
        done.set()
        await server.until_gone(1)


async def test_a_tls_server_that_does_not_shake_hands_in_time(certificate: Certificate) -> None:
    async def serve(line: Line) -> None:
        await line.reader.read()

    async with raw(serve) as server, client(trusting(certificate.client), httpx.Timeout(5, connect=0.1)) as http:
        with pytest.raises(httpx.ConnectTimeout):
            await post(http, server.origin.replace("http:", "https:"), b"x")


async def test_without_limits_there_is_no_hurry() -> None:
    async with raw(Recorder()) as server:
        pools = plain()
        request = httpx.Request("POST", server.origin, content=stream([b"x"]))
        assert (await pools.handle_async_request(request)).status_code == 200
        await pools.aclose()


# ---------------------------------------------------------------- keeping connections


async def test_parts_share_a_connection(ends: Ends) -> None:
    tls, make = ends
    recorder = Recorder()
    async with raw(recorder, tls) as server, client(make()) as http:
        for part in (b"1", b"2", b"3"):
            await post(http, server.origin, part)
    assert [(came.connection, came.body) for came in recorder.came] == [(0, b"1"), (0, b"2"), (0, b"3")]


@pytest.mark.parametrize(
    ("answer", "at_once"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", True),
        (OK + b"HTTP/1.1 200 OK\r\n", False),
    ],
    ids=["Connection: close", "HTTP/1.0", "more than was asked for"],
)
async def test_a_connection_that_is_not_to_be_kept_is_closed(ends: Ends, answer: bytes, at_once: bool) -> None:
    tls, make = ends

    async def serve(line: Line) -> None:
        await line.request()
        line.writer.write(answer)
        assert await line.reader.read() == b""

    async with raw(serve, tls) as server, client(make()) as http:
        for number in (1, 2):
            assert (await post(http, server.origin, b"x")).text == "ok"
            await server.until_gone(number if at_once else number - 1)
        assert server.opened == 2


async def test_more_than_the_answer_behind_the_end_of_a_read_is_not_taken_for_the_next_answer(ends: Ends) -> None:
    tls, make = ends
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\nX-Fill: "
    answer = head + b"x" * (4096 - len(head) - 4 - 4000) + b"\r\n\r\n" + bytes(4000)

    async def serve(line: Line) -> None:
        while True:
            await line.request()
            line.writer.write(answer + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale" if not line.number else OK)

    async with raw(serve, tls) as server, client(make()) as http:
        assert (await post(http, server.origin, b"x")).content == bytes(4000)
        assert (await post(http, server.origin, b"x")).text == "ok"


@pytest.mark.parametrize("farewell", [b"", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"])
async def test_a_connection_that_ended_meanwhile_is_replaced(ends: Ends, farewell: bytes) -> None:
    tls, make = ends

    async def serve(line: Line) -> None:
        await line.request()
        line.writer.write(OK)
        await line.writer.drain()
        await late(0.02)
        line.writer.write(farewell)

    async with raw(serve, tls) as server, client(make()) as http:
        for _ in range(2):
            assert (await post(http, server.origin, b"x")).status_code == 200
            # The farewell has to come to us; there is nothing to see it by.
            await asyncio.sleep(0.1)
        assert server.opened == 2


async def test_a_connection_that_ends_as_it_is_used_again_is_a_fault(ends: Ends) -> None:
    tls, make = ends

    async def serve(line: Line) -> None:
        await line.request()
        line.writer.write(OK)
        if not line.number:
            await line.head()
            return
        await line.request()
        line.writer.write(OK)

    async with raw(serve, tls) as server, client(make()) as http:
        await post(http, server.origin, b"x")
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)):
            await post(http, server.origin, b"x")
        assert (await post(http, server.origin, b"x")).status_code == 200
        assert server.opened == 2


async def test_uploads_at_the_same_time_have_connections_of_their_own_that_are_kept() -> None:
    together = asyncio.Barrier(3)
    bodies = set()

    async def serve(line: Line) -> None:
        bodies.add((await line.request()).body)
        await together.wait()
        line.writer.write(OK)
        await line.request()
        line.writer.write(OK)

    async with raw(serve) as server, client(plain()) as http:
        await asyncio.gather(*(post(http, server.origin, body) for body in (b"1", b"2", b"3")))
        await post(http, server.origin, b"4")
        assert server.opened == 3
    assert bodies == {b"1", b"2", b"3"}


async def test_a_connection_that_was_idle_for_too_long_is_replaced(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)
    tls, make = ends
    async with raw(Recorder(), tls) as server, client(make()) as http:
        for number in (1, 2):
            await post(http, server.origin, b"x")
            assert server.opened == number
        await server.until_gone(1)


async def test_origins_do_not_share_connections() -> None:
    first, second = Recorder(), Recorder()
    async with raw(first) as one, raw(second) as two, client(plain()) as http:
        for origin in (one.origin, two.origin, one.origin):
            await post(http, origin, b"x")
    assert (len(first.came), len(second.came)) == (2, 1)


async def test_closing_does_not_wait_for_a_server_that_says_no_goodbye(certificate: Certificate) -> None:
    released = asyncio.Event()

    async def serve(line: Line) -> None:
        await line.request()
        line.writer.write(OK)
        await line.writer.drain()
        line.writer.transport.pause_reading()
        await released.wait()
        line.writer.transport.abort()

    async with raw(serve, certificate.server) as server:
        async with asyncio.timeout(5), client(trusting(certificate.client)) as http:
            await post(http, server.origin, b"x")
        released.set()


async def test_closing_ends_what_is_under_way(ends: Ends) -> None:
    tls, make = ends
    reached = asyncio.Event()

    async def serve(line: Line) -> None:
        await line.request()
        reached.set()
        await line.reader.read()

    async with raw(serve, tls) as server:
        http = client(make())
        sending = asyncio.create_task(post(http, server.origin, b"x"))
        await reached.wait()
        await http.aclose()
        with pytest.raises(httpx.TransportError):
            await sending


async def test_closing_ends_a_body_that_is_being_written(ends: Ends) -> None:
    tls, make = ends
    reached, released = asyncio.Event(), asyncio.Event()

    async def serve(line: Line) -> None:
        await line.head()
        line.writer.transport.pause_reading()
        reached.set()
        await released.wait()
        line.writer.transport.abort()

    async with raw(serve, tls) as server:
        http = client(make())
        sending = asyncio.create_task(post(http, server.origin, bytes(HUGE)))
        await reached.wait()
        await idle()
        async with asyncio.timeout(5):
            await http.aclose()
            with pytest.raises(httpx.TransportError):
                await sending
        released.set()


async def test_whoever_gives_up_while_connecting_leaves_no_connection_behind(ends: Ends) -> None:
    tls, make = ends
    begun = 0
    async with raw(Recorder(), tls) as server, client(make()) as http:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            for turns in range(40):
                sending = asyncio.create_task(post(http, server.origin, b"x"))
                for _ in range(turns):
                    await asyncio.sleep(0)
                begun += not sending.done()
                sending.cancel()
                await asyncio.wait([sending])
                await idle()
            gc.collect()
        assert begun > 5, "some are stopped in the middle"
        assert [str(one.message) for one in warned] == []


@pytest.mark.parametrize("sent", [True, False], ids=["while the answer is waited for", "while the body is sent"])
async def test_a_cancelled_upload_hangs_up_at_once(ends: Ends, sent: bool) -> None:
    tls, make = ends
    reached = asyncio.Event()

    async def serve(line: Line) -> None:
        if line.number:
            return await answering(OK)(line)
        await (line.request() if sent else line.head())
        reached.set()
        await line.reader.read()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"
        if not sent:
            await asyncio.Event().wait()

    async with raw(serve, tls) as server, client(make()) as http:
        length = {"Content-Length": "1" if sent else "1000"}
        sending = asyncio.create_task(http.post(server.origin, headers=length, content=pieces()))
        await reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await server.until_gone(1)
        assert (await post(http, server.origin, b"again")).status_code == 200
        assert server.opened == 2


async def test_a_fault_of_the_sender_is_the_senders_own() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"
        raise errors.FileChanged(name="a")

    async with raw(Recorder()) as server, client(plain()) as http:
        with pytest.raises(errors.FileChanged):
            await http.post(server.origin, headers={"Content-Length": "9"}, content=pieces())
        await server.until_gone(1)


# ---------------------------------------------------------------- reaching the server


async def test_nobody_listening_is_a_fault_that_names_its_cause() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with client(plain()) as http:
        with pytest.raises(httpx.ConnectError) as caught:
            await post(http, f"http://127.0.0.1:{port}", b"x")
    assert isinstance(root(caught.value), ConnectionRefusedError)


async def test_a_certificate_counts_for_its_name_only() -> None:
    authority = trustme.CA()
    server_tls, known = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server_tls)
    authority.configure_trust(known)
    async with raw(Recorder(), server_tls) as server, client(trusting(known)) as http:
        assert (await post(http, server.origin.replace("127.0.0.1", "localhost"), b"x")).status_code == 200
        with pytest.raises(httpx.ConnectError, match="IP address mismatch"):
            await post(http, server.origin, b"x")


# ---------------------------------------------------------------- below the transport


def part(origin: str, body: bytes) -> tuple[str, Request]:
    headers = (("Content-Length", str(len(body))),)
    return "webwxuploadmedia", Request("POST", f"{origin}/upload", headers=headers, pace=Pace.UPLOAD)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of all calls."""
    seen: list[str] = []

    class Seeing(ConnectionPools):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            seen.append(str(request.url))
            return await super().handle_async_request(request)

    monkeypatch.setattr(transport_module, "ConnectionPools", Seeing)
    return seen


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def test_uploads_share_cookies_and_looks_with_the_other_calls(no_proxy: None) -> None:
    recorder = Recorder()
    jar = [StoredCookie("wxsid", "1", "127.0.0.1")]
    cookie = b"Set-Cookie: webwx_data_ticket=%s; Path=/\r\n"

    async def serve(line: Line) -> None:
        while True:
            recorder.came.append(await line.request())
            line.writer.write(OK.replace(b"\r\n\r\n", b"\r\n" + cookie % b"t%d" % len(recorder.came) + b"\r\n"))

    async with raw(serve) as server, Transport(server.origin, Ids(), jar) as transport:
        for number in range(2):
            await transport.send("webwxthing", Request("POST", f"{server.origin}/thing", body=b"{}"))
            answer = await transport.send(*part(server.origin, b"body"), stream([b"body"]))
            assert answer.cookies == {"webwx_data_ticket": f"t{2 * number + 2}"}
            assert transport.cookie("webwx_data_ticket") == f"t{2 * number + 2}"
    heads = [came.head.lower() for came in recorder.came]
    assert "cookie: wxsid=1\r\n" in heads[0]
    for number, head in enumerate(heads[1:], 1):
        assert f"webwx_data_ticket=t{number}" in head
    for name in ("user-agent", "accept", "accept-language"):
        (_,) = {line for head in heads for line in head.split("\r\n") if line.startswith(f"{name}:")}


async def test_an_answer_that_is_too_large_is_refused() -> None:
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"y" * 2_000_000
    async with raw(answering(large)) as server, Transport(server.origin, Ids()) as transport:
        with pytest.raises(errors.BadAnswer, match="larger than"):
            await transport.send(*part(server.origin, b"x"), stream([b"x"]))


async def test_a_certificate_of_nobody_known_is_refused(certificate: Certificate) -> None:
    async with raw(Recorder(), certificate.server) as server, Transport(server.origin, Ids()) as transport:
        with pytest.raises(errors.Unreachable, match=r"its certificate is not trusted \(.*certificate"):
            await transport.send(*part(server.origin, b"x"), stream([b"x"]))


async def test_http_where_tls_is_wanted_is_refused() -> None:
    async def serve(line: Line) -> None:
        await line.reader.read(100)
        line.writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with raw(serve) as server:
        origin = server.origin.replace("http:", "https:")
        async with Transport(origin, Ids()) as transport:
            with pytest.raises(errors.Unreachable, match="secure connection could not be opened"):
                await transport.send(*part(origin, b"x"), stream([b"x"]))


async def test_nobody_listening_has_its_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"
    async with Transport(origin, Ids()) as transport:
        with pytest.raises(errors.Unreachable, match="Connection refused"):
            await transport.send(*part(origin, b"x"), stream([b"x"]))


@pytest.mark.parametrize(
    ("proxy", "bypassed", "direct"),
    [
        ("http_proxy", "", False),
        ("all_proxy", "", False),
        ("https_proxy", "", True),
        ("http_proxy", "wx.test", True),
        ("http_proxy", "other.test", False),
    ],
)
async def test_a_proxy_of_the_environment_carries_uploads_too(
    proxy: str, bypassed: str, direct: bool, no_proxy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    async with raw(recorder) as server:
        # The proxy listens there; the name is found nowhere.
        monkeypatch.setenv(proxy, server.origin)
        monkeypatch.setenv("no_proxy", bypassed)
        async with Transport("http://wx.test", Ids()) as transport:
            request = part("http://file.wx.test", b"x")
            if direct:
                with pytest.raises(errors.Unreachable):
                    await transport.send(*request, stream([b"x"]))
            else:
                await transport.send(*request, stream([b"x"]))
    assert len(recorder.came) == (0 if direct else 1)


async def test_loopback_never_goes_through_a_proxy(no_proxy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    async with raw(Recorder()) as server, Transport(server.origin, Ids()) as transport:
        assert (await transport.send(*part(server.origin, b"x"), stream([b"x"]))).status == 200


# ---------------------------------------------------------------- whole uploads


@asynccontextmanager
async def sandbox_client(certificate: Certificate | None) -> AsyncIterator[tuple[SandboxServer, Client]]:
    chain = certificate.chain if certificate else None
    async with SandboxServer(SandboxOptions(scan_delay=0.0, replies=False), certfile=chain) as server:
        choice = LoginOptions(Endpoint.WEB, server.origin)
        async with log_in(find_profile("default"), choice, lambda event: None) as logged_in:
            yield server, logged_in


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
async def test_files_reach_the_sandbox(
    secure: bool, certificate: Certificate, tmp_path: Path, called: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    sizes = (1, PART_SIZE, 5 * PART_SIZE + 1)
    seen: list[Progress] = []
    async with sandbox_client(certificate if secure else None) as (server, logged_in):
        to = await logged_in.directory.resolve("filehelper")
        for size in sizes:
            path = tmp_path / f"{size}.bin"
            path.write_bytes(os.urandom(size))
            with open_file(path, Endpoint.WEB) as file:
                await logged_in.file_upload.send_file(to, file, seen.append)
        async with httpx.AsyncClient(verify=certificate.client, trust_env=False) as http:
            uploads = (await http.get(f"{server.origin}/_sandbox/uploads")).json()
    found = {row["name"]: row["sha256"] for row in uploads}
    assert found == {
        f"{size}.bin": hashlib.sha256((tmp_path / f"{size}.bin").read_bytes()).hexdigest() for size in sizes
    }
    assert sum("webwxuploadmedia" in address for address in called) == sum(-(-size // PART_SIZE) for size in sizes)
    done = [one.done for one in seen if one.state is UploadState.UPLOADING and one.total == sizes[-1]]
    assert done == sorted(done)
    assert done[-1] == sizes[-1]
