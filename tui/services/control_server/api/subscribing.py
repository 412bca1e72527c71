"""Subscription of a program to new messages, which goes on where an earlier one was lost."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from tui import errors
from tui.services.attention.attention import rings_now
from tui.services.control_server.api import answers, requests
from tui.services.util.background import child
from tui.store.changes import MessageChanged, MessagesAdded
from tui.store.errors import NoSuchRow
from tui.store.models import StoredMessage
from tui.store.subscription import Subscription

if TYPE_CHECKING:
    from tui.services.control_server.api.api_connection import ApiCall

_PAGE: Final = 100
"""Messages of the past that are read at a time."""


class _News(NamedTuple):
    """Row that is new, or has changed. Only numbers are kept: who is suspended for a week does not fill the memory."""

    row: int
    changed: bool


async def subscribe(call: ApiCall, request: requests.ApiSubscribe) -> NoReturn:
    """Tell of messages until the other side goes away. Raises `OwnerRefused` when too many do it already."""
    if not call.connection.may_follow():
        raise errors.OwnerRefused(why=errors.Phrase("Too many shells follow messages already."))
    call.connection.follows = True
    try:
        known = await call.services.store.last_row()
        # First of all: what is stored while the past is told comes after it.
        with call.services.store.subscribe() as changes:
            told, last = await _tell_past(call, request.since, known)
            await call.pour([answers.SubscribedEvent(at=last)])
            await _tell_news(call, changes, told, changes_too=request.changes)
    finally:
        call.connection.follows = False
    raise errors.OwnerGone(pid=os.getpid())


async def _tell_past(call: ApiCall, since: str, known: int) -> tuple[set[int], str]:
    """Tell what came after an earlier event; return rows that were told, and the `at` from which on all is new.

    The rows are those after `known`: only they can come as news once more.
    """
    store, told = call.services.store, set[int]()
    newest = await store.newest_row()
    if newest is None or not since or int(since.partition(".")[0]) > newest.id:
        # Nothing is known of the past: of another store, perhaps, whose file was lost.
        return told, "0.0" if newest is None else answers.place(newest)
    row = await _after(call, since)
    last = since
    while page := await store.rows_after(row, _PAGE):
        await _tell(call, page)
        told.update(message.id for message in page if message.id > known)
        row, last = page[-1].id, answers.place(page[-1])
    return told, last


async def _after(call: ApiCall, since: str) -> int:
    """Return the row after which everything is new; the number of a message that was deleted may be given again."""
    row = int(since.partition(".")[0])
    try:
        same = answers.place(await call.services.store.row(row)) == since
    except NoSuchRow:
        same = False
    return row if same else row - 1


async def _tell_news(call: ApiCall, changes: Subscription, told: set[int], *, changes_too: bool) -> None:
    waiting: asyncio.Queue[_News | None] = asyncio.Queue()

    async def collect() -> None:
        async for change in changes:
            if isinstance(change, MessagesAdded):
                for message in change.messages:
                    if message.id in told:
                        # Its page was read after it was stored.
                        told.discard(message.id)
                    else:
                        waiting.put_nowait(_News(message.id, changed=False))
            elif changes_too and isinstance(change, MessageChanged):
                waiting.put_nowait(_News(change.message.id, changed=True))
        waiting.put_nowait(None)

    collecting = child(collect())
    try:
        while (news := await waiting.get()) is not None:
            try:
                message = await call.services.store.row(news.row)
            except NoSuchRow:
                # Found to be a duplicate: it is gone again.
                continue
            rings = None
            if not news.changed and message.from_others:
                rings = await rings_now(call.services.store, message, call.services.settings(), datetime.now(UTC))
            await _tell(call, [message], changed=news.changed, rings=rings)
    finally:
        collecting.cancel()
        await asyncio.gather(collecting, return_exceptions=True)


async def _tell(
    call: ApiCall, messages: list[StoredMessage], *, changed: bool = False, rings: bool | None = None
) -> None:
    events: list[object] = []
    for named in await call.services.store.named(messages):
        found = answers.api_message(named, rings)
        if changed:
            events.append({"event": "changed", "message": found})
        else:
            events.append({"event": "message", "at": answers.place(named.message), "message": found})
    await call.pour(events)
