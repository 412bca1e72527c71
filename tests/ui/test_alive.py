"""A mistake of ours in any task that lives long: it is said, nothing stays “online” without a session, it goes on."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.injected_mistakes import PLACES, SECRET, mistake
from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui import errors
from tui.paths import find_profile
from tui.services.client import supervisor
from tui.services.session.profile_lock import OwnerLock
from tui.services.util import suspend
from tui.widgets.base.work import begin

pytestmark = pytest.mark.usefixtures("logged_in")

SENTENCE = "This is a bug in wxtui: RuntimeError."


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspend, "EVERY", 0.05)
    monkeypatch.setattr(supervisor, "STALE", timedelta(days=-1))


async def wxtui(*arguments: str) -> tuple[int, str]:
    """A command in another shell: its exit code and what it complains of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _out, err = await process.communicate()
    return process.returncode or 0, err.decode()


async def typed(program: ProgramPilot, text: str) -> None:
    program.chat.composer.focus()
    await program.type(text)
    await program.press("enter")


async def push(program: ProgramPilot, sandbox: Sandbox, path: Path) -> None:
    sandbox.post("push", type="text", content="hello", **{"from": "张三"})


async def text(program: ProgramPilot, sandbox: Sandbox, path: Path) -> None:
    await typed(program, "broken")


async def file(program: ProgramPilot, sandbox: Sandbox, path: Path) -> None:
    await program.chat.do("file", str(path))


async def command(program: ProgramPilot, sandbox: Sandbox, path: Path) -> None:
    code, err = await wxtui("send", "张三", "-m", "broken")
    assert (code, SENTENCE in err) == (70, True) or code in (0, 1)


