"""The seeds: sending and revoking."""

from __future__ import annotations

import html
import re

import pytest

from tests.sandbox.conftest import Connect, Start
from tests.support.raw_client import Client, ret
from tui.sandbox.server import SandboxServer


async def _sent(client: Client) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = (await client.http.get("/_sandbox/sent")).json()
    return rows


async def test_text_arrives_and_is_not_echoed(client: Client) -> None:
    text = "你好 <br/> & \N{GRINNING FACE}\n第二行"
    msg, answer = await client.text(client.to("张三"), text)
    assert ret(answer) == 0
    assert re.fullmatch(r"\d{19}", answer["MsgID"])
    assert answer["LocalID"] == msg["LocalID"]
    (row,) = await _sent(client)
    expected = {"MsgID": answer["MsgID"], "ClientMsgId": msg["ClientMsgId"], "call": "webwxsendmsg", "Type": 1}
    expected |= {"to": client.to("张三"), "to_name": "张三", "content": text, "revoked": False}
    assert expected.items() <= row.items()
    assert await client.drain() == []


async def test_the_same_client_msg_id_twice_is_two_messages(client: Client) -> None:
    msg, _ = await client.text(client.to("张三"), "一")
    assert ret(await client.call("webwxsendmsg", Msg=msg, Scene=0)) == 0
    assert len(await _sent(client)) == 2


@pytest.mark.parametrize("text", ["", "  \n"])
async def test_an_empty_text_is_refused(client: Client, text: str) -> None:
    assert ret((await client.text(client.to("张三"), text))[1]) == 1


async def test_unknown_receivers_strangers_and_foreign_senders_are_refused(client: Client) -> None:
    assert ret((await client.text("@nobody", "x"))[1]) == 1
    assert ret((await client.text("", "x"))[1]) == 1
    msg = client.msg(client.to("张三"), 1, Content="x", FromUserName=client.to("李四"))
    assert ret(await client.call("webwxsendmsg", Msg=msg)) == 1
    assert await _sent(client) == []


async def test_the_base_request_must_be_the_sessions_or_empty(client: Client) -> None:
    msg = client.msg(client.to("张三"), 1, Content="x")
    for wrong in ({"Uin": 1}, {"Sid": "x"}, {"Skey": "x"}):
        assert ret(await client.call("webwxsendmsg", BaseRequest=client.base | wrong, Msg=msg)) == 1101
    empty = {"Uin": client.uin, "Sid": client.sid, "Skey": "", "DeviceID": "e1"}
    assert ret(await client.call("webwxsendmsg", BaseRequest=empty, Msg=msg)) == 0


async def test_revoke_within_the_window(client: Client) -> None:
    msg, answer = await client.text(client.to("张三"), "写错了")
    done = await client.revoke(msg, answer["MsgID"])
    assert ret(done) == 0
    assert "2分钟" in done["Introduction"]
    assert (await _sent(client))[0]["revoked"] is True
    assert ret(await client.revoke(msg, answer["MsgID"])) == 1


async def test_revoke_needs_the_message_and_its_receiver(client: Client) -> None:
    msg, answer = await client.text(client.to("张三"), "写错了")
    assert ret(await client.revoke(msg, "4000000000000000001")) == 1
    assert ret(await client.revoke(msg | {"ToUserName": client.to("李四")}, answer["MsgID"])) == 1
    assert ret(await client.revoke(msg, str(int(float(answer["MsgID"]))))) == 1
    assert (await _sent(client))[0]["revoked"] is False


@pytest.mark.parametrize(("strict", "expected"), [(True, 1), (False, 0)])
async def test_revoke_with_another_client_msg_id(start: Start, connect: Connect, strict: bool, expected: int) -> None:
    client = await connect(await start(strict_revoke=strict)).login()
    msg, answer = await client.text(client.to("张三"), "写错了")
    assert ret(await client.revoke(msg | {"ClientMsgId": "17000000000000000"}, answer["MsgID"])) == expected
    shown = (await client.http.get("/_sandbox/state")).json()["warnings"]
    assert any("ClientMsgId is not the message's own" in one["what"] for one in shown)


