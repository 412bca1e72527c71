"""Bodies: a class for each kind of message. Texts are decoded but not cleaned: whoever draws them makes them safe."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias, get_args

import msgspec

from tui import errors
from tui.wire.media_types import MediaKind


class _Body(msgspec.Struct, frozen=True, tag=True, gc=False):
    pass


class Text(_Body, frozen=True):
    """Plain text: MsgType 1."""

    text: str


class Image(_Body, frozen=True):
    """MsgType 3. `width`, `height` in pixels of the thumbnail, 0 when not said.

    Here and in the other media: `size` in bytes, and `name` of the file on this computer, of what it sent or saved.
    """

    width: int = 0
    height: int = 0
    name: str = ""
    size: int = 0


class Voice(_Body, frozen=True):
    """MsgType 34. `seconds` of sound."""

    seconds: float = 0
    name: str = ""
    size: int = 0


class Video(_Body, frozen=True):
    """MsgType 43 and 62. `seconds` of play; `short` marks a 62."""

    seconds: int = 0
    width: int = 0
    height: int = 0
    short: bool = False
    name: str = ""
    size: int = 0


class Emoticon(_Body, frozen=True):
    """MsgType 47 or AppMsgType 8. `md5` and `url` are empty for shop stickers."""

    md5: str = ""
    url: str = ""
    name: str = ""
    size: int = 0


class Link(_Body, frozen=True):
    """AppMsgType 5 and every app message without a form of its own (`app_type` says which)."""

    title: str
    url: str = ""
    description: str = ""
    app_type: int = 5


class File(_Body, frozen=True):
    """AppMsgType 6. `size` in bytes; `media_id` and `encry_file_name` fetch it."""

    name: str
    size: int = 0
    media_id: str = ""
    encry_file_name: str = ""


class Location(_Body, frozen=True):
    """MsgType 1 with SubMsgType 48, and 48. Latitude `x`, longitude `y` in degrees, as WeChat names them."""

    label: str
    x: float = 0
    y: float = 0
    url: str = ""


class LiveLocation(_Body, frozen=True):
    """AppMsgType 17."""

    title: str = ""


class MiniProgram(_Body, frozen=True):
    """AppMsgType 33 and 36."""

    title: str = ""
    source: str = ""


class Quote(_Body, frozen=True):
    """AppMsgType 57: an answer to another message; `quoted_kind` is the kind of a message that is no text.

    `quoted_id`: the MsgID of that message, "" where it is not said.
    """

    text: str
    quoted: str = ""
    quoted_sender: str = ""
    quoted_kind: str = ""
    quoted_id: str = ""


class Channels(_Body, frozen=True):
    """AppMsgType 51 and 63: a video of Channels (视频号), or one that is `live`."""

    author: str = ""
    text: str = ""
    live: bool = False


class Announcement(_Body, frozen=True):
    """AppMsgType 87: a group's announcement."""

    text: str = ""


class History(_Body, frozen=True):
    """AppMsgType 19: several messages sent on as one; `text` has a line for each that the server tells."""

    title: str = ""
    text: str = ""


class Note(_Body, frozen=True):
    """AppMsgType 24: a note out of somebody's favourites."""

    title: str = ""
    text: str = ""


class Gift(_Body, frozen=True):
    """AppMsgType 115: a present out of a shop; can be opened only on the phone."""

    title: str = ""


class TransferState(Enum):
    """Progress of a transfer of money (`paysubtype`)."""

    UNSAID = ""
    WAITING = "waiting"
    RECEIVED = "received"
    RETURNED = "returned"


class Transfer(_Body, frozen=True):
    """AppMsgType 2000: money; can be opened only on the phone. `amount` as WeChat writes it."""

    title: str = ""
    amount: str = ""
    memo: str = ""
    state: TransferState = TransferState.UNSAID


class RedPacket(_Body, frozen=True):
    """AppMsgType 2001: money; can be opened only on the phone."""

    title: str = ""


class Card(_Body, frozen=True):
    """MsgType 42: somebody's contact card."""

    nick_name: str
    user_name: str = ""
    alias: str = ""


