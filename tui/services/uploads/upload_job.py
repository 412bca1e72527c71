"""Job of one upload, from its place in the queue to its end. The message's row says how it ended."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from tui import errors
from tui.services.sending.dispatcher import Dispatcher
from tui.services.uploads.upload_state import Progress, Speed, Upload, UploadState
from tui.services.util.background import child, report, this_task
from tui.services.util.retry import passes, too_fast
from tui.services.util.shielded import whole
from tui.store.delivery_state import SEND_AGAIN, DeliveryEvent, DeliveryState
from tui.store.errors import AddressChanged, NoSuchRow
from tui.store.models import StoredMessage
from tui.store.tables.uploads import UploadFile
from tui.wire.bodies import file_body
from tui.wire.media_types import MediaKind
from tui.wire.names import PART_SIZE, Endpoint

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext
    from tui.services.uploads.outgoing_file import FileSection, OutgoingFile

log = logging.getLogger("wxtui.uploads")

_OFTEN: Final = 0.1
"""Seconds between two reports of an upload's progress; a change of state is told at once."""

_ENDS: Final = {
    DeliveryState.SENT: UploadState.SENT,
    DeliveryState.REVOKING: UploadState.SENT,
    DeliveryState.REVOKE_UNKNOWN: UploadState.SENT,
    DeliveryState.REVOKED: UploadState.SENT,
    DeliveryState.FAILED: UploadState.FAILED,
    DeliveryState.CANCELLED: UploadState.CANCELLED,
}


def end_of(row: StoredMessage) -> UploadState:
    """Return how an upload ended, by its row; a row that is neither sent, failed nor cancelled is unknown."""
    return _ENDS.get(row.state, UploadState.UNKNOWN)


def open_upload(
    dispatcher: Dispatcher, path: Path, kind: MediaKind, name: str | None, section: FileSection | None = None
) -> OutgoingFile:
    """Open and check a file, or a part of it, for the variant that is in use. Raises `FileRefused`; looks at the disk.

    Before the first session the variant is not known: a file that one of them takes may wait, and is checked again.
    """
    # Here, not above: the picker needs it, the first screen does not.
    from tui.services.uploads.outgoing_file import open_file

    try:
        endpoint = dispatcher.context.session.endpoint
    except errors.NotConnected:
        try:
            return open_file(path, Endpoint.WEB, kind, name, section)
        except errors.FileTooLarge:
            endpoint = Endpoint.FILEHELPER
    return open_file(path, endpoint, kind, name, section)


