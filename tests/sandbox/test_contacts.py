"""PROTOCOL sections 2 (webwxinit, contacts) and 3."""

from __future__ import annotations

from tests.sandbox.conftest import Connect, Start
from tests.support.raw_client import CGI, Client, ret
from tui.sandbox.server import SandboxServer


async def test_init_says_who_and_what_was_recent(server: SandboxServer, connect: Connect) -> None:
    client = await connect(server).login()
    answer = await client.init()
    assert answer["User"]["NickName"] == "林小满"
    assert str(answer["User"]["Uin"]) == client.uin
    assert answer["SyncKey"]["Count"] == len(answer["SyncKey"]["List"])
    chats = answer["ChatSet"].rstrip(",").split(",")
    assert chats == [one["UserName"] for one in answer["ContactList"]]
    groups = [one for one in answer["ContactList"] if one["UserName"].startswith("@@")]
    assert all(one["MemberCount"] == len(one["MemberList"]) > 1 for one in groups)
    assert "" in [one["NickName"] for one in groups]


async def test_known_names_are_unambiguous_and_wang_wei_is_not(client: Client) -> None:
    page = await client.call("webwxgetcontact")
    shown = [one["RemarkName"] or one["NickName"] for one in page["MemberList"]]
    assert [shown.count(name) for name in ("张三", "李四", "项目群", "王伟")] == [1, 1, 1, 2]
    assert '小猫<span class="emoji emoji1f431"></span>' in shown
    assert "Tom &amp; Jerry" in shown
    assert page["Seq"] == 0


async def test_contacts_come_in_pages_by_get_and_post(start: Start, connect: Connect) -> None:
    client = await connect(await start(contacts=130, groups=20, contact_page=50)).login()
    seen: list[str] = []
    seq, pages = 0, 0
    while True:
        query = {"seq": seq, "skey": client.skey, "r": 1}
        answer = (await client.http.get(CGI + "webwxgetcontact", params=query)).json()
        assert answer == await client.call("webwxgetcontact", {"seq": seq})
        seen += [one["UserName"] for one in answer["MemberList"]]
        pages += 1
        seq = answer["Seq"]
        if not seq:
            break
    assert pages == 3
    assert len(seen) == len(set(seen)) > 130


async def test_group_members_and_their_details(client: Client) -> None:
    group = client.to("项目群")
    answer = await client.call("webwxbatchgetcontact", {"type": "ex"}, Count=1, List=[{"UserName": group}])
    found = answer["ContactList"][0]
    assert found["EncryChatRoomId"].startswith("@")
    names = {one["DisplayName"] or one["NickName"] for one in found["MemberList"]}
    assert {"林小满", "张三（组长）", "李四", "Alice @QA"} < names
    wanted = [{"UserName": one["UserName"], "EncryChatRoomId": group} for one in found["MemberList"]]
    details = await client.call("webwxbatchgetcontact", {"type": "ex"}, Count=len(wanted), List=wanted)
    assert [one["UserName"] for one in details["ContactList"]] == [one["UserName"] for one in wanted]
    too_many = [{"UserName": group}] * 51
    assert ret(await client.call("webwxbatchgetcontact", {"type": "ex"}, Count=51, List=too_many)) == 1


async def test_remark_and_pin_change_the_contact_and_come_by_sync(client: Client) -> None:
    person = client.to("李四")
    assert ret(await client.call("webwxoplog", CmdId=2, UserName=person, RemarkName="四哥")) == 0
    assert ret(await client.call("webwxoplog", CmdId=3, UserName=person, OP=1)) == 0
    assert await client.check() == ("0", "4")
    answer = await client.sync()
    assert [one["RemarkName"] for one in answer["ModContactList"]] == ["四哥"]
    assert answer["ModContactList"][0]["ContactFlag"] & 2048
    assert ret(await client.call("webwxoplog", CmdId=9, UserName=person)) == 1
    assert ret(await client.call("webwxoplog", CmdId=2, UserName="@nobody", RemarkName="x")) == 1


async def test_a_friend_request_is_accepted_by_its_ticket(client: Client) -> None:
    await client.http.post("/_sandbox/push", json={"type": "friend_request", "content": "认识一下"})
    (message,) = await client.drain()
    who = message["RecommendInfo"]
    assert (message["MsgType"], message["FromUserName"], who["Content"]) == (37, "fmessage", "认识一下")

    async def accept(ticket: str) -> int:
        wanted = [{"Value": who["UserName"], "VerifyUserTicket": ticket}]
        body = {"Opcode": 3, "VerifyUserListSize": 1, "VerifyUserList": wanted, "SceneList": [33], "skey": client.skey}
        return ret(await client.call("webwxverifyuser", **body))

    assert await accept("wrong") == 1
    elsewhere = {"Opcode": 3, "VerifyUserList": [{"Value": who["UserName"]}], "VerifyContent": who["Ticket"]}
    assert ret(await client.call("webwxverifyuser", **elsewhere)) == 0
    assert await accept(who["Ticket"]) == 1, "once"
    answer = await client.sync()
    assert [one["UserName"] for one in answer["ModContactList"]] == [who["UserName"]]
    assert answer["AddMsgList"][0]["MsgType"] == 10000
    assert ret((await client.text(who["UserName"], "你好"))[1]) == 0


async def test_an_old_friend_request_has_expired(client: Client) -> None:
    await client.http.post("/_sandbox/push", json={"type": "friend_request", "age": 4 * 86400})
    (message,) = await client.drain()
    who = message["RecommendInfo"]
    wanted = [{"Value": who["UserName"], "VerifyUserTicket": who["Ticket"]}]
    assert ret(await client.call("webwxverifyuser", Opcode=3, VerifyUserList=wanted)) == 1


async def test_deleted_and_gone_contacts(client: Client) -> None:
    await client.http.post("/_sandbox/contact", json={"name": "Alice", "delete": True})
    assert await client.check() == ("0", "6")
    assert [one["UserName"] for one in (await client.sync())["DelContactList"]] == [client.to("Alice")]
    assert ret((await client.text(client.to("旧同学群"), "有人吗"))[1]) == 1201
    await client.http.post("/_sandbox/contact", json={"name": "项目群", "gone": True})
    assert ret((await client.text(client.to("项目群"), "有人吗"))[1]) == 1201
