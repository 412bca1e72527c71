"""Every size that a window may have, while anything is open: nothing breaks, and nothing is drawn outside."""

from __future__ import annotations

import random

import pytest
from rich.color import ColorSystem
from textual import events
from textual.geometry import Size

from tests.support.program_pilot import ProgramPilot, run_program
from tests.support.sandbox_thread import Sandbox
from tui.app import WxtuiApp
from tui.terminal.frame import Frame
from tui.terminal.textual_patches import Update, placed_strips

pytestmark = pytest.mark.usefixtures("logged_in")

SIZES = [(1, 1), (2, 1), (1, 3), (3, 2), (5, 5), (12, 3), (40, 1), (1, 40), (59, 7), (60, 8), (300, 2), (400, 150)]


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Draw into a frame as for a terminal; how many bytes each update took."""
    frames: dict[tuple[int, int], Frame] = {}
    sent: list[int] = []
    draw = WxtuiApp.draw_update

    def drawing(self: WxtuiApp, update: Update) -> None:
        width, height = self.size
        # One frame for each size, with what an earlier layout of that size left in it.
        frame = frames.setdefault((width, height), Frame(width, height, ColorSystem.TRUECOLOR))
        sent.append(len(frame.write(placed_strips(update), self._caret(), synchronized=False)))
        # A strip of the old layout, while the window is smaller already.
        Frame(max(0, width - 7), max(0, height - 3), None).write(placed_strips(update), None, synchronized=False)
        draw(self, update)

    monkeypatch.setattr(WxtuiApp, "draw_update", drawing)
    return sent


async def through_all_sizes(program: ProgramPilot, seed: int) -> None:
    sizes = SIZES[:]
    random.Random(seed).shuffle(sizes)
    for width, height in [*sizes, (100, 30)]:
        await program.pilot.resize_terminal(width, height)
    # A storm: sizes faster than they can be drawn.
    for number in range(60):
        size = Size(1 + number * 7 % 90, 1 + number * 5 % 40)
        program.app.post_message(events.Resize(size, size))
    await program.pilot.resize_terminal(100, 30)
    await program.pilot.pause()


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(("/", "s"), id="completion"),
        pytest.param(("tab", "k", "k"), id="log"),
        pytest.param(("tab", "o"), id="details"),
        pytest.param(("ctrl+k", "a"), id="finder"),
        pytest.param(("ctrl+o",), id="files"),
        pytest.param(("f1",), id="help"),
        pytest.param(("f3", "a"), id="search"),
        pytest.param(("shift+tab", "slash", "a"), id="filter"),
        pytest.param(("l", "i", "alt+enter", "x", "alt+enter", "y"), id="bar"),
    ],
)
async def test_any_size_is_survived(sandbox: Sandbox, keys: tuple[str, ...], drawn: list[int]) -> None:
    async with run_program(sandbox) as program:
        await program.opened("Alice")
        sandbox.post("push", type="text", content="👨‍👩‍👧❤️ " * 60, **{"from": "Alice"})
        await program.press(*("slash" if key == "/" else key for key in keys))
        await through_all_sizes(program, len(keys))
        assert drawn
        assert program.text.strip()
