"""Sockets below httpx: an answer that comes while its request is still being written ends the writing.

httpcore's own streams read nothing while they write, and lose what they have not read when a write fails. A server that
refuses a file early and hangs up would pass for a broken network, and a queued file would be sent to it for ever. And a
connection that is given up in the middle of its TLS handshake would stay open.
"""
# ruff: noqa: ASYNC109 - the parameters are httpcore's

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiohappyeyeballs import start_connection

from tui.services.http.httpcore_import import httpcore

SLICE: Final = 256 * 1024
"""Bytes of a request that are encrypted or given to the socket at once; before each the event loop has its turn."""
_READ: Final = 64 * 1024
_INTERIM: Final = (b"HTTP/1.1 1", b"HTTP/1.0 1")
"""How “100 Continue” begins, which some servers send without being asked."""


class SocketBackend(httpcore.AsyncNetworkBackend):
    """Connects over IPv6 or IPv4, whichever answers first."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[object] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; `timeout` is for finding the host's addresses and trying them all."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
                # Not asyncio's own race of addresses: a connection that is made as the race is cancelled stays open.
                connected = await start_connection(addresses, happy_eyeballs_delay=0.25)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return SocketStream(connected)


class SocketStream(httpcore.AsyncNetworkStream):
    """A connected socket. One task at a time uses it."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._waiting: asyncio.Future[None] | None = None
        self._early = b""
        """Bytes that came while a request was being written."""
        self._ended = False
        """True when the server hung up meanwhile."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, at most `max_bytes`; b"" at the end."""
        if self._early:
            found, self._early = self._early[:max_bytes], self._early[max_bytes:]
            return found
        try:
            await asyncio.sleep(0)
            while (data := self._receive(max_bytes)) is None:
                await self._wait(timeout)
            return data
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of `buffer`; `timeout` is the longest time in which the socket may take nothing.

        Raises `httpcore.WriteError` as soon as the server answers: httpcore reads the answer then.
        """
        view = memoryview(buffer)
        try:
            for start in range(0, len(view), SLICE):
                await asyncio.sleep(0)
                await self._send(view[start : start + SLICE], timeout, self._answered)
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def _answered(self) -> bool:
        """Take in what has come; return whether it is an answer, or the end."""
        while not self._ended and len(self._early) < _READ and (data := self._receive(_READ)) is not None:
            self._early += data
            self._ended = not data
        at = 0
        while self._early.startswith(_INTERIM, at):
            at = self._early.find(b"\r\n\r\n", at) + 4
            if at < 4:
                return self._ended or len(self._early) >= _READ
        return self._ended or len(self._early) - at >= len(_INTERIM[0]) or len(self._early) >= _READ

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Return a stream that is encrypted over this one. Closes this one when the two sides do not agree."""
        try:
            secure = TlsStream(self, ssl_context, server_hostname)
            async with asyncio.timeout(timeout):
                await secure.shake_hands()
        except BaseException as error:
            await self.aclose()
            if isinstance(error, TimeoutError):
                raise httpcore.ConnectTimeout(str(error)) from error
            if isinstance(error, OSError):
                raise httpcore.ConnectError(str(error)) from error
            raise
        return secure

    def get_extra_info(self, info: str) -> Any:
        """Say whether anything came that no call has asked for; httpcore closes such a connection."""
        return self._has_come() if info == "is_readable" else None

    async def aclose(self) -> None:
        """Close the socket at once, also that of TLS: nobody waits for a goodbye. A call that waits for it fails."""
        # First: the event loop cannot forget a socket that is closed already.
        self._abort_waiting()
        self._socket.close()

    def _has_come(self) -> bool:
        if self._early or self._ended or self._socket.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    def _receive(self, most: int) -> bytes | None:
        """Return what has come, b"" at the end, None when nothing has."""
        try:
            return self._socket.recv(most)
        except BlockingIOError:
            return None

    async def _send(self, data: memoryview, seconds: float | None, answered: Callable[[], bool]) -> None:
        """Send all of `data`. Raises `httpcore.WriteError` as soon as `answered` says so."""
        while data:
            if answered():
                raise httpcore.WriteError("the server does not wait for the rest")
            try:
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                await self._wait(seconds, writing=True)

    async def _wait(self, seconds: float | None, *, writing: bool = False) -> None:
        """Wait until something came or, when `writing`, the socket takes more. Raises `TimeoutError`."""
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        loop.add_reader(self._socket, _wake, self._waiting)
        if writing:
            loop.add_writer(self._socket, _wake, self._waiting)
        try:
            async with asyncio.timeout(seconds):
                await self._waiting
        finally:
            self._stop_waiting()

    def _abort_waiting(self) -> None:
        waiting = self._stop_waiting()
        if waiting is not None and not waiting.done():
            waiting.set_exception(ConnectionAbortedError())

    def _stop_waiting(self) -> asyncio.Future[None] | None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
        return waiting


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


class TlsStream(SocketStream):
    """TLS over a socket, or over the TLS of a proxy."""

    def __init__(self, below: SocketStream, context: ssl.SSLContext, host: str | None) -> None:
        super().__init__(below._socket)
        self._below = below
        self._came, self._leaves = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._leaves, server_hostname=host)

    async def shake_hands(self) -> None:
        """Agree on keys, and check the server's certificate."""
        done = False
        while not done:
            try:
                self._tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                pass
            await self._flush(None, lambda: False)
            while not done and not self._take():
                await self._wait(None)

    def _has_come(self) -> bool:
        return bool(self._tls.pending() or self._came.pending) or super()._has_come() or self._below._has_come()

    def _abort_waiting(self) -> None:
        super()._abort_waiting()
        self._below._abort_waiting()

    def _receive(self, most: int) -> bytes | None:
        while True:
            try:
                return self._tls.read(most)
            except ssl.SSLWantReadError:
                # Nothing came, or nothing for us: a ticket for a later session.
                if not self._take():
                    return None
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def _take(self) -> bool:
        """Hand what has come to TLS; False when nothing has."""
        data = self._below._receive(_READ)
        if data:
            self._came.write(data)
        elif data is not None:
            self._came.write_eof()
        return data is not None

    async def _send(self, data: memoryview, seconds: float | None, answered: Callable[[], bool]) -> None:
        self._tls.write(data)
        await self._flush(seconds, answered)

    async def _flush(self, seconds: float | None, answered: Callable[[], bool]) -> None:
        await self._below._send(memoryview(self._leaves.read()), seconds, answered)
