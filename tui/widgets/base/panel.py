"""Frames: a panel over another screen, with a title above and hints below; and the head of a screen of its own."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.terminal.graphemes import cell_len, cut
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.fitting_hints import fitting
from tui.widgets.base.one_line import one_line
from tui.widgets.base.strips import whole_line

_LEAST: Final = 6
"""Cells below which words in the frame say nothing."""


class Panel(Canvas):
    """A frame round its children, which stand in its padding. Title and hints stand in the frame's lines."""

    def __init__(self, title: str, *children: Widget) -> None:
        super().__init__(*children)
        self._title = one_line(title)
        self._left = ""
        self._right = ""

    def foot(self, left: str, right: str = "") -> None:
        """Show hints about keys on the left and a count on the right. The last hint, the way out, goes last."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            if self.is_mounted:
                # Textual counts regions from inside the padding.
                last = Region(0, self.outer_size.height - 1, self.outer_size.width, 1)
                self.refresh(last.translate(-self.content_offset))

    def on_click(self, event: events.Click) -> None:
        """Keep a click within the frame from what a click beside it does."""
        event.stop()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of `crop`. Textual gives it counted from the frame, not from the padding."""
        width = self.outer_size.width
        return [whole_line(self.draw(y, width)).crop(crop.x, crop.right) for y in crop.line_range]

    def draw(self, y: int, width: int) -> Strip:
        """Draw a line of the frame, or its two sides."""
        styles = self.theme_styles
        if width < 2:
            return Strip.blank(width, styles.text)
        if y == 0:
            return self._edge("╭", self._title, "", "╮", width)
        if y == self.outer_size.height - 1:
            return self._edge("╰", self._left, self._right, "╯", width)
        side = Segment("│", styles.dim)
        return Strip([side, Segment(" " * (width - 2), styles.text), side], width)

    def _edge(self, first: str, left: str, right: str, last: str, width: int) -> Strip:
        """Draw `╭─ title ──────── 3 of 12 ─╮`."""
        styles = self.theme_styles
        room = width - 4
        if first == "╰":
            left, right = _beside(left, right, room)
        else:
            left = cut(f" {left} ", room, "… ") if left and room > _LEAST else ""
        room -= cell_len(right)
        segments = [
            Segment(f"{first}─", styles.dim),
            Segment(left, styles.strong if first == "╭" else styles.dim),
            Segment("─" * max(0, room - cell_len(left)), styles.dim),
            Segment(right, styles.dim),
            Segment(f"─{last}", styles.dim),
        ]
        return fit(segments, width, styles.text)


def _beside(hints: str, count: str, room: int) -> tuple[str, str]:
    """Return hints and a count as they fit beside each other: the count goes before the way out does."""
    if count:
        beside = fitting(hints, room - cell_len(count) - 4)
        if beside or not hints:
            return (f" {beside} " if beside else ""), cut(f" {count} ", room)
    shown = fitting(hints, room - 2) or cut(hints, room - 2, "… ")
    return (f" {shown} " if shown and room > _LEAST else ""), ""


class HeadLine(Canvas):
    """The head of a screen: a title, a text on its right, and a rule below."""

    def __init__(self, title: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = one_line(title)
        self._right = ""

    def show(self, right: str) -> None:
        """Show a text on the right."""
        if right != self._right:
            self._right = right
            self.refresh(Region(0, 0, self.size.width, 1))

    def draw(self, y: int, width: int) -> Strip:
        """Draw the title, or the rule."""
        styles = self.theme_styles
        if y:
            return Strip([Segment("─" * width, styles.rule)], width)
        right = cut(self._right, max(0, width - cell_len(self._title) - 4))
        line = fit([Segment(f" {self._title}", styles.strong)], width - cell_len(right) - 1, styles.text)
        return fit([*line, Segment(f"{right} ", styles.dim)], width, styles.text)
