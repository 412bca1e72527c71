"""Transport: runs the wire's calls over HTTP, keeps the cookies, turns faults into `tui.errors`.

No redirect is followed, nothing is logged but call names, status and time: queries, headers and bodies carry secrets.
For the same reason httpx's own loggers, which write whole addresses, stay silent.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from functools import cache, lru_cache
from typing import TypeVar, cast
from urllib.parse import urlsplit

from tui import errors
from tui.breakage import OFTEN
from tui.services.http.body import ACCEPTED, pieces, read_body
from tui.services.http.connections import ConnectionPools
from tui.services.http.cookies import SessionCookies
from tui.services.http.environment import ProxyRoutes, tls_context
from tui.services.http.failures import RequestStart, as_our_errors
from tui.services.http.httpx_import import httpx
from tui.services.http.limits import LIMITS, Deadline
from tui.services.http.stored_cookie import StoredCookie as StoredCookie
from tui.services.http.user_agent import USER_AGENT
from tui.services.util.ids import Ids
from tui.services.util.retry import Backoff
from tui.wire.call import Answer, Call, Request

T = TypeVar("T")

log = logging.getLogger("wxtui.transport")
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

_READ_HERE = 16 * 1024
"""Size of the largest answer that is read on the event loop, in some milliseconds. One of 1 MB takes a hundred."""
HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "*/*",
    "Accept-Encoding": ACCEPTED,
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
}


def _tls(origin: str) -> ssl.SSLContext:
    """Return a context that checks certificates. For an http origin no bundle is read (20 ms), and no host passes."""
    return tls_context() if origin.startswith("https://") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Transport:
    """Sends calls, with one cookie jar for all. `origin` says whether TLS and the environment's proxies are wanted.

    `network` stands in for the network, in tests of faults that no real server can be made to show. Raises
    `EnvironmentUnusable` for a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        origin: str,
        ids: Ids,
        cookies: Iterable[StoredCookie] = (),
        *,
        network: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._ids = ids
        self._jar = SessionCookies(cookies)
        routes = ProxyRoutes()
        routes.proxy_for(origin)
        self._pools = ConnectionPools(_tls(origin), routes)
        self._http = httpx.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            transport=network or self._pools,
            headers=HEADERS,
            cookies=self._jar,
        )
        self.date: str | None = None
        """`Date` of the newest answer, as the server wrote it; "" where it wrote none, None before the first."""

    async def __aenter__(self) -> Transport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def drop_idle(self) -> None:
        """Close idle connections: after a sleep nobody knows whether the other end is still there."""
        await self._pools.drop_idle()

    @property
    def closed(self) -> bool:
        """True when nothing can be sent any more."""
        return self._http.is_closed

    def cookies(self) -> list[StoredCookie]:
        """Return the cookies that the session file keeps."""
        return self._jar.stored()

    def cookie(self, name: str) -> str:
        """Return the newest value of a cookie, whatever host set it; empty when there is none."""
        return self._jar.newest.get(name, "")

    async def run(self, call: Call[T]) -> T:
        """Send a call and read its answer.

        Repeats only what is `repeatable`, only after a break or a 5xx, at most twice. Raises `NetworkError` and
        whatever the call's `read` raises.
        """
        backoff = Backoff(self._ids.jitter, first=0.3, most=3)
        repeats = LIMITS[call.request.pace].repeats if call.request.repeatable else 0
        while True:
            try:
                answer = await self.send(call.name, call.request)
                if len(answer.body) <= _READ_HERE:
                    return self.read(call, answer)
                return await asyncio.get_running_loop().run_in_executor(_reading(), self.read, call, answer)
            except (errors.ConnectionBroken, errors.BadAnswer) as error:
                overloaded = isinstance(error, errors.ConnectionBroken) or error.status >= 500
                if not repeats or not overloaded:
                    raise
                repeats -= 1
                log.info("%s failed and is repeated: %s", call.name, error.code)
            await asyncio.sleep(backoff.wait())

    def read(self, call: Call[T], answer: Answer) -> T:
        """Read an answer; a `BadAnswer` gets the host's name."""
        try:
            return call.read(answer)
        except errors.ServerRefused as error:
            ret = error.facts.get("ret")
            # Of a login it is a text, of which nobody knows what it holds.
            log.warning("%s was refused: %s, code %s", call.name, error.code, ret if isinstance(ret, int) else "?")
            raise
        except errors.BadAnswer as error:
            error.facts["host"] = urlsplit(call.request.url).netloc
            raise

    async def send(self, name: str, request: Request, body: AsyncIterable[bytes | memoryview] | None = None) -> Answer:
        """Send one request, once; `body` is streamed instead of `request.body`. Raises `NetworkError`."""
        began = time.monotonic()
        limits = LIMITS[request.pace]
        async with self._begun(name, request, body) as (response, deadline):
            with as_our_errors(urlsplit(request.url).netloc, name, response.status_code):
                found, shape = await read_body(response, deadline, limits.answer)
        log.info(
            "%s %s: %d, %d bytes, %.0f ms",
            request.method,
            name,
            response.status_code,
            len(found),
            (time.monotonic() - began) * 1000,
            extra=OFTEN,
        )
        self.date = response.headers.get("date", "")
        return Answer(response.status_code, found, self._set_by(response), shape)

    def _set_by(self, response: httpx.Response) -> dict[str, str]:
        """Return the cookies that an answer sets."""
        # An upload has a thousand answers without a cookie; looking through their headers each time is felt.
        if "set-cookie" not in response.headers:
            return {}
        names = (header.partition("=")[0].strip() for header in response.headers.get_list("set-cookie"))
        return {name: self._jar.newest[name] for name in names if name in self._jar.newest}

    @asynccontextmanager
    async def _begun(
        self, name: str, request: Request, body: AsyncIterable[bytes | memoryview] | None = None
    ) -> AsyncIterator[tuple[httpx.Response, Deadline]]:
        """Send a request; give the answer, of which only the head was read, and its deadline. Raises `NetworkError`."""
        host = urlsplit(request.url).netloc
        if self.closed:
            raise errors.Unreachable(host=host, call=name, why=errors.Phrase("this session was closed"))
        limits = LIMITS[request.pace]
        deadline = Deadline(limits)
        start = RequestStart()
        with as_our_errors(host, name, start=start):
            built = self._http.build_request(
                request.method,
                _address(request.url, request.query),
                headers=list(request.headers),
                # httpx only passes the pieces on; views of a buffer serve as well as bytes.
                content=cast("AsyncIterable[bytes]", _counted(body, deadline)) if body else request.body or None,
                timeout=httpx.Timeout(limits.silence, connect=limits.connect),
                extensions={"trace": start.trace},
            )
            async with deadline.running():
                response = await self._http.send(built, stream=True)
        try:
            yield response, deadline
        finally:
            with as_our_errors(host, name):
                await response.aclose()

    @asynccontextmanager
    async def stream(self, name: str, request: Request) -> AsyncIterator[StreamedAnswer]:
        """Send one request without a body, once; the answer is read piece by piece. Raises `NetworkError`."""
        async with self._begun(name, request) as (response, deadline):
            log.info("%s %s: %d, streamed", request.method, name, response.status_code, extra=OFTEN)
            yield StreamedAnswer(urlsplit(request.url).netloc, name, response, deadline)


