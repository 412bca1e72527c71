"""The sync loop: nothing lost, nothing twice, nothing hurried, whatever the network and the server do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.examples import THOROUGH, examples
from tests.support.fake_time import FakeTime
from tests.support.scripted_session import SESSION, START, call_of, limit, said, scripted
from tui import errors
from tui.services.client.client import Client
from tui.services.contacts.directory import Directory
from tui.services.http.httpx_import import httpx
from tui.services.session.context import SessionContext
from tui.services.session.session_file import SessionFile
from tui.services.sync.sync_loop import SyncLoop
from tui.store.changes import MessagesAdded
from tui.store.store import Store
from tui.wire import bodies, sync_calls
from tui.wire.call import Answer, Pace
from tui.wire.contacts import Contact, ContactKind, Member
from tui.wire.sync import SyncBatch

TIMED = ("tui.services.sync.sync_loop", "tui.services.http.transport")
CHATS = ("@ann", "@ben")
HTML = "<!DOCTYPE html><html><body>502</body></html>"


class Crashed(BaseException):
    """The process died here."""


@dataclass(frozen=True)
class Step:
    """What happens to one request: who writes before it, how it goes wrong, and how the answer is cut."""

    fault: str = ""
    pushes: tuple[int, ...] = ()
    size: int = 2
    overlap: int = 0
    doubled: bool = False
    lie: bool = False
    renew: bool = False
    crash: str = ""


FAULTS = (*("",) * 12, "refused", "drop", "half", "timeout", "protocol", "html", "empty", "502", "404", "ret", "junk")
STEPS = st.builds(
    Step,
    fault=st.sampled_from(FAULTS),
    pushes=st.lists(st.integers(0, len(CHATS) - 1), max_size=3).map(tuple),
    size=st.integers(1, 4),
    overlap=st.integers(0, 3),
    doubled=st.booleans(),
    lie=st.booleans(),
    renew=st.booleans(),
    crash=st.sampled_from(("", "", "before", "after")),
)


@dataclass
class Model:
    """A server that keeps one ordered stream, is strict about keys, and misbehaves by plan; ends when all is told."""

    steps: list[Step]
    events: list[dict[str, Any]] = field(default_factory=list)
    skey: str = "@crypt_skey"
    place: int = 0
    renewals: int = 0
    crash: str = ""
    fetched: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        step = self.steps.pop(0) if self.steps else Step()
        self.crash = step.crash
        for chat in step.pushes:
            self._push(CHATS[chat])
        if step.fault == "refused":
            raise httpx.ConnectError("refused")
        answer = getattr(self, call_of(request))(request, step)
        return self._spoil(step.fault, answer, call_of(request))

    def _push(self, chat: str) -> None:
        number = len(self.events)
        self.events.append(
            {
                "MsgId": f"{10**18 + number}",
                "FromUserName": chat,
                "ToUserName": "@me",
                "MsgType": 1,
                "Content": f"text {number}",
                "CreateTime": 1_700_000_000 + number // 3,
            }
        )

    def _spoil(self, fault: str, answer: httpx.Response, call: str) -> httpx.Response:
        match fault:
            case "drop":
                raise httpx.ReadError("dropped")
            case "timeout":
                raise httpx.ReadTimeout("silence")
            case "protocol":
                raise httpx.RemoteProtocolError("half a header")
            case "half":
                return httpx.Response(200, content=answer.content[: len(answer.content) // 2])
            case "html":
                return httpx.Response(200, text=HTML)
            case "empty":
                return httpx.Response(200)
            case "502" | "404":
                return httpx.Response(int(fault), text=HTML)
            case "junk":
                return httpx.Response(200, content=b"\xff\x00{]")
            case "ret":
                return (
                    httpx.Response(200, text='window.synccheck={retcode:"-1",selector:"0"}')
                    if (call == "synccheck")
                    else said(ret=-1)
                )
        self._delivered(answer)
        return answer

    def _delivered(self, answer: httpx.Response) -> None:
        self.skey = str(answer.extensions.get("renewed", "")) or self.skey

    def synccheck(self, request: httpx.Request, step: Step) -> httpx.Response:
        query = request.url.params
        assert query["skey"] == self.skey
        pairs = dict(pair.split("_") for pair in query["synckey"].split("|"))
        assert set(pairs) == {"1", "2", "11"}, "synccheck takes the SyncCheckKey"
        waiting = int(pairs["2"]) < len(self.events)
        if not waiting and not self.steps:
            return httpx.Response(200, text='window.synccheck={retcode:"1100",selector:"0"}')
        selector = 2 if waiting != step.lie else 0
        return httpx.Response(200, text=f'window.synccheck={{retcode:"0",selector:"{selector}"}}')

    def webwxsync(self, request: httpx.Request, step: Step) -> httpx.Response:
        body = json.loads(request.content)
        assert body["BaseRequest"]["Skey"] == request.url.params["skey"] == self.skey
        pairs = [(pair["Key"], pair["Val"]) for pair in body["SyncKey"]["List"]]
        assert [key for key, _ in pairs] == [1, 2], "webwxsync takes the SyncKey"
        place = dict(pairs)[2]
        assert place >= self.place, "the key moved backwards"
        self.place = place
        end = min(len(self.events), place + step.size)
        messages = self.events[max(0, place - step.overlap) : end]
        if step.doubled:
            messages = [copy for message in messages for copy in (message, message)]
        renewed = ""
        if step.renew:
            self.renewals += 1
            renewed = f"@crypt_{self.renewals}"
        answer = said(
            {
                "AddMsgList": messages,
                "ModContactList": [],
                "DelContactList": [],
                "SyncKey": key(end),
                "SyncCheckKey": key(end, (11, 5)),
                "ContinueFlag": int(end < len(self.events)),
                "SKey": renewed,
            }
        )
        answer.extensions = {"renewed": renewed}
        return answer

    def webwxbatchgetcontact(self, request: httpx.Request, step: Step) -> httpx.Response:
        names = [row["UserName"] for row in json.loads(request.content)["List"]]
        if not step.fault:
            self.fetched += names
        return said({"ContactList": [{"UserName": name, "NickName": name} for name in names]})


def key(place: int, *more: tuple[int, int]) -> dict[str, Any]:
    pairs = ((1, 7), (2, place), *more)
    return {"Count": len(pairs), "List": [{"Key": name, "Val": value} for name, value in pairs]}


def crashing(store: Store, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies just before or just after a batch is stored, when the plan says so."""
    apply = store.apply

    async def storing(batch: SyncBatch) -> object:
        crash, model.crash = model.crash, ""
        if crash == "before":
            raise Crashed
        stored = await apply(batch)
        if crash == "after":
            raise Crashed
        return stored

    monkeypatch.setattr(store, "apply", storing)


