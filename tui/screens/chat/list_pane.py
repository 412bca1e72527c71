"""Room of the conversation list: its width, and whether it is hidden; both are kept for the next start."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec
from textual.widget import Widget

from tui.config.settings import ListLines
from tui.screens.chat.chat_context import BeginWork
from tui.store.store import Store

NARROW: Final = 60
"""Columns of the screen below which the list is a screen of its own."""
LEAST: Final = 16
"""Cells below which a name cannot be told from another."""
STEP: Final = 2
"""Cells by which a key makes the list narrower or wider."""
_LEAST_LOG: Final = 36
"""Cells that the messages keep, whatever width somebody wants for the list."""
_USUAL: Final = 22, 40
"""Cells of the list while nobody has said otherwise: three tenths of the screen, within these."""
_TWO_LINES: Final = 100
"""Columns of the screen from which on a conversation has a second line, for what was said last."""
_KEY: Final = "list"


class ListLayout(msgspec.Struct, frozen=True):
    """Layout as it is stored. `width` in cells as somebody asked for it, 0: as usual."""

    width: int = 0
    hidden: bool = False


def list_width(screen: int, wanted: int) -> int:
    """Return the cells of the list beside the messages, on a screen of so many; `wanted` 0: as usual."""
    usual = max(_USUAL[0], min(_USUAL[1], screen * 3 // 10))
    return max(LEAST, min(wanted or usual, screen - _LEAST_LOG))


def row_lines(screen: int, wanted: ListLines) -> int:
    """Return in how many lines a conversation stands on a screen of so many columns."""
    if wanted == "auto":
        return 2 if screen >= _TWO_LINES else 1
    return 2 if wanted == "two" else 1


class ListPane:
    """Lays the list and the messages out beside each other, or one of them alone."""

    def __init__(self, store: Store, run: BeginWork, listing: Callable[[], bool]) -> None:
        """`listing` returns True while keys go to the list."""
        self._store = store
        self._run = run
        self._listing = listing
        self._layout = ListLayout()
        self._stale = False
        """True while the layout is not kept for the next start: a border is being dragged."""
        self._screen = 0
        self._panes: tuple[Widget, Widget] | None = None

    async def load(self, left: Widget, right: Widget) -> None:
        """Take the panes, and lay them out as they were at the end of the last run."""
        self._panes = left, right
        kept = await self._store.value(_KEY)
        if kept:
            with suppress(msgspec.MsgspecError):  # Written by another version.
                self._layout = msgspec.json.decode(kept, type=ListLayout)
        self.fit(self._screen)

    @property
    def narrow(self) -> bool:
        """True while the list and the messages have no room beside each other."""
        return self._screen < NARROW

    @property
    def hidden(self) -> bool:
        """True while the list is not there, and no key leads to it."""
        return self._layout.hidden and not self.narrow

    @property
    def width(self) -> int:
        """Cells of the list beside the messages."""
        return list_width(self._screen, self._layout.width)

    def set_width(self, cells: int, *, keep: bool = True) -> None:
        """Make the list so wide, within what the screen has room for; `keep` it for the next start."""
        self._change(ListLayout(list_width(self._screen, max(1, cells)), hidden=False), keep=keep)

    def hide(self, hidden: bool) -> None:
        """Hide the list, or show it again, and keep that for the next start."""
        self._change(msgspec.structs.replace(self._layout, hidden=hidden))

    def _change(self, layout: ListLayout, *, keep: bool = True) -> None:
        if self.narrow:
            return
        if layout != self._layout:
            self._layout = layout
            self._stale = True
            self.fit(self._screen)
        if keep and self._stale:
            self._stale = False
            self._run(self._store.set_value(_KEY, msgspec.json.encode(layout).decode()), "list layout")

    def fit(self, screen: int) -> None:
        """Show as many panes as a screen of so many columns has room for."""
        self._screen = screen
        if self._panes is None:
            return
        left, right = self._panes
        listing = self._listing()
        left.display = listing if self.narrow else not self.hidden
        right.display = not (self.narrow and listing)
        left.styles.width = "1fr" if self.narrow else self.width
