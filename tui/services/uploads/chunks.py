"""Parts of one upload: sent one after another, repeated when the network breaks (PROTOCOL section 6).

A file is never in memory: one part at a time is read into one buffer, and handed to the socket in pieces.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from tui import errors
from tui.services.uploads.outgoing_file import OutgoingFile
from tui.services.util.background import spawn
from tui.services.util.retry import Backoff
from tui.services.util.shielded import whole
from tui.wire.call import Call
from tui.wire.names import PART_SIZE
from tui.wire.upload import UPLOAD, UploadForm, read_answer

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext

log = logging.getLogger("wxtui.uploads")

FIRST_PIECE = 32 * 1024
FASTEST, SLOWEST = 0.02, 0.2
"""Seconds: after a piece that took less the next is doubled, after one that took more halved. So progress moves on slow
links, and fast ones are not chopped up."""
PART_RETRIES = 4
"""How often a part is repeated after a break; nobody sees a part, so repeating it is harmless."""
_OFTEN: Final = 0.25
"""Seconds between two writes: a fast link has a thousand parts a second, and repeating those of a quarter of one, after
a kill, costs a quarter of a second."""
_TICK: Final = 1.0
"""Seconds between two reports of how long an upload still waits."""


class Patience:
    """Decides whether a call that failed is tried again, and waits until then.

    An upload that a command waits for gives up after `PART_RETRIES`, and at once when the first call reaches nobody. A
    queued upload is patient: it waits for the network for as long as there is a session, but takes an answer that makes
    no sense no more than `PART_RETRIES` times.
    """

    def __init__(self, context: SessionContext, patient: bool, waiting: Callable[[float], None]) -> None:
        """`waiting` hears in how many seconds the next try is; every second while a patient upload waits."""
        self._context = context
        self._waiting = waiting
        self.patient = patient
        self._backoff = Backoff(context.ids.jitter, first=0.5, most=30 if patient else 8)
        self._tries = 0

    async def bear(self, error: errors.NetworkError, *, first: bool = False) -> None:
        """Wait until the next try. Raises `error` when there is none; `first`: the call sent an upload's first part."""
        if error.refused:
            raise error
        if self.patient:
            nonsense = isinstance(error, errors.BadAnswer) and error.status < 500
            if self._context.transport.closed or (nonsense and self._tries >= PART_RETRIES):
                raise error
            self._tries += nonsense
            await self._sit_out(error, self._backoff.wait())
            return
        # A first part that finds nobody is a wrong address or no network.
        if self._backoff.tries >= PART_RETRIES or (first and isinstance(error, errors.Unreachable)):
            raise error
        seconds = self._backoff.wait()
        self._waiting(seconds)
        await asyncio.sleep(seconds)

    async def _sit_out(self, error: errors.NetworkError, seconds: float) -> None:
        while seconds > 0:
            self._waiting(seconds)
            await asyncio.sleep(min(seconds, _TICK))
            seconds -= _TICK
            if self._context.transport.closed:
                # The session was left meanwhile; whoever called waits for the next one.
                raise error


