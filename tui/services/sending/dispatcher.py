"""Dispatcher: the session in use, and the address that each waiting row has in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from tui import errors
from tui.services.sending.throttle import Throttle
from tui.services.util.ids import Ids
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store

if TYPE_CHECKING:
    from tui.services.session.context import SessionContext


class ReadyRow(NamedTuple):
    """A session, and the row as it is now, with its address in that session's login."""

    context: SessionContext
    row: StoredMessage


class Dispatcher:
    """Holds rows back until there is a session that knows their conversation, and the throttle lets them leave.

    Sessions come, go, and are followed by others; the store is there all the time.
    """

    def __init__(self, store: Store, throttle: Throttle, on_change: Callable[[], None]) -> None:
        self.store = store
        self.throttle = throttle
        self.ids = Ids()
        self.writing = asyncio.Lock()
        """Held while a row is written, so that rows stand in the order in which they were typed or chosen."""
        self._on_change = on_change
        self._context: SessionContext | None = None
        self._news = asyncio.Event()
        self._unknown: dict[int, int] = {}
        """Row that waits → its conversation, which has no address in the current login."""

    @property
    def context(self) -> SessionContext:
        """The session in use, or the last one. Raises `NotConnected` before the first one."""
        if self._context is None:
            raise errors.NotConnected()
        return self._context

    @property
    def connected(self) -> bool:
        """Return whether there is a session in use."""
        return self._context is not None and not self._context.transport.closed

    def renew(self, context: SessionContext) -> None:
        """Use this session from now on, the first or another: what waited goes on."""
        self._context = context
        self.look_again()
        self.throttle.connected()
        self._on_change()

    def look_again(self) -> None:
        """Look for addresses once more: contacts or conversations have changed."""
        self._news.set()
        self._news = asyncio.Event()

    def is_unknown(self, conversation_id: int) -> bool:
        """Return whether a row waits there that has no address in the current login."""
        return conversation_id in self._unknown.values()

    async def ready(self, row: StoredMessage, *, patient: bool = True) -> ReadyRow:
        """Wait for a session that can send `row`, and until the throttle lets it leave; return both as they are then.

        UserNames are valid for one login only (PROTOCOL section 3): a conversation that the current login does not know
        is waited for, until a login or a person makes it known. Not `patient`, this raises `TargetUnknown` instead. A
        row that is not queued raises `NotConnected` while there is no session: somebody waits for the answer.
        A row that is not pending any more is returned at once.
        """
        try:
            while True:
                # Taken before looking, so that nothing is missed that comes meanwhile.
                news, context = self._news, self._context
                if context is None or context.transport.closed:
                    if not row.queued:
                        raise errors.NotConnected()
                    await news.wait()
                    continue
                if await self.throttle.wait(row.conversation_id):
                    continue
                reach = await self.store.reach(row.id)
                row = reach.message
                if row.state is not DeliveryState.PENDING:
                    return ReadyRow(context, row)
                if reach.own != context.session.user_name:
                    # There was another login since, and its session is about to be told.
                    await news.wait()
                    continue
                if reach.user_name:
                    if (row.to_user_name, row.sender) != (reach.user_name, reach.own):
                        row = await self.store.readdress(row.id, reach.user_name)
                    return ReadyRow(context, row)
                if not patient:
                    raise errors.TargetUnknown(target=(await self.store.conversation(row.conversation_id)).name)
                self._unknown[row.id] = row.conversation_id
                self._on_change()
                await news.wait()
        finally:
            if patient and self._unknown.pop(row.id, None) is not None:
                self._on_change()
