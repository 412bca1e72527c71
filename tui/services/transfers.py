"""Uploads: hash, ask whether the server has it, send the parts, send the message (protocol.md section 6).

A file is never in memory: one part at a time is read into one buffer, and handed to the socket in pieces.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import Enum

from tui import errors
from tui.services.backoff import Backoff
from tui.services.files import OutgoingFile
from tui.services.link import Link
from tui.services.outgoing import Outgoing
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire import bodies, send
from tui.wire.answers import bad_answer
from tui.wire.call import Call
from tui.wire.contacts import Contact
from tui.wire.media_types import MediaKind
from tui.wire.names import CHECK_UPLOAD_FROM, PART_SIZE
from tui.wire.send import Sent
from tui.wire.session import Session
from tui.wire.upload import UPLOAD, Checked, Uploaded, UploadForm, UploadSource, check, read_answer

FIRST_PIECE = 32 * 1024
FASTEST, SLOWEST = 0.02, 0.2
"""Seconds: after a piece that took less the next is doubled, after one that took more halved. So progress moves on slow
links, and fast ones are not chopped up."""
PART_RETRIES = 4
"""How often a part is repeated after a break; nobody sees a part, so repeating it is harmless."""


class Stage(Enum):
    """Where a transfer stands."""

    HASHING = "hashing"
    CHECKING = "checking"
    UPLOADING = "uploading"
    SENDING = "sending"
    SENT = "sent"
    RECEIVING = "receiving"


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` bytes: read while HASHING, really handed to the socket while UPLOADING, on the disk while
    RECEIVING, where a `total` of 0 is one that nobody told."""

    stage: Stage
    done: int
    total: int
    waiting: bool = False


class Transfers:
    """Sends files. One buffer a running transfer, whatever the file's size."""

    def __init__(self, link: Link, store: Store) -> None:
        self._link = link
        self._outgoing = Outgoing(link, store)

    async def send_file(
        self,
        to: Contact,
        file: OutgoingFile,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        on_row: Callable[[StoredMessage], None] | None = None,
        row: StoredMessage | None = None,
    ) -> StoredMessage:
        """Upload `file` and send it to `to`; cancelling the task cancels the upload. `on_row` hears of its row at once.

        `row` is the pending row, where `add_row` has made it before.

        Raises `FileChanged`, `FileUnreadable`, `DeliveryUnknown`, `NetworkError`, `ServerRefused`, `SessionOver`.
        """
        row = row or await self.add_row(to, file.kind, file.name, file.size, on_row)
        try:
            md5 = await self._hash(file, on_progress)
            source = file.source(md5)
            known = await self._check(to, source, on_progress)
            media_id = known.media_id or await self._upload(to, file, source, known, on_progress)
            await asyncio.to_thread(file.check_unchanged)
        except BaseException as error:
            await self._outgoing.give_up(row, error)
            raise
        on_progress(Progress(Stage.SENDING, file.size, file.size))
        session = self._link.session
        sent = await self._outgoing.send(
            row,
            lambda client_id: _message(session, to.user_name, client_id, file, media_id, known.signature),
            file.name,
            media_id=media_id,
        )
        on_progress(Progress(Stage.SENT, file.size, file.size))
        return sent

    async def add_row(
        self,
        to: Contact,
        kind: MediaKind,
        name: str,
        size: int,
        on_row: Callable[[StoredMessage], None] | None = None,
    ) -> StoredMessage:
        """Write down a file that `send_file` is to send."""
        return await self._outgoing.add(to, _body(kind, name, size), on_row=on_row)

    async def _hash(self, file: OutgoingFile, on_progress: Callable[[Progress], None]) -> str:
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def show(done: int) -> None:
            # The thread's last word may come after the transfer was cancelled.
            if not stop.is_set():
                on_progress(Progress(Stage.HASHING, done, file.size))

        def tell(done: int) -> None:
            loop.call_soon_threadsafe(show, done)

        try:
            return await asyncio.to_thread(file.hash, tell, stop)
        finally:
            stop.set()

    async def _check(self, to: Contact, source: UploadSource, on_progress: Callable[[Progress], None]) -> Checked:
        if source.size < CHECK_UPLOAD_FROM:
            return Checked()
        on_progress(Progress(Stage.CHECKING, 0, source.size))
        return await self._link.run(check(self._link.session, to.user_name, source))

    async def _upload(
        self,
        to: Contact,
        file: OutgoingFile,
        source: UploadSource,
        checked: Checked,
        on_progress: Callable[[Progress], None],
    ) -> str:
        ids = self._link.ids
        self._link.renew(data_ticket=self._link.transport.cookie("webwx_data_ticket"))
        form = UploadForm(
            session=self._link.session,
            to=to.user_name,
            source=source,
            client_media_id=ids.client_media_id(),
            number=ids.file_number(),
            boundary=ids.boundary(),
            aes_key=checked.aes_key,
            signature=checked.signature,
            random=ids.random4(),
        )
        buffer = memoryview(bytearray(min(PART_SIZE, source.size)))
        pieces = _Pieces()
        uploaded = Uploaded()
        for index in range(form.parts):
            uploaded = await self._part(form, index, file, buffer, pieces, on_progress)
        if not uploaded.media_id:
            raise bad_answer(UPLOAD, "it has no MediaId")
        return uploaded.media_id

    async def _part(
        self,
        form: UploadForm,
        index: int,
        file: OutgoingFile,
        buffer: memoryview,
        pieces: _Pieces,
        on_progress: Callable[[Progress], None],
    ) -> Uploaded:
        offset, length = form.range(index)
        part = buffer[:length]
        await asyncio.to_thread(file.read_into, offset, part)
        head, total = form.head(index), form.source.size

        def handed(done: int) -> None:
            on_progress(Progress(Stage.UPLOADING, offset + done, total))

        call = Call(UPLOAD, form.request(index), read_answer)
        backoff = Backoff(self._link.ids.jitter, first=0.5, most=8)
        while True:
            body = pieces.body(head, part, form.tail, handed)
            try:
                answer = await self._link.transport.send(call.name, call.request, body)
                return self._link.transport.read(call, answer)
            except errors.NetworkError as error:
                if backoff.tries >= PART_RETRIES or _is_hopeless(error, index):
                    raise
            on_progress(Progress(Stage.UPLOADING, offset, total, waiting=True))
            await asyncio.sleep(backoff.wait())


