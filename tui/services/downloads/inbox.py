"""Inbox: received files that `wxtui recv` waits for, in order. The next run offers what one run did not save."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from tui import errors
from tui.services.downloads.download import SavedKind, fetchable, kind_of
from tui.services.util.private_file import write_private
from tui.store.changes import Change, MessagesAdded
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.names import FILEHELPER

log = logging.getLogger("wxtui.inbox")

LASTING: Final = timedelta(days=1)
"""Age up to which a message that an earlier run did not come to is still waited for."""
_PAGE: Final = 200


def is_wanted(message: StoredMessage, chat: str, kinds: frozenset[SavedKind]) -> bool:
    """Return True for a file of these kinds from somebody else, or from one's own phone to File Transfer."""
    received = not message.outgoing and (not message.mine or chat == FILEHELPER)
    return received and fetchable(message) and kind_of(message.body) in kinds


async def newest(store: Store, user_name: str, kinds: frozenset[SavedKind], wanted: int) -> list[StoredMessage]:
    """Return the newest `wanted` messages of these kinds that are stored of a contact, oldest first."""
    conversation = await store.conversation_with(user_name)
    found: list[StoredMessage] = []
    before = None
    while conversation is not None and len(found) < wanted:
        page = await store.messages_before(conversation.id, before, _PAGE)
        found = [one for one in page if is_wanted(one, user_name, kinds)] + found
        if len(page) < _PAGE:
            break
        before = page[0].place
    return found[-wanted:]


class UnsavedFiles:
    """Keeps the MsgIDs of what arrived and is not saved yet, in a private file.

    Messages come in batches, and the server tells each batch once: a run that takes one file, or is killed between
    two, leaves the others to the next. Only a comfort: where the file cannot be used, there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.msg_ids: list[str] = []
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):
            self.msg_ids = msgspec.json.decode(path.read_bytes(), type=list[str])

    def add(self, msg_ids: Iterable[str]) -> None:
        """Note messages that arrived; blocks."""
        self._keep([*self.msg_ids, *(one for one in msg_ids if one not in self.msg_ids)])

    def remove(self, msg_ids: Iterable[str]) -> None:
        """Forget messages that are saved, or not wanted any more; blocks."""
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


class Inbox:
    """Queue of the arriving messages that are wanted; first come those that an earlier run did not save."""

    def __init__(
        self, store: Store, unsaved: UnsavedFiles, only: str | None, kinds: frozenset[SavedKind], *, new: bool = False
    ) -> None:
        """`only` is the UserName of the conversation that is waited for; None for all. `new`: nothing of earlier."""
        self._new = new
        self._store = store
        self._unsaved = unsaved
        self._only = only
        self._kinds = kinds
        self._coming: asyncio.Queue[StoredMessage | None] = asyncio.Queue()

    async def next(self) -> StoredMessage | None:
        """Wait for the next message; None when nothing comes any more."""
        return await self._coming.get()

    async def done(self, message: StoredMessage) -> None:
        """Note that this message needs no other run to save it."""
        if message.msg_id:
            await asyncio.to_thread(self._unsaved.remove, [message.msg_id])

    async def collect(self, changes: AsyncGenerator[Change, None]) -> None:
        """Queue and note what arrives, until `changes` ends. Raises what ends it."""
        try:
            if not self._new:
                await self._take_up()
            async with contextlib.aclosing(changes):
                async for change in changes:
                    for message in await self._noted(change):
                        self._coming.put_nowait(message)
        finally:
            self._coming.put_nowait(None)

    async def leave(self, changes: AsyncIterator[Change]) -> None:
        """Note what arrives for another run, until `changes` ends."""
        async for change in changes:
            await self._noted(change)

    async def _noted(self, change: Change) -> list[StoredMessage]:
        """Note the messages of a change that are wanted, and return them."""
        found = await self._wanted(change.messages) if isinstance(change, MessagesAdded) else []
        if found:
            # One without a MsgID is saved in this run or not at all.
            await asyncio.to_thread(self._unsaved.add, [message.msg_id for message in found if message.msg_id])
        return found

    async def _take_up(self) -> None:
        store, forgotten = self._store, []
        for msg_id in self._unsaved.msg_ids:
            message = await store.message(msg_id)
            if message is None or datetime.now(UTC) - message.time > LASTING:
                forgotten.append(msg_id)
            elif await self._wanted([message]):
                self._coming.put_nowait(message)
        await asyncio.to_thread(self._unsaved.remove, forgotten)

    async def _wanted(self, messages: Sequence[StoredMessage]) -> list[StoredMessage]:
        found = []
        for message in messages:
            if kind_of(message.body) in self._kinds:
                chat = (await self._store.conversation(message.conversation_id)).user_name
                if self._only in (None, chat) and is_wanted(message, chat, self._kinds):
                    found.append(message)
        return found


class Tally(msgspec.Struct):
    """Files saved so far, and failures; `count` is how many files to wait for, None for no end."""

    count: int | None
    done: int = 0
    failures: list[errors.WxtuiError] = msgspec.field(default_factory=list)
    late: bool = False
    """The time to wait was over before all came."""

    @property
    def full(self) -> bool:
        """True when as many came as were waited for; one that could not be saved has come, too."""
        return self.count is not None and self.done + len(self.failures) >= self.count

    @property
    def missing(self) -> int:
        """How many did not come in time."""
        return (self.count or 0) - self.done - len(self.failures) if self.late else 0
