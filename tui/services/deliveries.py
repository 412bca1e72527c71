"""All that this face sends: shown at once, sent in typed order within a conversation, never sent twice.

A text does not wait for a file, nor one conversation for another. What runs here belongs to the program and not to a
screen: whoever called may go, the message is sent all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui import errors
from tui.services.dispatch import Dispatch
from tui.services.transfer import Transfer
from tui.services.uploads import Uploads
from tui.store.changes import Change
from tui.store.delivery import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind

if TYPE_CHECKING:
    from tui.services.client import Client

_AGAIN: Final = {
    DeliveryState.FAILED: DeliveryEvent.RETRY,
    DeliveryState.UNKNOWN: DeliveryEvent.DECIDE_RESEND,
}


class _NothingToDo(Exception):
    """The row is not one to send again, or not any more: the key was pressed twice."""

    def __init__(self, row: StoredMessage) -> None:
        super().__init__()
        self.row = row


class Deliveries:
    """What is on its way, for as long as the program runs; sessions come and go below it (`renew`)."""

    def __init__(
        self,
        client: Client,
        on_transfer: Callable[[Transfer], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`on_transfer` hears of every change of state, and of progress at most ten times a second a transfer."""
        self._dispatch = Dispatch(client)
        self._uploads = Uploads(self._dispatch, on_transfer, clock)
        self._tasks: set[asyncio.Task[StoredMessage]] = set()
        self._waiting: dict[int, asyncio.Task[Any]] = {}

    def renew(self, client: Client) -> None:
        """There was another login: what waits goes on, as far as its target still exists."""
        self._dispatch.renew(client)

    def apply(self, change: Change) -> None:
        """Hand on what the store tells."""
        self._uploads.apply(change)

    # ---------------------------------------------------------------- messages

    async def text(self, to: Contact, text: str) -> StoredMessage:
        """Show a text at once, send it after what was typed before it; returns it when its fate is known.

        Raises as `Chat.send_text`. Given up before it left, it is returned as CANCELLED.
        """
        return await self._owned(self._send(to.user_name, lambda: self._dispatch.client.chat.add_text(to, text)))

    async def forward(self, message: StoredMessage, to: Contact) -> StoredMessage:
        """The same with a stored message. Raises as `Chat.forward`."""
        return await self._owned(self._send(to.user_name, lambda: self._dispatch.client.chat.add_forward(message, to)))

    async def resend(self, message: StoredMessage) -> StoredMessage:
        """Send a failed message again, in its old row, with its old ClientMsgId.

        An unknown one too: only when a person, told that it may arrive twice, has said so. One that is neither is
        returned as it is. An upload is queued again, and returned at once.
        """
        transfer = await self._uploads.adopt(message)
        if transfer is not None:
            self._uploads.again(transfer)
            return transfer.row or message
        try:
            return await self._owned(self._send(message.to_user_name, lambda: self._pending_again(message)))
        except _NothingToDo as it:
            return it.row

    async def _pending_again(self, message: StoredMessage) -> StoredMessage:
        client = self._dispatch.client
        row = await client.store.row(message.id)
        event = _AGAIN.get(row.state)
        if event is None:
            raise _NothingToDo(row)
        if not client.chat.sendable(row):
            raise errors.UsageError(
                why=errors.Phrase("Which file this was is not known any more; choose it again to send it.")
            )
        return await client.store.move(row.id, event)

    async def _send(self, user_name: str, write: Callable[[], Awaitable[StoredMessage]]) -> StoredMessage:
        lane = self._dispatch.lane(user_name)
        async with lane.writing:
            row = await write()
        # Straight on: from here the place in the queue is that of the row.
        self._waiting[row.id] = _this_task()
        try:
            async with lane.sending:
                client = await self._dispatch.session_for(row)
                self._waiting.pop(row.id)
                return await client.chat.send_row(row)
        except asyncio.CancelledError:
            return await self._ended(row, DeliveryEvent.CANCEL, "")
        except Exception as error:
            await self._ended(row, DeliveryEvent.REFUSED, type(error).__name__)
            raise
        finally:
            self._waiting.pop(row.id, None)

    async def _ended(self, row: StoredMessage, event: DeliveryEvent, reason: str) -> StoredMessage:
        """What became of it; a row that is still pending will not be sent."""
        store = self._dispatch.client.store

        async def end() -> StoredMessage:
            now = await store.row(row.id)
            return await store.move(row.id, event, reason=reason) if now.state is DeliveryState.PENDING else now

        return await asyncio.shield(end())

    async def _owned(self, sending: Coroutine[Any, Any, StoredMessage]) -> StoredMessage:
        """Run it as ours: a worker that is cancelled with its screen takes no message with it."""
        task = asyncio.create_task(sending)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        await asyncio.wait({task})
        return task.result()

    def _forget(self, task: asyncio.Task[StoredMessage]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # Nobody may be left to be told; the row says it.
            task.exception()

    # ---------------------------------------------------------------- files

    def file(self, to: Contact, path: Path, kind: MediaKind, name: str | None = None) -> Transfer:
        """Check a file and queue it, shown at once. It is opened, and checked again, when its turn comes.

        Raises `FileRefused`; nothing is queued then. Looks at the disk.
        """
        return self._uploads.add(to, path, kind, name)

    @property
    def transfers(self) -> list[Transfer]:
        """Every file since the start; the waiting ones in the order of their turn."""
        return list(self._uploads.transfers)

    def cancel(self, transfer: Transfer) -> bool:
        """Give a transfer up, running or not; False when it is too late for that."""
        return self._uploads.cancel(transfer)

    def cancel_row(self, message_id: int) -> bool:
        """Give up what has not left, text or file; False when it is too late for that."""
        transfer = self.of_row(message_id)
        if transfer is not None:
            return self.cancel(transfer)
        task = self._waiting.get(message_id)
        return task is not None and task.cancel()

    def pause(self, transfer: Transfer, on: bool) -> bool:
        """Let a file wait for a person, also after a restart, or go on; False when it does already, or is leaving."""
        return self._uploads.pause(transfer, on)

    def retry(self, transfer: Transfer) -> bool:
        """Queue a failed or cancelled transfer again; False when it is neither (an unknown one: see `resend`)."""
        return self._uploads.retry(transfer)

    def reorder(self, transfer: Transfer, by: int) -> None:
        """Move a waiting transfer past `by` other waiting ones, up when negative."""
        self._uploads.reorder(transfer, by)

    def of_row(self, message_id: int) -> Transfer | None:
        """The transfer whose message this is."""
        return self._uploads.of_row(message_id)

    @property
    def unfinished(self) -> int:
        """How many files are waiting or running; a paused one does neither."""
        return sum(not (one.state.over or one.paused) for one in self._uploads.transfers)

    @property
    def unsent(self) -> int:
        """How many texts and forwards have not been answered yet."""
        return len(self._tasks)

    async def close(self) -> None:
        """Cancel everything. What had left is unknown then, what had not is cancelled, and the rows say so."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(self._uploads.close(), *tasks, return_exceptions=True)


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None, "only asked in a coroutine"
    return task
