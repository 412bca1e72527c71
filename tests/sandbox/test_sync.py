"""PROTOCOL section 4 and traps 4 and 5."""

from __future__ import annotations

import asyncio
import html
import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.sandbox.conftest import Connect, Start
from tests.support.raw_client import CGI, Client, ret
from tests.support.waiting import idle
from tui.sandbox.server import SandboxServer

ALL_TYPES = {1, 3, 34, 37, 42, 43, 47, 49, 50, 62, 9999, 10000, 10002}


async def _push(client: Client, kind: str, **more: object) -> dict[str, str]:
    answer = await client.http.post("/_sandbox/push", json={"type": kind} | more)
    assert answer.status_code == 200, answer.text
    decoded: dict[str, str] = answer.json()
    return decoded


async def test_what_waits_holds_every_type_and_comes_once(server: SandboxServer, connect: Connect) -> None:
    client = await connect(server).login()
    messages = await client.drain()
    assert {one["MsgType"] for one in messages} >= ALL_TYPES
    assert {one["AppMsgType"] for one in messages} >= {5, 6, 8, 17, 33, 57, 2000, 2001}
    assert [one["CreateTime"] for one in messages] == sorted(one["CreateTime"] for one in messages)
    for one in messages:
        assert re.fullmatch(r"[1-9]\d{18}", one["MsgId"])
        assert one["NewMsgId"] == int(one["MsgId"])
        assert re.fullmatch(r"@{1,2}[0-9a-z]+|[a-z]+", one["FromUserName"])
    await client.sync()
    next_login = await connect(server).login()
    assert await next_login.drain() == []


async def test_a_message_wakes_the_poll(start: Start, connect: Connect) -> None:
    client = await connect(await start(poll_seconds=20)).login()
    await client.drain()
    waiting = asyncio.create_task(client.check())
    await idle()
    assert not waiting.done()
    pushed = await _push(client, "text", content="醒醒")
    assert await waiting == ("0", "2")
    assert [one["MsgId"] for one in await client.drain()] == [pushed["MsgId"]]


async def test_nothing_gives_selector_0(client: Client) -> None:
    assert await client.check() == ("0", "0")


async def test_an_old_sync_key_replays_what_came_after_it(client: Client) -> None:
    old = client.sync_key
    pushed = [(await _push(client, "text", content=str(number)))["MsgId"] for number in range(3)]
    first = await client.sync()
    client.sync_key = old
    again = await client.sync()
    assert [one["MsgId"] for one in first["AddMsgList"]] == pushed
    assert again["AddMsgList"] == first["AddMsgList"]


async def test_continue_flag_and_place(start: Start, connect: Connect) -> None:
    client = await connect(await start(sync_batch=10, history=15)).login()
    first = await client.sync()
    assert (len(first["AddMsgList"]), first["ContinueFlag"]) == (10, 1)
    rest = await client.drain()
    assert len(rest) > 30
    assert len({one["MsgId"] for one in [*first["AddMsgList"], *rest]}) == len(rest) + 10


async def test_what_was_not_taken_over_survives_webwxinit(server: SandboxServer, connect: Connect) -> None:
    client = await connect(server).login()
    first = await client.sync()
    await client.init()
    assert (await client.sync())["AddMsgList"] == first["AddMsgList"]
    await client.sync()
    await client.init()
    assert (await client.sync())["AddMsgList"] == []


async def _warnings(client: Client) -> list[str]:
    return [one["what"] for one in (await client.http.get("/_sandbox/state")).json()["warnings"]]


async def test_the_two_keys_cannot_be_mixed_up_unnoticed(client: Client) -> None:
    assert client.sync_key != client.check_key
    right = client.sync_key
    assert ret(await client.call("webwxsync", SyncKey=client.check_key)) == 0
    client.check_key = right
    await client.check()
    warnings = await _warnings(client)
    assert "called with SyncKey instead of SyncCheckKey" in warnings
    assert "called with SyncCheckKey instead of SyncKey" in warnings


async def test_a_key_of_an_earlier_login_is_taken_and_brings_all_that_waits(
    server: SandboxServer, connect: Connect
) -> None:
    """openwechat keeps its SyncKey through a push login, and asks for what came after it."""
    first = await connect(server).login()
    await first.drain()
    await first.sync()
    uuid = (await first.http.get(CGI + "webwxpushloginurl", params={"uin": first.uin})).json()["uuid"]
    await _push(first, "text", content="meanwhile")
    second = connect(server)
    await second.enter(await second.wait_for_redirect(uuid))
    await second.init()
    second.sync_key = second.check_key = first.sync_key
    assert await second.check() == ("0", "2")
    assert [one["Content"] for one in (await second.sync())["AddMsgList"]] == ["meanwhile"]
    assert "the SyncKey is of an earlier login" in await _warnings(second)


