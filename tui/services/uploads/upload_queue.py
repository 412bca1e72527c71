"""Queue of files: one upload at a time, in an order that a person can change, and that outlives the program."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui import errors
from tui.services.sending.dispatcher import Dispatcher
from tui.services.sending.throttle import PAUSE, Pace
from tui.services.uploads.upload_job import UploadJob, end_of, open_upload
from tui.services.uploads.upload_state import Upload, UploadSeries, UploadState
from tui.services.util.background import child, report, spawn
from tui.store.changes import Change, MessageChanged
from tui.store.delivery_state import SEND_AGAIN, DeliveryState
from tui.store.models import StoredMessage
from tui.store.tables.uploads import UploadFile
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind
from tui.wire.names import PART_SIZE

if TYPE_CHECKING:
    from tui.services.uploads.outgoing_file import FileSection


class UploadOrder:
    """All uploads, the waiting ones in the order of their turn. A paused upload keeps its place."""

    def __init__(self) -> None:
        self.uploads: list[Upload] = []
        self._asking: dict[Upload, asyncio.Event] = {}
        self._running: Upload | None = None
        self._holds = 0
        self._coming: set[Upload] = set()
        self._apart: set[Upload] = set()

    def __contains__(self, upload: Upload) -> bool:
        """Return True for an upload that asks for a turn, has it, or stands apart."""
        return upload in self._asking or upload in self._apart

    @asynccontextmanager
    async def turn(self, upload: Upload) -> AsyncIterator[None]:
        """Wait until it is this upload's turn; its turn lasts as long as the context."""
        turn = self._asking[upload] = asyncio.Event()
        self._coming.discard(upload)
        self.advance()
        try:
            await turn.wait()
            yield
        finally:
            self._asking.pop(upload, None)
            if self._running is upload:
                self._running = None
            self.advance()

    @contextmanager
    def apart(self, upload: Upload) -> Iterator[None]:
        """Let the others go first meanwhile, but those of its conversation: files arrive there as they were chosen.

        To be entered in its turn, which ends then.
        """
        self._apart.add(upload)
        try:
            yield
            # It asks for its turn at once.
            self._coming.add(upload)
        finally:
            self._apart.discard(upload)
            self.advance()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no turn begin meanwhile: an upload that goes before the others may still be on its way here."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self.advance()

    def expect(self, upload: Upload) -> None:
        """Keep the uploads behind this one waiting until it asks for its turn, or is dismissed."""
        self._coming.add(upload)

    def dismiss(self, upload: Upload) -> None:
        """Expect an upload no longer."""
        if upload in self._coming:
            self._coming.discard(upload)
            self.advance()

    def advance(self) -> None:
        """Begin the next upload's turn, if none runs."""
        if self._running is None and not self._holds:
            held_up: set[int] = set()
            for one in self.uploads:
                if one in self._apart:
                    held_up.add(one.conversation_id)
                elif one in self._coming:
                    return
                elif one in self._asking and one.conversation_id not in held_up:
                    self._running = one
                    self._asking[one].set()
                    return

    def reorder(self, upload: Upload, by: int) -> bool:
        """Move a waiting or paused upload past `by` others, up when negative; False when it is neither."""
        places = [at for at, one in enumerate(self.uploads) if one.state in (UploadState.QUEUED, UploadState.PAUSED)]
        waiting = [self.uploads[at] for at in places]
        if upload not in waiting:
            return False
        old = waiting.index(upload)
        new = min(max(old + by, 0), len(waiting) - 1)
        waiting.insert(new, waiting.pop(old))
        for at, one in zip(places, waiting, strict=True):
            self.uploads[at] = one
        return True


