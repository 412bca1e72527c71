"""Attempt to send a file: hash it, ask whether the server has it, send parts and message (PROTOCOL section 6)."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from tui import errors
from tui.services.sending.forwarding import uploaded_call
from tui.services.sending.send_once import give_up, send_once, write_row
from tui.services.session.context import GOOD_FOR, UploadedMedia
from tui.services.uploads.chunks import Checkpoint, ChunkSender, Patience
from tui.services.uploads.outgoing_file import OutgoingFile
from tui.services.uploads.upload_state import OnProgress, Progress, UploadState
from tui.services.util.retry import may_mean_media, too_fast
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.store.tables.uploads import UploadRecord
from tui.wire.bodies import file_body
from tui.wire.contacts import Contact
from tui.wire.names import CHECK_UPLOAD_FROM
from tui.wire.upload import Checked, UploadForm, UploadSource, check

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext

log = logging.getLogger("wxtui.uploads")

_NEW_LOGIN: Final = errors.Phrase("The upload started over: you logged in again.")
_FORGOTTEN: Final = errors.Phrase("The upload started over: the server no longer had the file.")
_NOT_SHARED: Final = errors.Phrase(
    "The server took the file only as uploaded for this receiver: it was uploaded again."
)
_STARTS: Final = 3
"""Times that one attempt sends a file from its first part: a server that loses it three times in a row is broken."""


class _Delivery(msgspec.Struct, frozen=True):
    """Message about a file. `kept` as in `_Attempt`, `until_open` as in `send_file`."""

    row: StoredMessage
    file: OutgoingFile
    kept: UploadRecord | None
    tell: OnProgress
    until_open: Callable[[], Awaitable[object]] | None


class _Attempt(msgspec.Struct, frozen=True):
    """Attempt to send one file to one receiver.

    `kept` is what the store knows of a queued upload, which is patient; None for others.
    """

    row: StoredMessage
    file: OutgoingFile
    source: UploadSource
    kept: UploadRecord | None
    tell: OnProgress
    number: int | None = None
    """n of `WU_FILE_n`, once the file has one; it stays however often the upload begins again in this login."""


class FileUpload:
    """Sends files through one session, each in one attempt. A running one has one buffer, whatever the file's size."""

    def __init__(self, context: SessionContext, store: Store) -> None:
        self._context = context
        self._store = store

    async def send_file(
        self,
        to: Contact,
        file: OutgoingFile,
        on_progress: OnProgress = lambda progress: None,
        on_row: Callable[[StoredMessage], None] = lambda row: None,
        row: StoredMessage | None = None,
        until_open: Callable[[], Awaitable[object]] | None = None,
    ) -> StoredMessage:
        """Upload `file` and send it to `to`; cancelling the task cancels the upload. `on_row` hears of its row at once.

        `row` is the pending row, where there is one. If the store knows the row's file, the upload goes on where it was
        left and waits for a network that is down; a row that is pending in the end is left to the caller. If not,
        the upload fails when a part was repeated four times, and so does the row. `until_open` waits until the message
        may leave, however long the upload took.

        Raises `FileChanged`, `FileUnreadable`, `UploadLost`, `DeliveryUnknown`, `NetworkError`, `ServerRefused`,
        `SessionOver`.
        """
        kept = None if row is None else await self._store.upload_of(row.id)
        if row is None:
            row = await write_row(self._context.ids, self._store, to, file_body(file.kind, file.name, file.size))
            on_row(row)
        delivery = _Delivery(row, file, kept, on_progress, until_open)
        async with self._given_up_on_failure(delivery):
            md5 = None if kept is None else await self._md5(delivery)
            shared = await self._shared(delivery)
        if shared is not None:
            try:
                return await self._send(delivery, shared, waits=may_mean_media)
            except errors.ServerRefused as error:
                if not may_mean_media(error):
                    raise
                log.info("a MediaId was not taken for another receiver: %s", error.code)
            self._context.media.forget(file.identity)
            delivery = await self._unshared(delivery)
        async with self._given_up_on_failure(delivery):
            md5 = md5 or await self._md5(delivery)
            attempt = _Attempt(row, file, file.source(md5), delivery.kept, delivery.tell)
            media = UploadedMedia(*await self._upload(attempt))
        sent = await self._send(delivery, media)
        self._context.media.keep(file.identity, sent.to_user_name, media)
        if shared is not None:
            # It was the MediaId, and not the message, that it refused.
            self._context.media.bound = True
        return sent

    @asynccontextmanager
    async def _given_up_on_failure(self, delivery: _Delivery) -> AsyncIterator[None]:
        """Let a failure end the row, unless its upload is stored: what becomes of that is for the caller to say."""
        try:
            yield
        except BaseException as error:
            if delivery.kept is None:
                await give_up(self._store, delivery.row, error)
            raise

    async def _shared(self, delivery: _Delivery) -> UploadedMedia | None:
        """Return what the server has of this file by an upload for somebody else, to be tried for this receiver."""
        media, kept, row = self._context.media, delivery.kept, delivery.row
        if kept is None:
            return media.find(delivery.file.identity, row.to_user_name)
        if media.bound or not kept.shared or kept.login_id is None or kept.login_id != await self._login_id():
            return None
        # Nobody noted when the upload ended: not before this message was written, or another with it.
        age = (self._context.ids.now() - row.time).total_seconds()
        return UploadedMedia(kept.media_id, kept.signature) if age < GOOD_FOR else None

    async def _unshared(self, delivery: _Delivery) -> _Delivery:
        """Return the delivery without the MediaId that was refused; also the store forgets it."""
        kept = delivery.kept
        if kept is not None:
            await self._store.doubt_upload(delivery.row.id)
            kept = replace(kept, media_id="", signature="", login_id=None)
        return replace(delivery, kept=kept, tell=_noting(delivery.tell, _NOT_SHARED))

    async def _md5(self, delivery: _Delivery) -> str:
        md5 = await self._hash(delivery.file, delivery.tell)
        if delivery.kept is not None and delivery.kept.md5 not in ("", md5):
            raise errors.FileReplaced(name=delivery.file.name)
        return md5

    async def _send(
        self,
        delivery: _Delivery,
        media: UploadedMedia,
        waits: Callable[[errors.WxtuiError], bool] = lambda error: False,
    ) -> StoredMessage:
        """Send the message about a file that the server has. `waits` as for `send_once`."""
        file, row, tell = delivery.file, delivery.row, delivery.tell
        async with self._given_up_on_failure(delivery):
            if delivery.until_open is not None:
                await delivery.until_open()
            await asyncio.to_thread(file.check_unchanged)
        tell(Progress(UploadState.SENDING, file.size, file.size))
        call = uploaded_call(file_body(file.kind, file.name, file.size), media.media_id, media.signature)
        sent = await send_once(self._context, self._store, row, call, file.name, media_id=media.media_id, waits=waits)
        tell(Progress(UploadState.SENT, file.size, file.size))
        return sent

    async def _hash(self, file: OutgoingFile, on_progress: OnProgress) -> str:
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def show(done: int) -> None:
            # The thread's last word may come after the upload was cancelled.
            if not stop.is_set():
                on_progress(Progress(UploadState.HASHING, done, file.size))

        def tell(done: int) -> None:
            loop.call_soon_threadsafe(show, done)

        try:
            return await asyncio.to_thread(file.hash, tell, stop)
        finally:
            stop.set()

    async def _upload(self, attempt: _Attempt) -> tuple[str, str]:
        """Send the parts that the server lacks. Returns the file's MediaId, never "", and the signature of the check.

        Parts are good for the login that sent them. A server that does not take the rest, or has put the file together
        and forgotten it (an empty MediaId), gets it all again, at most `_STARTS` times. Raises `UploadLost` then.
        """
        kept, login_id = attempt.kept, await self._login_id()
        tell, lost = attempt.tell, errors.WxtuiError()
        if kept is not None and kept.login_id is not None and kept.login_id == login_id:
            if kept.media_id and not kept.shared:
                return kept.media_id, kept.signature
            attempt = replace(attempt, number=kept.number if kept.client_media_id else None)
            if kept.parts_done:
                try:
                    return await self._rest(attempt, kept, login_id), kept.signature
                except _Forgotten as forgotten:
                    lost = forgotten.error
                attempt = replace(attempt, tell=_noting(tell, _started_again(lost)))
        elif kept is not None and kept.parts_done:
            attempt = replace(attempt, tell=_noting(tell, _NEW_LOGIN))
        for _ in range(_STARTS):
            checked = await self._check(attempt)
            if checked.media_id:
                return checked.media_id, checked.signature
            if attempt.number is None:
                # In a login that is over nothing arrives.
                attempt = replace(
                    attempt, number=0 if login_id is None else await self._store.next_file_number(login_id)
                )
            form = self._form(attempt, checked, self._context.ids.client_media_id())
            try:
                return await self._parts(attempt, form, 0, login_id), checked.signature
            except _Forgotten as forgotten:
                lost = forgotten.error
            attempt = replace(attempt, tell=_noting(tell, _started_again(lost)))
        raise lost

    async def _rest(self, attempt: _Attempt, kept: UploadRecord, login_id: int | None) -> str:
        """Send the parts that an earlier attempt of this login left. Returns the MediaId. Raises `_Forgotten`."""
        form = self._form(attempt, Checked(aes_key=kept.aes_key, signature=kept.signature), int(kept.client_media_id))
        # The last part is what the MediaId comes for: it is repeated where they are all there.
        return await self._parts(attempt, form, min(kept.parts_done, form.parts - 1), login_id)

    async def _login_id(self) -> int | None:
        """Return the id of this session's login; None when there was another one meanwhile."""
        login = await self._store.current_login()
        return login.id if login is not None and login.user_name == self._context.session.user_name else None

    async def _check(self, attempt: _Attempt) -> Checked:
        size = attempt.source.size
        if size < CHECK_UPLOAD_FROM:
            return Checked()
        attempt.tell(Progress(UploadState.CHECKING, 0, size))
        patience = self._patience(attempt, 0)
        while True:
            try:
                return await self._context.transport.run(
                    check(self._context.session, attempt.row.to_user_name, attempt.source)
                )
            except errors.NetworkError as error:
                if not patience.patient:
                    raise
                await patience.bear(error)

    def _form(self, attempt: _Attempt, checked: Checked, client_media_id: int) -> UploadForm:
        ids = self._context.ids
        self._context.renew(data_ticket=self._context.transport.cookie("webwx_data_ticket"))
        return UploadForm(
            session=self._context.session,
            to=attempt.row.to_user_name,
            source=attempt.source,
            client_media_id=client_media_id,
            number=attempt.number or 0,
            boundary=ids.boundary(),
            aes_key=checked.aes_key,
            signature=checked.signature,
            random=ids.random4(),
        )

    async def _parts(self, attempt: _Attempt, form: UploadForm, first: int, login_id: int | None) -> str:
        """Send the parts from `first` on, and store which arrived. Returns the MediaId, never "".

        Raises `_Forgotten` when the file has to be sent from its first part again.
        """
        size = attempt.source.size

        def moved(done: int) -> None:
            attempt.tell(Progress(UploadState.UPLOADING, done, size))

        write = None
        if attempt.kept is not None and login_id is not None:
            write = partial(
                self._store.upload_progress,
                attempt.row.id,
                login_id=login_id,
                md5=attempt.source.md5,
                client_media_id=str(form.client_media_id),
                aes_key=form.aes_key,
                signature=form.signature,
                number=form.number,
            )
        async with Checkpoint(first, write) as checkpoint:
            sender = ChunkSender(self._context, attempt.file, moved, partial(self._patience, attempt))
            try:
                media_id = await sender.send(form, first, checkpoint.acknowledged)
            except errors.WxtuiError as error:
                # A refusal of a first try is a refusal; that of a rest, or of a part sent twice, may mean a server that
                # does not know the parts before it any more.
                if (first or sender.repeated) and _takes_no_rest(error):
                    raise _Forgotten(error) from None
                raise
        if not media_id:
            raise _Forgotten(errors.UploadLost())
        return media_id

    def _patience(self, attempt: _Attempt, offset: int) -> Patience:
        def waiting(seconds: float) -> None:
            left = seconds if attempt.kept is not None else 0.0
            attempt.tell(Progress(UploadState.WAITING, offset, attempt.source.size, seconds=left))

        return Patience(self._context, attempt.kept is not None, waiting)


class _Forgotten(Exception):
    """Raised when the server lost parts that it was sent; `error` is what the upload fails with in the end."""

    def __init__(self, error: errors.WxtuiError) -> None:
        super().__init__()
        self.error = error


def _takes_no_rest(error: errors.WxtuiError) -> bool:
    """Return True for an error by which a server may mean that it does not know the parts before."""
    if too_fast(error):
        return False
    return isinstance(error, errors.ServerRefused) or (isinstance(error, errors.NetworkError) and error.refused)


def _started_again(lost: errors.WxtuiError) -> errors.Phrase:
    if isinstance(lost, errors.UploadLost):
        return _FORGOTTEN
    return errors.Phrase("The upload started over: the server refused the rest. {why}", why=lost.said)


def _noting(tell: OnProgress, note: errors.Phrase) -> OnProgress:
    return lambda progress: tell(replace(progress, note=note))
