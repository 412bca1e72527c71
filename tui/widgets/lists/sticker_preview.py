"""Picture of the sticker at the cursor of a list, below its rows."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip

from tui.services.pictures.drawn import Drawn, PictureBox
from tui.widgets.base.canvas import Canvas
from tui.widgets.base.preview_picture import preview_box, preview_strips


class StickerPreview(Canvas):
    """Picture of the sticker at the cursor, in half blocks; blank until it is there."""

    def __init__(self) -> None:
        super().__init__()
        self._strips: Sequence[Strip] = ()

    @property
    def box(self) -> PictureBox | None:
        """Room for a picture; None where none can be drawn."""
        return preview_box(self.size.width, self.size.height, self.color_depth)

    def show(self, picture: Drawn | None) -> None:
        """Show a picture, or nothing."""
        strips = preview_strips(picture, self.color_depth) if picture is not None else ()
        if strips or self._strips:
            self._strips = strips
            self.refresh()

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row of the picture."""
        text = self.theme_styles.text
        strip = self._strips[y] if y < len(self._strips) else Strip([], 0)
        return Strip([*strip, Segment(" " * max(0, width - strip.cell_length), text)], width)
