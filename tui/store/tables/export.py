"""Messages with the names of their time: the chat's, and the sender's in the login in which the message came."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tui.store.mapping import rows
from tui.store.models import ExportedMessage, Place, StoredMessage
from tui.store.search.filters import Conditions
from tui.store.tables import contacts, messages


def named(connection: sqlite3.Connection, several: Iterable[StoredMessage]) -> list[ExportedMessage]:
    """Return messages with their names; each name is looked up once."""
    names = _Names(connection)
    return [ExportedMessage(message, names.chat(message.conversation_id), names.sender(message)) for message in several]


def page(
    connection: sqlite3.Connection, conversation_id: int, after: Place | None, limit: int, only: Conditions
) -> list[ExportedMessage]:
    """Return at most `limit` messages of a conversation just after a place, or the first ones; ascending."""
    return named(connection, messages.page_after(connection, conversation_id, after, limit, only))


def conversation_ids(connection: sqlite3.Connection) -> list[int]:
    """Return the ids of the conversations of all logins, in the order in which they were begun."""
    return [row_id for (row_id,) in connection.execute("SELECT id FROM conversation ORDER BY id")]


class _Names:
    """Looks names up as they are needed, and keeps them while one page is read."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._chats: dict[int, str] = {}
        self._members: dict[tuple[int, int], dict[str, str]] = {}
        self._people: dict[tuple[int, str], tuple[str, str]] = {}

    def chat(self, conversation_id: int) -> str:
        if conversation_id not in self._chats:
            self._chats[conversation_id] = rows.conversation(self._connection, conversation_id).name
        return self._chats[conversation_id]

    def sender(self, message: StoredMessage) -> str:
        if message.mine or not message.sender:
            return ""
        login_id = self._login_of(message)
        # One's own remark, else the name in the group, else the nickname: as the messages on the screen have it.
        own, plain = self._person(login_id, message.sender)
        return own or self._in_group(login_id, message.conversation_id).get(message.sender) or plain

    def _login_of(self, message: StoredMessage) -> int:
        row = self._connection.execute("SELECT login_id FROM message WHERE id = ?", (message.id,)).fetchone()
        return 0 if row is None else int(row[0])

    def _in_group(self, login_id: int, conversation_id: int) -> dict[str, str]:
        key = login_id, conversation_id
        if key not in self._members:
            row = self._connection.execute(
                "SELECT user_name FROM peer WHERE conversation_id = ? AND login_id = ?", (conversation_id, login_id)
            ).fetchone()
            group = None if row is None else contacts.known(self._connection, login_id, row[0])
            self._members[key] = (
                {} if group is None else {member.user_name: member.name for member in group.writers if member.name}
            )
        return self._members[key]

    def _person(self, login_id: int, user_name: str) -> tuple[str, str]:
        """Return one's own remark for somebody, "" without one, and the name that is shown."""
        key = login_id, user_name
        if key not in self._people:
            contact = contacts.known(self._connection, login_id, user_name)
            self._people[key] = ("", "") if contact is None else (contact.remark_name, contact.name)
        return self._people[key]
