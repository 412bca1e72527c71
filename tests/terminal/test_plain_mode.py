"""`wxtui demo --plain`: the first minute as lines, at a terminal without cursor control and through a pipe."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from tests.support.pty_program import Program
from tests.support.pty_steps import PLAIN_TERMINAL

CTRL_C, CTRL_D, UP = "\x03", "\x04", "\x10"
DUMB = PLAIN_TERMINAL | {"TERM": "dumb", "WXTUI_LANG": "en"}


def test_what_a_newcomer_reads_in_lines_in_the_first_minute() -> None:
    with Program("demo", "--plain", columns=150, rows=120, environ=DUMB) as program:
        logs_in(program)
        writes(program)
        sends_a_file(program)
        recalls_it(program)
        keeps_what_is_typed(program)
        looks_around(program)
        program.type(CTRL_D)
        assert program.end() == 0
        assert b"\x1b" not in program.raw, "a terminal without cursor control"
        assert b"Traceback" not in program.raw


def reads(program: Program, wanted: str) -> None:
    """Wait until the lines so far have this; `$` is where the cursor stands."""
    program.wait_for(lambda text: re.search(wanted, text.rstrip()) is not None)


def logs_in(program: Program) -> None:
    for wanted in ("plain mode", r"The web version has all", "##  ######  ##", "Scan this code", "Scanned. Now tap"):
        reads(program, wanted)
    reads(program, r"Logged in as 林小满\.")
    program.wait_for(
        r"Conversation: 回声\n\[\d+\] \d\d:\d\d 回声: Write to me[^\n]*\nWhat you type is sent to[^\n]*\n(?:>\n)*回声>"
    )
    # People write meanwhile.
    reads(program, r"Unread: .*项目群 \(\d+\).*\n(?:.*\n)*回声>$")


def writes(program: Program) -> None:
    program.settle()  # a line that comes with the prompt was typed before anybody could read it
    program.type("hello\r")
    reads(program, r"\[\d+\] Sent: hello")
    reads(program, r"\] \d\d:\d\d 回声: hello\n(?:.*\n)*回声>$")


def sends_a_file(program: Program) -> None:
    program.type("/send build.log\r")
    reads(program, r"Sent: \[file\] build\.log")


def recalls_it(program: Program) -> None:
    program.type("/revoke\r")
    reads(program, r"You recalled: \[file\] build\.log")


def keeps_what_is_typed(program: Program) -> None:
    """Text behind the prompt survives what arrives; Ctrl+C takes it away, and an arrow key brings it back."""
    program.type("half a")
    reads(program, r"回声> half a\n(?:\[.*\n)+回声> half a$")
    program.type(" sentence")
    reads(program, r"half a sentence$")
    program.type(CTRL_C)
    reads(program, r"Cleared\.[^\n]*\n(?:.*\n)*回声>$")
    program.type(UP)
    reads(program, r"回声> half a sentence$")
    program.type(CTRL_C)
    reads(program, r"Cleared\.[^\n]*\n(?:.*\n)*回声> half a sentence\nCleared")


def looks_around(program: Program) -> None:
    program.type("/goto zhangsan\r")
    reads(program, r"Conversation: 张三\n(?:.*\n)*张三>$")
    program.type("/help\r")
    reads(program, r"/revoke .*Recall a message")


def test_the_first_minute_through_a_pipe() -> None:
    """Lines of a pipe wait for the login; its end waits for what was sent. Nothing opens by itself to send them to."""
    lines = "nowhere\n/goto 回声\n你好 \x1b[31mred\n/quit\n"
    found = subprocess.run(
        [sys.executable, "-m", "tui", "demo", "--plain"],
        input=lines.encode(),
        capture_output=True,
        timeout=60,
        check=False,
        env=os.environ | {"TERM": "dumb", "WXTUI_LANG": "zh_CN", "PYTHONUTF8": "1"},
    )
    said = found.stdout.decode()
    assert re.search(r"已登录[^\n]*林小满", said)
    assert "请先打开一个会话" in said
    assert re.search(r"\n会话：回声\n\[1\] .*\n(?:.*\n)*\[\d+\] 已发送：你好 red\n", said)
    assert "\x1b" not in said
    assert said.count("已发送") == 1
    assert found.returncode == 1, "one line was refused"
    assert found.stderr == b""
