"""`wxtui demo` and `wxtui` as somebody meets them: in a real terminal of 80 by 24, with nothing prepared."""

from __future__ import annotations

import re
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.pty_program import Program
from tests.support.qr_picture import Grid, grid_of, halves, holds, scanned
from tests.support.sandbox_thread import OPTIONS, SandboxThread
from tests.support.waiting import wait_until
from tui.qr import light_modules

_COLOUR = re.compile(rb"\x1b\[[\d;]*(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8;)[\d;]*m")


@pytest.fixture(autouse=True)
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary homes are made, so that what is left of them can be seen; a short path, as it mostly is."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(folder)


def seen(program: Program) -> Grid:
    """Light and dark of the screen, on a dark terminal."""
    lines = []
    for y in range(program._screen.lines):
        line = program._screen.buffer[y]
        cells = []
        for x in range(program._screen.columns):
            cell = line[x]
            ink, ground = _is_light(cell.fg, ink=True), _is_light(cell.bg, ink=False)
            if cell.reverse:
                ink, ground = ground, ink
            cells.append(halves(cell.data, ink, ground))
        lines.append(cells)
    return grid_of(lines)


def _is_light(color: str, *, ink: bool) -> bool:
    if color == "default":
        return ink
    return color in ("white", "brightwhite") or (len(color) == 6 and int(color[:2], 16) > 127)


def address(program: Program) -> str:
    """What the code on the screen says, as the program tells it itself."""
    # Beside the code, once that is drawn; before, it stands elsewhere.
    program.wait_for("▀")
    program.settle()  # a letter that comes with the screen was meant for what stood there before
    program.type("u")
    program.wait_for(r"login\.weixin\.qq\.com/l/[\s\S]*==")
    words = "".join(line[40:].strip() for line in program.lines)
    found = re.search(r"https://login\.weixin\.qq\.com/l/\w+==", words)
    assert found, program.text
    program.type("u")
    return found[0]


def test_a_newcomer_logs_in_writes_and_leaves(temporary: Path, tmp_path: Path) -> None:
    with Program("demo") as program:
        program.wait_for("Scan this code")
        # Its first half may come before the second.
        program.wait_for(lambda text: "▀" in text and scanned(seen(program), tmp_path) != "")
        program.wait_for("Scanned\\.")
        program.wait_for(r"waiting for \d s")
        assert "▀" in program.text, "the code is kept after the scan"
        program.wait_for(r"online")
        program.wait_for("回 ?声")
        assert list(temporary.glob("wxtui-demo-*"))
        program.type("\x11")
        assert program.end() == 0
        assert "Traceback" not in program.text
    assert list(temporary.iterdir()) == [], "nothing is left"


def test_a_history_is_there_from_the_start(temporary: Path) -> None:
    with Program("demo", "--history", "3000", "--contacts", "200") as program:
        screen = program.wait_for(r"online", 40)
        assert "Scan this code" not in screen
        program.type("\x11")
        assert program.end() == 0
        assert b"Scan this code" not in program.raw
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_an_orderly_terminal_and_no_files(temporary: Path, number: signal.Signals) -> None:
    with Program("demo") as program:
        program.wait_for("Scan this code")
        program.process.send_signal(number)
        assert program.end() == 128 + number
        assert b"\x1b[?1049l" in program.raw
    assert list(temporary.iterdir()) == []


def test_killed_it_leaves_no_files_either(temporary: Path) -> None:
    with Program("demo") as program:
        program.wait_for("Scan this code")
        program.wait_for("▀")
        program.process.kill()
    wait_until(lambda: not list(temporary.iterdir()))


def test_what_was_left_when_all_were_killed_is_removed_and_nothing_else(temporary: Path) -> None:
    def home(name: str, *, lock: bool = True) -> Path:
        made = temporary / name
        made.mkdir()
        (made / "session.json").touch()
        if lock:
            (made / ".lock").touch()
        return made

    deserted, unknown, other = home("wxtui-demo-a"), home("wxtui-demo-b", lock=False), home("wxtui-sandbox-c")
    (temporary / "wxtui-demo-link").symlink_to(other)
    with Program("demo") as first:
        first.wait_for("Scan this code")
        wait_until(lambda: not deserted.exists())
        (lived_in,) = (one for one in temporary.glob("wxtui-demo-????????") if (one / ".lock").exists())
        again = home("wxtui-demo-d")
        with Program("demo") as second:
            second.wait_for("Scan this code")
            wait_until(lambda: not again.exists())
            assert lived_in.exists()
            second.type("\x11")
            assert second.end() == 0
        first.type("\x11")
        assert first.end() == 0
    assert unknown.exists() and other.exists()
    shutil.rmtree(temporary)
    temporary.mkdir()


@pytest.mark.parametrize("no_color", [False, True])
def test_the_code_in_a_terminal_scans_and_waiting_is_silent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_color: bool
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLORFGBG", raising=False)
    with (
        SandboxThread(replace(OPTIONS, scan_delay=None, poll_seconds=1.0)) as sandbox,
        Program("--server", sandbox.origin, "--endpoint", "web") as program,
    ):
        program.wait_for("Scan this code")
        text = address(program)
        program.wait_for(lambda screen: "login.weixin" not in screen)
        assert holds(seen(program), light_modules(text))
        assert scanned(seen(program), tmp_path) in (text, None)
        assert bool(_COLOUR.search(program.raw)) is not no_color
        before = len(program.raw)
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            program._read(0.1)
        assert len(program.raw) == before, "nothing changes, nothing is written, though the server is asked"
        sandbox.post("scan")
        program.wait_for("Scanned")
        assert holds(seen(program), light_modules(text))
        before = len(program.raw)
        program.wait_for("waiting for 3 s")
        assert len(program.raw) - before < 100, "a count writes its digits"
        sandbox.post("confirm")
        program.wait_for("online")
        program.type("\x11")
        assert program.end() == 0


def test_escape_reads_on_while_the_login_goes_on() -> None:
    with (
        SandboxThread(replace(OPTIONS, scan_delay=None)) as sandbox,
        Program("--server", sandbox.origin, "--endpoint", "web") as program,
    ):
        program.wait_for("Scan this code")
        program.type("\x1b")
        program.wait_for(lambda text: "Scan this code" not in text and "Not logged in. /login" in text)
        sandbox.post("scan")
        sandbox.post("confirm")
        program.wait_for("online")
        program.type("\x11")
        assert program.end() == 0


def test_a_barred_account_is_led_to_file_transfer() -> None:
    with SandboxThread(replace(OPTIONS, scan_delay=None)) as sandbox:
        sandbox.post("fault", login_ret=1203)
        with Program("--server", sandbox.origin, "--endpoint", "web") as program:
            program.wait_for("Scan this code")
            sandbox.post("scan")
            sandbox.post("confirm")
            program.wait_for("This account is not allowed to use the web")
            program.wait_for("Press f for File Transfer")
            program.settle()
            program.type("f")
            program.wait_for("Log in · File Transfer")
            program.wait_for("▀")
            sandbox.post("scan")
            sandbox.post("confirm")
            program.wait_for("online")
            program.type("\x11")
            assert program.end() == 0


@pytest.mark.parametrize("arguments", [(), ("--profile", "work"), ("demo",)])
def test_without_a_terminal_there_is_a_sentence(real_wxtui: Wxtui, arguments: tuple[str, ...]) -> None:
    result = real_wxtui(*arguments)
    assert result.code == 2
    assert "needs a terminal" in result.err
    assert result.out == ""
