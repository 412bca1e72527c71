"""A queue of files on a session, as the programs that stay have it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tui.services.client.client import Client
from tui.services.sending.dispatcher import Dispatch
from tui.services.sending.throttle import Gate
from tui.services.uploads.upload_queue import Uploads
from tui.services.uploads.upload_state import Transfer
from tui.services.util.retry import Backoff


@asynccontextmanager
async def queue(client: Client, tell: Callable[[Transfer], None] = lambda one: None) -> AsyncIterator[Uploads]:
    """Closed at the end, as at a program's end: what has not left stays in the store."""
    gate = Gate(time.monotonic, _nothing, *(Backoff(lambda: 0.0, first=0.1, most=1) for _ in range(2)))
    dispatch = Dispatch(client.store, gate, _nothing)
    dispatch.renew(client)
    uploads = Uploads(dispatch, tell, time.monotonic)
    try:
        yield uploads
    finally:
        await uploads.close()


def _nothing() -> None:
    """Nobody listens."""
