"""Download: the file of a received message, onto the disk (PROTOCOL section 4).

Only the piece on its way is in memory. An answer that looks like success but is no file is not saved.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from tui import errors
from tui.message_summary import in_short
from tui.services.downloads.filenames import HEAD, extension_of, safe_name
from tui.services.downloads.target_folder import TargetFolder
from tui.services.http.transport import StreamedAnswer
from tui.services.session.context import SessionContext
from tui.services.util.background import child
from tui.services.util.retry import Backoff
from tui.store.models import StoredMessage
from tui.units import shown_size
from tui.wire import answers, bodies, media
from tui.wire.bodies import Body, Message
from tui.wire.call import Answer, Request
from tui.wire.media_types import extension

T = TypeVar("T")

RETRIES: Final = 4
"""How often a download is tried again after a break. A try that brought `_STEP` bytes begins the count anew."""
_STEP: Final = 256 * 1024
_BLOCK: Final = 256 * 1024
"""Bytes that are written at once, in a thread: a slow disk must not hold up the event loop."""
MOST_UNTOLD: Final = 1024 * 1024 * 1024
"""Bytes after which a file of unknown size is given up: the largest file that there is (PROTOCOL section 6)."""
_RANGE: Final = re.compile(r"bytes (\d{1,18})-\d{0,18}/(\d{1,18}|\*)")
_PAGES: Final = ("html", "htm", "xhtml", "mht", "mhtml")


class SavedKind(Enum):
    """Kind of file that can be saved, as the command line names it."""

    FILE = "file"
    IMAGE = "image"
    VIDEO = "video"
    VOICE = "voice"
    ANIMATED = "animated"


_KINDS: Final[dict[type[Body], tuple[SavedKind, str]]] = {
    bodies.File: (SavedKind.FILE, ""),
    bodies.Image: (SavedKind.IMAGE, ".jpg"),
    bodies.Video: (SavedKind.VIDEO, ".mp4"),
    bodies.Voice: (SavedKind.VOICE, ".mp3"),
    bodies.Emoticon: (SavedKind.ANIMATED, ".gif"),
}
"""Body → its kind, and the extension that such a thing usually has."""


def kind_of(body: Body) -> SavedKind | None:
    """Return the kind of a message's file; None when there is nothing to save: shop stickers have no file."""
    found = _KINDS.get(type(body))
    if found is None or (isinstance(body, bodies.File) and not body.media_id):
        return None
    return found[0]


def fetchable(message: StoredMessage) -> bool:
    """Return whether a message has something to save that the server can be asked for, by MediaId or by MsgID."""
    kind = kind_of(message.body)
    return kind is SavedKind.FILE or (kind is not None and bool(message.msg_id))


class Saved(msgspec.Struct, frozen=True):
    """File that is whole and on the disk. `size` in bytes, `sha256` in hex."""

    path: Path
    size: int
    sha256: str


class DownloadProgress(msgspec.Struct, frozen=True):
    """Bytes on the disk, `done` of `total`; a `total` of 0 is one that nobody told. `waiting`: the network broke."""

    done: int
    total: int
    waiting: bool = False


class ComingFile(Protocol):
    """File as far as it has come, on the disk or elsewhere: see `PartialFile`, of which these are the parts."""

    total: int
    validator: str

    @property
    def size(self) -> int:
        """Bytes that have come."""

    @property
    def head(self) -> bytes:
        """First bytes."""

    def restart(self) -> None:
        """Drop the bytes that have come."""

    def write(self, pieces: Sequence[bytes]) -> None:
        """Append bytes."""

    def check_room(self, needed: int) -> None:
        """Raise `FolderUnusable` when so many bytes more have no room."""


