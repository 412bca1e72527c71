"""Earlier logins: conversations that belong to no contact of the current login, and the names of their senders."""

from __future__ import annotations

import sqlite3
from typing import Final

from tui.store.mapping import rows
from tui.store.models import Conversation, Login
from tui.store.tables import contacts
from tui.wire.contacts import ContactKind

_LOGINS: Final = 100
"""Newest logins whose names are looked up for a conversation."""


def page(
    connection: sqlite3.Connection, login: Login, *, limit: int | None = None, offset: int = 0
) -> list[Conversation]:
    """Return conversations of earlier logins of this account that hold something, the newest message first."""
    found = connection.execute(
        f"SELECT {rows.CONVERSATION}, {rows.MESSAGE} FROM conversation AS c"
        " LEFT JOIN message AS m ON m.id = c.last_message_id"
        " WHERE c.login_id < ? AND c.uin = ? AND (c.last_message_id IS NOT NULL OR c.draft <> '')"
        " ORDER BY c.last_ms DESC, c.id DESC LIMIT ? OFFSET ?",
        (login.id, login.uin, -1 if limit is None else max(limit, 0), max(offset, 0)),
    )
    return [rows.as_conversation(row) for row in found]


def names(connection: sqlite3.Connection, conversation_id: int) -> dict[str, str]:
    """Return UserName → name of those who could write in a conversation in earlier logins; oneself is "".

    A remark comes first, then the group's own name for a member, then the nickname; as they were at the time.
    """
    logins = connection.execute(
        "SELECT p.login_id, p.user_name, l.user_name FROM peer AS p JOIN login AS l ON l.id = p.login_id"
        " WHERE p.conversation_id = ? AND p.login_id < (SELECT max(id) FROM login) ORDER BY p.login_id DESC LIMIT ?",
        (conversation_id, _LOGINS),
    ).fetchall()
    found: dict[str, str] = {}
    for login_id, user_name, me in logins:
        then = Login(login_id, "", me)
        chat = contacts.known(connection, login_id, user_name)
        if chat is None:
            continue
        members = chat.writers if chat.kind is ContactKind.GROUP else ()
        known = contacts.named(connection, then, [user_name, *(member.user_name for member in members)])
        here = {member.user_name: member.name for member in members}
        here |= {one.user_name: one.remark_name or here.get(one.user_name, "") or one.name for one in known}
        here[me] = ""
        for name, shown in here.items():
            found.setdefault(name, shown)
    return found
