"""The sandbox on a socket: in a running event loop (`SandboxServer`), or as a program of its own (`serve`)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import os
import signal
import socket
from collections.abc import Callable, Generator
from email.utils import formatdate
from pathlib import Path
from threading import Thread
from typing import Self

import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tui.errors import Phrase, UsageError
from tui.sandbox.asgi import build
from tui.sandbox.control.fault_layer import ABORT, CLOSE
from tui.sandbox.session.state import State
from tui.sandbox.world.options import SandboxOptions

BACKLOG = 512
GRACE = 2
"""Seconds that requests get to finish when the sandbox stops; its polls end by themselves at once."""


class _Breakable(H11Protocol):
    """Lets the fault layer end the connection that a request came by."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("the listener serves streams only")
        super().connection_made(transport)
        served = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {ABORT: transport.abort, CLOSE: transport.close}
            await served(scope, receive, _dated(send))

        self.app = app


def _dated(send: Send) -> Send:
    """Send answers with the server's time, as every web server does; the clock of uvicorn does not run here."""

    async def dated(message: Message) -> None:
        if message["type"] == "http.response.start":
            date = (b"date", formatdate(usegmt=True).encode())
            message = {**message, "headers": [*message.get("headers", ()), date]}
        await send(message)

    return dated


class _Quiet(uvicorn.Server):
    """A listener that leaves signals to whoever owns the loop, does not tick when idle, and stops at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        await self.stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await _turn()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        running = list(self.server_state.tasks)
        if running:
            _, late = await asyncio.wait(running, timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        # In the middle of a request, or of an answer that nobody reads: an open one would outlive the loop.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await _turn()


async def _turn() -> None:
    """Let the loop do what it has begun: an accepted connection is known after three rounds, a closed one after one."""
    for _ in range(4):
        await asyncio.sleep(0)


class SandboxServer:
    """`async with SandboxServer(options) as server:` serves at `server.origin` until the block ends.

    `listening`: an open socket to use instead of the address in the options. Raises `UsageError` for an address that
    is not loopback, a port that is taken or a certificate that does not load.
    """

    def __init__(
        self,
        options: SandboxOptions,
        *,
        certfile: str | Path | None = None,
        keyfile: str | Path | None = None,
        listening: socket.socket | None = None,
    ) -> None:
        self.options = options
        self._listening = listening
        self.state = State(options)
        self.origin = ""
        self._certificate = None if certfile is None else str(certfile)
        self._key = None if keyfile is None else str(keyfile)
        self._listener: _Quiet | None = None
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        listening = self._listening or bind(self.options.host, self.options.port)
        try:
            await self._start(listening)
        except BaseException:
            listening.close()
            self.state.close()
            raise
        return self

    async def _start(self, listening: socket.socket) -> None:
        config = uvicorn.Config(
            build(self.state),
            http=_Breakable,
            ws="none",
            lifespan="off",
            loop="none",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=120,
            ssl_certfile=self._certificate,
            ssl_keyfile=self._key,
        )
        try:
            config.load()
        except OSError as error:
            why = Phrase("The certificate cannot be used: {why}.", why=error.strerror or error)
            raise UsageError(why=why) from None
        self._listener = _Quiet(config)
        self._running = asyncio.create_task(self._listener.serve(sockets=[listening]))
        while not self._listener.started:
            if self._running.done():
                await self._running
            await asyncio.sleep(0.002)
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self.origin = f"{'https' if self._certificate else 'http'}://{shown}:{port}"

    async def __aexit__(self, *_: object) -> None:
        self.state.close()
        if self._listener is not None and self._running is not None:
            self._listener.stop.set()
            await self._running


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket on a loopback address; raise `UsageError`."""
    address = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(address).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(why=Phrase("The sandbox listens on loopback addresses only, not on “{host}”.", host=host))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # With the protocol named, asyncio sets TCP_NODELAY on what it accepts; without it every answer waits 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(why=_why_not(address, port, error)) from None
    listening.setblocking(False)
    return listening


def _why_not(address: str, port: int, error: OSError | OverflowError) -> Phrase:
    if isinstance(error, OverflowError):
        return Phrase("{port} is not a valid port; ports are 0 to 65535.", port=port)
    if error.errno == errno.EADDRINUSE:
        return Phrase(
            "Port {port} on {address} is used by another program; choose another one with --port.",
            port=port,
            address=address,
        )
    if error.errno == errno.EACCES:
        return Phrase("You may not use port {port}; choose one above 1023 with --port.", port=port)
    why = error.strerror
    return Phrase("The sandbox cannot listen on {address}, port {port}: {why}.", address=address, port=port, why=why)


def _read_to_end(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop at the end of standard input: whoever started the sandbox is gone, however it ended."""
    # A descriptor that is not open is at its end, too; a loop that is closed has stopped already.
    with contextlib.suppress(OSError):
        while os.read(0, 65536):
            pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(stop.set)


def serve(
    options: SandboxOptions,
    announce: Callable[[str], None],
    *,
    certfile: str | Path | None = None,
    keyfile: str | Path | None = None,
    with_stdin: bool = False,
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, and `with_stdin` until the end of standard input, if that is sooner.

    `announce` gets the origin. Raises `UsageError` as `SandboxServer`.
    """

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup ignores the hangup, and that is meant.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, stop.set)
        if with_stdin:
            # A thread: a file or /dev/null cannot be waited for by the loop.
            Thread(target=_read_to_end, args=(loop, stop), daemon=True).start()
        async with SandboxServer(options, certfile=certfile, keyfile=keyfile) as server:
            announce(server.origin)
            await stop.wait()

    asyncio.run(run())
