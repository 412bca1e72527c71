"""Messages as the running wxtui stores them, for a command that has an event loop and the store open."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable

from tui import errors
from tui.paths import Profile
from tui.services.control.owner_connection import Owner, find_owner
from tui.services.control.protocol import Added, Recipient, Resolve
from tui.services.control.remote_client import patient
from tui.services.util.threads import in_own_thread
from tui.store.changes import MessagesAdded
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.store import Store


async def resolve(owner: Owner, target: str, on_wait: Callable[[], None]) -> Recipient:
    """Return the contact that `target` means, beside the event loop; `on_wait` is called where that takes long.

    Raises as `RemoteDirectory.resolve`.
    """
    return await in_own_thread(lambda _breath: owner.answer(Resolve(target), Recipient, patient(on_wait)))


async def arrivals(profile: Profile, pid: str, store: Store) -> AsyncGenerator[MessagesAdded, None]:
    """Yield new messages as the owner stores them, also those sent through it. Raises `OwnerGone` when it ends."""
    owner = await in_own_thread(lambda _breath: find_owner(profile))
    if owner is None:
        raise errors.OwnerGone(pid=pid)
    told: asyncio.Queue[Added | Exception] = asyncio.Queue()
    # A connection of its own: the command may send requests while it waits for messages.
    with owner:
        threading.Thread(
            target=_follow, args=(owner, asyncio.get_running_loop(), told), name="wxtui-arrivals", daemon=True
        ).start()
        while True:
            added = await told.get()
            if isinstance(added, Exception):
                raise added
            # A message that sync found to be a duplicate is gone again.
            rows = [row for one in added.rows if (row := await _row(store, one)) is not None]
            if rows:
                yield MessagesAdded(added.conversation, tuple(rows))


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
