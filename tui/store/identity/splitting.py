"""Splitting: undoing an identification, so that what was taken for one conversation is two; and joining them again.

Everything goes where its address goes: messages, what waits to be sent, what is unread. The part with the newest
address keeps the id, for whoever holds it means the conversation that one writes to. The other part becomes a
conversation of its own, of which only a person says whose it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from tui.store.changes import ConversationSplit
from tui.store.db.transaction import Transaction
from tui.store.errors import NoSuchRow
from tui.store.identity import identifications, ownership, reattach
from tui.store.identity.identifications import DecidedBy, Identification, IdentificationState, PeerAddress
from tui.store.identity.ownership import NOT_LEFT, OwnedMessage, OwnedMessages
from tui.store.mapping import rows
from tui.store.mapping.codec import from_ms, storable
from tui.store.models import Conversation, Login
from tui.store.tables import contacts, conversations
from tui.wire.contacts import Contact


class ConversationPart(msgspec.Struct, frozen=True):
    """Part of a conversation, or another one that was a part of it: its name, and what is in it.

    `waiting` of the `messages` have not left. Of `unclear` ones nothing says whose they are: they stay where they are.
    """

    name: str
    messages: int
    first: datetime | None
    last: datetime | None
    waiting: int
    unclear: int = 0


class JoinedPart(msgspec.Struct, frozen=True):
    """Identification, and what it joined: without it, `part` would be a conversation of its own."""

    identification: Identification
    part: ConversationPart


class SeparatePart(msgspec.Struct, frozen=True):
    """Conversation that a person said is somebody else's, and that can be joined again."""

    conversation_id: int
    identification: Identification
    part: ConversationPart


class IdentityRecord(msgspec.Struct, frozen=True):
    """Account of how a conversation was recognised from login to login, and of what was taken out; the oldest first."""

    joined: tuple[JoinedPart, ...]
    separate: tuple[SeparatePart, ...]


def record(connection: sqlite3.Connection, conversation_id: int) -> IdentityRecord:
    """Return what made a conversation what it is. Counts all its messages."""
    addresses = identifications.peers(connection, conversation_id)
    ties = [] if _is_special(connection, conversation_id) else identifications.joined(connection, conversation_id)
    messages = list(ownership.counted(connection, conversation_id)) if ties else []
    joined = []
    for tie in ties:
        leaving = identifications.leaving(addresses, ties, tie)
        joined.append(JoinedPart(tie, _part(connection, leaving, messages)))
    return IdentityRecord(tuple(joined), tuple(_separate(connection, conversation_id)))


def _separate(connection: sqlite3.Connection, conversation_id: int) -> list[SeparatePart]:
    """Return the conversations that were taken out of this one, or out of those."""
    current = connection.execute("SELECT max(id) FROM login").fetchone()[0]
    here = identifications.peers(connection, conversation_id)
    found: dict[int, SeparatePart] = {}
    waiting, seen = [conversation_id], {conversation_id}
    while waiting:
        for one in identifications.undone(connection, waiting.pop()):
            for address in (one.later, one.earlier):
                other = identifications.holder(connection, address)
                if not other or other in seen:
                    continue
                seen.add(other)
                waiting.append(other)
                theirs = identifications.peers(connection, other)
                if here and theirs and {here[-1].login_id, theirs[-1].login_id} == {current}:
                    continue  # Two contacts of one login are two.
                messages = list(ownership.counted(connection, other))
                found[other] = SeparatePart(other, one, _part(connection, theirs, messages))
    return list(found.values())


def _part(
    connection: sqlite3.Connection, addresses: Sequence[PeerAddress], messages: Collection[OwnedMessages]
) -> ConversationPart:
    """Return what belongs to some addresses, of all `messages` of their conversation."""
    inside, logins = set(addresses), {address.login_id for address in addresses}
    theirs = [one for one in messages if one.owner in inside]
    unclear = sum(one.count for one in messages if one.owner is None and one.login_id in logins)
    return ConversationPart(
        _name(connection, addresses[-1]),
        sum(one.count for one in theirs),
        from_ms(min(one.first_ms for one in theirs)) if theirs else None,
        from_ms(max(one.last_ms for one in theirs)) if theirs else None,
        sum(one.waiting for one in theirs),
        unclear,
    )


def _name(connection: sqlite3.Connection, address: PeerAddress) -> str:
    contact = contacts.known(connection, address.login_id, address.user_name)
    return "" if contact is None else contact.name


