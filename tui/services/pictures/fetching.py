"""Fetcher of what messages carry: from the file that was sent, from the cache, else from the server, a few at a time.

Two who ask for the same get one request. What failed is not asked for again at once: whoever asks hears the same error.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec

from tui import errors
from tui.services.downloads.filenames import HEAD
from tui.services.pictures.child_protocol import MOST_FILE
from tui.services.pictures.forgotten import Forgotten
from tui.services.pictures.picture_cache import CachedPart, PictureCache, PicturePart
from tui.services.pictures.picture_file import read_picture
from tui.services.pictures.shared_work import SharedWork
from tui.services.util.retry import Backoff, too_fast
from tui.services.util.shielded import whole
from tui.services.util.threads import in_own_thread
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.units import shown_size
from tui.wire import bodies
from tui.wire.media_types import extension

if TYPE_CHECKING:
    from tui.services.client.client import Client
    from tui.services.downloads.download import DownloadProgress

T = TypeVar("T")
OnPercent: TypeAlias = Callable[[int], None]
"""Hears how much of a file has come."""

log = logging.getLogger("wxtui.pictures")

AT_ONCE: Final = 2
"""Requests that run at a time: the server, and the line, have messages to carry."""
SMALL_SECONDS: Final = 40.0
"""Seconds that a small picture may take, all tries together."""
MOST_SMALL: Final = 2 * 1024 * 1024
"""Bytes of a small picture; it has some thousand."""
MOST_PASSED: Final = 1024 * 1024 * 1024
"""Bytes of files that are only passed on to another program, where nothing may be cached."""
_PASSED: Final = "wxtui-passed-"
_SMALL_RETRIES: Final = 1
_CALM: Final = 60.0
"""Seconds without a request once the server says that there are too many."""
_ALL: Final = (0, None)
"""Key of a failure that counts for all parts of all messages."""
_MOST_FAILURES: Final = 500
_USUAL: Final = {bodies.Video: ".mp4", bodies.Voice: ".mp3", bodies.Emoticon: ".gif"}


class _Failure(msgspec.Struct):
    error: errors.WxtuiError
    until: float
    pauses: Backoff


class MemoryFile:
    """File that is fetched and not written: a `ComingFile` in memory."""

    def __init__(self) -> None:
        self._data = bytearray()
        self.total = 0
        self.validator = ""

    @property
    def size(self) -> int:
        """Bytes that have come."""
        return len(self._data)

    @property
    def head(self) -> bytes:
        """First bytes."""
        return bytes(self._data[:HEAD])

    @property
    def data(self) -> bytes:
        """All bytes that have come."""
        return bytes(self._data)

    def restart(self) -> None:
        """Drop the bytes that have come."""
        self._data.clear()
        self.total = 0
        self.validator = ""

    def write(self, pieces: Sequence[bytes]) -> None:
        """Append bytes."""
        for piece in pieces:
            self._data += piece

    def check_room(self, needed: int) -> None:
        """Do nothing: how much may come is limited elsewhere."""


def part_of(body: bodies.Body, *, full: bool) -> PicturePart:
    """Return the part that is drawn. Stickers have no small picture; of a video only a still can be drawn."""
    if isinstance(body, bodies.Emoticon):
        return PicturePart.WHOLE
    return PicturePart.WHOLE if full and not isinstance(body, bodies.Video) else PicturePart.SMALL


class PictureFetcher:
    """Fetches through the session in use. `cache` has what came before; one that is closed is left alone."""

    def __init__(
        self,
        client: Callable[[], Client | None],
        store: Store,
        cache: PictureCache,
        forgotten: Forgotten,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._store = store
        self._cache = cache
        self._clock = clock
        self._passing: PictureCache | None = None
        self._passing_lock = -1
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._data: SharedWork[bytes] = SharedWork()
        self._paths: SharedWork[Path] = SharedWork()
        self._failures: dict[tuple[int, PicturePart | None], _Failure] = {}
        self._forgotten = forgotten
        self._emptied = False
        self._told: dict[int, OnPercent] = {}

    async def data(self, message: StoredMessage, part: PicturePart) -> bytes:
        """Return the bytes of a picture. Raises `PictureUnusable`, `NetworkError`, `ServerRefused`, `NotUsable`."""
        return await self._data.result((message.id, part), lambda: self._found_data(message, part))

    async def path(self, message: StoredMessage) -> Path:
        """Return where the whole file of a message lies. Raises as `Downloads.save` does, and `NotUsable`."""
        return await self._paths.result(message.id, lambda: self._found_path(message))

    @contextmanager
    def telling(self, message_id: int, on_percent: OnPercent) -> Iterator[None]:
        """Tell meanwhile how much of a message's whole file has come, whoever asked for it first."""
        self._told[message_id] = on_percent
        try:
            yield
        finally:
            if self._told.get(message_id) is on_percent:
                del self._told[message_id]

    def _tell(self, message_id: int, progress: DownloadProgress) -> None:
        if progress.total and (on_percent := self._told.get(message_id)) is not None:
            on_percent(min(99, progress.done * 100 // progress.total))

    def try_again(self) -> None:
        """Ask again for what failed: there is a session, or a network, again."""
        self._failures.clear()

    async def forget(self, message_ids: Sequence[int]) -> None:
        """Drop what is cached of messages that are gone, and what is still coming."""
        for cache in filter(None, (self._cache, self._passing)):
            await asyncio.to_thread(cache.drop, set(message_ids))

    async def close(self) -> None:
        """End what is on its way, and remove what was only for passing on."""
        await self._data.close()
        await self._paths.close()
        if self._passing is not None:
            await asyncio.to_thread(self._passing.drop_all)
            os.close(self._passing_lock)
            self._passing = None

    # ---------------------------------------------------------------- what is there

    async def _found_data(self, message: StoredMessage, part: PicturePart) -> bytes:
        if (own := await self._own(message)) is not None and not isinstance(message.body, bodies.Video):
            return await in_own_thread(lambda _breath: read_picture(own))

        def cached(_breath: object) -> bytes | None:
            found = self._cache.find(message, part)
            return None if found is None else read_picture(found)

        if self._cache.open:
            if (found := await in_own_thread(cached)) is not None:
                return found
        elif not self._emptied:
            # What an earlier run kept, with other settings, is not to lie there any more.
            self._emptied = True
            await in_own_thread(lambda _breath: self._cache.drop_all())
        if not message.msg_id:
            raise errors.PictureUnusable(why=errors.Phrase("it is still on its way"))
        return await self._guarded(message, part, lambda: self._fetched_data(message, part))

    async def _found_path(self, message: StoredMessage) -> Path:
        if (own := await self._own(message)) is not None:
            return own
        cache = self._cache
        if not cache.open:
            if self._passing is None:
                cache, self._passing_lock = await in_own_thread(lambda _breath: _passing_cache())
                self._passing = cache
            else:
                cache = self._passing
        found = await in_own_thread(lambda _breath: cache.find(message, PicturePart.WHOLE))
        if found is not None:
            return found
        return await self._guarded(
            message, PicturePart.WHOLE, lambda: self._fetched_path(message, PicturePart.WHOLE, cache, 0)
        )

    async def _own(self, message: StoredMessage) -> Path | None:
        """Return the file of this machine that a message was sent from, where it is there unchanged."""
        if not message.outgoing:
            return None
        record = None if message.msg_id else await self._store.upload_of(message.id)

        def unchanged(_breath: object) -> Path | None:
            if record is not None:
                path, size, mtime_ns = record.file.path, record.file.size, record.file.mtime_ns
            elif (own := self._cache.own(message)) is not None:
                path, size, mtime_ns = Path(os.fsdecode(own.path)), own.size, own.mtime_ns
            else:
                return None
            try:
                status = path.stat()
            except (OSError, ValueError):
                return None
            return path if (status.st_size, status.st_mtime_ns) == (size, mtime_ns) else None

        return await in_own_thread(unchanged)

    # ---------------------------------------------------------------- the server

    async def _guarded(self, message: StoredMessage, part: PicturePart, fetch: Callable[[], Awaitable[T]]) -> T:
        """Return what `fetch` brings. What has just failed fails at once."""
        key: tuple[int, PicturePart | None] = (message.id, part)
        self._check_failed(key)
        try:
            async with self._slots:
                self._check_failed(_ALL)
                found = await fetch()
        except (errors.NetworkError, errors.ServerRefused, errors.SessionOver) as error:
            # Whoever asks too often is to ask for no other one either: messages are to be sent.
            all_wait = too_fast(error)
            key = _ALL if all_wait else key
            failed = self._failures.get(key)
            if failed is not None and self._clock() < failed.until:
                raise  # Another one, which was on its way, too, has just been told the same.
            first = _CALM if all_wait else 5
            pauses = Backoff(lambda: 0.0, first=first, most=600) if failed is None else failed.pauses
            while len(self._failures) >= _MOST_FAILURES:
                del self._failures[next(iter(self._failures))]
            self._failures[key] = _Failure(error, self._clock() + pauses.wait(), pauses)
            raise
        self._failures.pop(key, None)
        self._failures.pop(_ALL, None)
        return found

    def _check_failed(self, key: tuple[int, PicturePart | None]) -> None:
        """Raise again what has just been raised for this part, or for all."""
        for known in (key, _ALL):
            failed = self._failures.get(known)
            if failed is not None and self._clock() < failed.until:
                raise failed.error

    async def _fetched_data(self, message: StoredMessage, part: PicturePart) -> bytes:
        if self._cache.open:
            try:
                path = await self._fetched_path(message, part, self._cache, MOST_FILE)
                return await in_own_thread(lambda _breath: read_picture(path))
            except errors.LocalError as error:
                log.warning("a picture cannot be cached: %s", error.code)
        coming = MemoryFile()
        await self._fetch(message, part, coming, MOST_FILE)
        return coming.data

    async def _fetched_path(self, message: StoredMessage, part: PicturePart, cache: PictureCache, most: int) -> Path:
        moment = self._forgotten.now
        coming: CachedPart = await whole(asyncio.to_thread(cache.begin))
        try:
            await self._fetch(message, part, coming, most)
            path = await whole(asyncio.to_thread(cache.keep, message, part, coming, _usual(message)))
        finally:
            coming.close()
        if self._forgotten.is_gone(message.id, moment):
            await asyncio.to_thread(cache.drop, {message.id})
            raise errors.PictureUnusable(why=errors.Phrase("the message is gone"))
        return path

    async def _fetch(
        self, message: StoredMessage, part: PicturePart, coming: CachedPart | MemoryFile, most: int
    ) -> None:
        from tui.services.downloads.download import RETRIES, Downloads

        client = self._client()
        if client is None:
            raise errors.NotConnected()
        chat = (await self._store.conversation(message.conversation_id)).user_name
        small = part is PicturePart.SMALL
        if small:
            most = MOST_SMALL
        fetching = Downloads(client.context).fetch(
            message,
            chat,
            coming,
            small=small,
            most=most,
            retries=_SMALL_RETRIES if small else RETRIES,
            on_progress=(lambda progress: None) if small else partial(self._tell, message.id),
        )
        try:
            async with asyncio.timeout(SMALL_SECONDS if small else None):
                await fetching
        except TimeoutError:
            raise errors.TimedOut(host=urlsplit(client.context.session.hosts.api).netloc, call="") from None
        except errors.MediaOfWrongSize:
            if not most:
                raise
            why = errors.Phrase("it is larger than {limit}", limit=shown_size(most))
            raise errors.PictureUnusable(why=why) from None


def _usual(message: StoredMessage) -> str:
    """Return the extension that a message's file has where its first bytes do not say."""
    if isinstance(message.body, bodies.File):
        return f".{extension(message.body.name)}"
    return _USUAL.get(type(message.body), ".jpg")


def _passing_cache() -> tuple[PictureCache, int]:
    """Return a cache for files that are only passed on to another program, and a lock that is held while it is used.

    It goes with this program; what one left that was killed goes now.
    """
    place = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    try:
        for left in place.glob(f"{_PASSED}*"):
            if (handle := _locked(left)) is not None:
                PictureCache(left, 0).drop_all()
                os.close(handle)
        folder = Path(tempfile.mkdtemp(prefix=_PASSED, dir=place))
        handle = _locked(folder)
        assert handle is not None, "nobody else may open it"
        return PictureCache(folder, MOST_PASSED), handle
    except OSError as error:
        raise errors.FolderUnusable(path=place, why=error.strerror or errors.Phrase("input/output error")) from None


def _locked(folder: Path) -> int | None:
    """Return the handle of a folder of one's own that nobody uses, from now on locked."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if os.fstat(handle).st_uid != os.getuid():
            raise PermissionError
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
