"""Calls that change contacts: remark, pin, accepting a friend request (PROTOCOL section 3).

The service watches them closely: whoever makes one goes through `services.people.contact_changes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.wire.answers import read_ok
from tui.wire.call import Answer, Call
from tui.wire.encode import LANG, json_post, with_ticket
from tui.wire.session import Session

_REMARK: Final = 2
_PIN: Final = 3
"""`CmdId` of webwxoplog."""
_ACCEPT: Final = 3
"""`Opcode` of webwxverifyuser; 2 sends a request."""
_SCENE: Final = 33


def _change_call(session: Session, name: str, fields: Mapping[str, object], *query: tuple[str, str]) -> Call[None]:
    """Return call `name`, which changes something and answers nothing but its Ret. It is never repeated."""
    body = {"BaseRequest": session.base_request(), **fields}
    request = json_post(session, name, body, query=with_ticket(session, *query, ("lang", LANG)))

    def read(answer: Answer) -> None:
        read_ok(name, answer)

    return Call(name, request, read)


def set_remark(session: Session, user_name: str, remark: str) -> Call[None]:
    """Name a person as only oneself sees it; "" takes the remark away."""
    fields = {"CmdId": _REMARK, "UserName": user_name, "RemarkName": remark}
    return _change_call(session, "webwxoplog", fields)


def set_pinned(session: Session, user_name: str, *, pinned: bool) -> Call[None]:
    """Pin a conversation to the top, or unpin it."""
    fields = {"CmdId": _PIN, "OP": int(pinned), "UserName": user_name, "RemarkName": ""}
    return _change_call(session, "webwxoplog", fields)


def accept_request(session: Session, user_name: str, ticket: str, *, now_ms: int) -> Call[None]:
    """Accept the friend request whose `RecommendInfo` has this `UserName` and `Ticket`."""
    fields = {
        "Opcode": _ACCEPT,
        "VerifyUserListSize": 1,
        "VerifyUserList": [{"Value": user_name, "VerifyUserTicket": ticket}],
        "VerifyContent": "",
        "SceneListCount": 1,
        "SceneList": [_SCENE],
        "skey": session.skey,
    }
    return _change_call(session, "webwxverifyuser", fields, ("r", str(now_ms)))
