"""Mentions as messages arrive: the names that count in a group, and which of one's own messages is quoted."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Final

from tui.store.db import key_value
from tui.store.db.transaction import Transaction
from tui.store.mapping.codec import unpack_body
from tui.store.models import Login
from tui.store.tables import contacts, conversations
from tui.wire.bodies import Body, Message, Quote
from tui.wire.contacts import Contact
from tui.wire.mentions import GroupNames, Mention, may_mention, mention_in

_LOOKED_AT_AGAIN: Final = 200
"""Newest messages of a group that are looked at again when its members' names have come."""
LOOK_BACK: Final = "mentions.look_back"
"""Key of `memory`: the newest row that is still to be looked at of those that a version without mentions stored."""
_LOOKED_BACK: Final = 500
"""Messages that are looked at in one transaction: some milliseconds in which nothing else is stored."""


class MentionFinder:
    """Finds out how messages of one login name oneself; the names of each group are looked up once.

    Made before the contacts of an answer are stored and asked after it: who has just got another name is still called
    by the one before.
    """

    def __init__(self, connection: sqlite3.Connection, login: Login) -> None:
        self._connection = connection
        self._login = login
        self._names: dict[str, GroupNames | None] = {}
        self._before: dict[str, GroupNames] = {}

    def note_names(self, messages: Collection[Message]) -> None:
        """Remember the names that count until now, in the groups of these messages."""
        for chat in {message.chat for message in messages if _may_mention(message)}:
            names = self._read(chat)
            if names is not None:
                self._before[chat] = names

    def mention_of(self, message: Message) -> Mention | None:
        """Return how a message that arrived names oneself, if it does."""
        return self._find(message.chat, message.body) if _may_mention(message) else None

    def _find(self, chat: str, body: Body) -> Mention | None:
        if chat not in self._names:
            self._names[chat] = self._with_those_before(chat, self._read(chat))
        names = self._names[chat]
        return None if names is None else mention_in(body, names, quotes_mine=self._quotes_mine(body))

    def _with_those_before(self, chat: str, names: GroupNames | None) -> GroupNames | None:
        before = self._before.get(chat)
        if names is None or before is None or before == names:
            return names
        mine = names.mine | before.mine
        return GroupNames(mine, (names.others | before.others) - mine)

    def _read(self, chat: str) -> GroupNames | None:
        """Return the names in a group; None for a group in which oneself is not."""
        group = contacts.known(self._connection, self._login.id, chat)
        myself = contacts.known(self._connection, self._login.id, self._login.user_name)
        mine = {myself.nick_name} if myself is not None else set()
        others: set[str] = set()
        if group is not None:
            for member in group.members:
                names = mine if member.user_name == self._login.user_name else others
                names |= {member.display_name, member.nick_name}
            if not _is_in(group, self._login.user_name):
                return None
        return GroupNames(frozenset(mine - {""}), frozenset(others - {""}))

    def _quotes_mine(self, body: Body) -> bool | None:
        if not isinstance(body, Quote) or not body.quoted_id:
            return None
        row = self._connection.execute("SELECT mine FROM message WHERE msg_id = ?", (body.quoted_id,)).fetchone()
        return None if row is None else bool(row[0])

    def look_again(self, transaction: Transaction, chat: str) -> None:
        """Look at the newest messages of a group again: until now nobody knew its members' names."""
        conversation_id = conversations.find(self._connection, self._login, chat)
        if conversation_id is None:
            return
        found = self._connection.execute(
            "SELECT id, body, mention FROM (SELECT id, login_id, mine, state, body, mention FROM message"
            " WHERE conversation_id = ? ORDER BY time_ms DESC, id DESC LIMIT ?)"
            " WHERE login_id = ? AND NOT mine AND state <> 'recalled'",
            (conversation_id, _LOOKED_AT_AGAIN, self._login.id),
        ).fetchall()
        for message_id, packed, stored in found:
            self.judge(transaction, chat, conversation_id, message_id, packed, stored)

    def judge(
        self, transaction: Transaction, chat: str, conversation_id: int, message_id: int, packed: str, stored: str
    ) -> None:
        """Look whether a stored message names oneself, and note it where that is not as it is `stored`."""
        body = unpack_body(packed)
        mention = self._find(chat, body) if may_mention(body) else None
        value = "" if mention is None else mention.value
        if value == stored:
            return
        self._connection.execute("UPDATE message SET mention = ? WHERE id = ?", (value, message_id))
        transaction.message_changed(message_id)
        unread = bool(value) and conversations.is_unread(self._connection, conversation_id, message_id)
        conversations.set_mention_unread(transaction, conversation_id, message_id, unread)


def look_back(transaction: Transaction) -> bool:
    """Look at some of the messages that a version stored which found no mentions; return whether there are more.

    The newest come first. The names are those that are known of the login in which a message came.
    """
    connection = transaction.connection
    until = key_value.read(connection, LOOK_BACK)
    if not until:
        return False
    first, count = connection.execute(
        "SELECT min(id), count(*) FROM (SELECT id FROM message WHERE id <= ? ORDER BY id DESC LIMIT ?)",
        (int(until), _LOOKED_BACK),
    ).fetchone()
    found = connection.execute(
        "SELECT m.id, m.conversation_id, m.login_id, m.body, m.mention, l.uin, l.user_name, p.user_name"
        " FROM message AS m CROSS JOIN conversation AS c ON c.id = m.conversation_id AND c.kind = 'group'"
        " CROSS JOIN login AS l ON l.id = m.login_id"
        " CROSS JOIN peer AS p ON p.conversation_id = m.conversation_id AND p.login_id = m.login_id"
        " WHERE m.id BETWEEN ? AND ? AND m.mention = '' AND NOT m.mine AND m.state <> 'recalled'",
        (first, int(until)),
    ).fetchall()
    finders: dict[int, MentionFinder] = {}
    for message_id, conversation_id, login_id, packed, stored, uin, myself, chat in found:
        if login_id not in finders:
            finders[login_id] = MentionFinder(connection, Login(login_id, uin, myself))
        finders[login_id].judge(transaction, chat, conversation_id, message_id, packed, stored)
    more = bool(count == _LOOKED_BACK)
    key_value.write(transaction, LOOK_BACK, str(first - 1) if more else "")
    return more


def _may_mention(message: Message) -> bool:
    return message.chat.startswith("@@") and not message.mine and may_mention(message.body)


def _is_in(group: Contact, user_name: str) -> bool:
    """Return False when the members of a group are known, all of them, and oneself is none."""
    whole = bool(group.members) and group.member_count in (0, len(group.members))
    return not whole or any(member.user_name == user_name for member in group.members)
