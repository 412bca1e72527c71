"""Messages between a command and the running wxtui: JSON, one message a line, over a Unix socket.

    command → owner     Hello                        which version this is
    owner → command     Welcome                      which version that is
    command → owner     a request
    owner → command     RequestReady                 it is awake, and able to carry the request out
    command → owner     Go                           only now is anything done
    owner → command     Row, UploadMoved, Added      progress; Working when there is nothing else to say
    command → owner     Cancel                       Ctrl+C; so is going away
    owner → command     Done or Failure              then the next request may come

RequestReady and Go keep an owner that was suspended, and wakes after the command has given up, from carrying the
request out then. Messages are named by their row in the store, which both read: neither texts nor credentials come
back this way.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

from tui.wire.media_types import MediaKind

VERSION: Final = 1
"""Version of the protocol. An owner of another version is not used."""
LINE: Final = 1024 * 1024
"""Bytes of the longest line, and of the buffer of a StreamReader."""
BEAT: Final = 1.0
"""Seconds after which the owner says `Working`."""


Number: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""Integer that SQLite can hold: row ids and counts. A larger one is `Malformed`."""


class Malformed(ValueError):
    """A line that is no message of the protocol, or too long; nothing more is read from its writer."""


class _Frame(msgspec.Struct, frozen=True, tag_field="is", tag=str.lower, forbid_unknown_fields=True):
    """Message of the protocol."""


# ---------------------------------------------------------------- a command says


class Hello(_Frame, frozen=True):
    """First line of a command. `program` is the version of wxtui."""

    version: Number
    program: str


class SendText(_Frame, frozen=True):
    """Send a text to the contact with this UserName."""

    to: str
    text: str


class SendFile(_Frame, frozen=True):
    """Send a file. `path` is absolute, in the file system's bytes; `stamp` is the version of the file that is meant."""

    to: str
    path: bytes
    stamp: tuple[int, ...]
    kind: MediaKind
    name: str


class RevokeRequest(_Frame, frozen=True, tag="revoke"):
    """Revoke the message of this row."""

    row: Number


class Forward(_Frame, frozen=True):
    """Forward the message of this row."""

    row: Number
    to: str


class MarkRead(_Frame, frozen=True):
    """Mark the conversation with this UserName read."""

    to: str


class Resolve(_Frame, frozen=True):
    """Find the contact that `target` means; the contact list is fetched anew when it is old or has no such name."""

    target: str


class Refresh(_Frame, frozen=True):
    """Fetch the list of contacts."""


class CheckRequest(_Frame, frozen=True, tag="check"):
    """Ask the server whether the session is usable."""


class LogOut(_Frame, frozen=True):
    """End the session and forget it."""


class Follow(_Frame, frozen=True):
    """Tell of every message that is added, until the command goes away."""


Request: TypeAlias = (
    SendText | SendFile | RevokeRequest | Forward | MarkRead | Resolve | Refresh | CheckRequest | LogOut | Follow
)


class Go(_Frame, frozen=True):
    """Carry the request out."""


class Cancel(_Frame, frozen=True):
    """Give the request up, as far as that is still possible."""


FromCommand: TypeAlias = Hello | Request | Go | Cancel

# ---------------------------------------------------------------- the owner says


class Welcome(_Frame, frozen=True):
    """Answer to `Hello`, whatever its version."""

    version: Number
    program: str
    pid: Number


class RequestReady(_Frame, frozen=True, tag="ready"):
    """The request was read, and waits for `Go`."""


class Working(_Frame, frozen=True):
    """The request is still being carried out."""


class Row(_Frame, frozen=True):
    """The message is written down; said before anything of it leaves."""

    row: Number


class UploadMoved(_Frame, frozen=True, tag="moved"):
    """Progress of a file; `stage` is the value of an `UploadState`."""

    stage: str
    done: Number
    total: Number
    waiting: bool = False


class Added(_Frame, frozen=True):
    """New messages of one conversation, by row."""

    conversation: Number
    rows: tuple[Number, ...]


class Done(_Frame, frozen=True):
    """The request was carried out. `row`, `msg_id` and `state` describe its message, where it has one.

    `text` is the server's sentence about a revoke, or the UserName of a target.
    """

    row: Number = 0
    msg_id: str = ""
    state: str = ""
    text: str = ""


class SpokenPhrase(_Frame, frozen=True, tag="phrase"):
    """A `Phrase` among the facts of an error."""

    template: str
    facts: dict[str, Fact]


Fact: TypeAlias = str | int | float | bool | SpokenPhrase | None


class Failure(_Frame, frozen=True, tag="failed"):
    """Error of `tui.errors`: its class's name, and its facts. `why` is its whole sentence, for a version without it."""

    error: str
    facts: dict[str, Fact]
    why: str


FromOwner: TypeAlias = Welcome | RequestReady | Working | Row | UploadMoved | Added | Done | Failure

_from_command: Final[msgspec.json.Decoder[FromCommand]] = msgspec.json.Decoder(FromCommand)
_from_owner: Final[msgspec.json.Decoder[FromOwner]] = msgspec.json.Decoder(FromOwner)


def line(said: FromCommand | FromOwner) -> bytes:
    """Return a message as a line. Raises `Malformed` when it is too long to be read."""
    written = msgspec.json.encode(said) + b"\n"
    if len(written) > LINE:
        raise Malformed("too long")
    return written


def read_command(text: bytes) -> FromCommand:
    """Decode a line of a command. Raises `Malformed`."""
    try:
        return _from_command.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("no message") from None


def read_owner(text: bytes) -> FromOwner:
    """Decode a line of the owner. Raises `Malformed`."""
    try:
        return _from_owner.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("no message") from None
