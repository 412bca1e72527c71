"""The runtime: one class under every program that stays, and what it does for a command that only receives."""

from __future__ import annotations

import ast
import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.async_sandbox import SandboxControl, client_of, run_sandbox
from tests.support.injected_mistakes import mistake
from tests.support.profile_owner import Command, open_client
from tests.support.waiting import until
from tui import errors
from tui.paths import find_profile
from tui.services import runtime as module
from tui.services.client.events import LoggedIn
from tui.services.outbox import Outbox
from tui.services.runtime import ProfileTakenOver, Runtime, RuntimeEvent, receiving
from tui.services.session.login_options import LoginOptions
from tui.services.session.profile_lock import OwnerLock
from tui.services.uploads.upload_state import UploadState
from tui.store.changes import Change, MessagesAdded
from tui.store.store import Store
from tui.store.tables import messages
from tui.wire import bodies
from tui.wire.media_types import MediaKind
from tui.wire.names import Endpoint

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"Outbox", "SessionSupervisor", "ControlServer", "Maintenance"}

# ---------------------------------------------------------------- one composition


def called(path: Path, wanted: set[str]) -> set[str]:
    """Which of these classes and functions a file calls."""
    text = path.read_text("utf-8")
    names = set()
    for node in ast.walk(ast.parse(text)) if any(name in text for name in wanted) else ():
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    names.add(name)
    return names & wanted


def sources() -> Iterator[Path]:
    for folder in ("tui", "tests/campaign"):
        yield from (ROOT / folder).rglob("*.py")


def test_nothing_else_puts_the_parts_together() -> None:
    found = {path.relative_to(ROOT): names for path in sources() if (names := called(path, PARTS))}
    assert found == {Path("tui/services/runtime.py"): PARTS}


