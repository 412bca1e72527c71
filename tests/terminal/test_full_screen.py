"""The full-screen program as its users have it: started as a process, in a terminal, by keys alone."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.living_process import is_alive
from tests.support.pty_program import Picture, Program
from tests.support.pty_steps import CTRL_Q, PLAIN_TERMINAL, go_to, leave, write
from tests.support.sandbox_thread import OPTIONS, Sandbox, SandboxThread
from tests.support.waiting import wait_until
from tui.sandbox.world.samples import LOG

ALT_DOWN, ALT_UP = "\x1b[1;3B", "\x1b[1;3A"
CTRL_L, CTRL_Z = "\x0c", "\x1a"
SIZES = ((60, 20), (200, 60), (40, 12), (80, 24))
MSG_ID = r"✓ \d{4}…\d{4}"
MOVING = re.compile(r"[▰▱%]|[KM]iB")
"""What is on lines that change by themselves during an upload."""
_COLOUR = re.compile(rb"\x1b\[[\d;]*(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8;)[\d;]*m")


def steady(picture: Picture) -> list[tuple[int, list[tuple[str, str, str, bool, bool]]]]:
    """The lines that do not change by themselves."""
    return [(y, row) for y, row in enumerate(picture) if not MOVING.search("".join(cell[0] for cell in row))]


def drawn_anew(program: Program) -> Picture:
    """What Ctrl+L shows."""
    before = len(program.raw)
    program.type(CTRL_L)
    program.wait_for(lambda screen: b"\x1b[2J" in program.raw[before:])
    program.settle()
    return program.picture


# ---------------------------------------------------------------- as a newcomer does it


def test_the_demo_from_the_code_to_the_revoked_message() -> None:
    with Program("demo", environ=PLAIN_TERMINAL) as program:
        program.wait_for("Scan this code")
        program.wait_for("● online", 40)
        go_to(program, "回声")
        write(program, "你好，世界")
        program.type("\r")
        program.wait_for(rf"me +你好，世界 +{MSG_ID}")
        program.wait_for("回声 +你好，世界")
        program.type(f"/send {LOG}\r")
        program.wait_for(r"▰+▱* +[1-9]\d*%")
        program.wait_for(rf"{re.escape(LOG)}[^✓]* ✓ · \d:\d\d", 60)
        assert "▱" not in program.text
        program.type("\t")
        program.wait_for("d recall")
        program.type("u")
        program.wait_for("Recall “")
        # An answer counts only some time after the question stands there.
        program.listen(0.5)
        program.type("y")
        program.wait_for(rf"{re.escape(LOG)}[^✓]*re(?:voked|called)")
        assert re.search(rf"me +你好，世界 +{MSG_ID}", program.text), "only the last one is taken back"
        leave(program)


def test_after_the_window_the_server_refuses_and_the_program_says_so(
    wxtui: Wxtui, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SandboxThread(replace(OPTIONS, revoke_window=0.0)) as sandbox:
        assert wxtui("--server", sandbox.origin, "login", "--qr", "ascii").code == 0
        with Program(environ=PLAIN_TERMINAL) as program:
            program.wait_for("● online")
            go_to(program, "张三")
            write(program, "too late")
            program.type("\r")
            program.wait_for(rf"too late +{MSG_ID}")
            program.type("\t")
            program.wait_for("d recall")
            program.type("u")
            program.wait_for("Recall “")
            program.listen(0.5)
            program.type("y")
            program.wait_for(lambda screen: any(line.startswith(" ✗ ") for line in screen.splitlines()[-3:]))
            program.settle()
            sentence = " ".join(line.strip() for line in program.lines[-2:])
            assert "not recalled" in sentence and sentence.endswith("in the last two minutes.")
            leave(program)
        assert [row["revoked"] for row in sandbox.sent()] == [False]


def test_alt_and_an_arrow_switch_conversations(start_program: Callable[..., Program]) -> None:
    program = start_program()
    go_to(program, "Alice")
    screen = program.wait_for(r"(?m)^▌  Alice[\s\S]*^...李四")
    names = re.findall(r"(?m)^...(\S+)", screen)
    program.type(ALT_DOWN)
    program.wait_for(rf"│ {names[names.index('Alice') + 1]} .*林小满")
    program.type(ALT_UP)
    program.wait_for(r"│ Alice .*林小满")
    leave(program)


def test_a_draft_is_there_again_at_the_next_start(start_program: Callable[..., Program]) -> None:
    draft = "还没写完 and half a"
    program = start_program()
    go_to(program, "Bob")
    write(program, draft)
    leave(program)
    program = start_program()
    # Where one was, with what one was writing; elsewhere the list marks it.
    program.wait_for(f"› {draft}")
    go_to(program, "Alice")
    program.wait_for(r"Bob .*✎")
    go_to(program, "Bob")
    program.wait_for(f"› {draft}")
    program.settle()  # Enter sends a draft that came there by itself once it can have been read
    write(program, "gain")
    program.type("\r")
    program.wait_for(rf"{draft}gain[^✓]* ✓")
    leave(program)


# ---------------------------------------------------------------- another size


def resized(program: Program, size: tuple[int, int]) -> None:
    """Another size, to which the program has answered with a clean screen."""
    before = len(program.raw)
    program.resize(*size)
    program.wait_for(lambda screen: b"\x1b[2J" in program.raw[before:])


def test_resizing_while_one_types(start_program: Callable[..., Program]) -> None:
    # Some shells export the size that they had; the window's own is what counts.
    program = start_program(environ={"COLUMNS": "80", "LINES": "24"})
    go_to(program, "张三")
    write(program, "开会 at 3 😀 ")
    for size in SIZES:
        resized(program, size)
        # What is typed now is drawn after all that the new size brought.
        program.type("字")
        program.wait_for(lambda screen: program.cursor is not None and program.before_cursor(2) == "字")
        program.settle()
        seen, cursor = program.picture, program.cursor
        assert seen == drawn_anew(program), f"{size}\n{program.text}"
        assert program.cursor == cursor
        assert "online" in program.lines[-1]
        assert "张三" in program.text.splitlines()[0]
    leave(program)


def test_resizing_during_an_upload(start_program: Callable[..., Program], sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "大文件.bin"
    path.write_bytes(os.urandom(4_000_000))
    sandbox.fault("webwxuploadmedia", "slow", 250_000, times=0)
    program = start_program()
    go_to(program, "张三")
    program.type(f"/send {path}\r")
    program.wait_for(r"▰.*%")
    for size in SIZES:
        resized(program, size)
        program.type("字")
        program.wait_for(lambda screen: program.cursor is not None and program.before_cursor(2) == "字")
        program.settle(0.2, 2)
        seen = steady(program.picture)
        assert seen == steady(drawn_anew(program)), f"{size}\n{program.text}"
        assert "▰" in program.text or "▱" in program.text, program.text


# ---------------------------------------------------------------- leaving, for a while or for good


def test_ctrl_z_and_fg(start_program: Callable[..., Program], logged_in: Wxtui) -> None:
    with Program(command=["sh", "-i"], environ=PLAIN_TERMINAL | {"PS1": "ready> ", "ENV": None}) as program:
        program.wait_for("ready>")
        program.type(f"{sys.executable} -m tui\n")
        program.wait_for("● online")
        go_to(program, "张三")
        write(program, "before")
        program.settle()
        seen, cursor = program.picture, program.cursor
        program.type(CTRL_Z)
        program.wait_for("Stopped")
        program.wait_for(r"ready>\s*$")
        stopped = program.raw
        assert stopped.rindex(b"\x1b[?1049l") > stopped.rindex(b"\x1b[?1049h")
        assert b"\x1b[22;2t\x1b]2;wxtui" in stopped
        assert program.titles == 0, "while it is stopped, the title is the shell's"
        program.type("echo it'is'echoed\n")
        program.wait_for("(?m)^itisechoed")
        program.type("fg\n")
        program.wait_for(lambda screen: len(program.raw) > len(stopped) and "online" in screen.splitlines()[-1])
        program.wait_for(lambda screen: "itisechoed" not in screen and "› before" in screen and program.titles == 1)
        program.settle()
        assert (program.picture, program.cursor) == (seen, cursor)
        write(program, " and after")
        program.type(CTRL_Q)
        program.wait_for("(?m)ready>$")
        program.type("echo left=$?\n")
        program.wait_for("left=0")


def test_stopped_from_outside_and_continued_it_goes_on_and_ends(start_program: Callable[..., Program]) -> None:
    """Nobody gave the terminal back meanwhile: it must not be taken a second time."""
    program = start_program()
    for _ in range(3):
        os.killpg(program.process.pid, signal.SIGSTOP)
        os.killpg(program.process.pid, signal.SIGCONT)
        program.settle(0.2)
    assert program.raw.count(b"\x1b[?1049h") == 1
    assert program.titles == 1
    go_to(program, "张三")
    write(program, "still here")
    leave(program)
    _is_sane(program)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_leaves_the_terminal_as_it_was(
    start_program: Callable[..., Program], number: signal.Signals, home: Path, tmp_path: Path
) -> None:
    hook = f"echo $$ >{tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; sleep 600"
    (home / "config.toml").write_text(f"[hooks]\non_message = ['sh', '-c', '{hook}']")
    program = start_program()
    go_to(program, "张三")
    write(program, "half a thought")
    # A hook that hangs, which what came before the start has set off.
    wait_until((tmp_path / "pid").exists)
    program.process.send_signal(number)
    assert program.end() == 128 + number
    _is_sane(program)
    assert re.search("Hook on_message is too slow. Times that it was not run: \\d+.\\s*$", program.raw.decode())
    pid = int((tmp_path / "pid").read_text())
    wait_until(lambda: not is_alive(pid))
    (home / "config.toml").unlink()
    again = start_program()
    again.wait_for(r"│ 张三 .*林小满")
    again.wait_for("› half a thought")
    leave(again)
    _is_sane(again)


def _is_sane(program: Program) -> None:
    """Its owner can go on working in it: no raw mode, no mouse, no other screen, a cursor, no colour left over."""
    assert program.modes == program.modes_before
    assert program.cursor is not None
    assert not program.is_coloured
    for mode in (1049, 1000, 1002, 1006, 1004, 2004):
        on, off = f"\x1b[?{mode}h".encode(), f"\x1b[?{mode}l".encode()
        assert program.raw.rfind(off) >= program.raw.rfind(on), mode
    assert program.titles == 0
    assert b"Traceback" not in program.raw


# ---------------------------------------------------------------- other terminals


@pytest.mark.parametrize(
    ("environ", "allowed", "forbidden"),
    [
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, rb"\x1b\[0;1m", _COLOUR.pattern),
        ({"TERM": "xterm"}, _COLOUR.pattern, rb"[34]8;[25];"),
        ({"TERM": "screen"}, _COLOUR.pattern, rb"[34]8;[25];"),
        ({"TERM": "xterm-256color"}, rb"[34]8;5;", rb"[34]8;2;"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, rb"[34]8;2;", rb"[34]8;5;"),
    ],
    ids=["no colour", "16", "screen", "256", "all"],
)
def test_no_terminal_gets_colours_that_it_does_not_know(
    start_program: Callable[..., Program], home: Path, environ: dict[str, str], allowed: bytes, forbidden: bytes
) -> None:
    (home / "config.toml").write_text('theme = "dark"\n')
    program = start_program(environ=environ)
    go_to(program, "张三")
    write(program, "x")
    program.settle()
    assert re.search(allowed, program.raw)
    assert not re.search(forbidden, program.raw)
    program.type("\x7f")
    leave(program)


def test_a_locale_that_says_nothing_is_taken_for_utf_8(start_program: Callable[..., Program]) -> None:
    program = start_program(environ={"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": None})
    go_to(program, "张三")
    write(program, "中文")
    program.type("\r")
    program.wait_for(f"中文 +{MSG_ID}")
    leave(program)


@pytest.mark.parametrize(
    "environ", [{"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}, {"PYTHONIOENCODING": "gb18030"}]
)
def test_a_terminal_without_utf_8_is_told_in_a_sentence(environ: dict[str, str]) -> None:
    with Program(environ=PLAIN_TERMINAL | environ) as program:
        assert program.end() == 2
        assert "UTF-8" in program.text
        assert len(program.text.split()) < 40
        assert b"\x1b" not in program.raw


# ---------------------------------------------------------------- how little it writes


def test_silence_costs_nothing_and_a_letter_little(start_program: Callable[..., Program]) -> None:
    program = start_program()
    go_to(program, "张三")
    program.settle(1.5)
    assert program.listen(5) == 0
    for letter in "hello, 你好世界":
        before = len(program.raw)
        program.type(letter)
        wide = 2 if letter >= "一" else 1
        # mypy cannot infer a lambda with defaults, which bind the loop's variables.
        program.wait_for(lambda screen, wide=wide, letter=letter: program.before_cursor(wide) == letter)  # type: ignore[misc]
        program.settle(0.15)
        assert 0 < len(program.raw) - before <= 40, letter
    leave(program)


def test_the_cursor_stands_where_the_next_letter_goes(start_program: Callable[..., Program]) -> None:
    program = start_program()
    go_to(program, "张三")
    program.settle()
    start = program.cursor
    assert start is not None
    assert program.before_cursor(2) == "› "
    at = start[0]
    for letter, cells in (("你", 2), ("a", 1), ("😀", 2), ("，", 2), ("é", 1), ("…", 1), ("好", 2), ("🚀", 2)):
        program.type(letter)
        at += cells
        program.wait_for(
            lambda screen, letter=letter, at=at, cells=cells: (  # type: ignore[misc]
                program.cursor == (at, start[1]) and program.before_cursor(cells) == letter
            )
        )
    program.type("\x1b[D\x1b[D\x1b[D")
    program.wait_for(lambda screen: program.cursor == (at - 5, start[1]))
    program.type("中")
    program.wait_for(lambda screen: program.before_cursor(3) == "é中")
    program.type("\x1b[F")
    program.wait_for(lambda screen: program.cursor == (at + 2, start[1]))
    program.type("\x7f" * 10)
    program.wait_for(lambda screen: program.cursor == start)
    leave(program)


# ---------------------------------------------------------------- marked messages


def test_marked_messages_are_seen_without_colours_and_recalled_at_once(
    start_program: Callable[..., Program], sandbox: Sandbox
) -> None:
    program = start_program({"NO_COLOR": "1"})
    go_to(program, "张三")
    for words in ("first", "second"):
        write(program, words)
        program.type("\r")
        program.wait_for(rf"{words} +{MSG_ID}")
    program.type("\t")
    program.wait_for(r"second +✓ \d{19}")
    program.type(" ")
    program.wait_for(r"● second .*\n.*\n.*1 marked · d recall")
    program.type("k ")
    program.wait_for(r"● first [\s\S]*● second [\s\S]*2 marked · d recall")
    assert _COLOUR.search(program.raw) is None
    program.type("d")
    program.wait_for(re.escape("Recall 2 messages for everyone?"))
    # An answer counts only some time after the question stands there.
    program.listen(0.5)
    program.type("y")
    program.wait_for("✓ Recalled 2 messages.")
    program.wait_for(r"first +you recalled[\s\S]*second +you recalled")
    assert [row["revoked"] for row in sandbox.sent()] == [True, True]
    leave(program)
