"""The full-screen program in one terminal, commands in others: one session, and what each of them sees."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

from tests.support.command_line import Wxtui
from tests.support.command_process import command_process
from tests.support.pty_program import Program
from tests.support.pty_steps import go_to, leave
from tests.support.sandbox_thread import Sandbox
from tests.support.waiting import wait_until
from tui.paths import find_profile

MSG_ID = r"✓ \d{4}…\d{4}"
CTRL_T = "\x14"


def test_what_other_shells_send_stands_in_the_log_and_among_the_uploads(
    start_program: Callable[..., Program], real_wxtui: Wxtui, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "build.log"
    path.write_bytes(os.urandom(1_500_000))
    logins = sandbox.calls()["webwxinit"]
    program = start_program()
    go_to(program, "张三")
    result = real_wxtui("send", "张三", "-m", "from another shell")
    assert (result.code, result.err) == (0, "")
    assert result.lines[0].partition("\t")[0] == sandbox.sent()[0]["MsgID"]
    program.wait_for(rf"from another shell +{MSG_ID}")
    sandbox.fault("webwxuploadmedia", "slow", 600_000, times=0)
    with command_process("send", "张三", path) as command:
        program.wait_for(r"build\.log[\s\S]*▰+▱* +\d+%")
        program.type(CTRL_T)
        program.wait_for(r"build\.log[\s\S]*\d+%[\s\S]*张 ?三|张 ?三[\s\S]*build\.log[\s\S]*\d+%")
        program.type("\x1b")
        assert command.end().code == 0
    program.wait_for(r"build\.log[^✓]* ✓ · \d:\d\d")
    assert real_wxtui("revoke", "--last", "张三").code == 0
    program.wait_for(r"build\.log[^✓]*you recalled")
    assert real_wxtui("status").code == 0
    assert sandbox.calls()["webwxinit"] == logins + 1, "the start_program resumed it; nobody else logged in"
    assert [row["to_name"] for row in sandbox.sent()] == ["张三", "张三"]
    leave(program)
    assert not find_profile("default").socket_file.exists()
    assert real_wxtui("send", "张三", "-m", "alone again").code == 0


def test_an_upload_that_is_cancelled_on_the_screen_fails_in_its_shell(
    start_program: Callable[..., Program], sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(3_000_000))
    sandbox.fault("webwxuploadmedia", "slow", 100_000, times=0)
    program = start_program()
    go_to(program, "张三")
    with command_process("send", "张三", path) as command:
        program.wait_for(r"big\.bin[\s\S]*▰+▱* +\d+%")
        program.type("/cancel\r")
        result = command.end()
        assert result.code == 1
        assert "“big.bin” was cancelled in the running wxtui. It was not sent." in result.err
    assert sandbox.sent() == []
    leave(program)


def test_leaving_the_screen_in_the_middle_of_a_shells_message_is_told_there(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program()
    sandbox.fault("webwxsendmsg", "delay", 8)
    with command_process("send", "张三", "-m", "going") as command:
        wait_until(lambda: "webwxsendmsg" in sandbox.calls())
        program.process.send_signal(signal.SIGTERM)
        result = command.end()
        assert result.code == 1
        assert "“going” may or may not have arrived" in result.err
    program.end()


def test_ctrl_z_in_the_face_is_a_sentence_in_the_shell(
    start_program: Callable[..., Program], real_wxtui: Wxtui, sandbox: Sandbox
) -> None:
    program = start_program()
    os.killpg(program.process.pid, signal.SIGSTOP)
    result = real_wxtui("send", "张三", "-m", "nobody there")
    assert result.code == 1
    assert re.search(r"process \d+\) is using this profile but does not answer; it may be suspended", result.err)
    os.killpg(program.process.pid, signal.SIGCONT)
    program.wait_for("● online")
    assert real_wxtui("send", "张三", "-m", "back").code == 0
    assert [row["content"] for row in sandbox.sent()] == ["back"]
    leave(program)


def test_the_face_waits_for_a_command_that_is_just_sending(logged_in: Wxtui, sandbox: Sandbox) -> None:
    sandbox.fault("webwxsendmsg", "delay", 3)
    with command_process("send", "张三", "-m", "one moment") as command:
        wait_until(lambda: "webwxsendmsg" in sandbox.calls())
        with Program() as program:
            program.wait_for("● online")
            assert command.end().code == 0
            leave(program)
    assert [row["content"] for row in sandbox.sent()] == ["one moment"]


def test_logging_out_from_another_shell_shows_in_the_face(
    start_program: Callable[..., Program], real_wxtui: Wxtui, sandbox: Sandbox
) -> None:
    program = start_program()
    assert real_wxtui("logout").lines == ["Logged out."]
    program.wait_for("Logged out")
    assert sandbox.calls()["webwxlogout"] == 1
    assert real_wxtui("send", "张三", "-m", "x").code == 3
    leave(program)