class UploadQueue:
    """Uploads since the program's start and those left from before, the waiting ones in the order of their turn."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        on_upload: Callable[[Upload], None],
        clock: Callable[[], float],
        spool: Path | None = None,
    ) -> None:
        """`spool` is the folder of archives that are sent: one is removed once it was sent or cancelled."""
        self._spool = spool
        self._dispatcher = dispatcher
        self._turns = UploadOrder()
        self.uploads = self._turns.uploads
        """All uploads."""
        self._new_job = partial(
            UploadJob,
            dispatcher=dispatcher,
            turn=self._turns.turn,
            apart=self._turns.apart,
            on_upload=on_upload,
            clock=clock,
        )
        self._jobs: dict[Upload, UploadJob] = {}
        self._last_id = 0
        self._tasks: dict[Upload, asyncio.Task[None]] = {}
        self._closed = False

    def add(
        self,
        to: Contact,
        path: Path,
        kind: MediaKind,
        name: str | None = None,
        *,
        within: int | None = None,
        queued: bool = True,
        section: FileSection | None = None,
        series: UploadSeries | None = None,
    ) -> Upload:
        """Check a file and queue it, shown at once; it is opened, and checked again, when its turn comes.

        `within` and `queued`: as for `Outbox.text`. `section`: only that part of it is sent; such an upload is not
        queued. `series`: the uploads of it for others. Looks at the disk. Raises `FileRefused`; nothing is queued then.
        """
        # The program may be started again in another directory.
        path = path.absolute()
        with open_upload(self._dispatcher, path, kind, name, section) as file:
            upload = Upload(
                self._next_id(),
                to,
                path,
                file.name,
                file.size,
                file.kind,
                file.version,
                modified_ns=file.version.modified_ns,
                within=within,
                queued=queued,
                section=section,
                series=series,
            )
        if series is not None:
            series.uploads.append(upload)
        self.uploads.append(upload)
        self._start(upload)
        return upload

    async def add_for_several(self, receivers: Sequence[Contact], path: Path, kind: MediaKind, pace: Pace) -> None:
        """Queue a file for each of them: uploaded for the first, it goes to the others by its MediaId where that is
        taken. All their rows are written before anything leaves, so that no end of the program loses one.

        Raises `FileRefused`; nothing is queued then.
        """
        series = UploadSeries([], pace)
        with self.held():
            for to in receivers:
                self.add(to, path, kind, series=series)
            for upload in series.uploads:
                await self._job(upload).written.wait()

    def cancel(self, upload: Upload) -> bool:
        """Give an upload up, running, paused or waiting; False when it is too late for that."""
        if upload.state is UploadState.SENDING or upload.state.over:
            return False
        task = self._tasks.get(upload)
        if not upload.paused:
            return task is not None and task.cancel()
        upload.paused = False
        if task is not None and task not in self._job(upload).halted:
            # Paused before its row was written: it is still at that, and would go on by itself.
            return task.cancel()
        self._run(upload, self._job(upload).give_up)
        return True

    def pause(self, upload: Upload, on: bool) -> bool:
        """Pause an upload, or let it go on at its place in the queue; False when it does already, or cannot.

        A running one stops after the piece that is just leaving; the next upload has its turn.
        """
        if on == upload.paused or upload.state is UploadState.SENDING or upload.state.over or not upload.queued:
            return False
        upload.paused = on
        upload.state = UploadState.PAUSED if on else UploadState.QUEUED
        upload.rate, upload.seconds_left = 0.0, None
        task = self._tasks.get(upload)
        if not on:
            # One that was paused before its row was written is still at that, and goes on by itself.
            if task is None or task in self._job(upload).halted:
                self._start(upload)
        elif task is not None and upload in self._turns:
            self._halt(upload, task)
        self._job(upload).tell()
        return True

    def retry(self, upload: Upload) -> bool:
        """Queue a failed or cancelled upload again; False when it is neither.

        If its outcome is unknown, the file may arrive twice: that is for `Outbox.resend`, when a person has said so.
        """
        if upload.state not in (UploadState.FAILED, UploadState.CANCELLED):
            return False
        return self.again(upload)

    def again(self, upload: Upload) -> bool:
        """Queue a failed, cancelled or unknown upload again; False when it is none of these."""
        if not upload.state.over or upload.state is UploadState.SENT:
            return False
        upload.begin()
        self._start(upload)
        self._job(upload).tell()
        return True

    async def send_instead(self, message: StoredMessage, path: Path, kind: MediaKind) -> Upload:
        """Queue a file in the row of a message that was refused: whoever retries that sends the file, and once.

        `path` is absolute. Raises `FileRefused`, `LocalError`.
        """

        def look() -> UploadFile:
            with open_upload(self._dispatcher, path, kind, None) as file:
                return UploadFile(path, file.name, file.kind, file.size, file.version.modified_ns)

        await self._dispatcher.store.note_upload(message.id, await asyncio.to_thread(look))
        upload = await self.adopt(await self._dispatcher.store.row(message.id))
        assert upload is not None
        self.again(upload)
        return upload

    def reorder(self, upload: Upload, by: int) -> None:
        """Move a waiting upload past `by` others, up when negative."""
        if self._turns.reorder(upload, by):
            self._job(upload).tell()

    def of_row(self, message_id: int) -> Upload | None:
        """Return the upload of a message."""
        return next((one for one in reversed(self.uploads) if one.row and one.row.id == message_id), None)

    def apply(self, change: Change) -> None:
        """Take over a change of the store: sync may show that an unknown message arrived after all."""
        if not isinstance(change, MessageChanged):
            return
        upload = self.of_row(change.message.id)
        if upload is None:
            return
        elsewhere = upload.conversation_id != change.message.conversation_id
        upload.row = change.message
        if elsewhere:
            self._turns.advance()
        if upload.state is UploadState.UNKNOWN and change.message.state is DeliveryState.SENT:
            upload.state = UploadState.SENT
            self._job(upload).tell()
            self._drop_archive(upload)

    async def close(self) -> None:
        """Stop all uploads. A row whose message has not left stays pending, for the next start to go on with."""
        self._closed = True
        tasks = list(self._tasks.values())
        for upload, task in self._tasks.items():
            if upload.queued:
                self._halt(upload, task)
            else:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---------------------------------------------------------------- what an earlier run has left

    def held(self) -> AbstractContextManager[None]:
        """Let no turn begin meanwhile, so that restored uploads come before those that are chosen now."""
        return self._turns.held()

    async def restore(self) -> None:
        """Queue the uploads of an earlier run, in their old order; paused ones stay paused.

        A file that is gone or has changed since fails at once, where it can be seen. Raises `LocalError`.
        """
        await self._sweep()
        left: list[tuple[Upload, bool]] = []
        async with self._dispatcher.writing:
            for one in await self._dispatcher.store.unfinished_uploads():
                upload = None if self.of_row(one.message.id) else await self._known(one.message)
                if upload is not None:
                    left.append((upload, one.paused))
            # All of them or, when one could not be read, none: it is tried again. Files that were chosen meanwhile come
            # after those that have waited since an earlier run.
            older = [upload for upload, _paused in left]
            self.uploads[:] = [*older, *(one for one in self.uploads if one not in older)]
        self._gather(older)
        for upload, paused in left:
            try:
                await asyncio.to_thread(_check_there, upload)
            except errors.FileRefused as error:
                if not self._closed:
                    await self._job(upload).give_up(error)
                continue
            if self._closed:
                return  # They wait for the next start.
            if paused or upload.paused:
                upload.paused, upload.state = True, UploadState.PAUSED
            else:
                self._start(upload)
            self._job(upload).tell()

    def _gather(self, uploads: Sequence[Upload]) -> None:
        """Find the uploads that were one series before: those of the same file, each for another conversation."""
        found: dict[tuple[object, ...], UploadSeries] = {}
        times: Counter[tuple[object, ...]] = Counter()
        for one in uploads:
            file = (one.path, one.name, one.kind, one.size, one.modified_ns)
            # A file that one conversation gets twice was chosen twice.
            times[(*file, one.conversation_id)] += 1
            key = (*file, times[(*file, one.conversation_id)])
            found.setdefault(key, UploadSeries([], Pace(PAUSE, self._dispatcher.ids.jitter))).uploads.append(one)
        for series in found.values():
            for one in series.uploads if len(series.uploads) > 1 else ():
                one.series = series

    async def _sweep(self) -> None:
        """Remove archives that no message needs any more, and what killed commands left."""
        spool = self._spool
        if spool is None or not spool.is_dir():
            return
        from tui.services.packing.spool import sweep

        # One that was just packed is locked until its message is written.
        needed = {*await self._dispatcher.store.upload_paths(), *(one.path for one in self.uploads)}
        await asyncio.to_thread(sweep, spool, needed)

    def _drop_archive(self, upload: Upload) -> None:
        """Remove an archive that was sent or cancelled, unless another message waits for it as well."""
        over = upload.state in (UploadState.SENT, UploadState.CANCELLED)
        if self._spool is None or upload.path.parent != self._spool or not over:
            return
        if any(one.path == upload.path and one is not upload and not one.state.over for one in self.uploads):
            return
        from tui.services.packing.spool import drop

        spawn(asyncio.to_thread(drop, self._spool, upload.path), "removing an archive")

    async def adopt(self, message: StoredMessage) -> Upload | None:
        """Return the upload of a failed or unknown message of an earlier run, for `again`.

        None when its file is not known. Raises `LocalError`.
        """
        upload = self.of_row(message.id)
        if upload is None and message.state in SEND_AGAIN:
            upload = await self._known(message)
            if (meanwhile := self.of_row(message.id)) is not None:
                return meanwhile  # The key was pressed twice.
            if upload is not None:
                upload.state = end_of(message)
                self.uploads.append(upload)
        return upload

    async def _known(self, message: StoredMessage) -> Upload | None:
        """Return an upload made of what the store knows of it; the caller puts it into the queue."""
        store = self._dispatcher.store
        entry = await store.upload_of(message.id)
        if entry is None:
            return None
        conversation = await store.conversation(message.conversation_id)
        to = await store.contact(conversation.user_name) or Contact(conversation.user_name, conversation.name)
        file = entry.file
        upload = Upload(
            self._next_id(), to, file.path, file.name, file.size, file.kind, None, modified_ns=file.mtime_ns
        )
        upload.row, upload.done = message, min(entry.parts_done * PART_SIZE, file.size)
        return upload

    # ---------------------------------------------------------------- tasks

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _job(self, upload: Upload) -> UploadJob:
        if upload not in self._jobs:
            self._jobs[upload] = self._new_job(upload)
        return self._jobs[upload]

    def _start(self, upload: Upload) -> None:
        self._turns.expect(upload)
        self._run(upload, self._job(upload).carry)

    def _run(self, upload: Upload, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin `work` when the upload's earlier task has ended."""
        before = self._tasks.get(upload)

        async def run() -> None:
            if before is not None:
                await asyncio.wait({before})
            await work()

        task = child(run())
        self._tasks[upload] = task
        task.add_done_callback(partial(self._ended, upload))

    def _halt(self, upload: Upload, task: asyncio.Task[None]) -> None:
        self._job(upload).halted.add(task)
        task.cancel()

    def _ended(self, upload: Upload, task: asyncio.Task[None]) -> None:
        if self._tasks.get(upload) is not task:
            return
        del self._tasks[upload]
        self._turns.dismiss(upload)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            # Not even how it ended could be written down.
            report(error, "an upload")
            upload.error, upload.state = errors.Unexpected(what=type(error).__name__), UploadState.FAILED
            self._job(upload).tell()
        if task.cancelled() and task not in self._job(upload).halted and not upload.state.over:
            # Cancelled before its first step, and nobody else says so.
            if upload.row is not None:
                self._run(upload, self._job(upload).give_up)
            else:
                upload.state = UploadState.CANCELLED
                self._job(upload).tell()
        self._drop_archive(upload)


def _check_there(upload: Upload) -> None:
    """Raise a `FileRefused` when the file is not the one that was chosen; looks at the disk."""
    try:
        status = upload.path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise errors.FileMissing(name=str(upload.path)) from None
    except OSError as error:
        raise errors.FileUnreadable(name=upload.name, why=error.strerror or str(error)) from None
    if (status.st_size, status.st_mtime_ns) != (upload.size, upload.modified_ns):
        raise errors.FileReplaced(name=upload.name)
