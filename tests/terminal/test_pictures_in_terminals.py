"""Pictures in the whole program, as terminals show them: one run for each, through all that moves cells."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.command_line import Wxtui
from tests.support.pty_program import Program
from tests.support.pty_steps import CTRL_K, PLAIN_TERMINAL, go_to, leave
from tests.support.sandbox_thread import Sandbox
from tests.support.terminal_emulator import Answering, Emulator
from tests.support.waiting import wait_until

Start = Callable[[Emulator], Program]
PAGE_UP, END, ESCAPE, ALT_E, CTRL_Z = "\x1b[5~", "\x1b[F", "\x1b", "\x1be", "\x1a"


@pytest.fixture
def start(logged_in: Wxtui) -> Iterator[Start]:
    """Start the program in an emulator, on a profile that is logged in."""
    started: list[Program] = []

    def begin(emulator: Emulator) -> Program:
        program = Program(emulator=emulator, environ=PLAIN_TERMINAL | {"COLORTERM": "truecolor", "VISUAL": "true"})
        started.append(program)
        program.wait_for("● online")
        return program

    yield begin
    for program in started:
        program.__exit__(None, None, None)


def picture_of_alice(program: Program, sandbox: Sandbox) -> None:
    """Let Alice send a picture, and select it."""
    go_to(program, "Alice")
    sandbox.post("push", type="image", **{"from": "Alice"})
    program.wait_for(r"Alice +▣ image")
    program.type("\t")


def whole(emulator: Emulator) -> bool:
    """Say whether something is shown, and every image of which a cell is shown is shown whole."""
    shown = emulator.shown_images()
    cells = emulator.parts()
    for image, (_x, _y, columns, rows) in shown.items():
        known = emulator.images.get(image)
        if known is None or known.grid != (columns, rows):
            return False
    return bool(shown) and len(cells) == sum(columns * rows for _x, _y, columns, rows in shown.values())


def seen(program: Program) -> tuple[list[list[object]], tuple[int, int] | None]:
    """Return every cell, of an image which part of it, and the cursor."""
    assert program.emulator is not None
    parts = program.emulator.parts()
    rows: list[list[object]] = [
        [(part.row, part.column) if (part := parts.get((x, y))) is not None else cell for x, cell in enumerate(row)]
        for y, row in enumerate(program.picture)
    ]
    return rows, program.cursor


def settle(program: Program, shows: Callable[[Emulator], bool] = whole) -> tuple[list[list[object]], object]:
    """Wait until this is shown, and nothing is wrong; return what is seen."""
    emulator = program.emulator
    assert emulator is not None
    program.wait_for(lambda _text: shows(emulator))
    program.settle(0.3)
    assert emulator.objections() == []
    return seen(program)


def check_cells(program: Program) -> None:
    """Compare what was written change by change with what the program writes anew, which is all that it means to."""
    before, size = seen(program), len(program.raw)
    # Of the same size: some terminals have cut what they showed in between.
    program.process.send_signal(signal.SIGWINCH)
    program.wait_for(lambda _text: len(program.raw) > size + 1000)
    assert settle(program, lambda _emulator: seen(program) == before) == before


def cover_and_scroll(program: Program, emulator: Emulator) -> None:
    """Lay a list over a picture, and scroll it away: it comes back as it was, and is not sent again."""
    first, sent = settle(program), len(emulator.images_sent)
    program.type(CTRL_K)
    program.wait_for("Go to")
    program.settle(0.3)
    covered = seen(program)
    program.type(ESCAPE)
    assert settle(program) == first
    program.type(PAGE_UP)
    program.settle(0.3)
    program.type(END)
    assert settle(program) == first
    assert len(emulator.images_sent) == sent == 1
    # All is drawn anew, and is as what was changed piece by piece: as it is, scrolled, covered.
    check_cells(program)
    program.type(PAGE_UP)
    program.settle(0.3)
    check_cells(program)
    program.type(END)
    settle(program)
    program.type(CTRL_K)
    program.wait_for(lambda _text: seen(program) == covered)
    check_cells(program)
    program.type(ESCAPE)
    assert settle(program) == first


def resize_and_view(program: Program) -> None:
    """Show a picture in another size, and on the whole screen: back in its place it is as it was."""
    first = settle(program)
    program.resize(80, 24)
    settle(program)
    check_cells(program)
    program.resize(100, 30)
    assert settle(program) == first
    program.type("o")
    settle(program, lambda terminal: any(size[3] > 14 for size in terminal.shown_images().values()))
    program.type(ESCAPE)
    assert settle(program, lambda terminal: whole(terminal) and "Alice" in program.text) == first


def stop_and_edit(program: Program, emulator: Emulator) -> None:
    """Let the shell have the terminal, and an editor: images are sent again, for it may have forgotten them."""
    place = list(emulator.shown_images().values())
    program.type(CTRL_Z)
    wait_until(lambda: program.settle(0.1) == 0 and program.is_stopped)
    os.kill(program.process.pid, signal.SIGCONT)
    settle(program)
    assert list(emulator.shown_images().values()) == place
    sent = len(emulator.images_sent)
    program.type(ALT_E)
    settle(program, lambda terminal: whole(terminal) and len(terminal.images_sent) > sent)
    assert len(emulator.images_sent) == sent + 1 and emulator.images_left == list(emulator.images)
    check_cells(program)


@pytest.mark.parametrize("kind", ["kitty", "ghostty"])
def test_placeholders_stay_true_whatever_moves(start: Start, sandbox: Sandbox, kind: str) -> None:
    emulator = Emulator(100, 30, kind)
    program = start(emulator)
    picture_of_alice(program, sandbox)
    if kind == "kitty":
        cover_and_scroll(program, emulator)
    resize_and_view(program)
    stop_and_edit(program, emulator)
    program.type(ESCAPE)
    go_to(program, "张三")
    program.settle(0.3)
    assert emulator.shown_images() == {}
    check_cells(program)
    leave(program)
    assert emulator.objections() == []
    assert emulator.images_left == []


def test_sixel_stands_in_the_full_view_alone(start: Start, sandbox: Sandbox) -> None:
    emulator = Emulator(100, 30, "sixel")
    program = start(emulator)
    picture_of_alice(program, sandbox)
    program.wait_for("▀")
    program.settle(0.3)
    log = program.picture
    program.type("o")
    program.wait_for(lambda _text: bool(emulator.sixels))
    program.settle(0.5)
    [sixel] = emulator.sixels
    assert len(sixel.cells) == sixel.columns * sixel.rows, "no cell was drawn over"
    assert sixel.columns > 30
    # Details over it, and away again.
    program.type("i")
    program.wait_for("MsgID")
    program.settle(0.3)
    program.type("\x1b")
    program.wait_for(lambda text: "MsgID" not in text and any(one.rows > 10 for one in emulator.sixels))
    program.settle(0.5)
    assert [len(one.cells) for one in emulator.sixels][-1:] == [sixel.columns * sixel.rows]
    program.type("\x1b")
    program.wait_for(lambda text: "▀" in text and not emulator.sixels)
    program.settle(0.3)
    assert program.picture == log
    leave(program)
    assert emulator.objections() == []


def test_who_names_itself_without_placeholders_gets_half_blocks(start: Start, sandbox: Sandbox) -> None:
    """Konsole answers questions about graphics and draws boxes for placeholders; its answers come byte by byte here."""
    emulator = Emulator(100, 30, "konsole", answering=Answering.IN_PIECES)
    program = start(emulator)
    program.settle(0.5)
    program.wait_for("› Message")
    picture_of_alice(program, sandbox)
    program.wait_for("▀")
    program.settle(0.5)
    assert emulator.images_sent == []
    assert emulator.parts() == {}
    leave(program)
    assert emulator.objections() == []


def test_ended_while_an_image_is_on_its_way_nothing_of_it_stays(start: Start, sandbox: Sandbox) -> None:
    """The rest of the image, its end, and the terminal's late answer: none of them is seen in the shell."""
    emulator = Emulator(100, 30, "kitty", answering=Answering.IN_PIECES)
    program = start(emulator)
    picture_of_alice(program, sandbox)
    program.wait_for(lambda _text: b"\x1b_G" in program.raw)
    assert emulator.images_sent == []
    program.process.send_signal(signal.SIGTERM)
    assert program.end() == 128 + signal.SIGTERM
    assert emulator.objections() == []
    assert emulator.images_left == []


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_tmux_hands_images_on_where_it_may(
    logged_in: Wxtui, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
    settings, emulator = tmp_path / "tmux.conf", Emulator(100, 30, "kitty")
    settings.write_text(
        "set -g default-terminal tmux-256color\nset -g status off\nset -g allow-passthrough on\n"
        "set -as terminal-features ',xterm*:RGB'\n"
    )
    tmux = ["tmux", "-u", "-L", f"pictures-{os.getpid()}", "-f", str(settings)]
    environ = PLAIN_TERMINAL | {"COLORTERM": "truecolor"}
    try:
        with Program(emulator=emulator, environ=environ, command=[*tmux, "new", f"{sys.executable} -m tui"]) as program:
            program.wait_for("● online")
            picture_of_alice(program, sandbox)
            program.wait_for(lambda _text: whole(emulator))
            program.settle(0.3)
            assert len(emulator.images_sent) == 1
            # A second pane takes half the room: the cells that are left say the same of the image.
            subprocess.run([*tmux, "split-window", "-h", "sleep 100"], check=True)
            program.wait_for(lambda text: "│" in text and "sleep" not in text)
            program.settle(0.5)
            subprocess.run([*tmux, "kill-pane"], check=True)
            program.wait_for(lambda _text: whole(emulator))
            program.settle(0.3)
            assert emulator.objections() == []
            first = list(emulator.shown_images().values())
            # In another terminal, which has no image yet; the one before is told nothing any more.
            other = Emulator(100, 30, "kitty")
            with Program(emulator=other, environ=environ, command=[*tmux, "attach", "-d"]) as attached:
                assert program.end() == 0
                # The first key after a pause, or a focus where tmux tells of it.
                attached.wait_for("› Message")
                attached.settle(0.3)
                attached.type("\x1b[B")
                attached.wait_for(lambda _text: whole(other))
                attached.settle(0.3)
                assert list(other.shown_images().values()) == first and len(other.images_sent) == 1
                # tmux had drawn cells of the one before, which this terminal was told to forget, like any that is left.
                other.mistakes.clear()
                assert other.objections() == []
                # Where it may not, half blocks.
                subprocess.run([*tmux, "set", "-g", "allow-passthrough", "off"], check=True)
                attached.resize(90, 30)
                attached.wait_for("▀")
                subprocess.run([*tmux, "set", "-g", "allow-passthrough", "on"], check=True)
                leave(attached)
                assert other.objections() == []
                assert other.images_left == []
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True)
