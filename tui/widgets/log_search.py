"""Looking through a conversation for a text, page by page; the comparing is done on a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from tui.store.delivery import DeliveryState
from tui.store.models import Place, StoredMessage
from tui.store.store import Store

SEARCH_PAGE: Final = 500
"""Messages that a search reads at a time."""
BEGINNING: Final = Place(datetime.min.replace(tzinfo=UTC), 0)
"""Before every message."""


async def search(
    store: Store,
    conversation_id: int,
    wanted: str,
    place: Place | None,
    *,
    older: bool,
    show_recalled: bool,
    goes_on: Callable[[], bool],
) -> StoredMessage | None:
    """The nearest message before (or after) `place` that says `wanted`, which is case-folded; None when none does.

    `place` None: from the newest (or the first) on. Ends with None when `goes_on` says no, asked after every page.
    """
    while True:
        if older:
            page = (await store.messages_before(conversation_id, place, SEARCH_PAGE))[::-1]
        else:
            page = await store.messages_after(conversation_id, place or BEGINNING, SEARCH_PAGE)
        found = await asyncio.to_thread(_first_with, wanted, page, show_recalled)
        if not goes_on() or found is not None:
            return found if goes_on() else None
        if len(page) < SEARCH_PAGE:
            return None
        place = page[-1].place


def _first_with(wanted: str, messages: Sequence[StoredMessage], show_recalled: bool) -> StoredMessage | None:
    from tui.wording import describe  # what it needs is not needed to show the first screen

    for message in messages:
        hidden = message.state is DeliveryState.RECALLED and not message.mine and not show_recalled
        if not hidden and wanted in describe(message.body).casefold():
            return message
    return None
