"""Dialog while a folder is counted: says how far that is, and ends with the count, or with Esc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.i18n import _, counted
from tui.screens.dialogs.question import Question
from tui.services.packing.archive import FolderCount

_EVERY: Final = 0.25
"""Seconds between two drawings."""


class CountingDialog(Question):
    """Shows a count that grows; the caller closes it with `finished`. Returns None for Esc."""

    def __init__(self, name: str, found: Callable[[], FolderCount]) -> None:
        """`name` is the folder's; `found` gives the count so far."""
        self._name = name
        self._found = found
        super().__init__(self._sentence(), (("escape", _("cancel")),))

    def on_mount(self) -> None:
        """Draw the count now and then."""
        super().on_mount()
        self.set_interval(_EVERY, self._draw)

    def _draw(self) -> None:
        self.show_sentence(self._sentence())

    def _sentence(self) -> str:
        files = counted("{count} file", "{count} files", self._found().files)
        return _("Counting “{name}”: {files}…").format(name=self._name, files=files)

    def finished(self) -> None:
        """Close it: the count is complete."""
        if self.is_current:
            self.dismiss("done")
