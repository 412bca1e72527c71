"""The connection is watched: silence, a sleeping machine and clocks that jump stop nothing for long."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tests.support.fake_time import FakeTime
from tests.support.scripted_session import call_of, limit, said, scripted
from tests.support.waiting import until
from tui import errors
from tui.paths import find_profile
from tui.services.client.authenticate import log_in
from tui.services.client.client import Client
from tui.services.client.events import LoggedIn, SessionEvent, Trouble
from tui.services.client.supervisor import SessionSupervisor
from tui.services.contacts.directory import Directory
from tui.services.http.httpx_import import httpx
from tui.services.http.transport import Transport
from tui.services.session.login_options import LoginOptions
from tui.services.sync.sync_loop import SyncLoop
from tui.services.util import suspend as wake_module
from tui.services.util.suspend import AWAY, ClockLook, Pause, watching
from tui.store.changes import MessagesAdded
from tui.store.store import Store
from tui.wire import bodies
from tui.wire.call import Pace
from tui.wire.names import Endpoint

PATIENCE = 20.0


class Line:
    """A TCP line to a server that can go dead without a word, as one through a router does.

    What is connected when `cut` is called stays connected, and nothing passes through it any more, either way.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._dead = asyncio.Event()
        self.origin = ""
        self.connected = 0
        self.closed = 0

    async def __aenter__(self) -> Line:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()
        ends = (writer.wait_closed() for writer in self._writers)
        await asyncio.gather(*self._tasks, *ends, return_exceptions=True)

    def cut(self) -> None:
        """Whatever is connected now is dead from now on."""
        self._dead.set()
        self._dead = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        dead = self._dead
        there, to_it = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [writer, to_it]
        for one, other in ((reader, to_it), (there, writer)):
            task = asyncio.create_task(self._pass(one, other, dead))
            self._tasks.add(task)

    async def _pass(self, one: asyncio.StreamReader, other: asyncio.StreamWriter, dead: asyncio.Event) -> None:
        try:
            while data := await one.read(65536):
                if not dead.is_set():
                    other.write(data)
            self.closed += 1
        finally:
            if not dead.is_set():
                other.close()


def port(control: SandboxControl) -> int:
    return int(control.server.origin.rsplit(":", 1)[1])


@asynccontextmanager
async def syncing(client: Client, **more: Any) -> AsyncIterator[tuple[SyncLoop, list[tuple[str, float]]]]:
    """A loop that runs, and the trouble that it told."""
    troubles: list[tuple[str, float]] = []

    def trouble(error: errors.WxtuiError, seconds: float) -> None:
        troubles.append((error.code, seconds))

    sync = SyncLoop(client.context, client.store, client.directory, trouble, lambda: None)
    task = asyncio.create_task(sync.run())
    try:
        yield sync, troubles
        assert not task.done(), task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def texts(client: Client, count: int) -> list[str]:
    """Wait for so many texts; all of them, as they stand in the store."""
    async with asyncio.timeout(PATIENCE):
        with client.store.subscribe() as changes:
            while len(found := await stored(client)) < count:
                while not isinstance(await anext(changes), MessagesAdded):
                    pass
    return found


async def stored(client: Client) -> list[str]:
    found = []
    for conversation in await client.store.conversations():
        for row in await client.store.messages_before(conversation.id, None, 1000):
            if isinstance(row.body, bodies.Text) and row.body.text.startswith("news"):
                found.append(row.body.text)
    return found


async def push(control: SandboxControl, number: int) -> None:
    await control.post("push", type="text", content=f"news {number}", **{"from": "李四"})


# ---------------------------------------------------------------- silence


async def test_a_line_that_died_without_a_word_costs_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, Pace.LONG_POLL, 0.4)
    async with (
        run_sandbox(poll_seconds=0.2) as control,
        Line(port(control)) as line,
        _through(line) as client,
        syncing(client) as (sync, troubles),
    ):
        await push(control, 0)
        assert await texts(client, 1) == ["news 0"]
        polls = (await control.calls()).get("synccheck", 0)
        await _until_polling(control, polls)
        line.cut()
        await push(control, 1)
        assert await texts(client, 2) == ["news 0", "news 1"]
        assert not troubles, "the fetch on another line worked: nobody needs to hear of it"
        assert sync.silence is not None


