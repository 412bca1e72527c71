"""Conversations: those of this login and of earlier ones, and what a person set on them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tui.store.db.transaction import Transaction
from tui.store.identity import reattach
from tui.store.mapping import rows
from tui.store.models import Conversation, Doubt
from tui.store.store_base import StoreBase
from tui.store.tables import conversations, earlier_logins, logins


class ConversationsOfStore(StoreBase):
    """See `Store`."""

    async def conversations(self, *, limit: int | None = None, offset: int = 0) -> list[Conversation]:
        """Those of the current login: pinned first, then by the newest message; none before the first login."""

        def page(connection: sqlite3.Connection) -> list[Conversation]:
            login = logins.current(connection)
            return [] if login is None else conversations.page(connection, login, limit, offset)

        return await self._database.read(page)

    async def earlier_conversations(self, *, limit: int | None = None, offset: int = 0) -> list[Conversation]:
        """Those of earlier logins of this account that nobody of the current one has; the newest message first."""

        def page(connection: sqlite3.Connection) -> list[Conversation]:
            login = logins.current(connection)
            return [] if login is None else earlier_logins.page(connection, login, limit, offset)

        return await self._database.read(page)

    async def conversations_of(self, ids: Iterable[int]) -> list[Conversation]:
        """Those of these that there are: one may have become a part of another since (`ConversationMerged`)."""
        wanted = tuple(ids)
        return await self._database.read(lambda connection: rows.conversations(connection, wanted))

    async def former_names(self, conversation_id: int) -> dict[str, str]:
        """UserName → name of those who could write there in earlier logins; "" is oneself."""
        return await self._database.read(lambda connection: earlier_logins.names(connection, conversation_id))

    async def conversation(self, conversation_id: int) -> Conversation:
        """One conversation, of any login; of one that has become a part of another (`ConversationMerged`), that."""

        def find(connection: sqlite3.Connection) -> Conversation:
            return rows.conversation(connection, self._now(connection, conversation_id))

        return await self._database.read(find)

    async def conversation_for(self, user_name: str) -> Conversation:
        """The conversation with this UserName, made if there is none; of an earlier login, that of who had it.

        Raises `TargetUnknown` when an earlier login knew him, and there is none.
        """

        def find_or_make(writing: Transaction) -> Conversation:
            login = logins.required(writing.connection)
            return rows.conversation(writing.connection, conversations.written_to(writing, login, user_name))

        return await self._write(find_or_make)

    async def conversation_with(self, user_name: str) -> Conversation | None:
        """The conversation with this UserName of the current login, if there is one."""

        def find(connection: sqlite3.Connection) -> Conversation | None:
            login = logins.current(connection)
            found = None if login is None else conversations.find(connection, login, user_name)
            return None if found is None else rows.conversation(connection, found)

        return await self._database.read(find)

    async def namesakes(self) -> list[Conversation]:
        """Conversations of the current login whose shown name another one of them has, too."""

        def find(connection: sqlite3.Connection) -> list[Conversation]:
            login = logins.current(connection)
            return [] if login is None else rows.conversations(connection, conversations.namesakes(connection, login))

        return await self._database.read(find)

    async def doubts(self) -> list[Doubt]:
        """Contacts of the current login that may be somebody of an earlier one; a person has to `settle` it."""

        def unsettled(connection: sqlite3.Connection) -> list[Doubt]:
            login = logins.current(connection)
            return [] if login is None else reattach.unsettled(connection, login)

        return await self._database.read(unsettled)

    async def doubt(self, user_name: str) -> Doubt | None:
        """The same of one contact."""

        def unsettled(connection: sqlite3.Connection) -> Doubt | None:
            login = logins.current(connection)
            found = [] if login is None else reattach.unsettled(connection, login, user_name)
            return found[0] if found else None

        return await self._database.read(unsettled)

    async def settle(self, user_name: str, conversation_id: int | None) -> Conversation:
        """`user_name` is the one of that earlier conversation (None: of none of them), and is not asked about again.

        Returns the conversation that it has now; what a younger one held is in it. Raises `NoSuchRow` when that
        conversation is not, or no longer, in question.
        """

        def settle(writing: Transaction) -> Conversation:
            login = logins.required(writing.connection)
            settled = reattach.settle(writing, login, user_name, conversation_id)
            return rows.conversation(writing.connection, settled)

        return await self._write(settle)

    async def mark_read(self, conversation_id: int) -> None:
        """Nothing is unread there any more."""
        await self._write(lambda writing: conversations.mark_read(writing, conversation_id))

    async def set_draft(self, conversation_id: int, text: str) -> None:
        """Keep what is typed there and not sent; "" for nothing."""
        await self._write(
            lambda writing: conversations.set_draft(writing, self._now(writing.connection, conversation_id), text)
        )

    async def set_hushed(self, conversation_id: int, on: bool) -> None:
        """No notifications from there on this computer, or again."""
        await self._write(lambda writing: conversations.set_hushed(writing, conversation_id, on))
