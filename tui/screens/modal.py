"""Base of the screens that lie over another one: place, size, and the way out."""

from __future__ import annotations

from typing import Self

from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.strip import Strip

from tui.paths import styles_dir
from tui.screens.leave_once import LeavesOnce, ResultT
from tui.terminal.textual_patches import screen_lines
from tui.widgets.base.bindings import bound
from tui.widgets.base.panel import Panel
from tui.widgets.base.strips import whole_line


class Modal(ModalScreen[ResultT], LeavesOnce[ResultT]):
    """Frame in the middle of the screen below, which stays as it is; on a narrow terminal the whole screen.

    A subclass makes the frame (`_panel`) with all that stands in it.
    """

    CSS_PATH = styles_dir() / "modals.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-whole"), (60, "-part")]
    AUTO_FOCUS = None
    BINDINGS = [bound("overlay.leave", "leave")]

    _panel: Panel
    _below: list[Strip] | None = None

    def compose(self) -> ComposeResult:
        """Show the frame."""
        yield self._panel

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the screen below, kept until it changes: Textual would take it through rich for each frame."""
        if self._below is None:
            stack = self.app.screen_stack
            at = stack.index(self) if self in stack else 0
            below = screen_lines(stack[at - 1], self.size) if at else []
            self._below = [whole_line(strip) for strip in below]
        width, strips = self.size.width, self._below
        blank = Strip.blank(width)
        lines = [strips[y] if y < len(strips) else blank for y in crop.line_range]
        return lines if not crop.x and crop.width == width else [line.crop(crop.x, crop.right) for line in lines]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Forget the screen below when it has changed: only then does Textual name regions."""
        if regions:
            self._below = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def on_resize(self) -> None:
        """Forget the screen below: all of it has moved."""
        self._below = None

    def action_leave(self) -> None:
        """Go back, with nothing chosen."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Leave by a click beside the frame."""
        if event.widget is self:
            self.action_leave()
