"""Encodes rows of the store on their way from the running wxtui to a command: the same values are on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from tui.services.control.line_codec import Json, Malformed
from tui.services.control.protocol import Sent
from tui.store.models import LogEntry, ReceivedRequest, StoredMessage
from tui.wire.bodies import kind_name
from tui.wire.contacts import Contact, Member
from tui.wire.names import NAMED_AFTER

if TYPE_CHECKING:
    from tui.services.people.groups import GroupOutcome

Value = msgspec.Struct | None


def packed(value: Value) -> Json:
    """Return a value of the store as JSON has it."""
    return msgspec.to_builtins(value)


def listed(found: tuple[Contact, str]) -> Json:
    """Return contact and handle for a list: of a group's members only those that stand for the name it lacks."""
    contact, handle = found
    return [packed(msgspec.structs.replace(contact, members=contact.members[:NAMED_AFTER], former_members=())), handle]


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


def member(found: Contact | Member) -> Json:
    """Return a group without its members, or one of those."""
    return packed(
        msgspec.structs.replace(found, members=(), former_members=()) if isinstance(found, Contact) else found
    )


def group(found: list[Json]) -> Contact:
    """Return the group that `member` told in parts. Raises `Malformed`."""
    if not found:
        raise Malformed("no group")
    first = cast(Contact, _unpacked(found[0], Contact))
    return msgspec.structs.replace(first, members=tuple(cast(Member, _unpacked(one, Member)) for one in found[1:]))


def group_outcome(found: Json) -> GroupOutcome:
    """Return the outcome that `packed` made. Raises `Malformed`."""
    from tui.services.people.groups import GroupOutcome  # only commands about groups need it

    return cast(GroupOutcome, _unpacked(found, GroupOutcome))


def _unpacked(found: Json, kind: object) -> object:
    try:
        return msgspec.convert(found, kind)
    except (msgspec.ValidationError, RecursionError):
        raise Malformed("no row") from None


def sent(row: StoredMessage) -> Sent:
    """Return what is told of a message that was sent."""
    time = (row.sent_at or row.time).isoformat()
    return Sent(row.id, row.state.value, row.msg_id, row.client_msg_id, kind_name(type(row.body)), time)