async def test_a_late_revoke_is_refused_in_chinese(start: Start, connect: Connect) -> None:
    client = await connect(await start(revoke_window=-1)).login()
    msg, answer = await client.text(client.to("张三"), "太晚了")
    late = await client.revoke(msg, answer["MsgID"])
    assert ret(late) != 0
    assert "撤回" in late["SysWording"]


async def test_image_video_and_gif(client: Client) -> None:
    to = client.to("项目群")
    calls = (("webwxsendmsgimg", 3, "async"), ("webwxsendvideomsg", 43, "async"), ("webwxsendemoticon", 47, "sys"))
    for number, (call, kind, fun) in enumerate(calls):
        media_id = (await client.upload(f"{number}.bin", b"x" * (number + 1)))["MediaId"]
        answer = await client.send(call, client.msg(to, kind, MediaId=media_id, Content="", EmojiFlag=2), fun)
        assert ret(answer) == 0
        assert ret(await client.send(call, client.msg(to, kind, MediaId="@crypt_unknown"), fun)) == 1
        assert ret(await client.send(call, client.msg(to, kind + 1, MediaId=media_id), fun)) == 1
    assert [row["Type"] for row in await _sent(client)] == [3, 43, 47]
    assert all(row["sha256"] for row in await _sent(client))


async def test_a_file_keeps_its_name(client: Client) -> None:
    name, data = "R&D <v2> '终版' \"x\".txt", b"hello"
    media_id = (await client.upload(name, data))["MediaId"]
    content = client.appmsg(name, len(data), media_id)
    assert ret(await client.send("webwxsendappmsg", client.msg(client.to("李四"), 6, Content=content))) == 0
    (row,) = await _sent(client)
    assert (row["file_name"], row["MediaId"]) == (name, media_id)


async def test_bad_file_messages_are_refused(client: Client) -> None:
    media_id = (await client.upload("a.txt", b"hello"))["MediaId"]
    good = client.appmsg("a.txt", 5, media_id)
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + good.replace("a.txt", "&a;")
    wrong = [
        good.replace("a.txt", "R&D"),
        bomb,
        good.replace("<type>6", "<type>5"),
        good.replace("<totallen>5", "<totallen>6"),
        client.appmsg("a.txt", 5, "@crypt_unknown"),
        good.replace("a.txt", ""),
        "",
    ]
    for content in wrong:
        assert ret(await client.send("webwxsendappmsg", client.msg(client.to("李四"), 6, Content=content))) == 1
    assert await _sent(client) == []


async def test_a_recalled_image_can_be_forwarded_by_its_xml(client: Client) -> None:
    pushed = (await client.http.post("/_sandbox/push", json={"type": "image"})).json()
    await client.http.post("/_sandbox/push", json={"type": "revoke"})
    content = html.unescape((await client.drain())[0]["Content"].replace("<br/>", "\n"))
    msg = client.msg(client.to("李四"), 3, MediaId="", Content=content)
    assert ret(await client.send("webwxsendmsgimg", msg)) == 0
    assert (await _sent(client))[0]["sha256"] == pushed["sha256"]
    unknown = re.sub(r'(md5|aeskey|cdnthumbaeskey)="\w+"', r'\1="00000000000000000000000000000000"', content)
    for wrong in (unknown, "<msg/>", "no xml", ""):
        assert ret(await client.send("webwxsendmsgimg", msg | {"Content": wrong})) == 1


async def test_a_known_sticker_is_sent_by_its_md5(client: Client) -> None:
    await client.http.post("/_sandbox/push", json={"type": "emoticon"})
    content = html.unescape((await client.drain())[0]["Content"])
    found = re.search(r' md5="(\w{32})"', content)
    assert found
    msg = client.msg(client.to("李四"), 47, EmojiFlag=2, EMoticonMd5=found[1])
    assert ret(await client.send("webwxsendemoticon", msg, "sys")) == 0
    assert ret(await client.send("webwxsendemoticon", msg | {"EMoticonMd5": "0" * 32}, "sys")) == 1


