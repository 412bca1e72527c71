"""Connection of a program that speaks the API: one request after the other, each answered whatever becomes of it.

A request is begun only while whoever made it is there: a program that was suspended, and wakes after the other side has
given up, does nothing. The end of what the other side writes is not its end: `echo … | socat` waits for its answer.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

import msgspec

from tui import errors
from tui.breakage import log_breakage
from tui.services.control import protocol, unix_socket
from tui.services.control.line_codec import LINE
from tui.services.control_server import limits
from tui.services.control_server.api import answers, api_handlers
from tui.services.control_server.api.requests import AnyRequest, BadRequest, RequestId, read_request
from tui.services.control_server.connection import Connection
from tui.services.control_server.handlers import HANDLERS
from tui.services.control_server.job import Job
from tui.services.util.background import child
from tui.services.util.threads import Breath, in_own_thread
from tui.units import shown_size

log = logging.getLogger("wxtui.api")
T = TypeVar("T")

_AHEAD: Final = 16
"""Requests that are read before they are carried out."""


class ApiConnection:
    """Serves a connection whose first line is a request of the API."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)
        self._ended = asyncio.Event()

    async def run(self, first: bytes) -> None:
        """Serve it until either side ends it."""
        ear = child(self._listen())
        line: bytes | None = first
        try:
            while line is not None and await self._serve(line):
                line = await self._next()
        finally:
            ear.cancel()
            await asyncio.gather(ear, return_exceptions=True)

    async def _listen(self) -> None:
        """Read lines ahead: that the other side has gone away is heard while its request is carried out."""
        try:
            while (line := await self._connection.next_line()) is not None:
                await self._lines.put(line)
        except protocol.Malformed:
            # Nothing after it is read.
            self._connection.write(too_long())
        except Exception as broken:
            log_breakage(log, "reading from a program broke", broken)
        self._ended.set()
        await self._lines.put(None)

    async def _next(self) -> bytes | None:
        if self._lines.empty():
            self._connection.idle_since = asyncio.get_running_loop().time()
        try:
            return await self._lines.get()
        finally:
            self._connection.idle_since = None

    async def _serve(self, line: bytes) -> bool:
        """Answer a line; False when it was no JSON object, or nobody is there any more: the connection ends then."""
        try:
            request = read_request(line)
        except BadRequest as bad:
            await self._say(bad.id, error=answers.failure(bad.error))
            return not bad.hopeless
        if self._gone:
            return False
        await self._carry_out(request)
        return not self._gone

    @property
    def _gone(self) -> bool:
        """True when nobody would read the answer."""
        connection = self._connection.writer.get_extra_info("socket")
        return self._connection.writer.is_closing() or unix_socket.hung_up(connection)

    async def _carry_out(self, request: AnyRequest) -> None:
        call = ApiCall(self._connection, request.id)
        work = child(api_handlers.HANDLERS[type(request)](call, request))
        try:
            while not work.done() and not self._gone:
                await self._wait(work)
            if not work.done() and not await call.give_up(work):
                # Too late to stop: it goes on to its end, and its row says how that was.
                self._connection.leave(work)
                return
            await self._answer(call, work)
        except asyncio.CancelledError:
            # The program ends, and still tells what that means for the message.
            work.cancel()
            await self._answer(call, work)
            raise

    async def _wait(self, work: asyncio.Task[Any]) -> None:
        """Wait for the end of the work, or for a reason to look whether the other side is still there."""
        if self._ended.is_set():
            await asyncio.wait({work}, timeout=protocol.BEAT)
            return
        ended = child(self._ended.wait())
        try:
            await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()

    async def _answer(self, call: ApiCall, work: asyncio.Task[Any]) -> None:
        """Wait for the end of the work, and write its answer."""
        await asyncio.wait({work})
        row = None
        with suppress(Exception):
            row = await call.message()
        try:
            result = work.result()
        except asyncio.CancelledError:
            error: errors.WxtuiError = errors.OwnerGone(pid=os.getpid())
        except errors.WxtuiError as told:
            error = told
        except Exception as broken:
            # A mistake in wxtui: who waits gets an answer, and the program that owns the session goes on.
            log_breakage(log, "a request of the API broke", broken)
            error = errors.Unexpected(what=type(broken).__name__)
        else:
            await self._say(call.id, result=result)
            return
        await self._say(call.id, error=answers.failure(error, row))

    async def _say(self, request_id: RequestId, **said: object) -> None:
        """Write the end of a request, at the speed at which it is read: who asks and never reads fills no memory."""
        await self._connection.pour(answers.encoded(_with_id(request_id, said)))


class ApiCall:
    """Request that is carried out: what its handler says meanwhile, and how it is given up."""

    def __init__(self, connection: Connection, request_id: RequestId) -> None:
        self.services = connection.services
        self.connection = connection
        self.id = request_id
        self._job: Job | None = None

    async def ask(self, request: protocol.ControlRequest) -> protocol.Outcome:
        """Carry out a request of wxtui's own commands; what is told of it is told here as events."""
        job = self._job = Job(self.services, request, self._tell, self.connection.pour)
        return await job.run(HANDLERS[type(request)])

    async def give_up(self, work: asyncio.Task[Any]) -> bool:
        """Stop what has not left; False when it is too late."""
        if self._job is None:
            work.cancel()
            return True
        return await self._job.give_up(work)

    async def message(self) -> Any:
        """Return the message that this request has written down, as it is now; None when there is none."""
        if self._job is None or self._job.row is None:
            return None
        return await self.services.store.row(self._job.row.id)

    def event(self, event: object) -> None:
        """Tell how it goes on."""
        self.connection.write(self.line(event))

    async def pour(self, events: Sequence[object]) -> None:
        """Tell what must not be missed, as fast as it is read."""
        await self.connection.pour(b"".join(map(self.line, events)))

    def line(self, said: object) -> bytes:
        """Return an answer to this request as a line."""
        return answers.encoded(_with_id(self.id, msgspec.to_builtins(said)))

    async def items(self, found: Sequence[T], written: Callable[[T], object]) -> answers.ListResult:
        """Tell a list, item by item, as fast as it is read; made beside the event loop."""
        done = 0
        while done < len(found):
            lines, done = await in_own_thread(partial(self._piece, found, done, written))
            await self.connection.pour(lines)
        return answers.ListResult(count=len(found))

    def _piece(
        self, found: Sequence[T], first: int, written: Callable[[T], object], breath: Breath
    ) -> tuple[bytes, int]:
        lines, number = bytearray(), first
        while number < len(found) and len(lines) < limits.PIECE:
            lines += answers.encoded(_with_id(self.id, {"item": written(found[number])}))
            number += 1
            breath()
        return bytes(lines), number

    def _tell(self, said: protocol.FromOwner) -> None:
        if isinstance(said, protocol.Row):
            self.event(answers.RowEvent(row=said.id))
        elif isinstance(said, protocol.UploadMoved) and self.connection.behind < limits.FULL:
            moved = answers.ProgressEvent(stage=said.stage, done=said.done, total=said.total, waiting=said.waiting)
            self.event(moved)


def _with_id(request_id: RequestId, said: dict[str, object]) -> dict[str, object]:
    return said if request_id is None else {"id": request_id, **said}


def too_long() -> bytes:
    """Return the answer to a line that is longer than a line may be."""
    why = errors.Phrase("the line is longer than {limit}", limit=shown_size(LINE))
    return answers.encoded({"error": answers.failure(errors.ApiMisused(why=why))})
