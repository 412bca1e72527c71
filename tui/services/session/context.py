"""A session in use: its credentials, the transport, the clock, what it has uploaded, and the file that keeps it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import msgspec

from tui import errors
from tui.services.http.dates import read_date
from tui.services.http.stored_cookie import StoredCookie
from tui.services.http.transport import Transport
from tui.services.session.session_file import SessionFile, StoredSession
from tui.services.util.ids import Ids
from tui.services.util.shielded import whole
from tui.services.util.suspend import steady
from tui.wire.session import Session

log = logging.getLogger("wxtui.session")

GOOD_FOR: Final = 48 * 3600.0
"""Seconds for which a MediaId is used again."""
_MOST: Final = 500
"""MediaIds that are remembered; the oldest go."""


class UploadedMedia(msgspec.Struct, frozen=True):
    """File that the server has. `signature` is that of its webwxcheckupload, "" without one."""

    media_id: str
    signature: str = ""

    def __repr__(self) -> str:
        """Without what lets others have the file."""
        return "UploadedMedia()"


class MediaIds:
    """MediaIds of one session: files that it has uploaded, to be sent again without their bytes.

    A file is known by its `OutgoingFile.identity`. An upload names its receiver, and published clients send its MediaId
    to others all the same; a server that refuses that gets the file again for each.
    """

    def __init__(self, clock: Callable[[], float] = steady) -> None:
        self._clock = clock
        self._known: dict[Hashable, tuple[float, str, UploadedMedia]] = {}
        self.bound = False
        """The server takes a MediaId only for the receiver whom the upload named."""

    def find(self, file: Hashable, to: str) -> UploadedMedia | None:
        """Return the MediaId to send a file to this UserName with; None where it has to be uploaded."""
        at, receiver, media = self._known.get(file, (0.0, "", None))
        if media is None or (self.bound and receiver != to):
            return None
        if self._clock() - at < GOOD_FOR:
            return media
        del self._known[file]
        return None

    def keep(self, file: Hashable, to: str, media: UploadedMedia) -> None:
        """Remember a MediaId with which a message to this UserName was just accepted."""
        self._known.pop(file, None)
        self._known[file] = (self._clock(), to, media)
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]

    def forget(self, file: Hashable) -> None:
        """Forget a MediaId that the server refused."""
        self._known.pop(file, None)


class SessionContext:
    """Session, transport, clock and file that services make calls with. The session changes only here."""

    def __init__(
        self, session: Session, transport: Transport, ids: Ids, file: SessionFile, origin: str | None = None
    ) -> None:
        self.session = session
        self.transport = transport
        self.ids = ids
        self.media = MediaIds()
        self._file = file
        self._origin = origin
        self._kept = self._cookie_values()

    def server_time(self) -> datetime | None:
        """Return the server's clock as of its last answer; None where it told none."""
        return None if self.transport.date is None else read_date(self.transport.date)

    def surely_past(self) -> datetime | None:
        """Return a time that has come by our clock and by the server's; None until the server has answered.

        Messages are deleted for their age by this time: a clock that is a year ahead must not cost a year of messages.
        """
        if self.transport.date is None:
            return None
        here, there = self.ids.now(), read_date(self.transport.date)
        return here if there is None else min(here, there)

    def renew(self, **fields: str) -> bool:
        """Take over fields that the server renewed; empty and known values change nothing. True when one changed."""
        new = {name: value for name, value in fields.items() if value and value != getattr(self.session, name)}
        if new:
            self.session = msgspec.structs.replace(self.session, **new)
        return bool(new)

    async def save(self) -> None:
        """Write session and cookies to the disk. Raises `HomeUnusable`."""
        self.renew(data_ticket=self.transport.cookie("webwx_data_ticket"))
        await self._write(self.session)

    async def keep_cookies(self) -> None:
        """Write renewed cookies to the disk: any answer may set the data ticket that the next upload carries.

        Another process may have ended or renewed the session meanwhile: a file of another login stays as it is, and so
        does the file's skey. Raises `HomeUnusable`.
        """
        if self._cookie_values() == self._kept:
            return
        stored = await asyncio.to_thread(self._file.load)
        if stored is None or (stored.session.sid, stored.session.uin) != (self.session.sid, self.session.uin):
            return
        self.renew(data_ticket=self.transport.cookie("webwx_data_ticket"))
        await self._write(msgspec.structs.replace(stored.session, data_ticket=self.session.data_ticket))

    async def _write(self, session: Session) -> None:
        stored = StoredSession(session, self.transport.cookies(), self._origin)
        self._kept = self._cookie_values()
        # fsync can take longer than a frame. A thread goes on when its waiter is cancelled: then the file of a session
        # that is just being left would come back after it was deleted.
        await whole(asyncio.to_thread(self._file.save, stored))

    def _cookie_values(self) -> frozenset[StoredCookie]:
        """Return the present cookies, whatever their order."""
        return frozenset(self.transport.cookies())


@asynccontextmanager
async def cookies_kept(context: SessionContext) -> AsyncIterator[None]:
    """Write renewed cookies to the disk at the end, however it ends; a failure of that is only logged."""
    try:
        yield
    finally:
        try:
            await context.keep_cookies()
        except errors.LocalError as error:
            log.warning("renewed cookies could not be kept: %s", error.code)
