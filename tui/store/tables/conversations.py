"""Conversations: a row each, found by the UserName that it has in a login."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final, get_args

from tui.errors import TargetUnknown
from tui.store.db.transaction import Transaction
from tui.store.mapping import rows
from tui.store.mapping.codec import from_ms, inserted_id, storable, to_ms, unpack_contact
from tui.store.models import Conversation, Login, NotifyRule
from tui.store.tables import contacts
from tui.wire.bodies import Notice
from tui.wire.contacts import Contact, kind_of
from tui.wire.names import SPECIAL_ACCOUNTS

_HIGHEST: Final = "conversation.highest_deleted"
"""Key of `memory`: the highest id of a conversation that was deleted."""
_LAST_ROW: Final = 2**63 - 1
FROM_OTHERS: Final = "NOT mine" + "".join(
    f""" AND body NOT LIKE '{{"type":"{kind.__name__}"%'""" for kind in get_args(Notice)
)
"""Condition for a message that is `from_others`. The unread ones are the last of these to arrive."""


def page(
    connection: sqlite3.Connection, login: Login, *, limit: int | None = None, offset: int = 0
) -> list[Conversation]:
    """Return the conversations of `login`: pinned first, then by the newest message, then the youngest."""
    found = connection.execute(
        f"SELECT {rows.CONVERSATION}, {rows.MESSAGE} FROM conversation AS c"
        " LEFT JOIN message AS m ON m.id = c.last_message_id WHERE c.login_id = ?"
        " ORDER BY c.pinned DESC, c.last_ms DESC, c.id DESC LIMIT ? OFFSET ?",
        (login.id, -1 if limit is None else max(limit, 0), max(offset, 0)),
    )
    return [rows.as_conversation(row) for row in found]


def find(connection: sqlite3.Connection, login: Login, user_name: str) -> int | None:
    """Return the id of the conversation that has this UserName in `login`, or None."""
    row = connection.execute(
        "SELECT conversation_id FROM peer WHERE login_id = ? AND user_name = ?", (login.id, storable(user_name))
    ).fetchone()
    return None if row is None else int(row[0])


def with_user(connection: sqlite3.Connection, login: Login, user_name: str) -> Conversation | None:
    """Return the conversation with this UserName of `login`, if there is one."""
    found = find(connection, login, user_name)
    return None if found is None else rows.conversation(connection, found)


def namesakes(connection: sqlite3.Connection, login: Login) -> list[Conversation]:
    """Return the conversations of `login` whose shown name another one of them has, too."""
    found = connection.execute(
        "SELECT id FROM conversation WHERE login_id = ?1 AND title IN (SELECT title FROM conversation"
        " WHERE login_id = ?1 AND title <> '' GROUP BY title HAVING count(*) > 1) ORDER BY id",
        (login.id,),
    )
    return rows.conversations(connection, [row_id for (row_id,) in found])


def exists(connection: sqlite3.Connection, conversation_id: int) -> bool:
    """Return True when there is a conversation with this id."""
    return connection.execute("SELECT 1 FROM conversation WHERE id = ?", (conversation_id,)).fetchone() is not None


def find_or_make(transaction: Transaction, login: Login, user_name: str) -> int:
    """Return the id of the conversation that has this UserName in `login`; made if there is none.

    A special account is the same at every login; `logins.begin` has moved its conversation here if there is one.
    """
    found = find(transaction.connection, login, user_name)
    if found is not None:
        return found
    user_name = storable(user_name)
    known = contacts.find(transaction.connection, login, user_name)
    contact = known or Contact(user_name, kind=kind_of(user_name, self_name=login.user_name))
    cursor = transaction.connection.execute(
        "INSERT INTO conversation (id, uin, special, login_id, user_name, title, kind, muted, pinned)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            fresh_id(transaction.connection),
            login.uin,
            user_name if user_name in SPECIAL_ACCOUNTS else "",
            login.id,
            user_name,
            storable(known.name) if known else "",
            contact.kind.value,
            contact.muted,
            contact.pinned,
        ),
    )
    made = inserted_id(cursor)
    transaction.connection.execute(
        "INSERT INTO peer (login_id, user_name, conversation_id) VALUES (?, ?, ?)", (login.id, user_name, made)
    )
    transaction.conversation_changed(made)
    return made


def written_to(transaction: Transaction, login: Login, user_name: str) -> Conversation:
    """Return the conversation with this UserName, made if there is none.

    A login may have begun since the UserName was chosen. Then it is the conversation of whoever had that UserName
    before, however they are called now; never a stranger's. Raises `TargetUnknown` when they have none.
    """
    connection = transaction.connection
    if find(connection, login, user_name) is None and contacts.find(connection, login, user_name) is None:
        earlier = connection.execute(
            "SELECT p.conversation_id, c.data FROM login AS l"
            " LEFT JOIN peer AS p ON p.login_id = l.id AND p.user_name = ?1"
            " LEFT JOIN contact AS c ON c.login_id = l.id AND c.user_name = ?1"
            " WHERE l.uin = ?2 AND l.id < ?3 AND (p.user_name NOT NULL OR c.user_name NOT NULL)"
            " ORDER BY l.id DESC LIMIT 1",
            (storable(user_name), login.uin, login.id),
        ).fetchone()
        if earlier is not None:
            conversation_id, data = earlier
            if conversation_id is None:
                raise TargetUnknown(target=unpack_contact(data, user_name).name)
            return rows.conversation(connection, conversation_id)
    return rows.conversation(connection, find_or_make(transaction, login, user_name))


def delete(transaction: Transaction, conversation_id: int) -> None:
    """Delete an empty conversation. Its id is never given out again: somebody may still hold it."""
    transaction.connection.execute(
        "INSERT INTO memory (key, value) VALUES (?1, ?2)"
        " ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), ?2)",
        (_HIGHEST, conversation_id),
    )
    transaction.connection.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))


def fresh_id(connection: sqlite3.Connection) -> int:
    """Return an id that no conversation has or had."""
    highest = connection.execute(
        "SELECT max(coalesce((SELECT max(id) FROM conversation), 0),"
        " coalesce((SELECT CAST(value AS INTEGER) FROM memory WHERE key = ?), 0))",
        (_HIGHEST,),
    )
    return int(highest.fetchone()[0]) + 1


def mark_read(transaction: Transaction, conversation_id: int, until: int | None = None) -> None:
    """Mark everything in a conversation as read, or what was stored up to the row `until`: more may have come since."""
    connection, left = transaction.connection, 0
    if until is not None:
        # The plus: few rows came since, and the conversation may have a hundred thousand.
        (left,) = connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM message WHERE +conversation_id = ?1 AND id > ?2 AND {FROM_OTHERS}"
            " LIMIT (SELECT unread FROM conversation WHERE id = ?1))",
            (conversation_id, until),
        ).fetchone()
    connection.execute(
        "UPDATE message SET mention_unread = 0 WHERE conversation_id = ?1 AND mention_unread = 1 AND id <= ?2",
        (conversation_id, _LAST_ROW if until is None else until),
    )
    _update(
        transaction, "UPDATE conversation SET unread = ?1 WHERE id = ?2 AND unread <> ?1", int(left), conversation_id
    )
    count_mentions(transaction, conversation_id)


def unread_rows(connection: sqlite3.Connection, conversation_id: int) -> list[int]:
    """Return the ids of the unread messages of a conversation."""
    found = connection.execute(
        f"SELECT id FROM message WHERE conversation_id = ?1 AND {FROM_OTHERS}"
        " ORDER BY id DESC LIMIT (SELECT unread FROM conversation WHERE id = ?1)",
        (conversation_id,),
    )
    return [message_id for (message_id,) in found]


def is_unread(connection: sqlite3.Connection, conversation_id: int, message_id: int) -> bool:
    """Return whether a message of somebody else, which counts, is among the unread ones."""
    (unread,) = connection.execute("SELECT unread FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    later = connection.execute(
        f"SELECT 1 FROM message WHERE conversation_id = ? AND id > ? AND {FROM_OTHERS} LIMIT ?",
        (conversation_id, message_id, unread),
    )
    return len(later.fetchall()) < int(unread)


def set_mention_unread(transaction: Transaction, conversation_id: int, message_id: int, on: bool) -> None:
    """Note whether a message that names oneself is still unread."""
    transaction.connection.execute("UPDATE message SET mention_unread = ? WHERE id = ?", (on, message_id))
    count_mentions(transaction, conversation_id)


def count_mentions(transaction: Transaction, conversation_id: int) -> None:
    """Count the unread messages that name oneself again, after one was recalled, moved or deleted."""
    (number,) = transaction.connection.execute(
        "SELECT count(*) FROM message WHERE conversation_id = ? AND mention_unread = 1", (conversation_id,)
    ).fetchone()
    _update(
        transaction,
        "UPDATE conversation SET mentions = ?1 WHERE id = ?2 AND mentions <> ?1",
        number,
        conversation_id,
    )


def set_draft(transaction: Transaction, conversation_id: int, text: str) -> None:
    """Keep what is typed in a conversation and not sent yet; "" for nothing."""
    text = storable(text)
    _update(transaction, "UPDATE conversation SET draft = ?1 WHERE id = ?2 AND draft <> ?1", text, conversation_id)


def set_hushed(transaction: Transaction, conversation_id: int, on: bool, until: datetime | None = None) -> None:
    """Switch notifications of a conversation off on this computer, for good or `until` a time; or on again."""
    until_ms = to_ms(until) if on and until is not None else 0
    for_ms = max(until_ms - to_ms(transaction.now), 0) if until_ms else 0
    _update(
        transaction,
        "UPDATE conversation SET hushed = ?1, hushed_until_ms = ?2, hushed_for_ms = ?3"
        " WHERE id = ?4 AND (hushed, hushed_until_ms) <> (?1, ?2)",
        on,
        until_ms,
        for_ms,
        conversation_id,
    )


def end_mutes(transaction: Transaction) -> datetime | None:
    """Ring again for those whose time is over; return when the next one's is, None when there is none.

    One that would last longer than was asked for when it began is of a time at which the clock was ahead: it lasts as
    long from now on.
    """
    now_ms, connection = to_ms(transaction.now), transaction.connection
    timed = "FROM conversation WHERE hushed_until_ms > 0"
    for conversation_id, until_ms, for_ms in connection.execute(
        f"SELECT id, hushed_until_ms, hushed_for_ms {timed}"
    ).fetchall():
        if until_ms <= now_ms:
            set_hushed(transaction, conversation_id, False)
        elif until_ms - now_ms > for_ms:
            set_hushed(transaction, conversation_id, True, from_ms(now_ms + for_ms))
    (next_ms,) = connection.execute(f"SELECT min(hushed_until_ms) {timed}").fetchone()
    return None if next_ms is None else from_ms(next_ms)


def set_notify(transaction: Transaction, conversation_id: int, rule: NotifyRule | None) -> None:
    """Give a conversation a rule of its own; None: that of its kind counts."""
    said = "" if rule is None else rule.value
    _update(transaction, "UPDATE conversation SET notify = ?1 WHERE id = ?2 AND notify <> ?1", said, conversation_id)


def take_rules(connection: sqlite3.Connection, younger: int, conversation_id: int) -> None:
    """Let what was said of the younger one's notifications count for the conversation that it becomes a part of.

    Of two mutes the longer one stays, of two rules the younger.
    """
    connection.execute(
        "UPDATE conversation AS c SET notify = CASE y.notify WHEN '' THEN c.notify ELSE y.notify END,"
        " (hushed, hushed_until_ms, hushed_for_ms) = (SELECT hushed, hushed_until_ms, hushed_for_ms FROM conversation"
        " WHERE id IN (c.id, y.id) ORDER BY hushed DESC, hushed_until_ms = 0 DESC, hushed_until_ms DESC LIMIT 1)"
        " FROM conversation AS y WHERE y.id = ? AND c.id = ?",
        (younger, conversation_id),
    )


def message_arrived(
    transaction: Transaction,
    conversation_id: int,
    message_id: int,
    time_ms: int,
    *,
    unread: bool,
    mention: bool = False,
) -> None:
    """Update the conversation of a message that was inserted: its newest message, the number of unread ones."""
    transaction.connection.execute(
        "UPDATE conversation SET last_ms = ?1, last_message_id = ?2 WHERE id = ?3"
        " AND (last_message_id IS NULL OR (last_ms, last_message_id) < (?1, ?2))",
        (time_ms, message_id, conversation_id),
    )
    if unread:
        transaction.connection.execute(
            "UPDATE conversation SET unread = unread + 1, mentions = mentions + ? WHERE id = ?",
            (mention, conversation_id),
        )
    transaction.conversation_changed(conversation_id)


def message_left(transaction: Transaction, conversation_id: int) -> None:
    """Look for the newest message of a conversation again, after one was deleted."""
    row = transaction.connection.execute(
        "SELECT time_ms, id FROM message WHERE conversation_id = ? ORDER BY time_ms DESC, id DESC LIMIT 1",
        (conversation_id,),
    ).fetchone()
    transaction.connection.execute(
        "UPDATE conversation SET last_ms = ?, last_message_id = ? WHERE id = ?", (*(row or (0, None)), conversation_id)
    )
    transaction.conversation_changed(conversation_id)


def _update(transaction: Transaction, statement: str, *values: str | int) -> None:
    """Run an UPDATE of a conversation, the last value being its id; note it if something changed."""
    if transaction.connection.execute(statement, values).rowcount:
        transaction.conversation_changed(int(values[-1]))
