"""Calls that send, revoke and mark as read: a function each, fields and query parameters in the seeds' order.

A call that sends returns the new message's MsgID.
"""

from __future__ import annotations

from collections.abc import Callable

from tui import errors
from tui.wire.answers import as_id, bad_answer, read_json, read_media_id, read_ok, read_ret, server_id, spoken
from tui.wire.call import Answer, Call
from tui.wire.encode import json_post, with_ticket
from tui.wire.names import MsgType, StatusCode
from tui.wire.session import Session

_ASYNC = (("fun", "async"), ("f", "json"))
_SYS = (("fun", "sys"),)
_COPIED = 2
"""`Scene` of a forwarded video or file (peers); everything else sends 0, a recalled image too (the seed's image)."""


def _read_sent(call: str) -> Callable[[Answer], str]:
    """Return the function that reads the answer to a sent message: its MsgID, which a revoke passes as SvrMsgId."""

    def read(answer: Answer) -> str:
        msg_id = server_id(as_id(read_ok(call, answer).get("MsgID")))
        if not msg_id:
            raise bad_answer(call, "it has no MsgID")
        return msg_id

    return read


def _message(
    session: Session,
    name: str,
    fields: dict[str, object],
    to: str,
    client_msg_id: str,
    *,
    query: tuple[tuple[str, str], ...] = (),
    signature: str = "",
    scene: int = 0,
    uin_as_number: bool = False,
) -> Call[str]:
    msg = {
        **fields,
        "FromUserName": session.user_name,
        "ToUserName": to,
        "LocalID": client_msg_id,
        "ClientMsgId": client_msg_id,
    }
    if signature:
        msg["Signature"] = signature
    body = {"BaseRequest": session.base_request(uin_as_number=uin_as_number), "Msg": msg, "Scene": scene}
    request = json_post(session, name, body, query=with_ticket(session, *query))
    return Call(name, request, _read_sent(name))


def _arrived(named: str) -> str:
    """Return the MediaId of an upload. Raises `UploadLost` when it is none: its message would arrive empty."""
    if not read_media_id(named):
        raise errors.UploadLost()
    return named


def text(session: Session, to: str, client_msg_id: str, content: str) -> Call[str]:
    """Send a text (seed 发送消息)."""
    fields: dict[str, object] = {"Type": MsgType.TEXT.value, "Content": content}
    return _message(session, "webwxsendmsg", fields, to, client_msg_id, uin_as_number=True)


def image(session: Session, to: str, client_msg_id: str, media_id: str, *, signature: str = "") -> Call[str]:
    """Send an image (seed 发送图片消息). Raises `UploadLost` when `media_id` is empty, as every call that takes one."""
    fields: dict[str, object] = {"Type": MsgType.IMAGE.value, "MediaId": _arrived(media_id), "Content": ""}
    return _message(session, "webwxsendmsgimg", fields, to, client_msg_id, query=_ASYNC, signature=signature)


def video(session: Session, to: str, client_msg_id: str, media_id: str, *, signature: str = "") -> Call[str]:
    """Send a video (seed 发送视频消息)."""
    fields: dict[str, object] = {"Type": MsgType.VIDEO.value, "MediaId": _arrived(media_id), "Content": ""}
    return _message(session, "webwxsendvideomsg", fields, to, client_msg_id, query=_ASYNC, signature=signature)


def emoticon(session: Session, to: str, client_msg_id: str, media_id: str, *, signature: str = "") -> Call[str]:
    """Send an animated image (seed 发送动图消息; never as an image, trap 6)."""
    fields: dict[str, object] = {"Type": MsgType.EMOTICON.value, "EmojiFlag": 2, "MediaId": _arrived(media_id)}
    return _message(session, "webwxsendemoticon", fields, to, client_msg_id, query=_SYS, signature=signature)


def sticker(session: Session, to: str, client_msg_id: str, md5: str) -> Call[str]:
    """Send a sticker that the server knows already, by its md5 (PROTOCOL section 5, peers)."""
    fields: dict[str, object] = {"Type": MsgType.EMOTICON.value, "EmojiFlag": 2, "EMoticonMd5": _arrived(md5)}
    return _message(session, "webwxsendemoticon", fields, to, client_msg_id, query=_SYS)


