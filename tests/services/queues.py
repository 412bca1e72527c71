"""A queue of files on a session, as the programs that stay have it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tui.services.client import Client
from tui.services.dispatch import Dispatch
from tui.services.transfer import Transfer
from tui.services.uploads import Uploads


@asynccontextmanager
async def queue(client: Client, tell: Callable[[Transfer], None] = lambda one: None) -> AsyncIterator[Uploads]:
    """Closed at the end, as at a program's end: what has not left stays in the store."""
    uploads = Uploads(Dispatch(client), tell, time.monotonic)
    try:
        yield uploads
    finally:
        await uploads.close()
