"""HTTP: every fault has its sentence, only what is harmless is repeated, and cookies, proxies and TLS behave."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.command_line import Wxtui
from tests.support.fake_time import FakeTime
from tests.support.raw_server import PROXIES, Serve, plain_call, raw_server
from tests.support.sandbox_thread import Sandbox
from tests.support.scripted_session import ORIGIN, SESSION, PlainIds, call_of, said
from tests.support.tls import certificate, tls_sandbox
from tui import errors
from tui.paths import find_profile
from tui.services.http import connections as connections_module
from tui.services.http.httpx_import import httpx
from tui.services.http.limits import LIMITS
from tui.services.http.transport import StoredCookie, Transport
from tui.services.session.session_file import SessionFile, StoredSession
from tui.wire import login, send, sync_calls
from tui.wire.call import Call, Pace
from tui.wire.hosts import one_origin
from tui.wire.names import Endpoint
from tui.wire.sync import SyncKey

HTML = "<!DOCTYPE html><html><body>502</body></html>"


def mocked(handler: Callable[[httpx.Request], httpx.Response], origin: str = ORIGIN) -> Transport:
    return Transport(origin, PlainIds(), network=httpx.MockTransport(handler))


# ---------------------------------------------------------------- faults and their sentences


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (httpx.ConnectError("x"), errors.Unreachable),
        (httpx.ConnectTimeout("x"), errors.Unreachable),
        (httpx.PoolTimeout("x"), errors.Unreachable),
        (httpx.ProxyError("x"), errors.Unreachable),
        (httpx.ReadTimeout("x"), errors.TimedOut),
        (httpx.WriteTimeout("x"), errors.TimedOut),
        (httpx.ReadError("x"), errors.ConnectionBroken),
        (httpx.WriteError("x"), errors.ConnectionBroken),
        (httpx.CloseError("x"), errors.ConnectionBroken),
        (httpx.RemoteProtocolError("x"), errors.ConnectionBroken),
        (httpx.DecodingError("x"), errors.BadAnswer),
        # What the layers below httpx let through as it is.
        (ssl.SSLError(1, "bad record mac"), errors.ConnectionBroken),
        (OSError(5, "x"), errors.ConnectionBroken),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_every_fault_of_httpx_is_one_of_ours(fault: Exception, error: type[errors.NetworkError]) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise fault

    async with mocked(handler) as transport:
        with pytest.raises(errors.NetworkError) as caught:
            await transport.run(plain_call())
    assert type(caught.value) is error
    assert "127.0.0.1:1" in str(caught.value)
    assert caught.value.exit_code == 1


def answering(data: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()

    return serve


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize(
    ("serve", "error"),
    [
        (answering(b""), errors.ConnectionBroken),
        (reset, errors.ConnectionBroken),
        (silent, errors.TimedOut),
        (answering(b"HTTP/1.1 200 OK\r\nContent-"), errors.ConnectionBroken),
        (answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), errors.ConnectionBroken),
        (answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha"), errors.ConnectionBroken),
        (answering(b"SSH-2.0-OpenSSH_9.9\r\n"), errors.ConnectionBroken),
        (
            answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf"),
            errors.BadAnswer,
        ),
    ],
    ids=["closed", "reset", "silent", "half header", "half body", "half chunk", "not HTTP", "not gzip"],
)
async def test_faults_on_a_real_socket(
    serve: Serve, error: type[errors.NetworkError], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(LIMITS[Pace.CALL], silence=0.2, connect=0.2)
    monkeypatch.setitem(LIMITS, Pace.CALL, limits)
    async with raw_server(serve) as origin, Transport(origin, PlainIds()) as transport:
        with pytest.raises(errors.NetworkError) as caught:
            await transport.run(plain_call(origin))
    assert type(caught.value) is error


async def test_what_is_not_tls_in_the_midst_of_it_is_a_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody between us and the server answers in the clear, once the request has left."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        os.write(writer.get_extra_info("socket").fileno(), b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        await reader.read()

    made = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made.chain, made.key)
    async with raw_server(serve, tls) as origin, Transport(origin, PlainIds()) as transport:
        with pytest.raises(errors.ConnectionBroken):
            await transport.run(plain_call(origin))


async def test_a_port_on_which_nobody_listens_is_unreachable() -> None:
    with socket.socket() as taken:
        # Bound and not listening: nobody else can get the port meanwhile.
        taken.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with Transport(origin, PlainIds()) as transport:
            with pytest.raises(errors.Unreachable, match="Connection refused"):
                await transport.run(plain_call(origin))


async def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with Transport("http://nowhere.invalid", PlainIds()) as transport:
        with pytest.raises(errors.Unreachable, match=r"nowhere\.invalid cannot be reached: Name or service not known"):
            await transport.run(plain_call("http://nowhere.invalid"))


# ---------------------------------------------------------------- what is repeated

HELLO = send.hello(SESSION, "1714500000000")
TEXT = send.text(SESSION, "@ann", "17145000000000001", "hi")
REVOKE = send.revoke(SESSION, "@ann", "900", "17145000000000001")
LOGOUT = login.logout(SESSION)
PAGE = login.new_login_page(Endpoint.WEB, SESSION.hosts, f"{ORIGIN}/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=t")
POLL = sync_calls.check(SESSION, SyncKey(((1, 1),)), now_ms=1)


@pytest.mark.parametrize("call", [TEXT, REVOKE, LOGOUT, PAGE, POLL], ids=lambda call: call.name)
@pytest.mark.parametrize("how", ["break", "502"])
async def test_what_must_not_happen_twice_is_tried_once(call: Call[Any], how: str) -> None:
    tries = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal tries
        tries += 1
        if how == "break":
            raise httpx.ReadError("x")
        return httpx.Response(502, text=HTML)

    async with mocked(handler) as transport:
        if (call, how) == (LOGOUT, "502"):
            await transport.run(call)
        else:
            with pytest.raises(errors.NetworkError):
                await transport.run(call)
    assert tries == 1


@pytest.mark.parametrize(
    ("fault", "most"),
    [
        (httpx.ReadError("x"), 3),
        (httpx.RemoteProtocolError("x"), 3),
        (httpx.Response(500), 3),
        (httpx.Response(503, text=HTML), 3),
        (httpx.ConnectError("x"), 1),
        (httpx.ReadTimeout("x"), 1),
        (httpx.Response(404), 1),
        (httpx.Response(200, text=HTML), 1),
        (httpx.Response(200), 1),
        (httpx.Response(200, text='{"BaseResponse": {"Ret": 1205}}'), 1),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_what_is_repeatable_is_repeated_twice_at_most(
    fault: Exception | httpx.Response, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = FakeTime(monkeypatch, "tui.services.http.transport")
    tries = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal tries
        tries += 1
        if isinstance(fault, Exception):
            raise fault
        return httpx.Response(fault.status_code, content=fault.content)

    async with mocked(handler) as transport:
        with pytest.raises(errors.WxtuiError):
            await transport.run(HELLO)
    assert tries == most
    assert time.slept == [0.3, 0.6][: most - 1]


async def test_a_repeat_that_works_is_all_anybody_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.http.transport")
    bodies: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        if len(bodies) < 3:
            raise httpx.ReadError("x")
        return said()

    async with mocked(handler) as transport:
        await transport.run(HELLO)
    assert bodies == [HELLO.request.body] * 3


async def test_over_a_socket_a_send_leaves_once_and_a_notice_three_times() -> None:
    async with run_sandbox() as control, client_of(control) as client:
        before = await control.calls()
        await control.fault("webwxsendmsg", "drop_after")
        await control.fault("webwxstatusnotify", "drop_before", times=2)
        ann = await client.directory.resolve("李四")
        with pytest.raises(errors.DeliveryUnknown):
            await client.chat.send_text(ann, "hi")
        await client.chat.mark_read(ann)
        after = await control.calls()
    assert after["webwxsendmsg"] - before.get("webwxsendmsg", 0) == 1
    assert after["webwxstatusnotify"] - before["webwxstatusnotify"] == 3


async def test_a_connection_that_lay_idle_is_not_trusted_with_a_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers close idle connections after five seconds or more, and what is just leaving then may or may not count."""
    assert connections_module.IDLE_SECONDS < 5
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    for seconds, connections in ((connections_module.IDLE_SECONDS, 1), (0.0, 2)):
        monkeypatch.setattr(connections_module, "IDLE_SECONDS", seconds)
        opened = 0
        async with raw_server(serve) as origin, Transport(origin, PlainIds()) as transport:
            await transport.run(plain_call(origin))
            await transport.run(plain_call(origin))
            assert opened == connections


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nothing_is_followed(status: int) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(call_of(request))
        return httpx.Response(status, headers={"Location": f"{ORIGIN}/elsewhere"}, text="body")

    async with mocked(handler) as transport:
        answer = await transport.run(plain_call())
    assert (answer.status, answer.body, seen) == (status, b"body", ["webwxthing"])


