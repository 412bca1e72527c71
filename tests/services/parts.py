"""What the tests of the services share: a scripted server or a sandbox, a link to it, and time that a test moves."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tui.paths import find_profile
from tui.sandbox.options import SandboxOptions
from tui.sandbox.server import SandboxServer
from tui.services.client.authenticate import log_in
from tui.services.client.client import Client
from tui.services.http.httpx_import import httpx
from tui.services.http.limits import LIMITS
from tui.services.http.transport import Transport
from tui.services.session.context import SessionContext
from tui.services.session.login_options import LoginOptions
from tui.services.session.session_file import SessionFile
from tui.services.util.ids import Ids
from tui.store.store import Store
from tui.wire.call import Pace
from tui.wire.contacts import Contact, ContactKind
from tui.wire.hosts import one_origin
from tui.wire.names import Endpoint
from tui.wire.session import Session
from tui.wire.sync import SyncKey, SyncKeys

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For plain HTTP on loopback: the system's certificates take longer to load than most tests take."""
ORIGIN = "http://127.0.0.1:1"
ME = Contact("@me", "我", kind=ContactKind.SELF)
ANN = Contact("@ann", "Ann")
SESSION = Session(
    Endpoint.WEB, one_origin(ORIGIN), "1", "sid", "@crypt_skey", "ticket", "data", "e000000000000001", "@me", "我"
)
START = SyncKeys(SyncKey(((1, 7), (2, 0))), SyncKey(((1, 7), (2, 0), (11, 5))))

Handler = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


class PlainIds(Ids):
    """Waits are never shortened, so that a test can name them."""

    def jitter(self) -> float:
        return 0.0


class FakeTime:
    """A clock that a module of ours waits by: `sleep` returns at once and moves it on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        for module in modules:
            monkeypatch.setattr(f"{module}.asyncio", _Asyncio(self))
            if not module.endswith("transport"):
                monkeypatch.setattr(f"{module}.time", self, raising=False)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class _Asyncio:
    """The module `asyncio`, but for `sleep`."""

    def __init__(self, time: FakeTime) -> None:
        self.sleep = time.sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


def limit(monkeypatch: pytest.MonkeyPatch, pace: Pace, whole: float) -> None:
    """From now on a call of this pace has so many seconds."""
    monkeypatch.setitem(LIMITS, pace, replace(LIMITS[pace], whole=whole))


def call_of(request: httpx.Request) -> str:
    """The server's name for a call."""
    return request.url.path.rsplit("/", 1)[-1]


def said(fields: dict[str, Any] | None = None, ret: int = 0) -> httpx.Response:
    """A JSON answer as the server gives it."""
    return httpx.Response(200, text=json.dumps({"BaseResponse": {"Ret": ret, "ErrMsg": ""}, **(fields or {})}))


@asynccontextmanager
async def linked(
    handler: Handler, folder: Path, session: Session = SESSION, carrier: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[tuple[SessionContext, Store]]:
    """A link whose every request `handler` answers, and a real store in which `session` has begun."""
    ids = PlainIds()
    async with (
        Transport(session.hosts.api, ids, carrier=carrier or httpx.MockTransport(handler)) as transport,
        await Store.open(folder / "store.sqlite3", clock=ids.now) as store,
    ):
        if await store.current_login() is None:
            await store.begin_login(ME, session.uin, START)
            await store.save_contacts([ANN])
        yield SessionContext(session, transport, ids, SessionFile(folder / "session.json"), ORIGIN), store


class Control:
    """The control API of a sandbox that runs in the test's own loop."""

    def __init__(self, server: SandboxServer, http: httpx.AsyncClient) -> None:
        self.server = server
        self._http = http

    async def post(self, path: str, **body: object) -> dict[str, Any]:
        answer = await self._http.post(f"{self.server.origin}/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def fault(self, call: str, kind: str, value: object = None, times: int = 1) -> None:
        await self.post("fault", call=call, kind=kind, times=times, **({} if value is None else {"value": value}))

    async def get(self, path: str) -> Any:
        return (await self._http.get(f"{self.server.origin}/_sandbox/{path}")).json()

    async def calls(self) -> dict[str, int]:
        counts: dict[str, int] = (await self.get("state"))["calls"]
        return counts


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[Control]:
    """A sandbox on a real socket, in this loop."""
    chosen: dict[str, Any] = {"scan_delay": 0.0, "replies": False, "poll_seconds": 0.5, **options}
    async with (
        SandboxServer(SandboxOptions(**chosen)) as server,
        httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES) as http,
    ):
        yield Control(server, http)


@asynccontextmanager
async def logged_in(control: Control, endpoint: Endpoint = Endpoint.WEB) -> AsyncIterator[Client]:
    """A client of the default profile, just logged in at the sandbox."""
    choice = LoginOptions(endpoint, control.server.origin)
    async with log_in(find_profile("default"), choice, lambda event: None) as client:
        yield client
