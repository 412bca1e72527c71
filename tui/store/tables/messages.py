"""Messages: inserted, moved along the state table, found, read in pages."""

from __future__ import annotations

import sqlite3
from typing import Final

from msgspec import structs

from tui.store.db.transaction import Transaction
from tui.store.delivery_state import DeliveryEvent, DeliveryState, next_state
from tui.store.errors import AddressChanged, NoSuchRow
from tui.store.mapping import rows
from tui.store.mapping.codec import inserted_id, pack, storable, to_ms, unpack_body
from tui.store.models import Login, Place, StoredMessage
from tui.store.search.filters import Conditions
from tui.store.tables import conversations, echo_matching, gaps, uploads
from tui.store.tables.uploads import UploadFile
from tui.wire.bodies import Body, Emoticon, Image, Message, Revoke, Video, Voice, is_notice
from tui.wire.mentions import Mention

_SECOND: Final = 1000
_LARGEST_SKEW: Final = 12 * 60 * 60 * _SECOND
"""Milliseconds by which the newest message may be ahead of our clock and new ones still follow it: more than a clock is
set back for summer time, or by a wrong time zone; less than what is sent for tomorrow."""
_NOT_LEFT: Final = frozenset({DeliveryState.PENDING, DeliveryState.FAILED, DeliveryState.CANCELLED})
"""States in which nothing is at the server: there is no time at which it left."""


def add_incoming(
    transaction: Transaction, login: Login, conversation_id: int, message: Message, mention: Mention | None = None
) -> None:
    """Insert a message that sync brought and that is not stored yet; the notice of its recall may have come before.

    `mention`: how it names oneself.
    """
    time_ms = to_ms(message.time)
    unread = not message.mine and not is_notice(message.body)
    message_id = inserted_id(
        transaction.connection.execute(
            "INSERT INTO message (conversation_id, login_id, time_ms, mine, sender, state, msg_id, recalls, body,"
            " content, mention, mention_unread) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                conversation_id,
                login.id,
                time_ms,
                message.mine,
                storable(message.sender),
                DeliveryState.RECEIVED.value,
                storable(message.msg_id) or None,
                storable(message.body.msg_id) or None if isinstance(message.body, Revoke) else None,
                pack(message.body),
                storable(message.content),
                "" if mention is None else mention.value,
                unread and mention is not None,
            ),
        )
    )
    transaction.message_added(message_id)
    if gaps.is_before_one(transaction.connection, time_ms):
        transaction.gaps_changed()
    conversations.message_arrived(
        transaction, conversation_id, message_id, time_ms, unread=unread, mention=mention is not None
    )
    _recall_if_named(transaction, message_id, message.msg_id)


def add_outgoing(
    transaction: Transaction,
    login: Login,
    *,
    conversation_id: int | None = None,
    to_user_name: str,
    client_msg_id: str,
    body: Body,
    content: str = "",
    media_id: str = "",
    queued: bool = False,
    upload: UploadFile | None = None,
) -> StoredMessage:
    """Write down, as `PENDING`, what is going to be sent. Raises `NoSuchRow` when there is no such conversation.

    Without `conversation_id` it belongs to the conversation with `to_user_name`, made if there is none. A conversation
    that has just become a part of another is followed: it is still the one with `to_user_name`.
    `queued`: the message belongs to a program that stays, and outlives that program's death (see `outbox`). `upload`
    is its file, where such a program has queued one (see `uploads`).
    """
    if conversation_id is None:
        conversation_id = conversations.written_to(transaction, login, to_user_name).id
    elif not conversations.exists(transaction.connection, conversation_id):
        conversation_id = conversations.find(transaction.connection, login, to_user_name) or conversation_id
    time_ms = _time_to_write(transaction, conversation_id)
    message_id = inserted_id(
        transaction.connection.execute(
            "INSERT INTO message (conversation_id, login_id, time_ms, mine, sender, state, client_msg_id,"
            " to_user_name, media_id, body, content, queued) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                conversation_id,
                login.id,
                time_ms,
                login.user_name,
                DeliveryState.PENDING.value,
                client_msg_id,
                storable(to_user_name),
                media_id,
                pack(body),
                storable(content),
                queued or upload is not None,
            ),
        )
    )
    transaction.message_added(message_id)
    conversations.message_arrived(transaction, conversation_id, message_id, time_ms, unread=False)
    if upload is not None:
        uploads.note(transaction, message_id, upload)
    return rows.message(transaction.connection, message_id)


