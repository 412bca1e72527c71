"""Saving what a message carries, by key and by command."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.support.program_pilot import run_program
from tests.support.sandbox_thread import Sandbox
from tui.config.settings import Settings

pytestmark = pytest.mark.usefixtures("logged_in")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_s_saves_and_y_copies_the_path(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    folder = tmp_path / "下载"
    async with run_program(sandbox, settings=Settings(download_dir=folder)) as program:
        await program.opened("张三")
        sandbox.post("push", type="file", content={"name": "会议.txt", "base64": encoded("纪要")})
        await program.sees("会议.txt")
        log = program.chat.message_log
        log.focus()
        await program.press("G", "s")
        await program.sees("Saved: ")
        assert (folder / "会议.txt").read_text() == "纪要"
        await program.press("y")
        assert encoded(str(folder / "会议.txt")) in program.written[-1]
        await program.press("s")
        await program.sees(lambda text: "会议 (2)" in " ".join(text.split()))


async def test_the_command_takes_a_folder_and_the_newest_file(sandbox: Sandbox, tmp_path: Path) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        sandbox.post("push", type="file", content={"name": "a.txt", "base64": encoded("A")})
        sandbox.post("push", type="text", content="and a text after it")
        await program.sees("and a text after it")
        await program.chat.do("save", str(tmp_path / "there"))
        await program.sees("Saved: ")
        assert (tmp_path / "there" / "a.txt").exists()
        await program.chat.do("save", str(tmp_path / "no" / "such"))
        await program.sees("Nothing can be saved in")


async def test_what_cannot_be_saved_is_said(sandbox: Sandbox, tmp_path: Path) -> None:
    async with run_program(sandbox, settings=Settings(download_dir=tmp_path / "in")) as program:
        await program.opened("张三")
        sandbox.post("push", type="text", content="only a text")
        await program.sees("only a text")
        program.chat.message_log.focus()
        await program.press("G", "s")
        await program.sees("“only a text” has nothing to save.")
        assert not list((tmp_path / "in").glob("*"))
