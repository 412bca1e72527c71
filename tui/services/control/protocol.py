"""Messages between a command and the running wxtui: JSON, one message a line, over a Unix socket.

    command → owner     Hello                        which version this is
    owner → command     Welcome                      which version that is
    command → owner     a request
    owner → command     RequestReady                 it is awake, and able to carry the request out
    command → owner     Go                           only now is anything done
    owner → command     Row, UploadMoved, Added      progress; Working when there is nothing else to say
                        Piece                        a part of a long answer
    command → owner     Cancel                       Ctrl+C; so is going away
    owner → command     an Outcome or Failure        then the next request may come

RequestReady and Go keep an owner that was suspended, and wakes after the command has given up, from carrying the
request out then.

What is stored comes this way: names of contacts, texts of messages. The socket is for the same user only (mode 0600,
and each side asks the kernel who is at the other end), who may read the store's file anyway. Credentials never do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, get_args

from tui.services.control.line_codec import (
    LINE,
    Fact,
    Json,
    Malformed,
    Number,
    ProtocolMessage,
    SpokenPhrase,
    by_tag,
    line,
    read_line,
)

if TYPE_CHECKING:
    from tui.wire.media_types import MediaKind

VERSION: Final = 5
"""Version of the protocol. An owner of another version is not used. The API for programs of others has its own, which
stays: `control_server/api/requests.py`."""
MOST_LOGGED: Final = 1000
"""Messages that one request may ask for; whoever wants more reads the store's file."""
BEAT: Final = 1.0
"""Seconds after which the owner says `Working`."""

# ---------------------------------------------------------------- a command says


class Hello(ProtocolMessage):
    """First line of a command. `program` is the version of wxtui."""

    version: Number
    program: str


class ControlRequest(ProtocolMessage):
    """Something that is wanted of the owner: each has its handler in `control_server/handlers.py`."""


class SendText(ControlRequest):
    """Send a text to the contact with this UserName."""

    to: str
    text: str


class SendFile(ControlRequest):
    """Send a file, or `size` bytes of it from `first` on where `size` is not 0.

    `path` is absolute, in the file system's bytes; `stamp` is the version of the file that is meant.
    """

    to: str
    path: bytes
    stamp: tuple[int, ...]
    kind: MediaKind
    name: str
    first: Number = 0
    size: Number = 0


class RevokeRequest(ControlRequest, tag="revoke"):
    """Revoke the message of this row."""

    row: Number


class Forward(ControlRequest):
    """Forward the message of this row."""

    row: Number
    to: str


class MarkRead(ControlRequest):
    """Mark the conversation with this UserName read."""

    to: str


class Resolve(ControlRequest):
    """Find the contact that `target` means; the contact list is fetched anew when it is old or has no such name."""

    target: str


class Refresh(ControlRequest):
    """Fetch the list of contacts."""


class CheckRequest(ControlRequest, tag="check"):
    """Tell whether the session is usable; the server is asked where it was not heard just now."""


class LogOut(ControlRequest):
    """End the session and forget it."""


class Follow(ControlRequest):
    """Tell of every message that is added, until the command goes away."""


class FindMessage(ControlRequest):
    """Find the stored message with this MsgID."""

    msg_id: str


class FindLast(ControlRequest):
    """Find the newest message that was sent from here, to this UserName, or to anybody where it is empty."""

    to: str


class ListContacts(ControlRequest):
    """Tell the stored contacts that a search for `query` shows, and their handles, in pieces."""

    query: str


class CompleteName(ControlRequest):
    """Tell the names of contacts that begin a word or their pinyin so, as targets, in pieces."""

    begun: str


class ReadLog(ControlRequest):
    """Tell the newest stored messages of the conversation that `target` means, in pieces; at most `MOST_LOGGED`."""

    target: str
    count: Number


class ListRequests(ControlRequest):
    """Tell the friend requests, in pieces."""


class AnswerRequest(ControlRequest):
    """Accept the friend request of this row, or put it aside."""

    row: Number
    accept: bool


class SetRemark(ControlRequest):
    """Set the remark of the contact with this UserName; "" takes it away."""

    to: str
    remark: str


class SetPinned(ControlRequest):
    """Pin the conversation with this UserName to the top, or unpin it."""

    to: str
    pinned: bool


class SetHushed(ControlRequest):
    """Mute a conversation, by row, on this computer: for good, or until a time in milliseconds; or unmute it."""

    conversation: Number
    hushed: bool
    until_ms: Number = 0


