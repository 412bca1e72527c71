"""The store's face: everything that survives a restart, async, one SQLite file a profile."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from tui.store import contacts, conversations, incoming, logins, messages, outbox, rows
from tui.store.changes import Change
from tui.store.database import Database
from tui.store.delivery import DeliveryEvent
from tui.store.models import Conversation, Login, Place, StoredMessage
from tui.store.outbox import Reach, Repair
from tui.store.subscription import Hub, Subscription
from tui.store.writing import Writing
from tui.wire.bodies import Body
from tui.wire.contacts import Contact, ContactKind
from tui.wire.sync import SyncBatch, SyncKeys

T = TypeVar("T")


class Store:
    """One open profile. Made by `open`; used on the event loop that opened it.

    Several processes may have the file open; changes are published only in the one that makes them. Every method that
    touches the file raises `StoreBroken` or `HomeUnusable` when it cannot be used, and then has changed nothing. What
    `misuse` lists are mistakes of the calling code: writing what belongs to a login before the first one (`NoLogin`),
    an unknown id (`NoSuchRow`), a closed store (`StoreClosed`). A cancelled write was either never begun, or is done
    and published.
    """

    def __init__(self, database: Database, hub: Hub, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock

    @classmethod
    async def open(cls, path: Path, *, clock: Callable[[], datetime], busy_seconds: float = 10) -> Store:
        """Open the file, or make it (0600, in directories of 0700), and bring its tables up to date.

        `clock` tells the time, aware; it is called on the store's thread. Another writer is waited for up to
        `busy_seconds`. Raises `StoreBroken`, `StoreTooNew`, `HomeUnusable`.
        """
        hub = Hub()
        database = Database(path, hub.publish)
        await database.open(busy_seconds)
        return cls(database, hub, clock)

    async def close(self) -> None:
        """Let what was asked for end, close the file and end every subscription. Idempotent."""
        try:
            await self._database.close()
        finally:
            self._hub.close()

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def subscribe(self) -> Subscription:
        """Every change from now on, in the order of commits; see `Subscription` on its unbounded queue."""
        return self._hub.subscribe()

    # ---------------------------------------------------------------- logins

    async def begin_login(self, me: Contact, uin: str, keys: SyncKeys) -> None:
        """A new login becomes the current one. Special accounts keep their conversations, the others start anew."""
        await self._write(lambda writing: logins.begin(writing, me, uin, keys))

    async def resume_login(self, me: Contact, uin: str) -> bool:
        """Whether the current login goes on (same `uin`, same own UserName); if not, nothing changes."""
        return await self._write(lambda writing: logins.resume(writing, me, uin))

    async def current_login(self) -> Login | None:
        """The newest login, if there ever was one."""
        return await self._database.read(logins.current)

    async def keys(self) -> SyncKeys | None:
        """The sync keys of the current login."""
        return await self._database.read(logins.keys)

    async def set_keys(self, keys: SyncKeys) -> None:
        """Replace the sync keys of the current login."""
        await self._write(lambda writing: logins.set_keys(writing, logins.required(writing.connection), keys))

    # ---------------------------------------------------------------- contacts

    async def save_contacts(self, listed: Iterable[Contact], *, complete: bool = False) -> None:
        """Insert or replace contacts of the current login; members that a group is known to have are kept.

        `complete`: this is the whole list. Persons and official accounts that are not on it are forgotten; groups and
        special accounts are not, for they need not appear there. Stamps `contacts_refreshed_at`.
        """
        several = tuple(listed)
        save = contacts.save_whole_list if complete else contacts.save
        await self._write(lambda writing: save(writing, logins.required(writing.connection), several))

    async def contacts(self, kind: ContactKind | None = None) -> list[Contact]:
        """All contacts of the current login, oneself among them, or those of one kind; none before the first login."""

        def every(connection: sqlite3.Connection) -> list[Contact]:
            login = logins.current(connection)
            return [] if login is None else contacts.every(connection, login, kind)

        return await self._database.read(every)

    async def contact(self, user_name: str) -> Contact | None:
        """One contact of the current login."""

        def find(connection: sqlite3.Connection) -> Contact | None:
            login = logins.current(connection)
            return None if login is None else contacts.find(connection, login, user_name)

        return await self._database.read(find)

    async def contacts_named(self, user_names: Iterable[str]) -> list[Contact]:
        """Those of these that the current login knows, also who is no contact any more."""
        wanted = tuple(user_names)

        def find(connection: sqlite3.Connection) -> list[Contact]:
            login = logins.current(connection)
            return [] if login is None else contacts.named(connection, login, wanted)

        return await self._database.read(find)

    # ---------------------------------------------------------------- sync

    async def apply(self, batch: SyncBatch) -> list[StoredMessage]:
        """Store an answer of webwxsync, messages, contacts and keys, wholly or not at all. Returns what was new."""
        return await self._write(lambda writing: incoming.apply(writing, batch))

    # ---------------------------------------------------------------- conversations

    async def conversations(self, *, limit: int | None = None, offset: int = 0) -> list[Conversation]:
        """Those of the current login: pinned first, then by the newest message; none before the first login."""

        def page(connection: sqlite3.Connection) -> list[Conversation]:
            login = logins.current(connection)
            return [] if login is None else conversations.page(connection, login, limit, offset)

        return await self._database.read(page)

    async def conversation(self, conversation_id: int) -> Conversation:
        """One conversation, of any login."""
        return await self._database.read(lambda connection: rows.conversation(connection, conversation_id))

    async def conversation_for(self, user_name: str) -> Conversation:
        """The conversation with this UserName of the current login, made if there is none."""

        def find_or_make(writing: Writing) -> Conversation:
            login = logins.required(writing.connection)
            return rows.conversation(writing.connection, conversations.find_or_make(writing, login, user_name))

        return await self._write(find_or_make)

    async def mark_read(self, conversation_id: int) -> None:
        """Nothing is unread there any more."""
        await self._write(lambda writing: conversations.mark_read(writing, conversation_id))

    async def set_draft(self, conversation_id: int, text: str) -> None:
        """Keep what is typed there and not sent; "" for nothing."""
        await self._write(lambda writing: conversations.set_draft(writing, conversation_id, text))

    async def set_hushed(self, conversation_id: int, on: bool) -> None:
        """No notifications from there on this computer, or again."""
        await self._write(lambda writing: conversations.set_hushed(writing, conversation_id, on))

    # ---------------------------------------------------------------- messages

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

    # ---------------------------------------------------------------- what this program sends

    async def add_outgoing(
        self,
        *,
        conversation_id: int,
        to_user_name: str,
        client_msg_id: str,
        body: Body,
        content: str = "",
        media_id: str = "",
        queued: bool = False,
    ) -> StoredMessage:
        """Write down, as `PENDING`, what is going to be sent; it is committed when this returns.

        `queued`: it belongs to a program that stays, and outlives that program's death (see `outbox`).
        """

        def add(writing: Writing) -> StoredMessage:
            message_id = messages.add_outgoing(
                writing,
                logins.required(writing.connection),
                conversation_id=conversation_id,
                to_user_name=to_user_name,
                client_msg_id=client_msg_id,
                body=body,
                content=content,
                media_id=media_id,
                queued=queued,
            )
            return rows.message(writing.connection, message_id)

        return await self._write(add)

    async def move(
        self,
        message_id: int,
        event: DeliveryEvent,
        *,
        msg_id: str = "",
        reason: str = "",
        media_id: str = "",
        content: str = "",
        queued: bool = False,
    ) -> StoredMessage:
        """Let `event` happen to a message, by the table in `delivery`; returns what it is then.

        `reason` is that of the new state; the others are kept when empty; `queued` is for good. A message that becomes
        `UNKNOWN` may come back `SENT`, when sync has already brought it (see `echo`). Raises `ImpossibleStep`; then
        nothing has changed.
        """

        def step(writing: Writing) -> StoredMessage:
            messages.move(
                writing,
                message_id,
                event,
                msg_id=msg_id,
                reason=reason,
                media_id=media_id,
                content=content,
                queued=queued,
            )
            return rows.message(writing.connection, message_id)

        return await self._write(step)

    async def repair(self) -> Repair:
        """What a dead process left is made true: see `outbox.repair`. Only for who holds the profile's `OwnerLock`."""
        return await self._write(outbox.repair)

    async def waiting(self) -> list[StoredMessage]:
        """The outbox: what is pending and queued, in the order in which it was written; files stand in the ledger."""
        return await self._database.read(outbox.waiting)

    async def reach(self, message_id: int) -> Reach:
        """A message as it is now, and where its conversation is in the current login."""
        return await self._database.read(lambda connection: outbox.reach(connection, message_id))

    async def readdress(self, message_id: int, to_user_name: str) -> StoredMessage:
        """A pending message goes to this UserName of the current login, and is of that login from now on.

        The rest of it stays. One that is not pending is returned as it is: what left has its address for good.
        """

        def readdress(writing: Writing) -> StoredMessage:
            outbox.readdress(writing, message_id, to_user_name)
            return rows.message(writing.connection, message_id)

        return await self._write(readdress)

    async def last_sent(self, conversation_id: int | None) -> StoredMessage | None:
        """The newest message that this program sent and that is not revoked; there, or anywhere."""
        return await self._database.read(lambda connection: messages.last_sent(connection, conversation_id))

    async def _write(self, job: Callable[[Writing], T]) -> T:
        def run(connection: sqlite3.Connection) -> tuple[T, list[Change]]:
            writing = Writing(connection, self._clock())
            result = job(writing)
            return result, writing.changes()

        return await self._database.write(run)