@pytest.mark.parametrize("pairs", [[], [(1, 5)], [(2, 1)], [(2, 999_999_999)]])
async def test_what_is_no_key_is_refused_by_both_calls(client: Client, pairs: list[tuple[int, int]]) -> None:
    """Else a client spins: one says that messages wait, and the other gives none."""
    await _push(client, "text", content="waits")
    key = {"Count": len(pairs), "List": [{"Key": number, "Val": value} for number, value in pairs]}
    assert ret(await client.call("webwxsync", SyncKey=key)) == 1
    client.check_key = key
    assert await client.check() == ("0", "0")


async def test_every_skey_of_the_session_is_good_in_every_call(server: SandboxServer, connect: Connect) -> None:
    """itchat-uos 1.5.0.dev0, openwechat and the File Transfer bots keep the skey of the login page."""
    client = connect(server)
    await client.enter(await client.wait_for_redirect(await client.new_code()))
    oldest = client.skey
    for _ in range(3):
        await client.init()
    await client.drain()
    assert client.skey != oldest
    client.skey = oldest
    await _push(client, "image")
    assert await client.check() == ("0", "2")
    (image,) = (await client.sync())["AddMsgList"]
    client.skey = oldest
    query = {"MsgID": image["MsgId"], "skey": oldest}
    assert (await client.http.get(CGI + "webwxgetmsgimg", params=query)).content.startswith(b"\xff\xd8")
    assert ret((await client.text(client.to("李四"), "x"))[1]) == 0
    assert (await client.upload("a.txt", b"x"))["MediaId"]
    assert ret(await client.call("webwxinit")) == 0
    assert "Skey is out of date" in await _warnings(client)


async def test_a_skey_of_nobody_is_refused_by_both_calls(client: Client) -> None:
    client.skey = "@crypt_0_0"
    assert ret(await client.call("webwxsync", SyncKey=client.sync_key)) == 1101
    assert await client.check() == ("1101", "0")


async def test_a_server_that_forgets_old_skeys(start: Start, connect: Connect) -> None:
    client = await connect(await start(strict_skey=True)).login()
    old = client.skey
    for _ in range(2):
        await client.init()
    client.skey = old
    assert ret(await client.call("webwxsync", SyncKey=client.sync_key)) == 1101
    assert (await client.check())[0] == "1101"


async def test_cookies_are_set_again_at_init(client: Client) -> None:
    before = dict(client.http.cookies)
    body = json.dumps({"BaseRequest": client.base})
    answer = await client.http.post(CGI + "webwxinit", content=body)
    assert dict(answer.cookies) == before
    assert {"wxsid", "wxuin", "webwx_data_ticket", "webwx_auth_ticket"} <= before.keys()


async def test_a_refusal_has_all_its_fields(client: Client) -> None:
    """Clients read fields before `Ret`."""
    nothing = {"Count": 0, "List": []}
    await client.http.post("/_sandbox/expire", json={"session": True})
    sync = await client.call("webwxsync", SyncKey=client.sync_key)
    assert (sync["SyncKey"], sync["SyncCheckKey"], sync["AddMsgList"], sync["ContinueFlag"]) == (
        nothing,
        nothing,
        [],
        0,
    )
    init = await client.call("webwxinit")
    assert (init["SyncKey"], init["ContactList"], init["User"]["UserName"], init["SKey"]) == (nothing, [], "", "")
    notify = await client.call("webwxstatusnotify", Code=1)
    assert {ret(one) for one in (sync, init, notify)} == {1101}
    assert notify["MsgID"] == ""
    await client.http.post("/_sandbox/fault", json={"call": "webwxsync", "kind": "ret", "value": 1100})
    await client.http.post("/_sandbox/fault", json={"call": "webwxsync", "kind": "bare", "value": 1100})
    assert (await client.call("webwxsync"))["SyncKey"] == nothing
    assert await client.call("webwxsync") == {"BaseResponse": {"Ret": 1100, "ErrMsg": ""}}


async def test_hello_brings_the_initial_list_of_chats(client: Client) -> None:
    await client.call("webwxstatusnotify", Code=3, FromUserName=client.me, ToUserName=client.me, ClientMsgId=1)
    (message,) = await client.drain()
    assert (message["MsgType"], message["StatusNotifyCode"]) == (51, 4)
    assert client.to("张三") in message["StatusNotifyUserName"].split(",")


