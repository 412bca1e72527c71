"""Requests for the bytes of received messages (PROTOCOL section 4). The transport streams them."""

from __future__ import annotations

from urllib.parse import quote

from tui.wire import bodies
from tui.wire.bodies import Message
from tui.wire.call import Pace, Request
from tui.wire.encode import get
from tui.wire.session import Session

_WHOLE = (("Range", "bytes=0-"),)


def _get(session: Session, name: str, *query: tuple[str, str], ranged: bool = False) -> Request:
    url = session.hosts.cgi(session.hosts.api, name)
    return get(session, url, *query, *session.appid_query, headers=_WHOLE if ranged else (), pace=Pace.MEDIA)


def image(session: Session, msg_id: str, *, thumbnail: bool = False, animated: bool = False) -> Request:
    """webwxgetmsgimg: an image (`type=slave` its thumbnail) or an animated one (`type=big`)."""
    size = (("type", "slave"),) if thumbnail else (("type", "big"),) if animated else ()
    return _get(session, "webwxgetmsgimg", ("MsgID", msg_id), ("skey", session.skey), *size)


def voice(session: Session, msg_id: str) -> Request:
    """webwxgetvoice: mp3."""
    return _get(session, "webwxgetvoice", ("msgid", msg_id), ("skey", session.skey), ranged=True)


def video(session: Session, msg_id: str) -> Request:
    """webwxgetvideo: mp4; without `Range` the server answers nothing."""
    return _get(session, "webwxgetvideo", ("msgid", msg_id), ("skey", session.skey), ranged=True)


def file(session: Session, sender: str, body: bodies.File) -> Request:
    """webwxgetmedia. EncryFileName percent-encodes the dot too, and is encoded once more in the query (trap 9)."""
    encrypted = body.encry_file_name or quote(body.name, safe="").replace(".", "%2E")
    return get(
        session,
        session.hosts.cgi(session.hosts.file, "webwxgetmedia"),
        ("sender", sender),
        ("mediaid", body.media_id),
        ("encryfilename", encrypted),
        ("fromuser", session.uin),
        ("pass_ticket", session.pass_ticket),
        ("webwx_data_ticket", session.data_ticket),
        *session.appid_query,
        pace=Pace.MEDIA,
    )


def request_for(session: Session, message: Message) -> Request | None:
    """Return the request that fetches what `message` carries, or None when it carries nothing to fetch."""
    match message.body:
        case bodies.Image():
            return image(session, message.msg_id)
        case bodies.Emoticon():
            return image(session, message.msg_id, animated=True)
        case bodies.Voice():
            return voice(session, message.msg_id)
        case bodies.Video():
            return video(session, message.msg_id)
        case bodies.File(media_id=media_id) as body if media_id:
            # `sender` is the message's FromUserName: in a group that of the group, not of the member who wrote it.
            of_a_group = message.chat.startswith("@@") and not message.mine
            return file(session, message.chat if of_a_group else message.sender, body)
        case _:
            return None


def small_picture_of(session: Session, message: Message) -> Request | None:
    """Return the request for the small picture of an image, the still of a video, a sticker; None for all others."""
    match message.body:
        case bodies.Image() | bodies.Video():
            return image(session, message.msg_id, thumbnail=True)
        case bodies.Emoticon():
            return image(session, message.msg_id, animated=True)
        case _:
            return None
