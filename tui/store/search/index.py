"""Full-text search: an FTS5 table with the words of every message (see `tokenizer`), and queries to it.

Triggers of the connection note which messages a transaction touches, whatever statement does it, and `catch_up` takes
them into the index at its end, within it. (A trigger that wrote to the index itself would make FTS5 finish a segment
for each message: ten times the work.) The triggers are temporary, as is the function for the words, so the file holds
nothing that another program could not read and write.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import Final

from tui.errors import SearchMissing
from tui.store.errors import is_damage
from tui.store.mapping import rows
from tui.store.mapping.codec import to_ms, unpack_body
from tui.store.models import Place, StoredMessage
from tui.store.search import filters
from tui.store.search.query import MessageQuery
from tui.store.search.tokenizer import Query, findable, query, split

_PROBE: Final = "SELECT fts5_source_id()"
_BEHIND: Final = "search.behind"
"""Key of `memory`, set by versions that wrote to a file without FTS5: the index lacks what they wrote."""
_FEW: Final = 2000
"""Hits up to which they are put in order by looking each one up; with more, the log is walked until a page is full."""
_STEP: Final = 16
"""Pages of the index that are merged after a change; each one adds a page, and is merged some times in its life."""

_STRIDE: Final = 1000
"""Pages that are merged at a time where nobody waits."""

_NO_MERGE: Final = "INSERT INTO search (search, rank) VALUES ('automerge', 0)"
"""FTS5 would merge by itself, for 50 ms in the middle of every 64th change: see `tidy`. The file keeps this setting."""

# Words come split, so the plainest tokenizer of FTS5 does; it takes all beyond ASCII for letters.
_TABLE: Final = "CREATE VIRTUAL TABLE search USING fts5(words, tokenize = 'ascii', columnsize = 0)"

_NOTES: Final = (
    # Temporary tables lie in memory, for the disk may be full.
    "PRAGMA temp_store = MEMORY",
    "CREATE TEMP TABLE search_due (id INTEGER PRIMARY KEY)",
    """CREATE TEMP TRIGGER search_added AFTER INSERT ON main.message BEGIN
        INSERT OR IGNORE INTO search_due (id) VALUES (new.id);
    END""",
    """CREATE TEMP TRIGGER search_changed AFTER UPDATE OF body ON main.message WHEN old.body <> new.body BEGIN
        INSERT OR IGNORE INTO search_due (id) VALUES (new.id);
    END""",
    """CREATE TEMP TRIGGER search_removed AFTER DELETE ON main.message BEGIN
        INSERT OR IGNORE INTO search_due (id) VALUES (old.id);
    END""",
)


def _words(body: str) -> str:
    """Return the words of a stored body, with blanks between them; the SQL function `wxtui_words`."""
    return " ".join(split(findable(unpack_body(body))))


def require() -> None:
    """Raise `SearchMissing` when the SQLite of this Python has no FTS5."""
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(_PROBE)
        except sqlite3.OperationalError as error:
            raise SearchMissing(version=sqlite3.sqlite_version) from error


def is_complete(connection: sqlite3.Connection) -> bool:
    """Return whether there is an index as this version makes it, with the words of every message."""
    made = connection.execute("SELECT sql FROM main.sqlite_master WHERE name = 'search'").fetchone()
    behind = connection.execute("SELECT 1 FROM memory WHERE key = ?", (_BEHIND,)).fetchone()
    return made == (_TABLE,) and behind is None


def rebuild(connection: sqlite3.Connection) -> None:
    """Make the index of all messages that there are, within a transaction."""
    _offer_words(connection)
    _drop(connection)
    connection.execute(_TABLE)
    connection.execute(_NO_MERGE)
    connection.execute(
        "INSERT INTO search (rowid, words) SELECT id, words FROM"
        " (SELECT id, wxtui_words(body) AS words FROM message) WHERE words <> ''"
    )
    settle(connection)
    connection.execute("DELETE FROM memory WHERE key = ?", (_BEHIND,))


def _drop(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("DROP TABLE IF EXISTS search")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        # FTS5 will not even let go of an index that it cannot read. The messages are not in it.
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_master WHERE name = 'search'")
        connection.execute("PRAGMA writable_schema = RESET")
        for part in ("data", "idx", "content", "docsize", "config"):
            connection.execute(f"DROP TABLE IF EXISTS search_{part}")


def attach(connection: sqlite3.Connection) -> None:
    """Let this connection, which may write, keep a complete index in step from now on."""
    # An index of an earlier version merges by itself. Where the setting cannot be read or written now, the index works
    # all the same.
    with suppress(sqlite3.DatabaseError):
        if connection.execute("SELECT v FROM search_config WHERE k = 'automerge'").fetchone() != (0,):
            connection.execute(_NO_MERGE)
    _offer_words(connection)
    for statement in _NOTES:
        connection.execute(statement)


def catch_up(connection: sqlite3.Connection) -> bool:
    """Index the messages that this transaction has touched, before its commit; return False when there are none."""
    due = connection.execute("SELECT 1 FROM temp.search_due WHERE id > 0 LIMIT 1").fetchone()
    if due is None:
        return False
    connection.execute("DELETE FROM search WHERE rowid IN (SELECT id FROM temp.search_due)")
    connection.execute(
        "INSERT INTO search (rowid, words) SELECT id, words FROM (SELECT m.id, wxtui_words(m.body) AS words"
        " FROM message AS m WHERE m.id IN (SELECT id FROM temp.search_due)) WHERE words <> ''"
    )
    connection.execute("DELETE FROM temp.search_due WHERE id > 0")
    return True


def tidy(connection: sqlite3.Connection, pages: int = _STEP) -> bool:
    """Merge a little of the index, after a change, when nobody waits any more; return whether there is more to do."""
    before = connection.total_changes
    connection.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
    return connection.total_changes - before >= 2


def settle(connection: sqlite3.Connection) -> None:
    """Merge all that is to be merged, after thousands of changes at once."""
    while tidy(connection, _STRIDE):
        pass


def _offer_words(connection: sqlite3.Connection) -> None:
    connection.create_function("wxtui_words", 1, _words, deterministic=True)


# ---------------------------------------------------------------- queries


def find(
    connection: sqlite3.Connection,
    asked: MessageQuery | str,
    *,
    conversation_id: int | None = None,
    before: Place | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[StoredMessage]:
    """Return at most `limit` messages that a query means, or that contain the words of a text, there or anywhere.

    Those before a place come with the newest first, those after one ascending. None when nothing in a text is a word.
    """
    if isinstance(asked, str):
        asked = MessageQuery(asked)
    wanted = query(asked.words)
    if limit <= 0 or (not wanted and (asked.words.strip() or not asked.filtered)):
        return []
    narrowed = filters.conditions(connection, asked)
    if narrowed is None:
        return []
    bounds, values = _bounds(conversation_id, before, after)
    bounds, values = " ".join([bounds, *narrowed[0]]), [*values, *narrowed[1]]
    expression = _expression(wanted)
    # The log is walked in its order, and ends when a page is full: with many hits, and where there are no words.
    there = "+m.id IN (SELECT rowid FROM search WHERE search MATCH ?)"
    order = "ORDER BY m.time_ms DESC, m.id DESC" if after is None else "ORDER BY m.time_ms, m.id"
    by = f"INDEXED BY {_walked(conversation_id, asked)}"
    if not wanted:
        there = "TRUE"
    elif (hits := _count(connection, expression)) <= _FEW:
        if not hits:
            return []
        # The plus keeps SQLite from walking the log in order, which it takes for cheaper than it is.
        there = "m.id IN (SELECT rowid FROM search WHERE search MATCH ?)"
        order = "ORDER BY +m.time_ms DESC, +m.id DESC" if after is None else "ORDER BY +m.time_ms, +m.id"
        by = "NOT INDEXED"
    found = connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m {by} WHERE {there} {bounds} {order} LIMIT ?",
        (*((expression,) if wanted else ()), *values, limit),
    )
    return [rows.as_message(row) for row in found]


def _walked(conversation_id: int | None, asked: MessageQuery) -> str:
    """Return the index that has the messages in their order: the few that name oneself have one of their own."""
    return "message_mention" if asked.mentions else "message_time" if conversation_id is None else "message_place"


def place_among(
    connection: sqlite3.Connection, asked: MessageQuery, conversation_id: int, place: Place
) -> tuple[int, int]:
    """Return which of the messages of a conversation that are asked for stands at a place (the oldest is 1), and how
    many there are. `asked` has no words."""
    narrowed = filters.conditions(connection, asked)
    if narrowed is None:
        return 0, 0
    bounds, values = _bounds(conversation_id, None, None)
    bounds, values = " ".join([bounds, *narrowed[0]]), [*values, *narrowed[1]]
    found = connection.execute(
        "SELECT total((m.time_ms, m.id) <= (?, ?)), count(*) FROM message AS m INDEXED BY message_place"
        f" WHERE TRUE {bounds}",
        (to_ms(place.time), place.id, *values),
    )
    before, count = found.fetchone()
    return int(before), int(count)


def _count(connection: sqlite3.Connection, expression: str) -> int:
    """Count the messages with some words, up to a few and one more."""
    found = connection.execute("SELECT rowid FROM search WHERE search MATCH ? LIMIT ?", (expression, _FEW + 1))
    return len(found.fetchall())


def _expression(wanted: Query) -> str:
    """Return the query in FTS5's syntax. Nothing a person wrote can be syntax: words have no quotes."""
    phrases = [f'"{" ".join(phrase)}"' for phrase in wanted.phrases]
    return " AND ".join(phrases) + (" *" if wanted.open_end else "")


def _bounds(conversation_id: int | None, before: Place | None, after: Place | None) -> tuple[str, list[object]]:
    """Return where a message is to be, as SQL and its values."""
    clauses: list[str] = []
    values: list[object] = []
    if conversation_id is not None:
        clauses.append("AND m.conversation_id = ?")
        values.append(conversation_id)
    for place, sign in ((before, "<"), (after, ">")):
        if place is not None:
            clauses.append(f"AND (m.time_ms, m.id) {sign} (?, ?)")
            values += [to_ms(place.time), place.id]
    return " ".join(clauses), values
