"""Friend requests and reading everything, where a server, a phone or a second press comes in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.scripted_session import Handler, call_of, said, scripted
from tests.support.sync_batches import batch, incoming
from tests.support.waiting import until
from tui import errors
from tui.services.contacts.directory import Directory
from tui.services.http.httpx_import import httpx
from tui.services.people import people
from tui.services.people.contact_changes import ContactChanges
from tui.services.people.people import PeopleService
from tui.store.store import Store
from tui.wire.bodies import FriendRequest, RequestAnswer
from tui.wire.contacts import Contact
from tui.wire.names import ContactFlag

FRIEND = int(ContactFlag.CONTACT)
ASKS = FriendRequest("Eve", "hi", "@eve", "v2_secret@stranger")


@asynccontextmanager
async def serving(
    handler: Handler, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[PeopleService, Store]]:
    monkeypatch.setattr(people, "READ_PAUSE", 0.0)
    async with scripted(handler, folder) as (context, store):
        await store.apply(batch(incoming("71", ASKS, chat="fmessage")))
        yield PeopleService(ContactChanges(context, 0.0), store, Directory(context, store)), store


async def answer_of(store: Store, msg_id: str = "71") -> RequestAnswer:
    message = await store.message(msg_id)
    assert message is not None and isinstance(message.body, FriendRequest)
    return message.body.answer


async def test_two_presses_accept_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def handler(request: httpx.Request) -> httpx.Response:
        asked.append(call_of(request))
        await asyncio.sleep(0)
        return said()

    async with serving(handler, tmp_path, monkeypatch) as (service, store):
        message = await store.message("71")
        assert message is not None
        both = [service.friend_requests.accept(message) for _ in range(2)]
        found = await asyncio.gather(*both, return_exceptions=True)
        assert found[0] == "Eve" and isinstance(found[1], errors.AlreadyFriends)
        with pytest.raises(errors.AlreadyFriends):
            await service.friend_requests.accept(message)
        assert await answer_of(store) is RequestAnswer.ACCEPTED
    assert asked == ["webwxverifyuser", "webwxbatchgetcontact"], "who they are is asked once, whatever comes of it"


@pytest.mark.parametrize(
    ("answered", "error", "answer"),
    [
        (said(ret=1), errors.RequestRefused, RequestAnswer.REFUSED),
        (said(ret=-99), errors.RequestRefused, RequestAnswer.REFUSED),
        (said(ret=1205), errors.TooFrequent, RequestAnswer.OPEN),
        (said(ret=-1), errors.ServerFault, RequestAnswer.OPEN),
        (said(ret=1101), errors.SessionOver, RequestAnswer.OPEN),
        (httpx.Response(404), errors.NetworkError, RequestAnswer.OPEN),
        (httpx.Response(200), errors.ChangeUnknown, RequestAnswer.UNKNOWN),
    ],
)
async def test_a_request_says_what_became_of_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answered: httpx.Response,
    error: type[errors.WxtuiError],
    answer: RequestAnswer,
) -> None:
    async with serving(lambda request: answered, tmp_path, monkeypatch) as (service, store):
        message = await store.message("71")
        assert message is not None
        with pytest.raises(error) as caught:
            await service.friend_requests.accept(message)
        assert not caught.value.lacks and "secret" not in f"{caught.value}{caught.value.facts}"
        assert await answer_of(store) is answer


async def test_a_refusal_of_what_may_have_worked_settles_no_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [httpx.Response(200), said(ret=1)]
    async with serving(lambda request: answers.pop(0), tmp_path, monkeypatch) as (service, store):
        message = await store.message("71")
        assert message is not None
        for error in (errors.ChangeUnknown, errors.RequestRefused):
            with pytest.raises(error):
                await service.friend_requests.accept(message)
            assert await answer_of(store) is RequestAnswer.UNKNOWN


async def test_an_accept_that_is_cancelled_on_its_way_is_a_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        left.set()
        await asyncio.Event().wait()
        return said()

    async with serving(handler, tmp_path, monkeypatch) as (service, store):
        message = await store.message("71")
        assert message is not None
        accepting = asyncio.ensure_future(service.friend_requests.accept(message))
        await left.wait()
        accepting.cancel()
        await asyncio.wait({accepting})
        assert accepting.cancelled()
        assert await answer_of(store) is RequestAnswer.UNKNOWN
        await store.apply(batch(changed=(Contact("@eve", "Eve", flags=FRIEND),)))
        assert await answer_of(store) is RequestAnswer.ACCEPTED, "the contact has come"


async def test_who_was_accepted_on_the_phone_is_so_here_and_who_asks_again_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(lambda request: said(), tmp_path, monkeypatch) as (_service, store):
        friend = Contact("@eve", "Eve", flags=FRIEND)
        stranger = Contact("@zoe", "Zoe")
        await store.apply(batch(incoming("72", ASKS, chat="fmessage"), changed=(friend, stranger)))
        assert [await answer_of(store, one) for one in ("71", "72")] == [RequestAnswer.ACCEPTED] * 2
        await store.apply(batch(incoming("73", ASKS, chat="fmessage"), changed=(friend,)))
        assert await answer_of(store, "73") is RequestAnswer.OPEN
        (row,) = await store.friend_requests()
        assert row.message.msg_id == "73" and row.current


async def test_a_request_of_an_earlier_login_is_answered_on_the_phone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(call_of(request))
        return said()

    async with serving(handler, tmp_path, monkeypatch) as (service, store):
        message = await store.message("71")
        assert message is not None
        await store.begin_login(Contact("@me2", "我"), "1", batch().keys)
        with pytest.raises(errors.RequestOutOfReach, match="Accept it on your phone"):
            await service.friend_requests.accept(message)
        assert await service.friend_requests.ignore(message) == "Eve"
    assert asked == []


@pytest.mark.parametrize(
    ("stop", "done", "read"),
    [("too frequent", 1, ["Ben"]), ("gone", 3, ["Ben", "Ann", "Cid"]), ("cancelled", 1, ["Ben"])],
)
async def test_reading_everything_says_how_far_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: str, done: int, read: list[str]
) -> None:
    calls, second = 0, asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls != 2:
            return said()
        if stop == "cancelled":
            second.set()
            await asyncio.Event().wait()
        return said(ret=1205 if stop == "too frequent" else 1201)

    async with serving(handler, tmp_path, monkeypatch) as (service, store):
        await store.mark_read((await store.conversation_for("fmessage")).id)
        people_known = [Contact(f"@{name.lower()}", name) for name in ("Cid", "Ann", "Ben")]
        await store.save_contacts(people_known)
        news = [incoming(str(at), chat=one.user_name, seconds=at) for at, one in enumerate(people_known, 1)]
        await store.apply(batch(*news))
        found: list[str] = []
        reading = asyncio.ensure_future(service.read_all(lambda name, left: found.append(name)))
        if stop == "cancelled":
            await second.wait()
            reading.cancel()
        await asyncio.wait({reading})
        if stop == "too frequent":
            error = reading.exception()
            assert isinstance(error, errors.PartlyDone)
            assert str(error).startswith("1 of 3 done. WeChat says you are sending too fast")
        elif stop == "gone":
            assert reading.result() == done
        assert found == read
        left = [one.name for one in await store.conversations() if one.unread]
        assert len(left) == 3 - done
        await until(lambda: reading.done())


async def test_what_comes_while_everything_is_read_stays_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        await store.apply(batch(incoming("2", chat="@ann", seconds=2), number=9))
        return said()

    async with serving(handler, tmp_path, monkeypatch) as (service, store):
        await store.mark_read((await store.conversation_for("fmessage")).id)
        await store.save_contacts([Contact("@ann", "Ann")])
        await store.apply(batch(incoming("1", chat="@ann", seconds=1), number=8))
        assert await service.read_all(lambda name, left: None) == 1
        assert (await store.conversation_for("@ann")).unread == 1


async def test_a_change_that_is_wanted_twice_leaves_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def handler(request: httpx.Request) -> httpx.Response:
        asked.append(call_of(request))
        return said()

    async with serving(handler, tmp_path, monkeypatch) as (service, store):
        await store.save_contacts([Contact("@ann", "Ann", flags=FRIEND)])
        pins = [service.set_pinned("@ann", pinned=True) for _press in range(3)]
        remarks = [service.set_remark("@ann", "A") for _press in range(3)]
        assert sorted(await asyncio.gather(*pins)) == sorted(await asyncio.gather(*remarks)) == [False, False, True]
    assert len(asked) == 2


async def test_after_a_lost_answer_nobody_says_that_it_was_so_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pin whose answer was lost, or whose program was killed, may stand: unpinning asks, whatever is stored."""
    answers = iter((httpx.Response(200), said(), httpx.Response(200), said()))
    asked: list[str] = []

    async def handler(request: httpx.Request) -> httpx.Response:
        asked.append(call_of(request))
        return next(answers)

    async with serving(handler, tmp_path, monkeypatch) as (service, store):
        await store.save_contacts([Contact("@ann", "Ann", flags=FRIEND)])
        with pytest.raises(errors.ChangeUnknown):
            await service.set_pinned("@ann", pinned=True)
        assert await service.set_pinned("@ann", pinned=False)
        assert not await service.set_pinned("@ann", pinned=False)
        with pytest.raises(errors.ChangeUnknown):
            await service.set_remark("@ann", "A")
        assert await service.set_remark("@ann", "")
        assert not await service.set_remark("@ann", "")
    assert len(asked) == 4
