"""The words of each kind of message, in tones, before anything is wrapped. No colour alone says anything.

Signs come from blocks that every terminal font has, and a word beside each names the kind.
"""

from __future__ import annotations

from typing import Final, assert_never

import msgspec
from msgspec import structs

from tui.i18n import _
from tui.message_summary import answer_words, money_words, quoted_words
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.search.tokenizer import Query
from tui.units import shown_size
from tui.urls import host_of, openable
from tui.widgets.base.styles import Run, Tone, marked_runs
from tui.wire import bodies
from tui.wire.emoticons import show_emoticons
from tui.wire.names import AppMsgType
from tui.wire.text import lines, printable, split_quotation

MOST_CHARACTERS: Final = 20_000
"""Characters of one text in the log, so that the work stays small; opening the message shows the rest."""
MOST_PARAGRAPHS: Final = 400
MOST_QUOTED: Final = 160
"""Characters that are shown of a quoted message."""


class Paragraph(msgspec.Struct, frozen=True, gc=False):
    """Words that are wrapped together. `lead` stands before each line, `hang` cells before all but the first.

    `url`: where the title in it leads, "" for nowhere.
    """

    runs: tuple[Run, ...]
    lead: str = ""
    hang: int = 0
    url: str = ""


class BodyText(msgspec.Struct, frozen=True, gc=False):
    """A message in words. `notice`: a dim line in the middle, said by nobody. `more`: there is more than these."""

    paragraphs: tuple[Paragraph, ...]
    notice: bool = False
    more: bool = False


def highlighted(form: BodyText, query: Query) -> BodyText:
    """Return a message with the words of a query in the tone `FOUND`."""
    return structs.replace(form, paragraphs=tuple(_highlighted(paragraph, query) for paragraph in form.paragraphs))


def _highlighted(paragraph: Paragraph, query: Query) -> Paragraph:
    places = query.places("".join(text for text, _tone in paragraph.runs))
    if not places:
        return paragraph
    return structs.replace(paragraph, runs=tuple(marked_runs(paragraph.runs, places)))


UNBROKEN: Final = "\u00a0"
"""Blank at which no line ends; drawn as a usual one."""
_SHORT: Final = 12
"""Characters up to which a fact stays on one line."""
_FADED: Final = frozenset({DeliveryState.REVOKED, DeliveryState.RECALLED, DeliveryState.CANCELLED})


def body_text_of(message: StoredMessage, *, show_recalled: bool) -> BodyText:
    """Return the words of a message. A recalled one is dim; another's is hidden where `show_recalled` is off."""
    if message.is_hidden(show_recalled=show_recalled):
        return BodyText((Paragraph(((_("(text hidden)"), Tone.DIM),)),))
    form = _form(message.body)
    if message.state not in _FADED:
        return form
    faded = (
        structs.replace(paragraph, runs=tuple((text, Tone.DIM) for text, _tone in paragraph.runs))
        for paragraph in form.paragraphs
    )
    return structs.replace(form, paragraphs=tuple(faded))


def _form(body: bodies.Body) -> BodyText:
    match body:
        case bodies.Text(text=text):
            answered = split_quotation(text)
            return _text(text) if answered is None else _quote(answered[2], show_emoticons(answered[1]), answered[0])
        case bodies.Image(name=name):
            # The server tells the thumbnail's pixels, not the picture's.
            return _sign("▣", *_named(name, _("image")))
        case bodies.Voice(seconds=seconds, name=name):
            return _sign("♪", *_named(name, _("voice")), _seconds(max(1, round(seconds))))
        case bodies.Video(seconds=seconds, name=name):
            return _sign("▷", *_named(name, _("video")), _seconds(seconds) if seconds else "")
        case bodies.Emoticon(name=name):
            return _sign("◇", *_named(name, _("animated image")))
        case bodies.Link():
            return _link(body)
        case bodies.File(name=name, size=size):
            return _sign("▤", name, _("file"), shown_size(size) if size else "")
        case bodies.Location(label=label):
            return _sign("◎", label, _("location")) if label else _sign("◎", _("location"))
        case bodies.LiveLocation():
            return _sign("◎", _("live location"), _("open it on the phone"))
        case bodies.MiniProgram(title=title, source=source):
            return _sign("□", title or source, _("mini program"), source if title else "")
        case bodies.Quote(text=text, quoted_sender=sender):
            return _quote(text, quoted_words(body), sender)
        case bodies.Channels(author=author, text=text, live=live):
            label = _("channels, live") if live else _("channels")
            return _below(_sign("▷", author, label) if author else _sign("▷", label), text)
        case bodies.Announcement(text=text):
            return _below(_sign("!", _("announcement")), text)
        case bodies.History(title=title, text=text):
            return _below(_sign("≡", *_named(title, _("chat history"))), text)
        case bodies.Note(title=title, text=text):
            return _below(_sign("≡", *_named(title, _("note"))), text)
        case bodies.Gift(title=title):
            return _sign("◆", *_named(title, _("gift")), _("open it on the phone"))
        case bodies.Transfer():
            *words, state = money_words(body)
            return _two(_sign("¥", _("money transfer"), state), *words)
        case bodies.RedPacket(title=title):
            return _two(_sign("¥", _("red packet"), _("open it on the phone")), title)
        case bodies.Card(nick_name=name, alias=alias):
            return _sign("○", name, _("contact card"), alias)
        case bodies.FriendRequest(nick_name=name, text=text, answer=answer):
            return _two(_sign("+", name, answer_words(answer) or _("friend request")), text)
        case bodies.PhoneCall(text=text):
            return _sign("☏", _("call"), text or _("see the phone"))
        case bodies.System(text=text):
            return _notice(text)
        case bodies.Revoke(notice=notice):
            return _notice(notice or _("a message was recalled"))
        case bodies.StatusNotify():
            return _notice("")  # never stored
        case bodies.Unknown(msg_type=msg_type, app_type=app_type, text=text):
            kind = f"{msg_type}/{app_type}" if app_type else str(msg_type)
            return _two(_sign("?", _("message of type {kind}").format(kind=kind)), text)
        case _:
            assert_never(body)


