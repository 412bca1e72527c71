"""Counts for a prompt, read at once and alone from the store's file: what is unread, what waits, and as of when.

A prompt asks each time it is drawn: this imports SQLite's own module and nothing else, takes no lock, and writes
nothing.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from tui import errors

if TYPE_CHECKING:
    from sqlite3 import Connection

_PATIENCE: Final = 0.5
"""Seconds that a prompt waits for a program that is writing."""
_NOTHING_BESIDE: Final = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_FULL")
"""How errors begin where SQLite can put nothing beside the file, which is read as it lies there then."""
_KNOWN: Final = 5
"""Version of the tables that has everything that is asked for here; an earlier one has less."""

_LOGIN: Final = (
    "SELECT l.id, coalesce(json_extract(c.data, '$.nick_name'), ''), {synced} FROM login AS l"
    " LEFT JOIN contact AS c ON c.login_id = l.id AND c.user_name = l.user_name"
    " WHERE l.id = (SELECT max(id) FROM login)"
)
_UNREAD: Final = (
    "SELECT coalesce(sum(unread) FILTER (WHERE NOT ({quiet})), 0), count(*) FILTER (WHERE NOT ({quiet})),"
    " coalesce(sum({mentions}), 0) FROM conversation WHERE login_id = :login AND unread > 0"
)
_QUIET: Final = "muted OR (kind = 'official' AND NOT pinned)"
"""Condition for a silent conversation in tables of an earlier version, which have no rules."""
PERSONAL: Final = (
    "filehelper", "floatbottle", "fmessage", "lbsapp", "medianote", "qmessage", "qqfriend", "shakeapp", "tmessage",
    "voip",
)  # fmt: skip
"""Special accounts that are no service: `SPECIAL_ACCOUNTS` without `SERVICE_ACCOUNTS`, whose module costs time."""
_KIND: Final = (
    f"CASE WHEN kind = 'special' AND user_name NOT IN {PERSONAL} THEN 'service'"
    " WHEN kind IN ('official', 'group') THEN kind ELSE 'person' END"
)
"""`Conversation.notify_kind`."""
_SILENT: Final = (
    "(hushed AND (hushed_until_ms = 0 OR hushed_until_ms > :now)) OR notify IN ('mentions', 'none')"
    f" OR (notify = '' AND (muted OR instr(:silence, {_KIND})))"
    f" OR (instr(:silence, 'folded') AND notify <> 'all' AND NOT pinned AND {_KIND} IN ('official', 'service'))"
)
"""`ConversationList.is_silent`; a test compares the two for all there is."""
SILENCE: Final = "silence"
"""Key of `memory`: `silence_words` of the settings with which wxtui ran last. A prompt has no time to read them."""
USUAL_SILENCE: Final = "folded official service"
"""Its value where the settings say nothing; it is not kept."""
_WAITING: Final = (
    "SELECT count(*) FILTER (WHERE u.message_id IS NULL), count(u.message_id) FROM message AS m"
    " LEFT JOIN upload AS u ON u.message_id = m.id WHERE m.state IN ('pending', 'sending')"
)


class StoredStatus(NamedTuple):
    """How things stood when the file was last written to. `name` is one's own, "" where it is not known.

    `unread` and `unread_chats` are without silent conversations, as the list of conversations counts; `mentions` is of
    all. `waiting` are texts, `uploads` files that are not sent yet. `heard_ms`: when the server was last heard.
    """

    name: str = ""
    unread: int = 0
    unread_chats: int = 0
    mentions: int = 0
    waiting: int = 0
    uploads: int = 0
    heard_ms: int | None = None

    @property
    def since(self) -> str | None:
        """Time when the server was last heard, as `isoformat` writes it."""
        return None if self.heard_ms is None else iso(self.heard_ms)


def iso(ms: int) -> str:
    """Return a time as `datetime.isoformat` writes it, without importing that."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(ms // 1000))


def read_status(path: str, now_ms: int) -> StoredStatus | None:
    """Return the counts of the current login; None where nothing was ever stored.

    Raises `StoreTooNew`, `StoreDamaged`, `StoreBroken`, `HomeUnusable`.
    """
    import _sqlite3  # As `sqlite3`, without what makes dates of texts, which takes as long again.

    if not os.path.exists(path):
        return None
    version = _KNOWN
    try:
        connection = _opened(path)
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            return _read(connection, version, now_ms) if version else None
        finally:
            connection.close()
    except _sqlite3.OperationalError as error:
        if version > _KNOWN:
            raise errors.StoreTooNew(path=path) from None
        raise errors.HomeUnusable(path=path, why=str(error)) from None
    except (_sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # The latter where SQLite's own words are no text: they name what is damaged, as it stands in the file.
        raise errors.StoreBroken(path=path, why=str(error)) from None


def _opened(path: str) -> Connection:
    import _sqlite3

    place = "".join(
        chr(byte) if chr(byte) not in "%?#" and 32 < byte < 127 else f"%{byte:02x}" for byte in _bytes(path)
    )
    for more in ("", "&immutable=1"):
        connection: Connection = _sqlite3.connect(f"file:{place}?mode=ro{more}", uri=True, timeout=_PATIENCE)
        try:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        except (_sqlite3.DatabaseError, UnicodeDecodeError) as error:
            connection.close()
            name = getattr(error, "sqlite_errorname", "")
            if more or not name.startswith(_NOTHING_BESIDE) or _logged(path):
                raise
        else:
            return connection
    raise AssertionError("the second try returns or raises")


def _bytes(path: str) -> bytes:
    return os.fsencode(os.path.abspath(path))


def _logged(path: str) -> bool:
    """Return True where some of the file is still in the log beside it."""
    try:
        return os.stat(path + "-wal").st_size > 0
    except OSError:
        return False


def _read(connection: Connection, version: int, now_ms: int) -> StoredStatus | None:
    login = connection.execute(_LOGIN.format(synced="l.synced_ms" if version >= 3 else "NULL")).fetchone()
    if login is None:
        return None
    login_id, name, heard_ms = login
    quiet = _QUIET + (" OR hushed" if version >= 2 else "")
    values = {"login": login_id}
    if version >= _KNOWN:
        quiet = _SILENT
        kept = connection.execute("SELECT value FROM memory WHERE key = ?", (SILENCE,)).fetchone()
        values |= {"now": now_ms, "silence": USUAL_SILENCE if kept is None else kept[0]}
    asked = _UNREAD.format(quiet=quiet, mentions="mentions" if version >= _KNOWN else "0")
    unread, chats, mentions = connection.execute(asked, values).fetchone()
    waiting, uploads = connection.execute(_WAITING).fetchone() if version >= 3 else (0, 0)
    return StoredStatus(str(name), unread, chats, mentions, waiting, uploads, heard_ms)