class UploadJob:
    """Runs one upload, and alone changes it meanwhile; `upload_queue` says when."""

    def __init__(
        self,
        upload: Upload,
        dispatcher: Dispatcher,
        turn: Callable[[Upload], AbstractAsyncContextManager[None]],
        apart: Callable[[Upload], AbstractContextManager[None]],
        on_upload: Callable[[Upload], None],
        clock: Callable[[], float],
    ) -> None:
        self._upload = upload
        self._dispatcher = dispatcher
        self._turn = turn
        self._apart = apart
        self._on_upload = on_upload
        self._clock = clock
        self._told = -math.inf
        self.written = asyncio.Event()
        """Set when its row stands in the store, or never will."""
        self.halted: WeakSet[asyncio.Task[None]] = WeakSet()
        """Tasks that are cancelled without the upload being given up: it is paused, or this program leaves."""

    def tell(self) -> None:
        """Tell the listener the state of the upload now."""
        self._told = self._clock()
        self._on_upload(self._upload)

    async def carry(self) -> None:
        """Run an upload from the queue to its end, or to a pause."""
        upload, current = self._upload, this_task()
        cancelled = False
        try:
            row = await self._write()
            self.written.set()
            if upload.paused:
                # This task only leaves now: an upload that is resumed meanwhile needs another.
                self.halted.add(current)
            elif row.state is DeliveryState.PENDING:
                self.tell()
                await self._send_in_turn(row)
        except asyncio.CancelledError:
            cancelled = True
        except errors.WxtuiError as error:
            upload.error = error
        except Exception as error:
            # A mistake of ours ends this upload, and is shown at it; the others and the program go on.
            report(error, "an upload broke")
            upload.error = errors.Unexpected(what=type(error).__name__)
        finally:
            self.written.set()
            stays = upload.queued and (upload.paused or current in self.halted)
            with suppress(asyncio.CancelledError):
                await whole(self._leave() if stays else self._settle(cancelled))

    async def give_up(self, error: errors.WxtuiError | None = None) -> None:
        """End an upload that has not left: as failed with `error`, or as cancelled by a person when that is None."""
        self._upload.error = error
        with suppress(asyncio.CancelledError):
            await whole(self._settle(cancelled=error is None))

    # ---------------------------------------------------------------- on its way

    async def _write(self) -> StoredMessage:
        """Give an upload its row, also when it is cancelled meanwhile: the program is just being left, say."""

        async def write() -> StoredMessage:
            # Held until the upload knows its row, too: `UploadQueue.restore` looks for rows without an upload.
            async with self._dispatcher.writing:
                self._upload.row = row = await self._written()
                return row

        return await whole(write())

    async def _written(self) -> StoredMessage:
        """Return the upload's row, pending: a new one, or the one that failed, with its old ClientMsgId."""
        upload = self._upload
        store = self._dispatcher.store
        if upload.row is not None:
            # Another login may have given its conversation another UserName since.
            upload.within = upload.row.conversation_id
            with suppress(NoSuchRow):  # What failed is not kept for ever (see `retention`).
                row = await store.row(upload.row.id)
                upload.within = row.conversation_id
                if row.state is not DeliveryState.CANCELLED:
                    await store.pause_upload(row.id, False)
                    event = SEND_AGAIN.get(row.state)
                    return row if event is None else await store.move(row.id, event, queued=upload.queued)
            upload.row = None
        within = None if upload.within is None else (await store.conversation(upload.within)).id
        file = None
        if upload.queued:
            file = UploadFile(upload.path, upload.name, upload.kind, upload.size, upload.modified_ns)
        return await store.add_outgoing(
            conversation_id=within,
            to_user_name=upload.to.user_name,
            client_msg_id=self._dispatcher.ids.client_msg_id(),
            body=file_body(upload.kind, upload.name, upload.size),
            queued=upload.queued,
            upload=file,
        )

    async def _send_in_turn(self, row: StoredMessage) -> None:
        while True:
            with ExitStack() as until_known:
                async with self._turn(self._upload):
                    try:
                        await self._send(row)
                        return
                    except errors.TargetUnknown:
                        # Its conversation is not known in this login.
                        until_known.enter_context(self._apart(self._upload))
                self._queued()
                row = (await self._dispatcher.ready(row)).row

    async def _send(self, row: StoredMessage) -> None:
        """Send the file in its turn, which it keeps while there is no session, or the server wants us slower."""
        while True:
            context, row = await self._dispatcher.ready(row, patient=False)
            began = self._clock()

            async def until_open(conversation_id: int = row.conversation_id) -> None:
                nonlocal began
                await self._dispatcher.throttle.wait(conversation_id)
                if self._upload.series is not None and self._upload.series.pace is not None:
                    await self._upload.series.pace.wait()
                # What is said of the message says nothing of when its upload began.
                began = self._clock()

            try:
                await self._attempt(row, context, until_open)
            except AddressChanged:
                self._queued()
            except errors.WxtuiError as error:
                waits = await self._waits_after(error, context, row)
                if waits or too_fast(error):
                    # A file that was refused as too fast makes everything slower, not only files.
                    self._dispatcher.throttle.refused(error, began)
                if not waits:
                    raise
                self._queued()
            else:
                self._dispatcher.throttle.accepted(began)
                return

    async def _waits_after(self, error: errors.WxtuiError, context: SessionContext, row: StoredMessage) -> bool:
        """Return True when an upload waits after an error: its message has not left, what was missing comes back."""
        if not passes(error) and not (isinstance(error, errors.NetworkError) and context.transport.closed):
            return False
        return (await self._dispatcher.store.row(row.id)).state is DeliveryState.PENDING

    def _queued(self) -> None:
        upload = self._upload
        upload.state, upload.seconds_left = UploadState.QUEUED, None
        self.tell()

    async def _attempt(
        self, row: StoredMessage, context: SessionContext, until_open: Callable[[], Awaitable[None]]
    ) -> None:
        from tui.services.uploads.file_upload import FileUpload  # as in `open_upload`

        upload = self._upload
        upload.attempts += 1
        opening = asyncio.to_thread(
            open_upload, self._dispatcher, upload.path, upload.kind, upload.name, upload.section
        )
        with await _finished(opening) as file:
            chosen = upload.version or (upload.size, upload.modified_ns)
            if chosen != (file.version if upload.version else (file.size, file.version.modified_ns)):
                raise errors.FileReplaced(name=upload.name)
            tell = partial(self._progress, Speed(self._clock))
            sending = FileUpload(context, self._dispatcher.store)
            upload.row = await sending.send_file(upload.to, file, tell, row=row, until_open=until_open)

    def _progress(self, speed: Speed, progress: Progress) -> None:
        upload = self._upload
        if upload.paused:
            return
        state = progress.state
        if state is UploadState.SENT:
            return  # told when the row is read
        if state is UploadState.UPLOADING:
            speed.measure(progress.done)
            upload.rate, upload.seconds_left = speed.rate, speed.seconds_for(upload.size - progress.done)
        else:
            upload.seconds_left = progress.seconds or None
        upload.done = progress.done
        note = progress.note or upload.note
        changed = state is not upload.state or note is not upload.note
        upload.state, upload.note = state, note
        if changed or self._clock() - self._told >= _OFTEN:
            self.tell()

    # ---------------------------------------------------------------- its end, or a pause

    async def _leave(self) -> None:
        """Stop an upload for now: its row stays pending, its parts are stored. If its message had left, settle it."""
        upload = self._upload
        store, row = self._dispatcher.store, upload.row
        try:
            row = None if row is None else await store.row(row.id)
            if row is None or row.state is not DeliveryState.PENDING:
                await self._settle(cancelled=True)
                return
            upload.row = row
            if upload.paused:
                await store.pause_upload(row.id, True)
            entry = await store.upload_of(row.id)
            # Not what the socket took: what the server has.
            upload.done = 0 if entry is None else min(entry.parts_done * PART_SIZE, upload.size)
        except errors.LocalError as error:
            log.info("a pause could not be written down: %s", error.code)
        upload.state = UploadState.PAUSED if upload.paused else UploadState.QUEUED
        upload.rate, upload.seconds_left = 0.0, None
        self.tell()

    async def _settle(self, cancelled: bool) -> None:
        """End an upload: a row that is still pending is not sent any more, and the row says how it ended."""
        upload = self._upload
        store, row = self._dispatcher.store, upload.row
        state = UploadState.CANCELLED if cancelled else UploadState.FAILED
        try:
            if row is not None:
                row = await store.row(row.id)
                if row.state is DeliveryState.PENDING:
                    event = DeliveryEvent.CANCEL if cancelled else DeliveryEvent.REFUSED
                    reason = "" if cancelled else type(upload.error).__name__
                    row = await store.move(row.id, event, reason=reason)
                upload.row, state = row, end_of(row)
        except errors.LocalError as error:
            upload.error = upload.error or error
        except NoSuchRow:
            upload.row = None
        upload.state, upload.seconds_left, upload.paused = state, None, False
        if state is UploadState.SENT:
            upload.done, upload.error = upload.size, None
        self.tell()


async def _finished(opening: Coroutine[Any, Any, OutgoingFile]) -> OutgoingFile:
    """Wait for a file that a thread opens, and close it when the wait was cancelled meanwhile."""
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
