"""A QR code on the screen: black on white in every theme, as large as the room allows and no larger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.qr import QUIET
from tui.widgets.base.canvas import Canvas, fit

_NARROW_QUIET: Final = 2
"""Modules of white that phones still accept; for when the standard's four have no room."""
_BLACK_ON_WHITE: Final = Style.parse("#000000 on #ffffff")
_WHITE_ON_BLACK: Final = Style.parse("#ffffff on #000000")
_REVERSE: Final = Style(reverse=True)
_PLAIN: Final = Style.null()
_HALVES: Final = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
"""(upper, lower) has ink → what is drawn."""


class QrCode(Canvas):
    """Draws modules: two rows a line in half blocks, or with `full` two columns a module.

    Full blocks need no glyphs, only coloured blanks: for fonts that draw half blocks with gaps. `inverted` swaps black
    and white. Without colours, light is drawn in the terminal's own foreground: right on a dark terminal, and with
    `inverted` on a light one.
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._modules: Sequence[Sequence[bool]] = ()
        self._quiet = QUIET
        self.full = False
        self.inverted = False

    def show(self, modules: Sequence[Sequence[bool]]) -> None:
        """Draw these modules, true where the code is light, without a border; none for no code."""
        self._modules = modules
        self.refresh()

    @property
    def empty(self) -> bool:
        """True when there is no code to draw."""
        return not self._modules

    def toggle_full(self) -> None:
        """Switch between half blocks and full ones."""
        self.full = not self.full
        self.refresh()

    def toggle_inverted(self) -> None:
        """Switch between black on white and white on black."""
        self.inverted = not self.inverted
        self.refresh()

    def smallest(self) -> tuple[int, int]:
        """Return the columns and lines that the code needs at least."""
        return self._cells(_NARROW_QUIET)

    def fit_into(self, width: int, height: int) -> tuple[int, int] | None:
        """Return the columns and lines that the code takes in that much room, None when it has too little."""
        for quiet in (QUIET, _NARROW_QUIET):
            cells = self._cells(quiet)
            if cells[0] <= width and cells[1] <= height:
                if quiet != self._quiet:
                    self._quiet = quiet
                    self.refresh()
                return cells
        return None

    def _cells(self, quiet: int) -> tuple[int, int]:
        side = len(self._modules) + 2 * quiet
        return (side * 2, side) if self.full else (side, (side + 1) // 2)

    def _light(self, row: int) -> list[bool]:
        """Return a row with its border, True where it is light; beyond the code all is light."""
        at = row - self._quiet
        side = len(self._modules) + 2 * self._quiet
        if not 0 <= at < len(self._modules):
            return [True] * side
        edge = [True] * self._quiet
        return [*edge, *self._modules[at], *edge]

    def draw(self, y: int, width: int) -> Strip:
        """Draw one line of the code."""
        segments = self._full_line(y) if self.full else self._half_line(y)
        return fit(segments, width, self.theme_styles.text)

    def _half_line(self, y: int) -> list[Segment]:
        upper, lower = self._light(2 * y), self._light(2 * y + 1)
        if self.app.no_color:
            style, ink = _PLAIN, not self.inverted
        else:
            style, ink = _WHITE_ON_BLACK if self.inverted else _BLACK_ON_WHITE, False
        line = "".join(_HALVES[up is ink, low is ink] for up, low in zip(upper, lower, strict=True))
        # In three segments, so that screenshots keep the blanks at both ends.
        edge = self._quiet
        return [Segment(part, style) for part in (line[:edge], line[edge:-edge], line[-edge:])]

    def _full_line(self, y: int) -> list[Segment]:
        lit, unlit = (_REVERSE, _PLAIN) if self.app.no_color else (_BLACK_ON_WHITE, _WHITE_ON_BLACK)
        return [Segment("  ", unlit if light is self.inverted else lit) for light in self._light(y)]
