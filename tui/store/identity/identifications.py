"""Identifications: that a contact of one login is a contact of an earlier login, or is not; why, and who said so.

A conversation is what its peers have: one address a login. Each identification ties two of them, and together they make
a tree, so that a conversation without one of them falls into two parts (see `splitting`). Earlier versions wrote none:
there each address is tied to the one before it, and nobody knows why.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from itertools import pairwise, starmap
from typing import Any, Final

import msgspec

from tui.store.db.transaction import Transaction
from tui.store.identity import matching
from tui.store.identity.evidence import ContactEvidence, EvidenceKind, read_evidence
from tui.store.mapping.codec import from_ms, to_ms
from tui.store.mapping.column_types import Shape


class IdentificationState(Enum):
    """State of an identification: it holds, a person undid it, or a person denied it when asked."""

    JOINED = "joined"
    SPLIT = "split"
    DENIED = "denied"


class DecidedBy(Enum):
    """Decider about two contacts; UNKNOWN where an earlier version did not write it down."""

    PROGRAM = "wxtui"
    PERSON = "person"
    UNKNOWN = ""


class PeerAddress(msgspec.Struct, frozen=True, order=True):
    """Address of a conversation in one login. The order is that of the logins."""

    login_id: int
    user_name: str


class Identification(msgspec.Struct, frozen=True):
    """Statement that the contact `later` is the contact `earlier` of a login before. `at` is None where unknown."""

    later: PeerAddress
    earlier: PeerAddress
    decided_by: DecidedBy = DecidedBy.UNKNOWN
    evidence: tuple[EvidenceKind, ...] = ()
    at: datetime | None = None
    state: IdentificationState = IdentificationState.JOINED


_COLUMNS: Final = (
    "i.login_id, i.user_name, i.earlier_login_id, i.earlier_user_name, i.decided_by, i.evidence, i.time_ms, i.state"
)
_SHAPE: Final = Shape("itit" + "ttit")
_STATES: Final = {state.value: state for state in IdentificationState}
_DECIDED: Final = {by.value: by for by in DecidedBy}
_KINDS: Final = {kind.word: kind for kind in EvidenceKind}


def note(
    transaction: Transaction,
    later: PeerAddress,
    earlier: PeerAddress,
    decided_by: DecidedBy,
    state: IdentificationState = IdentificationState.JOINED,
) -> None:
    """Write down what was decided about two contacts; what was said of them before is forgotten.

    The evidence is what agrees now: what is known of a contact of an earlier login does not change any more.
    """
    connection = transaction.connection
    evidence = () if decided_by is DecidedBy.UNKNOWN else _agreeing(connection, later, earlier)
    connection.execute(
        "INSERT OR REPLACE INTO identification (login_id, user_name, earlier_login_id, earlier_user_name, state,"
        " evidence, decided_by, time_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *_key(later, earlier),
            state.value,
            ",".join(kind.word for kind in evidence),
            decided_by.value,
            to_ms(transaction.now),
        ),
    )


def set_state(transaction: Transaction, one: Identification, state: IdentificationState) -> None:
    """Change the state of an identification; one that nobody wrote down is written now."""
    changed = transaction.connection.execute(
        "UPDATE identification SET state = ? WHERE login_id = ? AND user_name = ? AND earlier_login_id = ?"
        " AND earlier_user_name = ?",
        (state.value, *_key(one.later, one.earlier)),
    )
    if not changed.rowcount:
        note(transaction, one.later, one.earlier, one.decided_by, state)


def _key(later: PeerAddress, earlier: PeerAddress) -> tuple[int, str, int, str]:
    return later.login_id, later.user_name, earlier.login_id, earlier.user_name


# ---------------------------------------------------------------- reading


def peers(connection: sqlite3.Connection, conversation_id: int) -> list[PeerAddress]:
    """Return the addresses of a conversation, the oldest first."""
    found = connection.execute(
        "SELECT login_id, user_name FROM peer WHERE conversation_id = ? ORDER BY login_id, user_name",
        (conversation_id,),
    )
    return [PeerAddress(login_id, user_name) for login_id, user_name in found]


def holder(connection: sqlite3.Connection, address: PeerAddress) -> int:
    """Return the id of the conversation that has an address; 0 for none."""
    row = connection.execute(
        "SELECT conversation_id FROM peer WHERE login_id = ? AND user_name = ?",
        (address.login_id, address.user_name),
    ).fetchone()
    return 0 if row is None else int(row[0])


def joined(connection: sqlite3.Connection, conversation_id: int) -> list[Identification]:
    """Return what ties the addresses of a conversation together, the oldest first: one less than there are addresses.

    Where nothing was written down, an address is tied to the one before it.
    """
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM peer AS p JOIN identification AS i"
        " ON i.login_id = p.login_id AND i.user_name = p.user_name"
        " JOIN peer AS o ON o.login_id = i.earlier_login_id AND o.user_name = i.earlier_user_name"
        " AND o.conversation_id = p.conversation_id"
        " WHERE p.conversation_id = ? AND i.state = 'joined' ORDER BY i.login_id, i.earlier_login_id",
        (conversation_id,),
    )
    addresses = peers(connection, conversation_id)
    groups = _Groups(addresses)
    ties = [one for one in map(_identification, found.fetchall()) if groups.tie(one)]
    ties += [one for one in starmap(_unknown, pairwise(addresses)) if groups.tie(one)]
    return sorted(ties, key=lambda one: (one.later, one.earlier))


def _unknown(earlier: PeerAddress, later: PeerAddress) -> Identification:
    return Identification(later, earlier)


def leaving(addresses: Sequence[PeerAddress], ties: Iterable[Identification], cut: Identification) -> list[PeerAddress]:
    """Return the addresses that one tie holds in a conversation: without it they are apart from the newest one."""
    groups = _Groups(addresses)
    for one in ties:
        if (one.later, one.earlier) != (cut.later, cut.earlier):
            groups.tie(one)
    newest = groups.of(addresses[-1])
    return [address for address in addresses if groups.of(address) != newest]


class _Groups:
    """Addresses in groups; each tie makes one of two."""

    def __init__(self, addresses: Iterable[PeerAddress]) -> None:
        self._into = {address: address for address in addresses}

    def of(self, address: PeerAddress) -> PeerAddress:
        while (into := self._into[address]) != address:
            address = into
        return address

    def tie(self, one: Identification) -> bool:
        """Return False when both are in one group already."""
        later, earlier = self.of(one.later), self.of(one.earlier)
        self._into[later] = earlier
        return later != earlier


def undone(connection: sqlite3.Connection, conversation_id: int) -> list[Identification]:
    """Return what a person undid or denied about addresses of a conversation, the newest first."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM identification AS i WHERE i.state <> 'joined' AND EXISTS (SELECT 1 FROM peer AS p"
        " WHERE p.conversation_id = ? AND ((p.login_id = i.login_id AND p.user_name = i.user_name)"
        " OR (p.login_id = i.earlier_login_id AND p.user_name = i.earlier_user_name)))"
        " ORDER BY i.time_ms DESC, i.login_id DESC",
        (conversation_id,),
    )
    return [_identification(row) for row in found]


