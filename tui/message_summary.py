"""Describes messages in words: a readable line for every body, and its addresses.

Not yet cleaned for a terminal: see `printable`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, assert_never

import msgspec

from tui.errors import N_
from tui.i18n import _
from tui.store.models import Conversation, NotifyRule, StoredMessage
from tui.units import coming_time, shown_size
from tui.urls import addresses_in, has_scheme, host_of, openable
from tui.wire import bodies
from tui.wire.bodies import Body, TransferState, is_notice
from tui.wire.contacts import Contact, ContactKind
from tui.wire.emoticons import show_emoticons
from tui.wire.names import AppMsgType
from tui.wire.text import lines, short, split_quotation

KIND_WORDS: Final = {
    ContactKind.PERSON: N_("person"),
    ContactKind.GROUP: N_("group"),
    ContactKind.OFFICIAL: N_("official"),
    ContactKind.SPECIAL: N_("special"),
    ContactKind.SELF: N_("myself"),
}
"""Kinds of contacts in a word, to be translated where it is shown."""


NOTIFY_WORDS: Final = {
    NotifyRule.ALL: N_("notifications: all"),
    NotifyRule.MENTIONS: N_("notifications: mentions"),
    NotifyRule.NONE: N_("notifications: none"),
}
"""Rules in words, to be translated where they are shown."""
RULE_WORDS: Final = {
    NotifyRule.ALL: N_("all messages"),
    NotifyRule.MENTIONS: N_("only messages that mention you"),
    NotifyRule.NONE: N_("nothing"),
}
"""What notifies by a rule, in words."""


def notify_words(conversation: Conversation, now: datetime) -> str:
    """Return what is said of a conversation's notifications, and until when; "" where the rule of its kind counts."""
    if conversation.hushed and conversation.hushed_until is not None:
        return _("muted until {time}").format(time=coming_time(conversation.hushed_until, now))
    if conversation.hushed:
        return _("muted")
    if conversation.notify is not None:
        return _(NOTIFY_WORDS[conversation.notify])
    return _("muted") if conversation.muted else ""


def notify_summary(conversation: Conversation, rules: Mapping[str, str], now: datetime) -> str:
    """Return what notifies of a conversation, by whose word and until when. `rules`: those of the kinds."""
    said = notify_words(conversation, now)
    if not said:
        rule = NotifyRule(rules[conversation.notify_kind.value])
        return _("{rule} (default)").format(rule=_(RULE_WORDS[rule]))
    if conversation.muted and not conversation.hushed and conversation.notify is None:
        return _("muted on your phone")
    return said if conversation.notify is None or conversation.hushed else _(RULE_WORDS[conversation.notify])


