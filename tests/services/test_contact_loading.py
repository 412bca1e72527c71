"""Loading contacts from a server that repeats itself, lies about what follows, says nothing or breaks off."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.support.scripted_session import ANN, ME, SESSION, START, call_of, said, scripted
from tests.support.waiting import until
from tui import errors
from tui.services.contacts.contact_loading import ContactListing, ContactLoading
from tui.services.contacts.directory import Directory
from tui.services.contacts.history import history_of
from tui.services.sync.sync_loop import SyncLoop
from tui.store.changes import ContactsChanged, ConversationMerged
from tui.store.identity import matching
from tui.store.store import Store
from tui.wire.contacts import Contact, ContactKind


class AddressBook:
    """Server whose pages are told beforehand: (people, Seq) each, or an answer. The last one comes again and again."""

    def __init__(self, *pages: tuple[Sequence[str], int] | httpx.Response) -> None:
        self._pages = list(pages)
        self.asked: list[str] = []
        self.batches: list[list[str]] = []
        self.group_answers: list[httpx.Response] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if call_of(request) == "webwxbatchgetcontact":
            names = [one["UserName"] for one in json.loads(request.content)["List"]]
            self.batches.append(names)
            if self.group_answers:
                return self.group_answers.pop(0)
            return said({"ContactList": [_group(name) for name in names]})
        self.asked.append(request.url.params["seq"])
        page = self._pages.pop(0) if len(self._pages) > 1 else self._pages[0]
        if isinstance(page, httpx.Response):
            return page
        names, following = page
        return said(
            {"MemberList": [{"UserName": name, "NickName": f"nick of {name}"} for name in names], "Seq": following}
        )


def _group(name: str) -> dict[str, Any]:
    return {"UserName": name, "NickName": name, "MemberList": [{"UserName": "@ann", "NickName": "Ann"}]}


def people(start: int, count: int) -> list[str]:
    return [f"@p{number}" for number in range(start, start + count)]


async def known(store: Store) -> set[str]:
    return {one.user_name for one in await store.contacts(ContactKind.PERSON)}


FULL = ({"@ann", *people(0, 30)}, 0)
BUSY = said(ret=1205)


@pytest.mark.parametrize(
    ("pages", "asked"),
    [
        pytest.param([(people(0, 9), 4), (people(0, 9), 4)], ["0", "4"], id="a page that names itself as the next"),
        pytest.param([(people(0, 9), 4), (people(9, 9), 2), ([], 4)], ["0", "4", "2"], id="a circle"),
        pytest.param(
            [(people(0, 9), n) for n in range(1, 9)], ["0", "1", "2", "3"], id="one page under ever new numbers"
        ),
        pytest.param([([], n) for n in range(1, 9)], ["0", "1", "2"], id="nothing, and more of it"),
        pytest.param([([], 0)], ["0"], id="an empty list"),
        pytest.param([(people(0, 5), 0)], ["0"], id="an end that comes too early"),
    ],
)
async def test_a_list_that_cannot_be_whole_takes_nobody_away(
    tmp_path: Path, pages: list[tuple[list[str], int]], asked: list[str]
) -> None:
    async with scripted(AddressBook(FULL), tmp_path) as (context, store):
        await ContactLoading(context, store).load()
        everybody = await known(store)
    book = AddressBook(*pages)
    async with scripted(book, tmp_path) as (context, store):
        loading = ContactLoading(context, store)
        await loading.load()
        assert book.asked == asked
        assert await known(store) == everybody
        assert loading.count is None


def test_only_a_whole_list_says_who_is_gone() -> None:
    listing = ContactListing({"@a", "@b"})
    listing.take(["@a"], 7)
    assert (listing.over, listing.seq, listing.gone) == (False, 7, frozenset())
    listing.take(["@c"], 0)
    assert (listing.over, listing.gone) == (True, {"@b"})


async def test_a_list_that_breaks_off_is_usable_and_goes_on_where_it_was(tmp_path: Path) -> None:
    book = AddressBook((people(0, 9), 9), BUSY, (people(9, 9), 0))
    async with scripted(book, tmp_path) as (context, store):
        loading = ContactLoading(context, store)
        told: list[int | None] = []
        loading.on_progress = lambda: told.append(loading.count)
        with pytest.raises(errors.TooFrequent):
            await loading.load()
        assert await known(store) >= {"@ann", *people(0, 9)}
        login = await store.current_login()
        assert login is not None and login.contacts_refreshed_at is None, "a namesake may still come"
        await loading.load()
        assert book.asked == ["0", "9", "9"]
        assert await known(store) == set(people(0, 18))
        assert told == [0, 9, None, 9, 18, None]


async def test_a_busy_server_takes_no_group_its_names(tmp_path: Path) -> None:
    book = AddressBook((["@@g"], 0))
    book.group_answers = [BUSY] * 4
    async with scripted(book, tmp_path) as (context, store):
        loading = ContactLoading(context, store)
        for _try in range(4):
            with pytest.raises(errors.TooFrequent):
                await loading.load()
        await loading.load()
        assert [one.user_name for one in await store.contacts(ContactKind.GROUP) if one.members] == ["@@g"]


async def test_one_group_that_cannot_be_read_keeps_no_other_from_its_names(tmp_path: Path) -> None:
    groups = [f"@@g{number}" for number in range(70)]
    book = AddressBook((groups, 0))
    book.group_answers = [httpx.Response(200, text="<html>")] * 3
    async with scripted(book, tmp_path) as (context, store):
        loading = ContactLoading(context, store)
        loading.mention(["@@told by the sidebar", "@@g3"])
        for _try in range(3):
            with pytest.raises(errors.BadAnswer):
                await loading.load()
        await loading.load()
        assert book.asked == ["0"], "the list was whole before"
        assert book.batches[-1] == [*groups[50:], "@@told by the sidebar"]
        named = {one.user_name for one in await store.contacts(ContactKind.GROUP) if one.members}
        assert named == {*groups[50:], "@@told by the sidebar"}


async def test_histories_are_given_back_once_not_after_every_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands against thousands take a second; and a namesake may stand on the last page."""
    async with scripted(AddressBook(FULL), tmp_path) as (context, store):
        await ContactLoading(context, store).load()
        before = await store.conversation_for("@p7")
    matched: list[int] = []
    match = matching.recognise

    def counted(*facts: Any, **more: Any) -> object:
        matched.append(len(facts[0]))
        return match(*facts, **more)

    monkeypatch.setattr(matching, "recognise", counted)
    anew = said({"MemberList": [{"UserName": "@new7", "NickName": "nick of @p7"}], "Seq": 0})
    book = AddressBook(([f"@other{number}" for number in range(20)], 1), (["@@a", "@@b"], 2), anew)
    async with scripted(book, tmp_path) as (context, store):
        await store.begin_login((await store.contacts(ContactKind.SELF))[0], "1", START)
        # Somebody writes before his name is there.
        early = await store.conversation_for("@new7")
        with store.subscribe() as changes:
            await ContactLoading(context, store).load()
        told = [change async for change in changes]
        assert ConversationMerged(early.id, before.id) in told
        assert len(matched) <= 2
        assert sum(isinstance(change, ContactsChanged) for change in told) <= 6
        assert (await store.conversation(early.id)).id == before.id
        assert ANN.user_name not in await known(store)


