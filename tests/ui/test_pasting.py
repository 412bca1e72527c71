"""Ctrl+V: what the clipboard has is attached or typed; an image stays in the cache until it was sent."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.terminal.clipboard import Clipboard
from tui.terminal.input_reader import ClipboardAnswer, TerminalReport

pytestmark = pytest.mark.usefixtures("logged_in")

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def clipboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with a file for each type that the clipboard has, `image%png` for example."""
    programs, store = tmp_path / "bin", tmp_path / "clipboard"
    programs.mkdir()
    store.mkdir()
    tool = programs / "wl-paste"
    tool.write_text(
        f'#!/bin/sh\nfor last; do :; done\nif [ "$last" = --list-types ]; then ls {store} | tr % /; exit; fi\n'
        f'cat "{store}/$(echo "$last" | tr / %)"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return store


def images(program: ProgramPilot) -> list[str]:
    folder = program.app.context.profile.cache / "clipboard"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def use(program: ProgramPilot, tool: str) -> None:
    program.app.context.__dict__["clipboard"] = Clipboard(tool)


async def test_an_image_is_attached_sent_and_then_gone_and_text_is_typed(sandbox: Sandbox, clipboard: Path) -> None:
    (clipboard / "image%png").write_bytes(PNG)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        use(program, "wl-clipboard")
        composer = program.chat.composer
        await program.type("look")
        await program.press("ctrl+v", "enter")
        # Enter waited for it.
        await program.until(lambda: any(one["Type"] == 3 for one in sandbox.sent()))
        assert composer.text == "" and composer.attachments == ()
        await program.until(lambda: images(program) == [])

        await program.press("ctrl+v")
        await program.until(lambda: len(composer.attachments) == 1)
        (name,) = images(program)
        assert name.startswith("clipboard-") and name.endswith(".png")
        await program.press("home", "backspace")
        await program.until(lambda: images(program) == [])
        await program.press("ctrl+v")
        await program.until(lambda: len(composer.attachments) == 1)

        (clipboard / "image%png").unlink()
        (clipboard / "text%plain").write_text("一\n二\x1b[31m")
        await program.press("ctrl+v", "x")
        await program.until(lambda: composer.text == "一\n二x")

        (clipboard / "text%plain").unlink()
        await program.press("ctrl+v")
        await program.sees("The clipboard has nothing that can be pasted.")
        folder = program.app.context.profile.cache / "clipboard"
    assert not [*folder.iterdir()], "what was not sent goes with the program"


async def test_an_image_whose_upload_the_next_run_goes_on_with_is_kept(sandbox: Sandbox, clipboard: Path) -> None:
    (clipboard / "image%png").write_bytes(PNG)
    sandbox.fault("webwxuploadmedia", "delay", 60)
    async with run_program(sandbox) as program:
        await program.opened("张三")
        use(program, "wl-clipboard")
        await program.press("ctrl+v")
        await program.until(lambda: len(program.chat.composer.attachments) == 1)
        # An Enter right after a conversation was opened does not count.
        await program.press_until("enter", lambda: not program.chat.composer.attachments, every=0.4)
        await program.until(lambda: sandbox.calls().get("webwxuploadmedia", 0) == 1)
        (name,) = images(program)
    async with run_program(sandbox) as program:
        await program.until(lambda: any(one["file_name"] == name for one in sandbox.sent()))
        await program.until(lambda: images(program) == [])


async def test_over_ssh_the_terminal_is_asked_or_it_is_said_what_works(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    async with run_program(sandbox) as program:
        await program.opened("张三")
        use(program, "")
        await program.press("ctrl+v")
        await program.until(lambda: "\x1b[?5522$p" in program.written)
        program.app.post_message(TerminalReport("[?5522;1$y"))
        await program.until(lambda: program.written[-1].startswith("\x1b]5522;type=read"))
        number = program.written[-1].split(";")[1].rpartition("=")[2]
        mime = base64.b64encode(b"image/png").decode()
        lists = base64.b64encode(b"text/plain image/png").decode()
        for said in ("OK;", f"DATA;{lists}", "DONE;"):
            program.app.post_message(ClipboardAnswer(f"5522;type=read:id={number}:status={said}"))
        await program.sees("The terminal may ask you")
        await program.until(lambda: number not in program.written[-1])
        number = program.written[-1].split(";")[1].rpartition("=")[2]
        for said in ("OK;", f"DATA:mime={mime};{base64.b64encode(PNG).decode()}", "DONE;"):
            program.app.post_message(ClipboardAnswer(f"5522;type=read:id={number}:status={said}"))
        await program.until(lambda: len(program.chat.composer.attachments) == 1)
        assert program.chat.composer.text == ""

        monkeypatch.setenv("TMUX", "/tmp/none,1,0")
        await program.press("ctrl+v")
        await program.sees("tmux does not hand on the terminal's clipboard.")