class SetNotify(ControlRequest):
    """Give a conversation, by row, a rule of its own: the value of a `NotifyRule`, "" for that of its kind."""

    conversation: Number
    rule: str


class ReadAll(ControlRequest):
    """Mark every conversation as read."""


class ListMembers(ControlRequest):
    """Fetch the group with this UserName; tell itself, then its members, in pieces."""

    group: str


class ChangeGroup(ControlRequest):
    """Change a group, or make one: `change` is the value of a `GroupChange`, `people` are UserNames.

    `only_check`: nothing is asked of the server, and what no server would do is refused.
    """

    change: str
    group: str
    people: tuple[Json, ...]
    topic: str
    only_check: bool = False


class Go(ProtocolMessage):
    """Carry the request out."""


class Cancel(ProtocolMessage):
    """Give the request up, as far as that is still possible."""


FromCommand: TypeAlias = Hello | ControlRequest | Go | Cancel

# ---------------------------------------------------------------- the owner says


class Welcome(ProtocolMessage):
    """Answer to `Hello`, whatever its version."""

    version: Number
    program: str
    pid: Number


class RequestReady(ProtocolMessage, tag="ready"):
    """The request was read, and waits for `Go`."""


class Working(ProtocolMessage):
    """The request is still being carried out."""


class Row(ProtocolMessage):
    """The message is written down, in the row `id`; said before anything of it leaves."""

    id: Number


class UploadMoved(ProtocolMessage, tag="moved"):
    """Progress of a file; `stage` is the value of an `UploadState`."""

    stage: str
    done: Number
    total: Number
    waiting: bool = False


class Added(ProtocolMessage):
    """New messages of one conversation, by row."""

    conversation: Number
    rows: tuple[Number, ...]


class ConversationRead(ProtocolMessage, tag="read"):
    """Progress of `ReadAll`: this conversation was read, and so many are left."""

    name: str
    left: Number


class Piece(ProtocolMessage):
    """Part of an answer that one line may not hold."""

    items: tuple[Json, ...]


class Outcome(ProtocolMessage):
    """The request was carried out."""


class Done(Outcome):
    """Nothing more is to be said; where a message was given up, `state` is its state.

    `text` is the server's sentence about a revoke.
    """

    state: str = ""
    text: str = ""


class Sent(Outcome):
    """Row of a message that was sent, or that its command has given up. `kind` as scripts know it, `time` as in ISO."""

    id: Number
    state: str
    msg_id: str
    client_msg_id: str
    kind: str
    time: str


class AllRead(Outcome):
    """So many conversations were marked as read."""

    count: Number


class ContactChanged(Outcome):
    """A contact is as wanted; `changed`: it was not so before."""

    changed: bool


class GroupChanged(Outcome):
    """A group was changed: a `GroupOutcome`."""

    outcome: Json


class Recipient(Outcome):
    """Contact that a target means."""

    user_name: str
    name: str


class Account(Outcome):
    """Session that is usable."""

    name: str
    endpoint: str
    server: str


class Stored(Outcome):
    """A stored message: a `StoredMessage`, null where there is none."""

    message: Json


class Failure(ProtocolMessage, tag="failed"):
    """Error of `tui.errors`: its class's name, and its facts. `why` is its whole sentence, for a version without it."""

    error: str
    facts: dict[str, Fact]
    why: str


FromOwner: TypeAlias = (
    Welcome | RequestReady | Working | Row | UploadMoved | Added | ConversationRead | Piece | Outcome | Failure
)

REQUESTS: Final = tuple(ControlRequest.__subclasses__())
_from_command: Final = by_tag([Hello, Go, Cancel, *REQUESTS])
_from_owner: Final = by_tag([*get_args(FromOwner), *Outcome.__subclasses__()])


def is_own(text: bytes) -> bool:
    """Return True for a line of a command of wxtui; everything else is for the API, which says what is wrong."""
    return b'"is"' in text[:200] and b'"request"' not in text[:200]


def read_command(text: bytes) -> FromCommand:
    """Decode a line of a command. Raises `Malformed`."""
    said: FromCommand = read_line(text, _from_command)
    return said


def read_owner(text: bytes) -> FromOwner:
    """Decode a line of the owner. Raises `Malformed`."""
    said: FromOwner = read_line(text, _from_owner)
    return said


__all__ = ["LINE", "Fact", "Json", "Malformed", "SpokenPhrase", "line"]
