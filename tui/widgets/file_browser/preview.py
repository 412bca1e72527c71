"""A look into the entry at the cursor: the head of a text, a picture, a folder's first names."""

from __future__ import annotations

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.i18n import _
from tui.services.file_browser.listing import shown_name
from tui.services.file_browser.previews import Bytes, FolderHead, NoPreview, Picture, Preview, TextHead
from tui.terminal.graphemes import cut
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.styles import FEW_COLORS
from tui.wire.text import printable


class FilePreview(Canvas):
    """Draws a preview, with the line to the list on its left."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self._facts = ""
        self._preview: Preview | None = None
        self._lines: list[list[Segment]] | None = None

    @property
    def inner(self) -> tuple[int, int]:
        """Columns and rows for a preview."""
        return max(1, self.size.width - 3), max(1, self.size.height - 4)

    def show(self, name: str, facts: str, preview: Preview | None) -> None:
        """Show a name (as the system gives it), facts about it, and its preview; None while that is being read."""
        shown = (shown_name(name), facts, preview)
        if shown != (self._title, self._facts, self._preview):
            self._title, self._facts, self._preview = shown
            self._lines = None
            self.refresh()

    def on_resize(self) -> None:
        """Make the lines anew."""
        self._lines = None

    def draw(self, y: int, width: int) -> Strip:
        """Draw the line to the list, and a line of the preview."""
        if self._lines is None:
            self._lines = self._made(width - 3)
        line = self._lines[y] if y < len(self._lines) else []
        styles = self.theme_styles
        body = fit(line, width - 3, styles.text)
        return Strip([Segment("│ ", styles.rule), *body, Segment(" ", styles.text)], width)

    def _made(self, width: int) -> list[list[Segment]]:
        styles = self.theme_styles
        head = [[Segment(cut(self._title, width), styles.strong)], [Segment(cut(self._facts, width), styles.dim)], []]
        match self._preview:
            case TextHead(lines=lines, encoding=encoding, more=more):
                body = [[Segment(cut(line, width), styles.text)] for line in lines]
                head[1] = [Segment(cut(" · ".join(filter(None, (self._facts, encoding))), width), styles.dim)]
                if more:
                    body.append([Segment("⋯", styles.dim)])
                return head + body
            case FolderHead(names=names, more=more):
                if not names:
                    return [*head, [Segment(cut(_("an empty folder"), width), styles.dim)]]
                rows = [[Segment(cut(name, width), styles.text)] for name in names]
                return head + rows + ([[Segment("⋯", styles.dim)]] if more else [])
            case Picture(measure=measure, pixels=pixels):
                words = f"{measure.format} · {measure.width} × {measure.height}"
                head.insert(2, [Segment(cut(words, width), styles.dim)])
                return head + ([] if self.color_depth in FEW_COLORS else self._picture(pixels))
            case Bytes(what=what):
                words = _("{format} file").format(format=what) if what else _("binary file")
                return [*head, [Segment(cut(words, width), styles.dim)]]
            case NoPreview(why=why):
                words = why or _("This file cannot be read.")
                return [*head, [Segment(cut(printable(words, newlines=False), width), styles.dim)]]
            case None:
                return head

    def _picture(self, pixels: tuple[tuple[tuple[int, int, int] | None, ...], ...]) -> list[list[Segment]]:
        """Draw two pixels a cell, one above the other. Their own colours are the one exception to the styles."""
        rows: list[list[Segment]] = []
        ground = self.theme_styles.text
        for y in range(0, len(pixels), 2):
            upper = pixels[y]
            lower = pixels[y + 1] if y + 1 < len(pixels) else (None,) * len(upper)
            row = []
            for above, below in zip(upper, lower, strict=True):
                if above is None and below is None:
                    row.append(Segment(" ", ground))
                elif above is None:
                    row.append(Segment("▄", ground + _style(below)))
                else:
                    row.append(Segment("▀", ground + _style(above, below)))
            rows.append(row)
        return rows


def _style(front: tuple[int, int, int] | None, back: tuple[int, int, int] | None = None) -> Style:
    return Style(
        color=Color.from_rgb(*front) if front else None,
        bgcolor=Color.from_rgb(*back) if back else None,
    )