async def texts(store: Store, chat: str) -> list[str]:
    conversation = await store.conversation_for(chat)
    rows = await store.messages_before(conversation.id, None, 10_000)
    return [row.body.text for row in rows if isinstance(row.body, bodies.Text)]


async def until_over(context: SessionContext, store: Store) -> list[tuple[errors.WxtuiError, float]]:
    troubles: list[tuple[errors.WxtuiError, float]] = []
    loop = SyncLoop(context, store, Directory(context, store), lambda error, seconds: troubles.append((error, seconds)))
    with pytest.raises(errors.SessionOver):
        await loop.run()
    return troubles


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_every_message_is_stored_once_and_in_order(steps: list[Step]) -> None:
    async def play(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        FakeTime(monkeypatch, *TIMED)
        model = Model(list(steps))
        async with scripted(model, folder) as (context, store):
            crashing(store, model, monkeypatch)
            over = False
            while not over:
                # A new process: the same files. A renewed skey is in them as soon as its batch can be (G7).
                saved = SessionFile(folder / "session.json").load()
                context.session = saved.session if saved else SESSION
                assert context.session.skey == model.skey
                try:
                    await SyncLoop(context, store, Directory(context, store)).run()
                except Crashed:
                    continue
                except errors.LoggedOutOnPhone:
                    over = True
            for chat in CHATS:
                pushed = [event["Content"] for event in model.events if event["FromUserName"] == chat]
                assert await texts(store, chat) == pushed
            assert len(set(model.fetched)) == len(model.fetched), "a stranger was asked for twice"
            keys = await store.keys()
            assert keys is not None
            assert dict(keys.sync.pairs)[2] == len(model.events)

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        asyncio.run(asyncio.wait_for(play(Path(folder), monkeypatch), 30))


# ---------------------------------------------------------------- the end


@pytest.mark.parametrize("call", ["synccheck", "webwxsync", "webwxbatchgetcontact"])
@pytest.mark.parametrize(
    ("code", "error"),
    [(1100, errors.LoggedOutOnPhone), (1101, errors.LoggedInElsewhere), (1102, errors.CookieInvalid)],
)
async def test_the_loop_ends_with_the_session(
    call: str, code: int, error: type[errors.SessionOver], tmp_path: Path
) -> None:
    seen: list[str] = []
    model = Model([Step(), Step(pushes=(1,))])

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(call_of(request))
        if seen[-1] != call:
            return model(request)
        if call == "synccheck":
            return httpx.Response(200, text=f'window.synccheck = {{retcode:"{code}", selector:"0"}}')
        return said(ret=code)

    async with scripted(handler, tmp_path) as (context, store):
        with pytest.raises(errors.SessionOver) as caught:
            await SyncLoop(context, store, Directory(context, store)).run()
        assert type(caught.value) is error
        assert seen.count(call) == 1
        assert await texts(store, "@ben") == (["text 0"] if call == "webwxbatchgetcontact" else [])


async def test_a_store_that_fails_ends_the_loop_and_loses_nothing(tmp_path: Path) -> None:
    model = Model([Step(pushes=(0, 0, 0))])
    async with scripted(model, tmp_path) as (context, store):
        with pytest.MonkeyPatch.context() as monkeypatch:

            async def broken(batch: SyncBatch) -> object:
                raise errors.StoreBroken(path="store", why="row 3 missing")

            monkeypatch.setattr(store, "apply", broken)
            with pytest.raises(errors.StoreBroken):
                await SyncLoop(context, store, Directory(context, store)).run()
            assert await store.keys() == START
        await until_over(context, store)
        assert await texts(store, "@ann") == ["text 0", "text 1", "text 2"]


async def test_a_full_disk_is_waited_out_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FakeTime(monkeypatch, "tui.services.sync.sync_loop")
    model = Model([Step(pushes=(0, 0, 0))])
    async with scripted(model, tmp_path) as (context, store):
        apply, told = store.apply, list[str]()

        async def full(batch: SyncBatch) -> object:
            if len(told) < 2:
                raise errors.HomeUnusable(path="store", why="the disk is full")
            return await apply(batch)

        monkeypatch.setattr(store, "apply", full)
        loop = SyncLoop(
            context,
            store,
            Directory(context, store),
            lambda error, seconds: told.append(error.code),
            lambda: told.append("recovered"),
        )
        with pytest.raises(errors.SessionOver):
            await loop.run()
        assert told == ["HomeUnusable", "HomeUnusable", "recovered"]
        assert await texts(store, "@ann") == ["text 0", "text 1", "text 2"]


# ---------------------------------------------------------------- patience


async def test_a_silent_long_poll_is_given_up_and_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, Pace.LONG_POLL, 0.05)
    # Only the waits between tries are pretended; the silence itself is real.
    monkeypatch.setattr("tui.services.sync.sync_loop.asyncio", _no_waits())
    model, silent, calls = Model([Step(), Step(pushes=(0,))]), 2, []

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal silent
        calls.append(call_of(request))
        if calls[-1] == "synccheck" and silent:
            silent -= 1
            await asyncio.Event().wait()
        return model(request)

    async with scripted(handler, tmp_path) as (context, store):
        troubles = await until_over(context, store)
        assert await texts(store, "@ann") == ["text 0"]
    # What the lost answer would have said is fetched at once, and as that works there is no trouble.
    assert calls == ["webwxsync", "synccheck", "webwxsync", "synccheck", "webwxsync", "synccheck"]
    assert not troubles


