"""Ownership: in which address of its conversation a message came, or to which it was written.

Its login says that, where the conversation has one address in it. Where two contacts of one login were taken for one,
and where a message that waited got another address, the message says it itself (column `chat`).
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from tui.store.db.transaction import Transaction
from tui.store.delivery_state import DeliveryState
from tui.store.identity.identifications import PeerAddress, peers
from tui.store.mapping.column_types import Shape

NOT_LEFT: Final = frozenset({DeliveryState.PENDING.value, DeliveryState.FAILED.value, DeliveryState.CANCELLED.value})
"""States of messages that nobody has: they belong to whom they were written for, and not where they would go now."""

_SHAPE: Final = Shape("iitttt")
_GROUPED: Final = Shape("itttt" + "iii")


class OwnedMessage(msgspec.Struct, frozen=True):
    """Message of a conversation, and its address there; None where nothing tells it from the others of its login."""

    id: int
    owner: PeerAddress | None


class OwnedMessages(msgspec.Struct, frozen=True):
    """Messages of one login in a conversation, all of one address, or all of none that is known.

    `waiting` of them have not left.
    """

    owner: PeerAddress | None
    login_id: int
    count: int
    first_ms: int
    last_ms: int
    waiting: int


class Ownership:
    """Rule by which a message belongs to an address of its conversation."""

    def __init__(self, addresses: Sequence[PeerAddress]) -> None:
        self._by_login: defaultdict[int, list[PeerAddress]] = defaultdict(list)
        self._by_name: defaultdict[str, list[PeerAddress]] = defaultdict(list)
        for address in addresses:
            self._by_login[address.login_id].append(address)
            self._by_name[address.user_name].append(address)

    def of(self, login_id: int, state: str, sender: str, to_user_name: str, chat: str) -> PeerAddress | None:
        """Return the address of a message; None where it is not known, or was said before this login knew one."""
        if not to_user_name:
            names = (chat, sender)
        else:
            # What left went where it went, whomever it was written for.
            names = (chat, to_user_name) if state in NOT_LEFT else (to_user_name, "")
        for name in names:
            if found := self._by_name.get(name):
                return next((one for one in found if one.login_id == login_id), found[-1])
        here = self._by_login.get(login_id, ())
        return here[0] if len(here) == 1 else None


def messages(connection: sqlite3.Connection, conversation_id: int) -> Iterator[OwnedMessage]:
    """Yield all messages of a conversation."""
    ownership = Ownership(peers(connection, conversation_id))
    for row in connection.execute(
        "SELECT id, login_id, state, sender, to_user_name, chat FROM message WHERE conversation_id = ?",
        (conversation_id,),
    ):
        message_id, *facts = _SHAPE.check(row)
        yield OwnedMessage(message_id, ownership.of(*facts))


def counted(connection: sqlite3.Connection, conversation_id: int) -> Iterator[OwnedMessages]:
    """Yield all messages of a conversation, counted: there may be a hundred thousand, and few facts say whose."""
    ownership = Ownership(peers(connection, conversation_id))
    for row in connection.execute(
        "SELECT login_id, state, sender, to_user_name, chat, count(*), min(time_ms), max(time_ms) FROM message"
        " WHERE conversation_id = ? GROUP BY login_id, state, sender, to_user_name, chat",
        (conversation_id,),
    ):
        login_id, state, sender, to_user_name, chat, count, first_ms, last_ms = _GROUPED.check(row)
        owner = ownership.of(login_id, state, sender, to_user_name, chat)
        waiting = count if to_user_name and state == DeliveryState.PENDING.value else 0
        yield OwnedMessages(owner, login_id, count, first_ms, last_ms, waiting)


def mark(transaction: Transaction, one: int, other: int) -> None:
    """Let messages of two conversations say whose they are, where both have an address in one login."""
    connection = transaction.connection
    both = connection.execute(
        "SELECT DISTINCT p.login_id FROM peer AS p JOIN peer AS o ON o.login_id = p.login_id"
        " WHERE p.conversation_id = ? AND o.conversation_id = ?",
        (one, other),
    ).fetchall()
    if not both:
        return
    logins = {login_id for (login_id,) in both}
    for conversation_id in (one, other):
        marks = [
            (message.owner.user_name, message.id)
            for message in messages(connection, conversation_id)
            if message.owner is not None and message.owner.login_id in logins
        ]
        connection.executemany("UPDATE message SET chat = ? WHERE id = ? AND to_user_name = '' AND chat = ''", marks)
