"""Carries uploads below httpx: asyncio's own connections, with h11 to speak HTTP/1.1.

httpx's usual carrier spends most of an upload's time in the layers between it and the socket. This one writes a piece
where that one makes a dozen calls; in return it knows no proxy, and reads only answers that are small.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TypeAlias, cast

import h11
from aiohappyeyeballs import start_connection

from tui.services.http.httpx_import import httpx
from tui.services.http.limits import LIMITS
from tui.wire.call import Pace

SLICE = 256 * 1024
"""Bytes given to asyncio at once. Over TLS a slice and some 64 KiB may count as sent before the socket has them; on
slow links the sender's pieces are smaller than that, and so is the error."""
LARGEST_ANSWER = LIMITS[Pace.UPLOAD].answer
MOST_EVENTS = 1000
"""Chunks and “100 Continue” of one answer; all that came is gone through at once, and the event loop waits."""
_LEFT_OVER = 64 * 1024
IDLE_SECONDS = 15.0
"""How long a connection is kept for the next part."""
CLOSE_SECONDS = 0.5
"""How long a server may take to say goodbye, as TLS wants it, before the line is cut."""

Seconds: TypeAlias = float | None


class UploadCarrier(httpx.AsyncBaseTransport):
    """One connection a running upload, of which one an origin is kept; certificates are checked as `tls` says.

    Raises what httpx's own does. `read` of a request's time-outs is for the whole answer, `pool` is not needed.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        tls.set_alpn_protocols(["http/1.1"])
        self._tls = tls
        self._idle: dict[tuple[str, str, int], _Connection] = {}
        self._open: set[_Connection] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the answer is there as a whole."""
        timeouts: Mapping[str, Seconds] = request.extensions.get("timeout", {})
        secure = request.url.scheme == "https"
        host = request.url.raw_host.decode("ascii")
        origin = request.url.scheme, host, request.url.port or (443 if secure else 80)
        connection = self._idle.pop(origin, None)
        if connection is None or not connection.wake():
            connection = await self._connect(*origin[1:], self._tls if secure else None, timeouts.get("connect"))
        trace = request.extensions.get("trace")
        if trace is not None:
            await trace("http11.send_request_headers.started", {})
        try:
            response = await connection.exchange(request, timeouts)
        except BaseException:
            connection.abort()
            raise
        spare: _Connection | None = connection
        if connection.rest():
            # The newest is kept: one that lay idle meanwhile may be gone.
            spare = self._idle.get(origin)
            self._idle[origin] = connection
        if spare is not None:
            spare.close()
        return response

    def drop_idle(self) -> None:
        """Close what is kept for the next part."""
        idle, self._idle = self._idle, {}
        for connection in idle.values():
            connection.close()

    async def aclose(self) -> None:
        """Close every connection, the slow ones too."""
        await asyncio.gather(*(connection.end() for connection in self._open))

    async def _connect(self, host: str, port: int, tls: ssl.SSLContext | None, seconds: Seconds) -> _Connection:
        try:
            async with asyncio.timeout(seconds):
                loop = asyncio.get_running_loop()
                addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                # Not create_connection's own race: what is connected when it is cancelled stays open.
                reached = await start_connection(addresses, happy_eyeballs_delay=0.25)
                transport, connection = await loop.create_connection(lambda: _Connection(self._open), sock=reached)
                if tls is None:
                    connection.use(transport)
                    return connection
                # Not by create_connection's `ssl`: `_Last` has to come between TLS and the socket.
                secure = await loop.start_tls(transport, connection, tls, server_hostname=host)
                _Last.words(transport)
                connection.use(cast("asyncio.Transport", secure))
                return connection
        except TimeoutError as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error


