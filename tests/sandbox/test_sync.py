"""protocol.md section 4 and traps 4 and 5."""

from __future__ import annotations

import asyncio
import html
import re

from tests.sandbox.conftest import Connect, Start
from tests.sandbox.raw import CGI, Client, ret
from tui.sandbox.server import Server

ALL_TYPES = {1, 3, 34, 37, 42, 43, 47, 49, 50, 62, 9999, 10000, 10002}


async def _push(client: Client, kind: str, **more: object) -> dict[str, str]:
    answer = await client.http.post("/_sandbox/push", json={"type": kind} | more)
    assert answer.status_code == 200, answer.text
    decoded: dict[str, str] = answer.json()
    return decoded


async def test_what_waits_holds_every_type_and_comes_once(server: Server, connect: Connect) -> None:
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
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    assert not done
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


async def test_what_was_not_taken_over_survives_webwxinit(server: Server, connect: Connect) -> None:
    client = await connect(server).login()
    first = await client.sync()
    await client.init()
    assert (await client.sync())["AddMsgList"] == first["AddMsgList"]
    await client.sync()
    await client.init()
    assert (await client.sync())["AddMsgList"] == []


async def test_the_two_keys_cannot_be_mixed_up_unnoticed(client: Client) -> None:
    assert client.sync_key != client.check_key
    right = client.sync_key
    assert ret(await client.call("webwxsync", SyncKey=client.check_key)) == 1
    client.check_key = right
    await client.check()
    shown = (await client.http.get("/_sandbox/state")).json()["warnings"]
    assert "called with SyncKey instead of SyncCheckKey" in [one["what"] for one in shown]


async def test_another_logins_key_is_refused(server: Server, connect: Connect) -> None:
    first = await connect(server).login()
    second = await connect(server).login()
    second.sync_key = first.sync_key
    answer = await second.call("webwxsync", SyncKey=second.sync_key)
    assert ret(answer) == 1


async def test_the_skey_is_renewed_and_the_old_one_ends(server: Server, connect: Connect) -> None:
    client = await connect(server).login()
    old = client.skey
    assert (await client.sync())["SKey"]
    assert client.skey != old
    assert ret(await client.call("webwxsync", SyncKey=client.sync_key)) == 0
    client.skey = "@crypt_0_0"
    assert ret(await client.call("webwxsync", SyncKey=client.sync_key)) == 1101


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
    assert 'label="外滩"' in html.unescape(place["OriContent"])
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
    await asyncio.sleep(0.05)
    await client.http.post("/_sandbox/expire", json={"retcode": 1100})
    assert await waiting == ("1100", "0")


async def test_wrong_cookies_and_a_sid_that_was_not_encoded(client: Client) -> None:
    query = f"?skey=&sid={client.sid}&uin={client.uin}&deviceid=e1&synckey=1_1"
    assert 'retcode:"1102"' in (await client.http.get(CGI + "synccheck" + query)).text
    client.http.cookies.delete("webwx_auth_ticket")
    assert (await client.check())[0] == "1102"
    assert ret(await client.call("webwxinit")) == 1102
