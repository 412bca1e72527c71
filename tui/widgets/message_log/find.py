"""Search for a text in a conversation, by the store's index; what the log hides is passed over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from tui.store.delivery_state import DeliveryState
from tui.store.models import Place, StoredMessage
from tui.store.store import Store

_PAGE: Final = 20
"""Messages that are asked for at a time; nearly always the first one is shown."""
BEGINNING: Final = Place(datetime.min.replace(tzinfo=UTC), 0)
"""A place before every message."""


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
    """Return the nearest message before (or after) `place` that says `wanted`; None when none does.

    Without `place` the newest (or the first) is the nearest. Returns None when `goes_on`, asked after each page, says
    no.
    """
    while True:
        if older:
            page = await store.search(wanted, conversation_id=conversation_id, before=place, limit=_PAGE)
        else:
            page = await store.search(wanted, after=place or BEGINNING, conversation_id=conversation_id, limit=_PAGE)
        if not goes_on():
            return None
        for message in page:
            if show_recalled or message.mine or message.state is not DeliveryState.RECALLED:
                return message
        if len(page) < _PAGE:
            return None
        place = page[-1].place
