"""A session whose every request a function of the test answers, with a store in which it has begun."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tui.services.http.httpx_import import httpx
from tui.services.http.limits import LIMITS
from tui.services.http.transport import Transport
from tui.services.session.context import SessionContext
from tui.services.session.session_file import SessionFile
from tui.services.util.ids import Ids
from tui.store.store import Store
from tui.wire.call import Pace
from tui.wire.contacts import Contact, ContactKind
from tui.wire.hosts import one_origin
from tui.wire.names import Endpoint
from tui.wire.session import Session
from tui.wire.sync import SyncKey, SyncKeys

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


def limit(monkeypatch: pytest.MonkeyPatch, pace: Pace, whole: float) -> None:
    """Give each call of this pace so many seconds."""
    monkeypatch.setitem(LIMITS, pace, replace(LIMITS[pace], whole=whole))


def call_of(request: httpx.Request) -> str:
    """The server's name for a call."""
    return request.url.path.rsplit("/", 1)[-1]


def said(fields: dict[str, Any] | None = None, ret: int = 0) -> httpx.Response:
    """A JSON answer as the server gives it."""
    return httpx.Response(200, text=json.dumps({"BaseResponse": {"Ret": ret, "ErrMsg": ""}, **(fields or {})}))


@asynccontextmanager
async def scripted(
    handler: Handler, folder: Path, session: Session = SESSION, network: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[tuple[SessionContext, Store]]:
    """A link whose every request `handler` answers, and a real store in which `session` has begun."""
    ids = PlainIds()
    async with (
        Transport(session.hosts.api, ids, network=network or httpx.MockTransport(handler)) as transport,
        await Store.open(folder / "store.sqlite3", clock=ids.now) as store,
    ):
        if await store.current_login() is None:
            await store.begin_login(ME, session.uin, START)
            await store.save_contacts([ANN])
        yield SessionContext(session, transport, ids, SessionFile(folder / "session.json"), ORIGIN), store
