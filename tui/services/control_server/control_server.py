"""Listens on the profile's socket, and carries out what other shells ask of the running wxtui (see `control.protocol`).

The services of the program that owns the session do the work: files stand in its list of uploads, messages in its log.
A request belongs to the command that made it: when that goes away, what has not begun is not begun.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from typing import Any

from tui import __version__, errors
from tui.breakage import log_breakage
from tui.services.control import protocol, unix_socket
from tui.services.control.error_codec import failed
from tui.services.control_server import limits
from tui.services.control_server.connection import Connection
from tui.services.control_server.handlers import HANDLERS
from tui.services.control_server.job import Job
from tui.services.control_server.owner_services import OwnerServices
from tui.services.util.background import child, report, spawn
from tui.services.util.shielded import whole
from tui.store.changes import MessagesAdded
from tui.units import shown_size

log = logging.getLogger("wxtui.control")


class ControlServer:
    """Listens as an async context manager, while the caller holds the profile's `OwnerLock`.

    Without a socket, commands cannot come in; nothing else is lost.
    """

    def __init__(self, services: OwnerServices) -> None:
        self._services = services
        self._connections: dict[asyncio.Task[None], _Connection] = {}
        self._left: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> ControlServer:
        try:
            # Cancelled while the thread binds it, a socket would be nobody's, and stay open and in its folder.
            await whole(self._listen())
        except asyncio.CancelledError:
            await self.close()
            raise
        return self

    async def _listen(self) -> None:
        try:
            listener = await asyncio.to_thread(unix_socket.bind, self._services.profile)
        except errors.HomeUnusable as error:
            log.warning("other shells cannot come in: %s", error)
            return
        self._server = await asyncio.start_unix_server(self._welcome, sock=listener, limit=protocol.LINE)

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let nobody in any more, and end what is being done for other shells; again does nothing."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        # Before its connections end: a command that connects from now on finds nobody, and waits for the lock.
        unix_socket.remove(self._services.profile)
        # Connections first: as they end, they may leave work that goes on.
        for tasks in (self._connections, self._left):
            ending = list(tasks)
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self._admit(reader, writer)
        except Exception as error:
            # Nothing else would close the connection, and a command would wait for its greeting.
            report(error, "a connection of another shell")
            writer.transport.abort()

    def _admit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if sum(not task.cancelling() for task in self._connections) >= limits.MOST and not self._end_idlest():
            writer.transport.abort()
            return
        connection = _Connection(self._services, reader, writer, self._leave, self._may_follow)
        task = spawn(connection.run(), "a connection of another shell")
        self._connections[task] = connection
        task.add_done_callback(self._connections.pop)

    def _end_idlest(self) -> bool:
        """End the connection that has been idle longest; False when all are at work."""
        idle = [
            (connection.idle_since, task)
            for task, connection in self._connections.items()
            if connection.idle_since is not None and not task.cancelling()
        ]
        if not idle:
            return False
        min(idle, key=lambda one: one[0])[1].cancel()
        return True

    def _may_follow(self) -> bool:
        return sum(one.follows for one in self._connections.values()) < limits.MOST_FOLLOWERS

    def _leave(self, work: asyncio.Task[Any]) -> None:
        """Let work go on that nobody waits for any more."""
        self._left.add(work)
        work.add_done_callback(self._ended)

    def _ended(self, work: asyncio.Task[Any]) -> None:
        self._left.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            log.info("a request that nobody waited for ended with %s", type(error).__name__)


class _Connection(Connection, eq=False):
    """Connection from its first line to its end; by that line it is a command of wxtui, or speaks the API."""

    async def run(self) -> None:
        """Serve the connection. Rubbish from the other side ends this connection, and nothing else."""
        try:
            if not self._is_ours() or (first := await self._first_line()) is None:
                return
            if not protocol.is_own(first):
                await self._speak_api(first)
            elif self._greeted(protocol.read_command(first)):
                await self._serve_command()
        except (protocol.Malformed, OSError, TimeoutError) as error:
            log.info("a connection of another shell ended: %s", type(error).__name__)
        finally:
            await self.end()

    async def _serve_command(self) -> None:
        while (request := await self._awaited()) is not None:
            if isinstance(request, protocol.Hello | protocol.Go | protocol.Cancel):
                raise protocol.Malformed("out of turn")
            self._say(protocol.RequestReady())
            if not isinstance(await self._awaited(), protocol.Go):
                break
            await self._carry_out(request)

    async def _speak_api(self, first: bytes) -> None:
        from tui.services.control_server.api.api_connection import ApiConnection

        self.idle_since = None
        await ApiConnection(self).run(first)

    def _is_ours(self) -> bool:
        connection = self.writer.get_extra_info("socket")
        uid = unix_socket.peer_uid(connection)
        if uid != os.geteuid():
            log.warning("user %d was turned away", uid)
        return uid == os.geteuid()

    async def _first_line(self) -> bytes | None:
        self.idle_since = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(limits.GREETING):
                return await self.next_line()
        except protocol.Malformed:
            from tui.services.control_server.api.api_connection import too_long

            self.write(too_long())
            raise
        finally:
            self.idle_since = None

    def _greeted(self, hello: protocol.FromCommand) -> bool:
        if not isinstance(hello, protocol.Hello):
            return False
        self._say(protocol.Welcome(protocol.VERSION, __version__, os.getpid()))
        return hello.version == protocol.VERSION

    async def _awaited(self) -> protocol.FromCommand | None:
        """Return the next line that the command has to say; meanwhile the connection is idle."""
        self.idle_since = asyncio.get_running_loop().time()
        try:
            return await self._read()
        finally:
            self.idle_since = None

    # ---------------------------------------------------------------- one request

    async def _carry_out(self, request: protocol.ControlRequest) -> None:
        """Carry out a request and answer it; watch meanwhile for the command to cancel it, or to go away."""
        if isinstance(request, protocol.Follow):
            if not self.may_follow():
                self._say(failed(errors.OwnerRefused(why=errors.Phrase("Too many shells follow messages already."))))
                return
            self.follows = True
            try:
                await self._follow()
            finally:
                self.follows = False
            return
        job = Job(self.services, request, self._tell, self.pour)
        work = child(job.run(HANDLERS[type(request)]))
        ear: asyncio.Task[protocol.FromCommand | None] = child(self._read())
        try:
            if await self._is_done(work, ear):
                self._say(await _outcome(job, work))
                return
            if await job.give_up(work):
                self._say(await _outcome(job, work))
            else:
                # Too late to stop: the job goes on to its end, and its row says how that was.
                self.leave(work)
                self._say(await job.stands())
        except asyncio.CancelledError:
            # The owner ends, and still tells what that means for the message.
            work.cancel()
            self._say(await _outcome(job, work))
            raise
        finally:
            ear.cancel()
            await asyncio.gather(ear, return_exceptions=True)

    async def _is_done(
        self, work: asyncio.Task[protocol.Outcome], ear: asyncio.Task[protocol.FromCommand | None]
    ) -> bool:
        """Wait until the work is done; False when nobody wants it any more."""
        while not work.done():
            await asyncio.wait({work, ear}, timeout=protocol.BEAT, return_when=asyncio.FIRST_COMPLETED)
            if ear.done() and not work.done():
                return False
            if not work.done():
                self._tell(protocol.Working())
        return True

    async def _follow(self) -> None:
        """Tell of each new message until the other side goes away."""
        waiting: list[protocol.Added] = []
        news = asyncio.Event()

        async def collect() -> None:
            # Only row ids are queued: a reader that is suspended for a week does not fill the memory.
            async for change in changes:
                if isinstance(change, MessagesAdded):
                    waiting.append(
                        protocol.Added(change.conversation_id, tuple(message.id for message in change.messages))
                    )
                    news.set()

        async def tell() -> None:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(protocol.BEAT):
                        await news.wait()
                news.clear()
                told, waiting[:] = waiting[:], []
                for added in told:
                    self._say(added)
                if not told:
                    self._say(protocol.Working())
                await self.writer.drain()

        with self.services.store.subscribe() as changes:
            # Each message that is stored from now on is told: a command that hears this may look at the store.
            self._say(protocol.Working())
            tasks = [child(one) for one in (collect(), tell(), self._read())]
            try:
                done, _rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    # ---------------------------------------------------------------- lines

    def _tell(self, said: protocol.FromOwner) -> None:
        """Say how a request goes on; a reader that does not keep up misses some of it."""
        if isinstance(said, protocol.Row) or self.behind < limits.FULL:
            self._say(said)

    def _say(self, said: protocol.FromOwner) -> None:
        self.write(protocol.line(said))

    async def _read(self) -> protocol.FromCommand | None:
        """Return the command's next line; None at the end. Raises `Malformed`."""
        text = await self.next_line()
        # A command that is killed may leave half a line.
        return protocol.read_command(text) if text is not None and text.endswith(b"\n") else None


async def _outcome(job: Job, work: asyncio.Task[protocol.Outcome]) -> protocol.FromOwner:
    """Wait for the end of the work, and return its answer."""
    await asyncio.wait({work})
    asked = type(job.request).__name__
    try:
        outcome = work.result()
        protocol.line(outcome)
    except asyncio.CancelledError:
        return await job.stands()
    except protocol.Malformed:
        return failed(errors.TextTooLong(limit=shown_size(protocol.LINE)))
    except errors.WxtuiError as error:
        log.info("%s of another shell failed: %s", asked, error.code)
        return failed(error)
    except Exception as error:
        # A mistake in wxtui: the shell that waits gets an answer, and the program that owns the session goes on.
        log_breakage(log, "a request of another shell broke", error)
        return failed(errors.Unexpected(what=type(error).__name__))
    log.debug("%s of another shell is done", asked)
    return outcome
