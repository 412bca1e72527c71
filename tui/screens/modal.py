"""Base of the screens that lie over another one: place, size, and the way out."""

from __future__ import annotations

from typing import ClassVar, Final, Self

from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from tui.paths import style_sheets
from tui.screens.leave_once import LeavesOnce, ResultT
from tui.terminal.textual_patches import screen_lines
from tui.widgets.base.bindings import bound
from tui.widgets.base.page import Page
from tui.widgets.base.panel import Panel
from tui.widgets.base.strips import whole_line
from tui.widgets.lists.row_list import RowList

_EDGES: Final = 2
"""Lines of the frame above and below what it holds."""
_NARROW: Final = 60
"""Columns below which a frame is as wide as the screen, with less space at its sides."""


class Modal(ModalScreen[ResultT], LeavesOnce[ResultT]):
    """Frame over the screen below, which stays as it is. It is no higher than what it holds.

    A subclass makes the frame (`_panel`) with all that stands in it, and lays out in `lay_out` what depends on the
    width. Lists and pages in the frame grow and shrink with their rows; then its upper edge stays where it is.
    """

    MOST_COLUMNS: ClassVar = 80
    MOST_ROWS: ClassVar = 20
    """Size of the frame at most."""
    GROWS: ClassVar = False
    """True where rows come later: the frame leaves room below it."""

    CSS_PATH = style_sheets("modals")
    HORIZONTAL_BREAKPOINTS = [(0, "-whole"), (_NARROW, "-part")]
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

    # ---------------------------------------------------------------- size

    @property
    def inner_width(self) -> int:
        """Columns inside the frame."""
        width = self.app.size.width
        return max(1, width - 2 if width < _NARROW else min(self.MOST_COLUMNS, width) - 4)

    def lay_out(self) -> None:
        """Lay out what depends on the width; a subclass may."""

    def on_mount(self) -> None:
        """Give the frame its size."""
        self._panel.styles.width = self.MOST_COLUMNS
        self.lay_out()
        self.fit()

    def on_resize(self) -> None:
        """Forget the screen below: all of it has moved. Lay out for another size."""
        self._below = None
        self.lay_out()
        self.fit()

    def fit(self) -> None:
        """Let lists and pages be as high as what they show, as far as there is room; put the frame in the middle."""
        screen = self.app.size
        most = min(self.MOST_ROWS, screen.height) - _EDGES
        shown = [child for child in self._panel.children if child.display]
        panes = [child for child in shown if isinstance(child, Page | RowList)]
        room = most - sum(self._lines_of(child) for child in shown if child not in panes)
        used = most - room
        for at, pane in enumerate(panes):
            # The one before the last takes half at most.
            share = max(1, room // (len(panes) - at))
            pane.styles.max_height = share
            height = min(share, self._lines_of(pane))
            room, used = room - height, used + height
        height = self.MOST_ROWS if self.GROWS else used + _EDGES
        self._panel.styles.margin = (max(0, (screen.height - height) // 2), 0, 0, 0)

    def _lines_of(self, child: Widget) -> int:
        """Return the lines that a child of the frame wants."""
        height = child.styles.height
        if height is not None and height.cells is not None:
            return height.cells
        return child.get_content_height(self.app.size, self.app.size, self.inner_width)

    def action_leave(self) -> None:
        """Go back, with nothing chosen."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Leave by a click beside the frame."""
        if event.widget is self:
            self.action_leave()
