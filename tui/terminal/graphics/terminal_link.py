"""The terminal of the running program, as far as pictures ask it and write to it."""

from __future__ import annotations

import asyncio
import os
from time import perf_counter
from typing import Final

from tui.terminal import tmux
from tui.terminal.driver import TerminalDriver
from tui.terminal.graphics.terminal_report import ALWAYS_ANSWERED, TerminalQuery
from tui.terminal.key_order import KeyOrder

_QUIET: Final = 0.05
"""Seconds since the last key after which no other one is near."""


class TerminalLink:
    """Writes of pictures, and questions. Without a terminal, or while an editor has it, nothing is written."""

    def __init__(self, app: KeyOrder) -> None:
        self._app = app

    @property
    def _open(self) -> TerminalDriver | None:
        driver = self._app.open_terminal
        return driver if isinstance(driver, TerminalDriver) else None

    def ask(self, *queries: TerminalQuery) -> None:
        """Write questions; their answers come as `TerminalReport`."""
        if (driver := self._open) is not None:
            driver.ask("".join(query.value for query in queries), sum(query in ALWAYS_ANSWERED for query in queries))

    def cell_pixels(self) -> tuple[int, int] | None:
        """Return the pixels of a cell as the system knows them, None where it does not."""
        return driver.cell_pixels if isinstance(driver := self._app.terminal_driver, TerminalDriver) else None

    def cells(self) -> tuple[int, int]:
        """Return columns and rows."""
        return self._app.size

    def is_free(self) -> bool:
        """Return True while a piece may be written."""
        app, driver = self._app, self._open
        return (
            driver is not None
            and not app.is_blind
            and not app.input_waiting
            and perf_counter() - app.last_input >= _QUIET
            and not driver.output_waiting
        )

    def write_picture(self, text: str) -> bool:
        """Write at once; return False where no terminal is open."""
        if (driver := self._open) is None:
            return False
        driver.write(text)
        return True

    def leave_with(self, text: str) -> None:
        """Write this before the terminal is given back, however the program ends."""
        if isinstance(driver := self._app.terminal_driver, TerminalDriver):
            driver.leaving = text

    def has_left(self) -> bool:
        """Return True when nothing is to be written then, or was."""
        driver = self._app.terminal_driver
        return not isinstance(driver, TerminalDriver) or not driver.leaving

    @staticmethod
    async def ask_tmux() -> tmux.TmuxView | None:
        """Return how tmux shows our pane; runs it in a thread."""
        return await asyncio.to_thread(tmux.view, os.environ.get("TMUX_PANE", ""))