async def test_read_marks_are_recorded(client: Client) -> None:
    body = {"FromUserName": client.me, "ClientMsgId": 1_700_000_000_000}
    assert ret(await client.call("webwxstatusnotify", Code=1, ToUserName=client.to("张三"), **body)) == 0
    assert ret(await client.call("webwxstatusnotify", Code=1, ToUserName="@nobody", **body)) == 1
    read = (await client.http.get("/_sandbox/state")).json()["read"]
    assert [one["to_name"] for one in read] == ["张三"]


async def test_group_content_has_the_sender_and_own_messages_have_not(client: Client) -> None:
    other = await _push(client, "text", **{"from": "李四", "group": True, "content": "a<b>\n<br/>&"})
    await _push(client, "text", **{"from": "self", "to": "项目群", "content": "mine"})
    theirs, mine = await client.drain()
    assert theirs["FromUserName"] == mine["ToUserName"] == client.to("项目群")
    assert theirs["Content"] == f"{other['member']}:<br/>a&lt;b&gt;<br/>&lt;br/&gt;&amp;"
    assert other["member"] == client.to("李四")
    assert (mine["FromUserName"], mine["Content"]) == (client.me, "mine")


async def test_location_file_and_revoke_in_detail(client: Client) -> None:
    await _push(client, "location", content="外滩")
    await _push(client, "file", content={"name": "报告 & 终.pdf", "size": 10})
    last = await _push(client, "text", content="说错了")
    await _push(client, "revoke")
    place, file, _, revoke = await client.drain()
    assert (place["MsgType"], place["SubMsgType"], bool(place["Url"])) == (1, 48, True)
    assert place["Content"].startswith("外滩:<br/>")
    assert '<location x="' in place["OriContent"], "XML as it is"
    assert 'label="外滩"' in place["OriContent"]
    assert (file["FileName"], file["FileSize"]) == ("报告 &amp; 终.pdf", "10")
    assert file["EncryFileName"] == "%E6%8A%A5%E5%91%8A%20%26%20%E7%BB%88%2Epdf"
    assert revoke["MsgType"] == 10002
    assert f"<msgid>{last['MsgId']}</msgid>" in html.unescape(revoke["Content"])


async def test_status_notify_and_raw(client: Client) -> None:
    await _push(client, "status_notify", **{"from": "李四", "content": {"code": 2}})
    assert await client.check() == ("0", "7")
    await _push(client, "raw", content={"MsgType": 12345, "Content": "?"})
    notify, raw = await client.drain()
    assert (notify["StatusNotifyCode"], notify["StatusNotifyUserName"]) == (2, client.to("李四"))
    assert (raw["MsgType"], raw["Content"]) == (12345, "?")


async def test_a_session_that_ends_wakes_the_poll_with_its_code(start: Start, connect: Connect) -> None:
    client = await connect(await start(poll_seconds=20)).login()
    await client.drain()
    waiting = asyncio.create_task(client.check())
    await idle()
    await client.http.post("/_sandbox/expire", json={"retcode": 1100})
    assert await waiting == ("1100", "0")


async def test_wrong_cookies_and_a_sid_that_was_not_encoded(client: Client) -> None:
    query = f"?skey=&sid={client.sid}&uin={client.uin}&deviceid=e1&synckey=1_1"
    assert 'retcode:"1102"' in (await client.http.get(CGI + "synccheck" + query)).text
    client.http.cookies.delete("webwx_auth_ticket")
    assert (await client.check())[0] == "1102"
    assert ret(await client.call("webwxinit")) == 1102


def _xml(message: dict[str, Any]) -> ElementTree.Element:
    return ElementTree.fromstring(html.unescape(message["Content"].replace("<br/>", "")))


async def test_cards_requests_and_mini_programs_name_what_they_are_of(client: Client) -> None:
    await _push(client, "card", content="Alice")
    await _push(client, "friend_request", content="hello <&>")
    await _push(client, "mini_program", content="点餐")
    await _push(client, "red_packet_notice")
    card, request, program, packet = await client.drain()
    named = _xml(card)
    assert (named.get("nickname"), card["RecommendInfo"]["NickName"]) == ("Alice", "Alice")
    asks = _xml(request)
    assert (asks.get("fromnickname"), asks.get("content")) == (request["RecommendInfo"]["NickName"], "hello <&>")
    assert asks.get("ticket") == request["Ticket"]
    info = _xml(program).find("appmsg/weappinfo")
    assert info is not None
    assert (info.findtext("username"), bool(info.findtext("pagepath"))) == ("gh_5a0d3c1b2e4f@app", True)
    assert (packet["MsgType"], packet["Content"]) == (10000, "收到红包，请在手机上查看")
