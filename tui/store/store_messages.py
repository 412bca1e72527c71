"""Messages, read in pages, by words and whole; and forgetting old ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from functools import partial

from tui.store.mapping import rows
from tui.store.mapping.codec import to_ms
from tui.store.models import Place, StoredMessage
from tui.store.search import index
from tui.store.store_base import StoreBase
from tui.store.tables import export, messages, retention
from tui.store.tables.export import ExportedMessage


class MessagesOfStore(StoreBase):
    """See `Store`."""

    async def messages_before(self, conversation_id: int, before: Place | None, limit: int) -> list[StoredMessage]:
        """At most `limit` messages just before that place, or the newest ones; ascending."""
        return await self._database.read(
            lambda connection: messages.page_before(connection, conversation_id, before, limit)
        )

    async def messages_after(self, conversation_id: int, after: Place, limit: int) -> list[StoredMessage]:
        """At most `limit` messages just after that place; ascending."""
        return await self._database.read(
            lambda connection: messages.page_after(connection, conversation_id, after, limit)
        )

    async def message(self, msg_id: str) -> StoredMessage | None:
        """The message that the server calls `msg_id`."""
        return await self._database.read(lambda connection: messages.find(connection, msg_id))

    async def row(self, message_id: int) -> StoredMessage:
        """The message with this row id, as it is now."""
        return await self._database.read(lambda connection: rows.message(connection, message_id))

    async def search(
        self, text: str, *, conversation_id: int | None = None, before: Place | None = None, limit: int = 50
    ) -> list[StoredMessage]:
        """At most `limit` messages that say `text` (see `words`), there or anywhere, before that place; newest first.

        None when nothing in `text` is a word.
        """
        return await self._database.read(
            lambda connection: index.find(connection, text, conversation_id=conversation_id, before=before, limit=limit)
        )

    async def search_after(
        self, text: str, after: Place, *, conversation_id: int | None = None, limit: int = 50
    ) -> list[StoredMessage]:
        """The same just after that place; ascending."""
        return await self._database.read(
            lambda connection: index.find(connection, text, conversation_id=conversation_id, after=after, limit=limit)
        )

    async def note_file(self, message_id: int, name: str, size: int) -> None:
        """Remember the name and size, in bytes, of the file as which a picture or recording was saved."""
        await self._write(lambda writing: messages.note_file(writing, message_id, name, size))

    async def named(self, several: Iterable[StoredMessage]) -> list[ExportedMessage]:
        """These messages with the names of their chats and senders, as they were in their logins."""
        messages_wanted = tuple(several)
        return await self._database.read(lambda connection: export.named(connection, messages_wanted))

    async def export(
        self, conversation_id: int | None = None, *, page: int = 500
    ) -> AsyncIterator[list[ExportedMessage]]:
        """Everything that is stored, of all logins, or one conversation: in pages, each conversation from its start."""
        if conversation_id is None:
            wanted = await self._database.read(export.conversation_ids)
        else:
            wanted = [conversation_id]
        for one in wanted:
            after: Place | None = None
            while found := await self._database.read(
                partial(export.page, conversation_id=one, after=after, limit=page)
            ):
                yield found
                if len(found) < page:
                    break
                after = found[-1].message.place

    async def remove_before(self, time: datetime | None) -> int:
        """Delete what is older, or everything with None, but for what is still to be sent or decided; how many.

        In small batches, between which others read and write.
        """
        before_ms = None if time is None else to_ms(time)
        removed = 0
        while found := await self._write(lambda writing: retention.remove(writing, before_ms)):
            removed += found
        if removed:
            more = await self._write(lambda writing: retention.merge(writing.connection, begin=True))
            while more:
                more = await self._write(lambda writing: retention.merge(writing.connection, begin=False))
            await self._database.maintain(retention.empty_log)
        return removed