async def test_an_animated_image_of_type_1_is_taken_with_a_warning(client: Client) -> None:
    media_id = (await client.upload("a.gif", b"GIF89a"))["MediaId"]
    msg = client.msg(client.to("李四"), 1, MediaId=media_id, EmojiFlag=2)
    assert ret(await client.send("webwxsendemoticon", msg, "sys")) == 0
    shown = (await client.http.get("/_sandbox/state")).json()["warnings"]
    assert {"call": "webwxsendemoticon", "what": "Type is not 47", "times": 1} in shown


async def test_both_variants_see_what_the_other_sends_to_file_transfer(server: SandboxServer, connect: Connect) -> None:
    web = await connect(server).login()
    transfer = await connect(server, "wx_webfilehelper").login()
    await web.drain()
    msg, answer = await web.text("filehelper", "从网页")
    (message,) = await transfer.drain()
    assert (message["MsgId"], message["FromUserName"]) == (answer["MsgID"], transfer.me)
    await web.text(web.to("张三"), "别人看不到")
    await web.revoke(msg, answer["MsgID"])
    assert [one["MsgType"] for one in await transfer.drain()] == [10002]
    assert await web.drain() == []


async def test_peoples_oddities_are_recorded_not_refused(client: Client) -> None:
    msg = client.msg(client.to("张三"), 1, Content="x") | {"LocalID": 17000000000000, "ClientMsgId": 17000000000000}
    assert ret(await client.call("webwxsendmsg", Msg=msg)) == 0
    shown = (await client.http.get("/_sandbox/state")).json()["warnings"]
    assert {"LocalID is not a string", "ClientMsgId is not a string"} <= {one["what"] for one in shown}


async def test_actors_answer_and_nobody_else_does(start: Start, connect: Connect) -> None:
    client = await connect(await start(replies=True, reply_delay=0.01, poll_seconds=5)).login()
    await client.drain()
    await client.text(client.to("张三"), "在吗")
    await client.text(client.to("回声"), "在吗")
    assert await client.check() == ("0", "2")
    (echo,) = await client.drain()
    assert (echo["FromUserName"], echo["Content"]) == (client.to("回声"), "在吗")
    await client.text(client.to("后悔药"), "在吗")
    messages: list[dict[str, object]] = []
    while len(messages) < 2:
        await client.check()
        messages += await client.drain()
    assert [one["MsgType"] for one in messages] == [1, 10002]


@pytest.mark.parametrize(("name", "expected"), [("慢吞吞", 2), ("热闹群", 6)])
async def test_slow_writers_and_busy_groups(start: Start, connect: Connect, name: str, expected: int) -> None:
    client = await connect(await start(replies=True, reply_delay=0.01, poll_seconds=5)).login()
    await client.drain()
    await client.text(client.to(name), "开始")
    messages: list[dict[str, object]] = []
    while len(messages) < expected:
        await client.check()
        messages += await client.drain()
    assert {one["FromUserName"] for one in messages} == {client.to(name)}
    assert len({one["MsgId"] for one in messages}) == expected


async def test_videos_and_files_that_were_received_can_be_sent_on(client: Client) -> None:
    for kind in ("video", "file"):
        await client.http.post("/_sandbox/push", json={"type": kind})
    video, file = await client.drain()
    content = html.unescape(video["Content"].replace("<br/>", "\n"))
    msg = client.msg(client.to("李四"), 43, MediaId="", Content=content)
    assert ret(await client.send("webwxsendvideomsg", msg)) == 0
    content = html.unescape(file["Content"].replace("<br/>", "\n"))
    assert ret(await client.send("webwxsendappmsg", client.msg(client.to("李四"), 6, Content=content))) == 0
    assert all(row["sha256"] for row in await _sent(client))