class ChunkSender:
    """Sends the parts of one file, one after another, from one buffer."""

    def __init__(
        self,
        context: SessionContext,
        file: OutgoingFile,
        moved: Callable[[int], None],
        patience: Callable[[int], Patience],
    ) -> None:
        """`moved` hears how many bytes the socket took; `patience` makes the `Patience` for the part at an offset."""
        self._context = context
        self._file = file
        self._moved = moved
        self._patience = patience
        self._pieces = _Pieces()
        self.repeated = False
        """True when a part was sent again: the server may have had it, and finished the upload without being heard."""
        self._buffer = memoryview(bytearray(min(PART_SIZE, file.size)))

    async def send(self, form: UploadForm, first: int, acknowledged: Callable[[int, str], None]) -> str:
        """Send the parts from `first` on; `acknowledged` hears how many the server has: of all only with the MediaId.

        Returns the MediaId; "" when the server gave none: it does not have the file. Raises `FileChanged`,
        `FileUnreadable`, and what refuses a part.
        """
        media_id = ""
        for index in range(first, form.parts):
            try:
                media_id = await self._part(form, index)
            except errors.SessionOver:
                session = self._context.session
                if session.skey == form.session.skey:
                    raise
                # Sync has been given another skey since the form was made; the old one is not good for ever.
                form = replace(form, session=session)
                media_id = await self._part(form, index)
            last = index + 1 == form.parts
            if media_id or not last:
                acknowledged(index + 1, media_id if last else "")
        return media_id

    async def _part(self, form: UploadForm, index: int) -> str:
        offset, length = form.range(index)
        part = self._buffer[:length]
        await asyncio.to_thread(self._file.read_into, offset, part)
        head = form.head(index)
        call = Call(UPLOAD, form.request(index), read_answer)
        patience = self._patience(offset)
        while True:
            body = self._pieces.body(head, part, form.tail, lambda done: self._moved(offset + done))
            try:
                answer = await self._context.transport.send(call.name, call.request, body)
                return self._context.transport.read(call, answer)
            except errors.NetworkError as error:
                await patience.bear(error, first=not index)
                self.repeated = True


class _Pieces:
    """Cuts a part into pieces whose size follows the link's speed."""

    def __init__(self) -> None:
        self._size = FIRST_PIECE

    async def body(
        self, head: bytes, part: memoryview, tail: bytes, handed: Callable[[int], None]
    ) -> AsyncIterator[bytes | memoryview]:
        """Yield head, pieces and tail; `handed` hears how many of the file's bytes the socket took so far."""
        if self._size >= len(part):
            # One write for all of it: on a fast link the number of writes is what costs.
            began = time.monotonic()
            yield b"".join((head, part, tail))
            self._adapt(time.monotonic() - began)
            handed(len(part))
            return
        yield head
        done = 0
        while done < len(part):
            piece = part[done : done + self._size]
            began = time.monotonic()
            # The HTTP layers copy a piece once, on its way into the socket: no copy is made here.
            yield piece
            self._adapt(time.monotonic() - began)
            done += len(piece)
            handed(done)
        yield tail

    def _adapt(self, seconds: float) -> None:
        """Set the next piece's size, after one that took `seconds`."""
        if seconds < FASTEST:
            self._size = min(self._size * 2, PART_SIZE)
        elif seconds > SLOWEST:
            self._size = max(self._size // 2, FIRST_PIECE // 2)


class Checkpoint:
    """Stores which parts were acknowledged, at most every 250 ms; never ahead of the server, and a moment behind it.

    A context: at its beginning the upload is in the store, at its end all of its parts that were acknowledged.
    """

    def __init__(self, first: int, write: Callable[[int, str], Awaitable[None]] | None) -> None:
        """`write` commits how many parts the server has, and the MediaId of the whole file; None stores nothing.

        `first` is how many parts the server has now.
        """
        self._write = write
        self._media_id = ""
        self._done = self._written = first
        self._at = -_OFTEN
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Checkpoint:
        await self._commit()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Store the last parts, also of an upload that is cancelled: a pause forgets none."""
        await whole(self._end())

    def acknowledged(self, parts: int, media_id: str = "") -> None:
        """Note that the server has the first `parts` parts and, with a `media_id`, the whole file."""
        self._done, self._media_id = parts, media_id
        now = time.monotonic()
        if self._write is not None and self._task is None and now - self._at >= _OFTEN:
            self._at = now
            self._task = spawn(self._commit(), "what an upload has stored")
            self._task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._task = None

    async def _end(self) -> None:
        if self._task is not None:
            await asyncio.wait({self._task})
        if self._done > self._written:
            await self._commit()

    async def _commit(self) -> None:
        parts = self._done
        if self._write is None:
            return
        try:
            await self._write(parts, self._media_id)
        except errors.LocalError as error:
            # A full disk keeps no file from being sent; after a break the upload begins anew.
            log.info("an upload's progress cannot be stored: %s", error.code)
        self._written = parts
