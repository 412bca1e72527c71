"""A session in use: its credentials, the transport, the clock, and the file that keeps them."""

from __future__ import annotations

import asyncio
from typing import TypeVar

import msgspec

from tui.services.ids import Ids
from tui.services.session_file import SessionFile, StoredSession
from tui.services.transport import Transport
from tui.wire.call import Call
from tui.wire.session import Session

T = TypeVar("T")


class Link:
    """What every service needs to make a call. The session changes only here."""

    def __init__(
        self, session: Session, transport: Transport, ids: Ids, file: SessionFile, origin: str | None = None
    ) -> None:
        self.session = session
        self.transport = transport
        self.ids = ids
        self._file = file
        self._origin = origin

    async def run(self, call: Call[T]) -> T:
        """Run a call; see `Transport.run`."""
        return await self.transport.run(call)

    def renew(self, **fields: str) -> bool:
        """Take over what the server renewed; empty values and known ones change nothing. True when something did."""
        new = {name: value for name, value in fields.items() if value and value != getattr(self.session, name)}
        if new:
            self.session = msgspec.structs.replace(self.session, **new)
        return bool(new)

    async def save(self) -> None:
        """Keep session and cookies on disk. Raises `HomeUnusable`."""
        self.renew(data_ticket=self.transport.cookie("webwx_data_ticket"))
        stored = StoredSession(self.session, self.transport.cookies(), self._origin)
        # fsync can take longer than a frame.
        await asyncio.to_thread(self._file.save, stored)
