"""The barest Textual program: the floor that the full-screen program is compared with."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.widgets import Input, Static


class Bare(App[None]):
    """One word and one field."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """A word to wait for."""
        yield Static("ready")
        field = Input()
        # Without it nothing moves: the floor of an idle program, whose cursor is the terminal's own.
        field.cursor_blink = "--still" not in sys.argv
        yield field


if __name__ == "__main__":
    Bare().run()
