"""Files to a group are confirmed once per send: many see them, and what they saw is seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.config.settings import Settings
from tui.screens.dialogs.question import Question
from tui.widgets.text_input.line_edit import LineEdit


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    path = tmp_path / "build.log"
    path.write_bytes(b"x" * 2048)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    return path


async def command(program: ProgramPilot, path: Path) -> None:
    await program.type("/send ")
    program.chat.composer.insert(str(path))
    await program.press("enter")


async def attached(program: ProgramPilot, path: Path) -> None:
    program.chat.composer.attach([path])
    await program.until(program.chat.enter_guard.settling.answers)
    await program.press("enter")


async def picked(program: ProgramPilot, path: Path) -> None:
    await program.press("ctrl+o")
    await program.sees("Send to")
    await program.press("slash")
    for char in str(path):
        program.app.screen.query_one(LineEdit).insert(char)
    await program.press("enter")


WAYS = (command, attached, picked)


@pytest.mark.parametrize("way", WAYS)
async def test_files_to_a_group_leave_only_after_a_yes(sandbox: Sandbox, log_file: Path, way: object) -> None:
    async with run_program(sandbox) as program:
        await program.opened("项目群")
        await way(program, log_file)  # type: ignore[operator]
        await program.asked("Send “build.log” (2 KiB) to 项目群 (group,")
        await program.press("y")
        await program.until(lambda: [row["file_name"] for row in sandbox.sent()] == ["build.log"])
        assert sandbox.sent()[0]["to_name"] == "项目群"


async def test_no_keeps_them_in_the_bar(sandbox: Sandbox, log_file: Path) -> None:
    async with run_program(sandbox) as program:
        await program.opened("项目群")
        await program.type("see this")
        await attached(program, log_file)
        await program.asked("Send “build.log”")
        await program.press("n")
        await program.until(lambda: program.chat.composer.text == "see this")
        assert program.chat.composer.attachments == (log_file,)
        assert program.chat.context.runtime.outbox.files.uploads == []
        assert sandbox.sent() == []


async def test_text_and_files_to_a_group_of_an_earlier_login_are_back_in_the_bar(
    sandbox: Sandbox, log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("项目群")

        async def unknown() -> None:
            return None

        monkeypatch.setattr(program.chat, "contact", unknown)
        await program.type("see this")
        await attached(program, log_file)
        await program.sees("from an earlier login")
        assert (program.chat.composer.text, program.chat.composer.attachments) == ("see this", (log_file,))
        assert sandbox.sent() == []


async def test_a_setting_turns_it_off_and_one_person_is_not_asked_about(sandbox: Sandbox, log_file: Path) -> None:
    for settings, name in ((Settings(confirm_group_files=False), "项目群"), (Settings(), "张三")):
        before = len(sandbox.sent())
        async with run_program(sandbox, settings=settings) as program:
            await program.opened(name)
            await command(program, log_file)
            await program.until(lambda before=before: len(sandbox.sent()) > before)  # type: ignore[misc]
            assert not isinstance(program.app.screen, Question)


async def test_a_file_is_forwarded_to_a_group_after_a_yes(sandbox: Sandbox, log_file: Path) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await command(program, log_file)
        await program.until(lambda: len(sandbox.sent()) == 1)
        await program.until(lambda: bool(program.chat.message_log.own_messages[0].msg_id))
        program.chat.message_log.select(program.chat.message_log.own_messages[0])
        await program.type("/forward 项目群")
        await program.press("escape", "enter")
        await program.asked("to 项目群?")
        await program.press("escape")
        await program.until(lambda: program.app.screen is program.chat)
        assert len(sandbox.sent()) == 1


async def test_a_file_goes_to_others_uploaded_once_and_is_one_row_of_the_uploads(
    sandbox: Sandbox, log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WXTUI_SEND_PAUSE", "0")
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        await program.press("ctrl+o")
        await program.sees("Send to")
        await program.press("slash")
        for char in str(log_file):
            program.app.screen.query_one(LineEdit).insert(char)
        await program.sees("1 of 2")
        for key in ("alt+o", "escape", "alt+o"):
            # Back from there are the files, as they were marked.
            await program.press(key)
            await program.sees("Send “build.log” to" if key == "alt+o" else "1 of 2")
        for name in ("zhangsan", "lisi"):
            await program.type(name)
            await program.press("tab", "ctrl+u")
        await program.press("enter")
        await program.asked("Send “build.log” (2 KiB) to 张三, 李四?")
        await program.answer("y")
        await program.until(lambda: [row["to_name"] for row in sandbox.sent()] == ["张三", "李四"])
        assert sandbox.calls()["webwxuploadmedia"] == 1
        await program.press("ctrl+t")
        await program.sees("to 张三, 李四 · sent to 2 of 2")
        assert sum("build.log" in line for line in program.lines) == 2, "its row, and its details"
