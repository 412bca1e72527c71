"""How values become columns and back. What a later or damaged version wrote is read as well as it can be."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Final, cast

import msgspec

from tui.wire.bodies import Body, Unknown
from tui.wire.contacts import Contact
from tui.wire.sync import SyncKeys

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)

_encoder: Final = msgspec.json.Encoder()
_bodies: Final[msgspec.json.Decoder[Body]] = msgspec.json.Decoder(cast("type[Body]", Body))
_contacts: Final = msgspec.json.Decoder(Contact)
_keys: Final = msgspec.json.Decoder(SyncKeys)

_READABLE: Final = ("text", "title", "name", "label", "nick_name")
"""Fields in which a body of a later version may hold its text."""


def to_ms(time: datetime) -> int:
    """Milliseconds since 1970 of an aware time, rounded down."""
    return (time - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """The inverse of `to_ms`, in UTC."""
    return _EPOCH + ms * _MILLISECOND


def storable(text: str) -> str:
    """`text` with "?" for half a character: an undecodable argument must not keep a message from being stored."""
    return text.encode("utf-8", "replace").decode()


def pack(value: msgspec.Struct) -> str:
    """JSON of a wire value. Never fails on what a stranger wrote: a batch that cannot be stored comes for ever."""
    try:
        return _encoder.encode(value).decode()
    except (UnicodeEncodeError, OverflowError):
        import json

        return storable(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))


def unpack_body(text: str) -> Body:
    """The body, or `Unknown` with its text where this version does not know the kind."""
    try:
        return _bodies.decode(text)
    except msgspec.MsgspecError:
        return Unknown(msg_type=0, text=_readable(text))


def _readable(text: str) -> str:
    import json

    try:
        fields = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(fields, dict):
        return ""
    return next((value for key in _READABLE if isinstance(value := fields.get(key), str)), "")


def unpack_contact(text: str, user_name: str) -> Contact:
    """The contact, or a bare one where this version cannot read it; the next refresh repairs that."""
    try:
        return _contacts.decode(text)
    except msgspec.MsgspecError:
        return Contact(user_name=user_name)


def unpack_keys(text: str) -> SyncKeys | None:
    """The keys, or None where this version cannot read them."""
    try:
        return _keys.decode(text)
    except msgspec.MsgspecError:
        return None


def inserted_id(cursor: sqlite3.Cursor) -> int:
    """The id of the row that an INSERT made."""
    row_id = cursor.lastrowid
    assert row_id is not None, "only asked after an INSERT"
    return row_id