def _no_waits() -> Any:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    class Patched:
        def __getattr__(self, name: str) -> Any:
            return sleep if name == "sleep" else getattr(asyncio, name)

    return Patched()


async def test_waits_grow_and_start_again_when_it_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    time = FakeTime(monkeypatch, *TIMED)
    model, requests = Model([Step()]), 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal requests
        requests += 1
        # The first drain works; then ten refusals, a drain and a poll that work, two refusals.
        if requests in (1, 12, 13) or requests > 15:
            time.now += 25
            return model(request) if requests != 13 else httpx.Response(200, text='{retcode:"0",selector:"0"}')
        return httpx.Response(200, text=HTML)

    async with scripted(handler, tmp_path) as (context, store):
        troubles = await until_over(context, store)
    assert [seconds for _, seconds in troubles] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60, 0.5, 1]
    assert time.slept == [seconds for _, seconds in troubles]


def sync_answer(place: int, *, more: int = 0, messages: tuple[dict[str, Any], ...] = ()) -> httpx.Response:
    return said(
        {
            "AddMsgList": list(messages),
            "SyncKey": key(place),
            "SyncCheckKey": key(place, (11, 5)),
            "ContinueFlag": more,
        }
    )


OLD = {
    "MsgId": "1",
    "FromUserName": "@ann",
    "ToUserName": "@me",
    "MsgType": 1,
    "Content": "old",
    "CreateTime": 1_700_000_000,
}
NEWS = httpx.Response(200, text='window.synccheck={retcode:"0",selector:"2"}')
NOTHING = httpx.Response(200, text='window.synccheck={retcode:"0",selector:"0"}')
HASTY: dict[str, tuple[httpx.Response, httpx.Response | Callable[[int], httpx.Response]]] = {
    "news that never comes": (NEWS, sync_answer(0)),
    "no news, at once": (NOTHING, sync_answer(0)),
    "the same old message": (NEWS, sync_answer(0, messages=(OLD,))),
    "more, and nothing in it": (NEWS, sync_answer(0, more=1)),
    "more, and always the same": (NEWS, sync_answer(0, more=1, messages=(OLD,))),
    "more, never further on, of a message that has no id": (
        NEWS,
        sync_answer(0, more=1, messages=({**OLD, "MsgId": ""},)),
    ),
    "more, always further on, and nothing in it": (NEWS, lambda number: sync_answer(number, more=1)),
    "more, always further on, and always the same": (NEWS, lambda number: sync_answer(number, more=1, messages=(OLD,))),
    "more, round in a circle": (NEWS, lambda number: sync_answer(number % 2, more=1)),
    "more, but every fourth time": (NEWS, lambda number: sync_answer(number, more=number % 4)),
    "a web page": (httpx.Response(200, text=HTML), httpx.Response(200, text=HTML)),
    "a web page instead of the news": (NEWS, httpx.Response(200, text=HTML)),
    "Ret -1": (NEWS, said(ret=-1)),
    "too frequent": (NEWS, said(ret=1205)),
    "overloaded": (httpx.Response(503), httpx.Response(503)),
}


