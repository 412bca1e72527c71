"""View of a conversation, with all that opening it shows, read in one go: each question to the store is a wait."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from tui.store.identity import reattach
from tui.store.mapping import rows
from tui.store.models import Conversation, Doubt, Login, Place, StoredMessage
from tui.store.tables import contacts, earlier_logins, gaps, logins, messages
from tui.store.tables.gaps import GapLines
from tui.wire.contacts import Contact, ContactKind


class People(msgspec.Struct, frozen=True):
    """People who can have written there: `known` are contacts of this login, `former` names of earlier ones."""

    chat: Contact | None
    login: Login | None
    me: Contact | None
    known: Sequence[Contact]
    former: dict[str, str]


class LogPage(msgspec.Struct, frozen=True):
    """Neighbouring messages, ascending, and where messages may be missing.

    `at_start`, `at_end`: the first message is the conversation's first one, the last one its newest.
    """

    messages: Sequence[StoredMessage]
    at_start: bool
    at_end: bool
    gaps: GapLines


class ConversationView(msgspec.Struct, frozen=True):
    """A conversation, who is there, and its newest messages or those round a place; unread `mentions` of oneself."""

    conversation: Conversation
    doubt: Doubt | None
    people: People
    page: LogPage
    mentions: Sequence[StoredMessage] = ()


def read(connection: sqlite3.Connection, conversation_id: int, around: Place | None, limit: int) -> ConversationView:
    """Return what opening a conversation shows; where something is unread its newest messages, wherever one was."""
    conversation = rows.conversation(connection, conversation_id)
    login = logins.current(connection) or logins.NONE
    doubt = None if conversation.earlier else reattach.doubt(connection, login, conversation.user_name)
    place = None if conversation.unread else around
    return ConversationView(
        conversation,
        doubt,
        people(connection, conversation),
        page(connection, conversation_id, place, limit),
        messages.unread_mentions(connection, conversation_id) if conversation.mentions else (),
    )


def people(connection: sqlite3.Connection, conversation: Conversation) -> People:
    """Return who can have written in a conversation."""
    current = logins.current(connection)
    login = current or logins.NONE
    chat = contacts.find(connection, login, conversation.user_name)
    members = chat.writers if chat is not None and chat.kind is ContactKind.GROUP else ()
    wanted = [conversation.user_name, *(member.user_name for member in members)]
    return People(
        chat,
        current,
        contacts.find(connection, login, login.user_name),
        contacts.named(connection, login, wanted),
        earlier_logins.names(connection, conversation.id),
    )


def page(connection: sqlite3.Connection, conversation_id: int, around: Place | None, limit: int) -> LogPage:
    """Return at most `limit` messages on each side of a place, or the newest ones."""
    lines = gaps.lines(connection, conversation_id)
    if around is None:
        newest = messages.page_before(connection, conversation_id, None, limit)
        return LogPage(newest, len(newest) < limit, True, lines)
    before = messages.page_before(connection, conversation_id, Place(around.time, around.id + 1), limit)
    after = messages.page_after(connection, conversation_id, around, limit)
    return LogPage(before + after, len(before) < limit, len(after) < limit, lines)
