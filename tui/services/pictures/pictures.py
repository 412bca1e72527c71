"""Pictures of a profile: fetched, decoded, and remembered for as long as there is room."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from tui import errors
from tui.services.pictures.decoder import Decoder
from tui.services.pictures.drawn import ENLARGED, Drawn, PictureBox
from tui.services.pictures.fetching import OnPercent, PictureFetcher, part_of
from tui.services.pictures.forgotten import Forgotten
from tui.services.pictures.message_picture import has_picture
from tui.services.pictures.picture_cache import PictureCache, PicturePart
from tui.services.pictures.picture_file import read_picture
from tui.services.pictures.shared_work import SharedWork
from tui.services.util.threads import in_own_thread
from tui.store.changes import TAKEN_BACK, Change, MessagesAdded, taken_away
from tui.store.models import StoredMessage
from tui.store.store import Store

if TYPE_CHECKING:
    from tui.services.client.client import Client

MOST_DRAWN: Final = 8 * 1024 * 1024
"""Bytes of drawn pictures that are remembered; for each, whatever its size, some for what is around it."""
_AROUND: Final = 512


class _Key(msgspec.Struct, frozen=True):
    message_id: int
    full: bool
    box: PictureBox


class Pictures:
    """Pictures of messages and files, ready to be shown. One for each runtime."""

    def __init__(
        self, client: Callable[[], Client | None], store: Store, cache: PictureCache, decoder: Decoder | None = None
    ) -> None:
        """`client` gives that of the session in use."""
        self._forgotten = Forgotten()
        self._fetcher = PictureFetcher(client, store, cache, self._forgotten)
        self._decoder = decoder or Decoder()
        self._drawing: SharedWork[Drawn] = SharedWork()
        self._known: OrderedDict[_Key, Drawn | errors.PictureUnusable] = OrderedDict()
        self._bytes = 0

    # ---------------------------------------------------------------- what is shown

    def ready(self, message: StoredMessage, box: PictureBox) -> Drawn | errors.PictureUnusable | None:
        """Return what is known already of a message's picture, the whole one first; None for nothing. Never waits."""
        for full in (True, False):
            key = _Key(message.id, full, box)
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
                return found
        return None

    async def thumbnail(self, message: StoredMessage, box: PictureBox) -> Drawn:
        """Return a message's picture, small.

        Raises `PictureUnusable`, `NetworkError`, `ServerRefused`, `NotUsable`. What failed fails at once for a while.
        """
        return await self._shown(message, box, full=False)

    async def whole(
        self, message: StoredMessage, box: PictureBox, on_percent: OnPercent = lambda percent: None
    ) -> Drawn:
        """Return a message's picture out of its whole file; of a video, its still. Raises as `thumbnail` does.

        `on_percent` hears how much of the file has come, where it has to be fetched and its size is known.
        """
        with self._fetcher.telling(message.id, on_percent):
            return await self._shown(message, box, full=True)

    async def file(self, path: Path, box: PictureBox) -> Drawn:
        """Return the picture in a file of this machine. Raises `PictureUnusable`."""
        data = await in_own_thread(lambda _breath: read_picture(path))
        return await self._decoder.draw(data, box)

    async def path_of(self, message: StoredMessage) -> Path:
        """Return where the whole file of a message lies: the file that was sent, or one in the cache.

        Raises `NothingToSave`, `PictureUnusable` for a message that was taken back, `FolderUnusable`, `NetworkError`,
        `ServerRefused`, `NotUsable`.
        """
        if message.state in TAKEN_BACK:
            raise errors.PictureUnusable(why=errors.Phrase("it was recalled"))
        return await self._fetcher.path(message)

    # ---------------------------------------------------------------- what happens meanwhile

    def try_again(self) -> None:
        """Ask again for what failed: there is a session, or a network, again."""
        self._fetcher.try_again()

    async def hear(self, change: Change) -> None:
        """Drop everything of messages that are gone after a change of the store."""
        if isinstance(change, MessagesAdded):
            self._forgotten.welcome(message.id for message in change.messages)
        elif gone := taken_away(change):
            await self.forget(gone)

    async def forget(self, message_ids: Sequence[int]) -> None:
        """Drop everything of messages that are gone."""
        gone = set(message_ids)
        self._forgotten.note(gone)
        for key in [key for key in self._known if key.message_id in gone]:
            self._drop(key)
        await self._fetcher.forget(message_ids)

    async def close(self) -> None:
        """End the child process, and what waits for it."""
        await self._drawing.close()
        await self._fetcher.close()
        await self._decoder.close()

    # ---------------------------------------------------------------- what is known

    async def _shown(self, message: StoredMessage, box: PictureBox, *, full: bool) -> Drawn:
        key = _Key(message.id, full, box)
        found = self._known.get(key)
        if found is None:
            return await self._drawing.result(key, lambda: self._drawn(message, key))
        if isinstance(found, errors.PictureUnusable):
            raise found
        return found

    async def _drawn(self, message: StoredMessage, key: _Key) -> Drawn:
        moment = self._forgotten.now
        try:
            if message.state in TAKEN_BACK:
                raise errors.PictureUnusable(why=errors.Phrase("it was recalled"))
            if not has_picture(message.body):
                raise errors.PictureUnusable(why=errors.Phrase("the message has none"))
            part = part_of(message.body, full=key.full)
            data = await self._fetcher.data(message, part)
            box = key.box
            if part is PicturePart.SMALL:
                # The picture that it stands for is larger.
                box = msgspec.structs.replace(box, enlarge=max(box.enlarge, ENLARGED))
            found = await self._decoder.draw(data, box)
        except errors.DecoderMissing:
            raise
        except errors.PictureUnusable as error:
            # Of one that is on its way there may be another answer soon.
            if message.msg_id and not self._forgotten.is_gone(message.id, moment):
                self._remember(key, error)
            raise
        if self._forgotten.is_gone(message.id, moment):
            raise errors.PictureUnusable(why=errors.Phrase("the message is gone"))
        self._remember(key, found)
        return found

    def _remember(self, key: _Key, found: Drawn | errors.PictureUnusable) -> None:
        self._known[key] = found
        self._bytes += _weight(found)
        while self._bytes > MOST_DRAWN and len(self._known) > 1:
            self._drop(next(iter(self._known)))

    def _drop(self, key: _Key) -> None:
        self._bytes -= _weight(self._known.pop(key))


def _weight(found: Drawn | errors.PictureUnusable) -> int:
    return _AROUND + (found.size if isinstance(found, Drawn) else 0)
