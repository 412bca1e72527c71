"""One upload's way from its place in the queue to its end, whatever that is: its row decides what it is called."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from tui import errors
from tui.services.sending.dispatcher import Dispatcher
from tui.services.uploads.upload_state import Progress, Speed, Upload, UploadState
from tui.services.util.background import child, report
from tui.services.util.retry import passes, too_fast
from tui.store.delivery_state import SEND_AGAIN, DeliveryEvent, DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.tables.uploads import UploadFile
from tui.wire.bodies import file_body
from tui.wire.media_types import MediaKind
from tui.wire.names import PART_SIZE, Endpoint

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext
    from tui.services.uploads.outgoing_file import OutgoingFile

log = logging.getLogger("wxtui.uploads")

_OFTEN: Final = 0.1
"""Seconds between two words about one transfer's progress; a change of state is told at once."""

_ENDS: Final = {
    DeliveryState.SENT: UploadState.SENT,
    DeliveryState.REVOKING: UploadState.SENT,
    DeliveryState.REVOKE_UNKNOWN: UploadState.SENT,
    DeliveryState.REVOKED: UploadState.SENT,
    DeliveryState.FAILED: UploadState.FAILED,
    DeliveryState.CANCELLED: UploadState.CANCELLED,
}


def end_of(row: StoredMessage) -> UploadState:
    """What became of the row is what became of the transfer; anything else is unknown."""
    return _ENDS.get(row.state, UploadState.UNKNOWN)


def open_upload(dispatcher: Dispatcher, path: Path, kind: MediaKind, name: str | None) -> OutgoingFile:
    """Open and check a file for the variant that is in use. Raises `FileRefused`; looks at the disk.

    Before the first session nobody knows which that is: what one of them takes may wait, and is checked again then.
    """
    # Here, not above: the picker needs it, the first screen does not.
    from tui.services.uploads.outgoing_file import open_file

    try:
        endpoint = dispatcher.context.session.endpoint
    except errors.NotConnected:
        try:
            return open_file(path, Endpoint.WEB, kind, name)
        except errors.FileTooLarge:
            endpoint = Endpoint.FILEHELPER
    return open_file(path, endpoint, kind, name)


