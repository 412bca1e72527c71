"""Record of a contact: all that its page shows, read in one go."""

from __future__ import annotations

import sqlite3
from datetime import datetime

import msgspec

from tui.store.identity import identifications
from tui.store.identity.identifications import Identification
from tui.store.mapping.codec import from_ms, storable, unpack_contact
from tui.store.models import Login
from tui.store.tables import contacts, conversations
from tui.wire.contacts import Contact, ContactKind


class ContactRecord(msgspec.Struct, frozen=True):
    """A contact as its login knows it, its groups of this login, and how it was recognised, the newest first."""

    contact: Contact
    groups: tuple[Contact, ...] = ()
    last_heard: datetime | None = None
    identifications: tuple[Identification, ...] = ()


def read(connection: sqlite3.Connection, login: Login, conversation_id: int) -> ContactRecord | None:
    """Return what is known of the contact of a conversation, of this login or an earlier one; None for nothing."""
    row = connection.execute(
        "SELECT login_id, user_name, special FROM conversation WHERE id = ?", (conversation_id,)
    ).fetchone()
    contact = None if row is None else contacts.known(connection, row[0], row[1])
    if contact is None:
        return None
    there = row[0] == login.id and contact.kind in (ContactKind.PERSON, ContactKind.OFFICIAL)
    heard = connection.execute(
        f"SELECT time_ms FROM message WHERE conversation_id = ? AND {conversations.FROM_OTHERS}"
        " ORDER BY time_ms DESC, id DESC LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return ContactRecord(
        contact,
        tuple(_groups(connection, login, contact.user_name)) if there else (),
        None if heard is None else from_ms(heard[0]),
        () if row[2] else tuple(reversed(identifications.joined(connection, conversation_id))),
    )


def _groups(connection: sqlite3.Connection, login: Login, user_name: str) -> list[Contact]:
    """Return the groups of which somebody is known to be a member. Most are ruled out before they are read."""
    named = msgspec.json.encode(storable(user_name)).decode()
    found = connection.execute(
        "SELECT data, user_name FROM contact WHERE login_id = ? AND kind = ? AND gone = 0 AND instr(data, ?)"
        " ORDER BY id",
        (login.id, ContactKind.GROUP.value, named),
    )
    groups = (unpack_contact(*row) for row in found.fetchall())
    return [group for group in groups if any(member.user_name == user_name for member in group.members)]