def describe(body: Body) -> str:
    """Return what a message says, as a person would tell it; texts, and what holds one, may have several lines."""
    if (parts := answer_parts(body)) is not None:
        return "\n> ".join(filter(None, parts))
    match body:
        case bodies.Text(text=text) | bodies.Quote(text=text):
            return show_emoticons(text)
        case bodies.Image() | bodies.Voice() | bodies.Video() | bodies.Emoticon():
            return _media(body)
        case bodies.Link():
            return _link(body)
        case bodies.File(name=name, size=size):
            return (
                _("[file] {name} ({size})").format(name=name, size=shown_size(size))
                if size
                else _("[file] {name}").format(name=name).strip()
            )
        case bodies.Location(label=label):
            return _("[location] {label}").format(label=label).strip()
        case bodies.LiveLocation():
            return _("[live location] open it on the phone")
        case bodies.MiniProgram(title=title, source=source):
            return _("[mini program] {title}").format(title=" · ".join(filter(None, (source, title)))).strip()
        case bodies.Channels(author=author, text=text, live=live):
            said = ": ".join(filter(None, (author, text)))
            template = _("[channels, live] {text}") if live else _("[channels] {text}")
            return template.format(text=said).strip()
        case bodies.Announcement(text=text):
            return _("[announcement] {text}").format(text=text).strip()
        case bodies.History(title=title, text=text):
            return _("[chat history] {title}").format(title=lines(title, text)).strip()
        case bodies.Note(title=title, text=text):
            return _("[note] {title}").format(title=lines(title, text)).strip()
        case bodies.Gift(title=title):
            return _("[gift] {title}").format(title=title).strip()
        case bodies.Transfer():
            return _("[money transfer] {what}").format(what=" · ".join(money_words(body)))
        case bodies.RedPacket(title=title):
            return " ".join(filter(None, (_("[red packet] open it on the phone"), title)))
        case bodies.Card(nick_name=name, alias=alias):
            return _("[contact card] {name}").format(name=f"{name} ({alias})" if alias else name).strip()
        case bodies.FriendRequest(nick_name=name, text=text, answer=answer):
            said = _("[friend request] {name}: {text}").format(name=name, text=text).rstrip(" :：")
            return " · ".join(filter(None, (said, answer_words(answer))))
        case bodies.PhoneCall(text=text):
            # Some texts say in brackets of their own what they are.
            return text if text.startswith("[") else _("[call] {text}").format(text=text or _("see the phone"))
        case bodies.System(text=text):
            return text
        case bodies.Revoke(notice=notice):
            return notice or _("a message was recalled")
        case bodies.StatusNotify():
            return ""
        case bodies.Unknown(msg_type=msg_type, app_type=app_type, text=text):
            kind = f"{msg_type}/{app_type}" if app_type else str(msg_type)
            return _("[message of type {kind}] {text}").format(kind=kind, text=text).strip()
        case _:
            assert_never(body)


def answer_parts(body: Body) -> tuple[str, str] | None:
    """Return an answer, and who said what it quotes; None for what is no answer."""
    match body:
        case bodies.Text(text=text) if (found := split_quotation(text)) is not None:
            sender, quoted, answer = found
            quoted = show_emoticons(quoted)
        case bodies.Quote(text=answer, quoted_sender=sender):
            quoted = quoted_words(body)
        case _:
            return None
    return show_emoticons(answer), ": ".join(filter(None, (sender, quoted)))


def in_short(body: Body) -> str:
    """Return the first line of what a message says, cut, for a sentence about it."""
    return short(describe(body))


_KINDS: Final = {
    "image": N_("[image]"),
    "voice": N_("[voice]"),
    "video": N_("[video]"),
    "emoticon": N_("[animated image]"),
    "location": N_("[location]"),
    "card": N_("[contact card]"),
    "file": N_("[file]"),
    "link": N_("[link]"),
    "mini program": N_("[mini program]"),
    "channels": N_("[channels]"),
    "announcement": N_("[announcement]"),
    "history": N_("[chat history]"),
    "note": N_("[note]"),
    "gift": N_("[gift]"),
    "transfer": N_("[money transfer]"),
    "red packet": N_("[red packet]"),
    "live location": N_("[live location]"),
}
"""Kind of a quoted message that is no text → the words that stand for it."""


def quoted_words(body: bodies.Quote) -> str:
    """Return what an answer quotes: its kind, when it is no text, and its words."""
    kind = _KINDS.get(body.quoted_kind, "")
    return " ".join(filter(None, (_(kind) if kind else "", show_emoticons(body.quoted))))


_MONEY: Final = {
    TransferState.UNSAID: N_("open it on the phone"),
    TransferState.WAITING: N_("open it on the phone"),
    TransferState.RECEIVED: N_("accepted"),
    TransferState.RETURNED: N_("returned"),
}


def answer_words(answer: bodies.RequestAnswer) -> str:
    """Return what became of a friend request; "" while it waits for an answer."""
    match answer:
        case bodies.RequestAnswer.OPEN:
            return ""
        case bodies.RequestAnswer.UNKNOWN:
            return _("not known whether accepted")
        case bodies.RequestAnswer.ACCEPTED:
            return _("added")
        case bodies.RequestAnswer.IGNORED:
            return _("ignored")
        case bodies.RequestAnswer.REFUSED:
            return _("expired")
        case _:
            assert_never(answer)