def _time_to_write(transaction: Transaction, conversation_id: int) -> int:
    """Return the time of a message that is written now, so that it stands after the messages that it may answer.

    It is in whole seconds, as the server counts; otherwise an answer of the same second would stand before its
    question. It is not before the newest message of the conversation: the server's clock is often some seconds ahead of
    ours, and ours may have been set back. The exception: our clock was wrong before and is right now. That shows when
    messages that others have written since stand before the newest one, too.
    """
    row = transaction.connection.execute(
        "SELECT last_ms, last_message_id FROM conversation WHERE id = ?", (conversation_id,)
    ).fetchone()
    if row is None:
        raise NoSuchRow(f"no conversation has the id {conversation_id}")
    now: int = to_ms(transaction.now) // _SECOND * _SECOND
    last: int = row[0]
    if last <= now or (last > now + _LARGEST_SKEW and not _before_login(transaction.connection, now)):
        return now
    since = transaction.connection.execute(
        "SELECT 1 FROM message WHERE id > ? AND state = 'received' AND time_ms < ? LIMIT 1", (row[1], last)
    ).fetchone()
    return last if since is None else max(now, _last_received(transaction.connection, conversation_id))


def _before_login(connection: sqlite3.Connection, now_ms: int) -> bool:
    """Return True when our clock is before the login: that of a machine that forgets the time without power."""
    row = connection.execute("SELECT started_ms FROM login WHERE id = (SELECT max(id) FROM login)").fetchone()
    return row is not None and now_ms < row[0] // _SECOND * _SECOND


