"""Contacts of a login, and the facts of them that the conversation list shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from tui.store.db.transaction import Transaction
from tui.store.mapping.codec import pack, storable, to_ms, unpack_contact
from tui.store.mapping.column_types import Shape
from tui.store.models import Login
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.names import ContactFlag

_SHAPE: Final = Shape("tt")
_MOST_FORMER: Final = 500
"""People who have left a group and are remembered with it."""
_LISTED_WHOLE = frozenset({ContactKind.PERSON.value, ContactKind.OFFICIAL.value})
"""Kinds that a complete list names completely: groups are in it only when saved, special accounts by chance."""


def save(transaction: Transaction, login: Login, contacts: Iterable[Contact]) -> None:
    """Insert or replace contacts; the lines of their conversations follow."""
    listed = [(storable(contact.user_name), contact) for contact in contacts]
    several = _as_json(user_name for user_name, _contact in listed)
    known = _stored(transaction.connection, login, several)
    written = set(_with_conversation(transaction.connection, login, several))
    changed: dict[str, Contact] = {}
    for user_name, contact in listed:
        data = pack(contact)
        before = known.get(user_name)
        old = None
        if before is not None and before != (data, 0):
            old = unpack_contact(before[0], user_name)
            contact = _completed(contact, old)
            data = pack(contact)
        if before != (data, 0):
            if contact.members and _names_came(old, contact, login.user_name):
                transaction.named.add(user_name)
            known[user_name] = data, 0
            changed[user_name] = contact
    transaction.connection.executemany(
        "INSERT INTO contact (login_id, user_name, kind, data) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (login_id, user_name) DO UPDATE SET kind = excluded.kind, data = excluded.data, gone = 0",
        [(login.id, name, contact.kind.value, known[name][0]) for name, contact in changed.items()],
    )
    for user_name, contact in changed.items():
        transaction.contacts_changed(user_name)
        if user_name in written:
            update_conversation(transaction, login, contact)


def listed_names(connection: sqlite3.Connection, login: Login) -> set[str]:
    """Return the UserNames of persons and official accounts: the others need not stand on a complete list."""
    rows = connection.execute("SELECT user_name, kind FROM contact WHERE login_id = ? AND gone = 0", (login.id,))
    return {name for name, kind in rows if kind in _LISTED_WHOLE}


def set_refreshed(transaction: Transaction, login: Login) -> None:
    """Note that the whole list was there just now."""
    transaction.connection.execute(
        "UPDATE login SET contacts_refreshed_ms = ? WHERE id = ?", (to_ms(transaction.now), login.id)
    )


def change(
    transaction: Transaction, login: Login, user_name: str, *, remark: str | None = None, pinned: bool | None = None
) -> None:
    """Note what the server has just taken: it tells the contact anew later, or at the next login."""
    contact = find(transaction.connection, login, user_name)
    if contact is None:
        return
    if remark is not None:
        contact = msgspec.structs.replace(contact, remark_name=remark)
    if pinned is not None:
        flags = contact.flags | ContactFlag.PINNED if pinned else contact.flags & ~ContactFlag.PINNED
        contact = msgspec.structs.replace(contact, flags=int(flags))
    save(transaction, login, (contact,))


def forget(transaction: Transaction, login: Login, user_names: Iterable[str]) -> None:
    """Mark contacts as gone. The rows stay, for the names in old messages, and so do the conversations."""
    for user_name in user_names:
        done = transaction.connection.execute(
            "UPDATE contact SET gone = 1 WHERE login_id = ? AND user_name = ? AND gone = 0",
            (login.id, storable(user_name)),
        )
        if done.rowcount:
            transaction.contacts_changed()


def every(connection: sqlite3.Connection, login: Login, kind: ContactKind | None = None) -> list[Contact]:
    """Return all contacts of `login`, oneself among them, or those of a kind, in the order in which they first came."""
    rows = connection.execute(
        "SELECT data, user_name FROM contact"
        " WHERE login_id = ?1 AND gone = 0 AND (?2 IS NULL OR kind = ?2) ORDER BY id",
        (login.id, None if kind is None else kind.value),
    )
    return [unpack_contact(*_SHAPE.check(row)) for row in rows]


def find(connection: sqlite3.Connection, login: Login, user_name: str) -> Contact | None:
    """Return the contact with this UserName, unless it is gone."""
    return known(connection, login.id, user_name, "AND gone = 0")


def known(connection: sqlite3.Connection, login_id: int, user_name: str, only: str = "") -> Contact | None:
    """Return the contact with this UserName in a login, also one that is gone."""
    row = connection.execute(
        f"SELECT data, user_name FROM contact WHERE login_id = ? AND user_name = ? {only}",
        (login_id, storable(user_name)),
    ).fetchone()
    return None if row is None else unpack_contact(*_SHAPE.check(row))


def named(connection: sqlite3.Connection, login: Login, user_names: Collection[str]) -> list[Contact]:
    """Return the contacts with these UserNames, also those that are gone: they still name the senders of messages."""
    rows = connection.execute(
        "SELECT data, user_name FROM contact WHERE login_id = ? AND user_name IN (SELECT value FROM json_each(?))",
        (login.id, _as_json(map(storable, user_names))),
    )
    return [unpack_contact(*_SHAPE.check(row)) for row in rows]


def _as_json(user_names: Iterable[str]) -> str:
    return msgspec.json.encode(list(user_names)).decode()


def _stored(connection: sqlite3.Connection, login: Login, several: str) -> dict[str, tuple[str, int]]:
    """Return the data of those of `several` that are stored, and 1 for one that is gone."""
    rows = connection.execute(
        "SELECT user_name, data, gone FROM contact"
        " WHERE login_id = ? AND user_name IN (SELECT value FROM json_each(?))",
        (login.id, several),
    )
    return {user_name: (data, gone) for user_name, data, gone in rows}


def _with_conversation(connection: sqlite3.Connection, login: Login, several: str) -> list[str]:
    """Return those of `several` that have a conversation."""
    rows = connection.execute(
        "SELECT user_name FROM peer WHERE login_id = ? AND user_name IN (SELECT value FROM json_each(?))",
        (login.id, several),
    )
    return [user_name for (user_name,) in rows]


def _names_came(old: Contact | None, new: Contact, user_name: str) -> bool:
    """Return True when the names in a group are known only now; not for a group that one has just joined."""
    if not any(member.user_name == user_name and member.nick_name for member in new.members):
        return False
    if old is None or not old.members:
        return True
    return any(member.user_name == user_name and not member.nick_name for member in old.members)


def _completed(new: Contact, old: Contact) -> Contact:
    """Keep what only webwxbatchgetcontact tells, a group's members and their names, where a new contact lacks it.

    Who is no member any more keeps a name: what they wrote would be nobody's.
    """
    known = {member.user_name: member for member in old.members if member.name}
    members = tuple(member if member.name else known.get(member.user_name, member) for member in new.members)
    return msgspec.structs.replace(
        new,
        members=members or old.members,
        former_members=_former(members, old) if members else old.former_members,
        member_count=new.member_count or old.member_count,
        encry_chat_room_id=new.encry_chat_room_id or old.encry_chat_room_id,
    )


def _former(members: Collection[Member], old: Contact) -> tuple[Member, ...]:
    """Return those who were members of a group, and are no more."""
    here = {member.user_name for member in members}
    gone = {one.user_name: one for one in old.writers if one.name and one.user_name not in here}
    return tuple(gone.values())[:_MOST_FORMER]


def update_conversation(transaction: Transaction, login: Login, contact: Contact) -> None:
    """Bring the line of the conversation with `contact`, if there is one, up to date."""
    row = transaction.connection.execute(
        "SELECT id, title, kind, muted, pinned FROM conversation WHERE id ="
        " (SELECT conversation_id FROM peer WHERE login_id = ? AND user_name = ?)",
        (login.id, storable(contact.user_name)),
    ).fetchone()
    line = (storable(contact.name), contact.kind.value, contact.muted, contact.pinned)
    if row is not None and row[1:] != line:
        transaction.connection.execute(
            "UPDATE conversation SET title = ?, kind = ?, muted = ?, pinned = ? WHERE id = ?", (*line, row[0])
        )
        transaction.conversation_changed(row[0])
