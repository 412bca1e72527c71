"""Messages in words: one readable line for every body there is. Not cleaned for a terminal yet; that is `printable`."""

from __future__ import annotations

from typing import assert_never

from tui.i18n import _
from tui.units import shown_size
from tui.wire import bodies
from tui.wire.bodies import Body
from tui.wire.emoticons import show_emoticons


def describe(body: Body) -> str:
    """What a message says, as a person would tell it. Only texts have more than one line."""
    match body:
        case bodies.Text(text=text):
            return show_emoticons(text)
        case bodies.Image():
            return _("[image]")
        case bodies.Voice(seconds=seconds):
            return _("[voice, {seconds} s]").format(seconds=max(1, round(seconds)))
        case bodies.Video(seconds=seconds):
            return _("[video, {seconds} s]").format(seconds=seconds) if seconds else _("[video]")
        case bodies.Emoticon():
            return _("[animated image]")
        case bodies.Link(title=title, url=url):
            return " ".join(filter(None, (_("[link] {title}").format(title=title), url)))
        case bodies.File(name=name, size=size):
            return (
                _("[file] {name} ({size})").format(name=name, size=shown_size(size))
                if size
                else _("[file] {name}").format(name=name)
            )
        case bodies.Location(label=label):
            return _("[location] {label}").format(label=label)
        case bodies.LiveLocation():
            return _("[live location] open it on the phone")
        case bodies.MiniProgram(title=title, source=source):
            return _("[mini program] {title}").format(title=" · ".join(filter(None, (source, title))))
        case bodies.Quote(text=text, quoted=quoted, quoted_sender=sender):
            return f"{show_emoticons(text)}\n> {sender}: {show_emoticons(quoted)}"
        case bodies.Transfer(title=title):
            return " ".join(filter(None, (_("[money transfer] open it on the phone"), title)))
        case bodies.RedPacket(title=title):
            return " ".join(filter(None, (_("[red packet] open it on the phone"), title)))
        case bodies.Card(nick_name=name, alias=alias):
            return _("[contact card] {name}").format(name=f"{name} ({alias})" if alias else name)
        case bodies.FriendRequest(nick_name=name, text=text):
            return _("[friend request] {name}: {text}").format(name=name, text=text)
        case bodies.Call(text=text):
            return text or _("[call] answer it on the phone")
        case bodies.System(text=text):
            return text
        case bodies.Revoke(notice=notice):
            return notice or _("a message was revoked")
        case bodies.StatusNotify():
            return ""
        case bodies.Unknown(msg_type=msg_type, app_type=app_type, text=text):
            kind = f"{msg_type}/{app_type}" if app_type else str(msg_type)
            return _("[message of type {kind}] {text}").format(kind=kind, text=text).strip()
        case _:
            assert_never(body)


_SHOWN = 40


def short(text: str) -> str:
    """A text's first line, cut, for sentences about it."""
    first = text.strip().split("\n", 1)[0]
    return first if len(first) <= _SHOWN else first[: _SHOWN - 1] + "…"
