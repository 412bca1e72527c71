"""Changes of groups: against the sandbox, and against servers that answer otherwise."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tests.support.scripted_session import ME, call_of, said, scripted
from tui import errors, i18n
from tui.services.client.client import Client
from tui.services.contacts.directory import Directory
from tui.services.http.httpx_import import httpx
from tui.services.people import group_history, group_words, spoken_names
from tui.services.people.contact_changes import ContactChanges
from tui.services.people.groups import GroupChange, GroupOutcome, Groups, LeftOut, WantedChange, check
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.names import INVITE_ABOVE

ANN, BOB, EVE = Contact("@ann", "Ann"), Contact("@bob", "Bob"), Contact("@eve", "Eve")
GROUP = Contact("@@g", "G", kind=ContactKind.GROUP, members=(Member("@me"), Member("@ann", "Ann")), member_count=2)
NEW = WantedChange(GroupChange.NEW, None, (ANN, BOB), "Club")


async def _no_pause(seconds: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def _sandbox() -> AsyncIterator[tuple[SandboxControl, Client, Groups]]:
    async with run_sandbox() as control, client_of(control) as client:
        changes = ContactChanges(client.context, 0.0)
        await client.directory.refresh()
        yield control, client, Groups(client.context, client.store, client.directory, changes, _no_pause)


async def test_a_group_is_made_filled_named_and_emptied(home: Path) -> None:
    async with _sandbox() as (_control, client, groups):
        people = [await client.directory.resolve(name) for name in ("张三", "李四", "Alice")]
        made = await groups.carry_out(WantedChange(GroupChange.NEW, None, tuple(people[:2]), "爬山 & 茶"))
        assert (made.name, made.done, made.left_out, made.unseen) == ("爬山 & 茶", 2, (), ())
        conversation = await client.store.conversation_with(made.user_name)
        assert conversation is not None and conversation.name == "爬山 & 茶"
        group = await groups.fresh(Contact(made.user_name, kind=ContactKind.GROUP))
        added = await groups.carry_out(WantedChange(GroupChange.ADD, group, (people[2],)))
        renamed = await groups.carry_out(WantedChange(GroupChange.RENAME, group, (), "爬山去"))
        group = await groups.fresh(group)
        removed = await groups.carry_out(WantedChange(GroupChange.REMOVE, group, (people[2],)))
        assert [one.done for one in (added, removed)] == [1, 1]
        assert (renamed.name, group.name, group.member_count) == ("爬山去", "爬山去", 4)
        assert (await groups.fresh(group)).member_count == 3


async def test_each_refusal_of_the_server_has_a_sentence(home: Path) -> None:
    async with _sandbox() as (control, client, groups):
        zhang, alice, kitty = [await client.directory.resolve(name) for name in ("张三", "Alice", "回声")]
        group = await groups.fresh(await client.directory.resolve("项目群"))
        with pytest.raises(errors.GroupChangeRefused, match="Only the owner"):
            await groups.carry_out(WantedChange(GroupChange.REMOVE, group, (zhang,)))
        await control.post("contact", name="回声", standing="asks")
        with pytest.raises(errors.GroupChangeRefused, match="has to agree first"):
            await groups.carry_out(WantedChange(GroupChange.ADD, group, (kitty,)))
        await control.post("contact", name="张三", standing="blocked")
        await control.post("contact", name="Alice", standing="deleted")
        new = WantedChange(GroupChange.NEW, None, (zhang, alice))
        with pytest.raises(errors.MembersLeftOut, match=r"blocked you.*deleted you"):
            await groups.carry_out(new)
        li = await client.directory.resolve("李四")
        some = await groups.carry_out(WantedChange(GroupChange.NEW, None, (zhang, li)))
        assert (some.done, some.left_out) == (1, (LeftOut("张三", 3),))
        await control.post("contact", name="项目群", gone=True)
        with pytest.raises(errors.GroupGone):
            await groups.carry_out(WantedChange(GroupChange.RENAME, group, (), "x"))


async def test_a_lost_answer_makes_no_second_group_and_is_looked_up(home: Path) -> None:
    async with _sandbox() as (control, client, groups):
        people = tuple([await client.directory.resolve(name) for name in ("张三", "李四")])
        group = await groups.fresh(await client.directory.resolve("项目群"))
        await control.fault("webwxupdatechatroom", "drop_after")
        renamed = await groups.carry_out(WantedChange(GroupChange.RENAME, group, (), "新名"))
        assert renamed.name == "新名"
        await control.fault("webwxupdatechatroom", "drop_before")
        with pytest.raises(errors.ChangeUnknown, match="rename “新名” to “X”"):
            await groups.carry_out(WantedChange(GroupChange.RENAME, await groups.fresh(group), (), "X"))
        await control.fault("webwxcreatechatroom", "drop_after")
        with pytest.raises(errors.GroupUnknown, match="before you create it again"):
            await groups.carry_out(WantedChange(GroupChange.NEW, None, people))
        assert (await control.calls())["webwxcreatechatroom"] == 1


Answered = Callable[[str, dict[str, Any]], httpx.Response]


async def _carried_out(folder: Path, wanted: WantedChange, answered: Answered, *by_sync: Contact) -> GroupOutcome:
    """Carry a change out with a server that `answered` stands for; sync brings groups once the call has left."""
    async with scripted(lambda request: httpx.Response(404), folder) as (context, store):
        await store.save_contacts([ME, ANN, BOB, EVE, GROUP])

    async def handler(request: httpx.Request) -> httpx.Response:
        answer = answered(call_of(request), json.loads(request.content))
        if by_sync and call_of(request) == "webwxcreatechatroom":
            await store.save_contacts(list(by_sync))
        return answer

    async with scripted(handler, folder) as (context, store):
        directory = Directory(context, store)
        groups = Groups(context, store, directory, ContactChanges(context, 0.0), _no_pause)
        return await groups.carry_out(wanted)


CAME = Contact("@@new", "Club", kind=ContactKind.GROUP, members=(Member("@me"), Member("@ann"), Member("@bob")))
OTHER = Contact("@@other", "Other", kind=ContactKind.GROUP, members=(Member("@me"), Member("@ann"), Member("@eve")))


@pytest.mark.parametrize("lost", [said({"MemberList": []}), httpx.Response(200), said({"ChatRoomName": "g"})])
async def test_a_new_group_that_the_answer_does_not_name_is_found_in_what_sync_brings(
    tmp_path: Path, lost: httpx.Response
) -> None:
    def answered(call: str, body: dict[str, Any]) -> httpx.Response:
        return lost if call == "webwxcreatechatroom" else said(ret=-1)

    found = await _carried_out(tmp_path, NEW, answered, OTHER, CAME)
    assert (found.user_name, found.done, found.unseen) == ("@@new", 2, ())


async def test_without_a_name_and_without_sync_nobody_says_that_there_is_a_group(tmp_path: Path) -> None:
    def answered(call: str, body: dict[str, Any]) -> httpx.Response:
        return said({"MemberList": []})

    with pytest.raises(errors.GroupUnknown, match="did not say which group"):
        await _carried_out(tmp_path, NEW, answered, OTHER)


async def test_a_new_group_of_which_nothing_more_is_told_has_its_name_and_its_people(tmp_path: Path) -> None:
    def answered(call: str, body: dict[str, Any]) -> httpx.Response:
        told = {"ChatRoomName": "@@new", "MemberList": [{"UserName": "@bob", "MemberStatus": 9}]}
        return said(told) if call == "webwxcreatechatroom" else said(ret=-1)

    found = await _carried_out(tmp_path, NEW, answered)
    assert (found.name, found.done, found.left_out) == ("Club", 1, (LeftOut("Bob", 9),))
    assert "agree first" in str(found.left_out[0].said)


@pytest.mark.parametrize(
    ("shown", "done", "unseen"), [(["@me", "@ann", "@bob"], 1, ()), (["@me", "@ann"], 0, ("Bob",))]
)
async def test_yes_with_an_empty_list_is_held_against_the_group(
    tmp_path: Path, shown: list[str], done: int, unseen: tuple[str, ...]
) -> None:
    def answered(call: str, body: dict[str, Any]) -> httpx.Response:
        members = [{"UserName": name} for name in shown]
        group = {"UserName": "@@g", "NickName": "G", "MemberList": members}
        return said({"MemberList": []} if call == "webwxupdatechatroom" else {"ContactList": [group]})

    wanted = WantedChange(GroupChange.ADD, GROUP, (BOB,))
    outcome = await _carried_out(tmp_path, wanted, answered)
    assert (outcome.done, outcome.unseen) == (done, unseen)
    text = group_words.said(wanted, outcome)
    assert text == (
        "Added 1 person to “G”." if done else "WeChat agreed, but did not say whether Bob is in the group now."
    )


async def test_what_sync_has_told_of_a_new_group_is_not_made_worse(tmp_path: Path) -> None:
    def answered(call: str, body: dict[str, Any]) -> httpx.Response:
        return said({"ChatRoomName": "@@new"}) if call == "webwxcreatechatroom" else said(ret=-1)

    named = msgspec.structs.replace(CAME, nick_name="Named by sync")
    found = await _carried_out(tmp_path, NEW, answered, named)
    assert (found.name, found.done, found.unseen) == ("Named by sync", 2, ())


async def test_a_large_group_is_sent_an_invitation(tmp_path: Path) -> None:
    asked: list[dict[str, Any]] = []

    def answered(call: str, body: dict[str, Any]) -> httpx.Response:
        asked.append(body)
        return said({"MemberList": []}) if call == "webwxupdatechatroom" else said(ret=-1)

    members = tuple(Member(f"@{number}") for number in range(INVITE_ABOVE + 1))
    large = Contact("@@g", "G", kind=ContactKind.GROUP, members=members, member_count=len(members))
    wanted = WantedChange(GroupChange.ADD, large, (BOB,))
    outcome = await _carried_out(tmp_path, wanted, answered)
    assert asked[0]["InviteMemberList"] == "@bob"
    assert group_words.said(wanted, outcome) == "Invited 1 person to “G”."


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (WantedChange(GroupChange.NEW, None, (ANN,)), "at least two people"),
        (WantedChange(GroupChange.NEW, None, (ANN, ANN)), "at least two people"),
        (WantedChange(GroupChange.NEW, None, ()), "at least two people"),
        (WantedChange(GroupChange.NEW, None, (ANN, ME)), "only the others"),
        (WantedChange(GroupChange.NEW, None, (ANN, GROUP)), "not a person"),
        (WantedChange(GroupChange.NEW, None, (ANN, BOB), "a\nb"), "one line"),
        (WantedChange(GroupChange.ADD, GROUP, (ANN,)), "already in"),
        (WantedChange(GroupChange.ADD, GROUP, ()), "at least one"),
        (WantedChange(GroupChange.REMOVE, GROUP, (BOB,)), "is not in"),
        (WantedChange(GroupChange.REMOVE, GROUP, (ME,)), "leave it on your phone"),
        (WantedChange(GroupChange.RENAME, GROUP, (), " "), "is empty"),
        (WantedChange(GroupChange.RENAME, GROUP, (), "x" * 200), "longer than"),
        (WantedChange(GroupChange.RENAME, GROUP, (), "G"), "already has"),
    ],
)
def test_what_no_server_would_do_is_not_asked_for(wanted: WantedChange, why: str) -> None:
    with pytest.raises(errors.GroupUnfit, match=why):
        check(wanted, "@me")


def test_the_questions_say_what_everybody_sees_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [
        NEW,
        WantedChange(GroupChange.ADD, GROUP, (BOB,)),
        WantedChange(GroupChange.REMOVE, GROUP, (ANN,)),
        WantedChange(GroupChange.RENAME, GROUP, (), "\x1b[2J👨‍👩‍👧"),
    ]
    for language, word in (("en", "see"), ("zh_CN", "看到")):
        i18n.use(language)
        try:
            asked = [group_words.question(one) for one in changes]
        finally:
            i18n.use("en")
        assert all("\x1b" not in one for one in asked)
        assert [word in one for one in asked] == [True, True, False, True]
    long = (Contact("@l", "名" * 5000), BOB)
    asked_of_long = group_words.question(WantedChange(GroupChange.REMOVE, GROUP, long))
    assert len(asked_of_long) < 160 and "Bob" in asked_of_long and "no longer read" in asked_of_long


@pytest.mark.parametrize(
    ("notice", "names", "joined"),
    [
        ('"李四"邀请"小周"加入了群聊', ("小周",), True),
        ('你邀请"张三、李四"加入了群聊', ("张三", "李四"), True),
        ("“王伟”通过扫描“李四”分享的二维码加入群聊", ("王伟",), True),
        ('你将"张三"移出了群聊', ("张三",), False),
        ('"李四"退出了群聊', ("李四",), False),
        ('"Ann" invited "Bob" to the group chat', ("Bob",), True),
        ('You\'ve invited "Bob" to the group chat', ("Bob",), True),
        ('You removed "Bob" from the group chat', ("Bob",), False),
        ('"Bob" joined the group chat via the QR code', ("Bob",), True),
    ],
)
def test_who_came_and_who_left_is_read_out_of_notices(notice: str, names: tuple[str, ...], joined: bool) -> None:
    assert group_history.read_notice(notice) == (names, joined)


@pytest.mark.parametrize(
    "notice", ["", "你修改群名为“x”", '"李四" 撤回了一条消息', "你被“李四”移出群聊", '"', "邀请" * 400]
)
def test_other_notices_are_no_news_of_members(notice: str) -> None:
    assert group_history.read_notice(notice) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张三 李四", ["张三", "李四"]),
        ('"Bob Miller" 张三', ["Bob Miller", "张三"]),
        ("Bob Miller, 张三，李四、王", ["Bob Miller", "张三", "李四", "王"]),
        ("“小 明” x", ["小 明", "x"]),
        ('"Smith, John" 张三', ["Smith, John", "张三"]),
        ('"Smith, John", Bob Miller', ["Smith, John", "Bob Miller"]),
        (' , "" ', []),
    ],
)
def test_names_stand_between_blanks_commas_or_quotation_marks(text: str, names: list[str]) -> None:
    assert spoken_names.spoken_names(text) == names


def test_a_name_of_a_group_stands_behind_a_word() -> None:
    assert spoken_names.name_behind("a b name:Club 7") == ("a b", "Club 7")
    assert spoken_names.name_behind("a b 群名：“俱 乐部”") == ("a b", "俱 乐部")
    assert spoken_names.name_behind("nickname:x b") == ("nickname:x b", "")
