"""What was sent before, to be gone through with the arrow keys; what is being typed waits at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.widgets.text_input.buffer import Buffer

MOST: Final = 500


class InputHistory:
    """The history of one conversation's bar. An entry that was changed keeps its change until something is sent."""

    def __init__(self, entries: Sequence[str] = ()) -> None:
        self._entries = list(entries)[-MOST:]
        self._at = len(self._entries)
        self._visited: dict[int, Buffer] = {}

    def add(self, text: str) -> None:
        """Something was sent: the newest entry; the same twice in a row is one."""
        if text.strip() and self._entries[-1:] != [text]:
            self._entries = [*self._entries, text][-MOST:]
        self.rewind()

    def rewind(self) -> None:
        """Back to the end, where a new text is typed."""
        self._at = len(self._entries)
        self._visited.clear()

    def go(self, step: int, now: Buffer) -> Buffer | None:
        """The entry that many steps away, from the text shown now; None at either end."""
        at = self._at + step
        if not 0 <= at <= len(self._entries):
            return None
        self._visited[self._at] = now
        self._at = at
        found = self._visited.get(at)
        return found if found is not None else now.another(self._entries[at])
