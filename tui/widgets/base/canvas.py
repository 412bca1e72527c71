"""The base of every widget here: it draws line by line, causes no layout, and has a caret where somebody types."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import ClassVar, Final, Self

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Region
from textual.layout import Layout
from textual.strip import Strip
from textual.widget import Widget

from tui.terminal.graphemes import cell_len
from tui.terminal.textual_patches import collects_changes
from tui.widgets.base.strips import whole_line
from tui.widgets.base.styles import Styles, styles_of

_BLACK = Color(0, 0, 0)
_LEFT, _RIGHT = 1, 3
"""Buttons of the mouse, by Textual's numbers."""
WHEEL: Final = 3
"""Rows that one notch of the mouse wheel scrolls."""


class Canvas(Widget, inherit_bindings=False, inherit_css=False):
    """Draws itself line by line. A subclass draws one line in `draw`; `refresh` has lines drawn again.

    Borders, padding and Textual's rendering caches are passed by: they cost more than the lines themselves.
    """

    ALLOW_SELECT = False
    DOUBLE_CLICKS: ClassVar = False
    """True where the second click of a double click means something: both must be on this widget."""
    _click: ClassVar[weakref.ref[events.Click] | None] = None
    """Last click; it comes again to the widgets round the one that was clicked."""
    _clicked: ClassVar[weakref.ref[Canvas] | None] = None
    """Widget that got the last first click."""

    async def on_event(self, event: events.Event) -> None:
        """Let the left button alone click: a right click asks for a menu, the middle one pastes in the terminal.

        The second click of a double click is dropped where it means nothing: what was under the first one, a row or a
        dialog, may have gone, and another thing be there.
        """
        if not isinstance(event, events.Click) or (Canvas._click is not None and Canvas._click() is event):
            await super().on_event(event)
            return
        Canvas._click = weakref.ref(event)
        if event.button == _RIGHT:
            self.menu_wanted(event)
        elif event.button == _LEFT and self._is_meant(event):
            await super().on_event(event)

    def _is_meant(self, event: events.Click) -> bool:
        if event.chain == 1:
            Canvas._clicked = weakref.ref(self)
            return True
        return self.DOUBLE_CLICKS and event.chain == 2 and Canvas._clicked is not None and Canvas._clicked() is self

    def menu_wanted(self, event: events.Click) -> None:
        """Hear of a right click; a subclass whose rows have a menu shows it."""

    def placed(self, **rules: object) -> Self:
        """Set rules of a style sheet (see `place`), and return the widget."""
        place(self, **rules)
        return self

    @property
    def theme_styles(self) -> Styles:
        """Styles of the theme in use."""
        return styles_of(self.app.theme, self.color_depth)

    @property
    def color_depth(self) -> str | None:
        """Rich's name of what the terminal can show, "" for no colour at all; None for a picture, which has all."""
        app = self.app
        return "" if app.no_color else None if app.is_headless else app.console.color_system

    @property
    def caret(self) -> tuple[int, int] | None:
        """Cell where the next letter goes, (x, y) in this widget; None where nobody types."""
        return None

    @property
    def reaches_terminal(self) -> bool:
        """True when drawing now reaches the terminal; False while changes are collected for one frame."""
        return not collects_changes(self.app)

    def draw(self, y: int, width: int) -> Strip:
        """Return line `y` of this widget, exactly `width` cells."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of `crop`."""
        width = self.size.width
        strips = [whole_line(self.draw(y, width)) for y in crop.line_range]
        if crop.x or crop.width != width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        for line_filter in self.get_line_filters():
            strips = [whole_line(strip.apply_filter(line_filter, _BLACK)) for strip in strips]
        return strips


class ScrollingCanvas(Canvas):
    """A canvas that the mouse wheel scrolls. Cursor and selection stay where they are."""

    def scroll_rows(self, rows: int) -> None:
        """Scroll some rows down, or up (negative)."""
        raise NotImplementedError

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.scroll_rows(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.scroll_rows(-WHEEL)


class Pane(Canvas):
    """Holds other widgets, which cover it. Textual would work out what lies below them and is never seen."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return blank lines."""
        return [Strip.blank(crop.width)] * crop.height


def place(widget: Widget, **rules: object) -> None:
    """Set rules of a style sheet, which need not be read for that."""
    for name, value in rules.items():
        if isinstance(value, Layout):
            # Textual looks a layout up by its name, and imports all layouts for that.
            widget.styles.set_rule(name, value)
        else:
            setattr(widget.styles, name, value)


def fit(segments: Iterable[Segment], width: int, style: Style) -> Strip:
    """Return a strip of exactly `width` cells: cut, or filled up in `style`."""
    parts = list(segments)
    return Strip(parts, sum(cell_len(text) for text, _style, _control in parts)).adjust_cell_length(width, style)


def chosen(strip: Strip, styles: Styles, *, barred: bool = False) -> Strip:
    """Return a line as the one that keys act on: one tint under all of it, and each word legible on that.

    `barred`: a bar stands before each line. Where the tint is reverse video the bar is enough for many lines.
    """
    if barred and styles.chosen.reverse:
        return strip
    on_chosen = styles.on_chosen
    return Strip([Segment(text, on_chosen(style or styles.text)) for text, style, _ in strip], strip.cell_length)
