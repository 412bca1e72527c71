"""Encoding values as columns, and reading them. What a later version wrote is read as well as it can be."""

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
    """Return the milliseconds since 1970 of an aware time, rounded down."""
    return (time - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    """Return the time, in UTC, of `to_ms`."""
    return _EPOCH + ms * _MILLISECOND


def storable(text: str) -> str:
    """Return `text` with "?" for lone surrogates: an undecodable argument must not keep it from being stored."""
    # What can be printed has none.
    return text if text.isprintable() else text.encode("utf-8", "replace").decode()


def pack(value: msgspec.Struct) -> str:
    """Return a wire value as JSON. Never fails: a batch that cannot be stored would come for ever."""
    try:
        return _encoder.encode(value).decode()
    except (UnicodeEncodeError, OverflowError):
        import json

        return storable(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))


def unpack_body(text: str) -> Body:
    """Return the body, or `Unknown` with its text where this version does not know the kind."""
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
    """Return the contact, or one with only its UserName where this version cannot read it; a refresh repairs that."""
    try:
        return _contacts.decode(text)
    except msgspec.MsgspecError:
        return Contact(user_name=user_name)


def unpack_keys(text: str) -> SyncKeys | None:
    """Return the keys, or None where this version cannot read them."""
    try:
        return _keys.decode(text)
    except msgspec.MsgspecError:
        return None


def inserted_id(cursor: sqlite3.Cursor) -> int:
    """Return the id of the row that an INSERT made."""
    row_id = cursor.lastrowid
    assert row_id is not None, "only asked after an INSERT"
    return row_id