class RequestAnswer(Enum):
    """Answer to a friend request, as far as this computer knows; kept with its body, never said by the server."""

    OPEN = ""
    UNKNOWN = "unknown"
    """The request that accepts it left, and no usable answer came."""
    ACCEPTED = "accepted"
    IGNORED = "ignored"
    REFUSED = "refused"
    """The server did not take it: it has expired, or was answered elsewhere."""


class FriendRequest(_Body, frozen=True):
    """MsgType 37. `ticket` accepts it (webwxverifyuser); `answer` is what became of it."""

    nick_name: str
    text: str = ""
    user_name: str = ""
    ticket: str = ""
    answer: RequestAnswer = RequestAnswer.OPEN

    @property
    def waits(self) -> bool:
        """True while it waits for an answer."""
        return self.answer in (RequestAnswer.OPEN, RequestAnswer.UNKNOWN)

    def __repr__(self) -> str:
        """Without the ticket."""
        return f"FriendRequest(nick_name={self.nick_name!r})"


class PhoneCall(_Body, frozen=True, tag="Call"):
    """MsgType 50, 52, 53: a voice or video call; `text` is how it ended, where that is said."""

    text: str = ""


class System(_Body, frozen=True):
    """MsgType 9999 and 10000: a grey line."""

    text: str


class Revoke(_Body, frozen=True):
    """MsgType 10002: `msg_id` was revoked; `notice` is the server's line about it."""

    msg_id: str
    notice: str = ""


class StatusNotify(_Body, frozen=True):
    """MsgType 51: the phone opened, left or read chats. State, never shown."""

    code: int
    user_names: tuple[str, ...] = ()


class Unknown(_Body, frozen=True):
    """A type that nobody documented: kept and shown as a readable line."""

    msg_type: int
    app_type: int = 0
    text: str = ""


Body: TypeAlias = (
    Text
    | Image
    | Voice
    | Video
    | Emoticon
    | Link
    | File
    | Location
    | LiveLocation
    | MiniProgram
    | Quote
    | Channels
    | Announcement
    | History
    | Note
    | Gift
    | Transfer
    | RedPacket
    | Card
    | FriendRequest
    | PhoneCall
    | System
    | Revoke
    | StatusNotify
    | Unknown
)

SendableFile: TypeAlias = Image | Video | Emoticon | File
"""Bodies of files that can be uploaded, each sent by a call of its own."""

Notice: TypeAlias = System | Revoke | StatusNotify
"""Bodies that nobody wrote."""

KINDS: Final[tuple[type[Body], ...]] = get_args(Body)
"""Every kind of body."""


def typed_text(text: str) -> Text:
    """Return the body of a text that a person wrote; half of a surrogate pair becomes `?`. Raises `EmptyText`."""
    clean = text.encode("utf-8", "replace").decode()
    if not clean.strip():
        raise errors.EmptyText()
    return Text(clean)


def file_body(kind: MediaKind, name: str, size: int) -> SendableFile:
    """Return the body of a file that is sent as `kind`."""
    match kind:
        case MediaKind.IMAGE:
            return Image(name=name, size=size)
        case MediaKind.VIDEO:
            return Video(name=name, size=size)
        case MediaKind.GIF:
            return Emoticon(name=name, size=size)
        case _:
            return File(name, size)


def is_notice(body: Body) -> bool:
    """Return whether a body is a line about the conversation, which nobody wrote."""
    return isinstance(body, Notice)


def kind_name(kind: type[Body]) -> str:
    """Return the stable name of a kind of body, for scripts: `text`, `live location`."""
    return "".join(f" {char.lower()}" if char.isupper() else char for char in str(kind.__struct_config__.tag)).strip()


class Message(msgspec.Struct, frozen=True):
    """An incoming message (PROTOCOL section 4).

    `chat` is the UserName of the conversation, `sender` who wrote it (in a group the member; "" for the system);
    `mine` when oneself sent it from another device. `time` is aware, in UTC. `content` is the undecoded `Content`
    without the group's sender prefix: a forward of an image needs its XML.
    """

    msg_id: str
    chat: str
    sender: str
    mine: bool
    time: datetime
    body: Body
    content: str = ""
