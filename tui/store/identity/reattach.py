"""Giving conversations of earlier logins back to their contacts: what `matching` finds, stored.

A conversation is attached when it has a peer in the current login and one in an earlier one. A row of `doubt` is a
question for the person; one that names the contact's own conversation is the answer "somebody else", so that nobody is
asked twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Set
from typing import Final

from tui.store.db.transaction import Transaction
from tui.store.errors import NoSuchRow
from tui.store.identity import matching
from tui.store.identity.evidence import EarlierContact, Generation, read_evidence
from tui.store.identity.matching import SamePerson, Unsure
from tui.store.mapping import rows
from tui.store.mapping.codec import storable
from tui.store.models import Conversation, Doubt, Login
from tui.store.tables import contacts, conversations
from tui.wire.contacts import Contact
from tui.wire.names import SPECIAL_ACCOUNTS

_HEARD: Final = 40_000
"""Contacts of earlier logins that are read at most; beyond, only those that have a conversation."""


def meet(transaction: Transaction, login: Login) -> None:
    """Recognise contacts that were saved in this transaction, if an earlier conversation may be theirs.

    Not before the whole list is there, for a namesake may still come.
    """
    if login.contacts_refreshed_at is None or not transaction.met:
        return
    if _unclaimed(transaction.connection, login) and transaction.met - _decided(transaction.connection, login):
        recognise(transaction, login)


def recognise(transaction: Transaction, login: Login, *, final: bool = False) -> None:
    """Attach what is certain, note what is doubtful, for every contact of `login` that has not been decided.

    `final`: nothing more is going to be told of groups of which only the name is known, so that has to do.
    """
    connection = transaction.connection
    if not _unclaimed(connection, login):
        return
    everyone = [
        read_evidence(data, user_name)
        for user_name, data in connection.execute(
            "SELECT user_name, data FROM contact WHERE login_id = ? AND gone = 0", (login.id,)
        )
        if user_name not in SPECIAL_ACCOUNTS
    ]
    current = [evidence for evidence in everyone if final or not evidence.pending]
    waiting = {evidence.user_name for evidence in everyone if not final and evidence.pending}
    from tui.store.identity import identifications

    apart = identifications.apart(connection)
    found = matching.recognise(
        current, _decided(connection, login), _generations(connection, login), own=_own(connection, login), apart=apart
    )
    for user_name, verdict in found.items():
        if isinstance(verdict, SamePerson):
            for conversation_id in (verdict.conversation_id, *verdict.older):
                _attach(transaction, login, user_name, conversation_id)
    _carry(transaction, login, apart)
    doubts = {name: verdict for name, verdict in found.items() if isinstance(verdict, Unsure)}
    _note(transaction, login, doubts, but=waiting | _decided(connection, login))


def settle(transaction: Transaction, login: Login, user_name: str, conversation_id: int | None) -> Conversation:
    """Note a person's answer: `user_name` is the contact of that earlier conversation, or of none that was shown.

    Returns the conversation that the contact has now; what a younger one held is in it. Raises `NoSuchRow` when that
    contact, or that conversation, was not in question: another login may have begun while the person thought about it.
    """
    connection, user_name = transaction.connection, storable(user_name)
    question = doubt(connection, login, user_name)
    if question is None:
        raise NoSuchRow(f"{user_name} is not in question")
    if conversation_id is None:
        own = conversations.find_or_make(transaction, login, user_name)
        _deny(transaction, login, user_name, question)
        _forget(transaction, "login_id = ? AND user_name = ?", login.id, user_name)
        connection.execute(
            "INSERT INTO doubt (login_id, user_name, conversation_id) VALUES (?, ?, ?)", (login.id, user_name, own)
        )
        transaction.conversation_changed(own)
        return rows.conversation(connection, own)
    asked = connection.execute(
        "SELECT 1 FROM doubt WHERE login_id = ? AND user_name = ? AND conversation_id = ?",
        (login.id, user_name, conversation_id),
    )
    if asked.fetchone() is None or not _unclaimed(connection, login, f"AND id = {int(conversation_id)}"):
        raise NoSuchRow(f"conversation {conversation_id} is not in question")
    _attach(transaction, login, user_name, conversation_id, by_person=True)
    _forget(transaction, "login_id = ? AND user_name = ?", login.id, user_name)
    _forget(transaction, "conversation_id = ?", conversation_id)
    return rows.conversation(connection, conversation_id)


def _deny(transaction: Transaction, login: Login, user_name: str, question: Doubt) -> None:
    """Write down that a contact is none of those that were in question: no later login says otherwise by itself."""
    from tui.store.identity.identifications import DecidedBy, IdentificationState, PeerAddress, note

    for candidate in question.candidates:
        (login_id,) = transaction.connection.execute(
            "SELECT login_id FROM conversation WHERE id = ?", (candidate.id,)
        ).fetchone()
        earlier = PeerAddress(login_id, candidate.user_name)
        state = IdentificationState.DENIED
        note(transaction, PeerAddress(login.id, user_name), earlier, DecidedBy.PERSON, state)


def unsettled(connection: sqlite3.Connection, login: Login, user_name: str | None = None) -> list[Doubt]:
    """Return the open questions of `login`, or that about a contact; without candidates that another has claimed."""
    found: dict[str, list[Conversation]] = {}
    for name, conversation_id in connection.execute(
        "SELECT d.user_name, d.conversation_id FROM doubt AS d JOIN conversation AS c ON c.id = d.conversation_id"
        " WHERE d.login_id = ?1 AND (?2 IS NULL OR d.user_name = ?2) AND c.login_id < ?1"
        " ORDER BY c.last_ms DESC, c.id DESC",
        (login.id, None if user_name is None else storable(user_name)),
    ).fetchall():
        found.setdefault(name, []).append(rows.conversation(connection, conversation_id))
    known = ((contacts.find(connection, login, name) or Contact(name), several) for name, several in found.items())
    return [Doubt(contact, tuple(several)) for contact, several in known]


def doubt(connection: sqlite3.Connection, login: Login, user_name: str) -> Doubt | None:
    """Return the open question about one contact, or None."""
    return next(iter(unsettled(connection, login, user_name)), None)


# ---------------------------------------------------------------- reading the earlier logins


def _unclaimed(connection: sqlite3.Connection, login: Login, only: str = "") -> bool:
    """Return True when a conversation of an earlier login of this account has not been claimed by anybody."""
    found = connection.execute(
        f"SELECT 1 FROM conversation WHERE login_id < ? AND uin = ? AND special = '' {only} LIMIT 1",
        (login.id, login.uin),
    )
    return found.fetchone() is not None


def _decided(connection: sqlite3.Connection, login: Login) -> set[str]:
    """Return UserNames that have an attached conversation, or none of the earlier ones, as a person said."""
    found = connection.execute(
        "SELECT p.user_name FROM peer AS p WHERE p.login_id = ?1 AND ("
        " EXISTS (SELECT 1 FROM peer AS o WHERE o.conversation_id = p.conversation_id AND o.login_id < ?1)"
        " OR EXISTS (SELECT 1 FROM doubt AS d WHERE d.login_id = ?1 AND d.user_name = p.user_name"
        " AND d.conversation_id = p.conversation_id))",
        (login.id,),
    )
    return {user_name for (user_name,) in found}


def _own(connection: sqlite3.Connection, login: Login) -> dict[str, int]:
    """Return UserName → conversation that it has in the current login."""
    found = connection.execute("SELECT user_name, conversation_id FROM peer WHERE login_id = ?", (login.id,))
    return dict(found.fetchall())


def _generations(connection: sqlite3.Connection, login: Login) -> Iterator[Generation]:
    """Yield the earlier logins of this account with conversations to claim, the newest first."""
    several = connection.execute(
        "SELECT DISTINCT login_id FROM conversation WHERE login_id < ? AND uin = ? AND special = ''"
        " ORDER BY login_id DESC",
        (login.id, login.uin),
    ).fetchall()
    heard = 0
    for (login_id,) in several:
        whole = heard < _HEARD
        earlier = _earlier_contacts(connection, login, login_id, whole=whole)
        heard += len(earlier)
        yield Generation(earlier, whole)


def _earlier_contacts(
    connection: sqlite3.Connection, login: Login, login_id: int, *, whole: bool
) -> list[EarlierContact]:
    unclaimed = {
        user_name: (conversation_id, bool(split_off))
        for user_name, conversation_id, split_off in connection.execute(
            "SELECT user_name, id, split_off FROM conversation WHERE login_id = ? AND uin = ? AND special = ''",
            (login_id, login.uin),
        )
    }
    now = dict(
        connection.execute(
            "SELECT o.user_name, p.user_name FROM peer AS p JOIN peer AS o"
            " ON o.conversation_id = p.conversation_id AND o.login_id = ? WHERE p.login_id = ?",
            (login_id, login.id),
        ).fetchall()
    )
    if whole:
        found = connection.execute("SELECT user_name, data FROM contact WHERE login_id = ?", (login_id,))
    else:
        found = connection.execute(
            "SELECT c.user_name, c.data FROM conversation AS v JOIN contact AS c"
            " ON c.login_id = v.login_id AND c.user_name = v.user_name"
            " WHERE v.login_id = ? AND v.uin = ? AND v.special = ''",
            (login_id, login.uin),
        )
    earlier = []
    for user_name, data in found:
        if user_name not in SPECIAL_ACCOUNTS:
            conversation_id, asks = unclaimed.get(user_name, (0, False))
            evidence = read_evidence(data, user_name)
            earlier.append(EarlierContact(evidence, conversation_id, now.get(user_name, ""), asks))
    return earlier


# ---------------------------------------------------------------- writing it down


def _attach(
    transaction: Transaction, login: Login, user_name: str, conversation_id: int, *, by_person: bool = False
) -> None:
    """Make `conversation_id` the conversation with `user_name`; the messages of a younger one move there."""
    from tui.store.identity import identifications
    from tui.store.identity.identifications import DecidedBy, PeerAddress

    connection = transaction.connection
    younger = conversations.find(connection, login, user_name)
    there = connection.execute("SELECT login_id, user_name FROM conversation WHERE id = ?", (conversation_id,))
    decided_by = DecidedBy.PERSON if by_person else DecidedBy.PROGRAM
    identifications.note(transaction, PeerAddress(login.id, user_name), PeerAddress(*there.fetchone()), decided_by)
    if younger is not None:
        adopt(transaction, login, younger, conversation_id)
    else:
        connection.execute(
            "INSERT INTO peer (login_id, user_name, conversation_id) VALUES (?, ?, ?)",
            (login.id, user_name, conversation_id),
        )
    connection.execute(
        "UPDATE conversation SET login_id = ?, user_name = ?, split_off = 0 WHERE id = ?",
        (login.id, user_name, conversation_id),
    )
    contact = contacts.known(connection, login.id, user_name)
    if contact is not None:
        contacts.update_conversation(transaction, login, contact)
    _forget(transaction, "login_id = ? AND conversation_id = ?", login.id, conversation_id)
    transaction.conversation_changed(conversation_id)


def adopt(transaction: Transaction, login: Login, younger: int, conversation_id: int) -> None:
    """Move everything of the younger conversation over, and delete it; of two drafts the older one goes first."""
    from tui.store.identity import ownership

    connection = transaction.connection
    ownership.mark(transaction, younger, conversation_id)
    connection.execute("UPDATE message SET conversation_id = ? WHERE conversation_id = ?", (conversation_id, younger))
    connection.execute("UPDATE peer SET conversation_id = ? WHERE conversation_id = ?", (conversation_id, younger))
    kept = "SELECT unread, draft FROM conversation WHERE id = ?"
    unread, draft = connection.execute(kept, (younger,)).fetchone()
    connection.execute(
        "UPDATE conversation SET unread = unread + ?1, draft = CASE WHEN ?2 IN ('', draft) THEN draft"
        " WHEN draft = '' THEN ?2 ELSE draft || char(10) || ?2 END WHERE id = ?3",
        (unread, draft, conversation_id),
    )
    conversations.take_rules(connection, younger, conversation_id)
    _forget(transaction, "login_id = ? AND conversation_id = ?", login.id, younger)
    conversations.delete(transaction, younger)
    conversations.message_left(transaction, conversation_id)
    conversations.count_mentions(transaction, conversation_id)
    transaction.conversation_merged(younger, conversation_id)


def _carry(transaction: Transaction, login: Login, apart: Mapping[int, Set[int]]) -> None:
    """Ask unanswered questions of earlier logins anew, where the contact in question was recognised.

    Not about conversations that are `apart` from what it has.
    """
    connection = transaction.connection
    for login_id, then, conversation_id, now, own in connection.execute(
        "SELECT d.login_id, d.user_name, d.conversation_id, p.user_name, p.conversation_id FROM doubt AS d"
        " JOIN conversation AS c ON c.id = d.conversation_id AND c.login_id < ?1"
        " JOIN peer AS o ON o.login_id = d.login_id AND o.user_name = d.user_name"
        " JOIN peer AS p ON p.conversation_id = o.conversation_id AND p.login_id = ?1"
        " WHERE d.login_id < ?1",
        (login.id,),
    ).fetchall():
        connection.execute(
            "DELETE FROM doubt WHERE login_id = ? AND user_name = ? AND conversation_id = ?",
            (login_id, then, conversation_id),
        )
        if conversation_id not in apart.get(own, ()):
            _ask(transaction, login, now, conversation_id)
    connection.execute(
        "DELETE FROM doubt WHERE login_id < ?1"
        " AND conversation_id IN (SELECT id FROM conversation WHERE login_id = ?1)",
        (login.id,),
    )


def _ask(transaction: Transaction, login: Login, user_name: str, conversation_id: int) -> None:
    transaction.connection.execute(
        "INSERT OR IGNORE INTO doubt (login_id, user_name, conversation_id) VALUES (?, ?, ?)",
        (login.id, user_name, conversation_id),
    )
    transaction.contacts_changed()


def _note(transaction: Transaction, login: Login, doubts: dict[str, Unsure], *, but: set[str]) -> None:
    """Replace the questions of `login`, except those about contacts in `but`; answers stay, too."""
    connection = transaction.connection
    wanted = {(name, one) for name, doubt in doubts.items() for one in doubt.conversation_ids}
    stored = {
        (name, conversation_id)
        for name, conversation_id in connection.execute(
            "SELECT d.user_name, d.conversation_id FROM doubt AS d JOIN conversation AS c ON c.id = d.conversation_id"
            " WHERE d.login_id = ?1 AND c.login_id < ?1",
            (login.id,),
        )
        if name not in but
    }
    for name, conversation_id in stored - wanted:
        _forget(transaction, "login_id = ? AND user_name = ? AND conversation_id = ?", login.id, name, conversation_id)
    for name, conversation_id in sorted(wanted - stored):
        _ask(transaction, login, name, conversation_id)


def _forget(transaction: Transaction, which: str, *values: int | str) -> None:
    """Delete questions and answers; whoever shows one looks again."""
    if transaction.connection.execute(f"DELETE FROM doubt WHERE {which}", values).rowcount:
        transaction.contacts_changed()
