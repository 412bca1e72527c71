"""Rule by which a message that sync brings is taken for a sent one whose answer was lost.

A sent message is normally not echoed to the session that sent it (PROTOCOL section 5), and the server does not tell
the ClientMsgId of what it echoes. So when the answer to a send is lost (`unknown`), and sync brings a message of one's
own in the same conversation, with the same content and at about the same time, it is that one. The echo may come before
or after we give the answer up. Only a content that is hardly there twice by chance counts; where nothing can be
compared (an image), the message stays unknown and the person decides. With two alike, the older one is found first.
Where the MsgID is known nothing is guessed (see `messages.move`), nor while it is about to be: a like message that is
being sent may have this echo, and its answer will say so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from tui.store.delivery_state import DeliveryState
from tui.store.mapping import rows
from tui.store.mapping.codec import to_ms
from tui.store.models import StoredMessage
from tui.wire.bodies import Body, Emoticon, File, Text

_CLOSE_MS: Final = 5 * 60 * 1000
"""Milliseconds by which our clock, when a message was written, and the server's CreateTime may differ."""
_WAITED_MS: Final = 10 * 1000
"""Milliseconds between writing and leaving from which a message counts as one that waited in the outbox."""
_JUST_BEFORE_MS: Final = 30 * 1000
"""Milliseconds by which CreateTime may be before such a message left: while it waited, the person may have sent the
same text from the phone, and that is not its echo."""


def content_of(body: Body) -> Body | None:
    """Return what must be equal in both messages; None when nothing tells two such messages apart."""
    match body:
        case Text():
            return body
        case File(name=name, size=size):
            return File(name, size)  # the server hands out another MediaId than the one that was sent
        case Emoticon(md5=md5) if md5:
            return Emoticon(md5)
        case _:
            return None


def waiting_for(connection: sqlite3.Connection, conversation_id: int, time_ms: int, body: Body) -> int | None:
    """Return the row id of the unknown message that a message of one's own, just come through sync, is an echo of."""
    if _first_alike(_being_sent(connection, conversation_id), body) is not None:
        return None
    close = (one for one in unknown(connection, conversation_id) if _may_be(one, time_ms))
    found = _first_alike(close, body)
    return None if found is None else found.id


def unknown(connection: sqlite3.Connection, conversation_id: int) -> list[StoredMessage]:
    """Return the unknown messages of a conversation, the oldest first."""
    found = connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m WHERE m.conversation_id = ? AND m.state = 'unknown'"
        " ORDER BY m.time_ms, m.id",
        (conversation_id,),
    )
    return list(map(rows.as_message, found))


def _being_sent(connection: sqlite3.Connection, conversation_id: int) -> Iterable[StoredMessage]:
    # The plus keeps SQLite from going through the conversation, instead of the few messages that have not left.
    found = connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m"
        " WHERE m.id > 0 AND +m.conversation_id = ? AND m.state IN ('pending', 'sending')",
        (conversation_id,),
    )
    return (one for one in map(rows.as_message, found) if one.state is DeliveryState.SENDING)


def already_seen(connection: sqlite3.Connection, outgoing: StoredMessage) -> StoredMessage | None:
    """Return the message that came through sync and is the echo of an unknown one.

    It can only have come after the other was written, so its row is younger.
    """
    candidates = connection.execute(
        f"SELECT {rows.MESSAGE} FROM message AS m WHERE m.conversation_id = ? AND m.time_ms BETWEEN ? AND ?"
        " AND m.mine AND m.client_msg_id = '' AND m.msg_id IS NOT NULL AND m.id > ? ORDER BY m.time_ms, m.id",
        (outgoing.conversation_id, *_window(outgoing), outgoing.id),
    ).fetchall()
    return _first_alike(map(rows.as_message, candidates), outgoing.body)


def _window(outgoing: StoredMessage) -> tuple[int, int]:
    """Return between which times, in milliseconds, the server may have made the echo of a sent message."""
    written = to_ms(outgoing.time)
    left = written if outgoing.sent_at is None else to_ms(outgoing.sent_at)
    if left - written > _WAITED_MS:
        return left - _JUST_BEFORE_MS, left + _CLOSE_MS
    return written - _CLOSE_MS, written + _CLOSE_MS


def _may_be(outgoing: StoredMessage, time_ms: int) -> bool:
    first, last = _window(outgoing)
    return first <= time_ms <= last


def _first_alike(candidates: Iterable[StoredMessage], body: Body) -> StoredMessage | None:
    content = content_of(body)
    if content is None:
        return None
    return next((candidate for candidate in candidates if content_of(candidate.body) == content), None)