async def _until_polling(control: SandboxControl, before: int) -> None:
    async def polls() -> bool:
        return (await control.calls()).get("synccheck", 0) > before

    await until(polls)


@asynccontextmanager
async def _through(line: Line) -> AsyncIterator[Client]:
    """A client that is logged in, and reaches the server through `line`."""
    async with log_in(find_profile("default"), LoginOptions(Endpoint.WEB, line.origin), lambda event: None) as client:
        await SyncLoop(client.context, client.store, client.directory).drain()
        yield client


async def test_there_is_never_more_than_one_poll(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limit(monkeypatch, Pace.LONG_POLL, 0.02)
    polling = most = polls = 0
    enough = asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal polling, most, polls
        if call_of(request) != "synccheck":
            assert not polling, "it fetches when the poll is over"
            return _batch(request)
        polls += 1
        polling += 1
        most = max(most, polling)
        try:
            if polls == 5:
                enough.set()
            await asyncio.Event().wait()
        finally:
            polling -= 1
        raise AssertionError

    async with scripted(handler, tmp_path) as (context, store):
        task = asyncio.create_task(SyncLoop(context, store, Directory(context, store)).run())
        async with asyncio.timeout(PATIENCE):
            await enough.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (most, polling) == (1, 0)


def _batch(request: httpx.Request) -> httpx.Response:
    key = json.loads(request.content)["SyncKey"]
    return said({"AddMsgList": [], "SyncKey": key, "SyncCheckKey": key, "ContinueFlag": 0})


async def test_silence_of_the_whole_network_is_told_and_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, Pace.LONG_POLL, 0.3)
    limit(monkeypatch, Pace.SYNC, 0.3)
    async with run_sandbox(poll_seconds=0.2) as control, client_of(control) as client:
        await SyncLoop(client.context, client.store, client.directory).drain()
        await control.fault("*", "delay", 60, times=0)
        async with syncing(client) as (_, troubles):
            await until(lambda: len(troubles) >= 2)
            assert {code for code, _ in troubles} == {"TimedOut"}
            await control.post("fault", clear=True)
            await push(control, 0)
            assert await texts(client, 1) == ["news 0"]


# ---------------------------------------------------------------- away and back


async def test_a_machine_that_wakes_asks_at_once_on_another_line() -> None:
    async with (
        run_sandbox(poll_seconds=600) as control,
        Line(port(control)) as line,
        _through(line) as client,
        syncing(client) as (sync, troubles),
    ):
        await _until_polling(control, 0)
        connected = line.connected
        # It sleeps; the router forgets it; something is sent; the lid opens.
        line.cut()
        await push(control, 0)
        sync.wake()
        assert await texts(client, 1) == ["news 0"]
        assert line.connected > connected
        assert not troubles


async def test_who_comes_back_does_not_wait_for_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_sandbox(poll_seconds=0.2) as control, client_of(control) as client:
        await SyncLoop(client.context, client.store, client.directory).drain()
        await control.fault("*", "drop_before", times=0)
        sync_of: list[SyncLoop] = []
        waits: list[float] = []

        async def sleep(seconds: float) -> None:
            waits.append(seconds)
            # As long as it takes: only `wake` ends it.
            await asyncio.sleep(0 if seconds < 15 else 3600)

        class Patched:
            def __getattr__(self, name: str) -> Any:
                return sleep if name == "sleep" else getattr(asyncio, name)

        monkeypatch.setattr("tui.services.sync.sync_loop.asyncio", Patched())
        monkeypatch.setattr("tui.services.http.transport.asyncio", Patched())
        async with syncing(client) as (sync, troubles):
            sync_of.append(sync)
            await until(lambda: bool(waits) and waits[-1] >= 15)
            told = len(troubles)
            sync.wake()
            await until(lambda: len(troubles) > told)
            assert troubles[told][1] <= 0.5, "it starts afresh"
            await until(lambda: waits[-1] >= 15)
            await control.post("fault", clear=True)
            await push(control, 0)
            sync.wake()
            assert await texts(client, 1) == ["news 0"]


