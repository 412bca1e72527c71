"""Opening what a message carries with another program: fetched, asked about, handed over."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.config.settings import Settings
from tui.terminal.desktop import launching

pytestmark = pytest.mark.usefixtures("logged_in")


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(autouse=True)
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop whose xdg-open notes what it is given; the file of notes."""
    programs, notes = tmp_path / "bin", tmp_path / "notes"
    programs.mkdir()
    opener = programs / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$@" >> {notes}\n')
    opener.chmod(0o755)
    for name in ("SSH_CONNECTION", "SSH_TTY", "WSL_DISTRO_NAME", "TERMUX_VERSION", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(launching, "_SECONDS", 10.0)
    return notes


def handed_over(notes: Path) -> list[Path]:
    return [Path(line) for line in notes.read_text().splitlines()]


def contents(path: Path) -> tuple[str, int] | None:
    return (path.read_text(), path.stat().st_mode & 0o777) if path.exists() else None


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


async def arrived(program: ProgramPilot, sandbox: Sandbox, name: str, data: bytes) -> None:
    sandbox.post("push", type="file", content={"name": name, "base64": encoded(data)})
    await program.sees(name[:8])
    program.chat.message_log.focus()
    await program.press("G")


async def test_o_hands_over_a_private_file_under_a_name_of_ours_and_asks_about_a_program(
    sandbox: Sandbox, desktop: Path
) -> None:
    async with run_program(sandbox) as program:
        await program.opened("张三")
        await arrived(program, sandbox, "-rf 会议;$(id).txt", "纪要".encode())
        await program.press("O")
        await program.sees("Opened with xdg-open")
        (path,) = handed_over(desktop)
        assert path.parent.name == "opened" and path.suffix == ".txt"
        assert path.stem.removeprefix("file-").isalnum()
        assert contents(path) == ("纪要", 0o600)

        # Of a program only a yes opens it. A key while it is fetched cancels that.
        await arrived(program, sandbox, "invoice.pdf.exe", b"MZ\x90\x00")
        sandbox.fault("webwxgetmedia", "delay", 60)
        await program.press("O")
        await program.sees("O cancels")
        await program.until(lambda: sandbox.calls().get("webwxgetmedia", 0) == 2)
        await program.press("O")
        await program.sees("Cancelled: ")
        await program.press("O")
        await program.asked("“invoice.pdf.exe” is a program. Open it?")
        await program.answer("escape")
        await program.press("O")
        await program.asked("is a program")
        await program.answer("y")
        await program.sees("Opened with xdg-open: “invoice.pdf.exe”")
        first, second = handed_over(desktop)
        assert first == path and second.suffix == ".exe"

        # Replaced while the question stands there.
        await program.press("O")
        await program.asked("is a program")
        write(second, b"MZ another")
        await program.answer("y")
        await program.sees("The file changed meanwhile")
        # Recalled while the question stands there.
        await program.press("O")
        await program.asked("is a program")
        message = program.chat.message_log.selected
        assert message is not None
        sandbox.post("push", type="revoke", content=message.msg_id)
        await program.idle()
        await program.answer("y")
        await program.sees("was recalled meanwhile")
        assert contents(second) is None
        assert len(handed_over(desktop)) == 2


async def test_without_a_desktop_it_is_saved_and_y_copies_how_to_fetch_it(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")
    monkeypatch.setenv("TERM", "xterm-256color")
    async with run_program(sandbox, settings=Settings(download_dir=tmp_path / "in")) as program:
        await program.opened("张三")
        await arrived(program, sandbox, "a.txt", b"A")
        await program.press("O")
        await program.sees("Nothing here can open it. Saved: ")
        assert (tmp_path / "in" / "a.txt").read_bytes() == b"A"
        await program.press("y")
        copied = next(base64.b64decode(one[7:-1]).decode() for one in program.written if one.startswith("\x1b]52;c;"))
        assert copied.endswith(f"@10.0.0.2:{tmp_path}/in/a.txt .")
        # What is saved is not saved again, and a program of one's own is enough.
        program.app.context.settings = Settings(open_command=("xdg-open", "--own"))
        await program.press("O")
        await program.sees("Opened with xdg-open")
        assert (tmp_path / "notes").read_text() == f"--own {tmp_path}/in/a.txt\n"


async def test_a_picture_is_handed_over_a_voice_is_played_and_a_text_has_nothing_to_open(
    sandbox: Sandbox, desktop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = desktop.parent / "bin" / "player"
    player.write_text(f'#!/bin/sh\necho "$@" >> {desktop}\nexec sleep 100\n')
    player.chmod(0o755)
    async with run_program(sandbox, settings=Settings(play_command=("player", "-q", "{}"))) as program:
        await program.opened("张三")
        sandbox.post("push", type="image")
        await program.sees("▣ image")
        program.chat.message_log.focus()
        await program.press("G", "O")
        await program.sees("Opened with xdg-open")
        (path,) = handed_over(desktop)
        assert path.suffix in (".jpg", ".png")
        monkeypatch.setattr(launching, "_SECONDS", 0.3)
        sandbox.post("push", type="voice")
        await program.sees("voice")
        await program.press("G", "O")
        await program.sees("O stops it.")
        await program.press("O")
        await program.sees("Stopped.")
        sandbox.post("push", type="text", content="see https://a.example/x")
        await program.sees("a.example")
        program.chat.message_log.focus()
        await program.press("G", "O")
        await program.sees("Links in this message")
        await program.press("escape")
        sandbox.post("push", type="text", content="only a text")
        await program.sees("only a text")
        await program.press("G", "O")
        await program.sees("This message has nothing to open.")