def money_words(body: bodies.Transfer) -> tuple[str, ...]:
    """Return the amount of a transfer, its memo, and its state in words."""
    return tuple(filter(None, (body.amount or body.title, body.memo, _(_MONEY[body.state]))))


_LINKS: Final = {
    AppMsgType.MUSIC.value: N_("[music] {title}"),
    AppMsgType.MUSIC_CARD.value: N_("[music] {title}"),
    AppMsgType.SONG.value: N_("[music] {title}"),
    AppMsgType.VIDEO_LINK.value: N_("[video link] {title}"),
}


def _link(body: bodies.Link) -> str:
    """Describe a link by its target. Without an address it is only words, unless it is a song."""
    template = _LINKS.get(body.app_type)
    if template is not None:
        title = " · ".join(filter(None, (body.title, body.description)))
        return " ".join(filter(None, (_(template).format(title=title), body.url)))
    if not body.url:
        return lines(body.title, body.description)
    return " ".join(filter(None, (_("[link] {title}").format(title=body.title).strip(), body.url)))


def _media(body: bodies.Image | bodies.Voice | bodies.Video | bodies.Emoticon) -> str:
    """Return `[video, 12 s] clip.mp4 (3 MiB)`; name and size where it is a file on this computer."""
    match body:
        case bodies.Image():
            label = _("[image]")
        case bodies.Voice(seconds=seconds):
            label = _("[voice, {seconds} s]").format(seconds=max(1, round(seconds)))
        case bodies.Video(seconds=seconds):
            label = _("[video, {seconds} s]").format(seconds=seconds) if seconds else _("[video]")
        case bodies.Emoticon():
            label = _("[animated image]")
        case _:
            assert_never(body)
    if not body.name:
        return label
    return f"{label} {body.name} ({shown_size(body.size)})" if body.size else f"{label} {body.name}"


class Address(msgspec.Struct, frozen=True):
    """An address as it was written, uncleaned; `url` is what is opened, "" when it must not be."""

    written: str
    url: str

    @property
    def host(self) -> str:
        """Host to which it leads, in ASCII: `xn--…` where its letters may only look like others."""
        return host_of(self.url)


def addresses_of(body: Body) -> tuple[Address, ...]:
    """Return every address in a message once: where a link leads, then those in its words and in what it quotes."""
    found: dict[str, Address] = {}
    for one in _addresses(body):
        found.setdefault(one.url or one.written, one)
    return tuple(found.values())


def has_address(body: Body) -> bool:
    """Return whether there is an address in a message; a long one is read up to the first."""
    return next(_addresses(body), None) is not None


def _addresses(body: Body) -> Iterator[Address]:
    if isinstance(body, bodies.Link | bodies.Location) and has_scheme(body.url):
        yield Address(body.url, openable(body.url))
    words = f"{body.title}\n{body.description}" if isinstance(body, bodies.Link) else _typed(body)
    for span in addresses_in(words):
        yield Address(words[span.begin : span.end], span.url)


def _typed(body: Body) -> str:
    # A text as it was typed: signs that stand for emoticons may be a part of an address.
    return body.text if isinstance(body, bodies.Text) else describe(body)


def unknown_sender(user_name: str) -> str:
    """Return a name for somebody whose name is not known, which tells two of them apart."""
    short = user_name.lstrip("@")[:4]
    return _("unknown {id}").format(id=short) if short else _("unknown")


def conversation_name(one: Conversation | Contact) -> str:
    """Return the name of a conversation; where none is known yet a word for it: a UserName says nothing to anybody."""
    if one.name != one.user_name or one.kind is ContactKind.SPECIAL:
        return one.name
    return _(KIND_WORDS[one.kind]) if one.kind is ContactKind.GROUP else unknown_sender(one.user_name)


def shown_sender(message: StoredMessage, name: str) -> str:
    """Return the writer of a message: `name` where it is known; "" for what nobody wrote, and for that alone."""
    if message.mine:
        return _("me")
    if name or is_notice(message.body):
        return name
    return unknown_sender(message.sender)
