"""Which call sends a stored message on: by its MediaId where we uploaded it, else by the keys in its Content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from tui.store.models import StoredMessage
from tui.wire import appmsg, bodies, send
from tui.wire.bodies import Body
from tui.wire.call import Call
from tui.wire.send import Sent
from tui.wire.session import Session

Plan: TypeAlias = Callable[[Session, str, str], Call[Sent]]
"""Session, receiver's UserName, ClientMsgId → the call."""


def forward_text(body: Body) -> str | None:
    """What is sent on as plain text: texts, and links, for which no sending call is documented."""
    match body:
        case bodies.Text(text=text) | bodies.Quote(text=text):
            return text
        case bodies.Announcement(text=text) if text:
            return text
        case bodies.Link(title=title, url=url, description=description) if title or url:
            return "\n".join(filter(None, (title, url or description)))
        case _:
            return None


def forward_plan(message: StoredMessage) -> Plan | None:
    """How to send `message` on; None when there is no way. A recalled image keeps its keys."""
    return _by_media_id(message) if message.media_id else _by_content(message)


def forwardable(message: StoredMessage) -> bool:
    """Whether there is a way to send it on as what it is; texts and links have their own, see `forward_text`."""
    return forward_plan(message) is not None


def _by_media_id(message: StoredMessage) -> Plan | None:
    media_id = message.media_id
    match message.body:
        case bodies.Image():
            return lambda session, to, client_id: send.image(session, to, client_id, media_id)
        case bodies.Video():
            return lambda session, to, client_id: send.video(session, to, client_id, media_id)
        case bodies.Emoticon():
            return lambda session, to, client_id: send.emoticon(session, to, client_id, media_id)
        case bodies.File(name=name, size=size):
            return lambda session, to, client_id: send.file(session, to, client_id, media_id, name=name, size=size)
        case _:
            return None


MOST_CONTENT: Final = 64 * 1024
"""Characters of a `Content` that is sent on; real ones have some thousands. It is parsed on the event loop."""


def _by_content(message: StoredMessage) -> Plan | None:
    if len(message.content) > MOST_CONTENT:
        return None
    match message.body:
        case bodies.Emoticon(md5=md5) if md5:
            return lambda session, to, client_id: send.sticker(session, to, client_id, md5)
        case bodies.Image():
            return _with(send.forward_image, appmsg.forward_image_content(message.content))
        case bodies.Video():
            return _with(send.forward_video, appmsg.forward_video_content(message.content))
        case bodies.File():
            return _with(send.forward_file, appmsg.forward_appmsg(message.content))
        case _:
            return None


def _with(make: Callable[[Session, str, str, str], Call[Sent]], content: str | None) -> Plan | None:
    if content is None:
        return None
    return lambda session, to, client_id: make(session, to, client_id, content)
