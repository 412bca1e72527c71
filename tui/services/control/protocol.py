"""What a command and the running wxtui say to each other: JSON, one message a line, over a Unix socket.

    command → owner     Hello                        which version this is
    owner → command     Welcome                      which version that is
    command → owner     a request
    owner → command     Ready                        it is awake, and able to do it
    command → owner     Go                           only now is anything done
    owner → command     Row, Moved, Added, Working   how it goes; Working is said when there is nothing else to say
    command → owner     Cancel                       Ctrl+C; so is going away
    owner → command     Done or Failed               then the next request may come

Ready and Go are why an owner that was suspended, and wakes after the command has given up, does not do it then.
Messages are named by their row in the store, which both read: neither texts nor credentials come back this way.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

from tui.wire.media_types import MediaKind

VERSION: Final = 1
"""Of this language. Other versions are not spoken to."""
LINE: Final = 1024 * 1024
"""Bytes of the longest line; also what a StreamReader keeps."""
BEAT: Final = 1.0
"""Seconds after which the owner says `Working`."""


Number: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""Integer that SQLite can hold: row ids and counts. A larger one is `Malformed`."""


class Malformed(ValueError):
    """A line that is no message of this language, or too long; its writer is not listened to any more."""


class _Frame(msgspec.Struct, frozen=True, tag_field="is", tag=str.lower, forbid_unknown_fields=True):
    """Anything that is said."""


# ---------------------------------------------------------------- a command says


class Hello(_Frame, frozen=True):
    """The first line. `program` is the version of wxtui."""

    version: Number
    program: str


class SendText(_Frame, frozen=True):
    """A text to the contact with this UserName."""

    to: str
    text: str


class SendFile(_Frame, frozen=True):
    """A file; `path` as the file system has it, absolute. `stamp` says which state of it is meant (`files.stamp`)."""

    to: str
    path: bytes
    stamp: tuple[int, ...]
    kind: MediaKind
    name: str


class RevokeRequest(_Frame, frozen=True, tag="revoke"):
    """Take the message of this row back."""

    row: Number


class Forward(_Frame, frozen=True):
    """Send the message of this row on."""

    row: Number
    to: str


class MarkRead(_Frame, frozen=True):
    """Mark the conversation with this UserName read."""

    to: str


class Resolve(_Frame, frozen=True):
    """Who is meant by `target`; the contact list is fetched anew when it is old or knows nobody of that name."""

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
    """Do it."""


class Cancel(_Frame, frozen=True):
    """Do not, as far as that is still possible."""


FromCommand: TypeAlias = Hello | Request | Go | Cancel

# ---------------------------------------------------------------- the owner says


class Welcome(_Frame, frozen=True):
    """The answer to `Hello`, also to one of another version."""

    version: Number
    program: str
    pid: Number


class RequestReady(_Frame, frozen=True, tag="ready"):
    """The request was read; it waits for `Go`."""


class Working(_Frame, frozen=True):
    """Still at it."""


class Row(_Frame, frozen=True):
    """The message is written down; nothing of it has left before this was said."""

    row: Number


class UploadMoved(_Frame, frozen=True, tag="moved"):
    """Progress of a file; `stage` is a `Stage`."""

    stage: str
    done: Number
    total: Number
    waiting: bool = False


class Added(_Frame, frozen=True):
    """New messages of one conversation, by row."""

    conversation: Number
    rows: tuple[Number, ...]


class Done(_Frame, frozen=True):
    """The request was carried out. `row`, and what became of it, where it was about a message.

    `text` is the server's word (a revoke's) or a UserName (of a target).
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
    """An error of `tui.errors`: its class's name, and its facts. `why` is the whole of it, for who does not know it."""

    error: str
    facts: dict[str, Fact]
    why: str


FromOwner: TypeAlias = Welcome | RequestReady | Working | Row | UploadMoved | Added | Done | Failure

_from_command: Final[msgspec.json.Decoder[FromCommand]] = msgspec.json.Decoder(FromCommand)
_from_owner: Final[msgspec.json.Decoder[FromOwner]] = msgspec.json.Decoder(FromOwner)


def line(said: FromCommand | FromOwner) -> bytes:
    """The line that says it. Raises `Malformed` when nobody would read so long a one."""
    written = msgspec.json.encode(said) + b"\n"
    if len(written) > LINE:
        raise Malformed("too long")
    return written


def read_command(text: bytes) -> FromCommand:
    """What a command says. Raises `Malformed`."""
    try:
        return _from_command.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("no message") from None


def read_owner(text: bytes) -> FromOwner:
    """What the owner says. Raises `Malformed`."""
    try:
        return _from_owner.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("no message") from None
