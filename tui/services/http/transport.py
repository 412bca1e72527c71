"""The one place that talks HTTP: runs the wire's calls, keeps the cookies, turns faults into `tui.errors`.

Nothing is followed, nothing is logged but call names, status and time: queries, headers and bodies carry secrets. For
the same reason httpx's own loggers, which write whole addresses, stay silent.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import lru_cache, partial
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import urlsplit

from tui import errors
from tui.services.http.body import ACCEPTED, PIECE, pieces, read_body
from tui.services.http.cookies import SessionCookies
from tui.services.http.deadline import Deadline
from tui.services.http.environment import Proxy, ProxyRoutes, tls_context
from tui.services.http.failures import ConnectFailure, as_our_errors
from tui.services.http.httpx_import import httpx
from tui.services.http.limits import LIMITS
from tui.services.http.stored_cookie import StoredCookie as StoredCookie
from tui.services.http.upload_carrier import UploadCarrier
from tui.services.util.ids import Ids
from tui.services.util.retry import Backoff
from tui.services.util.threads import Breath, aside
from tui.wire.call import Answer, Call, Request

if TYPE_CHECKING:
    from httpcore import AsyncHTTP11Connection

T = TypeVar("T")

log = logging.getLogger("wxtui.transport")
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

IDLE_SECONDS = 4.0
"""How long a connection is kept for the next call. Servers close idle ones after 5 s or more: a send on a connection
that the server is just closing would be “unknown”, for nothing but the handshake that was saved."""
_HEAD_AT_ONCE = 4 * 1024
"""Bytes of a head that are read at once. A server may fill them with “100 Continue”, and the event loop waits until
each is gone through; a body's pieces are counted one by one."""
_READ_HERE = 16 * 1024
"""Bytes of an answer that is read on the event loop, in some milliseconds. A message of 1 MB takes a hundred."""
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
"""Web WeChat turns away clients that do not look like a browser."""
HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "*/*",
    "Accept-Encoding": ACCEPTED,
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
}


