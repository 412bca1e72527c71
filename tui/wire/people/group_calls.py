"""Calls that change groups (PROTOCOL section 3.1).

None of them may be repeated by itself: a lost answer leaves open whether the group was made or changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tui import errors
from tui.wire.answers import as_id, read_json, read_ok, read_ret
from tui.wire.call import Answer, Call
from tui.wire.encode import LANG, json_post, with_ticket
from tui.wire.fields import Fields
from tui.wire.names import INVITE_ABOVE, MemberStatus, Ret
from tui.wire.session import Session

CREATE = "webwxcreatechatroom"
UPDATE = "webwxupdatechatroom"
MOST_TOPIC = 64
"""Characters of a group's name that are asked for at most; the phone takes about half of that."""


class MembersTaken(msgspec.Struct, frozen=True):
    """Answer about people who were to be added: the UserNames of those who were, and of the others with the status."""

    joined: tuple[str, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()


class CreatedGroup(msgspec.Struct, frozen=True):
    """Answer about a new group. `user_name` is "" where the server did not tell it."""

    user_name: str
    taken: MembersTaken


def _read_taken(fields: Fields) -> MembersTaken:
    """Read `MemberList` and `BlackList`. What is no entry is left out: the group tells its members anyway."""
    told: dict[str, int] = {}
    for entry in map(Fields, fields.entries("MemberList")):
        if user_name := entry.text("UserName"):
            told[user_name] = entry.number("MemberStatus")
    for user_name in filter(None, fields.text("BlackList").split(",")):
        told[user_name] = MemberStatus.BLOCKED.value
    joined = (name for name, status in told.items() if status == MemberStatus.JOINED)
    return MembersTaken(tuple(joined), tuple((name, status) for name, status in told.items() if status))


def create(session: Session, user_names: Sequence[str], topic: str, *, now_ms: int) -> Call[CreatedGroup]:
    """Make a group of oneself and at least two others. `topic` is its name, "" for none."""
    body = {
        "BaseRequest": session.base_request(),
        "MemberCount": len(user_names),
        "MemberList": [{"UserName": user_name} for user_name in user_names],
        "Topic": topic,
    }
    query = with_ticket(session, ("r", str(now_ms)), ("lang", LANG))

    def read(answer: Answer) -> CreatedGroup:
        fields = Fields(_accepted(CREATE, answer, "create"))
        user_name = as_id(fields.text("ChatRoomName"))
        return CreatedGroup(user_name if user_name.startswith("@@") else "", _read_taken(fields))

    return Call(CREATE, json_post(session, CREATE, body, query=query), read)


def add(session: Session, group: str, user_names: Sequence[str]) -> Call[MembersTaken]:
    """Take people into a group at once: for groups of no more than `INVITE_ABOVE` members."""
    return _update(session, "addmember", group, "AddMemberList", ",".join(user_names))


def invite(session: Session, group: str, user_names: Sequence[str]) -> Call[MembersTaken]:
    """Send people an invitation, which each of them has to accept: for larger groups."""
    return _update(session, "invitemember", group, "InviteMemberList", ",".join(user_names))


def remove(session: Session, group: str, user_names: Sequence[str]) -> Call[MembersTaken]:
    """Remove members; only the group's owner can."""
    return _update(session, "delmember", group, "DelMemberList", ",".join(user_names))


def rename(session: Session, group: str, topic: str) -> Call[MembersTaken]:
    """Give a group another name, for all its members."""
    return _update(session, "modtopic", group, "NewTopic", topic)


def _update(session: Session, fun: str, group: str, field: str, value: str) -> Call[MembersTaken]:
    body = {"BaseRequest": session.base_request(), "ChatRoomName": group, field: value}
    query = with_ticket(session, ("fun", fun), ("lang", LANG))

    def read(answer: Answer) -> MembersTaken:
        return _read_taken(Fields(_accepted(UPDATE, answer, fun)))

    return Call(UPDATE, json_post(session, UPDATE, body, query=query), read)


_MUST_ASK = errors.Phrase("Somebody has to agree first, or the group's owner has. Invite them on your phone.")
_REASONS: dict[tuple[str, int], errors.Phrase] = {
    ("create", Ret.PARAMETER): errors.Phrase("Somebody you named cannot be added: not your contact, or not any more."),
    ("addmember", Ret.PARAMETER): errors.Phrase(
        "Somebody you named cannot be added, or you are no longer in this group."
    ),
    ("addmember", Ret.MUST_INVITE): errors.Phrase("This group only takes invitations. Invite them on your phone."),
    ("invitemember", Ret.PARAMETER): errors.Phrase(
        "Somebody you named cannot be invited, or you are no longer in this group."
    ),
    ("delmember", Ret.PARAMETER): errors.Phrase("Only the owner of a group can remove members."),
    ("modtopic", Ret.PARAMETER): errors.Phrase("You may not rename it, or you are no longer in this group."),
    **{(fun, ret): _MUST_ASK for fun in ("create", "addmember", "invitemember") for ret in (Ret.LOGIC, Ret.MUST_ASK)},
}
"""Reasons of refusals that mean something for a change of a group."""


def _accepted(call: str, answer: Answer, change: str) -> object:
    """Return the answer to a change that the server made. Raises `GroupChangeRefused`, and what `read_ok` raises."""
    value = read_json(call, answer)
    ret = read_ret(call, value)
    statuses = [Fields(entry).number("MemberStatus") for entry in Fields(value).entries("MemberList")]
    if ret == Ret.PARAMETER and statuses and all(statuses):
        # The server has no code for it: nobody lets themselves be added, and it says of each why.
        return value
    if (reason := _REASONS.get((change, ret))) is not None:
        raise errors.GroupChangeRefused(ret=ret, call=call, why=reason)
    return read_ok(call, answer)


def must_invite(member_count: int) -> bool:
    """Return whether a group of so many members takes nobody in at once."""
    return member_count > INVITE_ABOVE
