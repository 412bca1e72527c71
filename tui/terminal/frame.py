"""The terminal's screen, cell by cell: a frame writes what differs, and nothing else.

Textual hands over strips of what may have changed, whole lines most of the time. Over a slow link each byte counts, so
they are compared with what the terminal already shows. The terminal's own cursor is used: it stays where the next
letter will be typed, so that input methods open their window there and a typed letter costs little more than itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import msgspec
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

from tui.kept_screen.picture import look_change
from tui.terminal.graphemes import HOLE, PLACEHOLDER, apart, clusters, spill, sure
from tui.terminal.hyperlinks import CLOSED, opening

if TYPE_CHECKING:
    from tui.kept_screen.picture import Cell as PlainCell
    from tui.kept_screen.picture import KeptPicture
    from tui.kept_screen.picture import Look as PlainLook

SYNC_FROM: Final = 256
"""Characters from which an update is wrapped in a synchronized update, where the terminal has that; a shorter one
arrives in one packet anyway."""
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_NEAR: Final = 4
"""Unchanged cells that are rather written again than jumped over."""
_BLANKS: Final = 5
"""Blanks to the end of a line that are rather erased than written."""

_MOST_STYLES: Final = 4000
"""Styles whose codes are kept: a picture of half blocks has some hundreds, and a screen some pictures."""
_MOST_LINKS: Final = 400
"""Of these with an address, which may be long: a long session passes thousands of them."""

Place = tuple[int, int]


class _Look(msgspec.Struct, frozen=True):
    """A style in the codes of a terminal; `link` is the sequence that begins its link, "" for none."""

    attributes: str
    color: str
    background: str
    link: str = ""

    @property
    def codes(self) -> PlainLook:
        """All but the link, as a picture has it."""
        return self.attributes, self.color, self.background

    @property
    def erases(self) -> bool:
        """True when an erased cell looks like a blank in this style; terminals differ about coloured ones."""
        return not self.background and not self.attributes and not self.link


_PLAIN: Final = _Look("", "", "")

Cell = tuple[str, _Look]
"""A cluster, "" in the second cell of a wide one; and its look."""
_BLANK: Final[Cell] = (" ", _PLAIN)


class _Palette(dict[str, Cell]):
    """ASCII cells of one look, each made once: lines are mostly compared by address then."""

    def __init__(self, look: _Look) -> None:
        super().__init__({" ": (" ", look) if look != _PLAIN else _BLANK})
        self.look = look

    def __missing__(self, char: str) -> Cell:
        cell = self[char] = (char, self.look)
        return cell


class _Pen:
    """The sequences for a frame, with the cursor and the style that the terminal has after them."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.at: Place | None = None
        self.look: _Look | None = None

    def go(self, x: int, y: int) -> None:
        """Move, by the shortest way."""
        if self.at == (x, y):
            return
        if self.at is not None and self.at[1] == y:
            ahead = x - self.at[0]
            if x == 0:
                move = "\r"
            elif 0 < ahead < 10:
                move = "\x1b[C" if ahead == 1 else f"\x1b[{ahead}C"
            elif -4 < ahead < 0:
                move = "\b" * -ahead
            else:
                move = f"\x1b[{x + 1}G"
        elif self.at is not None and self.at[1] == y - 1 and x == 0:
            move = "\r\n"
        else:
            move = f"\x1b[{y + 1};{x + 1}H"
        self.out.append(move)
        self.at = (x, y)

    def wear(self, look: _Look) -> None:
        """Change the style, by what differs."""
        now = self.look
        if now == look:
            return
        self.out.append(look_change(None if now is None else now.codes, look.codes))
        if look.link != (now.link if now is not None else ""):
            self.out.append(look.link or CLOSED)
        self.look = look

    def close_link(self) -> None:
        """End the link, if one is open: what others write does not belong to it."""
        if self.look is not None and self.look.link:
            self.wear(msgspec.structs.replace(self.look, link=""))


