"""Friend requests: messages whose body says what became of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import Final

from msgspec import structs

from tui.store.db.transaction import Transaction
from tui.store.errors import NoSuchRow
from tui.store.mapping import rows
from tui.store.mapping.codec import pack
from tui.store.models import Login, ReceivedRequest, StoredMessage
from tui.store.tables import contacts
from tui.wire.bodies import FriendRequest, RequestAnswer
from tui.wire.contacts import Contact
from tui.wire.names import ContactFlag

_IS_ONE: Final = """substr(m.body, 1, 23) = '{"type":"FriendRequest"'"""
"""Condition of the index `message_friend_request`."""
_MOST: Final = 1000
_FRIEND: Final = int(ContactFlag.CONTACT)


def received(connection: sqlite3.Connection, login: Login) -> list[ReceivedRequest]:
    """Return the friend requests, also of earlier logins, the newest first; of one person in a login the newest."""
    found = connection.execute(
        f"SELECT m.login_id, {rows.MESSAGE} FROM message AS m WHERE {_IS_ONE} ORDER BY m.id DESC LIMIT ?", (_MOST,)
    )
    newest: dict[tuple[int, str], ReceivedRequest] = {}
    for login_id, *row in found:
        message = rows.as_message(tuple(row))
        if isinstance(message.body, FriendRequest):
            person = message.body.user_name or f"row {message.id}"
            newest.setdefault((login_id, person), ReceivedRequest(message, login_id == login.id))
    return list(newest.values())


def answer(transaction: Transaction, message_id: int, given: RequestAnswer, *, seen: RequestAnswer) -> bool:
    """Note what became of a request. False, and nothing is noted, where something else than `seen` was noted meanwhile.

    Who was accepted once is a friend, however often they asked in this login.
    """
    try:
        message = rows.message(transaction.connection, message_id)
    except NoSuchRow:
        return False  # It was too old to be kept.
    if not isinstance(message.body, FriendRequest) or message.body.answer is not seen:
        return False
    _note(transaction, message, given)
    if given is RequestAnswer.ACCEPTED:
        login_id = transaction.connection.execute("SELECT login_id FROM message WHERE id = ?", (message_id,)).fetchone()
        _settle(transaction, login_id[0], {message.body.user_name})
    return True


def befriended(connection: sqlite3.Connection, login: Login, changed: Iterable[Contact]) -> set[str]:
    """Return the UserNames among `changed`, not stored yet, of those who were no friends until now."""
    found = set()
    for contact in changed:
        if contact.flags & _FRIEND:
            known = contacts.find(connection, login, contact.user_name)
            if known is None or not known.flags & _FRIEND:
                found.add(contact.user_name)
    return found


def settle(transaction: Transaction, login: Login, friends: Collection[str]) -> None:
    """Note that these have become friends, here or on the phone: their requests are accepted."""
    if friends:
        _settle(transaction, login.id, friends)


def _settle(transaction: Transaction, login_id: int, friends: Collection[str]) -> None:
    found = transaction.connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m WHERE {_IS_ONE} AND m.login_id = ?", (login_id,)
    )
    for message in map(rows.as_message, found.fetchall()):
        if isinstance(message.body, FriendRequest) and message.body.user_name in friends:
            _note(transaction, message, RequestAnswer.ACCEPTED)


def _note(transaction: Transaction, message: StoredMessage, given: RequestAnswer) -> None:
    body = message.body
    if not isinstance(body, FriendRequest) or body.answer is given:
        return
    noted = pack(structs.replace(body, answer=given))
    transaction.connection.execute("UPDATE message SET body = ? WHERE id = ?", (noted, message.id))
    transaction.message_changed(message.id)
    transaction.conversation_changed(message.conversation_id)
