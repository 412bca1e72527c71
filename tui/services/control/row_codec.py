"""Encodes rows of the store on their way from the running wxtui to a command: the same values are on both sides."""

from __future__ import annotations

from typing import cast

import msgspec

from tui.services.control.line_codec import Json, Malformed
from tui.services.control.protocol import Sent
from tui.store.models import LogEntry, ReceivedRequest, StoredMessage
from tui.wire.bodies import kind_name
from tui.wire.contacts import Contact
from tui.wire.names import NAMED_AFTER

Value = msgspec.Struct | None


def packed(value: Value) -> Json:
    """Return a value of the store as JSON has it."""
    return msgspec.to_builtins(value)


def listed(found: tuple[Contact, str]) -> Json:
    """Return contact and handle for a list: of a group's members only those that stand for the name it lacks."""
    contact, handle = found
    return [packed(msgspec.structs.replace(contact, members=contact.members[:NAMED_AFTER])), handle]


def message(found: Json) -> StoredMessage | None:
    """Return the message that `packed` made, if there was one. Raises `Malformed`."""
    return cast("StoredMessage | None", _unpacked(found, StoredMessage | None))


def entry(found: Json) -> LogEntry:
    """Return the line of a log that `packed` made. Raises `Malformed`."""
    return cast(LogEntry, _unpacked(found, LogEntry))


def request(found: Json) -> ReceivedRequest:
    """Return the friend request that `packed` made. Raises `Malformed`."""
    return cast(ReceivedRequest, _unpacked(found, ReceivedRequest))


def contact(found: Json) -> tuple[Contact, str]:
    """Return contact and handle that `listed` made. Raises `Malformed`."""
    return cast("tuple[Contact, str]", _unpacked(found, tuple[Contact, str]))


def _unpacked(found: Json, kind: object) -> object:
    try:
        return msgspec.convert(found, kind)
    except (msgspec.ValidationError, RecursionError):
        raise Malformed("no row") from None


def sent(row: StoredMessage) -> Sent:
    """Return what is told of a message that was sent."""
    time = (row.sent_at or row.time).isoformat()
    return Sent(row.id, row.state.value, row.msg_id, row.client_msg_id, kind_name(type(row.body)), time)
