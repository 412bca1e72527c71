"""The first minute of `wxtui demo`, as a newcomer reads it on the terminal, step by step."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.support.pty_program import Program
from tests.support.pty_steps import PLAIN_TERMINAL

CTRL_K, CTRL_O, CTRL_Q, ESCAPE, F1 = "\x0b", "\x0f", "\x11", "\x1b", "\x1bOP"
ECHO = "回声"
SENT = r"✓(?: \d{4}…\d{4} · [01]:\d\d| · [01]:\d\d|\n|\Z)"
"""A message that arrived: its MsgID in short and the time left to recall it, where there is room for them."""


@dataclass(frozen=True)
class Words:
    """What is read on the way, in one language."""

    language: str
    scan: str
    variants: tuple[str, str]
    scanned: str
    other: str
    bar: str
    steps: str
    online: str
    enter: str
    me: str
    send_to: str
    send: str
    recalled: str
    you_recalled: str
    goto: str
    help: str
    back: str
    last: str


ENGLISH = Words(
    "en",
    scan="Scan this code with WeChat",
    variants=("The web version has all your conversations", "File Transfer works for every account"),
    scanned="Scanned. Now tap “Log in” on the phone.",
    other="f File Transfer",
    bar="Message, or / for commands",
    steps="Just write · Ctrl+O a file · /revoke recalls · Ctrl+K conversations · F1 help",
    online="● online",
    enter="Enter send",
    me="me",
    send_to="Send to",
    send="Enter send",
    recalled="✓ Recalled.",
    you_recalled="you recalled",
    goto="─ Go to ─",
    help="─ Help ─",
    back="Esc back",
    last="F1 help",
)
CHINESE = Words(
    "zh_CN",
    scan="请用手机微信扫描二维码",
    variants=("网页版可用全部会话", "文件传输助手所有账号都能用"),
    scanned="已扫码，请在手机上点“登录”",
    other="f 文件传输助手",
    bar="输入消息，或以 / 输入命令",
    steps="直接输入消息 · Ctrl+O 发文件 · /revoke 撤回 · Ctrl+K 会话 · F1 帮助",
    online="● 在线",
    enter="Enter 发送",
    me="我",
    send_to="发送给",
    send="Enter 发送",
    recalled="✓ 已撤回",
    you_recalled="你已撤回",
    goto="─ 打开会话 ─",
    help="─ 帮助 ─",
    back="Esc 返回",
    last="F1 帮助",
)


def squeezed(text: str) -> str:
    """The screen's words, whatever rows they were broken into."""
    return re.sub(r"\s+", " ", text)


def steps(program: Program) -> str:
    """The words between the messages and the bar."""
    _x, y = program.cursor or (0, 0)
    rows = [line.rpartition("│")[2].strip() for line in program.lines[max(0, y - 2) : y]]
    return " · ".join(filter(None, rows))


def in_the_bar(program: Program) -> str:
    """The row with the caret, without the list beside it."""
    if program.cursor is None:
        return ""
    return program.lines[program.cursor[1]].rpartition("│")[2]


@pytest.mark.parametrize(
    ("words", "columns", "rows"),
    [(ENGLISH, 80, 24), (CHINESE, 80, 24), (ENGLISH, 50, 20)],
    ids=["english", "chinese", "narrow"],
)
def test_what_a_newcomer_reads_in_the_first_minute(words: Words, columns: int, rows: int) -> None:
    with Program(
        "demo", columns=columns, rows=rows, environ=PLAIN_TERMINAL | {"WXTUI_LANG": words.language}
    ) as program:
        logs_in(program, words)
        lands(program, words)
        writes(program, words)
        sends_a_file(program, words)
        recalls_it(program, words)
        looks_around(program, words)
        program.type(CTRL_Q)
        assert program.end() == 0
        assert b"Traceback" not in program.raw


def logs_in(program: Program, words: Words) -> None:
    screen = program.wait_for(
        lambda text: all(one in squeezed(text) for one in (words.scan, words.other)) and "▀" in text
    )
    beside = any(line[38:].strip() for line in screen.splitlines() if "▀" in line[:36])
    if beside:
        program.wait_for(lambda text: all(one in squeezed(re.sub(r"[▀▄█]", " ", text)) for one in words.variants))
    program.wait_for(lambda text: words.scanned in squeezed(text) and "▀" in text)


def lands(program: Program, words: Words) -> None:
    """The conversation with somebody who answers is open, the caret in the bar, and one line says what one can do."""
    screen = program.wait_for(lambda text: words.online in text and words.bar in text and "Write to me" in text)
    assert ECHO in screen.splitlines()[0]
    program.wait_for(lambda text: steps(program) == words.steps)
    program.wait_for(lambda text: in_the_bar(program) == f"› {words.bar}")
    # Beside that somebody named me, and where things are unread, a narrow screen has room for the help alone.
    narrow = ECHO in screen.splitlines()[0][:10]
    program.wait_for(
        lambda text: (narrow or words.enter in text.splitlines()[-1]) and words.last in text.splitlines()[-1]
    )


def writes(program: Program, words: Words) -> None:
    program.settle()  # a text begun before its writer can have seen to whom is not sent by the first Enter
    program.type("hello")
    program.wait_for(lambda text: in_the_bar(program) == "› hello")
    assert steps(program) == words.steps, "until something is sent"
    program.type("\r")
    program.wait_for(rf"{words.me} +hello +{SENT}")
    program.wait_for(rf"{ECHO} +hello")
    program.wait_for(lambda text: in_the_bar(program) == f"› {words.bar}")
    assert words.steps.partition(" · ")[0] not in program.text, "it has done its work"


def sends_a_file(program: Program, words: Words) -> None:
    program.type(CTRL_O)
    program.wait_for(lambda text: words.send_to in text and "build.log" in text)
    program.type("build")
    program.wait_for(lambda text: "›  build.log" in text and words.send in text.splitlines()[-1])
    program.settle()  # a file that came to the cursor by a letter is sent once its name can have been read
    program.type("\r")
    program.wait_for(r"▰[▰▱]* +\d+%")
    program.wait_for(lambda text: len(re.findall(SENT, text)) == 2)
    program.wait_for(rf"{ECHO} +▤ build\.log")


def recalls_it(program: Program, words: Words) -> None:
    program.type("/revoke")
    program.wait_for(r"/revoke \[")
    program.type("\r")
    screen = program.wait_for(lambda text: words.recalled in text and words.you_recalled in text)
    assert len(re.findall(SENT, screen)) == 1, "the file, not the text before it"


def looks_around(program: Program, words: Words) -> None:
    program.type(CTRL_K)
    program.wait_for(lambda text: words.goto in text and words.back in text)
    program.type("zhangsan")
    program.wait_for(r"› zhangsan[\s\S]*张三")
    program.type("\r")
    program.wait_for(lambda text: words.goto not in text and re.search(r"(│|^) 张三", text.splitlines()[0]) is not None)
    program.wait_for(lambda text: in_the_bar(program) == f"› {words.bar}")
    assert words.steps.partition(" · ")[0] not in program.text, "here neither"
    program.type(F1)
    program.wait_for(lambda text: all(one in text for one in (words.help, "Ctrl+K", "Ctrl+O", words.back)))
    program.type(ESCAPE)
    program.wait_for(lambda text: words.help not in text and words.bar in text)