async def test_idle_lines_are_dropped_and_busy_ones_are_not() -> None:
    async with run_sandbox(poll_seconds=600) as control, Line(port(control)) as line, _through(line) as client:
        transport: Transport = client.context.transport
        await client.check()
        connected = line.connected
        await client.check()
        assert line.connected == connected, "a line is used again"
        await transport.drop_idle()
        closed = line.closed
        await client.check()
        assert line.connected == connected + 1
        async with syncing(client):
            await _until_polling(control, 0)
            await transport.drop_idle()
            await push(control, 0)
            assert await texts(client, 1) == ["news 0"]
        assert line.closed >= closed


@pytest.mark.parametrize(
    ("lasting", "wall", "away"),
    [
        (2.0, 2.0, False),
        (2.0 + AWAY, 2.0 + AWAY, False),
        (600.0, 600.0, True),  # stopped by Ctrl+Z, or asleep on a machine whose clock goes on in sleep
        (2.0, 600.0, True),  # asleep, where no clock but the one on the wall goes on; or the clock was set forward
        (2.0, -3600.0, False),
        (600.0, -3600.0, True),
    ],
)
def test_two_clocks_tell_whether_one_was_away(lasting: float, wall: float, away: bool) -> None:
    now = [1000.0, 5000.0]
    look = ClockLook(lambda: now[0], lambda: now[1])
    now[0] += lasting
    now[1] += wall
    assert look.away(2.0) is away
    now[0] += 2.0
    now[1] += 2.0
    assert not look.away(2.0), "once is enough"


async def test_the_watch_calls_whoever_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    time = FakeTime(monkeypatch, "tui.services.util.suspend")
    jumps = iter([0.0, 0.0, 3600.0, 0.0])
    woken = asyncio.Event()
    calls = 0

    def clock() -> float:
        time.now += next(jumps, 0.0)
        return time.now

    monkeypatch.setattr(wake_module, "ClockLook", lambda: ClockLook(clock, clock))

    def wake() -> None:
        nonlocal calls
        calls += 1
        woken.set()

    async with asyncio.timeout(PATIENCE), watching(wake):
        await woken.wait()
        for _ in range(50):
            await asyncio.sleep(0)
    assert calls == 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_pause_is_cut_once_and_not_when_nobody_waits() -> None:
    pause = Pause()
    pause.cut()
    for _ in range(2):
        asyncio.get_running_loop().call_later(0.01, pause.cut)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(PATIENCE), pause.waiting():
                await asyncio.Event().wait()
        pause.cut()
    async with pause.waiting():
        pass


# ---------------------------------------------------------------- when the server was last heard


async def test_while_nothing_comes_it_is_written_down_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = 0.0
    polls = 0
    enough = asyncio.Event()

    async def handler(request: httpx.Request) -> httpx.Response:
        nonlocal now, polls
        if call_of(request) != "synccheck":
            return _batch(request)
        polls += 1
        now += 25
        if polls == 10:
            enough.set()
            await asyncio.Event().wait()
        return httpx.Response(200, text='window.synccheck={retcode:"0",selector:"0"}')

    monkeypatch.setattr("tui.services.sync.sync_loop.steady", lambda: now)
    monkeypatch.setattr("tui.services.sync.sync_loop.EMPTY_PAUSE", 0.0)
    async with scripted(handler, tmp_path) as (context, store):
        noted: list[float] = []
        set_synced = store.set_synced

        async def note(at: Any) -> None:
            noted.append(now)
            await set_synced(at)

        monkeypatch.setattr(store, "set_synced", note)
        sync = SyncLoop(context, store, Directory(context, store))
        task = asyncio.create_task(sync.run())
        async with asyncio.timeout(PATIENCE):
            await enough.wait()
        assert noted == [75.0, 150.0, 225.0]
        assert sync.silence == 25.0
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert noted == [75.0, 150.0, 225.0, 250.0], "and at the end"
        synced = await store.synced()
        assert synced is not None and sync.last_sync is not None
        assert sync.last_sync - synced < timedelta(milliseconds=1)