# ---------------------------------------------------------------- the pieces


def _text(text: str) -> BodyText:
    more = len(text) > MOST_CHARACTERS
    lines = printable(show_emoticons(text[:MOST_CHARACTERS]), newlines=True).split("\n")
    more = more or len(lines) > MOST_PARAGRAPHS
    return BodyText(tuple(Paragraph(((line, Tone.TEXT),)) for line in lines[:MOST_PARAGRAPHS]), more=more)


def _one_line(text: str) -> str:
    return printable(" ".join(text[:MOST_CHARACTERS].split("\n")), newlines=False)


def _sign(sign: str, first: str, *rest: str) -> BodyText:
    """Return `▤ name  file · 12 KiB`: a sign, a name, and dim the kind."""
    details = f" ·{UNBROKEN}".join(_unbroken(_one_line(detail)) for detail in rest if detail)
    runs = [(f"{sign} ", Tone.ACCENT), (_one_line(first) + ("  " if details else ""), Tone.TEXT)]
    if details:
        runs.append((details, Tone.DIM))
    return BodyText((Paragraph(tuple(runs), hang=2),))


def _unbroken(detail: str) -> str:
    """Return a short fact, `471.8 KiB`, with blanks at which no line ends."""
    return detail.replace(" ", UNBROKEN) if len(detail) <= _SHORT else detail


def _two(form: BodyText, *details: str) -> BodyText:
    """Add a second line, dim, below the words of the first."""
    line = " · ".join(_one_line(detail) for detail in details if detail)
    if not line:
        return form
    return structs.replace(form, paragraphs=(*form.paragraphs, Paragraph(((line, Tone.DIM),), lead="  ")))


_SONGS: Final = frozenset({AppMsgType.MUSIC.value, AppMsgType.MUSIC_CARD.value, AppMsgType.SONG.value})


def _link(body: bodies.Link) -> BodyText:
    """Return a title and where it leads; without an address only words, but for a song."""
    if body.app_type in _SONGS:
        return _two(_leading(_sign("♪", body.title), body.url), _("music"), body.description, host_of(body.url))
    if not body.url:
        return _text(lines(body.title, body.description))
    label = _("video link") if body.app_type == AppMsgType.VIDEO_LINK else _("link")
    return _two(_leading(_sign("→", body.title), body.url), label, host_of(body.url))


def _leading(form: BodyText, url: str) -> BodyText:
    """Let the title of a link lead to its address, if that can be opened."""
    first, *rest = form.paragraphs
    return structs.replace(form, paragraphs=(structs.replace(first, url=openable(url)), *rest))


def _named(name: str, kind: str) -> tuple[str, ...]:
    """Return a name and its kind; without a name the kind alone."""
    return (name, kind) if name else (kind,)


def _below(form: BodyText, text: str) -> BodyText:
    """Add the lines of a text below the words of the first."""
    said = _text(text) if text else BodyText(())
    below = tuple(structs.replace(paragraph, lead="  ") for paragraph in said.paragraphs)
    return structs.replace(form, paragraphs=(*form.paragraphs, *below), more=said.more)


def _quote(text: str, quoted: str, sender: str) -> BodyText:
    answer = _text(text)
    short = quoted if len(quoted) <= MOST_QUOTED else quoted[: MOST_QUOTED - 1] + "…"
    line = _one_line(short)
    name = _one_line(sender)
    if not name and not line:
        return answer
    said = Paragraph(((f"{name}: {line}" if name else line, Tone.DIM),), lead="│ ")
    return structs.replace(answer, paragraphs=(said, *answer.paragraphs))


def _notice(text: str) -> BodyText:
    more = len(text) > MOST_CHARACTERS
    lines = printable(text[:MOST_CHARACTERS], newlines=True).split("\n")[:MOST_PARAGRAPHS]
    return BodyText(tuple(Paragraph(((line, Tone.DIM),)) for line in lines), notice=True, more=more)


def _seconds(seconds: int) -> str:
    return _("{seconds} s").format(seconds=seconds)