# ---------------------------------------------------------------- cookies


@dataclass
class Cookies:
    """Sets what it is told to set, and remembers what came along."""

    sets: dict[str, list[str]] = field(default_factory=dict)
    came: dict[str, str] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.came[request.url.host] = request.headers.get("cookie", "")
        return httpx.Response(200, headers=[("set-cookie", one) for one in self.sets.get(request.url.host, [])])


HOSTS = ("wx2.qq.com", "file.wx2.qq.com", "webpush.wx2.qq.com", "login.wx2.qq.com", "evil.example")


async def visit(transport: Transport, *hosts: str) -> None:
    for host in hosts:
        await transport.run(plain_call(f"https://{host}"))


async def test_cookies_survive_a_restart_and_go_where_they_belong(tmp_path: Path) -> None:
    ticket = "gSd+fG/hIjK=="
    server = Cookies(
        {
            "wx2.qq.com": [
                "wxsid=a+/=; Domain=wx2.qq.com; Path=/; Secure; HttpOnly; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
                f"webwx_data_ticket={ticket}; Domain=.qq.com; Path=/; Max-Age=43200; Secure",
                "mine=1; Path=/",
                "gone=1; Path=/; Max-Age=0",
            ]
        }
    )
    async with mocked(server, "https://wx2.qq.com") as transport:
        await visit(transport, *HOSTS)
        first = dict(server.came)
        await visit(transport, *HOSTS)
        assert transport.cookie("webwx_data_ticket") == ticket
        stored = StoredSession(SESSION, transport.cookies())
    assert first["wx2.qq.com"] == "", "nothing was known yet"
    before = dict(server.came)
    file = SessionFile(tmp_path / "session.json")
    file.save(stored)
    loaded = file.load()
    assert loaded is not None

    later = Cookies()
    async with Transport(
        "https://wx2.qq.com", PlainIds(), loaded.cookies, network=httpx.MockTransport(later)
    ) as transport:
        await visit(transport, *HOSTS)
        await transport.run(plain_call("http://wx2.qq.com"))
        assert transport.cookie("webwx_data_ticket") == ticket
    assert later.came["wx2.qq.com"] == "mine=1", "secure cookies do not go out in the clear"
    for host in HOSTS[1:]:
        assert set(later.came[host].split("; ")) == set(before[host].split("; "))
    assert set(before["wx2.qq.com"].split("; ")) == {"wxsid=a+/=", f"webwx_data_ticket={ticket}", "mine=1"}
    assert {"wxsid=a+/=", f"webwx_data_ticket={ticket}"} <= set(before["file.wx2.qq.com"].split("; "))
    assert before["evil.example"] == ""


