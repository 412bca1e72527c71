"""A write transaction as the functions of the store see it: the connection, the time, and what was touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby

from tui.store.changes import (
    Change,
    ContactsChanged,
    ConversationMerged,
    ConversationsChanged,
    ConversationSplit,
    GapsChanged,
    MessageChanged,
    MessagesAdded,
    MessagesRemoved,
)
from tui.store.mapping import rows
from tui.store.models import StoredMessage


def roll_back(connection: sqlite3.Connection) -> None:
    """End SQLite's transaction, unless SQLite has done so itself (a full disk, a failing one)."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


@contextmanager
def committed(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done to the database inside; all of it, or after an exception nothing."""
    # IMMEDIATE: what is read inside stays true until it is committed, whoever else has the file open.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


class Transaction:
    """Collects what is touched, by id; rows are read at the end, so that every `Change` shows the final state."""

    def __init__(self, connection: sqlite3.Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._added: dict[int, None] = {}
        self._changed: dict[int, None] = {}
        self._removed: dict[int, list[int]] = {}
        self._conversations: dict[int, None] = {}
        self.merged: dict[int, int] = {}
        """Deleted conversations, each with the one that has all of it now."""
        self._splits: list[ConversationSplit] = []
        self._contacts = False
        self._gaps = False
        self.met: set[str] = set()
        """UserNames of contacts that are new or changed."""
        self.named: set[str] = set()
        """UserNames of groups whose members' names were not known before."""

    def message_added(self, message_id: int) -> None:
        """Note a new message."""
        self._added[message_id] = None

    def message_changed(self, message_id: int) -> None:
        """Note a changed message; one that is new itself is not told twice."""
        if message_id not in self._added:
            self._changed[message_id] = None

    def message_removed(self, message: StoredMessage) -> None:
        """Note a deleted message."""
        self._changed.pop(message.id, None)
        if message.id in self._added:
            del self._added[message.id]
        else:
            self._removed.setdefault(message.conversation_id, []).append(message.id)

    def conversation_changed(self, conversation_id: int) -> None:
        """Note a line of the conversation list that changed or is new."""
        self._conversations[conversation_id] = None

    def conversation_merged(self, gone: int, into: int) -> None:
        """Note a conversation that was deleted after all of it had moved into another one."""
        self._conversations.pop(gone, None)
        self._conversations[into] = None
        self.merged[gone] = into

    def conversation_split(self, split: ConversationSplit) -> None:
        """Note a conversation of which a part has become one of its own."""
        self._conversations |= {split.kept: None, split.apart: None}
        self._splits.append(split)

    def contacts_changed(self, user_name: str = "") -> None:
        """Note that contacts, the login or a question about a contact changed; `user_name` of a contact that did."""
        self._contacts = True
        if user_name:
            self.met.add(user_name)

    def gaps_changed(self) -> None:
        """Note a new gap."""
        self._gaps = True

    def added(self) -> list[StoredMessage]:
        """Return the new messages, in order of arrival."""
        return [rows.message(self.connection, message_id) for message_id in self._added]

    def changes(self) -> list[Change]:
        """Return the changes to publish after the commit."""
        changes: list[Change] = [ContactsChanged()] if self._contacts else []
        # Runs of one conversation, not all of one at once: who prints every message prints them as they came.
        runs = groupby(self.added(), key=lambda message: message.conversation_id)
        changes += [MessagesAdded(conversation, tuple(messages)) for conversation, messages in runs]
        changes += [MessageChanged(rows.message(self.connection, message_id)) for message_id in self._changed]
        changes += [MessagesRemoved(conversation, tuple(ids)) for conversation, ids in self._removed.items()]
        changes += [ConversationMerged(gone, into) for gone, into in self.merged.items()]
        changes += self._splits
        if self._conversations:
            changes.append(ConversationsChanged(tuple(self._conversations)))
        if self._gaps:
            changes.append(GapsChanged())
        return changes
