"""A queue of files on a session, as the programs that stay have it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tui.services.client.client import Client
from tui.services.sending.dispatcher import Dispatcher
from tui.services.sending.throttle import Throttle
from tui.services.uploads.upload_queue import UploadQueue
from tui.services.uploads.upload_state import Upload
from tui.services.util.retry import Backoff
from tui.store.conversation_aliases import ConversationAliases


@asynccontextmanager
async def uploads_of(client: Client, tell: Callable[[Upload], None] = lambda one: None) -> AsyncIterator[UploadQueue]:
    """Closed at the end, as at a program's end: what has not left stays in the store."""
    holds, pauses = (Backoff(lambda: 0.0, first=0.1, most=1) for _ in range(2))
    dispatcher = Dispatcher(
        client.store, Throttle(time.monotonic, _nothing, holds, pauses, ConversationAliases()), _nothing
    )
    dispatcher.renew(client.context)
    uploads = UploadQueue(dispatcher, tell, time.monotonic)
    try:
        yield uploads
    finally:
        await uploads.close()


def _nothing() -> None:
    """Nobody listens."""