async def _counted(body: AsyncIterable[bytes | memoryview], deadline: Deadline) -> AsyncIterator[bytes | memoryview]:
    """Yield the pieces of `body`; each that has left puts the deadline off: a slow link is no reason to give up."""
    async for piece in body:
        yield piece
        deadline.moved(len(piece))


class StreamedAnswer:
    """Answer whose body has not been read yet."""

    def __init__(self, host: str, call: str, response: httpx.Response, deadline: Deadline) -> None:
        self.host = host
        self.call = call
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._deadline = deadline

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, some ten kilobytes at a time. Raises `NetworkError`, also if it is cut short.

        An error of the caller's, raised while it has a piece, passes through.
        """
        async with aclosing(pieces(self._response, self._deadline)) as found:
            while True:
                with as_our_errors(self.host, self.call):
                    piece = await anext(found, None)
                if piece is None:
                    return
                yield piece


@cache
def _reading() -> Executor:
    """Return the one thread that reads large answers.

    The allocator keeps what a thread gave back for that thread: several would each keep 20 MiB after the largest
    answer.
    """
    return ThreadPoolExecutor(1, "wxtui-reading")


@lru_cache(maxsize=4)
def _address(url: str, query: tuple[tuple[str, str], ...]) -> httpx.URL:
    """Return an address with its query. Encoding it for each of a thousand parts would be felt, too."""
    return httpx.URL(url, params=list(query)) if query else httpx.URL(url)