def _is_hopeless(error: errors.NetworkError, index: int) -> bool:
    """A first part that finds nobody is a wrong address or no network; a 4xx stays what it is."""
    return (isinstance(error, errors.Unreachable) and not index) or error.refused


class _Pieces:
    """Cuts a part into pieces whose size follows the link's speed."""

    def __init__(self) -> None:
        self._size = FIRST_PIECE

    async def body(
        self, head: bytes, part: memoryview, tail: bytes, handed: Callable[[int], None]
    ) -> AsyncIterator[bytes | memoryview]:
        """Head, pieces, tail; `handed` gets the file's bytes that the socket took so far."""
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
        """The next piece's size, after one that took `seconds`."""
        if seconds < FASTEST:
            self._size = min(self._size * 2, PART_SIZE)
        elif seconds > SLOWEST:
            self._size = max(self._size // 2, FIRST_PIECE // 2)


def _body(kind: MediaKind, name: str, size: int) -> bodies.Body:
    match kind:
        case MediaKind.IMAGE:
            return bodies.Image()
        case MediaKind.VIDEO:
            return bodies.Video()
        case MediaKind.GIF:
            return bodies.Emoticon()
        case _:
            return bodies.File(name, size)


def _message(
    session: Session, to: str, client_id: str, file: OutgoingFile, media_id: str, signature: str
) -> Call[Sent]:
    match file.kind:
        case MediaKind.IMAGE:
            return send.image(session, to, client_id, media_id, signature=signature)
        case MediaKind.VIDEO:
            return send.video(session, to, client_id, media_id, signature=signature)
        case MediaKind.GIF:
            return send.emoticon(session, to, client_id, media_id, signature=signature)
        case _:
            return send.file(session, to, client_id, media_id, name=file.name, size=file.size, signature=signature)