async def test_a_name_is_looked_up_when_the_groups_have_come_as_well(tmp_path: Path) -> None:
    """A person whose name only holds it was taken for the group of that name, also at the start after a kill."""
    book = AddressBook((["@one of @@choir", "@@g"], 0))
    book.group_answers = [BUSY]
    async with scripted(book, tmp_path) as (context, store):
        directory = Directory(context, store)
        directory.mention(["@@choir"])
        with pytest.raises(errors.TooFrequent):
            await directory.refresh()
        assert (await directory.resolve("@one of @@choir")).user_name == "@one of @@choir"
        assert book.batches == [["@@g", "@@choir"]], "a whole UserName waits for nothing"
        assert (await directory.resolve("@@CHOIR")).user_name == "@@choir"
        assert book.batches == [["@@g", "@@choir"]] * 2
        assert (await directory.resolve("nick of @one")).user_name == "@one of @@choir"
        assert book.asked == ["0"]


@pytest.mark.parametrize("names", [pytest.param([], id="empty"), pytest.param(people(0, 5), id="most are missing")])
async def test_a_list_that_was_cut_off_is_asked_for_again_before_a_name_is_looked_up(
    tmp_path: Path, names: list[str]
) -> None:
    """Two of a name would be one, and get what was meant for the other; or the other's history."""
    book = AddressBook((names, 0), FULL)
    async with scripted(book, tmp_path) as (context, store):
        await store.save_contacts([Contact(name, f"nick of {name}") for name in people(0, 25)])
        directory = Directory(context, store)
        await directory.refresh()
        login = await store.current_login()
        assert login is not None and login.contacts_refreshed_at is None
        assert (await directory.resolve("nick of @p29")).user_name == "@p29"
        assert book.asked == ["0", "0"]


async def test_a_group_of_which_no_more_than_its_name_is_told_has_its_history_after_the_first_load(
    tmp_path: Path,
) -> None:
    async with scripted(AddressBook((["@@a"], 0)), tmp_path) as (context, store):
        await ContactLoading(context, store).load()
        before = await store.conversation_for("@@a")
    book = AddressBook(said({"MemberList": [{"UserName": "@@b", "NickName": "@@a"}], "Seq": 0}))
    book.group_answers = [said({"ContactList": []})]
    async with scripted(book, tmp_path) as (context, store):
        await store.begin_login((await store.contacts(ContactKind.SELF))[0], "1", START)
        await ContactLoading(context, store).load()
        assert (await store.conversation_for("@@b")).id == before.id


