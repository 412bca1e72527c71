"""Screen that is left only once, however often a key asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

from tui.key_table import Area
from tui.widgets.base.bindings import bound

ResultT = TypeVar("ResultT")


class LeavesOnce(Screen[ResultT]):
    """Screen whose second `dismiss` does nothing: Textual's would take away the screen below.

    A screen that leaves by itself, as the picker does when its files are checked, may lie below another one, the login
    for example: then it goes as soon as it is on top.
    """

    HELP_AREAS: ClassVar[tuple[Area, ...]] = ()
    """Areas of the help that F1 shows here; a screen without any has no help of its own."""
    BINDINGS = [bound("help", "app.help", priority=True), bound("overlay.quit", "app.quit")]

    _leaving = False
    _leaves_later = False
    _left_with: ResultT | None = None

    def dismiss(self, result: ResultT | None = None) -> AwaitComplete:
        """Leave with this result, once."""
        if self._leaving:
            return AwaitComplete()
        self._leaving = True
        if self.app.screen is not self:
            self._leaves_later, self._left_with = True, result
            return AwaitComplete()
        return super().dismiss(result)

    @property
    def own_help(self) -> Sequence[tuple[str, str]]:
        """Keys, as shown, and what they do on this screen alone: the answers of a question."""
        return ()

    def on_screen_resume(self) -> None:
        """Leave now where `dismiss` had to wait for another screen."""
        if self._leaves_later:
            self._leaves_later = False
            super().dismiss(self._left_with)