def apart(connection: sqlite3.Connection) -> dict[int, set[int]]:
    """Return for conversations those of which a person said that they are somebody else's."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in connection.execute(
        "SELECT p.conversation_id, o.conversation_id FROM identification AS i"
        " JOIN peer AS p ON p.login_id = i.login_id AND p.user_name = i.user_name"
        " JOIN peer AS o ON o.login_id = i.earlier_login_id AND o.user_name = i.earlier_user_name"
        " WHERE i.state <> 'joined' AND p.conversation_id <> o.conversation_id"
    ):
        found[one].add(other)
        found[other].add(one)
    return found


def _identification(row: tuple[Any, ...]) -> Identification:
    login_id, user_name, earlier_id, earlier_name, decided_by, evidence, time_ms, state = _SHAPE.check(row)
    by = _DECIDED.get(decided_by, DecidedBy.UNKNOWN)
    return Identification(
        PeerAddress(login_id, user_name),
        PeerAddress(earlier_id, earlier_name),
        by,
        tuple(_KINDS[word] for word in evidence.split(",") if word in _KINDS),
        None if by is DecidedBy.UNKNOWN else from_ms(time_ms),
        _STATES.get(state, IdentificationState.DENIED),
    )


def _agreeing(connection: sqlite3.Connection, later: PeerAddress, earlier: PeerAddress) -> Sequence[EvidenceKind]:
    one, other = evidence_of(connection, later), evidence_of(connection, earlier)
    return () if one is None or other is None else matching.agreeing(one, other)


def evidence_of(connection: sqlite3.Connection, address: PeerAddress) -> ContactEvidence | None:
    """Return what is stored of a contact that outlives its login; None where nothing is."""
    row = connection.execute(
        "SELECT data FROM contact WHERE login_id = ? AND user_name = ?", (address.login_id, address.user_name)
    ).fetchone()
    return None if row is None else read_evidence(row[0], address.user_name)
