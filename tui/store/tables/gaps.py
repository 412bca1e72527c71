"""Gaps: times that no sync covers. A new login is told of nothing that came before it (PROTOCOL section 2.5)."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from tui.store.db.transaction import Transaction
from tui.store.mapping.codec import from_ms, to_ms
from tui.store.mapping.column_types import Shape
from tui.store.models import Gap, Place, StoredMessage

SHORTEST_MS: Final = 60_000
"""A login takes some seconds, and the time of the last sync is stored once a minute: less is no gap."""

_SHAPE: Final = Shape("iii")
_SKEW_MS: Final = 600_000
"""Milliseconds by which the server's clock and ours may differ."""


def note(transaction: Transaction, uin: str) -> None:
    """Note a gap since the last sync, of which the server tells nothing: a login begins, or a lost key is replaced.

    A login of an earlier version does not say when that was: then its newest message does. The place of the gap is
    between rows, not between times: the server's clock and ours need not agree about which message came first.
    """
    row = transaction.connection.execute(
        "SELECT id, started_ms, synced_ms FROM login WHERE uin = ? ORDER BY id DESC LIMIT 1", (uin,)
    ).fetchone()
    if row is None:
        return
    login_id, started_ms, since_ms = row
    if since_ms is None:
        newest = transaction.connection.execute("SELECT max(time_ms) FROM message WHERE login_id = ?", (login_id,))
        since_ms = newest.fetchone()[0] or started_ms
    until_ms = to_ms(transaction.now)
    if until_ms - since_ms <= SHORTEST_MS:
        return
    (after,) = transaction.connection.execute("SELECT max(id) FROM message").fetchone()
    if after is None:
        return  # No message is stored, before which the gap could stand.
    transaction.connection.execute(
        "INSERT INTO gap (uin, since_ms, until_ms, after_id) VALUES (?, ?, ?, ?)", (uin, since_ms, until_ms, after)
    )
    transaction.gaps_changed()


def every(connection: sqlite3.Connection, conversation_id: int | None = None) -> list[Gap]:
    """Return all gaps, or those of the account that has a conversation; in order."""
    there = "" if conversation_id is None else "WHERE uin = (SELECT uin FROM conversation WHERE id = ?)"
    found = connection.execute(
        f"SELECT since_ms, until_ms, after_id FROM gap {there} ORDER BY after_id, id",
        () if conversation_id is None else (conversation_id,),
    )
    return [Gap(from_ms(since), from_ms(until), after) for since, until, after in map(_SHAPE.check, found)]


def lines(connection: sqlite3.Connection, conversation_id: int) -> GapLines:
    """Return where the gaps of that account stand in this conversation.

    Above a gap is whatever was stored before it, and what was stored later with a time of before: a server may deliver
    late. What was stored before is known by its row id, whatever the clocks said; yet where rows were deleted their
    numbers can come again, so a message from well after the gap is never above it.
    """
    found = []
    for gap in every(connection, conversation_id):
        row = connection.execute(
            "SELECT time_ms, id FROM message WHERE conversation_id = ? AND time_ms <= ? AND (id <= ? OR time_ms <= ?)"
            " ORDER BY time_ms DESC, id DESC LIMIT 1",
            (conversation_id, to_ms(gap.until) + _SKEW_MS, gap.after, to_ms(gap.since)),
        ).fetchone()
        if row is not None:
            found.append((Place(from_ms(row[0]), row[1]), gap))
    return GapLines(found)


def is_before_one(connection: sqlite3.Connection, time_ms: int) -> bool:
    """Return True when a message of that time is older than a gap: stored now, it moves the place of the line."""
    return connection.execute("SELECT 1 FROM gap WHERE since_ms >= ? LIMIT 1", (time_ms,)).fetchone() is not None


class GapLines:
    """Lines in a conversation that say that messages may be missing: one for each gap, between two messages."""

    def __init__(self, gaps: Sequence[tuple[Place, Gap]] = ()) -> None:
        """`gaps` are in their order; each has the place of the last message above it."""
        self._gaps = sorted(gaps, key=lambda one: one[0])
        self._places = [place for place, _ in self._gaps]

    def between(self, before: StoredMessage, message: StoredMessage) -> Gap | None:
        """Return the gap between two neighbours; several are told as one, from the first to the last."""
        first, end = bisect_left(self._places, before.place), bisect_left(self._places, message.place)
        found = [gap for _, gap in self._gaps[first:end]]
        if len(found) < 2:
            return found[0] if found else None
        since, until = min(gap.since for gap in found), max(gap.until for gap in found)
        return Gap(since, until, found[-1].after, len(found))
