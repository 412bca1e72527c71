"""PROTOCOL section 4: what messages hold is fetched by call."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from tests.support.raw_client import CGI, Client, ret


async def _push(client: Client, kind: str, content: object = None) -> tuple[dict[str, str], dict[str, Any]]:
    pushed = (await client.http.post("/_sandbox/push", json={"type": kind, "content": content})).json()
    return pushed, (await client.drain())[-1]


@pytest.mark.parametrize(
    ("kind", "call", "head"),
    [
        ("image", "webwxgetmsgimg", b"\xff\xd8\xff"),
        ("emoticon", "webwxgetmsgimg", b"GIF89a"),
        ("app_emoticon", "webwxgetmsgimg", b"GIF89a"),
        ("voice", "webwxgetvoice", b"\xff\xfb"),
        ("video", "webwxgetvideo", b"\0\0\0"),
    ],
)
async def test_media_by_message_id(client: Client, kind: str, call: str, head: bytes) -> None:
    pushed, message = await _push(client, kind)
    for name in ("MsgID", "msgid"):
        query = {name: message["MsgId"], "skey": client.skey, "type": "big"}
        answer = await client.http.get(CGI + call, params=query)
        assert hashlib.sha256(answer.content).hexdigest() == pushed["sha256"]
        assert answer.content.startswith(head)
    assert ret((await client.http.get(CGI + call, params={"MsgID": "1", "skey": client.skey})).json()) == 1


async def test_images_and_videos_have_thumbnails(client: Client) -> None:
    for kind in ("image", "video"):
        _, message = await _push(client, kind)
        query = {"MsgID": message["MsgId"], "skey": client.skey, "type": "slave"}
        assert (await client.http.get(CGI + "webwxgetmsgimg", params=query)).content.startswith(b"\xff\xd8\xff")


async def test_a_range_of_a_file_can_be_asked_for(client: Client) -> None:
    _, message = await _push(client, "voice", {"milliseconds": 260})
    query = {"msgid": message["MsgId"], "skey": client.skey}
    whole = await client.http.get(CGI + "webwxgetvoice", params=query)
    assert (whole.status_code, message["VoiceLength"]) == (200, 260)
    size = len(whole.content)
    wanted = {
        "bytes=0-": (0, size),
        "bytes=10-19": (10, 20),
        "bytes=-5": (size - 5, size),
        f"bytes=5-{size}": (5, size),
    }
    for header, (first, end) in wanted.items():
        answer = await client.http.get(CGI + "webwxgetvoice", params=query, headers={"Range": header})
        assert answer.status_code == 206
        assert answer.content == whole.content[first:end]
        assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/{size}"
    answer = await client.http.get(CGI + "webwxgetvoice", params=query, headers={"Range": f"bytes={size}-"})
    assert answer.status_code == 416


async def test_a_received_file_needs_all_its_keys(client: Client) -> None:
    data = b"\0\1\2 data"
    content = {"name": "报告.v2.pdf", "base64": base64.b64encode(data).decode()}
    pushed, message = await _push(client, "file", content)
    query = {
        "sender": message["FromUserName"],
        "mediaid": message["MediaId"],
        "encryfilename": message["EncryFileName"],
        "fromuser": client.uin,
        "pass_ticket": client.pass_ticket,
        "webwx_data_ticket": client.http.cookies["webwx_data_ticket"],
    }
    answer = await client.http.get(CGI + "webwxgetmedia", params=query)
    assert answer.content == data
    encoded = "%E6%8A%A5%E5%91%8A.v2.pdf"
    assert answer.headers["content-disposition"] == f"attachment; filename=\"__.v2.pdf\"; filename*=UTF-8''{encoded}"
    assert hashlib.sha256(data).hexdigest() == pushed["sha256"]
    wrong = {"sender": client.me, "mediaid": "@crypt_x", "encryfilename": "other", "webwx_data_ticket": "x"}
    for name, value in wrong.items():
        refused = (await client.http.get(CGI + "webwxgetmedia", params=query | {name: value})).json()
        assert ret(refused) == (-14 if name == "webwx_data_ticket" else 1)


async def test_avatars_last_longer_than_names(client: Client) -> None:
    contact = client.contacts["张三"]
    picture = await client.http.get(contact["HeadImgUrl"])
    assert picture.content.startswith(b"\x89PNG")
    group = await client.http.get(client.contacts["项目群"]["HeadImgUrl"])
    assert group.content not in (b"", picture.content)
    old = contact["HeadImgUrl"].split("seq=")[1].split("&")[0]
    await client.login()
    again = await client.call("webwxgetcontact")
    urls = [one["HeadImgUrl"] for one in again["MemberList"] if one["NickName"] == "张三"]
    assert urls[0].split("seq=")[1].split("&")[0] == old
    assert (await client.http.get(urls[0])).content == picture.content