def _last_received(connection: sqlite3.Connection, conversation_id: int) -> int:
    """Return the time of the newest message of a conversation whose time is the server's; 0 when there is none."""
    row = connection.execute(
        "SELECT time_ms FROM message WHERE conversation_id = ? AND state = 'received' ORDER BY time_ms DESC LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return 0 if row is None else int(row[0])


def move(
    transaction: Transaction,
    message_id: int,
    event: DeliveryEvent,
    *,
    msg_id: str = "",
    reason: str = "",
    media_id: str = "",
    content: str = "",
    sent_ms: int | None = None,
    queued: bool = False,
    address: str | None = None,
) -> StoredMessage:
    """Let `event` happen to a message, by the table in `delivery_state`, and return what it is then.

    `reason` is that of the new state; the others are kept when empty. `queued`: from now on it belongs to the outbox of
    a program that stays. A message that becomes `UNKNOWN` may come back `SENT`, when sync has already brought it (see
    `echo_matching`). `address`: to which it is about to leave. Raises `ImpossibleStep`, `NoSuchRow` and, when it is not
    for that address any more, `AddressChanged`, before anything is changed.
    """
    message = rows.message(transaction.connection, message_id)
    if address is not None and storable(address) != message.to_user_name:
        raise AddressChanged
    state = next_state(message.state, event)
    if event in (DeliveryEvent.START, DeliveryEvent.ACCEPTED) and sent_ms is None:
        # When it left: it may have waited for days, and its echo has the time of its leaving.
        sent_ms = to_ms(transaction.now)
    if msg_id and not _make_room(transaction, message, msg_id):
        msg_id = ""
    transaction.connection.execute(
        "UPDATE message SET state = ?, reason = ?, msg_id = coalesce(?, msg_id), media_id = coalesce(?, media_id),"
        " content = coalesce(?, content), sent_ms = CASE WHEN ? THEN NULL ELSE coalesce(?, sent_ms) END,"
        " queued = max(queued, ?) WHERE id = ?",
        (
            state.value,
            storable(reason),
            storable(msg_id) or None,
            media_id or None,
            storable(content) or None,
            state in _NOT_LEFT,
            sent_ms,
            queued,
            message_id,
        ),
    )
    if state in (DeliveryState.SENT, DeliveryState.CANCELLED):
        uploads.forget(transaction, message_id)
    elif state is DeliveryState.FAILED:
        uploads.doubt(transaction, message_id)
    transaction.message_changed(message_id)
    transaction.conversation_changed(message.conversation_id)
    if msg_id:
        _recall_if_named(transaction, message_id, msg_id)
    if message.state is DeliveryState.SENDING:
        _find_echoes(transaction, message.conversation_id)
    return rows.message(transaction.connection, message_id)


def _find_echoes(transaction: Transaction, conversation_id: int) -> None:
    """Resolve unknown messages by what sync has brought: an answer has just said which echo is not theirs."""
    for one in echo_matching.unknown(transaction.connection, conversation_id):
        seen = echo_matching.already_seen(transaction.connection, one)
        if seen is not None:
            resolve(transaction, one.id, msg_id=seen.msg_id, sent_ms=to_ms(seen.time))


def resolve(transaction: Transaction, message_id: int, *, msg_id: str, sent_ms: int) -> None:
    """Note that an unknown message was found among what sync brings, under `msg_id`."""
    move(transaction, message_id, DeliveryEvent.FOUND, msg_id=msg_id, sent_ms=sent_ms)


def _make_room(transaction: Transaction, message: StoredMessage, msg_id: str) -> bool:
    """Return True when `message` can have `msg_id`; a row of the same message that sync brought before is deleted."""
    holder = find(transaction.connection, msg_id)
    if holder is None or holder.id == message.id:
        return True
    if holder.outgoing or not holder.mine or holder.conversation_id != message.conversation_id:
        return False  # The server gave one MsgID twice. Both rows stay; this one cannot be revoked.
    transaction.connection.execute("DELETE FROM message WHERE id = ?", (holder.id,))
    transaction.message_removed(holder)
    conversations.message_left(transaction, holder.conversation_id)
    return True


def recall(transaction: Transaction, msg_id: str) -> None:
    """Mark a message that a notice says was revoked, if it is here; its text stays."""
    message = find(transaction.connection, msg_id)
    if message is not None and message.state not in (DeliveryState.RECALLED, DeliveryState.REVOKED):
        move(transaction, message.id, DeliveryEvent.RECALL)
        if message.mention is not None:
            conversations.set_mention_unread(transaction, message.conversation_id, message.id, False)


def _recall_if_named(transaction: Transaction, message_id: int, msg_id: str) -> None:
    """Mark a message whose revoke notice came before it."""
    named = transaction.connection.execute("SELECT 1 FROM message WHERE recalls = ? LIMIT 1", (storable(msg_id),))
    if msg_id and named.fetchone():
        recall(transaction, msg_id)


def find(connection: sqlite3.Connection, msg_id: str) -> StoredMessage | None:
    """Return the message with this MsgID, or None."""
    row = connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m WHERE m.msg_id = ?", (storable(msg_id) or None,)
    ).fetchone()
    return None if row is None else rows.as_message(row)


def unread_mentions(connection: sqlite3.Connection, conversation_id: int | None = None) -> list[StoredMessage]:
    """Return the unread messages that name oneself, of a conversation or of all, the oldest first."""
    there, values = ("", ()) if conversation_id is None else ("AND m.conversation_id = ?", (conversation_id,))
    found = connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m INDEXED BY message_mention_unread WHERE m.mention_unread = 1 {there}"
        " ORDER BY m.time_ms, m.id",
        values,
    )
    return [rows.as_message(row) for row in found]


def note_file(transaction: Transaction, message_id: int, name: str, size: int) -> None:
    """Remember the name and size, in bytes, of the file as which a picture or recording was saved on this computer."""
    row = transaction.connection.execute("SELECT body FROM message WHERE id = ?", (message_id,)).fetchone()
    body = None if row is None else unpack_body(row[0])
    if not isinstance(body, Image | Voice | Video | Emoticon):
        return
    noted = pack(structs.replace(body, name=storable(name), size=size))
    transaction.connection.execute("UPDATE message SET body = ? WHERE id = ?", (noted, message_id))
    transaction.message_changed(message_id)


