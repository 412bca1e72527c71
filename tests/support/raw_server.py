"""A server of bytes, for answers that no sandbox gives, and a call to it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.support.scripted_session import ORIGIN
from tui.wire.call import Answer, Call, Pace, Request


def plain_call(origin: str = ORIGIN, *, repeatable: bool = False, pace: Pace = Pace.CALL) -> Call[Answer]:
    """A call that takes every answer."""
    return Call("webwxthing", Request("GET", f"{origin}/webwxthing", repeatable=repeatable, pace=pace), lambda a: a)


async def late(seconds: float) -> None:
    """Let a server or a disk of a test take its time: that is the fault under test, and nobody waits by it."""
    await asyncio.sleep(seconds)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A listener of bytes; its origin."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"


PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
