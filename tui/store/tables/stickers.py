"""Stickers that were received: each once, by the MD5 under which it can be sent again."""

from __future__ import annotations

import sqlite3
from typing import Final

from tui.store.mapping import rows
from tui.store.models import ReceivedSticker
from tui.store.search.filters import beginnings
from tui.wire.bodies import Emoticon

_NEWEST: Final = 100_000
"""Messages that are looked through, from the newest on: so the store answers others soon."""


def received(connection: sqlite3.Connection, limit: int = 200) -> list[ReceivedSticker]:
    """Return the stickers of the newest messages of others, the latest first, and how often each came."""
    begins = beginnings(Emoticon)
    found = connection.execute(
        f"SELECT {rows.MESSAGE}, count(*), max(m.time_ms) FROM message AS m"
        " WHERE m.id > (SELECT max(id) FROM message) - ? AND NOT m.mine AND (m.body GLOB ? OR m.body GLOB ?)"
        " AND json_extract(m.body, '$.md5') != ''"
        # SQLite takes the other columns from the row of the maximum.
        " GROUP BY json_extract(m.body, '$.md5') ORDER BY max(m.time_ms) DESC, m.id DESC LIMIT ?",
        (_NEWEST, *begins, limit),
    )
    return [ReceivedSticker(rows.as_message(row[:-2]), row[-2]) for row in found]
