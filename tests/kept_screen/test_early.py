"""The kept screen is shown only where everything is as it was, and every ending restores the terminal."""

import asyncio
import os
import signal
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.kept_profile import COLUMNS, ROWS, TERMINAL, keep_screen
from tests.support.pty_program import Program
from tests.support.waiting import idle, wait_until
from tui.errors import UsageError
from tui.kept_screen import early
from tui.kept_screen.picture import KeptPicture
from tui.paths import config_file
from tui.terminal.driver import TerminalDriver
from tui.terminal.input_reader import ExpectedAnswers

DAY = 86400


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of the size and kind in which screens are kept here."""
    monkeypatch.setattr(early, "_is_terminal", lambda: True)
    monkeypatch.setattr(os, "get_terminal_size", lambda stream: os.terminal_size((COLUMNS, ROWS)))
    for name, value in TERMINAL.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)


def shown(*arguments: str) -> list[str] | None:
    """Lines of the picture that would be shown; None for none."""
    try:
        picture = early._kept([*arguments])
    except (OSError, UsageError):
        return None
    return picture and ["".join(text for text, _look in row).rstrip() for row in picture.rows]


@pytest.mark.usefixtures("terminal")
def test_a_screen_is_shown_again(home: Path) -> None:
    keep_screen(home, "你好", "as of 09:41")
    assert shown() == ["你好", "as of 09:41", "", "", ""]
    assert shown("--profile", "default") == shown("--server=http://x") == shown()
    assert shown("--profile", "other") is None
    assert shown("--profile") is None
    assert shown("--profile", "../default") is None
    assert shown("send", "Bob") is None
    assert shown("--help") is None
    assert shown("--json") is None


CHANGES: dict[str, Callable[[Path], object]] = {
    "settings were written": lambda file: config_file().write_text('theme = "dark"\n'),
    "no session": lambda file: (file.parent / "session.json").unlink(),
    "others may read it": lambda file: file.chmod(0o640),
    "a link": lambda file: file.symlink_to(file.rename(file.with_name("elsewhere"))),
    "a folder": lambda file: (file.unlink(), file.mkdir(mode=0o600)),
    "a pipe": lambda file: (file.unlink(), os.mkfifo(file, 0o600)),
    "it is cut": lambda file: os.truncate(file, file.stat().st_size - 3),
    "it is huge": lambda file: os.truncate(file, 1 << 30),
    "it is empty": lambda file: os.truncate(file, 0),
}


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_is_shown_when_the_profile_is_another(home: Path, change: Callable[[Path], object]) -> None:
    file = keep_screen(home, "hello")
    assert shown() is not None
    change(file)
    assert shown() is None


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    "variable",
    ["TERM=linux", "COLORTERM=truecolor", "NO_COLOR=1", "WXTUI_LANG=zh_CN", "WXTUI_THEME=dark", "LC_ALL=zh_CN.UTF-8"],
)
def test_nothing_is_shown_in_another_terminal_or_language(
    home: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_screen(home, "hello")
    monkeypatch.setenv(*variable.split("="))
    assert shown() is None


@pytest.mark.usefixtures("terminal")
def test_nothing_is_shown_in_another_size_or_version(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_screen(home, "hello")
    with monkeypatch.context() as other:
        other.setattr("tui.kept_screen.conditions.__version__", "0.0.9")
        assert shown() is None
    with monkeypatch.context() as other:
        other.setattr(os, "get_terminal_size", lambda stream: os.terminal_size((COLUMNS, ROWS + 1)))
        assert shown() is None
    assert shown() is not None


@pytest.mark.usefixtures("terminal")
def test_a_screen_of_another_time_is_not_shown(home: Path) -> None:
    now = int(time.time())
    keep_screen(home, "expires", expires_at=now - 1)
    assert shown() is None
    keep_screen(home, "stays", expires_at=now + 100)
    assert shown() is not None
    keep_screen(home, "of a clock that was set back", kept_at=now + DAY)
    assert shown() is None


@pytest.mark.usefixtures("terminal")
def test_the_next_day_its_day_is_said(home: Path) -> None:
    today, dated = [("t", ("", "", ""))] * COLUMNS, [(("", "", ""), COLUMNS, 1, "d" * COLUMNS)]
    keep_screen(home, "t" * COLUMNS, dated=(0, dated))
    assert (shown() or [""])[0] == "".join(text for text, _look in today)
    keep_screen(home, "t" * COLUMNS, dated=(0, dated), kept_at=int(time.time()) - DAY)
    assert (shown() or [""])[0] == "d" * COLUMNS


# ---------------------------------------------------------------- in a terminal

SHOWS = """
import sys, time
from tui.kept_screen import early
early.show(sys.argv[1:])
time.sleep(30)
"""


def showing() -> Program:
    """A program that shows the kept screen and does nothing else."""
    return Program(columns=COLUMNS, rows=ROWS, environ=TERMINAL, command=[sys.executable, "-c", SHOWS])


def test_the_cells_are_on_the_terminal_and_the_cursor_is_in_the_bar(home: Path) -> None:
    keep_screen(home, "张三 \U0001f600 hello", "second")
    with showing() as program:
        program.wait_for("second")
        assert program.cursor == (2, 3)
        assert program.modes != program.modes_before
        assert b"\x1b[?1049h" in program.raw and b"\x1b[?2004h" in program.raw


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_restores_the_terminal(home: Path, number: signal.Signals) -> None:
    keep_screen(home, "hello")
    with showing() as program:
        program.wait_for("hello")
        program.type("typed\r")
        program.process.send_signal(number)
        assert program.end() == 128 + number
        assert program.modes == program.modes_before
        assert program.raw.endswith(b"\x1b[?2004l\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[m")


FILLS = """
import os
os.set_blocking(2, False)
try:
    while True:
        os.write(2, b".")
