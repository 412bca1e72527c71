"""Answers of the API, as programs read them. Later versions add fields: a program ignores what it does not know.

Each line has the `id` of its request, and one of: `result`, which ends it; `error`, which ends it as well; `item`, one
of a list whose `result` follows; `event`, how it goes on.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from tui import errors
from tui.services.control.line_codec import LINE
from tui.services.message_json import MessageFacts, facts
from tui.services.util.retry import passes
from tui.store.mapping.codec import to_ms
from tui.store.models import ExportedMessage, StoredMessage

Kind = Literal["usage", "session", "target", "refused", "server", "network", "unknown", "local", "failed", "bug"]

_KINDS: Final[tuple[tuple[tuple[type[errors.WxtuiError], ...], Kind], ...]] = (
    ((errors.UsageError, errors.ApiTooOld), "usage"),
    ((errors.NotUsable,), "session"),
    ((errors.TargetError, errors.MessageUnknown), "target"),
    ((errors.Refused,), "refused"),
    ((errors.ServerRefused,), "server"),
    ((errors.NetworkError,), "network"),
    ((errors.DeliveryUnknown, errors.RevokeUnknown, errors.ChangeUnknown, errors.OwnerStalled), "unknown"),
    ((errors.LocalError,), "local"),
    ((errors.Unexpected, errors.BrokenDown), "bug"),
)
_LONGEST: Final = 100_000
"""Characters of a message's text in a line."""
_LONG: Final = 4000
"""Characters of any other text of somebody's: with each character of all of them escaped, a line may be written."""


class ApiAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Fields that every line may have."""

    id: str | int | UnsetType | None = UNSET


class ApiError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Failure. `code` is stable, new ones may come: `kind` says what is to be made of one that is not known.

    `retry`: nothing was done, and the same request may succeed later. `unknown`, as kind: it may have been done; it is
    not to be repeated without a look. `row` and `state` of the message, where there is one.
    """

    code: str
    kind: Kind
    message: str
    retry: bool
    exit_code: int
    row: int | UnsetType = UNSET
    state: str | UnsetType = UNSET


class ErrorLine(ApiAnswer, frozen=True, kw_only=True):
    """End of a request that failed."""

    error: ApiError


class RowEvent(ApiAnswer, frozen=True, kw_only=True, tag_field="event", tag="row"):
    """The message is written down as `row`; said before anything of it leaves."""

    row: int


class ProgressEvent(ApiAnswer, frozen=True, kw_only=True, tag_field="event", tag="progress"):
    """A file is on its way: `done` of `total` bytes. Some of these are left out for a slow reader."""

    stage: str
    done: int
    total: int
    waiting: bool


class ApiMessage(MessageFacts, frozen=True, kw_only=True):
    """A message as `wxtui log --json` prints it, and `row`, its number in the store; `chat_id` is good as `to` and
    `chat`. A `text` of more than 100,000 characters is cut, another one (of `quote`, `link` …) of more than 4,000, and
    `cut` is true."""

    row: int
    chat_id: str
    cut: bool = False


class MessageEvent(ApiAnswer, frozen=True, kw_only=True, tag_field="event", tag="message"):
    """A message was stored. `at` is what `since` takes after the connection was lost."""

    at: str
    message: ApiMessage


class ChangedEvent(ApiAnswer, frozen=True, kw_only=True, tag_field="event", tag="changed"):
    """A message that was told, or is older, has changed."""

    message: ApiMessage


class SubscribedEvent(ApiAnswer, frozen=True, kw_only=True, tag_field="event", tag="subscribed"):
    """Everything that was asked for with `since` has been told; what follows comes as it is stored."""

    at: str


class ContactItem(msgspec.Struct, frozen=True, kw_only=True):
    """A contact or group. `target`, good as `to` and `chat`, means no other; `user_name` is good for one login."""

    name: str
    kind: str
    nick_name: str
    remark_name: str
    user_name: str
    target: str
    members: int
    muted: bool
    pinned: bool


