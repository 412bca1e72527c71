"""The queue of files: one upload at a time, in an order that a person can change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui import errors
from tui.services.dispatch import Dispatch
from tui.services.transfer import Speed, Transfer, TransferState
from tui.store.changes import Change, MessageChanged
from tui.store.delivery import DeliveryEvent, DeliveryState
from tui.store.models import StoredMessage
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind

if TYPE_CHECKING:
    from tui.services.files import OutgoingFile
    from tui.services.transfers import Progress

log = logging.getLogger("wxtui.uploads")

_OFTEN: Final = 0.1
"""Seconds between two words about one transfer's progress; a change of state is told at once."""

_ENDS: Final = {
    DeliveryState.SENT: TransferState.SENT,
    DeliveryState.REVOKED: TransferState.SENT,
    DeliveryState.FAILED: TransferState.FAILED,
    DeliveryState.CANCELLED: TransferState.CANCELLED,
}
"""What became of the row is what became of the transfer; anything else is unknown."""
_UNKNOWN: Final = TransferState.UNKNOWN

_AGAIN: Final = {
    DeliveryState.FAILED: DeliveryEvent.RETRY,
    DeliveryState.UNKNOWN: DeliveryEvent.DECIDE_RESEND,
}


class Uploads:
    """Every file that was sent since the start, the waiting ones in the order of their turn."""

    def __init__(self, dispatch: Dispatch, on_transfer: Callable[[Transfer], None], clock: Callable[[], float]) -> None:
        self._dispatch = dispatch
        self._on_transfer = on_transfer
        self._clock = clock
        self._last_id = 0
        self._tasks: dict[Transfer, asyncio.Task[None]] = {}
        self._turns: dict[Transfer, asyncio.Event] = {}
        self._running: Transfer | None = None
        self._told: dict[Transfer, float] = {}
        self.transfers: list[Transfer] = []

    def add(self, to: Contact, path: Path, kind: MediaKind, name: str | None) -> Transfer:
        """Look at the file, and queue it. Raises `FileRefused`; nothing is queued then."""
        with self._open(path, kind, name) as file:
            self._last_id += 1
            transfer = Transfer(self._last_id, to, path, file.name, file.size, file.kind, file.version)
        self.transfers.append(transfer)
        self._start(transfer)
        return transfer

    def cancel(self, transfer: Transfer) -> bool:
        """Give it up, running or not; False when it is too late for that."""
        task = self._tasks.get(transfer)
        if task is None or transfer.state is TransferState.SENDING or transfer.state.over:
            return False
        return task.cancel()

    def retry(self, transfer: Transfer) -> bool:
        """Queue a failed or cancelled one again; False when it is neither.

        One whose outcome is unknown may arrive twice: that is for `again`, when a person has said so.
        """
        if transfer.state not in (TransferState.FAILED, TransferState.CANCELLED):
            return False
        return self.again(transfer)

    def again(self, transfer: Transfer) -> bool:
        """The same, and also one whose outcome is unknown."""
        if not transfer.state.over or transfer.state is TransferState.SENT:
            return False
        transfer.begin()
        self._start(transfer)
        self._tell(transfer)
        return True

    def reorder(self, transfer: Transfer, by: int) -> None:
        """Move a waiting one past `by` other waiting ones, up when negative."""
        places = [at for at, one in enumerate(self.transfers) if one.state is TransferState.QUEUED]
        waiting = [self.transfers[at] for at in places]
        if transfer not in waiting:
            return
        old = waiting.index(transfer)
        new = min(max(old + by, 0), len(waiting) - 1)
        waiting.insert(new, waiting.pop(old))
        for at, one in zip(places, waiting, strict=True):
            self.transfers[at] = one
        self._tell(transfer)

    def of_row(self, message_id: int) -> Transfer | None:
        """The transfer whose message this is."""
        return next((one for one in reversed(self.transfers) if one.row and one.row.id == message_id), None)

    def apply(self, change: Change) -> None:
        """Take over what the store tells: sync may show that an unknown one arrived after all."""
        if not isinstance(change, MessageChanged):
            return
        transfer = self.of_row(change.message.id)
        if transfer is None:
            return
        transfer.row = change.message
        if transfer.state is TransferState.UNKNOWN and change.message.state is DeliveryState.SENT:
            transfer.state = TransferState.SENT
            self._tell(transfer)

    async def close(self) -> None:
        """Cancel everything, and wait until the rows say so."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---------------------------------------------------------------- one transfer

    def _open(self, path: Path, kind: MediaKind, name: str | None) -> OutgoingFile:
        # Here, not above: the picker needs it, the first screen does not.
        from tui.services.files import open_file

        return open_file(path, self._dispatch.client.link.session.endpoint, kind, name)

    def _start(self, transfer: Transfer) -> None:
        task = asyncio.create_task(self._carry(transfer), name=f"transfer {transfer.id}")
        self._tasks[transfer] = task
        task.add_done_callback(partial(self._ended, transfer))

    def _ended(self, transfer: Transfer, task: asyncio.Task[None]) -> None:
        if self._tasks.get(transfer) is task:
            del self._tasks[transfer]
        if task.cancelled() and not transfer.state.over:
            # Cancelled before its first step: nothing was done, and nobody else says so.
            transfer.state = _ENDS.get(transfer.row.state, _UNKNOWN) if transfer.row else TransferState.CANCELLED
            self._tell(transfer)

    async def _carry(self, transfer: Transfer) -> None:
        """From the queue to its end, whatever that is; the row's state decides what it is called."""
        lane, cancelled = self._dispatch.lane(transfer.to.user_name), False
        try:
            async with lane.writing:
                transfer.row = await self._written(transfer)
            if transfer.row.state is DeliveryState.PENDING:
                self._tell(transfer)
                await self._send_in_turn(transfer, transfer.row)
        except asyncio.CancelledError:
            cancelled = True
        except errors.WxtuiError as error:
            transfer.error = error
        except Exception:
            log.exception("a transfer broke")
            transfer.error = errors.WxtuiError()
        finally:
            await _undisturbed(self._settle(transfer, cancelled))

    async def _written(self, transfer: Transfer) -> StoredMessage:
        """Its row, pending: a new one, or the one that failed, with the ClientMsgId it always had."""
        store = self._dispatch.client.store
        if transfer.row is not None:
            row = await store.row(transfer.row.id)
            if row.state is not DeliveryState.CANCELLED:
                event = _AGAIN.get(row.state)
                return row if event is None else await store.move(row.id, event)
            transfer.row = None
        transfers = self._dispatch.client.transfers
        return await transfers.add_row(transfer.to, transfer.kind, transfer.name, transfer.size)

    async def _send_in_turn(self, transfer: Transfer, row: StoredMessage) -> None:
        turn = self._turns[transfer] = asyncio.Event()
        self._advance()
        try:
            await turn.wait()
            client = await self._dispatch.session_for(row)
            transfer.attempts += 1
            with await _finished(asyncio.to_thread(self._open, transfer.path, transfer.kind, transfer.name)) as file:
                if file.version != transfer.version:
                    raise errors.FileChanged(name=transfer.name)
                tell = partial(self._progress, transfer, Speed(self._clock))
                transfer.row = await client.transfers.send_file(transfer.to, file, tell, row=row)
        finally:
            self._turns.pop(transfer, None)
            if self._running is transfer:
                self._running = None
            self._advance()

    def _advance(self) -> None:
        """The next one's turn, if it is anyone's."""
        if self._running is None:
            self._running = next((one for one in self.transfers if one in self._turns), None)
            if self._running is not None:
                self._turns[self._running].set()

    async def _settle(self, transfer: Transfer, cancelled: bool) -> None:
        """The row says what became of it; one that is still pending will not be sent."""
        store, row = self._dispatch.client.store, transfer.row
        state = TransferState.CANCELLED if cancelled else TransferState.FAILED
        try:
            if row is not None:
                row = await store.row(row.id)
                if row.state is DeliveryState.PENDING:
                    event = DeliveryEvent.CANCEL if cancelled else DeliveryEvent.REFUSED
                    reason = "" if cancelled else type(transfer.error).__name__
                    row = await store.move(row.id, event, reason=reason)
                transfer.row, state = row, _ENDS.get(row.state, _UNKNOWN)
        except errors.LocalError as error:
            transfer.error = transfer.error or error
        transfer.state, transfer.seconds_left = state, None
        if state is TransferState.SENT:
            transfer.done, transfer.error = transfer.size, None
        self._tell(transfer)

    # ---------------------------------------------------------------- progress

    def _progress(self, transfer: Transfer, speed: Speed, progress: Progress) -> None:
        state = TransferState.WAITING if progress.waiting else TransferState(progress.stage.value)
        if state is TransferState.SENT:
            return  # told when the row is read
        if state is TransferState.UPLOADING:
            speed.measure(progress.done)
            transfer.rate, transfer.seconds_left = speed.rate, speed.seconds_for(transfer.size - progress.done)
        else:
            transfer.seconds_left = None
        transfer.done = progress.done
        changed = state is not transfer.state
        transfer.state = state
        if changed or self._clock() - self._told.get(transfer, -1.0) >= _OFTEN:
            self._tell(transfer)

    def _tell(self, transfer: Transfer) -> None:
        self._told[transfer] = self._clock()
        self._on_transfer(transfer)


async def _undisturbed(work: Coroutine[Any, Any, None]) -> None:
    """Let a last write end, even when its task is cancelled once more."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            continue


async def _finished(opening: Coroutine[Any, Any, OutgoingFile]) -> OutgoingFile:
    """A file that a thread opens is closed, also when nobody waits for it any more."""
    task = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        (await task).close()
        raise
