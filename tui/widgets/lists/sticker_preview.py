"""Picture of the sticker at the cursor of a list, below its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.segment import Segment
from textual.strip import Strip

from tui.services.pictures.drawn import Drawn, PictureBox, PictureForm
from tui.widgets.base.canvas import Canvas
from tui.widgets.base.styles import FEW_COLORS

_CELL: Final = (8, 16)


class StickerPreview(Canvas):
    """Picture of the sticker at the cursor, in half blocks; blank until it is there."""

    def __init__(self) -> None:
        super().__init__()
        self._strips: Sequence[Strip] = ()

    @property
    def box(self) -> PictureBox | None:
        """Room for a picture; None where none can be drawn."""
        depth = self.color_depth
        if depth in FEW_COLORS or not self.size.width or not self.size.height:
            return None
        colors = 256 if depth == "256" else 0
        return PictureBox(self.size.width, self.size.height, _CELL, PictureForm.BLOCKS, colors)

    def show(self, picture: Drawn | None) -> None:
        """Show a picture, or nothing."""
        strips: Sequence[Strip] = ()
        if picture is not None:
            from tui.terminal.graphics.half_blocks import block_strips

            colors = 256 if self.color_depth == "256" else 0
            strips, _cost = block_strips(picture.frames[0].data, picture.columns, picture.rows, colors, 0)
        if strips or self._strips:
            self._strips = strips
            self.refresh()

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row of the picture."""
        text = self.theme_styles.text
        strip = self._strips[y] if y < len(self._strips) else Strip([], 0)
        return Strip([*strip, Segment(" " * max(0, width - strip.cell_length), text)], width)