def _tls(origin: str) -> ssl.SSLContext:
    """Certificates are checked, always. An http origin does without the bundle (20 ms to read): no host passes then."""
    return tls_context() if origin.startswith("https://") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _Carrier(httpx.AsyncBaseTransport):
    """httpx's own carriers: one without a proxy, and one for each proxy that the environment names."""

    def __init__(self, tls: ssl.SSLContext, routes: ProxyRoutes) -> None:
        self._tls = tls
        self._routes = routes
        self._carriers: dict[Proxy | None, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on to the carrier for its host."""
        proxy = self._routes.proxy_for(str(request.url))
        if proxy not in self._carriers:
            self._carriers[proxy] = self._carrier(proxy)
        for connection in self._carriers[proxy]._pool.connections:
            if connection.is_idle() and _has_more(connection):
                await connection.aclose()
        return await self._carriers[proxy].handle_async_request(request)

    def _carrier(self, proxy: Proxy | None) -> httpx.AsyncHTTPTransport:
        from httpcore import AsyncHTTP11Connection  # with httpx's first carrier, not before

        AsyncHTTP11Connection.READ_NUM_BYTES = property(_read_at_once)  # type: ignore[assignment]  # a number there
        through = None
        if proxy is not None:
            through = httpx.Proxy(proxy.url, ssl_context=self._tls if proxy.url.startswith("https:") else None)
        return httpx.AsyncHTTPTransport(
            verify=self._tls,
            trust_env=False,
            proxy=through,
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=IDLE_SECONDS),
        )

    async def drop_idle(self) -> None:
        """Close what waits for the next call."""
        for carrier in self._carriers.values():
            for connection in carrier._pool.connections:
                if connection.is_idle():
                    await connection.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        for carrier in self._carriers.values():
            await carrier.aclose()


def _read_at_once(connection: AsyncHTTP11Connection) -> int:
    return _HEAD_AT_ONCE if connection._h11_state.their_state.__name__ == "SEND_RESPONSE" else PIECE


def _has_more(connection: object) -> bool:
    """Return whether more came on a connection than the answer to its call: the next call would take it for its own.

    httpcore looks at the socket before it uses a connection again, but not at what it has read of it already.
    """
    while connection is not None:
        http = getattr(connection, "_h11_state", None)
        if http is not None and http.trailing_data[0]:
            return True
        connection = getattr(connection, "_connection", None)
    return False


class Transport:
    """One cookie jar, one connection pool. `origin` says whether TLS and the environment's proxies are wanted.

    `carrier` stands in for the network, in tests of faults that no real server can be made to show. Raises
    `EnvironmentUnusable` for a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        origin: str,
        ids: Ids,
        cookies: Iterable[StoredCookie] = (),
        *,
        carrier: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._ids = ids
        self._jar = SessionCookies(cookies)
        self._routes = ProxyRoutes()
        self._routes.proxy_for(origin)
        tls = _tls(origin)
        self._carrier = _Carrier(tls, self._routes)
        self._http = self._client(carrier or self._carrier)
        self._uploads = self._client(carrier or UploadCarrier(tls))
        self.date: str | None = None
        """`Date` of the newest answer, as the server wrote it; "" where it wrote none, None before the first."""

    def _client(self, carrier: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            follow_redirects=False, trust_env=False, transport=carrier, headers=HEADERS, cookies=self._jar
        )

    async def __aenter__(self) -> Transport:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()
        await self._uploads.aclose()

    async def drop_idle(self) -> None:
        """Close what waits for the next call: after a sleep nobody knows whether the other end is still there."""
        await self._carrier.drop_idle()
        uploads = self._uploads._transport
        if isinstance(uploads, UploadCarrier):
            uploads.drop_idle()

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._http.is_closed

    def cookies(self) -> list[StoredCookie]:
        """What the session file keeps."""
        return self._jar.stored()

    def cookie(self, name: str) -> str:
        """The newest value of a cookie, whatever host set it; empty when there is none."""
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
                return await aside(partial(self._read_aside, call, answer))
            except (errors.ConnectionBroken, errors.BadAnswer) as error:
                overloaded = isinstance(error, errors.ConnectionBroken) or error.status >= 500
                if not repeats or not overloaded:
                    raise
                repeats -= 1
                log.info("%s failed and is repeated: %s", call.name, error.code)
            await asyncio.sleep(backoff.wait())

    def _read_aside(self, call: Call[T], answer: Answer, breath: Breath) -> T:
        return self.read(call, answer)

    def read(self, call: Call[T], answer: Answer) -> T:
        """Read an answer; a `BadAnswer` gets the host's name."""
        try:
            return call.read(answer)
        except errors.BadAnswer as error:
            error.facts["host"] = urlsplit(call.request.url).netloc
            raise

    async def send(self, name: str, request: Request, body: AsyncIterable[bytes | memoryview] | None = None) -> Answer:
        """One request, one try; `body` is streamed instead of `request.body`. Raises `NetworkError`."""
        began = time.monotonic()
        # The carrier of uploads knows no proxy.
        direct = body is not None and self._routes.proxy_for(request.url) is None
        client = self._uploads if direct else self._http
        limits = LIMITS[request.pace]
        async with self._begun(client, name, request, body) as (response, deadline):
            with as_our_errors(urlsplit(request.url).netloc, name, response.status_code):
                found, shape = await read_body(response, deadline, limits.answer)
        log.info(
            "%s %s: %s, %s bytes, %.0f ms",
            request.method,
            name,
            response.status_code,
            len(found),
            (time.monotonic() - began) * 1000,
        )
        self.date = response.headers.get("date", "")
        return Answer(response.status_code, found, self._set_by(response), shape)

    def _set_by(self, response: httpx.Response) -> dict[str, str]:
        """The cookies that an answer sets."""
        # An upload has a thousand answers without a cookie; looking through their headers each time is felt.
        if "set-cookie" not in response.headers:
            return {}
        names = (header.partition("=")[0].strip() for header in response.headers.get_list("set-cookie"))
        return {name: self._jar.newest[name] for name in names if name in self._jar.newest}

    @asynccontextmanager
    async def _begun(
        self,
        client: httpx.AsyncClient,
        name: str,
        request: Request,
        body: AsyncIterable[bytes | memoryview] | None = None,
    ) -> AsyncIterator[tuple[httpx.Response, Deadline]]:
        """Send a request; give the answer, of which only the head was read, and its deadline. Raises `NetworkError`."""
        host = urlsplit(request.url).netloc
        if self.closed:
            raise errors.Unreachable(host=host, call=name, why=errors.Phrase("this session was left"))
        limits = LIMITS[request.pace]
        deadline = Deadline(limits)
        left = ConnectFailure()
        with as_our_errors(host, name, left=left):
            built = client.build_request(
                request.method,
                _address(request.url, request.query),
                headers=list(request.headers),
                # httpx only passes the pieces on; views of a buffer serve as well as bytes.
                content=cast("AsyncIterable[bytes]", _counted(body, deadline)) if body else request.body or None,
                timeout=httpx.Timeout(limits.silence, connect=limits.connect),
                extensions={"trace": left.trace},
            )
            async with deadline.running():
                response = await client.send(built, stream=True)
        try:
            yield response, deadline
        finally:
            with as_our_errors(host, name):
                await response.aclose()

    @asynccontextmanager
    async def stream(self, name: str, request: Request) -> AsyncIterator[StreamedAnswer]:
        """Send one request without a body, once; the answer is read piece by piece. Raises `NetworkError`."""
        async with self._begun(self._http, name, request) as (response, deadline):
            log.info("%s %s: %s, streamed", request.method, name, response.status_code)
            yield StreamedAnswer(urlsplit(request.url).netloc, name, response, deadline)


async def _counted(body: AsyncIterable[bytes | memoryview], deadline: Deadline) -> AsyncIterator[bytes | memoryview]:
    """Yield the pieces of `body`; each that has left puts the deadline off: a slow link is no reason to give up."""
    async for piece in body:
        yield piece
        deadline.moved(len(piece))


class StreamedAnswer:
    """An answer whose body has not been read yet."""

    def __init__(self, host: str, call: str, response: httpx.Response, deadline: Deadline) -> None:
        self.host = host
        self.call = call
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._deadline = deadline

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes, at most some ten kilobytes at a time. Raises `NetworkError`, also when it is cut short.

        What the caller does with a piece raises what it raises.
        """
        async with aclosing(pieces(self._response, self._deadline)) as found:
            while True:
                with as_our_errors(self.host, self.call):
                    piece = await anext(found, None)
                if piece is None:
                    return
                yield piece


@lru_cache(maxsize=4)
def _address(url: str, query: tuple[tuple[str, str], ...]) -> httpx.URL:
    """Encoding the same address for each of a thousand parts is felt too."""
    return httpx.URL(url, params=list(query)) if query else httpx.URL(url)
