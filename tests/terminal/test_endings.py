"""However the program ends: the exit code says how, the terminal is as it was, and nothing of a person is shown."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.pty_program import Program
from tests.support.pty_steps import PLAIN_TERMINAL, leave
from tests.support.sandbox_thread import Sandbox
from tui.cli.endings import Endings
from tui.paths import find_profile
from tui.store.store import Store

WXTUI = Path(sys.executable).with_name("wxtui")
SECRET = "ticket-8c1f-张三"

INTERRUPTED = """
import os, signal, sys
def hook(event, values):
    if event == "import" and values[0] == {module!r} and not done:
        done.append(1)
        os.kill(os.getpid(), {number})
done = []
sys.addaudithook(hook)
"""
"""As `sitecustomize`: a signal in the middle of loading a module, whichever moment of the start that is."""

BROKEN = """
import sys
secret = "ticket-8c1f-张三"
def boom(*values, **named):
    held = secret
    raise RuntimeError("cannot use " + held)
from tui.app import WxtuiApp
armed = lambda app: None
WxtuiApp.action_redraw = lambda app: armed(app)
{breaks}
from tui.__main__ import main
sys.exit(main())
"""
"""The program with a mistake in it that Ctrl+L, or a Z, sets off."""

BREAKS = {
    "handler": "armed = boom",
    "callback": "armed = lambda app: app.call_later(boom)",
    "timer": "armed = lambda app: app.set_timer(0.01, boom)",
    "screen's timer": "armed = lambda app: app.screen.set_interval(0.01, boom)",
    "drawing": """
from tui.widgets.header import Header
def armed(app):
    Header.draw = boom
    app.screen.header.refresh()
""",
    "screen's frame": """
from tui.terminal.frame import Frame
def armed(app):
    Frame.write = boom
    app.screen.refresh()
""",
    "input thread": """
from tui.terminal.driver import TerminalDriver
def run(driver, process=TerminalDriver.process_message):
    TerminalDriver.process_message = boom
armed = run
""",
    "output thread": """
from textual.drivers._writer_thread import WriterThread
class File:
    def __init__(self, file):
        self.file, self.flush, self.fileno = file, file.flush, file.fileno
    def write(self, text):
        boom() if secret in text else self.file.write(text)
begin = WriterThread.__init__
WriterThread.__init__ = lambda thread, file: begin(thread, File(file))
armed = lambda app: app._driver.write(secret)
""",
    "leaving": """
from tui.screens.chat.last_position import LastPosition
def armed(app):
    LastPosition.keep = boom
    app.exit()
