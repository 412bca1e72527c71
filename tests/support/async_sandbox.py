"""A sandbox in the test's own loop, its control API, and a client that is logged in there."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tui.paths import find_profile
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import SandboxOptions
from tui.services.client.authenticate import log_in
from tui.services.client.client import Client
from tui.services.http.httpx_import import httpx
from tui.services.session.login_options import LoginOptions
from tui.wire.names import Endpoint

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For plain HTTP on loopback: the system's certificates take longer to load than most tests take."""


class SandboxControl:
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
async def run_sandbox(**options: Any) -> AsyncIterator[SandboxControl]:
    """A sandbox on a real socket, in this loop."""
    chosen: dict[str, Any] = {"scan_delay": 0.0, "replies": False, "poll_seconds": 0.5, **options}
    async with (
        SandboxServer(SandboxOptions(**chosen)) as server,
        httpx.AsyncClient(trust_env=False, verify=NO_CERTIFICATES) as http,
    ):
        yield SandboxControl(server, http)


@asynccontextmanager
async def client_of(control: SandboxControl, endpoint: Endpoint = Endpoint.WEB) -> AsyncIterator[Client]:
    """A client of the default profile, just logged in at the sandbox."""
    choice = LoginOptions(endpoint, control.server.origin)
    async with log_in(find_profile("default"), choice, lambda event: None) as client:
        yield client
