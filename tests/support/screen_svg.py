"""A screen as an SVG: the cells that are drawn, placed on a grid, with no name of a font that anybody must fetch.

Lines and blocks are drawn as shapes, so that they join whatever font shows the letters. The same screen makes the same
bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from rich.segment import Segment
from rich.style import Style

from tui.terminal.graphemes import clusters

CELL, LINE = 8.43, 18
"""One cell, in the units of the picture; the letters of most fixed-width fonts are 0.602 of their size wide."""
SIZE, WIDE, BASE = 14, 15.5, 13.3
"""Of the letters: how high they are, those of two cells too, and where they stand below the top of their line."""
MARGIN = 12
FONTS = (
    "'DejaVu Sans Mono','Noto Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK SC','PingFang SC','Microsoft YaHei',"
    "monospace"
)
EMOJI = "'Noto Color Emoji','Apple Color Emoji','Segoe UI Emoji',sans-serif"
"""Fonts that people have. Those of emoji are apart: they bring digits of their own."""
EDGES = {
    "─": "we", "│": "ns", "╭": "es", "╮": "ws", "╰": "en", "╯": "wn", "┌": "es", "┐": "ws", "└": "en", "┘": "wn",
    "├": "nes", "┤": "nws", "┬": "wes", "┴": "wen", "┼": "nwes",
}  # fmt: skip
"""A line's character → the sides of its cell that it reaches."""
BLOCKS = {
    "█": (0, 0, 1, 1), "▀": (0, 0, 1, 0.5), "▄": (0, 0.5, 1, 0.5), "▌": (0, 0, 0.5, 1), "▐": (0.5, 0, 0.5, 1),
    "▏": (0, 0, 0.125, 1), "▎": (0, 0, 0.25, 1), "▔": (0, 0, 1, 0.125), "▁": (0, 0.875, 1, 0.125),
    "▰": (0.06, 0.28, 0.88, 0.44), "▱": (0.06, 0.28, 0.88, 0.44),
}  # fmt: skip
"""A block's character → its part of the cell: left, top, width, height."""
HOLLOW = "▱"


@dataclass(frozen=True, slots=True)
class Ink:
    """How letters look."""

    color: str
    bold: bool
    italic: bool
    underline: bool

    @property
    def css(self) -> str:
        """Return the style as the body of a CSS rule."""
        more = (self.bold and "font-weight:700", self.italic and "font-style:italic")
        return ";".join(filter(None, (f"fill:{self.color}", *more, self.underline and "text-decoration:underline")))


@dataclass(frozen=True, slots=True)
class Cell:
    """Cluster of characters, and its place."""

    x: int
    text: str
    width: int
    ink: Ink
    ground: str


def picture(
    lines: Sequence[Iterable[Segment]],
    width: int,
    title: str,
    *,
    foreground: str,
    background: str,
    caret: tuple[int, int] | None = None,
) -> str:
    """The SVG of these lines. `caret`: the cell in which the terminal's cursor stands."""
    inks: dict[Ink, str] = {}
    body: list[str] = []
    for y, line in enumerate(lines):
        cells = list(_cells(line, foreground, background))
        body += _grounds(cells, y, background)
        body += _shapes(cells, y)
        body += _texts(cells, y, inks)
    if caret is not None:
        body.append(_rect(caret[0] * CELL, caret[1] * LINE + 1.5, 1.6, LINE - 3, foreground))
    across, down = _number(width * CELL + 2 * MARGIN), _number(len(lines) * LINE + 2 * MARGIN)
    rules = "\n".join(f".{name}{{{ink.css}}}" for ink, name in inks.items())
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}" width="{across}" height="{down}"'
            f' role="img" aria-label={quoteattr(title)}>',
            f"<title>{escape(title)}</title>",
            f"<style>\ntext{{font-family:{FONTS};font-size:{SIZE}px;white-space:pre}}\n"
            f".w{{text-anchor:middle;font-size:{WIDE}px}}\n.e{{font-family:{EMOJI}}}\n{rules}\n</style>",
            f'<rect x=".5" y=".5" width="{_number(float(across) - 1)}" height="{_number(float(down) - 1)}" rx="8"'
            f' fill="{background}" stroke="#808080" stroke-opacity=".35"/>',
            f'<g transform="translate({MARGIN} {MARGIN})">',
            *body,
            "</g>",
            "</svg>",
            "",
        ]
    )


# ---------------------------------------------------------------- cells


def _cells(line: Iterable[Segment], foreground: str, background: str) -> Iterator[Cell]:
    x = 0
    for text, style, control in line:
        if control:
            continue
        ink, ground = _look(style or Style.null(), foreground, background)
        for cluster, width in clusters(text):
            yield Cell(x, cluster, width, ink, ground)
            x += width


