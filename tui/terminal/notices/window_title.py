"""Title of the terminal's window: how much is unread. The title from before comes back however the program ends.

Terminals keep it on a stack (XTWINOPS 22 and 23). One that has none shows an empty title, or its own, until the shell
sets the next. In tmux it is the pane's title, which tmux shows, and hands on where `set-titles` is on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from tui.terminal.driver import TerminalDriver
from tui.terminal.graphemes import cut
from tui.terminal.key_order import KeyOrder
from tui.terminal.notices.desktop_notifications import swallows_unknown
from tui.wire.text import printable

_SAVE: Final = "\x1b[22;2t"
_RESTORE: Final = "\x1b]2;\x07\x1b[23;2t"
_MOST: Final = 80
"""Cells of a title."""


def title_words(profile: str, unread: int, mentions: int) -> str:
    """Return a title: the profile unless it is the usual one, unread conversations, messages that name me."""
    name = "wxtui" if profile == "default" else f"{profile} wxtui"
    counts = [*([str(unread)] if unread else []), *([f"@{mentions}"] if mentions else [])]
    return f"{name} ({', '.join(counts)})" if counts else name


class WindowTitle:
    """The window's title, for as long as the program has the terminal."""

    def __init__(self, app: KeyOrder, environ: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._knows = swallows_unknown(os.environ if environ is None else environ)
        self._shown = ""

    def show(self, words: str) -> None:
        """Show a title, unless it is there already; on a terminal that would print the sequence nothing."""
        driver = self._app.open_terminal
        if words == self._shown or not self._knows or not isinstance(driver, TerminalDriver):
            return
        save = "" if driver.untitle else _SAVE
        # Known before it is written: a signal in between restores it all the same.
        driver.untitle = _RESTORE
        driver.write(f"{save}\x1b]2;{cut(printable(words, newlines=False), _MOST)}\x07")
        driver.flush()
        self._shown = words

    def withdraw(self) -> None:
        """Bring the title from before back."""
        driver = self._app.open_terminal
        if isinstance(driver, TerminalDriver) and driver.untitle:
            driver.write(driver.untitle)
            driver.flush()
            driver.untitle = ""
        self.forget()

    def forget(self) -> None:
        """Take the title for unknown: the terminal was another program's."""
        self._shown = ""
