"""The command line as a person meets it: in a terminal of 80 by 24."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.pty_program import Program
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tui.cli.shared.qr_drawing import light_modules
from tui.paths import find_profile
from tui.terminal.graphemes import cell_len

SEEN = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}


def seen_modules(lines: list[str], width: int) -> list[list[bool]]:
    """The code on the screen, module by module; what is drawn is light."""
    drawn = [line for line in lines if set(line) & set("█▀▄")]
    pairs = [[SEEN[char] for char in line.ljust(width)] for line in drawn]
    return [[pair[half] for pair in row] for row in pairs for half in (0, 1)]


@pytest.mark.parametrize("no_color", [True, False])
def test_the_code_on_the_screen_is_the_code(monkeypatch: pytest.MonkeyPatch, no_color: bool) -> None:
    monkeypatch.setenv("NO_COLOR", "1" if no_color else "")
    with (
        SandboxThread(replace(OPTIONS, scan_delay=None)) as sandbox,
        Program("--server", sandbox.origin, "login") as program,
    ):
        screen = program.wait_for("Scan the code")
        found = re.search(r"https://login\.weixin\.qq\.com/l/\S+", screen)
        assert found
        wanted = light_modules(found[0])
        seen = seen_modules(program.lines, len(wanted[0]))
        assert seen[: len(wanted)] == wanted
        assert (b"\x1b[97;40m" in program.raw) is not no_color
        sandbox.post("scan")
        screen = program.wait_for("Scanned. Confirm on the phone")
        assert seen_modules(program.lines, len(wanted[0]))[: len(wanted)] == wanted, "it stays after the scan"
        sandbox.post("confirm")
        program.wait_for("Logged in as 林小满")
        assert program.end() == 0
        assert len(program.lines) == 24


def test_a_code_that_expires_is_renewed(wxtui: Wxtui) -> None:
    with (
        SandboxThread(replace(OPTIONS, scan_delay=None)) as sandbox,
        Program("--server", sandbox.origin, "login", "--qr", "ascii", rows=100) as program,
    ):
        program.wait_for("Scan the code")
        sandbox.post("expire")
        program.wait_for("expired; here is a new one")
        screen = program.wait_for(lambda text: text.count("Scan the code") == 2)
        assert len(set(re.findall(r"https://\S+", screen))) == 2
        sandbox.post("scan")
        sandbox.post("confirm")
        program.wait_for("Logged in")
        assert program.end() == 0


def test_an_upload_shows_its_progress_and_leaves_only_the_msgid(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "日志.bin"
    path.write_bytes(os.urandom(1_500_000))
    sandbox.fault("webwxuploadmedia", "slow", 1_000_000, times=0)
    with Program("send", "张三", str(path)) as program:
        program.wait_for(r"日 ?志 ?\.bin  ▰+▱+ +\d+%  .*MiB / 1\.4 MiB  .*/s")
        program.wait_for(r"\d{18,19} +日")
        assert program.end() == 0
        assert "▰" not in program.text
    assert sandbox.sent()[-1]["MsgID"] in program.text


def test_ctrl_c_in_the_middle_of_an_upload_sends_nothing(logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(3_000_000))
    sandbox.fault("webwxuploadmedia", "slow", 200_000, times=0)
    with Program("send", "张三", str(path)) as program:
        program.wait_for("▰")
        program.type("\x03")
        assert program.end() == 130
        assert "Interrupted: “big.bin” was not sent." in program.text
        assert "▰" not in program.text
    assert sandbox.sent() == []
    assert logged_in("log", "张三", "-n", "1", "--json").json[0]["state"] == "cancelled"


@pytest.mark.parametrize(("name", "columns"), [("文" * 40, 80), ("m.bin", 40), ("文" * 40, 40)])
def test_the_progress_keeps_to_one_row(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, name: str, columns: int
) -> None:
    path = tmp_path / name
    path.write_bytes(os.urandom(1_000_000))
    sandbox.fault("webwxuploadmedia", "slow", 900_000, times=0)
    with Program("send", "张三", str(path), columns=columns) as program:
        program.wait_for("▰")
        program.wait_for(r"\d{18,19}")
        assert program.end() == 0
        assert "▰" not in program.text
        assert program.raw.count("▰".encode()) > 10


def test_ctrl_c_tells_the_truth_when_others_write_meanwhile(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "delay", 6)
    with Program("listen") as listener:
        # From here on the other goes through this one.
        while not find_profile("default").socket_file.exists():
            listener.listen(0.1)
        with Program("send", "张三", "-m", "did it go?") as program:
            while "webwxsendmsg" not in sandbox.calls():
                pass
            sandbox.post("push", type="text", content="meanwhile", **{"from": "张三"})
            listener.wait_for("meanwhile")
            program.type("\x03")
            assert program.end() == 130
            assert "may or may not have arrived" in program.text.replace("\n", "")


def test_a_target_that_was_guessed_is_said_on_a_terminal_only(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with Program("send", "张", "-m", "hi") as program:
        assert program.end() == 0
        assert program.text.startswith("→ 张 三") or program.text.startswith("→ 张三")
    with Program("send", "张三", "-m", "hi") as program:
        assert program.end() == 0
        assert "→" not in program.text
    piped = logged_in("send", "张", "-m", "hi")
    assert piped.err == "" and "→" not in piped.out


@pytest.mark.parametrize(("command", "what"), [(("listen",), "messages"), (("recv", "--wait"), "files")])
def test_who_waits_says_so_on_a_terminal(logged_in: Wxtui, command: tuple[str, ...], what: str) -> None:
    with Program(*command) as program:
        program.wait_for(rf"Waiting for {what}\. Ctrl\+C stops\.")
        program.type("\x03")
        assert program.end() == 130


def test_the_sandbox_shell_takes_its_command_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Program("sandbox", "--shell", "--", "sh", "-c", "echo started $$; sleep 100") as program:
        found = re.search(r"started (\d+)", program.wait_for(r"started \d+"))
        assert found
        program.process.terminate()
        assert program.end() == 143
        with pytest.raises(ProcessLookupError):
            os.kill(int(found[1]), 0)
    assert list(tmp_path.glob("wxtui-*")) == []


def test_a_shell_that_is_none_is_a_sentence() -> None:
    with Program("sandbox", "--shell", "--", "/no/such/shell") as program:
        assert program.end() == 2
        assert "cannot be run: No such file or directory." in program.text


def test_ctrl_c_after_the_request_left_says_so(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "delay", 5)
    with Program("send", "张三", "-m", "hi") as program:
        while "webwxsendmsg" not in sandbox.calls():
            pass
        program.type("\x03")
        assert program.end() == 130
        assert "may or may not have arrived" in program.text.replace("\n", "")
    assert logged_in("log", "张三", "-n", "1", "--json").json[0]["state"] == "unknown"


def test_on_a_terminal_contacts_stand_in_columns_and_an_empty_log_says_so(logged_in: Wxtui) -> None:
    with Program("contacts", columns=100) as program:
        assert program.end() == 0
        rows = [line for line in program.lines if re.search(r"@+[0-9a-f]{6}", line)]
        assert len(rows) > 5
        assert len({cell_len(line[: line.rindex(" @")]) for line in rows}) == 1, "\n".join(rows)
    with Program("log", "李四") as program:
        assert program.end() == 0
        assert "No messages are stored here yet." in program.text
    with Program("log", "李四", "--search", "nothing like it") as program:
        assert program.end() == 1
        assert "No matches." in program.text


def test_no_message_moves_the_cursor_or_the_title(logged_in: Wxtui, sandbox: Sandbox) -> None:
    with Program("listen", "李四") as program:
        sandbox.post(
            "push", type="text", content="one\x1b]0;owned\x07\x1b[2J\x1b[10;10Htwo\x9b31mthree", **{"from": "李四"}
        )
        program.wait_for("three")
        assert program.raw.count(b"\x1b") == 0
        assert "\x9b".encode() not in program.raw
        program.type("\x03")
        assert program.end() == 130


def test_the_sandbox_shell_is_logged_in_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/sh")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PS1", "ready> ")
    with Program("sandbox", "--shell") as program:
        program.wait_for("Logged in to the sandbox as 林 ?小 ?满")
        # What is typed before the prompt stands above it.
        program.wait_for(r"ready>\s*$")
        program.type("echo server=$WXTUI_SERVER\n")
        program.wait_for(r"server=http://127\.0\.0\.1:\d+\s+ready>\s*$")
        # Not by the shell itself: it may not be done with starting `sleep` when it has said so.
        program.type("sh -c \"echo be''gin; exec sleep 60\"\n")
        # What is typed may come before the prompt, which then stands before this.
        program.wait_for("(?m)(^|ready> )begin$")
        program.type("\x03")
        program.wait_for(r"\^C\s+ready>\s*$")
        program.type("exit 3\n")
        assert program.end() == 3
    assert list(tmp_path.glob("wxtui-*")) == []