class Frame:
    """The cells that the terminal shows, `width` times `height`; without a picture nothing is known at first."""

    def __init__(
        self,
        width: int,
        height: int,
        colors: ColorSystem | None,
        *,
        links: bool = False,
        picture: KeptPicture | None = None,
        inherits: bool = True,
        spares: bool = False,
    ) -> None:
        """`links`: the terminal is given the addresses to which styles lead. `picture`: it shows this, of this size.

        `inherits`: a placeholder may leave it to the terminal to find its place in an image by the cell to its left.
        `spares`: the terminal has images. Some forget them when the whole screen is erased in one go.
        """
        self.width = width
        self.height = height
        self._colors = colors
        self._links = links
        self._inherits = inherits
        self._spares = spares
        self._rows: list[list[Cell]] = []
        self._pen = _Pen()
        plain = _Palette(_PLAIN)
        self._palettes: dict[_Look, _Palette] = {_PLAIN: plain}
        self._styles: dict[Style | None, _Palette] = {None: plain}
        self._links_kept = 0
        self._numbers: dict[Style | None, _Look] = {}
        """Looks whose colour is the number of an image, which must stay as it is."""
        self._cursor: Place | None = None
        self._fresh = picture is None
        if picture is not None:
            self._begin_from(picture)

    def cells(self) -> list[list[PlainCell]]:
        """Return what the terminal shows, row by row; nothing before the first frame."""
        plain = {look: look.codes for row in self._rows for _text, look in row}
        return [[(text, plain[look]) for text, look in row] for row in self._rows]

    @property
    def cursor(self) -> Place | None:
        """Cell of the terminal's cursor; None while it is hidden."""
        return self._cursor

    def _begin_from(self, picture: KeptPicture) -> None:
        """Take the cells of a picture for what a frame has written."""
        rows = picture.rows
        palettes = {codes: _Palette(_Look(*codes)) for codes in {look for row in rows for _text, look in row}}
        self._palettes |= {palette.look: palette for palette in palettes.values() if palette.look != _PLAIN}
        palettes["", "", ""] = self._palettes[_PLAIN]
        for row in rows:
            worn = [(text, palettes[look]) for text, look in row]
            self._rows.append([palette[text] if len(text) == 1 else (text, palette.look) for text, palette in worn])
        self._cursor = self._pen.at = picture.cursor

    def write(
        self, strips: Iterable[tuple[int, int, Sequence[Segment]]], cursor: Place | None, *, synchronized: bool
    ) -> str:
        """Return what makes the terminal show `strips` (x, y, segments), and its cursor at `cursor`, or none."""
        pen = self._pen
        if self._fresh:
            # Everything blank and in the default colours: what a theme leaves alone need not be written.
            pen.out.append(f"\x1b[m\x1b[H\x1b[{'' if self._spares else '2'}J\x1b[?25l")
            pen.at, pen.look, self._cursor, self._fresh = (0, 0), _PLAIN, None, False
            self._rows = [[_BLANK] * self.width for _ in range(self.height)]
        for x, y, segments in strips:
            if 0 <= y < self.height:
                self._line(x, y, segments)
        pen.close_link()
        if cursor is not None and 0 <= cursor[0] < self.width and 0 <= cursor[1] < self.height:
            pen.go(*cursor)
            if self._cursor is None:
                pen.out.append("\x1b[?25h")
            self._cursor = cursor
        elif self._cursor is not None:
            pen.out.append("\x1b[?25l")
            self._cursor = None
        text = "".join(pen.out)
        pen.out.clear()
        return f"{_BEGIN}{text}{_END}" if synchronized and len(text) >= SYNC_FROM else text

    def shows(
        self, strips: Iterable[tuple[int, int, Sequence[Segment]]], x: int, y: int, width: int, height: int
    ) -> bool:
        """Return whether the terminal shows, in a region, what these strips say of it."""
        end = x + width
        for left, row, segments in strips:
            if y <= row < y + height and self._rows:
                cells = self._cells(segments, self.width - left)
                if self._rows[row][max(x, left) : end] != cells[max(x - left, 0) : end - left]:
                    return False
        return bool(self._rows)

    def is_hole(self, x: int, y: int, width: int, height: int) -> bool:
        """Return whether all cells of a region are left free for a picture that is written over them."""
        rows = self._rows[max(y, 0) : y + height]
        return len(rows) == height and all(
            [cell[0] for cell in row[max(x, 0) : x + width]] == [HOLE] * width for row in rows
        )

    def _palette(self, style: Style | None) -> _Palette:
        found = self._styles.get(style)
        if found is None:
            assert style is not None
            if len(self._styles) >= _MOST_STYLES or self._links_kept >= _MOST_LINKS:
                self._styles, self._palettes = {None: self._styles[None]}, {_PLAIN: self._styles[None]}
                self._links_kept = 0
            self._links_kept += style.link is not None
            look = _look_of(style, self._colors, links=self._links)
            found = self._styles[style] = self._palettes.setdefault(look, _Palette(look))
        return found

    def _numbered(self, style: Style | None) -> _Look:
        found = self._numbers.get(style)
        if found is None:
            if len(self._numbers) >= _MOST_STYLES:
                self._numbers.clear()
            look = _PLAIN if style is None else _look_of(style, ColorSystem.TRUECOLOR, links=self._links)
            found = self._numbers[style] = look
        return found

    def _line(self, x: int, y: int, segments: Sequence[Segment]) -> None:
        """Compare a strip with what is shown, and write the runs that differ.

        While a window shrinks, Textual still draws the old layout: what lies outside is not looked at.
        """
        room = self.width - x
        if room <= 0:
            return
        strip = self._cells(segments, room)
        if x < 0:
            strip, x = _without_start(strip, -x), 0
        end = x + len(strip)
        shown = self._rows[y]
        if shown[x:end] == strip:
            return
        # A cluster that is drawn over in part: terminals may show the rest of it or not.
        left, right = _start(shown, x), end
        while right < self.width and shown[right][0] == "":
            right += 1
        blank = [(" ", cell[1]) for cell in shown[left:right]]
        strip = [*blank[: x - left], *strip, *blank[len(blank) - (right - end) :]]
        x, end = left, right
        wanted = [*shown[:x], *strip, *shown[end:]]
        erased = self._blank_tail(wanted) if end == self.width else self.width
        self._rows[y] = wanted
        written = at = x
        while at < end:
            if wanted[at] == shown[at]:
                at += 1
                continue
            first = last = at
            while at < end and at - last <= _NEAR:
                if wanted[at] != shown[at]:
                    last = at
                at += 1
            if last >= written:
                written = self._run(y, shown, wanted, max(first, written), last + 1, erased)

    def _cells(self, segments: Sequence[Segment], room: int) -> list[Cell]:
        cells: list[Cell] = []
        for text, style, control in segments:
            if control:
                continue
            palette = self._palette(style)
            if text.isascii():
                cells.extend(map(palette.__getitem__, text))
                continue
            look = palette.look if text[0] != PLACEHOLDER else self._numbered(style)
            for cluster, width in clusters(text):
                if width:
                    cells.append((cluster, look))
                    if width > 1:
                        cells.extend([("", look)] * (width - 1))
                elif cells:
                    # A mark at a segment's start belongs to what is before it.
                    at = len(cells) - 1
                    while at and not cells[at][0]:
                        at -= 1
                    cells[at] = (cells[at][0] + cluster, cells[at][1])
        if len(cells) > room:
            cut = cells[room][0] == ""
            del cells[room:]
            if cut:
                at = _start(cells, len(cells) - 1)
                cells[at:] = [_BLANK] * (room - at)
        return cells

    def cells_of(self, segments: Sequence[Segment]) -> list[PlainCell]:
        """Return the cells of a strip as `cells` has them; nothing is written."""
        cells = self._cells(segments, self.width)
        return [(text, look.codes) for text, look in cells]

    @staticmethod
    def _blank_tail(cells: list[Cell]) -> int:
        """Return the column from which on the line is blank and may be erased."""
        at = len(cells)
        look = cells[-1][1] if cells else _PLAIN
        if not look.erases:
            return at
        while at and cells[at - 1] == (" ", look):
            at -= 1
        return at if len(cells) - at >= _BLANKS else len(cells)

    def _run(self, y: int, shown: list[Cell], wanted: list[Cell], first: int, end: int, erased: int) -> int:
        """Write the cells from `first` to `end`, or erase them from `erased` on; return the end of what was written.

        More is written where clusters of uncertain width stand. A terminal may draw such a cluster narrower than its
        cells, which would leave an old letter beside it, or wider, over its neighbours, or give it no cell and hang it
        on the letter before. So its cells are blanked first, its neighbours written again after it, and the letter
        before an old one is written again, too.
        """
        first = _start(wanted, first)
        if not sure(shown[_start(shown, first)][0]):
            while first:
                first = _start(wanted, first - 1)
                if sure(wanted[first][0]):
                    break
        while end < len(wanted) and wanted[end][0] == "":
            end += 1
        if end < len(wanted) and _follows(shown[end - 1], wanted[end]) and not _follows(wanted[end - 1], wanted[end]):
            # It may have been written as one that goes on from the cell that changes.
            end += 1
        pen = self._pen
        erase = erased < len(wanted) and end > erased
        stop = max(first, erased) if erase else end
        at = spilled = first
        pen.go(at, y)
        while at < stop:
            cluster, look = wanted[at]
            if cluster.isascii():
                if look is not pen.look:
                    pen.wear(look)
                pen.out.append(cluster)
                at += 1
                if at >= stop or not wanted[at][0].isascii():
                    pen.at = (at, y) if at < self.width else None
                continue
            begin = at
            at += 1
            while at < len(wanted) and wanted[at][0] == "":
                at += 1
            if look is not pen.look:
                pen.wear(look)
            if sure(cluster):
                goes_on = len(cluster) == 3 and self._inherits and _follows(wanted[begin - 1], (cluster, look), begin)
                pen.out.append(PLACEHOLDER if goes_on else cluster if cluster != HOLE else " ")
                # Past the last column terminals differ.
                pen.at = (at, y) if at < self.width else None
            else:
                clean = begin >= spilled and all(shown[x] == (" ", look) for x in range(begin, at))
                clean = clean and (at == len(shown) or sure(shown[at][0]))
                self._unsure(cluster, (begin, y), 0 if clean else at - begin)
                spilled = max(spilled, at + spill(cluster))
                stop = max(stop, min(spilled, erased if erase else len(wanted)))
            if at < stop:
                pen.go(at, y)
        if erase:
            pen.wear(wanted[-1][1])
            pen.go(at, y)
            pen.out.append("\x1b[K")
            return len(wanted)
        return at

    def _unsure(self, cluster: str, place: Place, blanks: int) -> None:
        """Write a cluster of uncertain width where the pen is, on so many blanks; the cursor is then anywhere."""
        pen = self._pen
        if blanks:
            pen.out.append(" " * blanks)
            # At the edge the cursor stays on the last column in some terminals and goes beyond it in others.
            pen.at = (place[0] + blanks, place[1]) if place[0] + blanks < self.width else None
            pen.go(*place)
        # GNU screen goes on in the next row with a part for which there is no room, whatever it was told.
        pen.out.append(cluster if place[0] + apart(cluster) <= self.width else cluster[0])
        pen.at = None


