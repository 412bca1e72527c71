"""Gaps: times that no sync covers. A new login is told of nothing that came before it (protocol.md section 2.5)."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from tui.store.columns import from_ms, to_ms
from tui.store.models import Gap, StoredMessage
from tui.store.writing import Writing

SHORTEST_MS: Final = 60_000
"""A login takes some seconds, and when the server was last heard is written once a minute: less is no gap."""

SKEW: Final = timedelta(minutes=10)
"""By how much the server's clock and ours may differ."""


def note(writing: Writing, uin: str) -> None:
    """A login of `uin` begins, or a lost key is replaced: what came since the server was last heard is not told.

    A login of an earlier version does not say when that was: then its newest message does. The place of the gap is
    between rows, not between times: the server's clock and ours need not agree about which message came first.
    """
    row = writing.connection.execute(
        "SELECT id, started_ms, synced_ms FROM login WHERE uin = ? ORDER BY id DESC LIMIT 1", (uin,)
    ).fetchone()
    if row is None:
        return
    login_id, started_ms, since_ms = row
    if since_ms is None:
        newest = writing.connection.execute("SELECT max(time_ms) FROM message WHERE login_id = ?", (login_id,))
        since_ms = newest.fetchone()[0] or started_ms
    until_ms = to_ms(writing.now)
    if until_ms - since_ms <= SHORTEST_MS:
        return
    (after,) = writing.connection.execute("SELECT max(id) FROM message").fetchone()
    if after is None:
        return  # Nothing stands before it, in any conversation.
    writing.connection.execute(
        "INSERT INTO gap (uin, since_ms, until_ms, after_id) VALUES (?, ?, ?, ?)", (uin, since_ms, until_ms, after)
    )
    writing.gaps_changed()


def every(connection: sqlite3.Connection, conversation_id: int | None) -> list[Gap]:
    """All gaps, or those of the account whose conversation that is; in order."""
    there = "" if conversation_id is None else "WHERE uin = (SELECT uin FROM conversation WHERE id = ?)"
    found = connection.execute(
        f"SELECT since_ms, until_ms, after_id FROM gap {there} ORDER BY after_id, id",
        () if conversation_id is None else (conversation_id,),
    )
    return [Gap(from_ms(since), from_ms(until), after) for since, until, after in found]


class GapLines:
    """Between which messages a line says that others may be missing.

    Rows are numbered as they are stored: what came before a gap has a smaller number, whatever the clocks said. The
    times are looked at too, for where rows were deleted their numbers can come again.
    """

    def __init__(self, gaps: Sequence[Gap] = ()) -> None:
        self._gaps = list(gaps)
        self._after = [gap.after for gap in self._gaps]

    def between(self, before: StoredMessage, message: StoredMessage) -> Gap | None:
        """What is missing between two neighbours; several gaps are told as one, from the first to the last."""
        first, end = bisect_left(self._after, before.id), bisect_left(self._after, message.id)
        if first >= end:
            return None
        early, late = message.time + SKEW, before.time - SKEW
        found = [gap for gap in self._gaps[first:end] if gap.since <= early and gap.until >= late]
        if len(found) < 2:
            return found[0] if found else None
        return Gap(found[0].since, found[-1].until, found[-1].after, len(found))