async def test_news_that_could_not_be_fetched_are_not_in_sync(tmp_path: Path) -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        if call_of(request) == "synccheck":
            return httpx.Response(200, text='window.synccheck={retcode:"0",selector:"2"}')
        if fails.is_set():
            return said(ret=1101)
        fails.set()
        return _batch(request)

    fails = asyncio.Event()
    async with scripted(handler, tmp_path) as (context, store):
        sync = SyncLoop(context, store, Directory(context, store))
        with pytest.raises(errors.SessionOver):
            await sync.run()
        synced = await store.synced()
        assert synced is not None and sync.last_sync is not None and synced < sync.last_sync


# ---------------------------------------------------------------- a key that is too old


async def test_a_key_that_the_server_forgot_is_replaced_and_the_gap_is_noted() -> None:
    async with run_sandbox(poll_seconds=0.2) as control, client_of(control) as client:
        await SyncLoop(client.context, client.store, client.directory).drain()
        await push(control, 0)
        async with syncing(client):
            await texts(client, 1)
        # An hour later.
        synced = await client.store.synced()
        assert synced is not None
        await client.store.set_synced(synced.replace(year=synced.year - 1))
        await control.fault("webwxsync", "ret", 1)
        async with syncing(client) as (_, troubles):
            await push(control, 1)
            assert await texts(client, 2) == ["news 0", "news 1"]
            assert not troubles
        (gap,) = await client.store.gaps()
        assert gap.since.year == synced.year - 1


async def test_a_poll_that_does_not_take_the_key_is_followed_by_a_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_sandbox(poll_seconds=0.2) as control, client_of(control) as client:
        FakeTime(monkeypatch, "tui.services.sync.sync_loop", "tui.services.http.transport")
        await control.fault("synccheck", "ret", 1)
        sync = SyncLoop(client.context, client.store, client.directory)
        await sync.drain()
        before = await control.calls()
        await push(control, 0)
        task = asyncio.create_task(sync.run())
        assert await texts(client, 1) == ["news 0"]
        await push(control, 1)
        assert await texts(client, 2) == ["news 0", "news 1"]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await control.calls())["webwxsync"] > before["webwxsync"]


async def test_a_server_that_refuses_every_key_is_not_hammered(monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_sandbox(poll_seconds=0.2) as control, client_of(control) as client:
        await SyncLoop(client.context, client.store, client.directory).drain()
        time = FakeTime(monkeypatch, "tui.services.sync.sync_loop", "tui.services.http.transport")
        before = (await control.calls())["webwxinit"]
        await control.fault("webwxsync", "ret", 1, times=6)
        await push(control, 0)
        async with syncing(client) as (_, troubles):
            assert await texts(client, 1) == ["news 0"]
        assert [code for code, _ in troubles] == ["BadParameter"] * 5
        assert (await control.calls())["webwxinit"] == before + 1
        assert time.slept


# ---------------------------------------------------------------- before there is a session


async def test_who_opens_the_lid_does_not_wait_for_the_next_login(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = [0.0]
    monkeypatch.setattr(wake_module, "EVERY", 0.01)
    monkeypatch.setattr(wake_module, "ClockLook", lambda: ClockLook(lambda: gone[0], lambda: 0.0))
    events: list[SessionEvent] = []
    async with run_sandbox(poll_seconds=0.2) as control:
        async with client_of(control) as client:
            store_file = client.profile.store_file
        await control.fault("webwxinit", "drop_before", times=0)
        async with await Store.open(store_file, clock=lambda: datetime.now(UTC)) as store:
            supervisor = SessionSupervisor(find_profile("default"), LoginOptions(), store, events.append)
            # Tries in the past made the wait long; what ends it now is not the clock.
            supervisor._backoff.first = supervisor._backoff.most = 3600
            task = asyncio.create_task(supervisor.run())
            await until(lambda: any(isinstance(event, Trouble) for event in events))
            assert supervisor.silence is None
            await control.post("fault", clear=True)
            gone[0] += 8 * 3600
            await until(lambda: any(isinstance(event, LoggedIn) for event in events))
            await until(lambda: supervisor.silence is not None)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert supervisor.silence is not None, "how long it is does not end with the session"