class _Connection(asyncio.Protocol):
    """What comes is read at once, also while a body is being sent: a server may refuse it early, and then hang up.

    An exchange is over as soon as there is an answer or a fault.
    """

    def __init__(self, among: set[_Connection]) -> None:
        self._among = among
        self._http = h11.Connection(h11.CLIENT)
        self._gone = False
        self._full = False
        self._changed = asyncio.Event()
        self._expiry: asyncio.TimerHandle | None = None
        self._begin()

    def _begin(self) -> None:
        self._received = self._events = 0
        self._head: h11.Response | None = None
        self._body = bytearray()
        self._answer: httpx.Response | None = None
        self._fault: httpx.TransportError | None = None

    @property
    def _over(self) -> bool:
        return self._answer is not None or self._fault is not None

    # ---------------------------------------------------------------- one exchange

    async def exchange(self, request: httpx.Request, timeouts: Mapping[str, Seconds]) -> httpx.Response:
        """Send a request and wait for its answer."""
        try:
            await self._send(request, timeouts.get("write"))
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error
        await self._until(lambda: self._over, timeouts.get("read"), httpx.ReadTimeout)
        if self._answer is None:
            raise self._fault or httpx.ReadError("")
        return self._answer

    async def _send(self, request: httpx.Request, seconds: Seconds) -> None:
        url = request.url
        head = h11.Request(method=request.method, target=url.raw_path, headers=request.headers.raw)
        await self._write(head, seconds)
        async for piece in cast("httpx.AsyncByteStream", request.stream):
            view = memoryview(piece)
            for start in range(0, len(view), SLICE):
                await self._look()
                # A copy: the sender fills its buffer anew while asyncio may still hold what the socket did not take.
                await self._write(h11.Data(data=bytes(view[start : start + SLICE])), seconds)
            if self._over:
                return
        await self._write(h11.EndOfMessage(), seconds)

    async def _look(self) -> None:
        """Take in what came. It matters before a write: when that fails, asyncio reads no more."""
        await asyncio.sleep(0)
        # The loop polls between its turns and queues what it found behind us: it is here after one more.
        await asyncio.sleep(0)

    async def _write(self, event: h11.Event, seconds: Seconds) -> None:
        if self._over or self._transport.is_closing():
            return
        self._transport.write(self._http.send(event) or b"")
        if self._full:
            await self._until(lambda: self._over or not self._full, seconds, httpx.WriteTimeout)

    async def _until(self, ready: Callable[[], bool], seconds: Seconds, late: type[httpx.TimeoutException]) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not ready():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as error:
            raise late("") from error

    # ---------------------------------------------------------------- between exchanges

    def rest(self) -> bool:
        """Keep the connection for the next exchange; false when it cannot have one."""
        states = {self._http.our_state, self._http.their_state}
        if states != {h11.DONE} or self._http.trailing_data[0] or self._transport.is_closing():
            return False
        self._http.start_next_cycle()
        self._begin()
        self._expiry = asyncio.get_running_loop().call_later(IDLE_SECONDS, self.close)
        return True

    def wake(self) -> bool:
        """Take it up again; false when it is closed, or when something came that nobody asked for."""
        if self._expiry is not None:
            self._expiry.cancel()
        if self._over:
            self.abort()
        return not self._transport.is_closing()

    def close(self) -> None:
        """Say goodbye; nobody waits for it. What was not sent by now is not wanted any more."""
        if self._http.our_state is h11.SEND_BODY:
            self.abort()
        elif not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Cut the line."""
        self._transport.abort()

    async def end(self) -> None:
        """Close, and wait until it is done."""
        if self._expiry is not None:
            self._expiry.cancel()
        self.close()
        try:
            await self._until(lambda: self._gone, CLOSE_SECONDS, httpx.ReadTimeout)
        except httpx.ReadTimeout:
            self.abort()
            await self._until(lambda: self._gone, None, httpx.ReadTimeout)

    # ---------------------------------------------------------------- asyncio's side

    def use(self, transport: asyncio.Transport) -> None:
        """Talk over `transport`, which is ready."""
        self._transport = transport
        self._plain = not transport.get_extra_info("sslcontext")
        self._among.add(self)
        # Waiting for the socket to take everything makes "sent" mean sent.
        self._transport.set_write_buffer_limits(high=1)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._changed.set()

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._over:
            self.abort()
        elif self._received > LARGEST_ANSWER:
            self._fail(httpx.RemoteProtocolError("the answer is too large"))
        else:
            self._read(data)

    def eof_received(self) -> None:
        if self._over:
            return
        if self._head is None:
            self._fail(httpx.RemoteProtocolError("the server hung up without an answer"))
        else:
            self._read(b"")

    def connection_lost(self, error: Exception | None) -> None:
        self._gone = True
        if error is not None and self._plain:
            for piece in _left_over(self._transport):
                self.data_received(piece)
        kind = httpx.WriteError if self._http.our_state is h11.SEND_BODY else httpx.ReadError
        self._fail(kind("the connection broke"), error)
        self._among.discard(self)

    def _fail(self, fault: httpx.TransportError, cause: Exception | None = None) -> None:
        if not self._over:
            fault.__cause__ = cause
            self._fault = fault
        self._changed.set()

    def _read(self, data: bytes) -> None:
        try:
            self._http.receive_data(data)
            while not self._over:
                self._events += 1
                if self._events > MOST_EVENTS:
                    raise h11.RemoteProtocolError("the answer comes in too many pieces")
                match self._http.next_event():
                    case h11.Response() as head:
                        self._head = head
                    case h11.Data(data=piece):
                        self._body += piece
                    case h11.EndOfMessage() if self._head is not None:
                        self._answer = httpx.Response(
                            self._head.status_code,
                            headers=self._head.headers.raw_items(),
                            stream=httpx.ByteStream(bytes(self._body)),
                            extensions={"http_version": b"HTTP/" + self._head.http_version},
                        )
                    case h11.InformationalResponse():
                        continue
                    case _:
                        break
        except h11.RemoteProtocolError as error:
            self._fail(httpx.RemoteProtocolError(str(error)), error)
        self._changed.set()


def _left_over(transport: asyncio.BaseTransport) -> Iterator[bytes]:
    """What came before a reset, and still lies in the socket that has just broken.

    A server that answers before it has read everything, and hangs up, resets the connection behind its answer. A write
    that finds the reset first makes asyncio give the socket up unread.
    """
    with suppress(OSError):
        handle = transport.get_extra_info("socket").fileno()
        for _ in range(LARGEST_ANSWER // _LEFT_OVER + 1):
            piece = os.read(handle, _LEFT_OVER)
            if not piece:
                return
            yield piece


class _Last(asyncio.BufferedProtocol):
    """Between the socket and TLS: hands TLS what `_left_over` finds, before it hears that the connection broke."""

    def __init__(self, transport: asyncio.Transport, tls: asyncio.BufferedProtocol) -> None:
        self._transport = transport
        self._tls = tls

    @classmethod
    def words(cls, transport: asyncio.Transport) -> None:
        """Take the place between `transport` and its TLS."""
        transport.set_protocol(cls(transport, cast("asyncio.BufferedProtocol", transport.get_protocol())))

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            for piece in _left_over(self._transport):
                while piece:
                    room = self.get_buffer(len(piece))
                    taken = min(len(room), len(piece))
                    room[:taken] = piece[:taken]
                    self._tls.buffer_updated(taken)
                    piece = piece[taken:]
        self._tls.connection_lost(error)

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self._tls.get_buffer(sizehint))

    def buffer_updated(self, nbytes: int) -> None:
        self._tls.buffer_updated(nbytes)

    def eof_received(self) -> bool | None:
        return self._tls.eof_received()

    def pause_writing(self) -> None:
        self._tls.pause_writing()

    def resume_writing(self) -> None:
        self._tls.resume_writing()
