"""Facts about a message or a contact, as texts with labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from tui.errors import N_
from tui.i18n import _, counted, listed
from tui.keymap import hint
from tui.message_summary import answer_words, describe, quoted_words
from tui.screens.dialogs.identity_words import reason_of
from tui.store.contact_record import ContactRecord
from tui.store.delivery_state import DeliveryState
from tui.store.identity.identifications import Identification
from tui.store.models import StoredMessage
from tui.terminal.graphemes import cell_len, pad
from tui.units import shown_size
from tui.widgets.base.one_line import one_line
from tui.widgets.base.page import Line
from tui.widgets.base.reason_words import reason_words
from tui.widgets.base.styles import Tone
from tui.widgets.base.wrapping import wrapped
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind
from tui.wire.emoticons import show_emoticons
from tui.wire.mentions import Mention
from tui.wire.text import lines

_TYPES: Final[dict[type[bodies.Body], str]] = {
    bodies.Text: N_("text"),
    bodies.Image: N_("image"),
    bodies.Voice: N_("voice"),
    bodies.Video: N_("video"),
    bodies.Emoticon: N_("animated image"),
    bodies.Link: N_("link"),
    bodies.File: N_("file"),
    bodies.Location: N_("location"),
    bodies.LiveLocation: N_("live location"),
    bodies.MiniProgram: N_("mini program"),
    bodies.Quote: N_("reply with a quote"),
    bodies.Channels: N_("channels"),
    bodies.Announcement: N_("announcement"),
    bodies.History: N_("chat history"),
    bodies.Note: N_("note"),
    bodies.Gift: N_("gift"),
    bodies.Transfer: N_("money transfer"),
    bodies.RedPacket: N_("red packet"),
    bodies.Card: N_("contact card"),
    bodies.FriendRequest: N_("friend request"),
    bodies.PhoneCall: N_("call"),
    bodies.System: N_("notice"),
    bodies.Revoke: N_("notice"),
    bodies.StatusNotify: N_("notice"),
    bodies.Unknown: N_("unknown"),
}

_STATES: Final = {
    DeliveryState.PENDING: N_("waiting to be sent"),
    DeliveryState.SENDING: N_("being sent"),
    DeliveryState.SENT: N_("sent; the server has it"),
    DeliveryState.FAILED: N_("not sent"),
    DeliveryState.UNKNOWN: N_("unknown: no reply, it may have arrived"),
    DeliveryState.REVOKING: N_("being recalled"),
    DeliveryState.REVOKE_UNKNOWN: N_("recall unknown: no reply, it may be recalled"),
    DeliveryState.REVOKED: N_("you recalled it; the text is kept here"),
    DeliveryState.CANCELLED: N_("cancelled before it was sent"),
    DeliveryState.RECEIVED: N_("received"),
    DeliveryState.RECALLED: N_("recalled by its sender; kept here"),
}

_MENTIONS: Final = {
    Mention.ME: N_("by your name"),
    Mention.ALL: N_("with everybody in the group"),
    Mention.QUOTE: N_("answers a message of yours"),
}

_KINDS: Final = {
    ContactKind.PERSON: N_("person"),
    ContactKind.GROUP: N_("group"),
    ContactKind.OFFICIAL: N_("official account"),
    ContactKind.SPECIAL: N_("built-in WeChat account"),
    ContactKind.SELF: N_("yourself"),
}


class Fact(msgspec.Struct, frozen=True):
    """Fact with its label."""

    label: str
    value: str
    tone: Tone = Tone.TEXT


def laid_out(facts: Sequence[Fact], width: int) -> list[Line]:
    """Return lines like `State   not sent: no connection`, the values below each other."""
    labels = min(max((cell_len(fact.label) for fact in facts), default=0), width // 3)
    room = max(4, width - labels - 2)
    lines: list[Line] = []
    for fact in facts:
        for number, line in enumerate(wrapped(fact.value, room, fact.tone)):
            lines.append(((pad("" if number else fact.label, labels) + "  ", Tone.DIM), *line))
    return lines


def _shown_time(time: datetime) -> str:
    """Return a time in the zone of this machine, which is named: `2024-11-21 22:00:05 +08:00`."""
    return time.astimezone().isoformat(" ", "seconds").replace("+", " +") if time.tzinfo else f"{time:%F %T}"


# ---------------------------------------------------------------- a message


def message_facts(message: StoredMessage, sender: str) -> list[Fact]:
    """Return all facts about a message but its text, the most wanted first."""
    state = state_words(message)
    bad = message.state in (DeliveryState.FAILED, DeliveryState.UNKNOWN)
    facts = [
        Fact(_("From"), one_line(sender), Tone.STRONG),
        Fact(_("Time"), _shown_time(message.time)),
        Fact(_("Type"), _type_words(message.body)),
        Fact(_("State"), state, Tone.WARN if bad else Tone.TEXT),
        Fact(_("Mentions you"), _(_MENTIONS[message.mention]) if message.mention is not None else ""),
        Fact("MsgID", message.msg_id),
        Fact("ClientMsgId", message.client_msg_id),
    ]
    if message.sent_at is not None:
        facts.insert(2, Fact(_("Sent"), _shown_time(message.sent_at)))
    match message.body:
        case bodies.File(name=name, size=size):
            facts += [Fact(_("File"), name), Fact(_("Size"), f"{shown_size(size)} ({size:,})" if size else "")]
        case bodies.Image(width=width, height=height):
            facts.append(Fact(_("Thumbnail"), f"{width}×{height}" if width and height else ""))
        case bodies.Video(seconds=seconds, width=width, height=height):
            facts.append(Fact(_("Length"), _("{seconds} s").format(seconds=seconds) if seconds else ""))
            facts.append(Fact(_("Thumbnail"), f"{width}×{height}" if width and height else ""))
        case bodies.Voice(seconds=seconds):
            facts.append(Fact(_("Length"), _("{seconds} s").format(seconds=f"{seconds:.1f}")))
        case bodies.Link(title=title, url=url):
            facts += [Fact(_("Title"), title), Fact(_("Link"), url)]
        case bodies.Emoticon(url=url):
            facts.append(Fact(_("Link"), url))
        case bodies.Location(label=label, x=x, y=y, url=url):
            facts += [Fact(_("Place"), label), Fact(_("Coordinates"), f"{x:g}, {y:g}" if x or y else ""),
                      Fact(_("Link"), url)]  # fmt: skip
        case bodies.Card(nick_name=name, alias=alias):
            facts += [Fact(_("Name"), name), Fact(_("WeChat ID"), alias)]
        case bodies.FriendRequest(nick_name=name, answer=answer):
            facts += [Fact(_("Name"), name), Fact(_("Answer"), answer_words(answer))]
        case bodies.MiniProgram(source=source):
            facts.append(Fact(_("Mini program"), source))
        case bodies.Transfer(amount=amount, memo=memo):
            facts += [Fact(_("Amount"), amount), Fact(_("Memo"), memo)]
        case _:
            pass
    return [fact for fact in [*facts, *_on_disk(message.body)] if fact.value]


def state_words(message: StoredMessage) -> str:
    """Return what became of a message, and why."""
    state = _(_STATES[message.state])
    if not message.reason:
        return state
    return _("{state}: {why}").format(state=state, why=reason_words(message.reason) or message.reason)


def _on_disk(body: bodies.Body) -> list[Fact]:
    """Return the name on this computer and the size of a picture or recording."""
    if not isinstance(body, bodies.Image | bodies.Voice | bodies.Video | bodies.Emoticon):
        return []
    size = f"{shown_size(body.size)} ({body.size:,})" if body.size else ""
    return [Fact(_("File"), " · ".join(filter(None, (body.name, size))))]


def _type_words(body: bodies.Body) -> str:
    words = _(_TYPES[type(body)])
    match body:
        case bodies.Unknown(msg_type=msg_type, app_type=app_type):
            return f"{words} ({msg_type}/{app_type})" if app_type else f"{words} ({msg_type})"
        case bodies.Link(app_type=app_type) if app_type != 5:
            return f"{words} ({app_type})"
        case _:
            return words


def message_text(body: bodies.Body) -> str:
    """Return the whole text of a message; "" when the facts say all there is."""
    match body:
        case bodies.Text(text=text):
            return show_emoticons(text)
        case bodies.Quote(text=text, quoted_sender=sender):
            return f"{show_emoticons(text)}\n\n> {sender}: {quoted_words(body)}"
        case bodies.Link(description=text) | bodies.FriendRequest(text=text) | bodies.Unknown(text=text):
            return text
        case bodies.Announcement(text=text):
            return text
        case bodies.File() | bodies.Image() | bodies.Video() | bodies.Voice() | bodies.Emoticon():
            return ""
        case (
            bodies.Channels(author=title, text=text)
            | bodies.History(title=title, text=text)
            | bodies.Note(title=title, text=text)
        ):
            return lines(title, text)
        case bodies.Location() | bodies.Card():
            return ""
        case _:
            return describe(body)


def copied_text(body: bodies.Body) -> str:
    """Return the text that `y` copies: a link's address, the words of a text, of everything else the line about it."""
    match body:
        case bodies.Text(text=text) | bodies.Announcement(text=text):
            return text
        case bodies.Link(url=url) if url:
            return url
        case _:
            return describe(body)