def file(
    session: Session, to: str, client_msg_id: str, media_id: str, *, name: str, size: int, signature: str = ""
) -> Call[str]:
    """Send a file (seed 发送文件). `size` in bytes; `signature` is webwxcheckupload's, for large files (trap 13)."""
    from tui.wire.appmsg import build_file_appmsg  # a text does without XML

    content = build_file_appmsg(name, size, _arrived(media_id))
    fields: dict[str, object] = {"Type": MsgType.FILE.value, "Content": content}
    return _message(session, "webwxsendappmsg", fields, to, client_msg_id, query=_ASYNC, signature=signature)


def forward_image(session: Session, to: str, client_msg_id: str, content: str) -> Call[str]:
    """Forward an image (seed 转发被撤回的图片消息) by `content` from `forward_image_content`."""
    fields: dict[str, object] = {"Type": MsgType.IMAGE.value, "MediaId": "", "Content": content}
    return _message(session, "webwxsendmsgimg", fields, to, client_msg_id, query=_ASYNC)


def forward_video(session: Session, to: str, client_msg_id: str, content: str) -> Call[str]:
    """Forward a received video by its Content XML (peers)."""
    fields: dict[str, object] = {"Type": MsgType.VIDEO.value, "MediaId": "", "Content": content}
    return _message(session, "webwxsendvideomsg", fields, to, client_msg_id, query=_ASYNC, scene=_COPIED)


def forward_file(session: Session, to: str, client_msg_id: str, content: str) -> Call[str]:
    """Forward a received file by its appmsg XML (peers)."""
    fields: dict[str, object] = {"Type": MsgType.FILE.value, "Content": content}
    return _message(session, "webwxsendappmsg", fields, to, client_msg_id, query=_ASYNC, scene=_COPIED)


def revoke(session: Session, to: str, msg_id: str, client_msg_id: str) -> Call[str]:
    """Revoke the sent message `msg_id` (seed 撤回消息) → the server's sentence about it.

    All three ids must be the original ones (trap 8).
    """
    name = "webwxrevokemsg"
    body = {
        "BaseRequest": session.base_request(uin_as_number=True),
        "SvrMsgId": msg_id,
        "ToUserName": to,
        "ClientMsgId": client_msg_id,
    }

    def read(answer: Answer) -> str:
        value = read_json(name, answer)
        ret = read_ret(name, value)
        if ret and ret not in errors.SESSION_RETS:
            wording = spoken(value.get("SysWording")) or spoken(value.get("Introduction"))
            known = errors.error_for_ret(ret, name)
            if not isinstance(known, (errors.GroupGone, errors.TooFrequent)):
                raise errors.RevokeRefused(ret=ret, call=name, why=wording)
        return spoken(read_ok(name, answer).get("Introduction"))

    return Call(name, json_post(session, name, body), read)


def _status_notify(session: Session, code: StatusCode, to: str, client_msg_id: str) -> Call[None]:
    name = "webwxstatusnotify"
    body = {
        "BaseRequest": session.base_request(),
        "Code": code.value,
        "FromUserName": session.user_name,
        "ToUserName": to,
        # A number here, a string in Msg (trap 10).
        "ClientMsgId": int(client_msg_id),
    }
    request = json_post(session, name, body, query=with_ticket(session), repeatable=True)

    def read(answer: Answer) -> None:
        read_ok(name, answer)

    return Call(name, request, read)


def mark_read(session: Session, to: str, client_msg_id: str) -> Call[None]:
    """Mark the chat with `to` as read (seed 消息已读). `client_msg_id` is a 13-digit time in ms."""
    return _status_notify(session, StatusCode.READ, to, client_msg_id)


def hello(session: Session, client_msg_id: str) -> Call[None]:
    """Tell the phone that this client is there (seed 消息已读, Code 3); from and to are oneself."""
    return _status_notify(session, StatusCode.HELLO, session.user_name, client_msg_id)
