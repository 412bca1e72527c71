"""PROTOCOL section 3.1: groups are made and changed, and every session hears of it."""

from __future__ import annotations

from typing import Any

from tests.support.raw_client import Client, ret


async def _create(client: Client, *names: str, topic: str = "", count: int | None = None) -> dict[str, Any]:
    wanted = [{"UserName": client.to(name)} for name in names]
    count = len(wanted) if count is None else count
    return await client.call("webwxcreatechatroom", MemberCount=count, MemberList=wanted, Topic=topic)


async def _update(client: Client, fun: str, group: str, **fields: str) -> dict[str, Any]:
    return await client.call("webwxupdatechatroom", {"fun": fun}, ChatRoomName=group, **fields)


async def _stands(client: Client, name: str, **how: object) -> None:
    assert (await client.http.post("/_sandbox/contact", json={"name": name, **how})).status_code == 200


async def test_a_new_group_is_told_in_the_answer_and_by_sync(client: Client) -> None:
    answer = await _create(client, "张三", "李四", topic="爬山 & 茶")
    group = answer["ChatRoomName"]
    assert group.startswith("@@")
    assert [one["MemberStatus"] for one in answer["MemberList"]] == [0, 0]
    told = await client.sync()
    (changed,) = told["ModContactList"]
    assert (changed["UserName"], changed["NickName"], changed["MemberCount"]) == (group, "爬山 &amp; 茶", 3)
    (notice,) = told["AddMsgList"]
    assert (notice["MsgType"], notice["FromUserName"]) == (10000, group)
    assert notice["Content"] == '你邀请"张三、李四"加入了群聊'
    assert ret((await client.text(group, "大家好"))[1]) == 0


async def test_a_group_needs_two_others_of_the_address_book(client: Client) -> None:
    for names in (("张三",), ("张三", "张三"), ("张三", "每日科技"), ("张三", "项目群")):
        refused = await _create(client, *names)
        assert (ret(refused), refused["ChatRoomName"], refused["MemberList"]) == (1, "", [])
    wanted = [{"UserName": client.me}, {"UserName": client.to("张三")}]
    assert ret(await client.call("webwxcreatechatroom", MemberCount=2, MemberList=wanted, Topic="")) == 1


async def test_those_who_deleted_or_blocked_one_are_left_out(client: Client) -> None:
    for name, standing in (("张三", "deleted"), ("李四", "blocked"), ("Alice", "asks")):
        await _stands(client, name, standing=standing)
    answer = await _create(client, "张三", "李四", "Alice", "Tom &amp; Jerry")
    assert [one["MemberStatus"] for one in answer["MemberList"]] == [4, 3, 1, 0]
    assert answer["BlackList"] == client.to("李四")
    (changed,) = (await client.sync())["ModContactList"][-1:]
    assert changed["MemberCount"] == 2
    nobody = await _create(client, "张三", "李四")
    assert (ret(nobody), nobody["ChatRoomName"]) == (1, "")
    assert [one["MemberStatus"] for one in nobody["MemberList"]] == [4, 3]


async def test_members_come_and_only_the_owner_removes_them(client: Client) -> None:
    group = client.to("项目群")
    added = await _update(client, "addmember", group, AddMemberList=client.to("Tom &amp; Jerry"))
    assert [one["MemberStatus"] for one in added["MemberList"]] == [0]
    assert (await client.sync())["ModContactList"][0]["MemberCount"] == 6
    again = await _update(client, "addmember", group, AddMemberList=client.to("Tom &amp; Jerry"))
    refused = await _update(client, "delmember", group, DelMemberList=client.to("李四"))
    assert [(ret(one), one["MemberList"]) for one in (again, refused)] == [(1, []), (1, [])]
    await _stands(client, "项目群", owner="self")
    assert ret(await _update(client, "delmember", group, DelMemberList=client.me)) == 1
    assert ret(await _update(client, "delmember", group, DelMemberList=client.to("李四"))) == 0
    told = await client.sync()
    assert told["ModContactList"][-1]["MemberCount"] == 5
    assert told["AddMsgList"][-1]["Content"] == '你将"李四"移出了群聊'


async def test_a_group_has_another_name_for_everybody(client: Client) -> None:
    group = client.to("项目群")
    assert ret(await _update(client, "modtopic", group, NewTopic="新 <群>")) == 0
    assert (await client.sync())["ModContactList"][0]["NickName"] == "新 &lt;群&gt;"
    for topic in ("", " ", "x" * 65, "two\nlines"):
        assert ret(await _update(client, "modtopic", group, NewTopic=topic)) == 1


async def test_who_must_be_asked_or_invited_is_not_added(client: Client) -> None:
    group = client.to("项目群")
    await _stands(client, "Tom & Jerry", standing="asks")
    assert ret(await _update(client, "addmember", group, AddMemberList=client.to("Tom &amp; Jerry"))) == -2024
    await _stands(client, "项目群", confirms=True)
    assert ret(await _update(client, "addmember", group, AddMemberList=client.to("回声"))) == -2024
    for number in range(40):
        await client.http.post("/_sandbox/person", json={"nickname": f"N{number}", "group": "热闹群"})
    large = client.to("热闹群")
    assert ret(await _update(client, "addmember", large, AddMemberList=client.to("回声"))) == -2012
    await client.drain()
    invited = await _update(client, "invitemember", large, InviteMemberList=client.to("回声"))
    assert (ret(invited), invited["MemberList"]) == (0, [])
    (card,) = await client.drain()
    assert (card["ToUserName"], card["MsgType"]) == (client.to("回声"), 49)


async def test_what_is_no_change_is_refused(client: Client) -> None:
    group, person = client.to("项目群"), client.to("张三")
    assert ret(await _update(client, "quit", group)) == 1
    assert ret(await _update(client, "modtopic", person, NewTopic="x")) == 1
    assert ret(await _update(client, "addmember", group, AddMemberList="")) == 1
    assert ret(await _update(client, "modtopic", client.to("旧同学群"), NewTopic="x")) == 1201
