"""What is sent goes through here: only while there is a session, only to whom it was written for, not too fast."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakValueDictionary

from tui import errors
from tui.services.sending.message_writer import MessageWriter
from tui.services.sending.throttle import Throttle
from tui.services.util.ids import Ids
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store

if TYPE_CHECKING:
    from tui.services.client.client import Client


class Lane:
    """One conversation's order of writing: rows are written one after another."""

    def __init__(self) -> None:
        self.writing = asyncio.Lock()


class ReadyRow(NamedTuple):
    """A session, and the row as it is now, with its address in that session's login."""

    client: Client
    row: StoredMessage


class Dispatcher:
    """The session in use, which comes, goes and is followed by another. The store is there all the time."""

    def __init__(self, store: Store, throttle: Throttle, on_change: Callable[[], None]) -> None:
        self._store = store
        self._throttle = throttle
        self._on_change = on_change
        self._client: Client | None = None
        self._news = asyncio.Event()
        self._lanes: WeakValueDictionary[str, Lane] = WeakValueDictionary()
        self._strangers: set[int] = set()
        self.writer = MessageWriter(Ids(), store)

    @property
    def store(self) -> Store:
        """The profile's store, session or not."""
        return self._store

    @property
    def throttle(self) -> Throttle:
        """Whether anything may leave now."""
        return self._throttle

    @property
    def client(self) -> Client:
        """Of the session in use, or of the last one. Raises `NotConnected` before the first one."""
        if self._client is None:
            raise errors.NotConnected()
        return self._client

    @property
    def connected(self) -> bool:
        """Whether there is a session in use."""
        return self._client is not None and not self._client.context.transport.closed

    def renew(self, client: Client) -> None:
        """There is a session, the first or another: what waited goes on."""
        self._client = client
        self.look_again()
        self._throttle.connected()
        self._on_change()

    def look_again(self) -> None:
        """Contacts or conversations changed: who was not known may be known now."""
        self._news.set()
        self._news = asyncio.Event()

    def unknown(self, conversation_id: int) -> bool:
        """Whether something waits there that has no address in the current login."""
        return conversation_id in self._strangers

    def lane(self, user_name: str) -> Lane:
        """The lane of the conversation with this UserName; hold it while it is used."""
        lane = self._lanes.get(user_name)
        if lane is None:
            lane = self._lanes[user_name] = Lane()
        return lane

    async def session_for(self, row: StoredMessage) -> Client:
        """Wait for a session that can send the pending `row`, which has its address in that login then.

        UserNames are valid for one login only (PROTOCOL section 3). Raises `TargetUnknown` when the row's
        conversation is not known in the current login; it is for the caller to give the row up then.
        """
        found = await self._found(row, patient=False)
        return found.client

    async def ready(self, row: StoredMessage) -> ReadyRow:
        """The same, but what is not known in the current login waits until it is: for another login, or for a person.

        A row that is not pending any more is given as it is, at once.
        """
        try:
            return await self._found(row, patient=True)
        finally:
            self._known(row.conversation_id)

    async def _found(self, row: StoredMessage, *, patient: bool) -> ReadyRow:
        while True:
            # Before looking: what comes meanwhile is not missed.
            news, client = self._news, self._client
            if client is None or client.context.transport.closed:
                if not row.queued:
                    # Somebody waits for the answer, and is not left waiting for the next session.
                    raise errors.NotConnected()
                await news.wait()
                continue
            if await self._throttle.passed(row.conversation_id):
                continue
            reach = await self._store.reach(row.id)
            row = reach.message
            if row.state is not DeliveryState.PENDING:
                return ReadyRow(client, row)
            if reach.own != client.context.session.user_name:
                # There was another login since, and its session is about to be told.
                await news.wait()
                continue
            if not reach.user_name:
                if not patient:
                    conversation = await self._store.conversation(row.conversation_id)
                    raise errors.TargetUnknown(target=conversation.name)
                self._strangers.add(row.conversation_id)
                self._on_change()
                await news.wait()
                continue
            self._known(row.conversation_id)
            if (row.to_user_name, row.sender) != (reach.user_name, reach.own):
                row = await self._store.readdress(row.id, reach.user_name)
            return ReadyRow(client, row)

    def _known(self, conversation_id: int) -> None:
        if conversation_id in self._strangers:
            self._strangers.discard(conversation_id)
            self._on_change()
