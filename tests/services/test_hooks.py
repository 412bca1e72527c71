"""Hooks: commands of the person that hear what happened, and can neither hold up the program nor lose it silently."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from tests.support.async_sandbox import client_of, run_sandbox
from tests.support.living_process import is_alive
from tests.support.waiting import until, wait_until
from tui.config.settings import Settings
from tui.errors import HookFailed, HookTooSlow, WxtuiError
from tui.paths import find_profile
from tui.services.hooks import hook_queue
from tui.services.hooks.hook_queue import HookQueue
from tui.services.hooks.hook_run import HookEnded, HookFault, HookProblem, HookRun
from tui.services.hooks.hooks import Hooks
from tui.services.runtime import Runtime
from tui.services.session.login_options import LoginOptions
from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage
from tui.store.store import Store
from tui.wire.bodies import Text
from tui.wire.media_types import MediaKind
from tui.wire.mentions import Mention
from tui.wire.names import Endpoint

HOSTILE = "$(touch pwned) `id` --help ; \x1b]0;x\x07 \ud800 “全” {}"


def shell(script: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script)


def test_a_command_reads_json_and_knows_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WXTUI_SERVER", "https://secret.example")
    monkeypatch.setenv("WXTUI_TOKEN", "secret")
    script = (
        "import json, os, sys\n"
        "seen = dict(given=json.load(sys.stdin), argv=sys.argv[1:], env=dict(os.environ), cwd=os.getcwd(),\n"
        "  fds=sorted(int(n) for n in os.listdir('/proc/self/fd')), own=os.getsid(0) == os.getpid())\n"
        f"json.dump(seen, open({str(tmp_path / 'seen')!r}, 'w'))"
    )
    secret = os.open(tmp_path / "secret", os.O_RDWR | os.O_CREAT)
    os.set_inheritable(secret, True)
    given = json.dumps({"text": HOSTILE}).encode()
    HookRun((sys.executable, "-c", script, "{}"), given, {"WXTUI_PROFILE": "work"}, cwd=str(tmp_path)).work()
    os.close(secret)
    seen = json.loads((tmp_path / "seen").read_text())
    assert seen["given"] == {"text": HOSTILE}
    assert seen["argv"] == ["{}"]
    assert {name for name in seen["env"] if name.startswith("WXTUI")} == {"WXTUI_PROFILE"}
    assert not any("touch" in value for value in seen["env"].values())
    assert (seen["cwd"], seen["own"], seen["fds"][:3], len(seen["fds"])) == (str(tmp_path), True, [0, 1, 2], 4)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("command", "problem", "words"),
    [
        (("/none/there",), HookProblem.NOT_STARTED, "there cannot be started: No such file or directory."),
        (("/etc/passwd",), HookProblem.NOT_STARTED, "passwd cannot be started: Permission denied."),
        (shell("exit 3"), HookProblem.EXIT_CODE, "sh exited with 3."),
        (shell("printf 'one\\n\\033[31mtwo\\n' >&2; exit 3"), HookProblem.EXIT_CODE, "sh exited with 3: ␛[31mtwo"),
        (shell("kill -9 $$"), HookProblem.EXIT_CODE, "sh was ended by signal 9."),
        (shell("sleep 600"), HookProblem.TOO_LONG, "sh had not ended after 0.2 s, and was ended."),
        (shell("trap '' TERM HUP; cat >/dev/null; while :; do sleep 1; done"), HookProblem.TOO_LONG, "0.2 s"),
    ],
)
def test_a_failure_is_a_kind_and_a_sentence(command: tuple[str, ...], problem: HookProblem, words: str) -> None:
    limit = 0.2 if problem is HookProblem.TOO_LONG else 30
    with pytest.raises(HookFault) as caught:
        HookRun(command, b"{}\n", limit=limit).work()
    assert caught.value.problem is problem
    assert words in str(caught.value.why)


@pytest.mark.parametrize(
    "script",
    [
        "exit 0",
        "exec <&-; exit 0",
        "head -c 10 >/dev/null",
        "head -c 4000000 /dev/zero; head -c 4000000 /dev/zero >&2",
        "cat >/dev/null; exec >&- 2>&-",
    ],
    ids=["reads nothing", "closes its input", "reads the beginning", "prints megabytes", "closes its outputs"],
)
def test_a_command_need_not_read_and_may_print(script: str) -> None:
    HookRun(shell(script), b"x" * 1_000_000).work()


def test_it_ends_also_where_nobody_is_told_of_ended_children() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        HookRun(shell("cat >/dev/null"), b"{}").work()
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_a_child_that_stays_holds_up_nothing_and_ends_with_the_command(tmp_path: Path) -> None:
    HookRun(shell(f"sleep 600 & echo $! >{tmp_path}/pid"), b"{}").work()
    wait_until(lambda: not is_alive(int((tmp_path / "pid").read_text())))


async def test_a_run_can_be_ended_with_all_that_it_started(tmp_path: Path) -> None:
    run = HookRun(shell(f"sleep 600 & echo $! >{tmp_path}/p; mv {tmp_path}/p {tmp_path}/pid; wait"), b"{}")
    work = asyncio.ensure_future(asyncio.to_thread(run.work))
    await until((tmp_path / "pid").exists)
    run.end()
    with pytest.raises(HookEnded):
        await work
    wait_until(lambda: not is_alive(int((tmp_path / "pid").read_text())))


# ---------------------------------------------------------------- the running program


async def test_an_upload_that_is_over_is_handed_on_once_and_hooks_can_change(tmp_path: Path) -> None:
    profile = find_profile("default")
    (tmp_path / "a.txt").write_text("a")
    async with run_sandbox() as control:
        async with client_of(control) as client:
            to = await client.directory.resolve("张三")
        async with await Store.open(profile.store_file, clock=lambda: datetime.now(UTC)) as store:
            runtime = Runtime(profile, store, LoginOptions(Endpoint.WEB), "all", lambda event: None)
            assert not hooks_loaded_by(runtime)
            runtime.use_settings(Settings(hooks={"on_upload": ("tee", "-a", str(tmp_path / "got"))}))
            async with runtime:
                runtime.outbox.files.add(to, tmp_path / "a.txt", MediaKind.AUTO)
                await until(lambda: (tmp_path / "got").exists() and (tmp_path / "got").read_text().endswith("\n"))
                runtime.use_settings(Settings())
                again = runtime.outbox.files.add(to, tmp_path / "a.txt", MediaKind.AUTO)
                await until(lambda: again.state.over)
    (line,) = (tmp_path / "got").read_text().splitlines()
    row = json.loads(line)
    assert (row["upload"], row["path"], row["error"]) == ("sent", str(tmp_path / "a.txt"), "")
    assert (row["kind"], row["chat"], row["mine"], row["state"]) == ("file", "张三", True, "sent")


async def test_who_is_named_may_be_known_only_later_and_is_handed_on_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def facts_of(self: Hooks, message: StoredMessage) -> dict[str, object]:
        return {"id": message.id}

    monkeypatch.setattr(Hooks, "_message_facts", facts_of)
    settings = Settings(hooks={"on_mention": ("tee", "-a", str(tmp_path / "got"))})
    hooks = Hooks(settings, find_profile("default"), cast(Store, None), lambda: datetime.now(UTC))
    state, said = DeliveryState.RECEIVED, Text("@小我\u2005hi")
    plain = StoredMessage(1, 1, datetime.now(UTC), mine=False, sender="@ann", state=state, body=said)
    several = [replace(plain, id=number) for number in range(4)]
    hooks.arrived([replace(several[0], mention=Mention.ME), *several[1:3], replace(several[3], client_msg_id="ours")])
    hooks.arrived([replace(plain, id=10 + number, body=Text("push")) for number in range(300)])
    for number in (0, 1, 1, 3, 9):
        hooks.changed(replace(plain, id=number, mention=Mention.ME))
    hooks.changed(several[2])
    await hooks.close()
    assert [json.loads(line) for line in (tmp_path / "got").read_text().splitlines()] == [{"id": 0}, {"id": 1}]


def hooks_loaded_by(runtime: Runtime) -> bool:
    return runtime._hooks is not None


# ---------------------------------------------------------------- the queue


@pytest.fixture
def told() -> list[WxtuiError]:
    return []


async def test_each_is_given_once_in_order(tmp_path: Path, told: list[WxtuiError]) -> None:
    queue = HookQueue("on_message", shell(f"cat >>{tmp_path}/got"), "default", tell=told.append)
    for number in range(20):
        queue.put_ready({"number": number, "text": HOSTILE})
    await queue.close(30)
    got = [json.loads(line) for line in (tmp_path / "got").read_text().splitlines()]
    assert got == [{"number": number, "text": HOSTILE} for number in range(20)]
    assert not told


async def test_a_failure_is_said_once_for_each_kind(tmp_path: Path, told: list[WxtuiError]) -> None:
    script = f"echo x >>{tmp_path}/runs; read one; case $one in *1*) exit 1;; *2*) sleep 600;; esac"
    queue = HookQueue("on_message", shell(script), "default", limit=0.3, tell=told.append)

    async def one() -> dict[str, int]:
        raise RuntimeError("a mistake of ours")

    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: reported.append(context["exception"]))
    for number in (1, 1, 2, 1, 0):
        queue.put_ready({"n": number})
    queue.put(one)
    await queue.close(30)
    assert [type(error) for error in told] == [HookFailed, HookFailed, HookTooSlow]
    assert "on_message" in str(told[0])
    assert len((tmp_path / "runs").read_text()) == 10, "a failure stops nothing"
    assert len(reported) == 1


async def test_a_hook_that_never_catches_up_is_told_of(monkeypatch: pytest.MonkeyPatch, told: list[WxtuiError]) -> None:
    """Told only when the queue was empty, the person never heard of it while messages kept coming."""
    monkeypatch.setattr(hook_queue, "SOON", 0.01)
    monkeypatch.setattr(hook_queue, "AGAIN", 0.02)
    queue = HookQueue("on_message", ("sleep", "600"), "default", most=1, tell=told.append)
    for again in (1, 2):
        for number in range(5 * again):
            queue.put_ready({"number": number})
        await until(lambda again=again: len(told) == again)
    assert [error.facts["count"] for error in told] == [4, 9]
    await queue.close(0)
    assert sum(int(error.facts["count"]) for error in told) == 15, "all, and no one twice"


async def test_with_200_messages_a_second_a_slow_hook_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: list[WxtuiError]
) -> None:
    """What the event loop does for a message is a few steps, whatever the hook does; what is left out is counted."""
    monkeypatch.setattr(hook_queue, "SOON", 600)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    script = f"cat >>{tmp_path}/got; read go <{gate}"
    queue = HookQueue("on_message", shell(script), "default", most=50, tell=told.append)
    queue.put_ready({"number": 0})
    await until((tmp_path / "got").exists)
    threads, before = threading.active_count(), time.thread_time()
    for number in range(1, 2001):
        queue.put_ready({"number": number})
        await asyncio.sleep(0)
    spent = time.thread_time() - before
    assert spent < 0.5, "2000 messages: ten seconds of them"
    assert queue.waiting == 50
    assert queue.missed == 1950
    assert threading.active_count() <= threads
    assert not told, "not for each of them"
    gate.unlink()
    (tmp_path / "go").write_text("")
    await queue.close(0)
    assert [error.facts["count"] for error in told] == [2001]


async def test_leaving_ends_what_runs_and_says_what_was_left_out(tmp_path: Path, told: list[WxtuiError]) -> None:
    script = f"sleep 600 & echo $! >{tmp_path}/p; mv {tmp_path}/p {tmp_path}/pid; wait"
    queue = HookQueue("on_upload", shell(script), "default", tell=told.append)
    for number in range(3):
        queue.put_ready({"number": number})
    await until((tmp_path / "pid").exists)
    await queue.close(0)
    wait_until(lambda: not is_alive(int((tmp_path / "pid").read_text())))
    assert [error.facts for error in told] == [{"hook": "on_upload", "count": 3}]
    queue.put_ready({})
    assert queue.waiting == 0


async def test_nothing_is_begun_once_the_end_has_come(tmp_path: Path, told: list[WxtuiError]) -> None:
    asked, ready = asyncio.Event(), asyncio.Event()

    async def late() -> dict[str, int]:
        asked.set()
        await ready.wait()
        return {}

    queue = HookQueue("on_message", ("touch", str(tmp_path / "got")), "default", tell=told.append)
    queue.put(late)
    await asked.wait()
    closing = asyncio.ensure_future(queue.close(0))
    await asyncio.sleep(0)
    ready.set()
    await closing
    assert not (tmp_path / "got").exists()
    assert [error.facts["count"] for error in told] == [1]


async def test_an_event_loop_that_is_ended_ends_the_command(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! >{tmp_path}/p; mv {tmp_path}/p {tmp_path}/pid; wait"
    queue = HookQueue("on_message", shell(script), "default", tell=lambda error: None)
    queue.put_ready({})
    await until((tmp_path / "pid").exists)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await until(lambda: not is_alive(int((tmp_path / "pid").read_text())))