def _is_special(connection: sqlite3.Connection, conversation_id: int) -> bool:
    """Return True for an account that has one UserName at every login: nobody had to recognise it."""
    row = connection.execute("SELECT special FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise NoSuchRow(f"no conversation has the id {conversation_id}")
    return bool(row[0])


# ---------------------------------------------------------------- splitting


def split(transaction: Transaction, login: Login, later: PeerAddress, earlier: PeerAddress) -> Conversation:
    """Undo an identification that holds; return the conversation that is new.

    Raises `NoSuchRow` when it does not hold any more: somebody else undid it meanwhile.
    """
    connection = transaction.connection
    kept = identifications.holder(connection, later)
    ties = identifications.joined(connection, kept) if kept and not _is_special(connection, kept) else []
    cut = next((one for one in ties if (one.later, one.earlier) == (later, earlier)), None)
    if cut is None:
        raise NoSuchRow("these contacts are not one conversation")
    leaving = identifications.leaving(identifications.peers(connection, kept), ties, cut)
    inside = set(leaving)
    moving = [one for one in ownership.messages(connection, kept) if one.owner in inside]
    apart = _made(transaction, kept, leaving[-1])
    connection.executemany(
        "UPDATE peer SET conversation_id = ? WHERE login_id = ? AND user_name = ?",
        [(apart, address.login_id, address.user_name) for address in leaving],
    )
    unread = set(conversations.unread_rows(connection, kept))
    connection.executemany("UPDATE message SET conversation_id = ? WHERE id = ?", [(apart, one.id) for one in moving])
    _share_unread(transaction, kept, apart, len({one.id for one in moving} & unread))
    waiting = _address_anew(transaction, moving)
    identifications.set_state(transaction, cut, IdentificationState.SPLIT)
    _decide(transaction, login, kept)
    for conversation_id in (kept, apart):
        conversations.message_left(transaction, conversation_id)
    transaction.contacts_changed()
    transaction.conversation_split(ConversationSplit(kept, apart, waiting))
    return rows.conversation(connection, apart)


def _made(transaction: Transaction, kept: int, address: PeerAddress) -> int:
    """Make the conversation of the part that leaves; what a person set for the whole counts for both."""
    connection = transaction.connection
    contact = contacts.known(connection, address.login_id, address.user_name)
    made = conversations.fresh_id(connection)
    connection.execute(
        "INSERT INTO conversation (id, uin, login_id, user_name, title, kind, muted, pinned, hushed, notify,"
        " hushed_until_ms, hushed_for_ms, split_off) SELECT ?1, uin, ?2, ?3, coalesce(?4, title), coalesce(?5, kind),"
        " coalesce(?6, muted), coalesce(?7, 0), hushed, notify, hushed_until_ms, hushed_for_ms, 1"
        " FROM conversation WHERE id = ?8",
        (
            made,
            address.login_id,
            address.user_name,
            *((None,) * 4 if contact is None else _line(contact)),
            kept,
        ),
    )
    return made


def _line(contact: Contact) -> tuple[str, str, bool, bool]:
    return storable(contact.name), contact.kind.value, contact.muted, contact.pinned


def _share_unread(transaction: Transaction, kept: int, apart: int, unread: int) -> None:
    """Give the part that leaves so many of the unread messages, and each part the mentions that are in it."""
    for number, conversation_id in ((-unread, kept), (unread, apart)):
        transaction.connection.execute(
            "UPDATE conversation SET unread = unread + ? WHERE id = ?", (number, conversation_id)
        )
        conversations.count_mentions(transaction, conversation_id)


def _address_anew(transaction: Transaction, moved: Collection[OwnedMessage]) -> tuple[int, ...]:
    """Give what has not left the address that it was written for: nobody sends it to the other one. Return its ids."""
    connection, waiting = transaction.connection, []
    for one in moved:
        if one.owner is None:
            continue
        states = tuple(sorted(NOT_LEFT))
        changed = connection.execute(
            "UPDATE message SET to_user_name = ? WHERE id = ? AND to_user_name <> '' AND state IN (?, ?, ?)",
            (one.owner.user_name, one.id, *states),
        )
        if changed.rowcount:
            transaction.message_changed(one.id)
            waiting.append(one.id)
    return tuple(waiting)


def _decide(transaction: Transaction, login: Login, kept: int) -> None:
    """Note that a contact of this login is nobody of an earlier one, where that is left of its conversation."""
    addresses = identifications.peers(transaction.connection, kept)
    if {address.login_id for address in addresses} == {login.id}:
        transaction.connection.execute(
            "INSERT OR IGNORE INTO doubt (login_id, user_name, conversation_id) VALUES (?, ?, ?)",
            (login.id, addresses[-1].user_name, kept),
        )


# ---------------------------------------------------------------- joining again


def join(transaction: Transaction, login: Login, conversation_id: int, other: int) -> Conversation:
    """Make one of two conversations of which one was taken out of the other; return it. A person wants that.

    What waits in either goes to the newest address then. Raises `NoSuchRow` when they cannot be joined (any more).
    """
    connection = transaction.connection
    if other not in (one.conversation_id for one in _separate(connection, conversation_id)):
        raise NoSuchRow(f"conversations {conversation_id} and {other} are not two parts of one")
    older, newer = sorted((conversation_id, other), key=lambda one: (identifications.peers(connection, one)[-1], one))
    later, earlier = (identifications.peers(connection, one)[-1] for one in (newer, older))
    facts = connection.execute(
        "SELECT login_id, user_name, title, kind, muted, pinned, split_off FROM conversation WHERE id = ?", (newer,)
    ).fetchone()
    between = [
        one
        for one in identifications.undone(connection, newer)
        if older in (identifications.holder(connection, one.later), identifications.holder(connection, one.earlier))
    ]
    tie = between[0] if between else Identification(later, earlier)
    reattach.adopt(transaction, login, newer, older)
    connection.execute(
        "UPDATE conversation SET login_id = ?, user_name = ?, title = ?, kind = ?, muted = ?, pinned = ?,"
        " split_off = ? WHERE id = ?",
        (*facts, older),
    )
    identifications.note(transaction, tie.later, tie.earlier, DecidedBy.PERSON)
    connection.execute(
        "DELETE FROM doubt WHERE (login_id = ? AND user_name = ?) OR conversation_id = ?",
        (login.id, later.user_name, older),
    )
    transaction.contacts_changed()
    return rows.conversation(connection, older)