async def test_a_cookie_is_good_until_the_server_says_otherwise() -> None:
    """What earlier versions wrote down of its time is no reason to lose a session."""
    server = Cookies()
    written = [("old", "1", 1), ("new", "2", 2**33)]
    kept = [{"name": name, "value": value, "domain": "127.0.0.1", "expires": end} for name, value, end in written]
    cookies = msgspec.json.decode(msgspec.json.encode(kept), type=list[StoredCookie])
    async with Transport(ORIGIN, PlainIds(), cookies, network=httpx.MockTransport(server)) as transport:
        await transport.run(plain_call())
    assert server.came == {"127.0.0.1": "old=1; new=2"}


@pytest.mark.parametrize("origin", ["http://localhost:1", "http://[::1]:1", "http://127.0.0.1:1"])
async def test_cookies_of_loopback_names_come_back_after_a_restart(origin: str) -> None:
    host = httpx.URL(origin).host
    server = Cookies({host: ["wxsid=1; Path=/"]})
    async with mocked(server, origin) as transport:
        await transport.run(plain_call(origin))
        stored = transport.cookies()
    later = Cookies()
    async with Transport(origin, PlainIds(), stored, network=httpx.MockTransport(later)) as transport:
        await transport.run(plain_call(origin))
    assert later.came == {host: "wxsid=1"}


