"""The outbox: pending messages of a program that stays. They outlive its death, and go out when one runs again.

A row with `queued` belongs to the full-screen program, `listen`, or who asks these to send: nobody was told that it
failed, so it still waits. One without belongs to a command that was to send it and end: whoever started that command
was told that it failed, and what is sent later after all would be a surprise.
"""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from tui.store.db.transaction import Transaction
from tui.store.delivery_state import DeliveryEvent, DeliveryState
from tui.store.mapping import rows
from tui.store.mapping.codec import storable
from tui.store.models import Login, StoredMessage
from tui.store.tables import messages

INTERRUPTED = "Interrupted"
"""Stored as the reason of messages that a process left unfinished when it died."""
_UNFINISHED: Final = "state IN ('pending', 'sending')"
"""Condition of the index `message_unfinished`: SQLite takes the index only for these very words."""
_NO_FILE: Final = "NOT EXISTS (SELECT 1 FROM upload WHERE message_id = m.id)"
"""A message with a row in the table `upload` belongs to a program that stays, too; that table is its queue."""


class ReachableMessage(msgspec.Struct, frozen=True):
    """A message, and the address of its conversation now.

    `user_name` is the conversation's in the current login, "" when it is not known there. `own` is one's own UserName
    in that login, "" before the first one.
    """

    message: StoredMessage
    user_name: str
    own: str


def repair(transaction: Transaction) -> None:
    """Repair the rows of dead processes: `SENDING` may have arrived, `REVOKING` may be recalled, `PENDING` of a
    one-shot command will not be sent; the outbox waits on.

    Only one process of a profile writes at a time, and it holds the `OwnerLock`. So whoever has taken that lock, and
    has not yet sent anything itself, finds here only rows of processes that are dead: no living one can still be about
    to send them, or be waiting for their answer. Without the lock this would call a message lost that is just arriving.
    A second time there is nothing left to do. What sync has already brought back is `SENT` at once (`echo_matching`).
    """
    found = transaction.connection.execute(
        f"SELECT id, state FROM message AS m WHERE {_UNFINISHED}"
        f" AND (state = 'sending' OR (queued = 0 AND {_NO_FILE})) ORDER BY id"
    ).fetchall()
    for message_id, state in found:
        event = DeliveryEvent.LOST if state == DeliveryState.SENDING.value else DeliveryEvent.CANCEL
        messages.move(transaction, message_id, event, reason=INTERRUPTED)
    revoking = transaction.connection.execute("SELECT id FROM message WHERE state = 'revoking' ORDER BY id").fetchall()
    for (message_id,) in revoking:
        messages.move(transaction, message_id, DeliveryEvent.REVOKE_LOST, reason=INTERRUPTED)


def waiting(connection: sqlite3.Connection) -> list[StoredMessage]:
    """Return the messages that are pending and queued, oldest first; those with a file to upload are in `upload`."""
    found = connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m WHERE {_UNFINISHED} AND m.state = 'pending' AND m.queued"
        f" AND {_NO_FILE} ORDER BY m.id"
    )
    return [rows.as_message(row) for row in found]


def enqueue(transaction: Transaction, message_id: int) -> StoredMessage:
    """Let a pending message wait for its turn, also for the next start, and return it. Raises `NoSuchRow`."""
    transaction.connection.execute(
        "UPDATE message SET queued = 1 WHERE id = ? AND state = ?", (message_id, DeliveryState.PENDING.value)
    )
    transaction.message_changed(message_id)
    return rows.message(transaction.connection, message_id)


def reach(connection: sqlite3.Connection, login: Login, message_id: int) -> ReachableMessage:
    """Return a message as it is now, and the address of its conversation in the current login. Raises `NoSuchRow`."""
    message = rows.message(connection, message_id)
    row = connection.execute(
        "SELECT user_name FROM conversation WHERE id = ? AND login_id = ?", (message.conversation_id, login.id)
    ).fetchone()
    return ReachableMessage(message, "" if row is None else row[0], login.user_name)


def readdress(transaction: Transaction, login: Login, message_id: int, to_user_name: str) -> StoredMessage:
    """Address a pending message to this UserName of the current login, to which it belongs from now on.

    For whom it was written is kept, should the two turn out to be two (see `identity/ownership`).
    A message that is not pending is returned as it is: what left has its address for good. Raises `NoSuchRow`.
    """
    message = rows.message(transaction.connection, message_id)
    if message.state is not DeliveryState.PENDING:
        return message
    transaction.connection.execute(
        "UPDATE message SET chat = CASE chat WHEN '' THEN to_user_name ELSE chat END, to_user_name = ?, sender = ?,"
        " login_id = ? WHERE id = ?",
        (storable(to_user_name), login.user_name, login.id, message_id),
    )
    transaction.message_changed(message_id)
    return rows.message(transaction.connection, message_id)
