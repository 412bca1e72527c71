"""Table of the control API: each call, what it takes, what it answers, and its help.

The routes, `wxtui sandbox --help` and the schema are made of it.
"""

from __future__ import annotations

import textwrap
from typing import Any, Final

import msgspec

from tui.sandbox.control import bodies

PREFIX: Final = "/_sandbox/"
_COLUMN, _WIDTH = 25, 120


class ControlCall(msgspec.Struct, frozen=True):
    """Control call. `takes` is None for one without a body; `answers` a type, `bytes` for a file as it is."""

    method: str
    name: str
    answers: Any
    help: str
    takes: type[msgspec.Struct] | None = None
    query: tuple[str, ...] = ()
    statuses: tuple[int, ...] = (400,)
    """Statuses of its mistakes; each has a sentence."""

    @property
    def path(self) -> str:
        """Path of the call."""
        return PREFIX + self.name


PUSH: Final = """\
a message arrives: {"type": TYPE, "from": NAME, "group": true|NAME, "to": NAME, "content": …} only type is needed.
TYPE: text image voice video short_video emoticon app_emoticon file link quote mini_program live_location transfer
red_packet red_packet_notice card location system notice call friend_request status_notify revoke raw. group true =
项目群. from "self" = sent from the phone, to NAME (or to the group). content: the text, title, file name, label, name
on the card or MsgID to revoke (default: the sender's last there), or an object: {"base64": …} bytes of any media,
image {"picture": "city"}, file {"name", "size"}, link {"title", "description", "url"}, quote {"title", "quoted",
"sender", "msg_id"}, voice {"milliseconds"}, video {"seconds"}, location {"label", "x", "y"}, emoticon {"shop": 1},
status_notify {"code": 1|2|5}, raw: AddMsg fields, merged over the defaults. "times": N of them arrive, all at once,
10000 at most. "age": they were written so many seconds ago; a friend request of four days has expired. answers
{"MsgId", "member" (the sender's UserName in a group), "sha256" (of the media)}"""

CONTACT: Final = """\
a contact changes: {"name": NAME, "nickname": …, "remark": …, "muted": bool, "pinned": bool, "gone": bool (a group:
sending gives 1201), "delete": true, "add": true, "alias": …, "avatar": true (a new picture: another seq), "status":
true (another AttrStatus), "standing": "deleted"|"blocked"|"asks"|"friend" (what comes of adding them to a group),
"owner": NAME and "confirms": bool (of a group: only its owner removes members; where it confirms, nobody joins at
once), "left": NAME (a member leaves a group)}"""

FAULT: Final = """\
{"call": "webwxsendmsg"|"*", "kind": KIND, "value": N, "times": N}; times 0 = until cleared, default 1.
{"login_ret": 1203} makes logins fail with that ret (0: no more), {"clear": true} removes all faults. KIND: reset
(the connection breaks after value bytes of the request, or half of it; nothing done), late (done at once, answered
after value seconds), expire (the sessions end with value, or 1101, as this call comes), repeat (webwxsync tells the
last value messages again, or 5), echo (webwxsync brings the message of a send call back to its own session,
whatever else happens to it), drop_before (no answer, nothing done), drop_after (done, no answer), delay (value
seconds), truncate (half an answer), html, status (value HTTP status, 502), ret (value Ret, nothing done), bare (the
same without the empty fields that such an answer has), duplicate and reorder (messages of webwxsync), slow (value
bytes a second of an upload or download), empty, picture (a picture that nobody may try to show, number value),
remember (webwxuploadmedia knows the parts of a whole file: a repeated last part gives its MediaId, not ""),
no_media_id (a last part of webwxuploadmedia is answered without a MediaId, though it came). Done, but answered with
a body that no client may take in whole: oversized (value bytes of JSON, or 32 MiB), bomb (a gzip that opens to
value bytes, or 1 GiB), endless, trickle (a byte every value seconds, or every second, without an end), nested (the
answer with value lists inside each other, or 3000). Oldest first, one a call."""