async def test_the_newest_cookie_of_a_name_counts() -> None:
    """A new login pins the account to another host; the ticket of the old one is still in the jar."""
    old = StoredCookie("webwx_data_ticket", "old", "wx.qq.com")
    server = Cookies({"wx2.qq.com": ["webwx_data_ticket=new; Domain=wx2.qq.com; Path=/"]})
    async with Transport("https://wx.qq.com", PlainIds(), [old], network=httpx.MockTransport(server)) as transport:
        await visit(transport, "wx2.qq.com")
        assert transport.cookie("webwx_data_ticket") == "new"


def test_a_session_is_good_in_the_next_process(sandbox: Sandbox, real_wxtui: Wxtui) -> None:
    assert real_wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
    assert real_wxtui("status").code == 0
    assert real_wxtui("send", "李四", "-m", "second process").code == 0
    assert sandbox.sent()[-1]["content"] == "second process"


# ---------------------------------------------------------------- TLS


async def ask(origin: str) -> str:
    async with Transport(origin, PlainIds()) as transport:
        return await transport.run(login.jslogin(Endpoint.WEB, one_origin(origin), now_ms=1))


async def test_a_certificate_of_nobody_known_is_refused(tmp_path: Path) -> None:
    async with tls_sandbox(certificate(tmp_path, "127.0.0.1")) as origin:
        with pytest.raises(errors.Unreachable, match=r"its certificate is not trusted \(.*certificate"):
            await ask(origin)


