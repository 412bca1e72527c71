"""Messages as the running wxtui stores them, for a command that has an event loop and the store open."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Final

from tui import errors
from tui.paths import Profile
from tui.services.control.owner_connection import Owner, find_owner
from tui.services.control.protocol import Added, Recipient, Resolve
from tui.services.control.remote_client import patient
from tui.services.util.threads import in_own_thread
from tui.store.changes import Change, MessagesAdded
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.store import Store

_PAGE: Final = 100
"""Messages that are read at a time."""
_REMEMBERED: Final = 10_000
"""Rows that are known one by one; those that were stored long before are done."""


class ToldRows:
    """Rows of the messages that a command was told, from one owner of the profile to the next.

    An owner that ends has stored messages which it told nobody any more: they are found in the store. What one sync
    brings is told conversation by conversation, so rows come nearly in their order.
    """

    def __init__(self) -> None:
        self._until: int | None = None
        self._behind: set[int] = set()

    async def begin(self, store: Store) -> None:
        """Count what is stored as told, where this is the first owner."""
        if self._until is None:
            self._until = await store.last_row()

    def new(self, messages: Iterable[StoredMessage]) -> tuple[StoredMessage, ...]:
        """Return those messages that were not told yet; they are from now on."""
        until = self._until or 0
        found = tuple(one for one in messages if one.id > until and one.id not in self._behind)
        self._behind.update(one.id for one in found)
        if len(self._behind) > _REMEMBERED:
            rows = sorted(self._behind)
            half = len(rows) // 2
            self._until, self._behind = rows[half - 1], set(rows[half:])
        return found

    async def missed(self, store: Store) -> AsyncGenerator[MessagesAdded, None]:
        """Yield what is stored and was not told; nothing before the first owner."""
        row = self._until
        while row is not None and (page := await store.rows_after(row, _PAGE)):
            row = page[-1].id
            for message in self.new(page):
                yield MessagesAdded(message.conversation_id, (message,))

    async def then(self, source: AsyncGenerator[Change, None], store: Store) -> AsyncGenerator[Change, None]:
        """Yield what the last owner did not tell any more, then what comes from `source`."""
        async with contextlib.aclosing(source):
            async for added in self.missed(store):
                yield added
            async for change in source:
                yield change


async def resolve(owner: Owner, target: str, on_wait: Callable[[], None]) -> Recipient:
    """Return the contact that `target` means, beside the event loop; `on_wait` is called where that takes long.

    Raises as `RemoteDirectory.resolve`.
    """
    return await in_own_thread(lambda _breath: owner.answer(Resolve(target), Recipient, patient(on_wait)))


async def arrivals(
    profile: Profile, pid: str, store: Store, told_rows: ToldRows
) -> AsyncGenerator[MessagesAdded, None]:
    """Yield new messages as the owner stores them, also those sent through it, each once.

    Raises `OwnerGone` when it ends, behind what it stored by then.
    """
    await told_rows.begin(store)
    owner = await in_own_thread(lambda _breath: find_owner(profile))
    if owner is None:
        raise errors.OwnerGone(pid=pid)
    told: asyncio.Queue[Added | Exception] = asyncio.Queue()
    # A connection of its own: the command may send requests while it waits for messages.
    with owner:
        threading.Thread(
            target=_follow, args=(owner, asyncio.get_running_loop(), told), name="wxtui-arrivals", daemon=True
        ).start()
        begun = False
        while True:
            added = await told.get()
            if not begun or isinstance(added, errors.OwnerGone):
                # Stored before the owner knew of us, or when it had ended.
                begun = True
                async for one in told_rows.missed(store):
                    yield one
            if isinstance(added, Exception):
                raise added
            # A message that sync found to be a duplicate is gone again.
            rows = [row for one in added.rows if (row := await _row(store, one)) is not None]
            if news := told_rows.new(rows):
                yield MessagesAdded(added.conversation, news)


def _follow(owner: Owner, loop: asyncio.AbstractEventLoop, told: asyncio.Queue[Added | Exception]) -> None:
    """Queue what the owner tells: row ids only, so the queue stays small; the thread ends with the connection."""
    # The loop may be closed by the time that the connection is.
    with contextlib.suppress(RuntimeError):
        try:
            for added in owner.follow():
                loop.call_soon_threadsafe(told.put_nowait, added)
        except Exception as error:
            loop.call_soon_threadsafe(told.put_nowait, error)


async def _row(store: Store, message_id: int) -> StoredMessage | None:
    try:
        return await store.row(message_id)
    except NoSuchRow:
        return None
