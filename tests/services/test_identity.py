"""Logins at a real sandbox, which gives everybody another UserName each time: whose history it is stays so."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from typing import Final

import pytest

from tests.support.async_sandbox import SandboxControl, run_sandbox
from tests.support.fresh_login import fresh_login
from tui import errors
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.contacts.display_names import DisplayNames
from tui.services.session.login_options import LoginOptions
from tui.store.models import Conversation
from tui.store.store import Store
from tui.wire.bodies import Text
from tui.wire.names import Endpoint

PEOPLE: Final = ("mum", "zhangsan", "lisi", "wangwei1", "wangwei2", "bob", "kitty", "daily")
GROUPS: Final = ("project", "family", "reading", "nameless", "climbing")
_SAID: Final = re.compile(r"\w+\|\d+")
NICKS: Final = ("王伟", "张三", "Bob Miller", "新名字")


async def texts(store: Store, conversation: Conversation) -> list[str]:
    found = await store.messages_before(conversation.id, None, 1000)
    return [message.body.text for message in found if isinstance(message.body, Text)]


async def histories(store: Store) -> dict[str, list[list[str]]]:
    """Whose texts (they begin with the key of who wrote, or of the group) are in which conversations."""
    found: defaultdict[str, list[list[str]]] = defaultdict(list)
    for line in [*await store.conversations(), *await store.earlier_conversations()]:
        own = [text for text in await texts(store, line) if _SAID.fullmatch(text)]
        owners = {text.split("|")[0] for text in own}
        assert len(owners) <= 1, f"{owners} share a conversation"
        for owner in owners:
            found[owner].append(own)
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_any_sequence_of_logins_renames_and_messages(seed: int) -> None:
    rng = random.Random(seed)
    said: defaultdict[str, list[str]] = defaultdict(list)
    numbers = iter(range(10_000))
    people = list(PEOPLE)

    async def one_step(control: SandboxControl) -> None:
        who, group = rng.choice(people), rng.choice(GROUPS)
        match rng.randrange(10):
            case 0 | 1 | 2 | 3:
                said[who].append(f"{who}|{next(numbers)}")
                await control.post("push", type="text", content=said[who][-1], **{"from": who})
            case 4 | 5:
                said[group].append(f"{group}|{next(numbers)}")
                await control.post("push", type="text", content=said[group][-1], group=group)
            case 6:
                await control.post("contact", name=who, nickname=rng.choice(NICKS))
            case 7:
                await control.post("contact", name=who, remark=rng.choice(("", "老板", "王伟")))
            case 8:
                await control.post("contact", name=group, nickname=rng.choice(NICKS))
            case 9 if len(people) < 12:
                new = await control.post("person", nickname=rng.choice(NICKS))
                people.append(new["key"])

    async with run_sandbox(seed=seed) as control:
        for _login in range(5):
            async with fresh_login(control) as (client, sync):
                for _ in range(8):
                    await one_step(control)
                    if rng.random() < 0.5:
                        await sync.drain()
                await sync.drain()
                found = await histories(client.store)
                # Everybody has kept status and picture, and every group its room: one conversation, all in order.
                assert {key: value for key, value in found.items() if value} == {
                    key: [value] for key, value in said.items() if value
                }
                assert await client.store.earlier_conversations() == []
            # While nobody is logged in, names change all the same.
            await control.post("contact", name=rng.choice(people), nickname=rng.choice(NICKS))


async def test_who_wrote_in_an_earlier_login_keeps_the_name() -> None:
    async with run_sandbox() as control:
        async with fresh_login(control) as (client, sync):
            await control.post("push", type="text", content="first", group="family", **{"from": "liuyang"})
            await sync.drain()
            [line] = [one for one in await client.store.conversations() if one.name == "一家人"]
        async with fresh_login(control) as (client, sync):
            await control.post("push", type="text", content="second", group="family", **{"from": "liuyang"})
            await sync.drain()
            names = DisplayNames(client.store)
            again = await client.store.conversation(line.id)
            await names.learn(again)
            messages = await client.store.messages_before(line.id, None, 10)
            by = {message.body.text: message.sender for message in messages if isinstance(message.body, Text)}
            assert by["first"] != by["second"]
            assert names.of(by["first"]) == names.of(by["second"]) == "表哥"


async def test_another_picture_and_another_name_at_once_is_a_question() -> None:
    async with run_sandbox() as control:
        async with fresh_login(control) as (client, sync):
            await control.post("push", type="text", content="lisi|1", **{"from": "lisi"})
            await sync.drain()
        await control.post("contact", name="lisi", avatar=True, status=True)
        async with fresh_login(control) as (client, sync):
            [doubt] = await client.store.doubts()
            assert (doubt.contact.nick_name, [one.name for one in doubt.candidates]) == ("李四", ["李四"])
            await control.post("push", type="text", content="lisi|2", **{"from": "lisi"})
            await sync.drain()
            assert sorted((await histories(client.store))["lisi"]) == [["lisi|1"], ["lisi|2"]]
            await client.store.settle(doubt.contact.user_name, doubt.candidates[0].id)
            assert (await histories(client.store))["lisi"] == [["lisi|1", "lisi|2"]]
        async with fresh_login(control) as (client, sync):
            assert await client.store.doubts() == []
            assert (await histories(client.store))["lisi"] == [["lisi|1", "lisi|2"]]


async def test_a_group_that_speaks_first_and_is_known_after() -> None:
    """It is not saved to contacts: the list of a login does not tell it, only its first message does."""
    async with run_sandbox() as control:
        async with fresh_login(control) as (client, sync):
            await control.post("push", type="text", content="climbing|1", group="climbing")
            await sync.drain()
        async with fresh_login(control) as (client, sync):
            await control.post("push", type="text", content="climbing|2", group="climbing")
            await sync.drain()
            assert (await histories(client.store))["climbing"] == [["climbing|1", "climbing|2"]]


async def test_a_login_of_the_other_variant_in_between_loses_nothing() -> None:
    async with run_sandbox() as control:
        async with fresh_login(control) as (client, sync):
            await control.post("push", type="text", content="lisi|1", **{"from": "lisi"})
            await sync.drain()
        async with fresh_login(control, Endpoint.FILEHELPER) as (client, sync):
            names = [one.name for one in await client.store.conversations()]
            assert "李四" not in names
        async with fresh_login(control) as (client, sync):
            await control.post("push", type="text", content="lisi|2", **{"from": "lisi"})
            await sync.drain()
            assert (await histories(client.store))["lisi"] == [["lisi|1", "lisi|2"]]


async def test_a_login_that_broke_off_before_the_contacts_is_made_good_by_the_next() -> None:
    async with run_sandbox() as control:
        async with fresh_login(control) as (client, sync):
            await control.post("push", type="text", content="lisi|1", **{"from": "lisi"})
            await sync.drain()
        await control.fault("webwxgetcontact", "status", 502, times=0)
        with pytest.raises(errors.NetworkError):
            async with fresh_login(control) as (client, sync):
                pass
        await control.post("fault", clear=True)
        choice = LoginOptions(Endpoint.WEB, control.server.origin)
        async with log_in(find_profile("default"), choice, lambda event: None) as client:
            await client.directory.refresh()
            assert (await histories(client.store))["lisi"] == [["lisi|1"]]
            assert [one.name for one in await client.store.conversations() if one.name == "李四"]
