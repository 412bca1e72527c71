"""Request of a command while it is carried out: what its handler tells, and how it is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from tui.services.control import protocol, row_codec
from tui.services.control_server import limits
from tui.services.control_server.owner_services import OwnerServices
from tui.services.util.threads import Breath, in_own_thread
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage

if TYPE_CHECKING:
    from tui.services.uploads.upload_state import Upload

T = TypeVar("T")
Tell: TypeAlias = Callable[[protocol.FromOwner], None]
Pour: TypeAlias = Callable[[bytes], Awaitable[None]]
"""Writes lines, and returns when the reader has taken most of what was written before."""


class Job:
    """Request of a command, from `Go` to its outcome. `tell` sends its progress, `pour` what must not be missed.

    What the handler of a request sends is told by `sending`, `written` and `upload`, so that `give_up` knows what can
    still be stopped; a handler that sends nothing is just cancelled.
    """

    def __init__(self, services: OwnerServices, request: protocol.ControlRequest, tell: Tell, pour: Pour) -> None:
        self.services = services
        self.request = request
        self.tell = tell
        self.row: StoredMessage | None = None
        self.upload: Upload | None = None
        self._pour = pour
        self._sending = False
        self._settled = asyncio.Event()

    async def run(self, handler: Handler) -> protocol.Outcome:
        """Carry it out. Raises `WxtuiError`."""
        return await handler(self, self.request)

    def written(self, row: StoredMessage) -> None:
        """Tell the command the row of its message, before anything of the message leaves."""
        self.row = row
        self.tell(protocol.Row(row.id))
        self._settled.set()

    async def sending(self, work: Awaitable[T]) -> T:
        """Return what sending gives; from now on the message is in the outbox, and is given up there."""
        self._sending = True
        try:
            return await work
        finally:
            self._settled.set()

    async def give_up(self, work: asyncio.Task[protocol.Outcome]) -> bool:
        """Stop what has not left, when nobody wants it any more; False when it is too late, and `work` goes on."""
        outbox = self.services.outbox
        if self.upload is not None:
            # `work` ends with the upload, and tells what became of it.
            return self.upload.state.over or outbox.files.cancel(self.upload)
        if not self._sending:
            work.cancel()
            return True
        await self._settled.wait()
        # It has its place in the queue a moment after it is written down.
        await asyncio.sleep(0)
        if self.row is None or work.done():
            return work.done()
        return outbox.cancel_row(self.row.id)

    async def stands(self) -> protocol.Outcome:
        """Return the present state of the message; CANCELLED when no message was written."""
        if self.row is None:
            return protocol.Done(state=DeliveryState.CANCELLED.value)
        return row_codec.sent(await self.services.store.row(self.row.id))

    async def tell_all(self, items: Sequence[T], written: Callable[[T], protocol.Json]) -> protocol.Outcome:
        """Tell a long answer, piece by piece, as fast as the reader takes it; made beside the event loop."""
        done = 0
        while done < len(items):
            lines, done = await in_own_thread(partial(_piece, items, done, written))
            await self._pour(lines)
        return protocol.Done()


Handler: TypeAlias = Callable[[Job, Any], Awaitable[protocol.Outcome]]
"""Carries out one kind of request. Raises `WxtuiError`."""
Handlers: TypeAlias = dict[type[protocol.ControlRequest], Handler]


def _piece(items: Sequence[T], first: int, written: Callable[[T], protocol.Json], breath: Breath) -> tuple[bytes, int]:
    """Return a line with the next items, and where those after it begin."""
    told: list[protocol.Json] = []
    size = 0
    for item in islice(items, first, None):
        told.append(written(item))
        size += len(repr(told[-1]))
        breath()
        if size > limits.PIECE:
            break
    return protocol.line(protocol.Piece(tuple(told))), first + len(told)