def _look(style: Style, foreground: str, background: str) -> tuple[Ink, str]:
    color = foreground if style.color is None or style.color.is_default else style.color.get_truecolor().hex
    ground = background if style.bgcolor is None or style.bgcolor.is_default else style.bgcolor.get_truecolor().hex
    if style.reverse:
        color, ground = ground, color
    if style.dim:
        color = _between(color, ground)
    return Ink(color, bool(style.bold), bool(style.italic), bool(style.underline)), ground


def _between(one: str, other: str) -> str:
    """A color half way to another."""
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes((a + b) // 2 for a, b in pairs).hex()


# ---------------------------------------------------------------- shapes


def _grounds(cells: Sequence[Cell], y: int, background: str) -> Iterator[str]:
    for ground, group in groupby(cells, key=lambda cell: cell.ground):
        run = list(group)
        if ground != background:
            across = run[-1].x + run[-1].width - run[0].x
            yield _rect(run[0].x * CELL, y * LINE, across * CELL, LINE, ground, crisp=True)


def _shapes(cells: Sequence[Cell], y: int) -> Iterator[str]:
    for (text, ink), group in groupby(cells, key=lambda cell: (cell.text, cell.ink)):
        run = list(group)
        if text == "─":
            yield _rect(run[0].x * CELL, y * LINE + LINE / 2 - 0.5, len(run) * CELL, 1, ink.color, crisp=True)
        elif text in EDGES:
            for cell in run:
                yield from _edges(cell, y)
        elif text in BLOCKS and text in "█▀▄▔▁":
            _, top, _, height = BLOCKS[text]
            yield _rect(run[0].x * CELL, (y + top) * LINE, len(run) * CELL, height * LINE, ink.color, crisp=True)
        elif text in BLOCKS:
            left, top, across, down = BLOCKS[text]
            for cell in run:
                box = ((cell.x + left) * CELL, (y + top) * LINE, across * CELL, down * LINE)
                yield _rect(*box, ink.color, hollow=text in HOLLOW)


def _edges(cell: Cell, y: int) -> Iterator[str]:
    left, top, color = cell.x * CELL, y * LINE, cell.ink.color
    middle_x, middle_y = left + CELL / 2 - 0.5, top + LINE / 2 - 0.5
    for side in EDGES[cell.text]:
        if side in "ns":
            yield _rect(middle_x, top if side == "n" else middle_y, 1, LINE / 2 + 0.5, color, crisp=True)
        else:
            yield _rect(left if side == "w" else middle_x, middle_y, CELL / 2 + 0.5, 1, color, crisp=True)


def _rect(
    x: float, y: float, width: float, height: float, color: str, *, crisp: bool = False, hollow: bool = False
) -> str:
    paint = f'fill="none" stroke="{color}" stroke-width=".8"' if hollow else f'fill="{color}"'
    edges = ' shape-rendering="crispEdges"' if crisp else ""
    box = f'x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
    return f"<rect {box} {paint}{edges}/>"


# ---------------------------------------------------------------- letters


def _texts(cells: Sequence[Cell], y: int, inks: dict[Ink, str]) -> Iterator[str]:
    down = _number(y * LINE + BASE)
    for (ink, kind), group in groupby(cells, key=lambda cell: (cell.ink, _kind(cell))):
        run = list(group)
        if kind == "shape":
            continue
        name = "" if all(cell.text.isspace() for cell in run) else inks.setdefault(ink, f"i{len(inks)}")
        if kind == "narrow":
            # Blanks of more than one cell would be drawn as one.
            text = "".join(cell.text for cell in run)
            for word in re.finditer(r"\S+(?: \S+)*", text):
                x, long = (run[0].x + word.start()) * CELL, _number(len(word[0]) * CELL)
                yield f'<text class="{name}" x="{_number(x)}" y="{down}" textLength="{long}">{escape(word[0])}</text>'
        else:
            # In the middle of their cells, whatever their font thinks of them.
            for cell in run:
                if not cell.text.isspace():
                    at = _number((cell.x + cell.width / 2) * CELL)
                    more = " e" if max(cell.text) > "\U0001f000" or "\ufe0f" in cell.text else ""
                    yield f'<text class="w{more} {name}" x="{at}" y="{down}">{escape(cell.text)}</text>'


def _kind(cell: Cell) -> str:
    """How it is placed: drawn, as a part of a word, or alone."""
    if cell.text in EDGES or cell.text in BLOCKS:
        return "shape"
    return "narrow" if len(cell.text) == cell.width == 1 and ord(cell.text) <= 0xFFFF else "alone"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
