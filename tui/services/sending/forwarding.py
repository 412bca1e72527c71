"""Forwards: columns of the new row, and the call that sends it, by MediaId where we uploaded it, else by Content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from tui import errors
from tui.store.models import StoredMessage
from tui.wire import bodies, send
from tui.wire.bodies import Body, SendableFile
from tui.wire.call import Call
from tui.wire.session import Session

BuildCall: TypeAlias = Callable[[Session, StoredMessage], Call[str]]
"""Makes the request that sends a row in a session. Raises a `WxtuiError` for a row that cannot be sent."""


class Copy(NamedTuple):
    """Columns of a new row that a forwarded message is copied to: the copy can be sent again, and forwarded as well."""

    body: Body
    content: str = ""
    media_id: str = ""


def copy_of(message: StoredMessage) -> Copy:
    """Return what is sent when `message` is forwarded. Raises `NotForwardable`, `EmptyText`."""
    text = forward_text(message.body)
    if text is not None:
        return Copy(bodies.typed_text(text))
    if not forwardable(message):
        raise errors.NotForwardable()
    return Copy(message.body, message.content, message.media_id)


def forward_text(body: Body) -> str | None:
    """Return what is sent on as plain text: texts, and links, for which no sending call is documented."""
    match body:
        case bodies.Text(text=text) | bodies.Quote(text=text):
            return text
        case bodies.Announcement(text=text) if text:
            return text
        case bodies.Link(title=title, url=url, description=description) if title or url:
            return "\n".join(filter(None, (title, url or description)))
        case _:
            return None


def forward_call(message: StoredMessage) -> BuildCall | None:
    """Return how to send what is no text; None when there is no way. A recalled image keeps its keys."""
    if not message.media_id:
        return _by_content(message)
    return uploaded_call(message.body, message.media_id) if isinstance(message.body, SendableFile) else None


def uploaded_call(body: SendableFile, media_id: str, signature: str = "") -> BuildCall:
    """Return how to send a file that the server has; `signature` is that of its webwxcheckupload."""

    def build(session: Session, row: StoredMessage) -> Call[str]:
        to, client_msg_id = row.to_user_name, row.client_msg_id
        match body:
            case bodies.Image():
                return send.image(session, to, client_msg_id, media_id, signature=signature)
            case bodies.Video():
                return send.video(session, to, client_msg_id, media_id, signature=signature)
            case bodies.Emoticon():
                return send.emoticon(session, to, client_msg_id, media_id, signature=signature)
            case bodies.File(name=name, size=size):
                return send.file(session, to, client_msg_id, media_id, name=name, size=size, signature=signature)

    return build


def forwardable(message: StoredMessage) -> bool:
    """Return whether a message can be sent on as it is; texts and links are sent as `forward_text`."""
    return forward_call(message) is not None


MOST_CONTENT: Final = 64 * 1024
"""Characters of a `Content` that is sent on; real ones have some thousands. It is parsed on the event loop."""


def _by_content(message: StoredMessage) -> BuildCall | None:
    if len(message.content) > MOST_CONTENT:
        return None
    match message.body:
        case bodies.Emoticon(md5=md5) if md5:
            return lambda session, row: send.sticker(session, row.to_user_name, row.client_msg_id, md5)
        case bodies.Image() | bodies.Video() | bodies.File():
            return _by_xml(message)
        case _:
            return None


def _by_xml(message: StoredMessage) -> BuildCall | None:
    from tui.wire import appmsg  # a text does without XML

    match message.body:
        case bodies.Image():
            return _with(send.forward_image, appmsg.forward_image_content(message.content))
        case bodies.Video():
            return _with(send.forward_video, appmsg.forward_video_content(message.content))
        case _:
            return _with(send.forward_file, appmsg.forward_appmsg(message.content))


def _with(make: Callable[[Session, str, str, str], Call[str]], content: str | None) -> BuildCall | None:
    if content is None:
        return None
    return lambda session, row: make(session, row.to_user_name, row.client_msg_id, content)