class UploadJob:
    """Carries transfers, each in its turn. Only this changes them while they run."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        turn: Callable[[Upload], AbstractAsyncContextManager[None]],
        tell: Callable[[Upload], None],
        clock: Callable[[], float],
    ) -> None:
        self._dispatcher = dispatcher
        self._turn = turn
        self._on_transfer = tell
        self._clock = clock
        self._told: dict[Upload, float] = {}
        self.strangers: set[Upload] = set()
        """Those that wait outside of the queue, for their conversation is not known in this login."""
        self.halted: WeakSet[asyncio.Task[None]] = WeakSet()
        """Tasks that are cancelled without their transfer being given up: paused, or this program leaves."""

    def tell(self, transfer: Upload) -> None:
        """Say how it stands now."""
        self._told[transfer] = self._clock()
        self._on_transfer(transfer)

    async def carry(self, transfer: Upload) -> None:
        """From the queue to its end, or to where it is paused."""
        cancelled = False
        try:
            row = await self._write(transfer)
            if row.state is DeliveryState.PENDING and not transfer.paused:
                self.tell(transfer)
                await self._send_in_turn(transfer, row)
        except asyncio.CancelledError:
            cancelled = True
        except errors.WxtuiError as error:
            transfer.error = error
        except Exception as error:
            # A mistake of ours ends this transfer, and is shown at it; the others and the program go on.
            report(error, "a transfer broke")
            transfer.error = errors.Unexpected(what=type(error).__name__)
        finally:
            stays = transfer.queued and (transfer.paused or asyncio.current_task() in self.halted)
            await _undisturbed(self._leave(transfer) if stays else self._settle(transfer, cancelled))

    async def give_up(self, transfer: Upload, error: errors.WxtuiError | None = None) -> None:
        """It will not be sent: `error` says why, else a person wanted it so."""
        transfer.error = error
        await _undisturbed(self._settle(transfer, cancelled=error is None))

    # ---------------------------------------------------------------- on its way

    async def _write(self, transfer: Upload) -> StoredMessage:
        """Give it its row. A cancel in between does not leave one behind that nobody knows of."""
        # Held until the transfer knows its row, too: `UploadQueue.restore` looks for rows without a transfer.
        async with self._dispatcher.writing:
            writing = child(self._written(transfer))
            try:
                row = transfer.row = await asyncio.shield(writing)
            except asyncio.CancelledError:
                transfer.row = await writing
                raise
        return row

    async def _written(self, transfer: Upload) -> StoredMessage:
        """Its row, pending: a new one, or the one that failed, with the ClientMsgId it always had."""
        store = self._dispatcher.store
        if transfer.row is not None:
            # Another login may have given its conversation another UserName since.
            transfer.within = transfer.row.conversation_id
            with suppress(NoSuchRow):  # What failed is not kept for ever (see `retention`).
                row = await store.row(transfer.row.id)
                transfer.within = row.conversation_id
                if row.state is not DeliveryState.CANCELLED:
                    await store.pause_upload(row.id, False)
                    event = SEND_AGAIN.get(row.state)
                    return row if event is None else await store.move(row.id, event, queued=transfer.queued)
            transfer.row = None
        within = None if transfer.within is None else (await store.conversation(transfer.within)).id
        file = None
        if transfer.queued:
            file = UploadFile(transfer.path, transfer.name, transfer.kind, transfer.size, transfer.modified_ns)
        return await store.add_outgoing(
            conversation_id=within,
            to_user_name=transfer.to.user_name,
            client_msg_id=self._dispatcher.ids.client_msg_id(),
            body=file_body(transfer.kind, transfer.name, transfer.size),
            queued=transfer.queued,
            upload=file,
        )

    async def _send_in_turn(self, transfer: Upload, row: StoredMessage) -> None:
        while True:
            with suppress(errors.TargetUnknown):
                async with self._turn(transfer):
                    await self._send(transfer, row)
                    return
            # Its conversation is not known in this login: the others go first.
            self._queued(transfer)
            self.strangers.add(transfer)
            try:
                row = (await self._dispatcher.ready(row)).row
            finally:
                self.strangers.discard(transfer)

    async def _send(self, transfer: Upload, row: StoredMessage) -> None:
        """In its turn, which it keeps while there is no session, or the server wants us slower."""
        while True:
            context, row = await self._dispatcher.ready(row, patient=False)
            began = self._clock()

            async def until_open(conversation_id: int = row.conversation_id) -> None:
                nonlocal began
                await self._dispatcher.throttle.wait(conversation_id)
                # What is said of the message says nothing of when its upload began.
                began = self._clock()

            try:
                await self._attempt(transfer, row, context, until_open)
            except errors.WxtuiError as error:
                waits = await self._waits_after(error, context, row)
                if waits or too_fast(error):
                    # A file that was refused as too fast makes everything slower, not only files.
                    self._dispatcher.throttle.refused(error, began)
                if not waits:
                    raise
                self._queued(transfer)
            else:
                self._dispatcher.throttle.accepted(began)
                return

    async def _waits_after(self, error: errors.WxtuiError, context: SessionContext, row: StoredMessage) -> bool:
        """Whether what stopped it passes: its message has not left, and the session, or the server's patience, was all
        that it lacked.
        """
        if not passes(error) and not (isinstance(error, errors.NetworkError) and context.transport.closed):
            return False
        return (await self._dispatcher.store.row(row.id)).state is DeliveryState.PENDING

    def _queued(self, transfer: Upload) -> None:
        transfer.state, transfer.seconds_left = UploadState.QUEUED, None
        self.tell(transfer)

    async def _attempt(
        self, transfer: Upload, row: StoredMessage, context: SessionContext, until_open: Callable[[], Awaitable[None]]
    ) -> None:
        from tui.services.uploads.file_upload import FileUpload  # as in `open_upload`

        transfer.attempts += 1
        opening = asyncio.to_thread(open_upload, self._dispatcher, transfer.path, transfer.kind, transfer.name)
        with await _finished(opening) as file:
            chosen = transfer.version or (transfer.size, transfer.modified_ns)
            if chosen != (file.version if transfer.version else (file.size, file.modified_ns)):
                raise errors.FileReplaced(name=transfer.name)
            tell = partial(self._progress, transfer, Speed(self._clock))
            sending = FileUpload(context, self._dispatcher.store)
            transfer.row = await sending.send_file(transfer.to, file, tell, row=row, until_open=until_open)

    def _progress(self, transfer: Upload, speed: Speed, progress: Progress) -> None:
        if transfer.paused:
            return
        state = progress.state
        if state is UploadState.SENT:
            return  # told when the row is read
        if state is UploadState.UPLOADING:
            speed.measure(progress.done)
            transfer.rate, transfer.seconds_left = speed.rate, speed.seconds_for(transfer.size - progress.done)
        else:
            transfer.seconds_left = progress.seconds or None
        transfer.done = progress.done
        note = progress.note or transfer.note
        changed = state is not transfer.state or note is not transfer.note
        transfer.state, transfer.note = state, note
        if changed or self._clock() - self._told.get(transfer, -1.0) >= _OFTEN:
            self.tell(transfer)

    # ---------------------------------------------------------------- its end, or a pause

    async def _leave(self, transfer: Upload) -> None:
        """It stops here for now: its row stays pending, and the ledger knows its parts. What had left is settled."""
        store, row = self._dispatcher.store, transfer.row
        try:
            row = None if row is None else await store.row(row.id)
            if row is None or row.state is not DeliveryState.PENDING:
                await self._settle(transfer, cancelled=True)
                return
            transfer.row = row
            if transfer.paused:
                await store.pause_upload(row.id, True)
            entry = await store.upload_of(row.id)
            # Not what the socket took: what the server has.
            transfer.done = 0 if entry is None else min(entry.parts_done * PART_SIZE, transfer.size)
        except errors.LocalError as error:
            log.info("a pause could not be written down: %s", error.code)
        transfer.state = UploadState.PAUSED if transfer.paused else UploadState.QUEUED
        transfer.rate, transfer.seconds_left = 0.0, None
        self.tell(transfer)

    async def _settle(self, transfer: Upload, cancelled: bool) -> None:
        """The row says what became of it; one that is still pending will not be sent."""
        store, row = self._dispatcher.store, transfer.row
        state = UploadState.CANCELLED if cancelled else UploadState.FAILED
        try:
            if row is not None:
                row = await store.row(row.id)
                if row.state is DeliveryState.PENDING:
                    event = DeliveryEvent.CANCEL if cancelled else DeliveryEvent.REFUSED
                    reason = "" if cancelled else type(transfer.error).__name__
                    row = await store.move(row.id, event, reason=reason)
                transfer.row, state = row, end_of(row)
        except errors.LocalError as error:
            transfer.error = transfer.error or error
        except NoSuchRow:
            transfer.row = None
        transfer.state, transfer.seconds_left, transfer.paused = state, None, False
        if state is UploadState.SENT:
            transfer.done, transfer.error = transfer.size, None
        self.tell(transfer)


async def _undisturbed(work: Coroutine[Any, Any, None]) -> None:
    """Let a last write end, even when its task is cancelled once more."""
    task = child(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            continue


async def _finished(opening: Coroutine[Any, Any, OutgoingFile]) -> OutgoingFile:
    """Wait for a file that a thread opens; it is closed when nobody wants it any more, however often that is said."""
    task, given_up = child(opening), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            given_up = True
        except errors.FileRefused:
            break
    if not given_up:
        return task.result()
    if not task.cancelled() and task.exception() is None:
        task.result().close()
    raise asyncio.CancelledError