async def test_a_known_authority_is_trusted_but_only_for_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.mkdir()
    wrong.mkdir()
    made = certificate(right, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    async with tls_sandbox(made) as origin:
        assert await ask(origin)
    made = certificate(wrong, "wx.qq.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    async with tls_sandbox(made) as origin:
        with pytest.raises(errors.Unreachable, match="its certificate is not trusted"):
            await ask(origin)


async def test_http_where_tls_is_wanted_is_refused() -> None:
    async with run_sandbox() as control:
        origin = control.server.origin.replace("http:", "https:")
        with pytest.raises(errors.Unreachable, match="secure connection could not be opened"):
            await ask(origin)


async def test_an_http_origin_reads_no_bundle_and_trusts_no_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("the bundle was read")

    made = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    async with run_sandbox() as control, tls_sandbox(made) as secure:
        monkeypatch.setattr(httpx, "create_ssl_context", read)
        monkeypatch.setattr("certifi.where", read)
        async with Transport(control.server.origin, PlainIds()) as transport:
            assert await transport.run(login.jslogin(Endpoint.WEB, one_origin(control.server.origin), now_ms=1))
            with pytest.raises(errors.Unreachable, match="its certificate is not trusted"):
                await transport.run(login.jslogin(Endpoint.WEB, one_origin(secure), now_ms=1))


# ---------------------------------------------------------------- proxies


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXIES, "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


async def test_the_environments_proxy_is_not_used_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{taken.getsockname()[1]}")
        async with run_sandbox() as control:
            assert await ask(control.server.origin)
            assert await ask(control.server.origin.replace("127.0.0.1", "localhost"))


async def test_the_environments_proxy_is_used_for_the_real_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with raw_server(proxy) as origin:
        monkeypatch.setenv("HTTPS_PROXY", origin)
        with pytest.raises(errors.Unreachable, match=r"login\.wx\.qq\.com cannot be reached"):
            async with Transport("https://wx.qq.com", PlainIds()) as transport:
                hosts = one_origin("https://login.wx.qq.com")
                await transport.run(login.jslogin(Endpoint.WEB, hosts, now_ms=1))
    assert asked == [b"CONNECT login.wx.qq.com:443 HTTP/1.1"]


@pytest.mark.parametrize(
    "serve",
    [answering(b""), reset, silent, answering(b"HTTP/1.1 200 O"), answering(b"SSH-2.0-OpenSSH_9.9\r\n")],
    ids=["closed", "reset", "silent", "half header", "not HTTP"],
)
async def test_what_a_proxy_let_nobody_connect_for_has_not_left(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request for a tunnel is none of ours: a text would be in doubt for nothing, and a command would wait."""
    monkeypatch.setitem(LIMITS, Pace.CALL, replace(LIMITS[Pace.CALL], silence=60, connect=0.2))
    async with raw_server(serve) as origin:
        monkeypatch.setenv("HTTPS_PROXY", origin)
        async with Transport("https://wx.qq.com", PlainIds()) as transport:
            with pytest.raises(errors.Unreachable, match="the proxy does not connect"):
                await transport.run(plain_call("https://wx.qq.com"))


# httpcore forgets to close the connection of a handshake that fails.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("greets", [False, True])
@pytest.mark.parametrize("stays", [False, True])
async def test_what_a_socks_proxy_let_nobody_connect_for_has_not_left(
    greets: bool, stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, Pace.CALL, replace(LIMITS[Pace.CALL], whole=0.3))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if greets:
            await reader.readexactly(3)
            writer.write(b"\x05\x00")
        if stays:
            await reader.read()

    async with raw_server(serve) as origin:
        monkeypatch.setenv("ALL_PROXY", origin.replace("http", "socks5"))
        async with Transport("https://wx.qq.com", PlainIds()) as transport:
            with pytest.raises(errors.Unreachable, match="the proxy does not connect"):
                await transport.run(plain_call("https://wx.qq.com"))
        gc.collect()


async def test_what_broke_behind_a_proxys_tunnel_may_have_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate(tmp_path, "wx.qq.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.authority))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made.chain, made.key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await writer.start_tls(tls)
        await reset(reader, writer)

    async with raw_server(serve) as origin:
        monkeypatch.setenv("HTTPS_PROXY", origin)
        async with Transport("https://wx.qq.com", PlainIds()) as transport:
            with pytest.raises(errors.ConnectionBroken):
                await transport.run(plain_call("https://wx.qq.com"))


# httpcore forgets to close the connection of a handshake that fails.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("answer", [b"\x05\x05\x00\x01" + bytes(6), b"HTTP/1.1 400 no\r\n\r\n"])
async def test_a_socks_proxy_is_used_too(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Common where WeChat is."""
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(3)
        writer.write(b"\x05\x00")
        asked.append(await reader.read(100))
        writer.write(answer)
        await writer.drain()

    async with raw_server(proxy) as origin:
        monkeypatch.setenv("ALL_PROXY", origin.replace("http", "socks5"))
        with pytest.raises(errors.Unreachable, match="the proxy does not connect"):
            await ask("https://wx.qq.com")
        gc.collect()
    assert asked[0].startswith(b"\x05\x01\x00\x03\x09wx.qq.com")


# httpcore forgets to close the connection of a handshake that fails.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("scheme", "answer"), [("http", b"HTTP/1.1 407 \x1b[31msecret\r\n\r\n"), ("socks5", b"\x05\xff")]
)
async def test_a_proxy_that_wants_a_login_is_told_apart(
    scheme: str, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(answer)
        await writer.drain()

    async with raw_server(proxy) as origin:
        monkeypatch.setenv("ALL_PROXY", origin.replace("http", scheme))
        with pytest.raises(errors.Unreachable, match=r": the proxy wants another name or password\. Check"):
            await ask("https://wx.qq.com")
        gc.collect()


@pytest.mark.parametrize("proxy", ["ftp://127.0.0.1:1", "http://[::"])
async def test_a_proxy_that_cannot_be_used_is_a_sentence(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(errors.EnvironmentUnusable, match=r"ALL_PROXY in the environment cannot be used: .*prox"):
        await ask("https://wx.qq.com")


async def test_nothing_is_left_open(tmp_path: Path) -> None:
    """Closing the transport closes its connections, also those in use."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        begun.set()
        await reader.read()
        ended.set()

    async with raw_server(serve) as origin, Transport(origin, PlainIds()) as transport:
        task = asyncio.create_task(transport.run(plain_call(origin)))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            await ended.wait()
    assert not find_profile("default").session_file.exists()