class Downloads:
    """Fetches files through one session, and saves them."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    async def save(
        self,
        message: StoredMessage,
        chat: str,
        folder: TargetFolder,
        on_progress: Callable[[DownloadProgress], None] = lambda progress: None,
    ) -> Saved:
        """Save what `message` carries in `folder`; `chat` is its conversation's UserName.

        A broken download goes on where it broke. Cancelled or failed, it leaves nothing behind. Raises `NothingToSave`,
        `FolderUnusable`, `MediaUnusable`, `NetworkError`, `ServerRefused`, `SessionOver`.
        """
        wanted = _Wanted(message, chat)
        part = folder.begin()
        try:
            await self._fetch(wanted, part, on_progress)
            path = await _whole(part.keep, wanted.name(part.head))
            return Saved(path, part.size, part.sha256)
        finally:
            part.close()

    async def fetch(
        self,
        message: StoredMessage,
        chat: str,
        part: ComingFile,
        *,
        small: bool = False,
        most: int = 0,
        retries: int = RETRIES,
        on_progress: Callable[[DownloadProgress], None] = lambda progress: None,
    ) -> None:
        """Fetch what `message` carries into `part`, which stays the caller's: at most so many bytes, 0 for any size.

        `small`: its picture in small, of a video a still. Raises as `save` does, `MediaOfWrongSize` for more bytes.
        """
        await self._fetch(_Wanted(message, chat, small, most), part, on_progress, retries)

    async def _fetch(
        self,
        wanted: _Wanted,
        part: ComingFile,
        on_progress: Callable[[DownloadProgress], None],
        retries: int = RETRIES,
    ) -> None:
        backoff = Backoff(self._context.ids.jitter, first=0.5, most=8)
        while True:
            before = part.size
            try:
                await self._receive(wanted, part, on_progress)
                return
            except errors.MediaOfWrongSize:
                raise
            except errors.NetworkError as error:
                if part.size - before >= _STEP:
                    backoff.reset()
                if error.refused or backoff.tries >= retries:
                    raise
            on_progress(DownloadProgress(part.size, wanted.size or part.total, waiting=True))
            await asyncio.sleep(backoff.wait())

    async def _receive(
        self, wanted: _Wanted, part: ComingFile, on_progress: Callable[[DownloadProgress], None]
    ) -> None:
        """Send one request for the rest of a file, and write what comes."""
        context = self._context
        context.renew(data_ticket=context.transport.cookie("webwx_data_ticket"))
        request = wanted.request(context)
        call = urlsplit(request.url).path.rpartition("/")[2]
        async with context.transport.stream(call, _for_the_rest(request, part)) as stream:
            _begin(stream, part)
            total = wanted.size or part.total
            part.check_room(part.total - part.size)
            most = wanted.most(part.total)
            if part.total > most and not wanted.size:
                raise wanted.wrong_size(part.total, most)
            pieces: list[bytes] = []
            waiting = 0
            try:
                async for piece in stream.pieces():
                    pieces.append(piece)
                    waiting += len(piece)
                    if part.size + waiting > most:
                        raise wanted.wrong_size(part.size + waiting, most)
                    if waiting >= _BLOCK:
                        block, pieces, waiting = pieces, [], 0
                        await _whole(part.write, block)
                        on_progress(DownloadProgress(part.size, total))
            except errors.NetworkError as error:
                if not isinstance(error, errors.MediaUnusable):
                    await _whole(part.write, pieces)
                raise
            await _whole(part.write, pieces)
            if 0 < part.size < total and not _framed(stream):
                # Where nothing says how long the answer is, a broken connection looks like its end.
                raise errors.ConnectionBroken(host=stream.host, call=call)
        _judge(wanted, part, call, stream)
        on_progress(DownloadProgress(part.size, total or part.size))


class _Wanted:
    """File of a message. Raises `NothingToSave` for a message without one."""

    def __init__(self, message: StoredMessage, chat: str, small: bool = False, most: int = 0) -> None:
        body = message.body
        kind = kind_of(body)
        if kind is None or not fetchable(message):
            raise errors.NothingToSave(what=in_short(message.body))
        self._message = Message(message.msg_id, chat, message.sender, message.mine, message.time, body)
        self._kind = kind
        self._small = small
        self._most = most
        self.size = body.size if isinstance(body, bodies.File) else 0
        self.given_name: str = getattr(body, "name", "")

    def request(self, context: SessionContext) -> Request:
        """Return the request for the whole file, or for its small picture."""
        # Whoever sent it in an earlier login has another UserName today.
        sender = context.session.user_name if self._message.mine else self._message.chat
        message = msgspec.structs.replace(self._message, sender=sender)
        ask = media.small_picture_of if self._small else media.request_for
        request = ask(context.session, message)
        assert request is not None, "only kinds that have one are wanted"
        return request

    def name(self, head: bytes) -> str:
        """Return the file's name: its own on this computer, else its kind, MsgID and what its first bytes say it is."""
        usual = _KINDS[type(self._message.body)][1]
        number = re.sub(r"[^0-9A-Za-z]", "", self._message.msg_id)[:40]
        fallback = f"{self._kind.value}-{number}{extension_of(head, usual)}"
        return safe_name(self.given_name, fallback)

    def most(self, told: int) -> int:
        """Return how many bytes may come at most, where the server has told so many (0: it has not)."""
        if self.size:
            # An answer that says why there is no file may be larger than a small file.
            return max(self.size, HEAD)
        most = told or MOST_UNTOLD
        return min(most, self._most) if self._most else most

    @property
    def shown(self) -> str:
        """Name for sentences about the file."""
        return self.name(b"")

    def wrong_size(self, came: int, told: int) -> errors.MediaOfWrongSize:
        """Return the error for a size that is not the one that the message, or the server, says."""
        why = errors.Phrase("{came} arrived instead of {size}", came=shown_size(came), size=shown_size(told))
        return errors.MediaOfWrongSize(what=self.shown, why=why)

    def unusable(self, why: errors.Phrase) -> errors.MediaUnusable:
        """Return the error for an answer that is no file."""
        return errors.MediaUnusable(what=self.shown, why=why)


