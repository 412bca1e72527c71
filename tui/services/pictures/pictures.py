"""Pictures of a profile: fetched, decoded, and remembered for as long as there is room."""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from tui import errors
from tui.services.pictures.child_protocol import MOST_FILE
from tui.services.pictures.decoder import Decoder
from tui.services.pictures.drawn import Drawn, PictureBox
from tui.services.pictures.message_picture import has_picture
from tui.services.util.threads import in_own_thread
from tui.store.models import StoredMessage
from tui.units import shown_size
from tui.wire import media

if TYPE_CHECKING:
    from tui.services.client.client import Client

MOST_DRAWN: Final = 8 * 1024 * 1024
"""Bytes of drawn pictures that are remembered."""


class _Key(msgspec.Struct, frozen=True):
    message_id: int
    whole: bool
    box: PictureBox


class Pictures:
    """Pictures of messages and files, ready to be shown. One for each runtime."""

    def __init__(self, client: Callable[[], Client | None], decoder: Decoder | None = None) -> None:
        """`client` gives that of the session in use."""
        self._client = client
        self._decoder = decoder or Decoder()
        self._known: OrderedDict[_Key, Drawn | errors.PictureUnusable] = OrderedDict()
        self._bytes = 0

    def ready(self, message: StoredMessage, box: PictureBox) -> Drawn | errors.PictureUnusable | None:
        """Return what is known already of a message's picture, the whole one first; None for nothing. Never waits."""
        for whole in (True, False):
            found = self._known.get(_Key(message.id, whole, box))
            if found is not None:
                return found
        return None

    async def thumbnail(self, message: StoredMessage, box: PictureBox) -> Drawn:
        """Return a message's picture, small.

        Raises `PictureUnusable`, `NetworkError`, `ServerRefused`, `NotUsable`.
        """
        return await self._drawn(message, box, whole=False)

    async def whole(self, message: StoredMessage, box: PictureBox) -> Drawn:
        """Return a message's picture out of its whole file; of a video, its still. Raises as `thumbnail` does."""
        return await self._drawn(message, box, whole=True)

    async def file(self, path: Path, box: PictureBox) -> Drawn:
        """Return the picture in a file of this machine. Raises `PictureUnusable`."""
        data = await in_own_thread(lambda _breath: read_picture(path))
        return await self._decoder.draw(data, box)

    async def path_of(self, message: StoredMessage) -> Path:
        """Return where the whole file of a message lies."""
        raise NotImplementedError

    async def close(self) -> None:
        """End the child process, and what waits for it."""
        await self._decoder.close()

    async def _drawn(self, message: StoredMessage, box: PictureBox, whole: bool) -> Drawn:
        key = _Key(message.id, whole, box)
        found = self._known.get(key)
        if found is None:
            try:
                found = await self._decoder.draw(await self._fetched(message, whole), box)
            except errors.PictureUnusable as error:
                found = error
            self._remember(key, found)
        if isinstance(found, errors.PictureUnusable):
            raise found
        return found

    async def _fetched(self, message: StoredMessage, whole: bool) -> bytes:
        client = self._client()
        if client is None:
            raise errors.NotConnected()
        if not message.msg_id or not has_picture(message.body):
            raise errors.PictureUnusable(why=errors.Phrase("the message has none"))
        request = media.image(client.context.session, message.msg_id, thumbnail=not whole)
        answer = await client.context.transport.send(urlsplit(request.url).path.rpartition("/")[2], request)
        return answer.body

    def _remember(self, key: _Key, found: Drawn | errors.PictureUnusable) -> None:
        self._known[key] = found
        self._bytes += found.size if isinstance(found, Drawn) else 0
        while self._bytes > MOST_DRAWN:
            _key, old = self._known.popitem(last=False)
            self._bytes -= old.size if isinstance(old, Drawn) else 0


def read_picture(path: Path) -> bytes:
    """Return a file's bytes, if it may be a picture; blocks. Raises `PictureUnusable`."""
    try:
        # It may be a pipe by now: that must not hang here.
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise errors.PictureUnusable(why=errors.Phrase("it is not a file"))
            data = file.read(MOST_FILE + 1) if status.st_size <= MOST_FILE else b""
            if status.st_size > MOST_FILE or len(data) > MOST_FILE:
                limit = shown_size(MOST_FILE)
                raise errors.PictureUnusable(why=errors.Phrase("it is larger than {limit}", limit=limit))
            return data
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or errors.Phrase("not a valid path")
        raise errors.PictureUnusable(why=why) from None
