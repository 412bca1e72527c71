"""Status as the running wxtui tells it: counts from the store, the state of the connection from the session."""

from __future__ import annotations

import asyncio
import os
import time

from tui.services.control_server.api.answers import StatusResult
from tui.services.control_server.owner_services import OwnerServices
from tui.store.stored_status import StoredStatus, iso, read_status


async def status_of(services: OwnerServices) -> StatusResult:
    """Return the status. Raises `LocalError` where the store's file cannot be read."""
    now_ms = int(time.time() * 1000)
    found = await asyncio.to_thread(read_status, os.fspath(services.profile.store_file), now_ms) or StoredStatus()
    client, trouble, silence = services.client(), services.trouble(), services.silence()
    heard_ms = found.heard_ms if silence is None else now_ms - int(silence * 1000)
    return StatusResult(
        profile=services.profile.name,
        state="online" if client is not None and trouble is None else "offline",
        name=found.name if client is None else client.account.name,
        unread=found.unread,
        unread_chats=found.unread_chats,
        mentions=found.mentions,
        waiting=found.waiting,
        uploads=found.uploads,
        since=None if heard_ms is None else iso(heard_ms),
        age=None if heard_ms is None else max(0, (now_ms - heard_ms) // 1000),
        trouble="" if trouble is None else str(trouble),
    )