def _for_the_rest(request: Request, part: ComingFile) -> Request:
    """Return a request for the rest of a file, unpacked; `If-Range` asks for all of it when the file has changed."""
    headers = [*request.headers, ("Accept-Encoding", "identity")]
    if part.size:
        headers = [(name, value) for name, value in headers if name != "Range"]
        headers.append(("Range", f"bytes={part.size}-"))
        if part.validator:
            headers.append(("If-Range", part.validator))
    return replace(request, headers=tuple(headers))


def _begin(stream: StreamedAnswer, part: ComingFile) -> None:
    """Let `part` go on or begin anew, as the answer does. Raises `NetworkError`."""
    if stream.status == 416 and part.size:
        part.restart()
        raise errors.ConnectionBroken(host=stream.host, call=stream.call)
    if stream.status not in (200, 206):
        raise _bad(stream, errors.Phrase("HTTP status {status}", status=stream.status), stream.status)
    length = stream.headers.get("content-length", "")
    known = length.isdecimal() and len(length) < 19 and "content-encoding" not in stream.headers
    if stream.status == 200:
        if part.size:
            part.restart()
        part.total = int(length) if known else 0
    else:
        found = _RANGE.fullmatch(stream.headers.get("content-range", ""))
        start, total = (int(found[1]), int(found[2]) if found[2] != "*" else 0) if found else (0, 0)
        if (
            start != part.size
            or (part.size and not found)
            or (part.size and part.total and total not in (0, part.total))
        ):
            part.restart()
            if start or not found:
                raise _bad(stream, errors.Phrase("it is not the requested part"))
        part.total = total or (start + int(length) if known else part.total)
    tag = stream.headers.get("etag", "")
    part.validator = tag if tag.startswith('"') else stream.headers.get("last-modified", "")


def _bad(stream: StreamedAnswer, why: errors.Phrase, status: int = 0) -> errors.BadAnswer:
    return errors.BadAnswer(host=stream.host, call=stream.call, why=why, status=status)


def _framed(stream: StreamedAnswer) -> bool:
    return "content-length" in stream.headers or "chunked" in stream.headers.get("transfer-encoding", "")


def _judge(wanted: _Wanted, part: ComingFile, call: str, stream: StreamedAnswer) -> None:
    """Check that a complete answer is the file: an overloaded server says 200 to all. Raises the error it means."""
    if part.size == wanted.size and part.size:
        return
    if not part.size:
        raise wanted.unusable(errors.Phrase("the server sent nothing"))
    ret = _refusal(part)
    if ret:
        raise errors.error_for_ret(ret, call)
    if _is_page(part, stream) and extension(wanted.given_name) not in _PAGES:
        part.restart()
        raise wanted.unusable(errors.Phrase("the server sent a web page instead"))
    if wanted.size:
        raise wanted.wrong_size(part.size, wanted.size)


def _refusal(part: ComingFile) -> int:
    """Return the Ret of an answer that refuses a file; 0 when it has none."""
    if part.size > HEAD or b'"BaseResponse"' not in part.head:
        return 0
    try:
        return answers.read_ret("", answers.read_json("", Answer(200, part.head)))
    except errors.BadAnswer:
        return 0


def _is_page(part: ComingFile, stream: StreamedAnswer) -> bool:
    start = part.head[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html")) or (
        stream.headers.get("content-type", "").startswith("text/html") and start.startswith(b"<")
    )


async def _whole(work: Callable[..., T], *arguments: object) -> T:
    """Do `work` in a thread, and wait for its end also when cancelled: the file is closed after it."""
    task = child(asyncio.to_thread(work, *arguments))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        # An error of a write that nobody wants any more is nobody's.
        task.exception()
        raise