except BlockingIOError:
    os.set_blocking(2, True)
"""


def test_a_signal_ends_it_even_if_the_terminal_takes_nothing(home: Path) -> None:
    keep_screen(home, "hello")
    command = [sys.executable, "-c", FILLS + SHOWS]
    with Program(columns=COLUMNS, rows=ROWS, environ=TERMINAL, command=command) as program:
        wait_until(lambda: program.modes != program.modes_before)
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(10) == 128 + signal.SIGTERM
        assert program.modes == program.modes_before


def test_a_stop_restores_the_terminal_until_it_goes_on(home: Path) -> None:
    keep_screen(home, "hello")
    with showing() as program:
        program.wait_for("hello")
        raw = program.modes
        program.process.send_signal(signal.SIGTSTP)
        program.wait_for(lambda text: program.raw.endswith(b"\x1b[?1049l\x1b[?25h\x1b[m"))
        wait_until(lambda: os.waitid(os.P_PID, program.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None)
        assert program.modes == program.modes_before
        program.process.send_signal(signal.SIGCONT)
        program.wait_for(lambda text: program.raw.count(b"hello") == 2)
        assert program.modes == raw


def test_who_waits_long_for_the_store_can_leave(home: Path) -> None:
    keep_screen(home, "hello")
    command = [sys.executable, "-c", SHOWS.replace("time.sleep(30)", "early.hear_interrupt(); time.sleep(30)")]
    with Program(columns=COLUMNS, rows=ROWS, environ=TERMINAL, command=command) as program:
        program.wait_for("hello")
        wait_until(lambda: bool(program.modes[3] & termios.ISIG))
        program.type("\x03")
        assert program.end() == 128 + signal.SIGINT
        assert program.modes == program.modes_before


def test_a_mistake_in_the_settings_is_said_below_the_shells_lines(home: Path) -> None:
    home.mkdir()
    config_file().write_text("theme = 1\n")
    keep_screen(home, "hello")
    with Program(columns=COLUMNS, rows=ROWS, environ=TERMINAL) as program:
        assert program.end() == 2
        shown, restored, said = (
            program.raw.find(b"hello"),
            program.raw.find(b"\x1b[?1049l"),
            program.raw.find(b"wxtui:"),
        )
        assert 0 < shown < restored < said
        assert program.modes == program.modes_before


async def test_a_stop_while_no_driver_has_the_terminal_is_the_kept_screen_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that took the terminal then took it twice, kept its raw modes for those of the shell, and read twice."""
    happened: list[str] = []
    for name in ("start_application_mode", "stop_application_mode", "close"):
        monkeypatch.setattr(TerminalDriver, name, lambda self, name=name: happened.append(name))
    monkeypatch.setattr(os, "kill", lambda pid, number: happened.append(signal.Signals(number).name))
    kept = SimpleNamespace(lend=lambda: happened.append("lend"), draw=lambda: happened.append("draw"))
    monkeypatch.setattr(early, "current", kept)
    driver = object.__new__(TerminalDriver)
    driver._loop, driver._auto_restart, driver._must_signal_resume = asyncio.get_running_loop(), True, False
    monkeypatch.setattr(driver, "_app", SimpleNamespace(is_running=False), raising=False)
    # Made, and not begun; or ended, with the signal still on its way.
    driver._sigtstp_application()
    driver._sigcont_application()
    await idle()
    assert happened == ["lend", "SIGSTOP", "draw"]
    # On its way out, with the terminal for the next one: that one's screen stops.
    driver.entered, driver._next = True, KeptPicture(1, [])
    driver._sigtstp_application()
    await idle()
    assert len(happened) == 3
    monkeypatch.setattr(early, "show_next", lambda *_: happened.append("show next"))
    monkeypatch.setattr(TerminalDriver, "writes", True)
    for name in ("write", "stop_reading"):
        monkeypatch.setattr(TerminalDriver, name, lambda *_: None)
    driver.answers = ExpectedAnswers()
    driver._leave_to_next([])
    assert happened[3:] == ["close", "show next", "SIGTSTP"]
