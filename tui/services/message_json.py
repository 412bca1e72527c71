"""A message as a JSON object, for scripts and hooks: the fields of `log`, `listen`, `export` and `recv` with --json."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from tui.message_summary import describe, quoted_words, shown_sender
from tui.store.delivery_state import DeliveryState
from tui.store.models import ExportedMessage
from tui.wire import bodies
from tui.wire.bodies import Body, kind_name
from tui.wire.mentions import Mention
from tui.wire.text import split_quotation


class _Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    pass


class FileFacts(_Facts, frozen=True):
    """A file, or a picture or recording that is a file on this computer; `size` in bytes, where it is known."""

    name: str
    size: int | UnsetType = UNSET


class LinkFacts(_Facts, frozen=True):
    """A link, a song or a video on another site."""

    title: str
    url: str
    description: str | UnsetType = UNSET


class LocationFacts(_Facts, frozen=True):
    """A place; `x` is the latitude, `y` the longitude, in degrees, where they are known."""

    label: str
    x: float | UnsetType = UNSET
    y: float | UnsetType = UNSET


class QuoteFacts(_Facts, frozen=True):
    """The message that an answer quotes; `kind` where it is no text, `msg_id` where it is told."""

    sender: str
    text: str
    kind: str | UnsetType = UNSET
    msg_id: str | UnsetType = UNSET


class MediaFacts(_Facts, frozen=True):
    """A picture or recording, as far as the server tells: pixels (of a picture's preview), seconds, bytes."""

    seconds: float | UnsetType = UNSET
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    size: int | UnsetType = UNSET


class CardFacts(_Facts, frozen=True):
    """Somebody's contact card, or who wants to be a friend; `alias` is the WeChat ID, `answer` what became of it: open,
    unknown, accepted, ignored or refused."""

    name: str
    alias: str | UnsetType = UNSET
    answer: str | UnsetType = UNSET


class TransferFacts(_Facts, frozen=True):
    """Money; `amount` as WeChat writes it, `state` is waiting, received or returned."""

    amount: str
    memo: str | UnsetType = UNSET
    state: str | UnsetType = UNSET


class MessageFacts(_Facts, frozen=True):
    """A message. `text` is a sentence in the language of the person; the other fields are for programs.

    The first ten fields are always there. Of the others a message has those of its kind. `msg_id` is "" where the
    server gave none. `sender_known`: false where somebody wrote it whose name is not known, and `sender` stands in for
    it; what nobody wrote has an empty `sender`. `sender_id` is a UserName, good for one login. `mentions_me`: in a
    group it has one's own name behind an @, is for all, or answers a message of one's own; `mention` says which.
    `rings`: whether one wants to be told of it, by rules, mutes and quiet hours, and unless it was read first; only of
    what arrives now, by `listen` and hooks.
    """

    msg_id: str
    time: str
    chat: str
    sender: str
    mine: bool
    kind: str
    text: str
    state: DeliveryState
    sender_known: bool
    mentions_me: bool
    sender_id: str | UnsetType = UNSET
    file: FileFacts | UnsetType = UNSET
    link: LinkFacts | UnsetType = UNSET
    location: LocationFacts | UnsetType = UNSET
    quote: QuoteFacts | UnsetType = UNSET
    media: MediaFacts | UnsetType = UNSET
    card: CardFacts | UnsetType = UNSET
    transfer: TransferFacts | UnsetType = UNSET
    mention: Mention | UnsetType = UNSET
    rings: bool | UnsetType = UNSET


def facts(named: ExportedMessage, rings: bool | None = None) -> dict[str, Any]:
    """Return the fields of a message as a dict; `text` is whole and uncleaned. `rings`: of one that arrives now."""
    message, body = named.message, named.message.body
    whole = MessageFacts(
        msg_id=message.msg_id,
        time=message.time.isoformat(),
        chat=named.chat,
        sender=shown_sender(message, named.sender),
        mine=message.mine,
        kind=kind_name(type(body)),
        text=describe(body),
        state=message.state,
        sender_known=message.mine or bool(named.sender) or bodies.is_notice(body),
        mentions_me=message.mention is not None,
        sender_id=message.sender or UNSET,
        mention=message.mention or UNSET,
        rings=UNSET if rings is None else rings,
        **_fields_of_kind(body),
    )
    found: dict[str, Any] = msgspec.to_builtins(whole)
    return found


def _fields_of_kind(body: Body) -> dict[str, Any]:
    """Return the fields that only messages of this kind have."""
    match body:
        case bodies.File(name=name, size=size):
            return {"file": FileFacts(name, size or UNSET)}
        case bodies.Image(width=width, height=height, size=size):
            media = MediaFacts(width=width or UNSET, height=height or UNSET, size=size or UNSET)
        case bodies.Video(seconds=seconds, width=width, height=height, size=size):
            media = MediaFacts(seconds or UNSET, width or UNSET, height or UNSET, size or UNSET)
        case bodies.Voice(seconds=exactly, size=size):
            media = MediaFacts(exactly or UNSET, size=size or UNSET)
        case bodies.Emoticon(size=size):
            media = MediaFacts(size=size or UNSET)
        case bodies.Link(title=title, url=url, description=description) if url:
            return {"link": LinkFacts(title, url, description or UNSET)}
        case bodies.Location(label=label, x=x, y=y):
            return {"location": LocationFacts(label, x, y) if x or y else LocationFacts(label)}
        case bodies.Quote(quoted_sender=sender, quoted_kind=kind, quoted_id=msg_id):
            return {"quote": QuoteFacts(sender, quoted_words(body), kind or UNSET, msg_id or UNSET)}
        case bodies.Text(text=text) if (typed := split_quotation(text)) is not None:
            return {"quote": QuoteFacts(typed[0], typed[1])}
        case bodies.Card(nick_name=name, alias=alias):
            return {"card": CardFacts(name, alias or UNSET)}
        case bodies.FriendRequest(nick_name=name, answer=answer):
            return {"card": CardFacts(name, answer=answer.value or "open")}
        case bodies.Transfer(amount=amount, memo=memo, state=state):
            return {"transfer": TransferFacts(amount, memo or UNSET, state.value or UNSET)}
        case _:
            return {}
    return {"media": media, "file": FileFacts(body.name, body.size or UNSET) if body.name else UNSET}
