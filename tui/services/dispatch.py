"""What is sent goes through here: in typed order within a conversation, and only while there is a session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from tui import errors
from tui.store.models import StoredMessage
from tui.wire.names import SPECIAL_ACCOUNTS

if TYPE_CHECKING:
    from tui.services.client import Client
    from tui.store.store import Store


class Lane:
    """One conversation's order: rows are written one after another, and texts leave one after another.

    Both locks are fair. Who goes from `writing` to `sending` without waiting in between keeps its place.
    """

    def __init__(self) -> None:
        self.writing = asyncio.Lock()
        self.sending = asyncio.Lock()


class Dispatch:
    """The session in use, which may end and be followed by another, and a lane for each conversation."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._renewed = asyncio.Event()
        self._lanes: WeakValueDictionary[str, Lane] = WeakValueDictionary()

    @property
    def client(self) -> Client:
        """Of the session in use, or of the last one."""
        return self._client

    @property
    def store(self) -> Store:
        """The profile's; good without a session too."""
        return self._client.store

    def renew(self, client: Client) -> None:
        """There is another session: what waited goes on."""
        self._client = client
        self._renewed.set()

    def lane(self, user_name: str) -> Lane:
        """The lane of the conversation with this UserName; hold it while it is used."""
        lane = self._lanes.get(user_name)
        if lane is None:
            lane = self._lanes[user_name] = Lane()
        return lane

    async def session_for(self, row: StoredMessage) -> Client:
        """Wait for a session that can send the pending `row`.

        UserNames are valid for one login only (protocol.md section 3). Raises `TargetUnknown` when there was another
        login since the row was written; the caller gives the row up then.
        """
        while self._client.link.transport.closed:
            self._renewed.clear()
            await self._renewed.wait()
        client = self._client
        if row.sender != client.link.session.user_name and row.to_user_name not in SPECIAL_ACCOUNTS:
            conversation = await client.store.conversation(row.conversation_id)
            raise errors.TargetUnknown(target=conversation.name)
        return client
