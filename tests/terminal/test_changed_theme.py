"""Another theme while the program runs: every cell of the terminal follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.pty_program import Picture, Program
from tests.support.pty_steps import go_to, leave

DARK = {"14181a", "d7dbd8", "7d8784"}
LIGHT = {"fbfbf9", "1f2624", "6c7673"}


def colours(picture: Picture) -> set[str]:
    return {colour for row in picture for _char, fg, bg, _bold, _reverse in row for colour in (fg, bg)}


def test_every_cell_of_the_terminal_has_the_new_colours(start_program: Callable[..., Program], home: Path) -> None:
    (home / "config.toml").write_text('theme = "dark"\n')
    program = start_program({"COLORTERM": "truecolor"})
    go_to(program, "Bob")
    program.settle()
    dark = program.picture
    assert colours(dark) >= DARK and not colours(dark) & LIGHT

    def changed_to(theme: str) -> Picture:
        program.type(f"/theme {theme}\r")
        program.wait_for("Saved in config.toml")
        program.type("x\x7f")
        program.wait_for("● online")
        program.settle()
        return program.picture

    light = changed_to("light")
    assert colours(light) >= LIGHT and not colours(light) & DARK
    assert not colours(changed_to("terminal")) & (DARK | LIGHT)
    assert changed_to("dark") == dark
    leave(program)