""",
}


def is_restored(program: Program) -> None:
    """The terminal treats keys as before, and every mode that was switched on is off."""
    assert program.modes == program.modes_before
    assert program.cursor is not None
    assert not program.is_coloured
    for mode in (1049, 1000, 1002, 1006, 1004, 2004, 2048):
        on, off = f"\x1b[?{mode}h".encode(), f"\x1b[?{mode}l".encode()
        assert program.raw.rfind(off) >= program.raw.rfind(on), mode
    assert len(re.findall(rb"\x1b\[>\d+u", program.raw)) <= program.raw.count(b"\x1b[<u")
    assert program.titles == 0
    assert b"Traceback" not in program.raw


@pytest.mark.parametrize("how", BREAKS)
def test_a_mistake_ends_with_70_a_report_and_a_terminal_as_it_was(
    logged_in: Wxtui, sandbox: Sandbox, home: Path, how: str
) -> None:
    sandbox.fault("webwxsendmsg", "ret", 1205, times=0)
    code = BROKEN.format(breaks=BREAKS[how])
    with Program(command=[sys.executable, "-c", code]) as program:
        program.wait_for("● online")
        program.type("\x0b")
        program.wait_for("Go to")
        program.type("张三")
        program.wait_for(r"› 张三[\s\S]* 1/\d+ ─╯")
        program.type("\r")
        program.wait_for(lambda screen: "Go to" not in screen and re.search("│ 张三.*林小满", screen) is not None)
        program.type("it waits\r")
        program.wait_for("1 text waiting")
        program.type("\x0c")
        while program.process.poll() is None:
            # The input thread breaks at the first key after that.
            with contextlib.suppress(OSError):
                program.type("Z")
            program.listen(0.3)
        assert program.end() == 70
        is_restored(program)
        said = program.raw.decode("utf-8", "replace")
    report = home / "state/default/crash.txt"
    assert "RuntimeError" in said and str(report) in said
    assert SECRET not in said
    kept = report.read_text("utf-8")
    assert "in boom" in kept and "builtins.RuntimeError" in kept
    assert "xterm-256color" in kept and "textual 8" in kept and "SQLite" in kept
    assert SECRET not in kept and "it waits" not in kept and "张三" not in kept
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


async def test_what_waits_in_the_outbox_is_there_after_a_mistake(
    logged_in: Wxtui, sandbox: Sandbox, home: Path
) -> None:
    test_a_mistake_ends_with_70_a_report_and_a_terminal_as_it_was(logged_in, sandbox, home, "input thread")
    path = find_profile("default").store_file
    async with await Store.open(path, clock=lambda: datetime.now(UTC)) as store:
        assert [getattr(row.body, "text", "") for row in await store.waiting()] == ["it waits"]


def test_a_store_with_wrong_values_is_said_to_be_damaged_and_set_aside(logged_in: Wxtui) -> None:
    assert logged_in("send", "张三", "-m", "hello").code == 0
    with closing(sqlite3.connect(find_profile("default").store_file)) as connection:
        connection.execute("UPDATE conversation SET unread = x'ff00'")
        connection.commit()
    with Program(command=[str(WXTUI)]) as program:
        assert program.end() == 1
        is_restored(program)
        assert "is damaged: a value of the wrong type in conversation.unread" in program.raw.decode()
    with Program(command=[str(WXTUI)]) as program:
        program.wait_for("The database was damaged")
        program.type("\x11")
        assert program.end() == 0


# ---------------------------------------------------------------- signals


def hooked(tmp_path: Path, module: str, number: int) -> dict[str, str]:
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTED.format(module=module, number=int(number)))
    return {"PYTHONPATH": str(tmp_path)}


MOMENTS = [
    "tui.cli.main",
    "click",
    "tui.cli.shared.global_options",
    "tui.cli.shared.lines",
    "tui.store.store",
    "sqlite3",
    "msgspec",
]


@pytest.mark.parametrize("module", MOMENTS)
def test_ctrl_c_while_a_command_loads_is_quiet(tmp_path: Path, module: str) -> None:
    done = subprocess.run(
        [WXTUI, "log", "张三"],
        capture_output=True,
        env=os.environ | hooked(tmp_path, module, signal.SIGINT),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, b"", b"")


FACE_MOMENTS = [
    "tui.cli.full_screen",
    "tui.config.settings",
    "tui.app",
    "textual.app",
    "tui.screens.chat.chat_screen",
    "tui.store.store",
]
LATER = ["textual.drivers.linux_driver", "tui.services.util.retry", "tui.services.session.login_events", "httpx"]


@pytest.mark.parametrize("module", FACE_MOMENTS + LATER)
def test_ctrl_c_while_the_full_screen_program_loads_is_quiet(tmp_path: Path, module: str) -> None:
    with Program(command=[str(WXTUI)], environ=hooked(tmp_path, module, signal.SIGINT)) as program:
        assert program.end() == 130
        is_restored(program)
        assert not re.sub(rb"\x1b[\[\]?><0-9;$]*[A-Za-z]|\s", b"", program.raw) or module in LATER


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_that_can_be_caught_restores_the_terminal(logged_in: Wxtui, number: signal.Signals) -> None:
    with Program(command=[str(WXTUI)]) as program:
        program.wait_for("● online")
        program.process.send_signal(number)
        assert program.end() == 128 + number
        is_restored(program)


def test_a_signal_that_came_before_anything_could_be_left_counts() -> None:
    left: list[str] = []
    with Endings() as endings:
        signal.raise_signal(signal.SIGTERM)
        endings.on_signal(lambda: left.append("left"))
    assert left == ["left"] and endings.code == 143


def test_a_second_signal_ends_a_program_that_does_not_answer(logged_in: Wxtui) -> None:
    code = BROKEN.format(breaks="import time\ndef armed(app):\n    while True: pass")
    with Program(command=[sys.executable, "-c", code]) as program:
        program.wait_for("● online")
        program.type("\x0c")
        program.listen(0.2)
        program.process.send_signal(signal.SIGTERM)
        program.listen(1.2)
        assert program.process.poll() is None
        program.process.send_signal(signal.SIGTERM)
        assert program.end() == 143
        is_restored(program)


def test_a_terminal_that_is_gone_ends_it_as_a_hangup(logged_in: Wxtui, home: Path) -> None:
    program = Program(command=[str(WXTUI)])
    program.wait_for("● online")
    os.close(program._terminal)
    assert program.process.wait(30) == 129, (home / "state/default/crash.txt").read_text()


def test_what_is_logged_comes_after_the_screen_and_not_across_it(logged_in: Wxtui) -> None:
    with Program("-vv", environ=PLAIN_TERMINAL) as program:
        program.wait_for("● online")
        program.listen(1.0)
        assert b"wxtui.transport" not in program.raw
        leave(program)
        assert b"wxtui.transport" in program.raw
