"""Who wrote what: remarks, a group's own names, people who are gone, oneself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.query_plans import Plans, whole_tables
from tests.support.scripted_session import ANN, ME, START
from tests.support.stored_messages import text
from tests.support.sync_batches import save_whole_list
from tui.services.contacts import display_names
from tui.services.contacts.display_names import DisplayNames, SenderNames
from tui.services.util.ids import Ids
from tui.store.models import Conversation
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind, Member

GROUP = Contact(
    "@@g",
    "Group",
    kind=ContactKind.GROUP,
    members=(
        Member("@me", "我", "the boss"),
        Member("@ann", "Ann", "Annie here"),
        Member("@ben", "Ben", "Benny"),
        Member("@cyd", "Cyd"),
        Member("@dan", "Dan", remark_name="Dan from work"),
        Member("@cyd2", "Cyd"),
        Member("@nameless"),
    ),
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with await Store.open(tmp_path / "store.sqlite3", clock=Ids().now) as store:
        await store.begin_login(ME, "1", START)
        await store.save_contacts([ANN, GROUP, Contact("@ben", "Ben", remark_name="本")])
        yield store


async def learned(store: Store, user_name: str) -> DisplayNames:
    names = DisplayNames(store)
    await names.learn(await store.conversation_for(user_name))
    return names


async def test_a_person_is_called_by_the_remark(store: Store) -> None:
    names = await learned(store, "@ben")
    assert (names.of("@ben"), names.of("@me"), names.of(""), names.of("@who")) == ("本", "", "", "")
    assert names.member_names() == []
    assert (await learned(store, "@ann")).of("@ann") == "Ann"


async def test_a_group_has_its_own_names_but_a_remark_is_ones_own(store: Store) -> None:
    names = await learned(store, "@@g")
    called = {member.user_name: names.of(member.user_name) for member in GROUP.members}
    assert called == {
        "@me": "",
        "@ann": "Annie here",
        "@ben": "本",
        "@cyd": "Cyd (…@cyd)",
        "@dan": "Dan from work",
        "@cyd2": "Cyd (…cyd2)",
        "@nameless": "",
    }
    assert names.member_names() == ["Annie here", "本", "Cyd", "Dan from work"]


async def test_who_has_left_a_group_keeps_the_name_there_and_is_not_completed(store: Store) -> None:
    stays = tuple(one for one in GROUP.members if one.user_name not in ("@ann", "@cyd"))
    await store.save_contacts([msgspec.structs.replace(GROUP, members=stays, member_count=len(stays))])
    names = await learned(store, "@@g")
    assert (names.of("@ann"), names.plain("@cyd")) == ("Annie here", "Cyd")
    assert not {"Annie here"} & set(names.member_names())
    await store.save_contacts([GROUP])
    group = await store.contact("@@g")
    assert group is not None and group.former_members == ()


async def test_the_list_calls_a_sender_as_the_log_does(store: Store) -> None:
    await save_whole_list(store, [ANN])
    group, names = await store.conversation_for("@@g"), await learned(store, "@@g")
    senders = SenderNames(store)
    for member in GROUP.members[1:]:
        last = msgspec.structs.replace(text(1), mine=False, sender=member.user_name)
        wrote = msgspec.structs.replace(group, last=last)
        assert senders.of(wrote) is None
        await senders.learn([wrote])
        assert senders.of(wrote) == names.plain(member.user_name)


async def test_who_is_no_contact_any_more_still_has_a_name(store: Store) -> None:
    await save_whole_list(store, [ANN])
    assert await store.contact("@ben") is None
    assert (await learned(store, "@ben")).of("@ben") == "本"
    assert (await learned(store, "@@g")).of("@ben") == "本"


async def test_the_conversation_that_was_opened_last_counts(store: Store) -> None:
    names = DisplayNames(store)
    group, ann = await store.conversation_for("@@g"), await store.conversation_for("@ann")
    await asyncio.gather(names.learn(group), names.learn(ann))
    assert names.member_names() == []
    await asyncio.gather(names.learn(ann), names.learn(group))
    assert names.of("@cyd") == "Cyd (…@cyd)"


async def test_a_new_name_is_learned(store: Store) -> None:
    conversation = await store.conversation_for("@ann")
    names = DisplayNames(store)
    await names.learn(conversation)
    await store.save_contacts([Contact("@ann", "Ann", remark_name="Anna <3 [/x]")])
    await names.learn(conversation)
    assert names.of("@ann") == "Anna <3 [/x]"


async def test_before_the_first_login_nobody_has_a_name(tmp_path: Path) -> None:
    async with await Store.open(tmp_path / "empty.sqlite3", clock=Ids().now) as store:
        names = DisplayNames(store)
        await names.learn(Conversation(1, "@x", "", ContactKind.PERSON, False, False, 0, ""))
        assert names.of("@x") == ""


async def test_a_large_group_is_looked_up_by_index(store: Store) -> None:
    async with Plans(store) as plans:
        await store.contacts_named([f"@{number}" for number in range(500)])
    steps = [step for step in await plans.steps() if "json_each" not in step.split(" <- ")[0]]
    assert whole_tables(steps) == []
    assert await store.contacts_named([]) == []


async def test_the_people_of_a_real_group() -> None:
    async with run_sandbox() as control, client_of(control) as client:
        group = await client.directory.resolve("项目群")
        names = DisplayNames(client.store)
        await names.learn(await client.store.conversation_for(group.user_name))
        assert names.of(client.context.session.user_name) == ""
        others = [one for one in group.members if one.user_name != client.context.session.user_name]
        assert all(names.of(member.user_name) for member in others)
        assert len(names.member_names()) == len(others)


async def test_ones_own_name_is_the_one_that_others_read(store: Store) -> None:
    assert (await learned(store, "@@g")).own == "the boss"
    assert (await learned(store, "@ann")).own == ME.nick_name
    names = await learned(store, "@@g")
    assert names.plain("@cyd") == "Cyd"


async def test_thousands_are_told_apart_beside_the_loop(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tell_apart, threads = display_names._told_apart, list[threading.Thread]()

    def noted(names: dict[str, str], aliases: dict[str, str]) -> dict[str, str]:
        threads.append(threading.current_thread())
        return tell_apart(names, aliases)

    monkeypatch.setattr(display_names, "_told_apart", noted)
    many = tuple(Member(f"@m{number}", f"M{number}") for number in range(1200))
    await store.save_contacts([Contact("@@many", "Many", kind=ContactKind.GROUP, members=many)])
    assert (await learned(store, "@@many")).of("@m7") == "M7"
    assert threads and threading.main_thread() not in threads
