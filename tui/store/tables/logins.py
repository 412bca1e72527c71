"""Logins: the newest row is the current login. It holds the sync keys, for they belong to it."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from tui.errors import SessionOver
from tui.store.db.transaction import Transaction
from tui.store.errors import NoLogin
from tui.store.mapping.codec import from_ms, inserted_id, pack, to_ms, unpack_keys
from tui.store.mapping.column_types import Shape
from tui.store.models import Login, LoginIdentity
from tui.store.tables import contacts, gaps
from tui.wire.contacts import Contact
from tui.wire.sync import SyncKeys

_SHAPE: Final = Shape("ittI")

_ENDED: Final = "login_ended"
"""Key of `memory`: the login whose session was last found to be over."""
NONE: Final = Login(0, "", "")
"""Stands for the current login before the first one: no row belongs to it."""


def current(connection: sqlite3.Connection) -> Login | None:
    """Return the current login, if there ever was one."""
    row = connection.execute(
        "SELECT id, uin, user_name, contacts_refreshed_ms FROM login WHERE id = (SELECT max(id) FROM login)"
    ).fetchone()
    if row is None:
        return None
    login_id, uin, user_name, refreshed_ms = _SHAPE.check(row)
    return Login(login_id, uin, user_name, None if refreshed_ms is None else from_ms(refreshed_ms))


def required(connection: sqlite3.Connection) -> Login:
    """Return the current login. Raises `NoLogin`."""
    login = current(connection)
    if login is None:
        raise NoLogin("nobody has logged in yet")
    return login


def same(connection: sqlite3.Connection, wanted: LoginIdentity) -> Login:
    """Return the current login, if it is that of `wanted`. Raises `SessionOver` where another one has begun."""
    login = required(connection)
    if (login.uin, login.user_name) != (wanted.uin, wanted.user_name):
        raise SessionOver()
    return login


def begin(transaction: Transaction, me: Contact, uin: str, keys: SyncKeys) -> None:
    """Make a new login the current one.

    Accounts whose UserName is the same at every login keep their conversation; it moves to this login. Only with the
    same `uin`: another account's File Transfer is not ours. Every other UserName starts anew.
    """
    gaps.note(transaction, uin)
    cursor = transaction.connection.execute(
        "INSERT INTO login (uin, user_name, started_ms, synced_ms, keys) VALUES (?, ?, ?, ?, ?)",
        (uin, me.user_name, to_ms(transaction.now), to_ms(transaction.now), pack(keys)),
    )
    login_id = inserted_id(cursor)
    transaction.connection.execute(
        "INSERT INTO peer (login_id, user_name, conversation_id)"
        " SELECT ?, special, id FROM conversation WHERE uin = ? AND special <> ''",
        (login_id, uin),
    )
    transaction.connection.execute(
        "UPDATE conversation SET login_id = ?, user_name = special WHERE uin = ? AND special <> ''", (login_id, uin)
    )
    contacts.save(transaction, required(transaction.connection), (me,))
    transaction.contacts_changed()


def resume(transaction: Transaction, me: Contact, uin: str) -> bool:
    """Return True when the current login goes on: the same account under the same UserName. If not, nothing changes."""
    login = current(transaction.connection)
    if login is None or (login.uin, login.user_name) != (uin, me.user_name):
        return False
    contacts.save(transaction, login, (me,))
    return True


def keys(connection: sqlite3.Connection) -> SyncKeys | None:
    """Return the sync keys of the current login; None without one."""
    row = connection.execute("SELECT keys FROM login WHERE id = (SELECT max(id) FROM login)").fetchone()
    return None if row is None else unpack_keys(row[0])


def note_end(transaction: Transaction) -> bool:
    """Note that the session of the current login is over; return True the first time."""
    login = current(transaction.connection)
    if login is None:
        return True
    cursor = transaction.connection.execute(
        "INSERT INTO memory (key, value) VALUES (?1, ?2)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
        (_ENDED, str(login.id)),
    )
    return cursor.rowcount > 0


def count_file(transaction: Transaction, login_id: int) -> int:
    """Return n of the next upload's `WU_FILE_n` in this login, from 0 (seed 上传文件); no other file gets it."""
    (number,) = transaction.connection.execute("SELECT files FROM login WHERE id = ?", (login_id,)).fetchone()
    transaction.connection.execute("UPDATE login SET files = files + 1 WHERE id = ?", (login_id,))
    return int(number)


def set_keys(transaction: Transaction, login: Login, new: SyncKeys) -> None:
    """Replace the sync keys of `login`; an empty key is none, and the old ones stay."""
    if not new.sync.pairs:
        return
    transaction.connection.execute("UPDATE login SET keys = ? WHERE id = ?", (pack(new), login.id))


def set_synced(transaction: Transaction, login: Login, at: datetime) -> None:
    """Note that all that came to `login` until `at` is stored. A clock that was set back counts: it is right now."""
    transaction.connection.execute("UPDATE login SET synced_ms = ? WHERE id = ?", (to_ms(at), login.id))


def synced(connection: sqlite3.Connection) -> datetime | None:
    """Return until when everything that came to the current login is stored; None where that is not known."""
    row = connection.execute("SELECT synced_ms FROM login WHERE id = (SELECT max(id) FROM login)").fetchone()
    return None if row is None or row[0] is None else from_ms(row[0])


def skip(transaction: Transaction, login: Login, new: SyncKeys) -> None:
    """Go on from the keys `new`, for the server does not know the old ones any more; what lies between is a gap."""
    gaps.note(transaction, login.uin)
    set_keys(transaction, login, new)
    set_synced(transaction, login, transaction.now)
