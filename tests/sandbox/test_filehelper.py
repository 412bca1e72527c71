"""PROTOCOL section 1: the File Transfer variant."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Connect
from tests.support.raw_client import CGI, Client, ret
from tui.sandbox.server import SandboxServer


@pytest.fixture
async def transfer(server: SandboxServer, connect: Connect) -> Client:
    return await connect(server, "wx_webfilehelper").login()


async def test_there_is_one_contact(transfer: Client) -> None:
    page = await transfer.call("webwxgetcontact")
    assert [one["UserName"] for one in page["MemberList"]] == ["filehelper"]
    assert (await transfer.init())["ChatSet"] == "filehelper,"
    assert await transfer.drain() == []


async def test_everything_works_with_it(transfer: Client) -> None:
    msg, answer = await transfer.text("filehelper", "自己看")
    assert ret(answer) == 0
    assert ret(await transfer.revoke(msg, answer["MsgID"])) == 0
    body = {"Code": 3, "FromUserName": transfer.me, "ToUserName": transfer.me, "ClientMsgId": 1}
    assert ret(await transfer.call("webwxstatusnotify", **body)) == 0
    media_id = (await transfer.upload("a.txt", b"hello"))["MediaId"]
    file = transfer.msg("filehelper", 6, Content=transfer.appmsg("a.txt", 5, media_id))
    assert ret(await transfer.send("webwxsendappmsg", file)) == 0
    assert await transfer.check() == ("0", "2")


async def test_nobody_else_can_be_written_to(server: SandboxServer, transfer: Client, connect: Connect) -> None:
    web = await connect(server).login()
    for to in (web.to("张三"), transfer.me):
        assert ret((await transfer.text(to, "x"))[1]) == 1


async def test_the_appid_is_needed_in_every_call(transfer: Client) -> None:
    del transfer.http.headers["mmweb_appid"]
    assert ret(await transfer.call("webwxinit")) == 1
    assert ret((await transfer.text("filehelper", "x"))[1]) == 1
    assert (await transfer.check())[0] == "1"
    query = {"skey": transfer.skey, "sid": transfer.sid, "uin": transfer.uin, "synckey": "1_1"}
    answer = await transfer.http.get(CGI + "synccheck", params=query | {"mmweb_appid": "wx_webfilehelper"})
    assert 'retcode:"0"' in answer.text


async def test_the_skey_of_the_login_page_is_good_to_the_end(server: SandboxServer, connect: Connect) -> None:
    """The File Transfer bots never take over another."""
    client = connect(server, "wx_webfilehelper")
    await client.enter(await client.wait_for_redirect(await client.new_code()))
    oldest = client.skey
    await client.init()
    for _ in range(3):
        client.skey = oldest
        await client.init()
    client.skey = oldest
    assert ret((await client.text("filehelper", "x"))[1]) == 0
    media_id = (await client.upload("a.txt", b"hello"))["MediaId"]
    msg = client.msg("filehelper", 6, Content=client.appmsg("a.txt", 5, media_id))
    assert ret(await client.send("webwxsendappmsg", msg)) == 0
    await client.http.post("/_sandbox/push", json={"type": "text", "from": "self", "to": "filehelper", "content": "y"})
    assert (await client.check())[0] == "0"
    assert [one["Content"] for one in (await client.sync())["AddMsgList"]] == ["y"]


async def test_upload_needs_random(transfer: Client) -> None:
    form, _ = transfer.form("a.txt", b"hello")
    url = CGI + "webwxuploadmedia"
    for query, expected in (({}, 1), ({"random": "abc"}, 1), ({"random": "abcd"}, 0)):
        files = {"filename": ("a.txt", b"hello", "text/plain")}
        assert ret((await transfer.http.post(url, params=query, data=form, files=files)).json()) == expected


async def test_newloginpage_needs_fun_and_version(server: SandboxServer, connect: Connect) -> None:
    client = connect(server, "wx_webfilehelper")
    redirect = await client.wait_for_redirect(await client.new_code())
    for query in ("", "&fun=new", "&fun=new&version=v1"):
        assert "<ret>1</ret>" in (await client.http.get(redirect + query)).text
    assert "<ret>0</ret>" in (await client.enter(redirect)).text


async def test_both_variants_live_side_by_side(transfer: Client, server: SandboxServer, connect: Connect) -> None:
    await connect(server).login()
    assert (await transfer.check())[0] == "0"
