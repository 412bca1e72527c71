"""The mouse of a terminal: which reports are asked for, and when none."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from tests.support.pty_program import Program
from tests.support.pty_steps import go_to, leave, write

ON = (b"\x1b[?1000h", b"\x1b[?1002h", b"\x1b[?1006h")
EVERY_MOVE = b"\x1b[?1003h"


def test_clicks_and_drags_are_asked_for_also_after_a_stop(start_program: Callable[..., Program]) -> None:
    program = start_program()
    assert all(mode in program.raw for mode in ON)
    go_to(program, "张三")
    before = len(program.raw)
    program.type("\x1a")  # Ctrl+Z
    program.wait_for(lambda screen: program.raw.endswith(b"\x1b[?1004l") and program.is_stopped)
    assert all(mode.replace(b"h", b"l") in program.raw[before:] for mode in ON)
    before = len(program.raw)
    program.process.send_signal(signal.SIGCONT)
    program.wait_for(lambda screen: b"\x1b[?2004h" in program.raw[before:])
    assert all(mode in program.raw[before:] for mode in ON)
    assert EVERY_MOVE not in program.raw
    leave(program)
    for mode in ON:
        assert program.raw.rfind(mode.replace(b"h", b"l")) > program.raw.rfind(mode)


@pytest.mark.parametrize("by_file", [True, False], ids=["config.toml", "WXTUI_MOUSE"])
def test_a_mouse_that_is_the_terminals_is_never_asked_for(
    start_program: Callable[..., Program], home: Path, by_file: bool
) -> None:
    if by_file:
        (home / "config.toml").write_text("mouse = false\n")
    program = start_program({} if by_file else {"WXTUI_MOUSE": "off"})
    go_to(program, "张三")
    before = len(program.raw)
    program.type("\x1a")
    program.wait_for(lambda screen: program.raw.endswith(b"\x1b[?1004l") and program.is_stopped)
    program.process.send_signal(signal.SIGCONT)
    program.wait_for(lambda screen: b"\x1b[?2004h" in program.raw[before:])
    assert not any(mode in program.raw for mode in (*ON, EVERY_MOVE))
    leave(program)


def test_the_mouse_is_given_to_the_terminal_and_back_while_it_runs(
    start_program: Callable[..., Program], home: Path
) -> None:
    program = start_program()
    go_to(program, "张三")
    before = len(program.raw)
    program.type("/set mouse false\r")
    program.wait_for("Saved in config.toml")
    assert all(mode.replace(b"h", b"l") in program.raw[before:] for mode in ON)
    before = len(program.raw)
    program.type("/set mouse true\r")
    program.wait_for(lambda screen: "mouse is now true" in screen)
    assert all(mode in program.raw[before:] for mode in ON)
    leave(program)


def test_a_click_a_double_click_the_wheel_and_a_drag_by_their_bytes(start_program: Callable[..., Program]) -> None:
    program = start_program()
    go_to(program, "张三")
    write(program, "half a thought")
    # The list may still be waiting for its names.
    program.wait_for(lambda screen: any("Alice" in line.partition("│")[0] for line in screen.splitlines()))
    row = next(y for y, line in enumerate(program.lines) if "Alice" in line.partition("│")[0])
    program.type(mouse(0, 4, row))
    program.wait_for("│ Alice")
    border = program.lines[row].index("│")
    columns = wide_cells(program.lines[row][:border])
    program.type(press(0, columns, row) + press(32, columns + 6, row) + release(0, columns + 6, row))
    program.wait_for(lambda screen: wide_cells(program.lines[row].partition("│")[0]) == columns + 6)
    program.type(mouse(2, 4, row))
    program.wait_for("Details")
    program.type("\x1b")
    program.wait_for(lambda screen: "Details" not in screen)
    assert "│ Alice" in program.text
    leave(program)


def press(button: int, x: int, y: int) -> str:
    return f"\x1b[<{button};{x + 1};{y + 1}M"


def release(button: int, x: int, y: int) -> str:
    return f"\x1b[<{button};{x + 1};{y + 1}m"


def mouse(button: int, x: int, y: int) -> str:
    return press(button, x, y) + release(button, x, y)


def wide_cells(text: str) -> int:
    """Cells of a text in pyte's lines, where the second cell of a wide character is empty."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
