"""Two people with one name are told apart wherever one of them can be chosen, read or answered."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

import pytest

from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tests.support.scripted_session import ME, START
from tests.support.sync_batches import save_whole_list
from tui.screens.pickers.people_choices import people
from tui.services.contacts import namesakes
from tui.services.contacts.display_names import DisplayNames
from tui.services.contacts.namesakes import looks_like, tell_apart
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind, Member

NOW = datetime(2026, 11, 29, 12, tzinfo=datetime.now().astimezone().tzinfo)


@pytest.fixture
async def store(tmp_path: Path) -> Store:
    """A store in which three people are called 王伟."""
    found = await Store.open(tmp_path / "store.sqlite3", clock=lambda: NOW)
    await found.begin_login(ME, "1", START)
    group = Contact("@@g", "项目群", kind=ContactKind.GROUP, members=(Member("@w2", "王伟"), Member("@w3", "王 伟")))
    await save_whole_list(
        found,
        [
            Contact("@w1", "王伟", alias="wangwei88"),
            Contact("@w2", "王伟"),
            Contact("@w3abcd", "王\u200b伟"),
            Contact("@l", "李四"),
            group,
        ],
    )
    return found


@pytest.mark.parametrize("other", ["王伟 ", "王\u200b伟", "王\u2060伟\n", "王\u3000伟"])
def test_names_that_a_person_takes_for_the_same(other: str) -> None:
    assert looks_like(other) == looks_like("王伟")
    assert looks_like("ＷＡＮＧ wei") == looks_like("wangwei")
    assert looks_like("王维") != looks_like("王伟")


async def test_each_namesake_has_a_mark_and_nobody_else(store: Store) -> None:
    async with store:
        marks = await tell_apart(store, await store.contacts())
        assert {name: mark.short for name, mark in marks.items()} == {
            "@w1": "wangwei88",
            "@w2": "项目群",
            "@w3abcd": "…abcd",
        }
        hints = {choice.value.user_name: choice.hint for choice in await people(store, NOW)}
        assert hints["@w1"] == "wangwei88"
        assert hints["@l"] == ""
        assert len({hints[name] for name in ("@w1", "@w2", "@w3abcd")}) == 3


async def test_thousands_of_namesakes_hold_up_no_key(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each was compared with each, on the event loop: at 8000 contacts Ctrl+K stopped everything for minutes."""
    compared: list[int] = []

    def look(name: str) -> str:
        compared.append(threading.get_ident())
        return looks_like(name)

    monkeypatch.setattr(namesakes, "looks_like", look)
    many = [Contact(f"@{number}", f"王{number % 10}", alias=f"a{number // 20}") for number in range(400)]
    async with store:
        marks = await tell_apart(store, many, newest=True)
    assert len(marks) == len(compared) == 400
    assert threading.get_ident() not in compared
    # Two of a name have each alias.
    assert marks["@7"].short == "…@7"


async def test_senders_with_one_name_in_a_group_are_told_apart(store: Store) -> None:
    async with store:
        names = DisplayNames(store)
        await names.learn(await store.conversation_for("@@g"))
        assert names.of("@w2") == "王伟 (…@w2)"
        assert names.of("@w3") == "王 伟 (…@w3)"
        assert names.member_names() == ["王伟", "王 伟"]


@pytest.mark.usefixtures("logged_in")
async def test_the_list_the_header_and_the_finder_tell_two_apart(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        for number in (1, 2):
            sandbox.post("push", type="text", content=f"von {number}", **{"from": f"wangwei{number}"})
        await program.sees(lambda text: text.count("王伟 ") >= 2)
        await program.until(lambda: len(program.chat.conversation_list.marks) == 2)
        assert len(set(program.chat.conversation_list.marks.values())) == 2
        rows = [line[1:20] for line in program.lines if line[1:].lstrip().startswith("王伟")]
        assert len(set(rows)) == len(rows) == 2, rows
        await program.press("ctrl+k")
        await program.type("王伟")
        found = await program.sees(
            lambda text: sum("王伟" in line and "von" in line for line in text.splitlines()) >= 2
        )
        assert "热闹群" in found
        await program.press("enter")
        shown = program.chat.conversation
        assert shown is not None
        await program.sees(program.chat.conversation_list.mark_of(shown.id))
        assert program.chat.conversation_list.mark_of(shown.id) in program.lines[0]


@pytest.mark.usefixtures("logged_in")
async def test_the_page_of_a_contact_says_its_ids(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("/details")
        await program.press("enter")
        contact = await program.chat.contact()
        assert contact is not None
        await program.sees("UserName")
        await program.sees(contact.user_name[:12])