CALLS: Final = (
    ControlCall("POST", "push", bodies.PushedMessage, PUSH, bodies.Push, statuses=(400, 404)),
    ControlCall("POST", "contact", bodies.ChangedContact, CONTACT, bodies.ContactChange, statuses=(400, 404)),
    ControlCall(
        "POST",
        "person",
        bodies.AddedPerson,
        'somebody new among the contacts: {"nickname": … (perhaps one that another has), "remark": …, "alias": …, '
        '"group": NAME (a member of it, too)}; answers {"key"}, which is a NAME',
        bodies.NewPerson,
        statuses=(400, 404),
    ),
    ControlCall(
        "GET",
        "sent",
        list[bodies.SentRow],
        "what clients sent: MsgID ClientMsgId call Type to to_name content MediaId sha256 file_name time revoked "
        "session",
    ),
    ControlCall(
        "GET",
        "uploads",
        list[bodies.UploadedFile],
        "whole files: MediaId name size md5 sha256 type mediatype session time",
    ),
    ControlCall(
        "GET", "uploads/bytes", bytes, "the contents of one: ?media_id=…", query=("media_id",), statuses=(404,)
    ),
    ControlCall(
        "GET",
        "state",
        bodies.SandboxState,
        "login phase, sessions, calls (how often), read (marked read), warnings (what clients do that the real server "
        "overlooks, and why calls were refused), uploads under way, reordered (MsgIds that “reorder” told in another "
        "order)",
    ),
    ControlCall(
        "POST",
        "login",
        bodies.SessionCredentials,
        'a login without a QR code: {"variant": "web"|"filehelper"}; answers its credentials {"skey", "sid", "uin", '
        '"pass_ticket", "cookies"}. An earlier session of the variant ends with 1101',
        bodies.NewSession,
    ),
    ControlCall(
        "POST",
        "scan",
        bodies.PhoneCode,
        "the phone, for the newest QR code; 409 when there is none that this fits",
        bodies.NoFields,
        statuses=(400, 409),
    ),
    ControlCall("POST", "confirm", bodies.PhoneCode, "the same: log in", bodies.NoFields, statuses=(400, 409)),
    ControlCall("POST", "cancel", bodies.PhoneCode, "the same: do not", bodies.NoFields, statuses=(400, 409)),
    ControlCall(
        "POST",
        "expire",
        bodies.Expired,
        'the newest QR code; {"session": true} or {"retcode": 1100|1101|1102} ends the sessions instead',
        bodies.Expire,
        statuses=(400, 409),
    ),
    ControlCall(
        "POST",
        "clock",
        bodies.ServerClock,
        'the server\'s clock goes on at once by {"advance": SECONDS}: codes expire, recalls come too late',
        bodies.ClockChange,
    ),
    ControlCall("POST", "fault", bodies.ActiveFaults, FAULT, bodies.FaultChange, statuses=(400, 404)),
    ControlCall("GET", "fault", bodies.ActiveFaults, "the active ones"),
    ControlCall("POST", "reset", bodies.NoFields, "as if just started", bodies.NoFields),
)
METHODS: Final = {call.name: [one.method for one in CALLS if one.name == call.name] for call in CALLS}
"""Name of a call → its methods."""


def control_help() -> str:
    """Return the help of all calls, wrapped."""
    lines = [
        "Control API (JSON, loopback only). NAME is a nickname, a remark or a key; an unknown one gives 404.",
        'A mistake is answered with {"error": a sentence}; the schema of all calls: wxtui sandbox --schema',
        "",
    ]
    for call in CALLS:
        began = f"{call.method:4} {call.path}"
        wrapped = textwrap.wrap(" ".join(call.help.split("\n")), _WIDTH - _COLUMN, break_on_hyphens=False)
        first = f"{began:{_COLUMN}}{wrapped.pop(0)}" if len(began) < _COLUMN else began
        lines += [first, *(" " * _COLUMN + line for line in wrapped)]
    return "\n".join(lines) + "\n"
