"""Rows of the tables `message` and `conversation` as values, and back from ids."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Any, Final

from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.mapping.codec import from_ms, unpack_body
from tui.store.mapping.column_types import Shape, WrongType
from tui.store.models import Conversation, NotifyRule, StoredMessage
from tui.wire.contacts import ContactKind
from tui.wire.mentions import Mention

MESSAGE: Final = (
    "m.id, m.conversation_id, m.time_ms, m.mine, m.sender, m.state, m.body, m.msg_id, m.client_msg_id,"
    " m.to_user_name, m.media_id, m.sent_ms, m.reason, m.content, m.queued, m.mention"
)
"""Columns of `message AS m`, in the order of `StoredMessage`."""

CONVERSATION: Final = (
    "c.id, c.user_name, c.title, c.kind, c.muted, c.pinned, c.unread, c.draft, c.hushed,"
    " c.login_id < (SELECT max(id) FROM login), c.mentions, c.notify, c.hushed_until_ms"
)
"""Columns of `conversation AS c`, in the order of `Conversation`."""

_WIDTH: Final = 13
_ADDRESSES: Final = (4, 9)
"""Places of UserNames in `MESSAGE`: of the sender, and of the receiver."""
_MESSAGE_SHAPE: Final = Shape("iiiittt" + "Tttt" + "Ittit")
_CONVERSATION_SHAPE: Final = Shape("itttiiitiIiti")
_STATES: Final = {state.value: state for state in DeliveryState}
_KINDS: Final = {kind.value: kind for kind in ContactKind}
_RULES: Final = {"": None, **{rule.value: rule for rule in NotifyRule}}
_MENTIONS: Final = {mention.value: mention for mention in Mention}


def as_message(row: tuple[Any, ...]) -> StoredMessage:
    """Return the message in a row of `MESSAGE`. Raises `WrongType`."""
    _MESSAGE_SHAPE.check(row)
    sent_ms: int | None = row[11]
    try:
        return StoredMessage(
            row[0],
            row[1],
            from_ms(row[2]),
            bool(row[3]),
            row[4],
            _STATES[row[5]],
            unpack_body(row[6]),
            row[7] or "",
            row[8],
            row[9],
            row[10],
            None if sent_ms is None else from_ms(sent_ms),
            row[12],
            row[13],
            bool(row[14]),
            _MENTIONS.get(row[15]),
        )
    except (KeyError, OverflowError):
        raise WrongType from None


def as_conversation(row: tuple[Any, ...]) -> Conversation:
    """Return the conversation in a row of `CONVERSATION` followed by `MESSAGE` (all NULL when it has no message).

    Raises `WrongType`.
    """
    _CONVERSATION_SHAPE.check(row[:_WIDTH])
    last = None if row[_WIDTH] is None else as_message(_shared(row[_WIDTH:], row[1]))
    try:
        kind, rule = _KINDS[row[3]], _RULES[row[11]]
        until = from_ms(row[12]) if row[12] else None
    except (KeyError, OverflowError):
        raise WrongType from None
    return Conversation(
        row[0],
        row[1],
        row[2],
        kind,
        bool(row[4]),
        bool(row[5]),
        row[6],
        row[7],
        last,
        bool(row[8]),
        bool(row[9]),
        row[10],
        rule,
        until,
    )


def _shared(message: tuple[Any, ...], user_name: str) -> tuple[Any, ...]:
    """Return a message's columns with the UserName of its conversation held once: there are thousands of them."""
    for at in _ADDRESSES:
        if message[at] == user_name:
            return (*message[:at], user_name, *message[at + 1 :])
    return message


def message(connection: sqlite3.Connection, message_id: int) -> StoredMessage:
    """Return the message with this row id, as it is now. Raises `NoSuchRow`."""
    row = connection.execute(f"SELECT {MESSAGE} FROM message AS m WHERE m.id = ?", (message_id,)).fetchone()
    if row is None:
        raise NoSuchRow(f"no message has the row id {message_id}")
    return as_message(row)


def conversation(connection: sqlite3.Connection, conversation_id: int) -> Conversation:
    """Return the conversation with this id. Raises `NoSuchRow`."""
    row = connection.execute(
        f"SELECT {CONVERSATION}, {MESSAGE} FROM conversation AS c"
        " LEFT JOIN message AS m ON m.id = c.last_message_id WHERE c.id = ?",
        (conversation_id,),
    ).fetchone()
    if row is None:
        raise NoSuchRow(f"no conversation has the id {conversation_id}")
    return as_conversation(row)


def conversations(connection: sqlite3.Connection, ids: Collection[int]) -> list[Conversation]:
    """Return the conversations with these ids, in no order, without those that have become a part of another one."""
    found = connection.execute(
        f"SELECT {CONVERSATION}, {MESSAGE} FROM json_each(?) AS j CROSS JOIN conversation AS c ON c.id = j.value"
        " LEFT JOIN message AS m ON m.id = c.last_message_id",
        (str(list(ids)),),
    )
    return [as_conversation(row) for row in found]
