"""The conversation list: one row a conversation, found by the UserName it has in a login."""

from __future__ import annotations

import sqlite3
from typing import Final

from tui.errors import TargetUnknown
from tui.store.db.transaction import Transaction
from tui.store.mapping import rows
from tui.store.mapping.codec import inserted_id, storable, unpack_contact
from tui.store.models import Conversation, Login
from tui.store.tables import contacts
from tui.wire.contacts import Contact, kind_of
from tui.wire.names import SPECIAL_ACCOUNTS

_HIGHEST: Final = "conversation.highest_deleted"
"""Key in `memory`."""


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
    """The id of the conversation that has this UserName in `login`."""
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
    """Whether there is a conversation of that id."""
    return connection.execute("SELECT 1 FROM conversation WHERE id = ?", (conversation_id,)).fetchone() is not None


def find_or_make(writing: Transaction, login: Login, user_name: str) -> int:
    """The same, made if it is not there.

    A special account is the same at every login; `logins.begin` has moved its conversation here if there is one.
    """
    found = find(writing.connection, login, user_name)
    if found is not None:
        return found
    user_name = storable(user_name)
    known = contacts.find(writing.connection, login, user_name)
    contact = known or Contact(user_name, kind=kind_of(user_name, self_name=login.user_name))
    cursor = writing.connection.execute(
        "INSERT INTO conversation (id, uin, special, login_id, user_name, title, kind, muted, pinned)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            _fresh_id(writing.connection),
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
    writing.connection.execute(
        "INSERT INTO peer (login_id, user_name, conversation_id) VALUES (?, ?, ?)", (login.id, user_name, made)
    )
    writing.conversation_changed(made)
    return made


def written_to(writing: Transaction, login: Login, user_name: str) -> Conversation:
    """Return the conversation with this UserName, made if there is none.

    A login may have begun since the UserName was chosen. Then it is the conversation of whoever had that UserName
    before, however they are called now; never a stranger's. Raises `TargetUnknown` when they have none.
    """
    connection = writing.connection
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
    return rows.conversation(connection, find_or_make(writing, login, user_name))


def delete(writing: Transaction, conversation_id: int) -> None:
    """An empty one goes. Its id is never given out again: who still holds it must not come upon another's words."""
    writing.connection.execute(
        "INSERT INTO memory (key, value) VALUES (?1, ?2)"
        " ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), ?2)",
        (_HIGHEST, conversation_id),
    )
    writing.connection.execute("DELETE FROM conversation WHERE id = ?", (conversation_id,))


def _fresh_id(connection: sqlite3.Connection) -> int:
    """One that no conversation has or had."""
    highest = connection.execute(
        "SELECT max(coalesce((SELECT max(id) FROM conversation), 0),"
        " coalesce((SELECT CAST(value AS INTEGER) FROM memory WHERE key = ?), 0))",
        (_HIGHEST,),
    )
    return int(highest.fetchone()[0]) + 1


def mark_read(writing: Transaction, conversation_id: int) -> None:
    """Nothing is unread there any more."""
    _update(writing, "UPDATE conversation SET unread = 0 WHERE id = ? AND unread <> 0", conversation_id)


def set_draft(writing: Transaction, conversation_id: int, text: str) -> None:
    """What is typed there and not sent yet; "" for nothing."""
    text = storable(text)
    _update(writing, "UPDATE conversation SET draft = ?1 WHERE id = ?2 AND draft <> ?1", text, conversation_id)


def set_hushed(writing: Transaction, conversation_id: int, on: bool) -> None:
    """No bell for it on this computer, or again."""
    _update(writing, "UPDATE conversation SET hushed = ?1 WHERE id = ?2 AND hushed <> ?1", on, conversation_id)


def message_arrived(writing: Transaction, conversation_id: int, message_id: int, time_ms: int, *, unread: bool) -> None:
    """A message was inserted: perhaps the newest of its conversation, perhaps one more unread."""
    writing.connection.execute(
        "UPDATE conversation SET last_ms = ?1, last_message_id = ?2 WHERE id = ?3"
        " AND (last_message_id IS NULL OR (last_ms, last_message_id) < (?1, ?2))",
        (time_ms, message_id, conversation_id),
    )
    if unread:
        writing.connection.execute("UPDATE conversation SET unread = unread + 1 WHERE id = ?", (conversation_id,))
    writing.conversation_changed(conversation_id)


def message_left(writing: Transaction, conversation_id: int) -> None:
    """A message was deleted: look for the newest one again."""
    row = writing.connection.execute(
        "SELECT time_ms, id FROM message WHERE conversation_id = ? ORDER BY time_ms DESC, id DESC LIMIT 1",
        (conversation_id,),
    ).fetchone()
    writing.connection.execute(
        "UPDATE conversation SET last_ms = ?, last_message_id = ? WHERE id = ?", (*(row or (0, None)), conversation_id)
    )
    writing.conversation_changed(conversation_id)


def _update(writing: Transaction, statement: str, *values: str | int) -> None:
    """Run an UPDATE of one conversation, the last value being its id; tell it if something changed."""
    if writing.connection.execute(statement, values).rowcount:
        writing.conversation_changed(int(values[-1]))
