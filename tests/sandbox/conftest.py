"""A sandbox on a real socket, and clients of it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.support.raw_client import Client
from tui.sandbox.server import SandboxServer
from tui.sandbox.world.options import SandboxOptions

NO_CERTIFICATES = ssl.create_default_context()
"""Made once: to load a CA bundle for each client would take longer than the tests."""
Start = Callable[..., Awaitable[SandboxServer]]
Connect = Callable[..., Client]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as exits:
        yield exits


@pytest.fixture
def start(stack: AsyncExitStack) -> Start:
    """Start a server with options; the phone scans at once and polls are short unless said otherwise."""

    async def run(**options: Any) -> SandboxServer:
        defaults: dict[str, Any] = {"scan_delay": 0, "poll_seconds": 0.2, "replies": False}
        return await stack.enter_async_context(SandboxServer(SandboxOptions(**(defaults | options))))

    return run


@pytest.fixture
def connect(stack: AsyncExitStack) -> Connect:
    """A client that is not logged in yet."""
    opened: list[httpx.AsyncClient] = []

    async def close() -> None:
        for http in opened:
            await http.aclose()

    stack.push_async_callback(close)

    def make(server: SandboxServer, appid: str = "wx782c26e4c19acffb") -> Client:
        opened.append(httpx.AsyncClient(base_url=server.origin, timeout=10, trust_env=False, verify=NO_CERTIFICATES))
        return Client(opened[-1], appid)

    return make


@pytest.fixture
async def server(start: Start) -> SandboxServer:
    return await start()


@pytest.fixture
async def client(server: SandboxServer, connect: Connect) -> Client:
    """Logged in, with everything that waited taken over."""
    logged_in = await connect(server).login()
    await logged_in.drain()
    return logged_in
