"""The session over hours: logins, ends, faults and a person's wishes, against a sandbox on a real socket."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tests.support.waiting import idle, until
from tui import errors
from tui.paths import find_profile
from tui.services.client import supervisor as module
from tui.services.client.events import (
    ActionNeeded,
    ContactsLoading,
    LoggedIn,
    Recovered,
    SessionEnded,
    SessionEvent,
    Trouble,
)
from tui.services.client.supervisor import SessionSupervisor
from tui.services.http.transport import Transport
from tui.services.session.login_events import PhaseChanged, PhoneAsked, ShowCode
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.session.session_file import SessionFile
from tui.store.changes import MessagesAdded
from tui.store.store import Store
from tui.wire.names import Endpoint
from tui.wire.sync import SyncBatch


class Watched:
    """A supervisor that runs, and everything it told."""

    def __init__(self, control: SandboxControl, store: Store, choice: LoginOptions, **more: Any) -> None:
        self.control = control
        self.store = store
        self.events: list[SessionEvent] = []
        self._news = asyncio.Event()
        self.supervisor = SessionSupervisor(find_profile("default"), choice, store, self._hear, **more)

    def _hear(self, event: SessionEvent) -> None:
        self.events.append(event)
        self._news.set()

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    async def until(self, there: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not there():
                self._news.clear()
                await self._news.wait()

    async def until_told(self, kind: type, times: int = 1) -> SessionEvent:
        await self.until(lambda: self.count(kind) >= times)
        return [event for event in self.events if isinstance(event, kind)][times - 1]


@asynccontextmanager
async def present(
    control: SandboxControl, choice: LoginOptions | None = None, *, origin: bool = True, **more: Any
) -> AsyncIterator[Watched]:
    choice = choice or LoginOptions(Endpoint.WEB)
    if origin:
        choice = LoginOptions(choice.endpoint, control.server.origin)

    def clock() -> datetime:
        return datetime.now(UTC)

    async with await Store.open(find_profile("default").store_file, clock=clock) as store:
        watched = Watched(control, store, choice, **more)
        task = asyncio.create_task(watched.supervisor.run())
        try:
            yield watched
            assert not task.done(), task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        # Nothing of it goes on, and the store is still open.
        assert not [one for one in asyncio.all_tasks() if "/tui/services/" in repr(one)]
        await store.current_login()
        with OwnerLock(find_profile("default")):
            pass


def kinds(events: list[SessionEvent]) -> list[str]:
    return [type(event).__name__ for event in events if not isinstance(event, PhaseChanged | ContactsLoading)]


# ---------------------------------------------------------------- coming and going


@pytest.mark.parametrize("endpoint", list(Endpoint))
async def test_a_login_a_sync_and_then_a_resume(endpoint: Endpoint) -> None:
    async with run_sandbox() as control:
        async with present(control, LoginOptions(endpoint)) as first:
            told = await first.until_told(LoggedIn)
            assert isinstance(told, LoggedIn)
            assert first.supervisor.client is told.client
            assert first.supervisor.endpoint is endpoint
            assert told.client.store is first.store
            with first.store.subscribe() as changes:
                await control.post("push", type="text", content="hello", **{"from": "self", "to": "文件传输助手"})
                while not isinstance(await anext(changes), MessagesAdded):
                    pass
            # The change is told as soon as it is stored, a moment before the answer counts as taken.
            await until(lambda: first.supervisor.last_sync is not None)
        assert kinds(first.events) == ["ShowCode", "LoggedIn"]
        assert first.supervisor.client is None
        assert first.supervisor.last_sync is not None
        # Neither variant nor server are said again: the session knows.
        async with present(control, LoginOptions(), origin=False) as second:
            await second.until_told(LoggedIn)
            assert second.supervisor.endpoint is endpoint
        assert kinds(second.events) == ["LoggedIn"]


async def test_a_second_one_is_told_who_has_the_profile_and_can_try_again() -> None:
    async with run_sandbox() as control:
        with OwnerLock(find_profile("default")):
            async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
                watched = Watched(control, store, LoginOptions(Endpoint.WEB, control.server.origin))
                task = asyncio.create_task(watched.supervisor.run())
                told = await watched.until_told(ActionNeeded)
                assert isinstance(told, ActionNeeded) and isinstance(told.error, errors.ProfileBusy)
                watched.supervisor.again()
                await watched.until_told(ActionNeeded, 2)
                assert len(watched.events) == 2
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        async with present(control) as free:
            await free.until_told(LoggedIn)


async def test_while_it_runs_nobody_else_has_the_profile() -> None:
    async with run_sandbox(scan_delay=None) as control, present(control) as watched:
        await watched.until_told(ShowCode)
        with pytest.raises(errors.ProfileBusy), OwnerLock(find_profile("default")):
            pass


@pytest.mark.parametrize("code", [1100, 1101, 1102])
async def test_a_session_that_ends_is_followed_by_another_in_the_same_store(code: int) -> None:
    async with run_sandbox() as control:
        async with client_of(control):
            pass
        async with present(control) as watched:
            await watched.until_told(LoggedIn)
            kept_screen = find_profile("default").state / "screen"
            kept_screen.touch()
            await control.post("expire", retcode=code)
            ended = await watched.until_told(SessionEnded)
            assert isinstance(ended, SessionEnded) and isinstance(ended.error, errors.SessionOver)
            assert not kept_screen.exists()
            await watched.until_told(LoggedIn, 2)
            assert watched.count(PhoneAsked) == 1, "the phone is asked before a code is shown"
            assert watched.supervisor.client is not None
            await watched.supervisor.client.check()
        assert kinds(watched.events) == ["LoggedIn", "SessionEnded", "PhoneAsked", "LoggedIn"]


async def test_a_session_that_ends_right_after_its_login_needs_a_person() -> None:
    async with run_sandbox() as control, present(control) as watched:
        await watched.until_told(LoggedIn)
        await control.post("expire", retcode=1101)
        told = await watched.until_told(ActionNeeded)
        assert isinstance(told, ActionNeeded) and isinstance(told.error, errors.LoggedOutAtOnce)
        assert watched.count(LoggedIn) == 1
        watched.supervisor.again(Endpoint.FILEHELPER)
        await watched.until_told(LoggedIn, 2)
        assert watched.supervisor.endpoint is Endpoint.FILEHELPER


async def test_a_server_that_resumes_and_ends_at_once_is_not_hammered(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    real = asyncio.sleep

    class Patched:
        def __getattr__(self, name: str) -> Any:
            return getattr(asyncio, name)

        async def sleep(self, seconds: float) -> None:
            waits.append(seconds)
            await real(0.01)

    async with run_sandbox() as control:
        async with client_of(control):
            pass
        monkeypatch.setattr(module, "asyncio", Patched())
        await control.fault("webwxsync", "ret", 1101, times=4)
        async with present(control) as watched:
            await watched.until_told(LoggedIn, 5)
        assert len(waits) == 4
        assert waits[-1] >= 4, "from 8 s, less the jitter"


# ---------------------------------------------------------------- faults


async def test_trouble_and_recovery_in_a_session() -> None:
    async with run_sandbox(poll_seconds=30) as control:
        async with client_of(control):
            pass
        await control.fault("synccheck", "status", 502)
        async with present(control) as watched:
            told = await watched.until_told(Trouble)
            assert isinstance(told, Trouble) and isinstance(told.error, errors.BadAnswer)
            assert 0 < told.seconds < 60
            # At once, not after a long poll of half a minute.
            await watched.until_told(Recovered)
        assert kinds(watched.events) == ["LoggedIn", "Trouble", "Recovered"]


@pytest.mark.parametrize("call", ["webwxinit", "jslogin"])
async def test_a_login_without_network_is_tried_again_by_itself(call: str) -> None:
    async with run_sandbox() as control:
        if call == "webwxinit":
            async with client_of(control):
                pass
        await control.fault(call, "html", times=2)
        async with present(control) as watched:
            await watched.until_told(LoggedIn)
        assert watched.count(Trouble) == 2
        assert watched.count(Recovered) == 1
        assert watched.count(ActionNeeded) == 0
        recovered = [type(event) for event in watched.events].index(Recovered)
        assert watched.count(Trouble) == sum(isinstance(event, Trouble) for event in watched.events[:recovered])


async def test_a_code_after_trouble_says_that_all_is_well_again() -> None:
    async with run_sandbox(scan_delay=None) as control:
        await control.fault("jslogin", "html")
        async with present(control) as watched:
            await watched.until_told(ShowCode)
        assert kinds(watched.events) == ["Trouble", "Recovered", "ShowCode"]


async def test_a_server_that_is_not_there_is_waited_for_and_again_does_not_wait() -> None:
    async with run_sandbox() as control:
        choice = LoginOptions(Endpoint.WEB, "http://127.0.0.1:9")
        async with present(control, choice, origin=False) as watched:
            await watched.until_told(Trouble, 2)
            watched.supervisor.again()
            await watched.until_told(Trouble, 3)


async def test_a_login_that_is_refused_waits_for_a_person() -> None:
    async with run_sandbox() as control, present(control) as watched:
        await watched.until_told(LoggedIn)
    async with run_sandbox() as control:
        find_profile("default").session_file.unlink()
        await control.post("fault", login_ret=1203)
        async with present(control) as watched:
            told = await watched.until_told(ActionNeeded)
            assert isinstance(told, ActionNeeded) and isinstance(told.error, errors.LoginBarred)
            codes = watched.count(ShowCode)
            await idle(watched.store)
            assert watched.count(ShowCode) == codes, "nothing goes on by itself"
            watched.supervisor.again(Endpoint.FILEHELPER)
            await watched.until_told(LoggedIn)
            assert watched.supervisor.endpoint is Endpoint.FILEHELPER


@pytest.mark.parametrize(
    ("variable", "value"), [("SSL_CERT_FILE", "/proc/nonexistent"), ("HTTPS_PROXY", "http://127.0.0.1:99999")]
)
async def test_an_environment_that_cannot_be_used_is_said_and_ends_nothing(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    async with (
        run_sandbox() as control,
        present(control, LoginOptions(Endpoint.FILEHELPER, "https://wx.invalid"), origin=False) as watched,
    ):
        told = await watched.until_told(ActionNeeded)
        assert isinstance(told, ActionNeeded) and isinstance(told.error, errors.EnvironmentUnusable)
        assert variable in str(told.error)


async def test_a_code_that_nobody_scans_is_taken_away_in_the_end() -> None:
    async with run_sandbox(scan_delay=None) as control, present(control, patience=0.5) as watched:
        told = await watched.until_told(ActionNeeded)
        assert isinstance(told, ActionNeeded) and isinstance(told.error, errors.LoginExpired)
        watched.supervisor.again()
        await watched.until_told(ShowCode, 2)


async def test_a_store_that_breaks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_sandbox() as control:
        async with client_of(control):
            pass
        async with present(control) as watched:

            async def broken(batch: object) -> object:
                raise errors.StoreBroken(path="store", why="it is damaged")

            monkeypatch.setattr(watched.store, "apply", broken)
            told = await watched.until_told(ActionNeeded)
            assert isinstance(told, ActionNeeded) and isinstance(told.error, errors.StoreBroken)
            monkeypatch.undo()
            monkeypatch.setenv("WXTUI_HOME", str(find_profile("default").state.parent.parent))


async def test_a_full_disk_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async with run_sandbox() as control:
        async with client_of(control):
            pass
        async with present(control) as watched:
            apply, fails = watched.store.apply, 2

            async def full(batch: SyncBatch) -> object:
                nonlocal fails
                fails -= 1
                if fails >= 0:
                    raise errors.HomeUnusable(path="store", why="the disk is full")
                return await apply(batch)

            monkeypatch.setattr(watched.store, "apply", full)
            told = await watched.until_told(Trouble)
            assert isinstance(told, Trouble) and isinstance(told.error, errors.HomeUnusable)
            await watched.until_told(Recovered)
            assert watched.supervisor.client is not None, "the session goes on"


# ---------------------------------------------------------------- a person's wishes


async def test_the_variant_is_switched_in_the_middle_of_a_login() -> None:
    async with run_sandbox(scan_delay=None) as control, present(control) as watched:
        await watched.until_told(ShowCode)
        watched.supervisor.again(Endpoint.FILEHELPER)
        await watched.until_told(ShowCode, 2)
        assert watched.supervisor.endpoint is Endpoint.FILEHELPER
        assert watched.events[-1] != watched.events[0]
        await control.post("scan")
        await control.post("confirm")
        told = await watched.until_told(LoggedIn)
        assert isinstance(told, LoggedIn)
        assert told.client.context.session.endpoint is Endpoint.FILEHELPER


async def test_logging_out_forgets_the_session_and_waits() -> None:
    async with run_sandbox() as control, present(control) as watched:
        await watched.until_told(LoggedIn)
        await watched.supervisor.log_out()
        told = await watched.until_told(SessionEnded)
        assert isinstance(told, SessionEnded) and isinstance(told.error, errors.NotLoggedIn)
        assert SessionFile(find_profile("default").session_file).load() is None
        assert all(one["ended"] is not None for one in (await control.get("state"))["sessions"])
        assert watched.supervisor.client is None
        await idle(watched.store)
        assert kinds(watched.events) == ["ShowCode", "LoggedIn", "SessionEnded"]
        # The server is still known, though the session file is gone.
        watched.supervisor.again()
        await watched.until_told(LoggedIn, 2)


async def test_after_a_resume_the_server_is_known_too() -> None:
    async with run_sandbox() as control:
        async with client_of(control, Endpoint.FILEHELPER):
            pass
        async with present(control, LoginOptions(), origin=False) as watched:
            await watched.until_told(LoggedIn)
            await watched.supervisor.log_out()
            watched.supervisor.again()
            await watched.until_told(LoggedIn, 2)
            assert watched.supervisor.endpoint is Endpoint.FILEHELPER


async def test_the_variant_of_a_session_is_known_where_the_stored_one_was_not_read() -> None:
    @asynccontextmanager
    async def serve() -> AsyncIterator[None]:
        raise RuntimeError("broken")
        yield

    async with run_sandbox() as control:
        async with client_of(control, Endpoint.FILEHELPER):
            pass
        async with present(control, LoginOptions(), origin=False, serve=serve) as watched:
            await watched.until_told(LoggedIn)
            assert watched.supervisor.endpoint is Endpoint.FILEHELPER


async def test_a_code_that_was_wanted_once_is_not_wanted_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 0)
    async with run_sandbox() as control, present(control) as watched:
        await watched.until_told(LoggedIn)
        watched.supervisor.again()
        await watched.until_told(LoggedIn, 2)
        assert (watched.count(ShowCode), watched.count(PhoneAsked)) == (2, 0)
        await control.post("expire", retcode=1101)
        await watched.until_told(LoggedIn, 3)
        assert (watched.count(ShowCode), watched.count(PhoneAsked)) == (2, 1)


async def test_a_mistake_as_a_session_is_left_holds_up_no_logout(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(transport: Transport) -> None:
        monkeypatch.undo()
        await transport.close()
        raise RuntimeError("a mistake")

    async with run_sandbox() as control, present(control) as watched:
        await watched.until_told(LoggedIn)
        monkeypatch.setattr(Transport, "close", broken)
        async with asyncio.timeout(10):
            await watched.supervisor.log_out()
        assert watched.supervisor.client is None


async def test_logging_out_twice_and_while_logging_in() -> None:
    async with run_sandbox(scan_delay=None) as control, present(control) as watched:
        await watched.until_told(ShowCode)
        await asyncio.gather(watched.supervisor.log_out(), watched.supervisor.log_out())
        await watched.supervisor.log_out()
        watched.supervisor.again()
        await watched.until_told(ShowCode, 2)


async def test_logging_out_without_a_network_forgets_all_the_same() -> None:
    async with run_sandbox() as control, present(control) as watched:
        await watched.until_told(LoggedIn)
        await control.fault("webwxlogout", "drop_before", times=0)
        await watched.supervisor.log_out()
        assert not find_profile("default").session_file.exists()


@pytest.mark.parametrize("wait", [0, 0.001, 0.02, 0.1, 0.3])
async def test_it_can_be_stopped_at_any_time(wait: float) -> None:
    async with run_sandbox(scan_delay=0.05) as control, present(control):
        await asyncio.sleep(wait)


def test_importing_it_brings_no_network() -> None:
    code = (
        "import sys, tui.services.client.supervisor, tui.services.outbox, tui.services.contacts.display_names,"
        " tui.config.settings, tui.terminal.clipboard, tui.terminal.notices.desktop_notifications; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"httpx", "h11", "humanize", "click", "pyperclip", "tomllib", "platformdirs", "tui.services.http.transport"}
    assert not heavy & set(loaded)


async def test_a_command_that_is_just_sending_is_waited_for() -> None:
    async with run_sandbox() as control:
        with OwnerLock(find_profile("default"), brief=True):
            async with await Store.open(find_profile("default").store_file, clock=lambda: datetime.now(UTC)) as store:
                watched = Watched(control, store, LoginOptions(Endpoint.WEB, control.server.origin))
                task = asyncio.create_task(watched.supervisor.run())
                told = await watched.until_told(Trouble)
                assert isinstance(told, Trouble) and isinstance(told.error, errors.BusyBriefly)
                assert watched.supervisor.trouble is told.error
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                assert "ActionNeeded" not in kinds(watched.events)


async def test_other_shells_are_served_while_the_profile_is_ours() -> None:
    order: list[str] = []

    @asynccontextmanager
    async def serve() -> AsyncIterator[None]:
        with pytest.raises(errors.ProfileBusy), OwnerLock(find_profile("default")):
            pass
        order.append("in")
        try:
            yield
        finally:
            with pytest.raises(errors.ProfileBusy), OwnerLock(find_profile("default")):
                pass
            order.append("out")

    async with run_sandbox() as control:
        async with present(control, serve=serve) as watched:
            await watched.until_told(LoggedIn)
            assert watched.supervisor.trouble is None
            await watched.supervisor.log_out()
            assert isinstance(watched.supervisor.trouble, errors.NotLoggedIn)
            watched.supervisor.again()
            await watched.until_told(LoggedIn, 2)
        assert order == ["in", "out"]
