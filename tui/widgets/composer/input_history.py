"""Texts that were sent before, for the arrow keys; the text that is being typed waits at their end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.widgets.text_input.buffer import Buffer

MOST: Final = 500


class InputHistory:
    """History of one conversation's bar. An entry that was changed keeps its change until something is sent."""

    def __init__(self, entries: Sequence[str] = ()) -> None:
        self._entries = list(entries)[-MOST:]
        self._at = len(self._entries)
        self._visited: dict[int, Buffer] = {}

    def add(self, text: str) -> None:
        """Add what was sent as the newest entry; a text sent twice in a row is one entry."""
        if text.strip() and self._entries[-1:] != [text]:
            self._entries = [*self._entries, text][-MOST:]
        self.rewind()

    def rewind(self) -> None:
        """Go back to the end, where a new text is typed."""
        self._at = len(self._entries)
        self._visited.clear()

    def go(self, step: int, now: Buffer) -> Buffer | None:
        """Return the entry `step` away from `now`, the text in the bar; None beyond either end."""
        at = self._at + step
        if not 0 <= at <= len(self._entries):
            return None
        self._visited[self._at] = now
        self._at = at
        found = self._visited.get(at)
        return found if found is not None else now.another(self._entries[at])