def contents(conversation_id: int, message: Message) -> tuple[object, ...]:
    """Return what tells a received message without an id from another, as columns; see `without_id`."""
    return (
        conversation_id,
        to_ms(message.time),
        message.mine,
        storable(message.sender),
        pack(message.body),
        storable(message.content),
    )


def without_id(connection: sqlite3.Connection, login: Login, columns: tuple[object, ...]) -> int:
    """Count the messages without an id, and with these contents, that were received in this login."""
    row = connection.execute(
        "SELECT count(*) FROM message WHERE conversation_id = ? AND time_ms = ? AND mine = ? AND sender = ?"
        " AND body = ? AND content = ? AND login_id = ? AND msg_id IS NULL AND client_msg_id = ''",
        (*columns, login.id),
    ).fetchone()
    return int(row[0])


def last_outgoing(connection: sqlite3.Connection, conversation_id: int | None) -> StoredMessage | None:
    """Return the last message that this program sent, may have sent or has yet to send, in a conversation or in any.

    Whoever recalls the last message must not recall the one before it: a message whose answer was lost counts, and so
    does one that another shell is just sending. The last is the last row: our clock may have been set back since an
    earlier message was written.
    """
    # The plus keeps SQLite from going through the conversation, instead of the few messages that have not left.
    there, values = ("", ()) if conversation_id is None else ("conversation_id = ? AND", (conversation_id,))
    found = (
        connection.execute(f"SELECT max(id) FROM message WHERE {where} state {states}", values).fetchone()[0]
        for where, states in (
            (there, "IN ('sent', 'revoke_unknown')"),
            (there, "= 'unknown'"),
            (there and f"+{there}", "IN ('pending', 'sending')"),
        )
    )
    last = max(filter(None, found), default=None)
    return None if last is None else rows.message(connection, last)


def page_before(
    connection: sqlite3.Connection, conversation_id: int, before: Place | None, limit: int
) -> list[StoredMessage]:
    """Return at most `limit` messages just before a place, or the newest ones; ascending."""
    return _page(connection, conversation_id, "<", before, "DESC", limit)[::-1]


def page_after(
    connection: sqlite3.Connection, conversation_id: int, after: Place | None, limit: int, only: Conditions = ((), ())
) -> list[StoredMessage]:
    """Return at most `limit` messages just after a place, or the first ones; ascending. `only` those that are meant."""
    return _page(connection, conversation_id, ">", after, "ASC", limit, only)


def rows_after(connection: sqlite3.Connection, row: int, limit: int) -> list[StoredMessage]:
    """Return at most `limit` messages that were stored after a row, in all conversations; in the order of storing."""
    found = connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m WHERE m.id > ? ORDER BY m.id LIMIT ?", (row, limit)
    )
    return [rows.as_message(one) for one in found]


def last_row(connection: sqlite3.Connection) -> int:
    """Return the id of the message that was stored last, in any conversation; 0 when there is none."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0])


def newest_row(connection: sqlite3.Connection) -> StoredMessage | None:
    """Return the message that was stored last, if there is one."""
    found = connection.execute("SELECT max(id) FROM message").fetchone()[0]
    return None if found is None else rows.message(connection, found)


def _page(
    connection: sqlite3.Connection,
    conversation_id: int,
    sign: str,
    place: Place | None,
    order: str,
    limit: int,
    only: Conditions = ((), ()),
) -> list[StoredMessage]:
    bound = "" if place is None else f"AND (m.time_ms, m.id) {sign} (?, ?)"
    clauses, values = only
    found = connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m WHERE m.conversation_id = ? {bound} {' '.join(clauses)}"
        f" ORDER BY m.time_ms {order}, m.id {order} LIMIT ?",
        (conversation_id, *(() if place is None else (to_ms(place.time), place.id)), *values, max(limit, 0)),
    )
    return [rows.as_message(row) for row in found]