class HelloResult(msgspec.Struct, frozen=True, kw_only=True):
    """Versions and limits: bytes of a line, connections at once, how many of them may subscribe, items of a log."""

    version: int
    program: str
    pid: int
    profile: str
    max_line: int
    max_connections: int
    max_subscriptions: int
    max_count: int


class StatusResult(msgspec.Struct, frozen=True, kw_only=True):
    """How things stand. `state`: online, or offline (`trouble` says why); stopped or logged out where no wxtui runs and
    this is what is stored.

    `unread` messages and `unread_chats` are without silent conversations, `mentions` are of all; `waiting` texts and
    `uploads` are not sent yet. `since`: when the server was last heard, and so as of when this is; `age` is that in
    seconds. Both are null where it never was.
    """

    profile: str
    state: Literal["online", "offline", "stopped", "logged_out"]
    name: str
    unread: int
    unread_chats: int
    mentions: int
    waiting: int
    uploads: int
    since: str | None
    age: int | None
    trouble: str


class SentResult(msgspec.Struct, frozen=True, kw_only=True):
    """The server has the message."""

    row: int
    state: str
    msg_id: str
    kind: str
    time: str


class RevokeResult(msgspec.Struct, frozen=True, kw_only=True):
    """The message is taken back: `revoked`, or `cancelled` before it left. `text`: what the server says of it."""

    state: Literal["revoked", "cancelled"]
    text: str


class ReadResult(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation is read."""

    user_name: str
    name: str


class ListResult(msgspec.Struct, frozen=True, kw_only=True):
    """End of a list: so many items came."""

    count: int


class ResultLine(ApiAnswer, frozen=True, kw_only=True):
    """End of a request that was carried out; which result belongs to which request stands under `results`."""

    result: dict[str, Any]


class ItemLine(ApiAnswer, frozen=True, kw_only=True):
    """Member of a list: an `ApiMessage`, or of contacts a `ContactItem`."""

    item: dict[str, Any]


def kind_of(error: errors.WxtuiError) -> Kind:
    """Return what is to be made of an error by a program that does not know its code."""
    return next((kind for classes, kind in _KINDS if isinstance(error, classes)), "failed")


def failure(error: errors.WxtuiError, row: StoredMessage | None = None) -> ApiError:
    """Return an error as programs get it: its sentence in English."""
    kind = kind_of(error)
    return ApiError(
        code=error.code,
        kind=kind,
        message=_bounded(str(error)),
        retry=kind != "unknown" and (passes(error) or kind == "network" or isinstance(error, errors.NotConnected)),
        exit_code=error.exit_code,
        row=UNSET if row is None else row.id,
        state=UNSET if row is None else row.state.value,
    )


def place(message: StoredMessage) -> str:
    """Return the `at` of a message: its row, and when it is of, for a row's number may be given a second time."""
    return f"{message.id}.{to_ms(message.time)}"


def api_message(named: ExportedMessage, rings: bool | None = None) -> dict[str, Any]:
    """Return a message as `ApiMessage` has it. `rings`: as for `facts`."""
    found = facts(named, rings)
    message = named.message
    bounded: dict[str, Any] = _bounded(found) | {"text": found["text"][:_LONGEST]}
    if bounded != found:
        bounded["cut"] = True
    return bounded | {"row": message.id, "chat_id": f"id:{message.conversation_id}"}


def encoded(said: object) -> bytes:
    """Return an answer as a line. Where it were longer than a line may be, its long texts are cut: whatever others
    write and send, each request is answered."""
    line = msgspec.json.encode(said) + b"\n"
    if len(line) > LINE:
        line = msgspec.json.encode(_bounded(msgspec.to_builtins(said))) + b"\n"
    return line


def _bounded(found: Any) -> Any:
    """Return what was found with its long texts cut."""
    if isinstance(found, str):
        return found if len(found) <= _LONG else found[: _LONG - 1] + "…"
    if isinstance(found, dict):
        return {name: _bounded(value) for name, value in found.items()}
    if isinstance(found, list | tuple):
        return [_bounded(value) for value in found]
    return found
