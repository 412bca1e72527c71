"""Uploads: the file of each message, and how many parts of it the server has acknowledged.

An entry is written with its message and goes with it: a message that is sent or cancelled needs its file no more. Parts
are good for the session that sent them (PROTOCOL section 6), so the entry names the login.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

import msgspec

from tui.store.db.transaction import Transaction
from tui.store.mapping import rows
from tui.store.mapping.codec import storable
from tui.store.mapping.column_types import Shape
from tui.store.models import StoredMessage
from tui.wire.media_types import MediaKind

_COLUMNS: Final = (
    "u.path, u.name, u.kind, u.size, u.mtime_ns, u.paused, u.md5, u.login_id, u.client_media_id, u.aes_key,"
    " u.signature, u.parts_done, u.number, u.media_id"
)
_SHAPE: Final = Shape("pttiii" + "tIttt" + "iit")
_KINDS: Final = {kind.value: kind for kind in MediaKind}


class UploadFile(msgspec.Struct, frozen=True):
    """A file that is to be sent, as it was when it was chosen. `size` in bytes, `kind` never AUTO, `path` absolute."""

    path: Path
    name: str
    kind: MediaKind
    size: int
    mtime_ns: int


class UploadRecord(msgspec.Struct, frozen=True):
    """Row of the table `upload`. From `md5` on it tells of the upload that was begun; `login_id` is None before that.

    The first `parts_done` parts are with the server, if this is still the login with that id; `number` is n of its
    `WU_FILE_n`, and `media_id` what the server calls the whole file, "" before.
    """

    file: UploadFile
    paused: bool = False
    md5: str = ""
    login_id: int | None = None
    client_media_id: str = ""
    aes_key: str = ""
    signature: str = ""
    parts_done: int = 0
    number: int = 0
    media_id: str = ""

    @property
    def shared(self) -> bool:
        """True for a MediaId by which another message's upload of the same file is known (see `progress`)."""
        return bool(self.media_id) and not self.client_media_id

    def __repr__(self) -> str:
        """Without key and signature."""
        return f"UploadRecord({self.file.name!r}, paused={self.paused}, parts_done={self.parts_done})"


class UnfinishedUpload(msgspec.Struct, frozen=True):
    """A pending message with a row in the table `upload`."""

    message: StoredMessage
    paused: bool


def note(transaction: Transaction, message_id: int, file: UploadFile) -> None:
    """Write down which file a message is of."""
    transaction.connection.execute(
        "INSERT INTO upload (message_id, path, name, kind, size, mtime_ns) VALUES (?, ?, ?, ?, ?, ?)",
        (message_id, _pack_path(file.path), storable(file.name), file.kind.value, file.size, file.mtime_ns),
    )


def progress(
    transaction: Transaction,
    message_id: int,
    parts_done: int,
    media_id: str = "",
    *,
    login_id: int,
    md5: str,
    client_media_id: str,
    aes_key: str,
    signature: str,
    number: int = 0,
) -> None:
    """Note that the server has the first `parts_done` parts, in this login; nothing where there is no entry.

    A whole file is there for all messages that wait for it: those that have not begun get its MediaId, too.
    """
    transaction.connection.execute(
        "UPDATE upload SET login_id = ?, md5 = ?, client_media_id = ?, aes_key = ?, signature = ?, parts_done = ?,"
        " number = ?, media_id = ? WHERE message_id = ?",
        (login_id, md5, client_media_id, aes_key, signature, parts_done, number, storable(media_id), message_id),
    )
    if not media_id:
        return
    # By the index of what is unfinished; CROSS keeps the order.
    others = transaction.connection.execute(
        "SELECT u.message_id FROM message AS m CROSS JOIN upload AS u ON u.message_id = m.id"
        " JOIN upload AS own ON own.message_id = ?"
        " WHERE m.state IN ('pending', 'sending') AND m.state = 'pending' AND u.message_id <> own.message_id"
        " AND u.parts_done = 0 AND u.media_id = '' AND u.path = own.path AND u.name = own.name AND u.kind = own.kind"
        " AND u.size = own.size AND u.mtime_ns = own.mtime_ns",
        (message_id,),
    ).fetchall()
    for other in others:
        transaction.connection.execute(
            "UPDATE upload SET login_id = ?, md5 = ?, signature = ?, media_id = ? WHERE message_id = ?",
            (login_id, md5, signature, storable(media_id), *other),
        )


def doubt(transaction: Transaction, message_id: int) -> None:
    """Forget a MediaId: the message with it was refused, perhaps because of it. The last part gives another."""
    transaction.connection.execute(
        "UPDATE upload SET media_id = '', login_id = CASE client_media_id WHEN '' THEN NULL ELSE login_id END"
        " WHERE message_id = ?",
        (message_id,),
    )


def pause(transaction: Transaction, message_id: int, on: bool) -> None:
    """Let an upload wait for a person, also after a restart, or go on."""
    transaction.connection.execute("UPDATE upload SET paused = ? WHERE message_id = ?", (on, message_id))


def forget(transaction: Transaction, message_id: int) -> None:
    """Delete the entry of a message, if there is one: its file is not needed any more."""
    transaction.connection.execute("DELETE FROM upload WHERE message_id = ?", (message_id,))


def find(connection: sqlite3.Connection, message_id: int) -> UploadRecord | None:
    """Return the entry of a message; None once it is sent or cancelled, and for what is no queued file."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM upload AS u WHERE u.message_id = ?", (message_id,)).fetchone()
    if row is None:
        return None
    path, name, kind, size, mtime_ns, paused, *begun = _SHAPE.check(row)
    return UploadRecord(UploadFile(_unpack_path(path), name, _kind(kind), size, mtime_ns), bool(paused), *begun)


def paths(connection: sqlite3.Connection) -> list[Path]:
    """Return every file that is still to be sent, or can be sent again."""
    return [_unpack_path(path) for (path,) in connection.execute("SELECT path FROM upload")]


def unfinished(connection: sqlite3.Connection) -> list[UnfinishedUpload]:
    """Return every pending message with an entry, oldest first."""
    found = connection.execute(
        f"SELECT {rows.MESSAGE}, u.paused FROM upload AS u JOIN message AS m ON m.id = u.message_id"
        " WHERE m.state = 'pending' ORDER BY m.id"
    )
    return [UnfinishedUpload(rows.as_message(row[:-1]), bool(row[-1])) for row in found]


def _pack_path(path: Path) -> str | bytes:
    """Return a path as text, or as its bytes where they are no UTF-8."""
    raw = os.fsencode(path)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw


def _unpack_path(value: str | bytes) -> Path:
    return Path(os.fsdecode(value.encode() if isinstance(value, str) else value))


def _kind(value: str) -> MediaKind:
    """Return the kind of a file; what a later version wrote is sent as a file."""
    return _KINDS.get(value, MediaKind.FILE)