def test_the_programs_that_stay_run_this_one() -> None:
    users = {path.relative_to(ROOT).as_posix() for path in sources() if called(path, {"Runtime", "receiving"})}
    assert users == {
        "tui/services/runtime.py",
        "tui/app.py",
        "tui/cli/commands/listen.py",
        "tui/cli/commands/recv.py",
        "tui/plain/plain_app.py",
        "tests/campaign/client.py",
    }
    for user in users:
        names = {
            alias.asname or alias.name
            for node in ast.walk(ast.parse((ROOT / user).read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module == module.__name__
            for alias in node.names
        }
        assert user == "tui/services/runtime.py" or names & {"Runtime", "receiving"}, user


# ---------------------------------------------------------------- for a command


@asynccontextmanager
async def stored() -> AsyncIterator[tuple[SandboxControl, Store]]:
    """A stored session that nobody uses, and the profile's store, locked."""
    profile = find_profile("default")
    async with run_sandbox() as control:
        async with client_of(control):
            pass
        with OwnerLock(profile):
            async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
                yield control, store


@asynccontextmanager
async def received(store: Store, trouble: list[errors.WxtuiError]) -> AsyncIterator[AsyncGenerator[Change, None]]:
    async with receiving(
        find_profile("default"), store, LoginOptions(), "all", lambda error, seconds: trouble.append(error)
    ) as changes:
        yield changes


async def text_of(changes: AsyncGenerator[Change, None], wanted: str) -> None:
    async with asyncio.timeout(20):
        async for change in changes:
            if isinstance(change, MessagesAdded):
                bodies_of = [message.body for message in change.messages]
                if any(isinstance(body, bodies.Text) and body.text == wanted for body in bodies_of):
                    return


async def test_a_mistake_in_the_sync_of_a_command_is_told_and_tried_again() -> None:
    trouble: list[errors.WxtuiError] = []
    async with stored() as (control, store), received(store, trouble) as changes:
        with mistake("first sync"):
            await control.post("push", type="text", content="after it", **{"from": "张三"})
            await text_of(changes, "after it")
        # The other calls of the loop go on as well.
        await control.post("push", type="text", content="and on", **{"from": "张三"})
        await text_of(changes, "and on")
    assert [type(error) for error in trouble] == [errors.Unexpected]


async def test_what_was_stored_before_the_end_is_given_after_it() -> None:
    async with stored() as (control, store):
        async with received(store, []) as changes:
            with store.subscribe() as watched:
                await control.post("push", type="text", content="at the end", **{"from": "张三"})
                while not isinstance(await anext(watched), MessagesAdded):
                    pass
        await text_of(changes, "at the end")
        assert [change async for change in changes] == []


async def test_what_is_just_being_stored_at_the_end_is_given_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, reached, released = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    add_incoming = messages.add_incoming

    def slow(*values: Any) -> None:
        loop.call_soon_threadsafe(reached.set)
        released.wait(10)
        add_incoming(*values)

    monkeypatch.setattr(messages, "add_incoming", slow)
    async with stored() as (control, store):
        await control.post("push", type="text", content="at the end", **{"from": "张三"})
        async with received(store, []) as changes:
            await reached.wait()
            loop.call_later(0.1, released.set)
        given = [change.messages[-1].body async for change in changes if isinstance(change, MessagesAdded)]
        assert given[-1] == bodies.Text("at the end")


async def test_the_end_of_the_session_is_raised_and_no_login_follows() -> None:
    async with stored() as (control, store):
        calls = await control.calls()
        async with received(store, []) as changes:
            await control.post("expire", retcode=1100)
            with pytest.raises(errors.SessionOver):
                await text_of(changes, "never")
        logins = ("jslogin", "webwxpushloginurl", "webwxinit")
        assert {name: (await control.calls()).get(name) for name in logins} == {
            name: calls.get(name) for name in logins
        }


async def test_without_a_session_nobody_is_asked_for_one() -> None:
    profile = find_profile("default")
    async with (
        await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store,
        received(store, []) as changes,
    ):
        with pytest.raises(errors.NotLoggedIn):
            await text_of(changes, "never")


async def test_other_shells_send_through_a_command_that_stays() -> None:
    async with stored() as (control, store), received(store, []):
        await until(find_profile("default").socket_file.exists)
        async with open_client(find_profile("default"), LoginOptions()) as client:
            assert isinstance(client, Command)
            await client.chat.send_text(await client.directory.resolve("张三"), "through it")
        assert [row["content"] for row in await control.get("sent")] == ["through it"]


async def test_a_file_that_waits_for_its_turn_outlives_a_session_that_is_opened_again(tmp_path: Path) -> None:
    (tmp_path / "waits.txt").write_text("waits")
    profile, events = find_profile("default"), list[RuntimeEvent]()
    async with stored() as (control, store):
        runtime = Runtime(profile, store, LoginOptions(), "all", events.append, attended=False)
        async with runtime:
            await until(lambda: any(isinstance(event, LoggedIn) for event in events))
            files, client = runtime.outbox.files, runtime.client
            assert client is not None
            to = await client.directory.resolve("张三")
            with files.held():
                upload = files.add(to, tmp_path / "waits.txt", MediaKind.AUTO, queued=False)
                await until(lambda: upload.row is not None)
                with mistake("sync"):
                    await until(lambda: runtime.client not in (None, client))
            await until(lambda: upload.state.over)
            assert upload.state is UploadState.SENT, upload.error
        assert [row["file_name"] for row in await control.get("sent")] == ["waits.txt"]


# ---------------------------------------------------------------- for a person


async def test_a_profile_that_another_process_gives_back_is_taken_over() -> None:
    profile, events = find_profile("default"), list[RuntimeEvent]()
    async with run_sandbox() as control:
        async with client_of(control) as client:
            to = await client.directory.resolve("张三")
        async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
            runtime = Runtime(profile, store, LoginOptions(Endpoint.WEB), "all", events.append)
            with OwnerLock(profile):
                await runtime.begin()
                await until(lambda: runtime.busy is not None)
                assert not profile.socket_file.exists() and not runtime.state.online
            await until(lambda: runtime.client is not None)
            assert runtime.busy is None and ProfileTakenOver() in events
            assert (await runtime.outbox.text(to, "mine now")).msg_id
            await runtime.close()
            assert runtime.client is None and not profile.socket_file.exists()
            with OwnerLock(profile):
                pass


async def test_a_text_is_written_down_before_the_parts_are_imported_and_leaves_with_the_first_session() -> None:
    profile = find_profile("default")
    async with run_sandbox() as control:
        async with client_of(control) as client:
            to = await client.directory.resolve("张三")
        async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
            runtime = Runtime(profile, store, LoginOptions(Endpoint.WEB), "all", lambda event: None)
            runtime.follow()
            assert runtime.loaded_outbox is None and not runtime.state.session
            sending = asyncio.create_task(runtime.outbox.text(to, "early"))
            await until(lambda: runtime.outbox.sender.waiting)
            async with runtime:
                assert (await sending).msg_id


async def test_a_file_of_an_earlier_run_leaves_before_one_that_was_chosen_at_the_start(tmp_path: Path) -> None:
    profile = find_profile("default")
    for name in ("earlier.txt", "now.txt"):
        (tmp_path / name).write_text(name)
    async with run_sandbox() as control:
        async with client_of(control) as client:
            to = await client.directory.resolve("张三")
        async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
            earlier = Outbox(store, lambda upload: upload.moved())
            upload = earlier.files.add(to, tmp_path / "earlier.txt", MediaKind.AUTO)
            await until(lambda: upload.row is not None)
            await earlier.close()
            runtime = Runtime(profile, store, LoginOptions(Endpoint.WEB), "all", lambda event: None)
            runtime.follow()
            runtime.outbox.files.add(to, tmp_path / "now.txt", MediaKind.AUTO)
            with OwnerLock(profile):
                # What waits is not read before the profile is owned; the session comes at the same moment.
                await runtime.begin()
                await until(lambda: runtime.busy is not None)
            await until(
                lambda: (
                    len(runtime.outbox.files.uploads) == 2
                    and all(one.state.over for one in runtime.outbox.files.uploads)
                )
            )
            await runtime.close()
        assert [row["file_name"] for row in await control.get("sent")] == ["earlier.txt", "now.txt"]


async def test_a_mistake_at_the_end_holds_up_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("tui.services.maintenance.Maintenance.end", broken)
    profile = find_profile("default")
    async with (
        run_sandbox() as control,
        await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store,
    ):
        options = LoginOptions(Endpoint.WEB, control.server.origin)
        runtime = Runtime(profile, store, options, "all", lambda event: None)
        await runtime.begin()
        await until(lambda: runtime.client is not None)
        async with asyncio.timeout(10):
            await runtime.close()
        assert runtime.client is None
        with OwnerLock(profile):
            pass
