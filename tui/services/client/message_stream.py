"""What arrives, message by message, for those who wait for it; and what arrived and was not dealt with yet."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from tui import errors
from tui.services.client.client import Client
from tui.services.sync.sync_loop import SyncLoop
from tui.services.util.background import child
from tui.services.util.private_file import write_private
from tui.store.changes import MessagesAdded

log = logging.getLogger("wxtui.arrivals")


@asynccontextmanager
async def arrivals(
    client: Client, on_trouble: Callable[[errors.WxtuiError, float], None]
) -> AsyncIterator[AsyncIterator[MessagesAdded]]:
    """Messages as they are stored, what came since the last sync first; the caller holds the profile's `OwnerLock`.

    When this is left nothing more is stored, and the iterator ends after what was. It ends by itself by raising what
    ends the sync: `SessionOver`, `LocalError`.
    """
    with client.store.subscribe() as changes:
        syncing = child(SyncLoop(client.context, client.store, client.directory, on_trouble).run())
        # Who waits for the next message is to hear that there will be none.
        syncing.add_done_callback(lambda task: changes.close())

        async def added() -> AsyncIterator[MessagesAdded]:
            async for change in changes:
                if isinstance(change, MessagesAdded):
                    yield change
            if syncing.done() and not syncing.cancelled():
                syncing.result()

        try:
            yield added()
        finally:
            syncing.cancel()
            await asyncio.gather(syncing, return_exceptions=True)


class UnsavedFiles:
    """MsgIDs of what arrived while somebody waited for it, and is not saved yet; kept in a private file.

    Messages come in batches, and the server tells each batch once: who takes one file at a time, or is killed between
    two, finds the others here. Only a comfort: where the file cannot be used, there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.msg_ids: list[str] = []
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            self.msg_ids = msgspec.json.decode(path.read_bytes(), type=list[str])

    def add(self, msg_ids: Iterable[str]) -> None:
        """These arrived; blocks."""
        self._keep([*self.msg_ids, *(one for one in msg_ids if one not in self.msg_ids)])

    def remove(self, msg_ids: Iterable[str]) -> None:
        """These are saved, or nobody wants them any more; blocks."""
        gone = set(msg_ids)
        self._keep([one for one in self.msg_ids if one not in gone])

    def _keep(self, msg_ids: list[str]) -> None:
        if msg_ids == self.msg_ids:
            return
        self.msg_ids = msg_ids
        try:
            write_private(self._path, msgspec.json.encode(msg_ids))
        except errors.LocalError as error:
            log.warning("what is unsaved cannot be kept: %s", error.code)
