"""Bodies that the control API takes, and those that it answers with. Its schema is made of these very classes."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec

from tui.sandbox.session.faults import Fault, FaultKind
from tui.sandbox.world.people import Standing
from tui.wire.names import Endpoint

MOST_AT_ONCE: Final = 10_000
"""Messages that one push makes at most."""
_A_CENTURY: Final = 3_200_000_000.0

JsonFields = dict[str, Any]
PushedType = Literal[
    "text",
    "image",
    "voice",
    "video",
    "short_video",
    "emoticon",
    "app_emoticon",
    "file",
    "link",
    "quote",
    "mini_program",
    "live_location",
    "transfer",
    "red_packet",
    "red_packet_notice",
    "card",
    "location",
    "system",
    "notice",
    "call",
    "friend_request",
    "status_notify",
    "raw",
    "revoke",
]
"""Types of messages: the names of `KINDS`, and `revoke`."""


class Push(msgspec.Struct, forbid_unknown_fields=True):
    """Message that is to arrive. `from`: its sender, "self" for the phone; `content`: see the types' contents."""

    type: PushedType
    from_: str = msgspec.field(default="", name="from")
    group: bool | str = False
    to: str = ""
    content: str | JsonFields | None = None
    times: Annotated[int, msgspec.Meta(ge=1, le=MOST_AT_ONCE)] = 1
    age: Annotated[float, msgspec.Meta(ge=0, le=_A_CENTURY)] = 0


class ContactChange(msgspec.Struct, forbid_unknown_fields=True):
    """Change of a contact or group; what is not named stays."""

    name: str
    nickname: str | None = None
    remark: str | None = None
    muted: bool | None = None
    pinned: bool | None = None
    gone: bool | None = None
    delete: bool = False
    add: bool = False
    alias: str | None = None
    avatar: bool = False
    status: bool = False
    standing: Standing | None = None
    owner: str | None = None
    confirms: bool | None = None
    left: str = ""


class NewPerson(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody new among the contacts; with `group`, a member of it, too."""

    nickname: str
    remark: str = ""
    alias: str = ""
    group: str = ""


class NewSession(msgspec.Struct, forbid_unknown_fields=True):
    """Login without a QR code."""

    variant: Endpoint = Endpoint.WEB


class Expire(msgspec.Struct, forbid_unknown_fields=True):
    """End of the newest QR code, or of the sessions: with `session` as by 1101, with `retcode` as it says."""

    session: bool = False
    retcode: int = 0


class ClockChange(msgspec.Struct, forbid_unknown_fields=True):
    """Step of the server's clock, in seconds; there is no way back but reset."""

    advance: Annotated[float, msgspec.Meta(ge=0, le=_A_CENTURY)]


class FaultChange(msgspec.Struct, forbid_unknown_fields=True):
    """Fault of a call (`call`, `kind`), or what holds for all (`login_ret`, `clear`)."""

    call: str = ""
    kind: FaultKind | None = None
    value: float = 0
    times: Annotated[int, msgspec.Meta(ge=0)] = 1
    login_ret: int | None = None
    clear: bool = False


class NoFields(msgspec.Struct, forbid_unknown_fields=True):
    """Body without fields; it may be left out."""


# ---------------------------------------------------------------- answers


class ControlMistake(msgspec.Struct):
    """Answer to a request that cannot be met: a sentence."""

    error: str


class PushedMessage(msgspec.Struct):
    """Message that arrived, the last of several. `member`: the sender's UserName in a group; `sha256` of its media."""

    msg_id: str = msgspec.field(name="MsgId")
    member: str
    sha256: str


class ChangedContact(msgspec.Struct):
    """Contact that changed, by the name that is shown now."""

    name: str


class AddedPerson(msgspec.Struct):
    """Person who is new: `key` is a NAME for other calls."""

    key: str


class SessionCredentials(msgspec.Struct):
    """Credentials of a session that a login would have brought; `cookies` by name, for every request."""

    number: int
    variant: str
    skey: str
    sid: str
    uin: str
    pass_ticket: str
    user_name: str
    cookies: dict[str, str]


class PhoneCode(msgspec.Struct):
    """QR code and its phase: waiting, scanned, confirmed or expired."""

    uuid: str
    phase: str


class Expired(msgspec.Struct, omit_defaults=True):
    """Number of sessions that ended, or the QR code that expired."""

    ended: int | None = None
    uuid: str = ""
    phase: str = ""


class ServerClock(msgspec.Struct):
    """Time of the server, in seconds since 1970."""

    now: float


class SentRow(msgspec.Struct):
    """Message that a client sent. `to` is a UserName, `session` the number of a login, `content` as it was sent."""

    msg_id: str = msgspec.field(name="MsgID")
    client_msg_id: str = msgspec.field(name="ClientMsgId")
    call: str
    type: int = msgspec.field(name="Type")
    to: str
    to_name: str
    content: str
    media_id: str = msgspec.field(name="MediaId")
    sha256: str
    file_name: str
    time: float
    revoked: bool
    session: int


class UploadedFile(msgspec.Struct):
    """File that arrived whole."""

    media_id: str = msgspec.field(name="MediaId")
    name: str
    size: int
    md5: str
    sha256: str
    type: str
    mediatype: str
    session: int
    time: float


class SandboxLogin(msgspec.Struct):
    """Login of a client. `ended`: the retcode of its end; `events`: what it has to hear, `taken`: of these, heard."""

    number: int
    endpoint: str
    uin: str
    user_name: str
    ended: int | None
    events: int
    taken: int


class ClientMistake(msgspec.Struct):
    """Mistake of a client that the real server overlooks, or the reason of a refusal."""

    call: str
    what: str
    times: int


class SandboxState(msgspec.Struct):
    """State of the sandbox, without secrets. `calls`: how often each was made; `read`: who was marked read."""

    login: PhoneCode | None
    sessions: list[SandboxLogin]
    calls: dict[str, int]
    read: list[JsonFields]
    warnings: list[ClientMistake]
    reordered: list[str]
    uploading: list[str]


class ActiveFaults(msgspec.Struct):
    """Active faults, oldest first; the Ret of every login, 0 for none; and the kinds that there are."""

    active: list[Fault]
    login_ret: int
    kinds: list[str]
