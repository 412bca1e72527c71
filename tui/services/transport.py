"""The one place that talks HTTP: runs the wire's calls, keeps the cookies, turns faults into `tui.errors`.

Nothing is followed, nothing is logged but call names, status and time: queries, headers and bodies carry secrets. For
the same reason httpx's own loggers, which write whole addresses, stay silent.
"""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache
from http.cookiejar import Cookie, CookieJar
from types import TracebackType
from typing import TypeVar, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from socksio.exceptions import SOCKSError

from tui import errors
from tui.services.backoff import Backoff
from tui.services.carrier import UploadCarrier
from tui.services.ids import Ids
from tui.services.lean_httpx import httpx
from tui.services.stored_cookie import StoredCookie as StoredCookie
from tui.wire.call import Answer, Call, Pace, Request

T = TypeVar("T")

log = logging.getLogger("wxtui.transport")
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

TIMEOUTS = {
    Pace.CALL: httpx.Timeout(30, connect=10),
    # The server holds a long poll for about 25 s (protocol.md section 4).
    Pace.LONG_POLL: httpx.Timeout(60, connect=10),
    # After the last part the server checks the whole file before it answers.
    Pace.MEDIA: httpx.Timeout(120, connect=10),
}
RETRIES = 2
IDLE_SECONDS = 4.0
"""How long a connection is kept for the next call. Servers close idle ones after 5 s or more: a send on a connection
that the server is just closing would be “unknown”, for nothing but the handshake that was saved."""
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
"""Web WeChat turns away clients that do not look like a browser."""
HEADERS = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


def _tls(origin: str) -> ssl.SSLContext:
    """Certificates are checked, always. An http origin does without the bundle (20 ms to read): no host passes then."""
    if origin.startswith("https://"):
        return httpx.create_ssl_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Transport:
    """One cookie jar, one connection pool. `origin` says whether TLS and the environment's proxies are wanted.

    `carrier` stands in for the network, in tests of faults that no real server can be made to show. Raises `UsageError`
    for a proxy that cannot be used.
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
        host = urlsplit(origin).hostname or ""
        loopback = host == "localhost" or host.startswith("127.") or host == "::1"
        self._proxies = {} if loopback else getproxies()
        self._jar = CookieJar()
        for cookie in cookies:
            self._jar.set_cookie(_thaw(cookie))
        tls = _tls(origin)
        self._newest = {cookie.name: cookie.value for cookie in cookies}
        try:
            self._http = httpx.AsyncClient(
                verify=tls,
                trust_env=not loopback,
                follow_redirects=False,
                transport=carrier,
                headers=HEADERS,
                cookies=self._jar,
                limits=httpx.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=IDLE_SECONDS),
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            why = errors.Phrase(
                "The proxy that the environment names (HTTPS_PROXY, ALL_PROXY) cannot be used; give an http:// one."
            )
            raise errors.UsageError(why=why) from None
        self._uploads = httpx.AsyncClient(
            follow_redirects=False, transport=carrier or UploadCarrier(tls), headers=HEADERS, cookies=self._jar
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
        for carrier in (self._http._transport, *self._http._mounts.values()):
            if isinstance(carrier, httpx.AsyncHTTPTransport):
                for connection in carrier._pool.connections:
                    if connection.is_idle():
                        await connection.aclose()
        uploads = self._uploads._transport
        if isinstance(uploads, UploadCarrier):
            uploads.drop_idle()

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._http.is_closed

    def cookies(self) -> list[StoredCookie]:
        """What the session file keeps."""
        return [_freeze(cookie) for cookie in self._jar]

    def cookie(self, name: str) -> str:
        """The newest value of a cookie, whatever host set it; empty when there is none."""
        return self._newest.get(name, "")

    async def run(self, call: Call[T]) -> T:
        """Send a call and read its answer.

        Repeats only what is `repeatable`, only after a break or a 5xx, at most twice. Raises `NetworkError` and
        whatever the call's `read` raises.
        """
        backoff = Backoff(self._ids.jitter, first=0.3, most=3)
        repeats = RETRIES if call.request.repeatable and call.request.pace is not Pace.LONG_POLL else 0
        while True:
            try:
                return self.read(call, await self.send(call.name, call.request))
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
        except errors.BadAnswer as error:
            error.facts["host"] = urlsplit(call.request.url).netloc
            raise

    def _proxied(self, url: str) -> bool:
        """Whether a proxy of the environment stands between us and this host; uploads' own carrier knows none."""
        parts = urlsplit(url)
        return not self._proxies.keys().isdisjoint((parts.scheme, "all")) and not proxy_bypass(parts.netloc)

    async def send(self, name: str, request: Request, body: AsyncIterable[bytes | memoryview] | None = None) -> Answer:
        """One request, one try; `body` is streamed instead of `request.body`. Raises `NetworkError`."""
        host = urlsplit(request.url).netloc
        if self.closed:
            raise errors.Unreachable(host=host, call=name, why=errors.Phrase("this session was left"))
        began = time.monotonic()
        with _as_our_errors(host, name):
            client = self._http if body is None or self._proxied(request.url) else self._uploads
            response = await client.request(
                request.method,
                _address(request.url, request.query),
                headers=list(request.headers),
                # httpx only passes the pieces on; views of a buffer serve as well as bytes.
                content=cast("AsyncIterable[bytes] | None", body) or request.body or None,
                timeout=TIMEOUTS[request.pace],
            )
        log.info(
            "%s %s: %s, %s bytes, %.0f ms",
            request.method,
            name,
            response.status_code,
            len(response.content),
            (time.monotonic() - began) * 1000,
        )
        return Answer(response.status_code, response.content, self._note_cookies(response))

    def _note_cookies(self, response: httpx.Response) -> dict[str, str]:
        # An upload has a thousand answers without a cookie; parsing them anew each time is felt.
        cookies = response.cookies.jar if "set-cookie" in response.headers else ()
        found = {cookie.name: cookie.value or "" for cookie in cookies}
        self._newest |= found
        return found

    @asynccontextmanager
    async def stream(self, name: str, request: Request) -> AsyncIterator[Stream]:
        """One request without a body, one try, whose answer is read piece by piece. Raises `NetworkError`."""
        host = urlsplit(request.url).netloc
        if self.closed:
            raise errors.Unreachable(host=host, call=name, why=errors.Phrase("this session was left"))
        built = self._http.build_request(
            request.method,
            _address(request.url, request.query),
            headers=list(request.headers),
            timeout=TIMEOUTS[request.pace],
        )
        with _as_our_errors(host, name):
            response = await self._http.send(built, stream=True)
        log.info("%s %s: %s, streamed", request.method, name, response.status_code)
        self._note_cookies(response)
        try:
            yield Stream(host, name, response)
        finally:
            with _as_our_errors(host, name):
                await response.aclose()


