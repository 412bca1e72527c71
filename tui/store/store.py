"""The store's face: everything that survives a restart, async, one SQLite file a profile."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from tui.store import (
    attaching,
    contacts,
    conversations,
    export,
    former,
    gaps,
    incoming,
    ledger,
    logins,
    memory,
    messages,
    outbox,
    retention,
    rows,
    safety,
    search,
)
from tui.store.changes import Change
from tui.store.columns import to_ms
from tui.store.database import Database
from tui.store.delivery import DeliveryEvent
from tui.store.export import Named
from tui.store.ledger import Ledger, UnfinishedUpload, UploadFile
from tui.store.models import Conversation, Doubt, Gap, Login, Place, StoredMessage
from tui.store.outbox import Reach, Repair
from tui.store.subscription import Hub, Subscription
from tui.store.writing import Writing
from tui.wire.bodies import Body
from tui.wire.contacts import Contact, ContactKind
from tui.wire.media_types import MediaKind
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
        self._merged: dict[int, int] = {}

    @classmethod
    async def open(cls, path: Path, *, clock: Callable[[], datetime], busy_seconds: float = 10) -> Store:
        """Open the file, or make it (0600, in directories of 0700), and bring its tables up to date.

        `clock` tells the time, aware; it is called on the store's thread. Another writer is waited for up to
        `busy_seconds`. A damaged file is set aside, see `set_aside`. Raises `StoreBroken`, `StoreTooNew`,
        `HomeUnusable`.
        """
        hub = Hub()
        database = Database(path, hub.publish)
        await database.open(busy_seconds, lambda: to_ms(clock()))
        return cls(database, hub, clock)

    @classmethod
    async def open_to_read(cls, path: Path, *, clock: Callable[[], datetime], busy_seconds: float = 10) -> Store:
        """Open a file that is there and cannot be written, or was written by a later version that kept what is read.

        Every method that writes raises `HomeUnusable`. Raises as `open` does.
        """
        hub = Hub()
        database = Database(path, hub.publish)
        await database.open_to_read(busy_seconds)
        return cls(database, hub, clock)

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged file lies that was found here by `open`; whoever opened it tells the person."""
        return self._database.set_aside

    @property
    def check_due(self) -> bool:
        """Whether it is time to `check` the file: `open` does it only to small ones."""
        return self._database.check_due

    async def check(self) -> None:
        """See whether the file is sound, while it is in use; reads all of it. Raises `StoreBroken`, `HomeUnusable`.

        A file that is not is set aside when it is opened next.
        """
        await self._database.check()
        await self._write(lambda writing: safety.note_checked(writing.connection, to_ms(writing.now)))

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

    async def set_synced(self, at: datetime) -> None:
        """Everything that came to the current login until then is stored; `apply` says so by itself."""
        await self._write(lambda writing: logins.set_synced(writing, logins.required(writing.connection), at))

    async def synced(self) -> datetime | None:
        """Until when everything that came to the current login is stored; None where nobody knows."""
        return await self._database.read(logins.synced)

    async def skip(self, keys: SyncKeys) -> None:
        """The server does not know our key any more: go on from `keys`; what lies between is a gap."""
        await self._write(lambda writing: logins.skip(writing, logins.required(writing.connection), keys))

    async def gaps(self, conversation_id: int | None = None) -> list[Gap]:
        """Times of which messages may be missing, in order: all, or those of that conversation's account."""
        return await self._database.read(lambda connection: gaps.every(connection, conversation_id))

    # ---------------------------------------------------------------- small things

    async def remember(self, key: str, value: str) -> None:
        """Keep `value` under `key` for the next start; "" forgets it."""
        await self._write(lambda writing: memory.remember(writing, key, value))

    async def recall(self, key: str) -> str:
        """What was kept under `key`; "" for nothing."""
        return await self._database.read(lambda connection: memory.recall(connection, key))

    # ---------------------------------------------------------------- contacts

    async def save_contacts(self, listed: Iterable[Contact], *, complete: bool = False) -> None:
        """Insert or replace contacts of the current login; members that a group is known to have are kept.

        `complete`: this is the whole list. Persons and official accounts that are not on it are forgotten; groups and
        special accounts are not, for they need not appear there. Stamps `contacts_refreshed_at`. Once the whole list
        was there, those who can be told to be somebody of an earlier login get their conversation back.
        """
        several = tuple(listed)

        def save(writing: Writing) -> None:
            login = logins.required(writing.connection)
            if complete:
                contacts.save_whole_list(writing, login, several)
                attaching.recognise(writing, login)
            else:
                contacts.save(writing, login, several)
                attaching.meet(writing, login)

        await self._write(save)

    async def recognise(self) -> None:
        """Nothing more is told of the contacts of this login: groups that only have a name must do with that."""

        def recognise(writing: Writing) -> None:
            login = logins.required(writing.connection)
            if login.contacts_refreshed_at is not None:
                attaching.recognise(writing, login, final=True)

        await self._write(recognise)

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

    async def earlier_conversations(self, *, limit: int | None = None, offset: int = 0) -> list[Conversation]:
        """Those of earlier logins of this account that nobody of the current one has; the newest message first."""

        def page(connection: sqlite3.Connection) -> list[Conversation]:
            login = logins.current(connection)
            return [] if login is None else former.page(connection, login, limit, offset)

        return await self._database.read(page)

    async def conversations_of(self, ids: Iterable[int]) -> list[Conversation]:
        """Those of these that there are: one may have become a part of another since (`ConversationMerged`)."""
        wanted = tuple(ids)
        return await self._database.read(lambda connection: rows.conversations(connection, wanted))

    async def former_names(self, conversation_id: int) -> dict[str, str]:
        """UserName → name of those who could write there in earlier logins; "" is oneself."""
        return await self._database.read(lambda connection: former.names(connection, conversation_id))

    async def conversation(self, conversation_id: int) -> Conversation:
        """One conversation, of any login; of one that has become a part of another (`ConversationMerged`), that."""

        def find(connection: sqlite3.Connection) -> Conversation:
            return rows.conversation(connection, self._now(connection, conversation_id))

        return await self._database.read(find)

    async def conversation_for(self, user_name: str) -> Conversation:
        """The conversation with this UserName of the current login, made if there is none."""

        def find_or_make(writing: Writing) -> Conversation:
            login = logins.required(writing.connection)
            return rows.conversation(writing.connection, conversations.find_or_make(writing, login, user_name))

        return await self._write(find_or_make)

    async def conversation_with(self, user_name: str) -> Conversation | None:
        """The conversation with this UserName of the current login, if there is one."""

        def find(connection: sqlite3.Connection) -> Conversation | None:
            login = logins.current(connection)
            found = None if login is None else conversations.find(connection, login, user_name)
            return None if found is None else rows.conversation(connection, found)

        return await self._database.read(find)

    async def doubts(self) -> list[Doubt]:
        """Contacts of the current login that may be somebody of an earlier one; a person has to `settle` it."""

        def unsettled(connection: sqlite3.Connection) -> list[Doubt]:
            login = logins.current(connection)
            return [] if login is None else attaching.unsettled(connection, login)

        return await self._database.read(unsettled)

    async def doubt(self, user_name: str) -> Doubt | None:
        """The same of one contact."""

        def unsettled(connection: sqlite3.Connection) -> Doubt | None:
            login = logins.current(connection)
            found = [] if login is None else attaching.unsettled(connection, login, user_name)
            return found[0] if found else None

        return await self._database.read(unsettled)

    async def settle(self, user_name: str, conversation_id: int | None) -> Conversation:
        """`user_name` is the one of that earlier conversation (None: of none of them), and is not asked about again.

        Returns the conversation that it has now; what a younger one held is in it. Raises `NoSuchRow` when that
        conversation is not, or no longer, in question.
        """

        def settle(writing: Writing) -> Conversation:
            login = logins.required(writing.connection)
            settled = attaching.settle(writing, login, user_name, conversation_id)
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

    async def search(
        self, text: str, *, conversation_id: int | None = None, before: Place | None = None, limit: int = 50
    ) -> list[StoredMessage]:
        """At most `limit` messages that say `text` (see `words`), there or anywhere, before that place; newest first.

        None when nothing in `text` is a word.
        """
        return await self._database.read(
            lambda connection: search.find(
                connection, text, conversation_id=conversation_id, before=before, limit=limit
            )
        )

    async def search_after(
        self, text: str, after: Place, *, conversation_id: int | None = None, limit: int = 50
    ) -> list[StoredMessage]:
        """The same just after that place; ascending."""
        return await self._database.read(
            lambda connection: search.find(connection, text, conversation_id=conversation_id, after=after, limit=limit)
        )

    async def named(self, several: Iterable[StoredMessage]) -> list[Named]:
        """These messages with the names of their chats and senders, as they were in their logins."""
        messages_wanted = tuple(several)
        return await self._database.read(lambda connection: export.named(connection, messages_wanted))

    async def export(self, conversation_id: int | None = None, *, page: int = 500) -> AsyncIterator[list[Named]]:
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
        upload: UploadFile | None = None,
    ) -> StoredMessage:
        """Write down, as `PENDING`, what is going to be sent; it is committed when this returns.

        `queued`: it belongs to a program that stays, and outlives that program's death (see `outbox`).
        `upload` is noted in the same breath, where such a program has queued a file (see `ledger`).
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
            if upload is not None:
                ledger.note(writing, message_id, upload)
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

    # ---------------------------------------------------------------- the upload ledger

    async def note_upload(
        self, message_id: int, *, path: Path, name: str, kind: MediaKind, size: int, mtime_ns: int
    ) -> None:
        """Write down which file a message is of; what was known of another one is forgotten."""
        file = UploadFile(path, name, kind, size, mtime_ns)
        await self._write(lambda writing: ledger.note(writing, message_id, file))

    async def upload_progress(
        self,
        message_id: int,
        *,
        login_id: int,
        md5: str,
        client_media_id: str,
        aes_key: str,
        signature: str,
        parts_done: int,
    ) -> None:
        """The server has acknowledged the first `parts_done` parts, in this login; nothing where there is no entry."""
        await self._write(
            lambda writing: ledger.progress(
                writing,
                message_id,
                login_id=login_id,
                md5=md5,
                client_media_id=client_media_id,
                aes_key=aes_key,
                signature=signature,
                parts_done=parts_done,
            )
        )

    async def upload_of(self, message_id: int) -> Ledger | None:
        """What the ledger knows of a message; None once it is sent or cancelled, and for what is no queued file."""
        return await self._database.read(lambda connection: ledger.find(connection, message_id))

    async def pause_upload(self, message_id: int, on: bool) -> None:
        """It waits for a person, also after a restart; or not any more."""
        await self._write(lambda writing: ledger.pause(writing, message_id, on))

    async def forget_upload(self, message_id: int) -> None:
        """Its file is not needed any more. `move` does so itself when a message is sent or cancelled."""
        await self._write(lambda writing: ledger.forget(writing, message_id))

    async def unfinished_uploads(self) -> list[UnfinishedUpload]:
        """Every pending message whose file is noted, oldest first."""
        return await self._database.read(ledger.unfinished)

    def _now(self, connection: sqlite3.Connection, conversation_id: int) -> int:
        """What has become of a conversation. On the store's thread."""
        while conversation_id in self._merged and not conversations.exists(connection, conversation_id):
            conversation_id = self._merged[conversation_id]
        return conversation_id

    async def _write(self, job: Callable[[Writing], T]) -> T:
        def run(connection: sqlite3.Connection) -> tuple[T, list[Change]]:
            writing = Writing(connection, self._clock())
            result = job(writing)
            self._merged.update(writing.merged)
            return result, writing.changes()

        return await self._database.write(run)
