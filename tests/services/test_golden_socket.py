"""The golden calls as they leave by the socket: what the transport adds, encodes and must not touch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import pytest
from msgspec.structs import replace

from tests.wire.golden.builders import BUILDERS
from tests.wire.golden.cases import Case, load, matches
from tests.wire.golden.upload_form import file_bytes, form_of
from tui.services.http.transport import StoredCookie, Transport
from tui.services.util.ids import Ids

COOKIES = [
    StoredCookie("wxsid", "QQx+y/zAbCdEfGh1", "127.0.0.1"),
    StoredCookie("webwx_data_ticket", "gSd+fG/hIjK==", "127.0.0.1"),
]


@dataclass
class Seen:
    """One request, byte by byte."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]


@dataclass
class Recorder:
    """A listener that knows nothing of WeChat: keeps what comes and says that all is well."""

    origin: str = ""
    seen: list[Seen] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
                headers = [(key.lower(), value.strip()) for key, _, value in (line.partition(":") for line in rest)]
                length = int(dict(headers).get("content-length", "0"))
                method, target, _ = first.split(" ")
                self.seen.append(Seen(method, target, headers, await reader.readexactly(length)))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            # The client has hung up.
            return
        finally:
            writer.close()


@asynccontextmanager
async def recorder() -> AsyncIterator[Recorder]:
    made = Recorder()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made


def check_target(case: Case, seen: Seen) -> None:
    """The path, and the query percent-encoded exactly once, in the order in which the call was built (trap 3)."""
    path, _, query = seen.target.partition("?")
    assert path == case.want["path"]
    assert not set(query) & set('+/ "<>'), f"not encoded: {query}"
    optional = case.want.get("optional_query", ())
    pairs = [
        (unquote(key), unquote(value)) for key, _, value in (one.partition("=") for one in query.split("&") if one)
    ]
    found = [pair for pair in pairs if pair[0] not in optional]
    wanted = [(key, value) for key, value in case.want["query"]]
    assert len(found) == len(wanted)
    for (key, expected), (name, actual) in zip(sorted(wanted), sorted(found), strict=True):
        assert key == name
        assert matches(expected, actual), f"{key}={actual}, not {expected}"


def check_headers(case: Case, seen: Seen) -> None:
    """Each documented header once and as documented; cookies go along; a body has its length."""
    for key, expected in case.headers.items():
        (value,) = seen.values(key)
        assert matches(expected, value)
    (cookies,) = seen.values("cookie")
    assert set(cookies.split("; ")) == {"wxsid=QQx+y/zAbCdEfGh1", "webwx_data_ticket=gSd+fG/hIjK=="}
    assert seen.values("transfer-encoding") == []
    assert len(seen.values("host")) == 1
    if seen.method == "POST":
        assert seen.values("content-length") == [str(len(seen.body))]


@pytest.mark.parametrize("case", [case for name in BUILDERS for case in load(name)], ids=str)
async def test_call_on_the_wire(case: Case) -> None:
    built = BUILDERS[case.file](case)
    async with recorder() as server, Transport(server.origin, Ids(), COOKIES) as transport:
        await transport.send(case.file, replace(built, url=server.origin + urlsplit(built.url).path))
    (seen,) = server.seen
    assert matches(case.want["method"], seen.method)
    check_target(case, seen)
    check_headers(case, seen)
    case.check_body(seen.body)


@pytest.mark.parametrize("case", load("uploadmedia"), ids=str)
async def test_parts_on_the_wire(case: Case) -> None:
    form = form_of(case)
    bodies = []
    async with recorder() as server, Transport(server.origin, Ids(), COOKIES) as transport:
        for index, (offset, length) in enumerate(case.want["ranges"]):
            request = form.request(index)
            pieces = [form.head(index), file_bytes(offset, length), form.tail]
            bodies.append(b"".join(pieces))

            async def stream(pieces: list[bytes] = pieces) -> AsyncIterator[bytes | memoryview]:
                for piece in pieces:
                    yield memoryview(piece)

            at_recorder = replace(request, url=server.origin + urlsplit(request.url).path)
            await transport.send("webwxuploadmedia", at_recorder, stream())
    assert [seen.body for seen in server.seen] == bodies
    for seen in server.seen:
        assert seen.method == "POST"
        check_target(case, seen)
        check_headers(case, seen)