@pytest.mark.parametrize("what", HASTY)
async def test_no_answer_makes_the_loop_spin(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers at once for minutes is not asked more than about three times a second."""
    minutes = 10 if THOROUGH else 3
    time = FakeTime(monkeypatch, *TIMED)
    requests = 0

    def handler(request: httpx.Request) -> httpx.Response:
        nonlocal requests
        requests += 1
        if time.now >= 1000 + minutes * 60 or requests > minutes * 240:
            return httpx.Response(200, text="{retcode:1100}") if call_of(request) == "synccheck" else said(ret=1100)
        answer = HASTY[what][call_of(request) == "webwxsync"]
        return answer if isinstance(answer, httpx.Response) else answer(requests)

    async with scripted(handler, tmp_path) as (context, store):
        await until_over(context, store)
    assert requests <= 3 * minutes * 60


@pytest.mark.parametrize("skey", ["k" * 200_000, "k\r\nX: y", "k k", "\u952e", 5, None, ["k"]])
def test_an_skey_that_fits_into_no_address_is_not_taken_over(skey: object) -> None:
    answer = said({"SyncKey": {"Count": 1, "List": [{"Key": 1, "Val": 8}]}, "SKey": skey})
    batch = sync_calls.fetch(SESSION, START.sync, now_ms=1).read(Answer(200, answer.content))
    assert (batch.skey, str(batch.keys.sync)) == ("", "1_8")


def test_a_sync_key_that_fits_into_no_address_is_none() -> None:
    pairs = [{"Key": number, "Val": 1} for number in range(5000)]
    answer = said({"SyncKey": {"Count": len(pairs), "List": pairs}})
    with pytest.raises(errors.BadAnswer, match="it has no SyncKey"):
        sync_calls.fetch(SESSION, START.sync, now_ms=1).read(Answer(200, answer.content))


async def test_a_renewed_skey_is_kept_for_the_next_process(tmp_path: Path) -> None:
    model = Model([Step(pushes=(0,), renew=True)])
    async with scripted(model, tmp_path) as (context, store):
        await SyncLoop(context, store, Directory(context, store)).drain()
    saved = SessionFile(tmp_path / "session.json").load()
    assert saved is not None
    assert saved.session.skey == model.skey == "@crypt_1"


# ---------------------------------------------------------------- strangers

GROUP = Contact("@@team", "项目群", kind=ContactKind.GROUP, members=(Member("@ann", "Ann"),), member_count=1)


def entry(number: int, chat: str, content: str, **more: object) -> dict[str, Any]:
    return {**OLD, "MsgId": str(number), "FromUserName": chat, "Content": content, **more}


@dataclass
class Directed:
    """Hands out the batches one by one, then ends; says of UserNames what it is told to say."""

    batches: list[tuple[dict[str, Any], ...]]
    known: list[dict[str, Any]] = field(default_factory=list)
    broken: int = 0
    asked: list[list[str]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if call_of(request) == "webwxbatchgetcontact":
            names = [row["UserName"] for row in json.loads(request.content)["List"]]
            self.asked.append(names)
            if self.broken:
                self.broken -= 1
                return httpx.Response(200, text=HTML)
            return said({"ContactList": [row for row in self.known if row["UserName"] in names]})
        if call_of(request) == "synccheck":
            return httpx.Response(200, text="{retcode:1100}")
        batch = self.batches.pop(0)
        return sync_answer(100 - len(self.batches), more=int(bool(self.batches)), messages=batch)


async def test_an_unknown_group_is_fetched_once_with_its_members(tmp_path: Path) -> None:
    members = [{"UserName": "@carl", "NickName": "Carl"}]
    server = Directed(
        [tuple(entry(10 * batch + one, "@@new", "@carl:<br/>hi") for one in range(3)) for batch in range(3)],
        [{"UserName": "@@new", "NickName": "新群", "MemberList": members}],
    )
    async with scripted(server, tmp_path) as (context, store):
        await until_over(context, store)
        assert server.asked == [["@@new"]]
        found = await store.contact("@@new")
        assert found is not None
        assert (found.name, [member.name for member in found.members]) == ("新群", ["Carl"])


async def test_a_newcomer_in_a_known_group_is_fetched_once_even_when_the_server_does_not_know(tmp_path: Path) -> None:
    server = Directed(
        [
            (
                entry(1, "@@team", "@dora:<br/>hi"),
                entry(2, "@@team", "@dora:<br/>hi"),
                entry(3, "@@team", "@ann:<br/>"),
            ),
            (entry(4, "@@team", "@dora:<br/>hi"),),
            (entry(5, "@@team", "@emil:<br/>hi"),),
        ]
    )
    async with scripted(server, tmp_path) as (context, store):
        await store.save_contacts([GROUP])
        await until_over(context, store)
    assert server.asked == [["@@team"], ["@@team"]], "once for Dora, once for Emil"


async def test_names_that_could_not_be_had_are_asked_for_with_the_next_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeTime(monkeypatch, *TIMED)
    server = Directed([(entry(1, "@@new", "@carl:<br/>hi"),), (entry(2, "@@new", "@carl:<br/>hi"),)], broken=1)
    async with scripted(server, tmp_path) as (context, store):
        await until_over(context, store)
        assert await texts(store, "@@new") == ["hi", "hi"], "messages do not wait for names"
    assert server.asked == [["@@new"], ["@@new"]]


async def test_the_phones_list_of_chats_brings_only_unknown_groups(tmp_path: Path) -> None:
    listed = {"MsgType": 51, "StatusNotifyCode": 4, "StatusNotifyUserName": "@ann,@zoe,@@team,@@new,filehelper"}
    server = Directed([(entry(1, "@me", "", ToUserName="@me", **listed),)])
    async with scripted(server, tmp_path) as (context, store):
        await store.save_contacts([GROUP])
        await until_over(context, store)
    assert server.asked == [["@@new"]]


# ---------------------------------------------------------------- over a socket


async def received(
    client: Client, wanted: int, on_trouble: Callable[[errors.WxtuiError, float], None] = lambda error, seconds: None
) -> list[str]:
    """Run the loop until so many messages have come; the texts, as they came."""
    found: list[str] = []
    with client.store.subscribe() as changes:
        loop = asyncio.create_task(SyncLoop(client.context, client.store, client.directory, on_trouble).run())
        try:
            async with asyncio.timeout(20):
                async for change in changes:
                    if isinstance(change, MessagesAdded):
                        found += [row.body.text for row in change.messages if isinstance(row.body, bodies.Text)]
                    if len(found) >= wanted:
                        break
        finally:
            loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await loop
    return found


async def test_a_real_loop_rides_out_real_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    time = FakeTime(monkeypatch, *TIMED)
    async with run_sandbox(sync_batch=3) as control, client_of(control) as client:
        await SyncLoop(client.context, client.store, client.directory).drain()
        for call in ("synccheck", "webwxsync"):
            for kind in ("drop_before", "drop_after", "truncate", "html", "empty", "status"):
                await control.fault(call, kind, *([502] if kind == "status" else []))
        await control.fault("webwxsync", "duplicate", times=2)
        for number in range(10):
            await control.post("push", type="text", **{"from": "李四"}, content=f"number {number}")
        assert await received(client, 10) == [f"number {number}" for number in range(10)]
        warnings = (await control.get("state"))["warnings"]
    assert time.slept
    assert not [row for row in warnings if "key" in row["what"]]


@pytest.mark.parametrize("form", ["ret", "bare"])
async def test_a_refusal_in_either_form_changes_no_key(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One comes with all fields and an empty SyncKey, the other with nothing but its Ret."""
    FakeTime(monkeypatch, *TIMED)
    async with run_sandbox() as control:
        async with client_of(control) as client:
            await SyncLoop(client.context, client.store, client.directory).drain()
            await control.fault("webwxsync", form, -1, times=2)
            await control.post("push", type="text", **{"from": "李四"}, content="after it")
            assert await received(client, 1) == ["after it"]
            before = await client.store.keys()
            await control.fault("webwxsync", form, 1101)
            await control.post("push", type="text", **{"from": "李四"}, content="later")
            with pytest.raises(errors.SessionOver):
                await SyncLoop(client.context, client.store, client.directory).run()
            assert await client.store.keys() == before
        await control.fault("webwxinit", form, 1101)
        async with client_of(control) as client:
            assert await received(client, 1) == ["later"], "after another login"
        warnings = (await control.get("state"))["warnings"]
    assert not [row for row in warnings if "key" in row["what"].lower()]


async def test_cancelling_the_loop_leaves_nothing_behind(tmp_path: Path) -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        if call_of(request) == "synccheck":
            polled.set()
            await asyncio.Event().wait()
        return sync_answer(0)

    polled = asyncio.Event()
    async with scripted(handler, tmp_path) as (context, store):
        loop = asyncio.create_task(SyncLoop(context, store, Directory(context, store)).run())
        await polled.wait()
        loop.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loop
        assert asyncio.all_tasks() == {asyncio.current_task()}
