"""Folders in the full-screen program: counted, asked about, packed, queued; the archive goes once it is sent."""

from __future__ import annotations

import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tui.paths import find_profile
from tui.screens.dialogs import folder_packing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two files and a link."""
    path = tmp_path / "here" / "日志"
    path.mkdir(parents=True)
    (path / "a.log").write_text("x" * 1000)
    (path / "b.log").write_text("y" * 24)
    (path / "link").symlink_to("a.log")
    return path


async def test_a_folder_is_packed_and_sent_after_a_question(
    sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(folder.parent)
    spool = find_profile("default").spool
    question = "Pack “日志” (3 files, 1 KiB) as 日志.tar.gz and send it to"
    doubtful = "“b.log” looks like a secret. Pack “日志” (3 files,"
    async with run_program(sandbox) as program:
        await program.opened("张三")
        # By the command, and thought better of.
        await program.type("/send ")
        program.chat.composer.insert(str(folder))
        await program.press("enter")
        await program.asked(question)
        await program.answer("escape")
        assert not spool.exists()
        # By the picker.
        (folder / "b.log").write_text("AKIAIOSFODNN7EXAMPLE\n12")
        await program.press("ctrl+o")
        await program.sees("日志")
        await program.press("alt+p")
        await program.asked(doubtful)
        await program.answer("y")
        await program.sees("日志.tar.gz")
        await program.until(lambda: bool(sandbox.sent()))
        await program.until(lambda: not list(spool.iterdir()))
        # Dropped on the input, with a text.
        program.chat.composer.paste(f"'{folder}'", asks=False)
        await program.sees("日志 folder")
        await program.type("the logs")
        await program.press_until("enter", lambda: doubtful in program.text, every=0.5)
        await program.asked(doubtful)
        await program.answer("y")
        await program.until(lambda: len(sandbox.sent()) == 3)
    assert [row["content"] for row in sandbox.sent()].count("the logs") == 1
    one = sandbox.get("uploads")[0]
    assert {upload["sha256"] for upload in sandbox.get("uploads")} == {one["sha256"]}
    answer = sandbox.http.get(f"{sandbox.origin}/_sandbox/uploads/bytes", params={"media_id": one["MediaId"]})
    (tmp_path / "x").write_bytes(answer.content)
    with tarfile.open(tmp_path / "x") as tar:
        assert tar.getnames() == ["日志", "日志/a.log", "日志/b.log", "日志/link"]


async def test_quitting_while_a_folder_is_packed_asks(
    sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, real = threading.Event(), folder_packing.pack

    def slow(*arguments: Any) -> Any:
        go_on.wait(30)
        return real(*arguments)

    monkeypatch.setattr(folder_packing, "pack", slow)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await program.type("/send ")
        program.chat.composer.insert(str(folder))
        await program.press("enter")
        await program.asked("Pack")
        await program.answer("y")
        await program.until(lambda: bool(program.chat.actions.sending.packing))
        await program.press("ctrl+q")
        await program.asked("“日志.tar.gz” is still being packed.")
        await program.answer("escape")
        go_on.set()
        await program.until(lambda: bool(sandbox.sent()))


async def test_an_archive_that_waits_is_sent_by_the_next_start(sandbox: Sandbox, folder: Path) -> None:
    spool = find_profile("default").spool
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.fault("webwxuploadmedia", "drop_before", times=1000)
        await program.type("/send ")
        program.chat.composer.insert(str(folder))
        await program.press("enter")
        await program.asked("Pack")
        await program.answer("y")
        await program.until(lambda: bool(program.app.context.runtime.outbox.files.uploads))
    (waiting,) = spool.iterdir()
    (spool / "queued-0123456789abcdef").write_bytes(b"of a message that is gone")
    sandbox.post("fault", clear=True)
    async with run_program(sandbox) as program:
        await program.until(lambda: bool(sandbox.sent()))
        await program.until(lambda: not list(spool.iterdir()))
    assert sandbox.sent()[0]["file_name"] == "日志.tar.gz"
    assert not waiting.exists()