async def test_what_sync_tells_is_newer_than_a_page_that_is_on_its_way(tmp_path: Path) -> None:
    """Who was deleted meanwhile came back, who got another name lost it again, who came was taken away."""

    async def handler(request: httpx.Request) -> httpx.Response:
        if call_of(request) == "webwxsync":
            key = {"Count": 1, "List": [{"Key": 1, "Val": 8}]}
            changed = [{"UserName": name, "NickName": "new"} for name in ("@renamed", "@back")]
            return said({"ModContactList": changed, "DelContactList": [{"UserName": "@gone"}], "SyncKey": key})
        page = AddressBook((["@ann", "@renamed", "@gone"], 0))(request)
        await SyncLoop(context, store, directory).drain()
        return page

    async with scripted(handler, tmp_path) as (context, store):
        await store.save_contacts([Contact("@back", "old"), Contact("@gone", "old")])
        directory = Directory(context, store)
        await directory.refresh()
        found = {one.user_name: one.name for one in await store.contacts(ContactKind.PERSON)}
        assert found == {"@ann": "nick of @ann", "@renamed": "new", "@back": "new"}


@pytest.mark.parametrize("last", ["webwxgetcontact", "webwxbatchgetcontact"])
async def test_what_an_ended_session_still_loads_is_nothing_to_the_next_login(tmp_path: Path, last: str) -> None:
    """A command through a running wxtui went on: its page was stored as one of the next login, whose list was over."""
    after = msgspec.structs.replace(ME, user_name="@me2")
    book = AddressBook((["@p1", "@@g"], 0))

    async def handler(request: httpx.Request) -> httpx.Response:
        if call_of(request) == last:
            await store.begin_login(after, SESSION.uin, START)
        return book(request)

    async with scripted(handler, tmp_path) as (context, store):
        directory = Directory(context, store)
        with pytest.raises(errors.SessionOver):
            await directory.resolve("nick of @p1")
        assert await store.contacts() == [after]
        login = await store.current_login()
        assert login is not None and login.contacts_refreshed_at is None
        # Nor is a name looked up among those of another login, or stored in it.
        for target in ("我", "filehelper"):
            with pytest.raises(errors.SessionOver):
                await directory.resolve(target)
        with pytest.raises(errors.SessionOver):
            await directory.fetch(["@@g"])
        assert await store.contacts() == [after]


async def test_a_load_that_was_killed_begins_anew_and_a_name_waits_for_it(tmp_path: Path) -> None:
    """Two of three pages are stored; on the third stand a namesake, and one who was there before."""
    pages: list[tuple[list[str], int]] = [(people(0, 9), 1), (people(9, 9), 2), (["@ann", "@p17 too"], 0)]
    book = AddressBook(*pages)

    async def stored(name: str) -> bool:
        return name in await known(store)

    async def handler(request: httpx.Request) -> httpx.Response:
        if request.url.params["seq"] == "2":
            await until(lambda: stored("@p17"))
            shutil.copytree(tmp_path / "killed", tmp_path / "next")
        return book(request)

    async with scripted(handler, tmp_path / "killed") as (context, store):
        await ContactLoading(context, store).load()
    book = AddressBook(*pages)
    async with scripted(book, tmp_path / "next") as (context, store):
        assert await known(store) == {"@ann", *people(0, 18)}
        with pytest.raises(errors.TargetAmbiguous):
            await Directory(context, store).resolve("of @p17")
        assert book.asked == ["0", "1", "2"]
        assert await known(store) == {"@ann", "@p17 too", *people(0, 18)}


async def test_one_earlier_conversation_is_not_several(tmp_path: Path) -> None:
    """“Several could be with …” was said of one, and while the contact that it is with was still on its way."""
    async with scripted(AddressBook((["@other"], 0)), tmp_path) as (_context, store):
        await store.save_contacts([Contact("@old", "Wei", alias="wei1")])
        await store.set_draft((await store.conversation_for("@old")).id, "hm")
        again = msgspec.structs.replace(SESSION, user_name="@me2")
        await store.begin_login(msgspec.structs.replace(ME, user_name="@me2"), again.uin, START)
        await store.save_contacts([Contact("@new", "Wei", alias="wei2")])
        with pytest.raises(errors.HistoryAmbiguous, match=r"^Not all contacts have been loaded yet.*id:1") as caught:
            await history_of(store, "Wei")
        assert caught.value.exit_code == 4
        await store.end_loading(again)
        with pytest.raises(errors.HistoryAmbiguous, match=r"^A stored conversation may be with “Wei”: id:1") as caught:
            await history_of(store, "Wei")
        assert caught.value.exit_code == 4