# ---------------------------------------------------------------- a contact


_LOGINS: Final = 4
"""Newest logins of which the page says how a contact was recognised."""
_GROUPS: Final = 12


def contact_facts(record: ContactRecord, notifies: str = "") -> list[Fact]:
    """Return what is known about a contact; `notifies`: what notifies of the conversation."""
    contact = record.contact
    members = contact.member_count or len(contact.members)
    heard = _shown_time(record.last_heard) if record.last_heard is not None else ""
    facts = [
        Fact(_("Name"), one_line(contact.name), Tone.STRONG),
        Fact(_("Remark"), one_line(contact.remark_name)),
        Fact(_("Nickname"), one_line(contact.nick_name) if contact.remark_name else ""),
        Fact(_("WeChat ID"), one_line(contact.alias)),
        Fact(_("Region"), one_line(contact.region)),
        Fact(_("Signature"), one_line(contact.signature)),
        Fact(_("Kind"), _(_KINDS[contact.kind])),
        Fact(_("Last heard"), heard),
        Fact(_("Notifications"), notifies if contact.kind is not ContactKind.SELF else ""),
        Fact(_("Pinned"), _("yes: at the top") if contact.pinned else _("no")),
        Fact(_("Members"), f"{members:,}" if contact.kind is ContactKind.GROUP and members else ""),
        Fact(_("Groups in common"), _listed_groups(record.groups)),
        Fact("UserName", one_line(contact.user_name)),
    ]
    return [fact for fact in [*facts, *_recognised(record.identifications)] if fact.value]


def _listed_groups(groups: Sequence[Contact]) -> str:
    names = [one_line(group.name) for group in groups[:_GROUPS]]
    return listed([*names, "…"] if len(groups) > _GROUPS else names) if names else ""


def _recognised(several: Sequence[Identification]) -> list[Fact]:
    """Return by what a contact was recognised from login to login, the newest first, and what undoes it."""
    said = [f"{one.at.astimezone():%Y-%m-%d} · {reason_of(one)}" for one in several if one.at is not None]
    unknown = len(several) - len(said)
    if len(said) > _LOGINS:
        more = len(said) - _LOGINS
        said[_LOGINS:] = [counted("and at {count} login before", "and at {count} logins before", more)]
    if unknown:
        said.append(counted("at {count} login: reason not known", "at {count} logins: reason not known", unknown))
    if said:
        said.append(hint("Not all theirs? {details.whose} or /whose splits them"))
    return [Fact("" if at else _("Recognised"), words) for at, words in enumerate(said)]
