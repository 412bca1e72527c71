"""Paragraphs beside a picture, wrapped to the room there is; what matters least goes first when it is scarce."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from tui.terminal.graphemes import cell_len, cut, pad, wrapped
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.styles import Run, Tone
from tui.wire.text import printable

_Line = list[Run]


class PanelParagraph(msgspec.Struct, frozen=True):
    """A paragraph in one tone. For want of room the one with the highest `rank` goes first; 0 never goes.

    A paragraph that `counts` is a single line right below the one before it, and changes without the others.
    """

    text: str
    tone: Tone = Tone.TEXT
    rank: int = 0
    counts: bool = False


class KeyHints(msgspec.Struct, frozen=True):
    """Keys with their meanings: one a line, or in one paragraph for want of room, or else only the `brief` ones."""

    keys: tuple[tuple[str, str], ...]
    rank: int = 0
    brief: tuple[tuple[str, str], ...] = ()


class _Density(Enum):
    """How close the paragraphs stand, the loosest first."""

    LISTED = "listed"
    """A blank line between all, and a key a line."""
    SPACED = "spaced"
    """A blank line between all."""
    GROUPED = "grouped"
    """A blank line behind what stands out, and before the keys."""
    TIGHT = "tight"
    """No blank line."""


class TextPanel(Canvas):
    """Draws paragraphs with blank lines between them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._paragraphs: tuple[PanelParagraph | KeyHints, ...] = ()
        self._lines: list[_Line] = []
        self._count_at = -1

    def show(self, *paragraphs: PanelParagraph | KeyHints) -> None:
        """Show these paragraphs."""
        if paragraphs != self._paragraphs:
            self._paragraphs = paragraphs
            self._arrange()
            self.refresh()

    def count(self, text: str) -> None:
        """Change the line that counts, and nothing else."""
        if self._count_at >= 0:
            tone = self._lines[self._count_at][0][1]
            self._lines[self._count_at] = [(cut(text, self.size.width), tone)]
            self.refresh(Region(0, self._count_at, self.size.width, 1))

    def on_resize(self) -> None:
        """Wrap the paragraphs anew."""
        self._arrange()
        self.refresh()

    # ---------------------------------------------------------------- arranging

    def _arrange(self) -> None:
        width, height = self.size
        if width <= 0 or height <= 0:
            return
        kept = list(self._paragraphs)
        while not any(self._laid(kept, width, density) <= height for density in _Density):
            least = max(kept, key=lambda one: one.rank)
            if not least.rank:
                return
            at = kept.index(least)
            kept[at : at + 1] = (
                [KeyHints(least.brief, least.rank)] if isinstance(least, KeyHints) and least.brief else []
            )

    def _laid(self, paragraphs: Sequence[PanelParagraph | KeyHints], width: int, density: _Density) -> int:
        """Arrange the paragraphs, and return how many lines they take."""
        lines: list[_Line] = []
        self._count_at = -1
        over: PanelParagraph | KeyHints | None = None
        for one in paragraphs:
            if isinstance(one, PanelParagraph) and one.counts:
                self._count_at = len(lines)
                lines.append([(cut(one.text, width), one.tone)])
                continue
            if over is not None and _parted(over, one, density):
                lines.append([])
            over = one
            if isinstance(one, PanelParagraph):
                text = printable(one.text, newlines=False)
                lines += [[(line, one.tone)] for line in wrapped(text, width)]
            else:
                lines += _listed(one, width) if density is _Density.LISTED else _flowing(one, width)
        self._lines = lines
        return len(lines)

    # ---------------------------------------------------------------- drawing

    def draw(self, y: int, width: int) -> Strip:
        """Draw one line of the paragraphs."""
        line = self._lines[y] if y < len(self._lines) else []
        styles = self.theme_styles
        return fit([Segment(text, styles[tone]) for text, tone in line], width, styles.text)


def _parted(over: PanelParagraph | KeyHints, below: PanelParagraph | KeyHints, density: _Density) -> bool:
    """Return whether a blank line stands between two paragraphs."""
    if density is not _Density.GROUPED:
        return density is not _Density.TIGHT
    return isinstance(below, KeyHints) or isinstance(over, KeyHints) or over.tone is not Tone.DIM


def _listed(keys: KeyHints, width: int) -> list[_Line]:
    """Return the keys in two columns, or below each other where those would cut a word off."""
    room = max(cell_len(key) for key, _label in keys.keys) + 2
    if room + max(cell_len(label) for _key, label in keys.keys) > width:
        room = 0
    lines: list[_Line] = []
    for key, label in keys.keys:
        head = pad(key, room) if room else key + " "
        lines.append([(head, Tone.ACCENT), (cut(label, max(0, width - cell_len(head))), Tone.DIM)])
    return lines


def _flowing(keys: KeyHints, width: int) -> list[_Line]:
    lines: list[_Line] = [[]]
    used = 0
    for key, label in keys.keys:
        cells = cell_len(key) + 1 + cell_len(label)
        if used and used + 3 + cells > width:
            lines.append([])
            used = 0
        if used:
            lines[-1].append((" · ", Tone.DIM))
            used += 3
        lines[-1] += [(key + " ", Tone.ACCENT), (label, Tone.DIM)]
        used += cells
    return lines
