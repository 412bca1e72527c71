"""Tasks beside the one that began them: none is made elsewhere, and none fails unheard."""

from __future__ import annotations

import ast
import asyncio
import logging
from pathlib import Path

import pytest

from tests.support.source_trees import source_nodes
from tui import errors
from tui.services.util import background

ROOT = Path(__file__).resolve().parents[2]
SECRET = "ticket-8c1f"

MAKERS = {
    "create_task",
    "ensure_future",
    "run_coroutine_threadsafe",
    "TaskGroup",
    "run_in_executor",
    "Thread",
    "run_worker",
    "Popen",
}
"""Names of what begins something that nobody may be waiting for, and of what begins a program."""

REASONS = {
    ("tui/services/util/background.py", "create_task"): "the one place for tasks",
    ("tui/services/util/background.py", "ensure_future"): "the one place for tasks",
    ("tui/widgets/base/work.py", "run_worker"): "the one place for Textual's workers",
    ("tui/terminal/key_order.py", "create_task"): "hands what it raises to the app, as the app's own",
    ("tui/services/util/threads.py", "Thread"): "hands result and exception to who awaits it",
    ("tui/services/util/loop_thread.py", "Thread"): "hands what keeps it from beginning to who waits for that",
    ("tui/services/util/loop_thread.py", "run_coroutine_threadsafe"): "the one place for work from another thread",
    ("tui/services/util/log_file.py", "Thread"): "writes lines, and hears of no failure but a lost line",
    ("tui/services/control/arrivals.py", "Thread"): "hands what it raises to who follows the messages",
    ("tui/services/util/other_programs.py", "Thread"): "waits for the end of a program, of which nothing is told",
    ("tui/services/util/other_programs.py", "Popen"): "the one place for programs of the person",
    ("tui/services/program_run/relay.py", "Popen"): "wxtui run: the program has our terminal, and all our variables",
    ("tui/services/pictures/decoder.py", "Popen"): "is a process of ours",
    ("tui/cli/commands/demo.py", "Popen"): "is a process of ours",
    ("tui/services/http/transport.py", "run_in_executor"): "awaited where it is made",
    ("tui/store/db/connection.py", "run_in_executor"): "awaited where it is made",
}
"""Where one of them is called, and why nothing goes unheard there. The sandbox is no part of the client."""


def test_tasks_and_threads_are_begun_in_one_place() -> None:
    found = set()
    for path, nodes in source_nodes().items():
        name = str(path.relative_to(ROOT))
        if name.startswith("tui/sandbox/"):
            continue
        for node in nodes:
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in MAKERS:
                    found.add((name, called))
    assert found == set(REASONS)


@pytest.fixture
async def told() -> list[errors.WxtuiError]:
    heard: list[errors.WxtuiError] = []
    background.hear(heard.append)
    return heard


async def passed() -> None:
    """All that is due on the loop has run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def broken() -> None:
    held = SECRET
    raise RuntimeError(f"cannot use {held}")


async def test_a_task_that_nobody_waits_for_is_heard(
    told: list[errors.WxtuiError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    background.spawn(broken(), "counting")
    await passed()
    assert [(type(one), one.facts) for one in told] == [(errors.Unexpected, {"what": "RuntimeError"})]
    assert "counting: RuntimeError" in caplog.text and "in broken" in caplog.text and SECRET not in caplog.text


async def test_an_error_of_ours_is_told_as_it_is(told: list[errors.WxtuiError]) -> None:
    async def full() -> None:
        raise errors.HomeUnusable(path="/x", why="no space")

    background.spawn(full(), "keeping")
    await passed()
    assert [type(one) for one in told] == [errors.HomeUnusable]


async def test_a_cancelled_task_says_nothing(told: list[errors.WxtuiError]) -> None:
    task = background.spawn(asyncio.Event().wait(), "waiting")
    await passed()
    task.cancel()
    await passed()
    assert told == []


async def test_callbacks_are_heard_and_broken_connections_are_not(
    told: list[errors.WxtuiError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    loop = asyncio.get_running_loop()
    loop.call_soon({}.__getitem__, SECRET)
    loop.call_exception_handler({"message": "Fatal read error", "exception": OSError(113, "no route")})
    loop.call_exception_handler({"message": "no exception"})
    await passed()
    assert [one.facts for one in told] == [{"what": "KeyError"}]
    assert "KeyError" in caplog.text and SECRET not in caplog.text, "asyncio tells what a callback was called with"


async def test_an_os_error_in_a_task_of_ours_is_told(told: list[errors.WxtuiError]) -> None:
    async def failing() -> None:
        raise OSError(5, "input/output error")

    background.spawn(failing(), "reading")
    await passed()
    assert [one.facts for one in told] == [{"what": "OSError"}]


async def test_persistent_work_is_done_again_with_longer_pauses(
    told: list[errors.WxtuiError], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    calls = 0

    async def work() -> str:
        nonlocal calls
        calls += 1
        if calls < 4:
            await broken()
        return "done"

    with monkeypatch.context() as patched:
        patched.setattr(background.asyncio, "sleep", sleep)
        assert await background.persistent(work, "working") == "done"
    await passed()
    assert pauses == [1, 2, 4]
    assert len(told) == 3


async def test_persistent_work_stops_for_an_error_that_says_what_to_do() -> None:
    async def work() -> None:
        raise errors.StoreDamaged(path="x", why="y")

    with pytest.raises(errors.StoreDamaged):
        await background.persistent(work, "working")