class Stream:
    """An answer whose body has not been read yet."""

    def __init__(self, host: str, call: str, response: httpx.Response) -> None:
        self.host = host
        self.call = call
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._response = response

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes, at most some ten kilobytes at a time. Raises `NetworkError`, also when it is cut short.

        What the caller does with a piece raises what it raises.
        """
        pieces = self._response.aiter_bytes()
        while True:
            with _as_our_errors(self.host, self.call):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece


@contextmanager
def _as_our_errors(host: str, name: str) -> Iterator[None]:
    """What httpx raises, as the errors that stand for it."""
    try:
        yield
    except (httpx.ProxyError, SOCKSError):
        raise errors.Unreachable(host=host, call=name, why=errors.Phrase("the proxy makes no connection")) from None
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise errors.Unreachable(host=host, call=name, why=_why(error)) from None
    except httpx.TimeoutException:
        raise errors.TimedOut(host=host, call=name) from None
    except (httpx.TransportError, OSError):
        # httpx lets through what breaks TLS once the handshake is over.
        raise errors.ConnectionBroken(host=host, call=name) from None
    except (httpx.InvalidURL, httpx.HTTPError, UnicodeError):
        raise errors.BadAnswer(
            host=host, call=name, why=errors.Phrase("it breaks the HTTP protocol"), status=0
        ) from None


@lru_cache(maxsize=4)
def _address(url: str, query: tuple[tuple[str, str], ...]) -> httpx.URL:
    """Encoding the same address for each of a thousand parts is felt too."""
    return httpx.URL(url, params=list(query)) if query else httpx.URL(url)


def _why(error: BaseException) -> object:
    """The operating system's own word for why there is no connection."""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, BaseExceptionGroup):
            cause = cause.exceptions[0]
            continue
        if isinstance(cause, ssl.SSLCertVerificationError):
            return errors.Phrase("its certificate is not trusted ({why})", why=cause.verify_message)
        if isinstance(cause, ssl.SSLError):
            return errors.Phrase("no secure connection could be made")
        if isinstance(cause, OSError) and cause.errno:
            # asyncio puts its own words and the address in; a name that is not found has a negative errno of its own.
            return (
                os.strerror(cause.errno)
                if cause.errno > 0
                else cause.strerror or errors.Phrase("its name is not known")
            )
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return errors.Phrase("it did not answer in time")
    return errors.Phrase("no connection could be made")


def _freeze(cookie: Cookie) -> StoredCookie:
    return StoredCookie(cookie.name, cookie.value or "", cookie.domain, cookie.path, cookie.expires, cookie.secure)


def _thaw(cookie: StoredCookie) -> Cookie:
    dotted = cookie.domain.startswith(".")
    return Cookie(
        version=0,
        name=cookie.name,
        value=cookie.value,
        port=None,
        port_specified=False,
        domain=cookie.domain,
        domain_specified=dotted,
        domain_initial_dot=dotted,
        path=cookie.path,
        path_specified=True,
        secure=cookie.secure,
        expires=cookie.expires,
        discard=cookie.expires is None,
        comment=None,
        comment_url=None,
        rest={},
    )
