"""Contents of pushed messages that are objects: their fields by type, and the bounds of these."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tui.sandbox.world.kinds import MAX_FILE, MAX_VOICE
from tui.wire.names import NotifyCode

PictureName = Literal["sunrise", "lake", "dusk", "screenshot", "city", "photo"]
"""Sample pictures: the names of `BY_NAME`."""


class _Content(msgspec.Struct, forbid_unknown_fields=True):
    """Base: a field that nobody knows is a mistake."""


class WordsContent(_Content):
    """Words of a message."""

    text: str | UnsetType = UNSET


class TitleContent(_Content):
    """Title of a message."""

    title: str | UnsetType = UNSET


class BytesContent(_Content):
    """Bytes of media in base64; without them they are made up."""

    base64: str | UnsetType = UNSET


class ImageContent(BytesContent):
    """Image: bytes, or one of the sample pictures."""

    picture: PictureName | UnsetType = UNSET


class VoiceContent(BytesContent):
    """Recording of so many milliseconds."""

    milliseconds: Annotated[float, Meta(ge=0, le=MAX_VOICE)] | UnsetType = UNSET


class VideoContent(BytesContent):
    """Video of so many seconds."""

    seconds: Annotated[float, Meta(ge=0, le=86_400)] | UnsetType = UNSET


class EmoticonContent(BytesContent):
    """Emoticon; with `shop` 1 one of the shop, which the web version cannot show."""

    shop: Annotated[int, Meta(ge=0, le=1)] | UnsetType = UNSET


class FileContent(BytesContent):
    """File of so many random bytes, or of these."""

    name: str | UnsetType = UNSET
    size: Annotated[float, Meta(ge=0, le=MAX_FILE)] | UnsetType = UNSET


class LinkContent(TitleContent):
    """Link to a page."""

    description: str | UnsetType = UNSET
    url: str | UnsetType = UNSET


class QuoteContent(TitleContent):
    """Answer that quotes: its words are the title."""

    quoted: str | UnsetType = UNSET
    sender: str | UnsetType = UNSET
    msg_id: str | UnsetType = UNSET


class LocationContent(_Content):
    """Place: latitude `x`, longitude `y`."""

    label: str | UnsetType = UNSET
    x: Annotated[float, Meta(ge=-90, le=90)] | UnsetType = UNSET
    y: Annotated[float, Meta(ge=-180, le=180)] | UnsetType = UNSET


class StatusContent(_Content):
    """Deed on the phone: 1 read, 2 opened, 5 left a chat."""

    code: Annotated[int, Meta(ge=int(min(NotifyCode)), le=int(max(NotifyCode)))] | UnsetType = UNSET


CONTENTS: Final[dict[str, type[msgspec.Struct]]] = {
    **dict.fromkeys(("text", "transfer", "red_packet", "red_packet_notice", "system", "notice", "call"), WordsContent),
    "friend_request": WordsContent,
    "image": ImageContent,
    "voice": VoiceContent,
    **dict.fromkeys(("video", "short_video"), VideoContent),
    "emoticon": EmoticonContent,
    "app_emoticon": BytesContent,
    "file": FileContent,
    "link": LinkContent,
    "quote": QuoteContent,
    **dict.fromkeys(("mini_program", "live_location"), TitleContent),
    "location": LocationContent,
    "status_notify": StatusContent,
}
"""Type → content where it is an object."""
ANY_FIELDS: Final = frozenset({"raw"})
"""Types whose content is an object of whatever fields: those of an AddMsg."""
TEXT_ONLY: Final = frozenset({"card", "revoke"})
"""Types whose content is a text only: a NAME, a MsgID."""