async def follower(program: ProgramPilot, sandbox: Sandbox, path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", "listen", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await program.until(lambda: any(one.get_name().startswith("a connection") for one in asyncio.all_tasks()))
        await program.until(
            lambda: "_Connection._follow.tell" in {name for one in asyncio.all_tasks() for name in coroutines(one)}
        )
        sandbox.post("push", type="text", content="hello", **{"from": "张三"})
        await program.sees("hello")
        await program.until(lambda: bool(program.chat.status.said))
    finally:
        process.kill()
        await process.wait()


Trigger = Callable[[ProgramPilot, Sandbox, Path], Awaitable[None]]
TRIGGERS: dict[str, Trigger] = {
    "store": push,
    "reading": push,
    "outbox": text,
    "sending": text,
    "upload": file,
    "upload's end": file,
    "request": command,
    "connection": command,
    "welcome": command,
    "following": follower,
}
"""What sets off a mistake that the start does not."""


@contextmanager
def recorded(program: ProgramPilot) -> Iterator[list[str]]:
    """Everything that the last line says of what was done or went wrong."""
    said: list[str] = []
    say = program.chat.status.say

    def record(sentence: str, *more: Any) -> None:
        said.append(sentence)
        say(sentence, *more)

    program.chat.status.say = record  # type: ignore[method-assign]
    yield said


@pytest.mark.parametrize("name", PLACES)
async def test_a_mistake_is_said_and_the_program_goes_on(
    sandbox: Sandbox, tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "a.txt"
    path.write_text("a")
    place = PLACES[name]
    with mistake(name) as made:
        async with run_program(sandbox, online=False) as program:
            with recorded(program) as said:
                if name in TRIGGERS:
                    await program.sees("● online")
                    await program.opened("张三")
                    await TRIGGERS[name](program, sandbox, path)
                await program.until(lambda: bool(made))
                if place.session:
                    screen = await program.sees(SENTENCE)
                    assert "● online" not in screen and "Retrying in" in screen
                    assert not program.chat.context.runtime.state.session
                    if place.owned:
                        with pytest.raises(errors.ProfileBusy), OwnerLock(find_profile("default")):
                            pass
                    await program.sees("● online")
                elif name != "request":
                    # Who asked has had the answer.
                    await program.until(lambda: any(SENTENCE.removesuffix(".") in one for one in said))
                # What was said may still stand where the state is shown.
                await program.until(lambda: program.chat.context.runtime.state.online)
            await still_works(program, sandbox)
            assert SECRET not in program.text and SECRET not in caplog.text
            assert "RuntimeError" in caplog.text


async def still_works(program: ProgramPilot, sandbox: Sandbox) -> None:
    """Both ways, and from another shell."""
    if program.chat.conversation is None or program.chat.conversation.name != "Alice":
        await program.opened("Alice")
    await typed(program, "after it")
    await program.until(lambda: any(row["content"] == "after it" for row in sandbox.sent()))
    sandbox.post("push", type="text", content="and back", **{"from": "Alice"})
    await program.sees("and back")
    code, err = await wxtui("send", "Bob (NY office)", "-m", "through it")
    assert code == 0, err


async def test_a_mistake_that_stays_never_shows_online_and_login_helps_afterwards(sandbox: Sandbox) -> None:
    async with run_program(sandbox, online=False) as program:
        with mistake("login", times=10**6) as made:
            await program.sees(SENTENCE)
            await typed(program, "/login")
            await program.sees("Log in ·")
            before = len(made)
            await program.press("enter")
            await program.until(lambda: len(made) > before)
            assert "● online" not in program.text
            code, _err = await wxtui("status")
            assert code != 0
        await program.press("enter")
        await program.sees("● online")
        await still_works(program, sandbox)


async def test_a_callback_is_heard_too(sandbox: Sandbox) -> None:
    def broken() -> None:
        raise KeyError(SECRET)

    async with run_program(sandbox) as program:
        asyncio.get_running_loop().call_soon(broken)
        await program.sees("This is a bug in wxtui: KeyError.")
        assert SECRET not in program.text


async def test_a_worker_of_any_widget_is_heard_and_an_error_of_ours_is_said_as_it_is(sandbox: Sandbox) -> None:
    async def broken() -> None:
        raise IndexError(SECRET)

    async def full() -> None:
        raise errors.HomeUnusable(path="/x", why="no space left")

    async with run_program(sandbox) as program:
        begin(program.chat.message_log, broken(), "log")
        await program.sees("This is a bug in wxtui: IndexError.")
        begin(program.chat.conversation_list, full(), "list")
        await program.sees("no space left")
        assert program.app.is_running and SECRET not in program.text


# ---------------------------------------------------------------- the list is complete


def coroutines(task: asyncio.Task[Any]) -> list[str]:
    """The names of our coroutines that a task is in, the outermost first."""
    names = []
    at: Any = task.get_coro()
    while at is not None and hasattr(at, "cr_code"):
        if f"{os.sep}tui{os.sep}" in at.cr_code.co_filename and "site-packages" not in at.cr_code.co_filename:
            names.append(at.cr_code.co_qualname.replace(".<locals>", ""))
        at = at.cr_await
    return names


async def test_every_task_that_lives_long_is_in_the_list(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(3_000_000))
    sandbox.fault("webwxuploadmedia", "slow", 50_000, times=0)
    sandbox.fault("webwxsendmsg", "ret", 1205, times=0)
    known = {name for place in PLACES.values() for name in place.tasks}
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.chat.do("file", str(path))
        await program.sees("%")
        await typed(program, "waits")
        await program.sees("on hold")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tui", "listen", stdout=asyncio.subprocess.DEVNULL
        )
        try:
            living: dict[str, list[str]] = {}
            await program.until(lambda: any(one.get_name().startswith("a connection") for one in asyncio.all_tasks()))
            for task in asyncio.all_tasks():
                if names := coroutines(task):
                    living[" > ".join(names)] = names
            unknown = [way for way, names in living.items() if not known & set(names)]
            assert not unknown, unknown
            assert len(living) > 5
        finally:
            process.kill()
            await process.wait()


# ---------------------------------------------------------------- another process has the profile


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_it_takes_over_from_a_listen_that_ends(sandbox: Sandbox, number: signal.Signals) -> None:
    listening = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", "listen", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert listening.stdout is not None
        sandbox.post("push", type="text", content="before", **{"from": "张三"})
        while b"before" not in await listening.stdout.readline():
            pass
        async with run_program(sandbox, online=False) as program:
            await program.sees("in use by another")
            await program.sees("It continues here once")
            await program.press("escape")
            await program.sees(f"waiting for wxtui (process {listening.pid}) to quit")
            await program.opened("张三")
            sandbox.post("push", type="text", content="meanwhile", **{"from": "张三"})
            while b"meanwhile" not in await listening.stdout.readline():
                pass
            assert not program.chat.context.runtime.state.online
            listening.send_signal(number)
            await program.sees("● online")
            # What the other one stored is shown, not only what comes from now on.
            await program.sees("meanwhile")
            await still_works(program, sandbox)
    finally:
        with suppress(ProcessLookupError):
            listening.kill()
        await listening.wait()


@pytest.mark.usefixtures("logged_in")
async def test_a_logout_that_was_asked_for_is_no_failure(sandbox: Sandbox) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("/logout")
        await program.press("enter")
        await program.asked("Log out?")
        await program.press("y")
        await program.sees("Logged out. /login logs in")
        assert "✗" not in program.text
        program.chat.composer.load("later")
        program.chat.composer.send()
        await program.sees("waiting for a login")
        sandbox.fault("login", "ret", 408, times=0)
        # Put there whole: right behind the y of a question, Enter would wait for whoever types on blindly.
        program.chat.composer.load("/login")
        program.chat.composer.send()
        await program.sees("Scan this code")
