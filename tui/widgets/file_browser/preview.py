"""A look into the entry at the cursor: the head of a text, a picture, a folder's first names."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from tui.i18n import _
from tui.services.file_browser.image_info import ImageInfo
from tui.services.file_browser.listing import shown_name
from tui.services.file_browser.previews import Bytes, FolderHead, NoPreview, Preview, TextHead
from tui.services.pictures.drawn import Drawn, PictureBox
from tui.terminal.graphemes import cut
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.preview_picture import preview_box, preview_strips
from tui.wire.text import printable


class FilePreview(Canvas):
    """Draws a preview, with the line to the list on its left."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self._facts = ""
        self._preview: Preview | None = None
        self._picture: Drawn | str = ""
        self._lines: list[list[Segment]] | None = None

    @property
    def box(self) -> PictureBox | None:
        """Room for a picture; None where none can be drawn."""
        return preview_box(self.size.width - 3, self.size.height - 4, self.color_depth)

    def show(self, name: str, facts: str, preview: Preview | None) -> None:
        """Show a name (as the system gives it), facts about it, and its preview; None while that is being read."""
        shown = (shown_name(name), facts, preview)
        if shown != (self._title, self._facts, self._preview):
            self._title, self._facts, self._preview = shown
            self._picture = ""
            self._lines = None
            self.refresh()

    def draw_picture(self, picture: Drawn | str) -> None:
        """Add the picture to what is shown of it, or the reason why it cannot be shown."""
        self._picture = picture
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
            case ImageInfo(format=format, width=wide, height=high):
                head.insert(2, [Segment(cut(f"{format} {wide}×{high}", width), styles.dim)])
                return head + self._picture_lines(width)
            case Bytes(what=what):
                words = _("{format} file").format(format=what) if what else _("binary file")
                return [*head, [Segment(cut(words, width), styles.dim)]]
            case NoPreview(why=why):
                words = why or _("This file cannot be read.")
                return [*head, [Segment(cut(printable(words, newlines=False), width), styles.dim)]]
            case None:
                return head

    def _picture_lines(self, width: int) -> list[list[Segment]]:
        """Return the rows of the picture. Its own colours are the one exception to the styles."""
        picture = self._picture
        if isinstance(picture, str):
            return [[Segment(cut(picture, width), self.theme_styles.dim)]] if picture else []
        return [list(strip) for strip in preview_strips(picture, self.color_depth)]
