"""Everything that survives a restart: one SQLite file a profile, asked and changed on a thread of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from datetime import datetime
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from tui.store import conversation_view, sync_batch
from tui.store.changes import Change
from tui.store.conversation_aliases import ConversationAliases
from tui.store.conversation_view import ConversationView
from tui.store.db import integrity, key_value
from tui.store.db.connection import Database
from tui.store.db.opening import Opened, open_reader, open_sound
from tui.store.db.transaction import Transaction
from tui.store.identity import reattach
from tui.store.mapping import rows
from tui.store.mapping.codec import to_ms
from tui.store.models import (
    Conversation,
    ExportedMessage,
    Login,
    LoginIdentity,
    Place,
    ReceivedRequest,
    ReceivedSticker,
    StoredMessage,
)
from tui.store.search import filters, index
from tui.store.search.query import MessageQuery
from tui.store.subscription import Hub, Subscription
from tui.store.tables import contacts as contact_table
from tui.store.tables import conversations as conversation_table
from tui.store.tables import earlier_logins, logins, messages, outbox, retention, uploads
from tui.store.tables import gaps as gap_table
from tui.wire.bodies import RequestAnswer

if TYPE_CHECKING:
    from tui.store.contact_record import ContactRecord
    from tui.store.identity.identifications import Identification
    from tui.store.identity.splitting import IdentityRecord

P = ParamSpec("P")
T = TypeVar("T")
_Method: TypeAlias = Callable[Concatenate["Store", P], Coroutine[Any, Any, T]]


def _reads(query: Callable[Concatenate[sqlite3.Connection, P], T]) -> _Method[P, T]:
    """Make a method of a query: it runs on the store's thread, and sees one state of the file."""

    @wraps(query)
    async def method(self: Store, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._database.read(lambda connection: query(connection, *args, **kwargs))

    return method


def _reads_login(query: Callable[Concatenate[sqlite3.Connection, Login, P], T]) -> _Method[P, T]:
    """Make a method of a query about the current login; before the first one it finds nothing."""

    @wraps(query)
    def of_current(connection: sqlite3.Connection, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return query(connection, logins.current(connection) or logins.NONE, *args, **kwargs)

    return _reads(of_current)


def _writes(change: Callable[Concatenate[Transaction, P], T]) -> _Method[P, T]:
    """Make a method of a change: one transaction, which is committed when the method returns."""

    @wraps(change)
    async def method(self: Store, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._write(lambda transaction: change(transaction, *args, **kwargs))

    return method


def _writes_login(change: Callable[Concatenate[Transaction, Login, P], T]) -> _Method[P, T]:
    """Make a method of a change in the current login; before the first one it raises `NoLogin`."""

    @wraps(change)
    def in_current(transaction: Transaction, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return change(transaction, logins.required(transaction.connection), *args, **kwargs)

    return _writes(in_current)


def _reads_of(
    query: Callable[Concatenate[sqlite3.Connection, Login, P], T],
) -> _Method[Concatenate[LoginIdentity, P], T]:
    """Make a method of a query about the login of a session; raises `SessionOver` once another one has begun."""

    def of_session(connection: sqlite3.Connection, of: LoginIdentity, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return query(connection, logins.same(connection, of), *args, **kwargs)

    return _reads(wraps(query)(of_session))


def _writes_of(change: Callable[Concatenate[Transaction, Login, P], T]) -> _Method[Concatenate[LoginIdentity, P], T]:
    """Make a method of a change in the login of a session; raises `SessionOver` once another one has begun."""

    def in_session(transaction: Transaction, of: LoginIdentity, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return change(transaction, logins.same(transaction.connection, of), *args, **kwargs)

    return _writes(wraps(change)(in_session))


class Store:
    """The open store of a profile. Made by `open`; used on the event loop that opened it.

    Several processes may have the file open; changes are published only in the one that makes them. Every method that
    touches the file raises `StoreBroken` or `HomeUnusable` when it cannot be used, and then has changed nothing.
    `StoreClosed`, `NoLogin` and `NoSuchRow` are mistakes of the calling code. A cancelled write was either never begun,
    or is done and published. Most methods are functions of `tables/`, which say what they do.
    """

    def __init__(self, database: Database, hub: Hub, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._hub = hub
        self._clock = clock
        self._aliases = ConversationAliases()

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], datetime],
        busy_seconds: float = 10,
        pictures: Path | None = None,
    ) -> Store:
        """Open the file, or make it (0600, in directories of 0700), and bring its tables up to date.

        `clock` tells the time, aware; it is called on the store's thread. Another writer is waited for up to
        `busy_seconds`. `pictures`: folder of cached pictures, which go with their messages. A damaged file is set
        aside, see `set_aside`. Raises `SearchMissing`, `StoreBroken`, `StoreTooNew`, `HomeUnusable`.
        """
        return await cls._opened(
            path, clock, lambda path: open_sound(path, busy_seconds, lambda: to_ms(clock())), pictures
        )

    @classmethod
    async def open_to_read(cls, path: Path, *, clock: Callable[[], datetime], busy_seconds: float = 10) -> Store:
        """Open a file that is there and cannot be written, or was written by a later version that kept what is read.

        Every method that writes raises `HomeUnusable`. Raises as `open` does.
        """
        return await cls._opened(path, clock, lambda path: open_reader(path, busy_seconds))

    @classmethod
    async def _opened(
        cls,
        path: Path,
        clock: Callable[[], datetime],
        connect: Callable[[Path], Opened],
        pictures: Path | None = None,
    ) -> Store:
        hub = Hub()
        database = Database(path, hub.publish, pictures)
        await database.open(connect)
        return cls(database, hub, clock)

    @property
    def folder(self) -> Path:
        """Folder of the profile, in which the file lies."""
        return self._database.folder

    @property
    def set_aside(self) -> Path | None:
        """Path to which `open` moved a damaged file, or None; whoever opened the store tells the person."""
        return self._database.set_aside

    @property
    def check_due(self) -> bool:
        """True when it is time to `check` the file: `open` checks only small files."""
        return self._database.check_due

    async def check(self) -> None:
        """Look for damage in the whole file, while it is in use. Raises `StoreBroken`, `HomeUnusable`.

        A damaged file is set aside when it is opened next.
        """
        await self._database.check()
        await self._write(lambda transaction: integrity.note_checked(transaction.connection, to_ms(transaction.now)))

    async def close(self) -> None:
        """Let what was asked for end, close the file and end every subscription. Idempotent."""
        try:
            await self._database.close()
        finally:
            self._hub.close()

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def subscribe(self) -> Subscription:
        """Return a stream of every change from now on, in the order of commits."""
        return self._hub.subscribe()

    async def _write(self, job: Callable[[Transaction], T]) -> T:
        def run(connection: sqlite3.Connection) -> tuple[T, list[Change]]:
            transaction = Transaction(connection, self._clock())
            result = job(transaction)
            for gone, into in transaction.merged.items():
                self._aliases.add(gone, into)
            return result, transaction.changes()

        return await self._database.write(run)

    # ---------------------------------------------------------------- logins, sync, and what a person left

    begin_login = _writes(logins.begin)
    resume_login = _writes(logins.resume)
    note_end = _writes(logins.note_end)
    current_login = _reads(logins.current)
    keys = _reads(logins.keys)
    skip = _writes_login(logins.skip)
    apply = _writes_login(sync_batch.apply)
    synced = _reads(logins.synced)
    set_synced = _writes_login(logins.set_synced)
    gaps = _reads(gap_table.every)
    gap_lines = _reads(gap_table.lines)
    value = _reads(key_value.read)
    set_value = _writes(key_value.write)

    # ---------------------------------------------------------------- contacts

    contacts = _reads_login(contact_table.every)
    contact = _reads_login(contact_table.find)
    contacts_named = _reads_login(contact_table.named)
    listed_names = _reads_login(contact_table.listed_names)
    save_contacts = _writes_login(sync_batch.save_contacts)
    change_contact = _writes_login(contact_table.change)

    # What a session has fetched: it may come when another login has begun, and is nothing to that.
    login_of = _reads(logins.same)
    contacts_of = _reads_of(contact_table.every)
    save_fetched = _writes_of(sync_batch.save_contacts)
    end_listing = _writes_of(sync_batch.end_listing)
    end_loading = _writes_of(sync_batch.end_loading)

    async def friend_requests(self) -> list[ReceivedRequest]:
        """Return the friend requests, as `friend_requests.received`."""
        from tui.store.tables import friend_requests  # No first screen lists them.

        return await self._database.read(
            lambda connection: friend_requests.received(connection, logins.current(connection) or logins.NONE)
        )

    async def answer_request(self, message_id: int, given: RequestAnswer, *, seen: RequestAnswer) -> bool:
        """Note what became of a friend request, as `friend_requests.answer`."""
        from tui.store.tables import friend_requests

        return await self._write(lambda transaction: friend_requests.answer(transaction, message_id, given, seen=seen))

    # ---------------------------------------------------------------- conversations

    conversations = _reads_login(conversation_table.page)
    earlier_conversations = _reads_login(earlier_logins.page)
    conversation_for = _writes_login(conversation_table.written_to)
    conversation_with = _reads_login(conversation_table.with_user)
    former_names = _reads(earlier_logins.names)
    conversations_of = _reads(rows.conversations)
    namesakes = _reads_login(conversation_table.namesakes)
    doubts = _reads_login(reattach.unsettled)
    doubt = _reads_login(reattach.doubt)
    settle = _writes_login(reattach.settle)
    set_hushed = _writes(conversation_table.set_hushed)
    set_notify = _writes(conversation_table.set_notify)
    end_mutes = _writes(conversation_table.end_mutes)

    async def conversation(self, conversation_id: int) -> Conversation:
        """Return a conversation of any login; for one that has become a part of another, that other one."""
        return await self._database.read(
            lambda connection: rows.conversation(connection, self._now(connection, conversation_id))
        )

    async def mark_read(self, conversation_id: int, until: int | None = None) -> None:
        """Mark a conversation read as `conversations.mark_read`, or the one that it was merged into."""
        await self._write(
            lambda transaction: conversation_table.mark_read(
                transaction, self._now(transaction.connection, conversation_id), until
            )
        )

    async def contact_record(self, conversation_id: int) -> ContactRecord | None:
        """Return what the page of a contact shows, as `contact_record.read`."""
        from tui.store import contact_record  # No first screen shows one.

        return await self._database.read(
            lambda connection: contact_record.read(
                connection, logins.current(connection) or logins.NONE, self._now(connection, conversation_id)
            )
        )

    async def identity_record(self, conversation_id: int) -> IdentityRecord:
        """Return how a conversation was recognised from login to login, as `splitting.record`."""
        from tui.store.identity import splitting  # No first screen undoes anything.

        return await self._database.read(
            lambda connection: splitting.record(connection, self._now(connection, conversation_id))
        )

    async def identifications(self, conversation_id: int) -> list[Identification]:
        """Return what ties the logins of a conversation together, as `identifications.joined`."""
        from tui.store.identity import identifications

        return await self._database.read(
            lambda connection: identifications.joined(connection, self._now(connection, conversation_id))
        )

    async def split(self, identification: Identification) -> Conversation:
        """Undo an identification, as `splitting.split`; return the conversation that is new. Raises `NoSuchRow`."""
        from tui.store.identity import splitting

        later, earlier = identification.later, identification.earlier
        return await self._write(
            lambda transaction: splitting.split(transaction, logins.required(transaction.connection), later, earlier)
        )

    async def join(self, conversation_id: int, other: int) -> Conversation:
        """Join what was split, as `splitting.join`; return the whole. Raises `NoSuchRow`."""
        from tui.store.identity import splitting

        return await self._write(
            lambda transaction: splitting.join(
                transaction,
                logins.required(transaction.connection),
                self._now(transaction.connection, conversation_id),
                other,
            )
        )

    async def last_sent_to(self, user_name: str) -> StoredMessage | None:
        """Return what `last_outgoing` does for the conversation with this UserName; "" stands for any conversation."""
        return await self.last_outgoing((await self.conversation_for(user_name)).id if user_name else None)

    async def view(self, conversation_id: int, around: Place | None, limit: int) -> ConversationView:
        """Return what opening a conversation shows, as `conversation` finds it; see `tui.store.conversation_view`."""
        return await self._database.read(
            lambda connection: conversation_view.read(connection, self._now(connection, conversation_id), around, limit)
        )

    async def set_draft(self, conversation_id: int, text: str) -> None:
        """Store the draft of a conversation, or of the one that it was merged into; "" for none."""
        await self._write(
            lambda transaction: conversation_table.set_draft(
                transaction, self._now(transaction.connection, conversation_id), text
            )
        )

    def _now(self, connection: sqlite3.Connection, conversation_id: int) -> int:
        """Return the id of the conversation that this one was merged into, else its own. On the store's thread."""
        return self._aliases.current(conversation_id, partial(conversation_table.exists, connection))

    # ---------------------------------------------------------------- messages

    people = _reads(conversation_view.people)
    log_page = _reads(conversation_view.page)
    messages_before = _reads(messages.page_before)
    messages_after = _reads(messages.page_after)
    message = _reads(messages.find)
    row = _reads(rows.message)
    rows_after = _reads(messages.rows_after)
    newest_row = _reads(messages.newest_row)
    last_row = _reads(messages.last_row)
    search = _reads(index.find)
    place_among = _reads(index.place_among)
    senders_named = _reads(filters.senders_named)
    unread_mentions = _reads(messages.unread_mentions)
    note_file = _writes(messages.note_file)

    async def look_back(self) -> bool:
        """Look for mentions in some of what an earlier version stored; return whether there is more of it."""
        from tui.store.tables import mentions  # Once in the life of a store.

        return await self._write(mentions.look_back)

    async def named(self, several: Iterable[StoredMessage]) -> list[ExportedMessage]:
        """Return these messages with the names of their chats and senders, as they were in their logins."""
        from tui.store.tables import export as export_table  # No first screen exports.

        wanted = tuple(several)
        return await self._database.read(lambda connection: export_table.named(connection, wanted))

    async def stickers(self) -> list[ReceivedSticker]:
        """Return the stickers of others, as `stickers.received`."""
        from tui.store.tables import stickers  # No first screen has a picker of them.

        return await self._database.read(stickers.received)

    async def export(
        self, conversation_id: int | None = None, asked: MessageQuery | None = None, *, page: int = 500
    ) -> AsyncIterator[list[ExportedMessage]]:
        """Yield all messages of all logins, or of one conversation: in pages, each conversation from its start.

        `asked`: only those of these senders, kinds and days; words are not looked at.
        """
        from tui.store.tables import export as export_table

        only: filters.Conditions | None = ((), ())
        if asked is not None:
            only = await self._database.read(lambda connection: filters.conditions(connection, asked))
        if only is None:
            return
        if conversation_id is None:
            wanted = await self._database.read(export_table.conversation_ids)
        else:
            wanted = [conversation_id]
        for one in wanted:
            after: Place | None = None
            while found := await self._database.read(
                partial(export_table.page, conversation_id=one, after=after, limit=page, only=only)
            ):
                yield found
                if len(found) < page:
                    break
                after = found[-1].message.place

    async def remove_before(self, time: datetime | None) -> int:
        """Delete messages older than `time`, or all, but for what is still to be sent or decided; return how many.

        In small batches, between which others read and write.
        """
        before_ms = None if time is None else to_ms(time)
        removed = 0
        while found := await self._write(lambda transaction: retention.remove(transaction, before_ms)):
            removed += found
        if removed:
            more = await self._write(lambda transaction: retention.merge(transaction.connection, begin=True))
            while more:
                more = await self._write(lambda transaction: retention.merge(transaction.connection, begin=False))
            await self._database.maintain(retention.empty_log)
        return removed

    # ---------------------------------------------------------------- what this program sends

    add_outgoing = _writes_login(messages.add_outgoing)
    move = _writes(messages.move)
    repair = _writes(outbox.repair)
    waiting = _reads(outbox.waiting)
    enqueue = _writes(outbox.enqueue)
    reach = _reads_login(outbox.reach)
    readdress = _writes_login(outbox.readdress)
    last_outgoing = _reads(messages.last_outgoing)

    upload_progress = _writes(uploads.progress)
    next_file_number = _writes(logins.count_file)
    upload_of = _reads(uploads.find)
    note_upload = _writes(uploads.note)
    pause_upload = _writes(uploads.pause)
    doubt_upload = _writes(uploads.doubt)
    unfinished_uploads = _reads(uploads.unfinished)
    upload_paths = _reads(uploads.paths)
