"""An app with nothing but a screenful of text, for the screens that lie over one."""

from __future__ import annotations

from dataclasses import replace

import pyte
from rich.color import ColorSystem
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip
from textual.theme import BUILTIN_THEMES, Theme

from tests.support.waiting import until
from tui.paths import style_sheets
from tui.screens.dialogs.identity_question import IdentityQuestion
from tui.screens.dialogs.question import Question
from tui.terminal.frame import Frame
from tui.terminal.textual_patches import Update, placed_strips
from tui.widgets.base.canvas import Canvas, fit

THEMES = (
    replace(BUILTIN_THEMES["ansi-dark"], name="terminal", primary="ansi_green", accent="ansi_green"),
    Theme("dark", primary="#2fd07f", background="#14181a", foreground="#d7dbd8", dark=True),
    Theme("light", primary="#067a3e", background="#fbfbf9", foreground="#1f2624", dark=False),
)


class Backdrop(Canvas):
    """Lines that say which they are."""

    def draw(self, y: int, width: int) -> Strip:
        return fit([Segment(f"line {y} " + "below 下面 " * 30, self.theme_styles.text)], width, self.theme_styles.text)

    def on_mount(self) -> None:
        self.styles.height = "1fr"


class DialogApp(App[None], inherit_bindings=False):
    """The screens under test are pushed on it."""

    CSS_PATH = style_sheets("modals")[:1]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, theme: str = "terminal") -> None:
        super().__init__()
        for one in THEMES:
            self.register_theme(one)
        self.theme = theme
        self.results: list[object] = []

    def compose(self) -> ComposeResult:
        yield Backdrop()

    async def show(self, screen: Screen[object]) -> None:
        """Push it; its result goes to `results`."""
        await self.push_screen(screen, self.results.append)


async def question_is_seen(pilot: Pilot[None], asked: Question | IdentityQuestion) -> None:
    """Wait until the question stands on the terminal."""

    async def seen() -> bool:
        await pilot.pause()
        return asked.settling.seen

    await until(seen)


class DrawnDialogApp(DialogApp):
    """Sends what is drawn, and only that, to the emulator of a terminal: what nobody refreshed stays old there."""

    def __init__(self, theme: str = "terminal") -> None:
        super().__init__(theme)
        self._terminal = pyte.Screen(80, 24)
        self._stream = pyte.Stream(self._terminal)
        self._frame = Frame(80, 24, ColorSystem.TRUECOLOR)

    def _display(self, screen: Screen[object], renderable: object) -> None:
        if isinstance(renderable, Update):
            self._stream.feed(self._frame.write(placed_strips(renderable), None, synchronized=False))
        super()._display(screen, None)

    @property
    def seen(self) -> list[str]:
        """The lines of the terminal."""
        return [line.rstrip() for line in self._terminal.display]