def _follows(left: Cell, cell: Cell, x: int = 1) -> bool:
    """Return True for a placeholder at `x` that shows what is right of the part of an image in the cell to its left."""
    text, look = cell
    before = left[0]
    # Marks are row, column; the image is the colour.
    if not x or len(text) != 3 or text[0] != PLACEHOLDER or before[:2] != text[:2] or left[1] != look:
        return False
    from tui.terminal.graphics.placeholders import marks

    return len(before) == 3 and before[2] + text[2] in marks()


def _start(cells: Sequence[Cell], at: int) -> int:
    """Return where the cluster begins that the cell at `at` belongs to."""
    while at > 0 and cells[at][0] == "":
        at -= 1
    return at


def _without_start(cells: list[Cell], count: int) -> list[Cell]:
    """Return the cells without the first `count`; what is left of a cluster that was cut is blank."""
    left = cells[count:]
    for at, cell in enumerate(left):
        if cell[0] != "":
            break
        left[at] = _BLANK
    return left


def _look_of(style: Style, colors: ColorSystem | None, *, links: bool) -> _Look:
    """Return attributes, colour and background, as the codes between `\\x1b[` and `m`, and the link."""
    names = (
        (style.bold, "1"),
        (style.dim, "2"),
        (style.italic, "3"),
        (style.underline, "4"),
        (style.reverse, "7"),
        (style.strike, "9"),
    )
    attributes = ";".join(code for on, code in names if on)
    link = opening(style.link) if links else ""
    if colors is None:
        return _Look(attributes, "", "", link)
    return _Look(attributes, _codes_of(style.color, colors, 38), _codes_of(style.bgcolor, colors, 48), link)


def _codes_of(color: Color | None, colors: ColorSystem, layer: int) -> str:
    """Return the codes of a colour, "" for the terminal's own; `layer` is 38 for text and 48 for what is behind it."""
    if color is None or color.is_default:
        return ""
    if colors is ColorSystem.TRUECOLOR and color.triplet is not None:
        # A picture has hundreds of them.
        return f"{layer};2;{color.triplet.red};{color.triplet.green};{color.triplet.blue}"
    return ";".join(color.downgrade(colors).get_ansi_codes(foreground=layer == 38))
