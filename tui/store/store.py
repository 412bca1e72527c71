"""The store's face: everything that survives a restart, async, one SQLite file a profile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from tui.store.db import integrity
from tui.store.db.connection import Database
from tui.store.mapping.codec import to_ms
from tui.store.store_conversations import ConversationsOfStore
from tui.store.store_logins import LoginsOfStore
from tui.store.store_messages import MessagesOfStore
from tui.store.store_outgoing import OutgoingOfStore
from tui.store.subscription import Hub, Subscription


class Store(LoginsOfStore, ConversationsOfStore, MessagesOfStore, OutgoingOfStore):
    """One open profile. Made by `open`; used on the event loop that opened it.

    Several processes may have the file open; changes are published only in the one that makes them. Every method that
    touches the file raises `StoreBroken` or `HomeUnusable` when it cannot be used, and then has changed nothing. What
    `misuse` lists are mistakes of the calling code: writing what belongs to a login before the first one (`NoLogin`),
    an unknown id (`NoSuchRow`), a closed store (`StoreClosed`). A cancelled write was either never begun, or is done
    and published.
    """

    @classmethod
    async def open(cls, path: Path, *, clock: Callable[[], datetime], busy_seconds: float = 10) -> Store:
        """Open the file, or make it (0600, in directories of 0700), and bring its tables up to date.

        `clock` tells the time, aware; it is called on the store's thread. Another writer is waited for up to
        `busy_seconds`. A damaged file is set aside, see `set_aside`. Raises `StoreBroken`, `StoreTooNew`,
        `HomeUnusable`.
        """
        hub = Hub()
        database = Database(path, hub.publish)
        await database.open(busy_seconds, lambda: to_ms(clock()))
        return cls(database, hub, clock)

    @classmethod
    async def open_to_read(cls, path: Path, *, clock: Callable[[], datetime], busy_seconds: float = 10) -> Store:
        """Open a file that is there and cannot be written, or was written by a later version that kept what is read.

        Every method that writes raises `HomeUnusable`. Raises as `open` does.
        """
        hub = Hub()
        database = Database(path, hub.publish)
        await database.open_to_read(busy_seconds)
        return cls(database, hub, clock)

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged file lies that was found here by `open`; whoever opened it tells the person."""
        return self._database.set_aside

    @property
    def check_due(self) -> bool:
        """Whether it is time to `check` the file: `open` does it only to small ones."""
        return self._database.check_due

    async def check(self) -> None:
        """See whether the file is sound, while it is in use; reads all of it. Raises `StoreBroken`, `HomeUnusable`.

        A file that is not is set aside when it is opened next.
        """
        await self._database.check()
        await self._write(lambda writing: integrity.note_checked(writing.connection, to_ms(writing.now)))

    async def close(self) -> None:
        """Let what was asked for end, close the file and end every subscription. Idempotent."""
        try:
            await self._database.close()
        finally:
            self._hub.close()

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def subscribe(self) -> Subscription:
        """Every change from now on, in the order of commits; see `Subscription` on its unbounded queue."""
        return self._hub.subscribe()
