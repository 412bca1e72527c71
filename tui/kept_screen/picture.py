"""Picture of the chat screen: its cells, to and from a file. A file is parsed, never echoed: cells come out of it.

A line is a row of runs, each in one look. Only runs of characters whose width is sure have more than one cluster: the
terminal is told where each other cluster stands.
"""

from __future__ import annotations

import sys
import zlib

TYPE_CHECKING = False  # `typing` alone costs as much as all of this.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Final, TypeAlias

    Look: TypeAlias = tuple[str, str, str]
    """Attributes, colour and background: codes as between `\\x1b[` and `m`."""
    Cell: TypeAlias = tuple[str, Look]
    """Cluster, "" in the second cell of a wide one; and its look."""
    Run: TypeAlias = tuple[Look, int, int, str]
    """Look, cells, cells of each character (0: the text is one cluster), text."""
    Line: TypeAlias = list[Run]

MAGIC: Final = b"wxtui screen 1\n"
MOST_BYTES: Final = 1 << 18
"""Bytes that a file may have."""
_MOST_UNPACKED: Final = 1 << 21
_MOST_SIDE: Final = 1000
_MOST_CELLS: Final = 100_000
_MOST_LOOK: Final = 64
"""Characters of a look's codes."""
_MOST_CLUSTER: Final = 64
"""Characters of a cluster."""
_MOST_NUMBER: Final = (1 << 63) - 1
"""Largest id of a conversation; SQLite has no larger number."""
_PLAIN: Final = ("", "", "")
_NEAR: Final = 6
"""Plain blanks that are rather written than jumped over."""


class KeptPicture:
    """Cells of a screen, and what must be known of them before they are shown."""

    __slots__ = ("conditions", "conversation", "cursor", "dated", "expires_at", "height", "kept_at", "lines", "width")

    def __init__(
        self,
        width: int,
        lines: list[Line],
        *,
        cursor: tuple[int, int] | None = None,
        conversation: int = 0,
        kept_at: int = 0,
        expires_at: int = 0,
        conditions: bytes = b"",
        dated: tuple[int, Line] | None = None,
    ) -> None:
        """Take the lines, each of `width` cells.

        `conversation`: id of the open one in the store, 0 for none. `expires_at`: when it is not shown any more, 0 for
        never. `dated`: a line that stands in the place of another one from the day after `kept_at` on.
        """
        self.width = width
        self.height = len(lines)
        self.lines = lines
        self.cursor = cursor
        self.conversation = conversation
        self.kept_at = kept_at
        self.expires_at = expires_at
        self.conditions = conditions
        self.dated = dated

    def use_date(self) -> None:
        """Say the day as well as the time at which the screen was kept."""
        if self.dated is not None:
            self.lines[self.dated[0]] = self.dated[1]

    @property
    def rows(self) -> list[list[Cell]]:
        """The cells, row by row, made anew at each call."""
        return [list(_cells(line)) for line in self.lines]

    def painted(self) -> bytes:
        """Return what draws the picture on a terminal that does not wrap its lines, whatever is there."""
        out = ["\x1b[m\x1b[H\x1b[2J\x1b[?25l"]
        worn = _PLAIN
        for y, line in enumerate(self.lines, 1):
            x, placed, spilled = 0, False, False
            for look, cells, width, text in line:
                if not spilled and cells > _NEAR and _is_gap((look, cells, width, text)):
                    x, placed = x + cells, False
                    continue
                if not placed:
                    out.append(f"\x1b[{y};{x + 1}H")
                if look != worn:
                    out.append(look_change(worn, look))
                    worn = look
                if not width and (spilled or look != _PLAIN):
                    # A terminal that draws it narrower leaves what is there in its last cells.
                    out.append(f"{' ' * cells}\x1b[{y};{x + 1}H")
                out.append(text)
                x += cells
                # After a cluster of uncertain width nobody knows where the cursor is, nor how far the cluster reaches.
                placed = width > 0
                spilled = not placed
        if worn != _PLAIN:
            out.append("\x1b[m")
        if self.cursor is not None:
            out.append(f"\x1b[{self.cursor[1] + 1};{self.cursor[0] + 1}H\x1b[?25h")
        return "".join(out).encode()


def look_change(worn: Look | None, look: Look) -> str:
    """Return the sequence from one look, None for an unknown one, to another, by what differs."""
    if worn is None or worn[0] != look[0]:
        parts = ["0" if not look[0] else f"0;{look[0]}", look[1], look[2]]
    else:
        parts = [
            "" if worn[1] == look[1] else look[1] or "39",
            "" if worn[2] == look[2] else look[2] or "49",
        ]
    codes = ";".join(filter(None, parts))
    return codes and ("\x1b[m" if codes == "0" else f"\x1b[{codes}m")


def _cells(line: Line) -> Iterator[Cell]:
    for look, cells, width, text in line:
        if not width:
            yield text, look
            yield from [("", look)] * (cells - 1)
        elif width == 1:
            for char in text:
                yield char, look
        else:
            for char in text:
                yield char, look
                yield "", look


def _is_printable(text: str) -> bool:
    """Return True for text without control characters; joiners and the wide blanks of Chinese are none."""
    return text.replace("\u200d", "").replace("\u3000", "").replace("\xa0", "").isprintable()


def line_of(cells: Sequence[Cell], sure: Callable[[str], bool]) -> Line:
    """Return a row of cells as runs; a cluster that may not be kept is blank.

    `sure` tells of a cluster whether every terminal gives it the same width.
    """
    line: Line = []
    at, end = 0, len(cells)
    while at < end:
        (text, look), start = cells[at], at
        at += 1
        while at < end and cells[at][0] == "":
            at += 1
        width = at - start
        # A cluster that some terminal draws in parts must not go over the edge: GNU screen would go on below it.
        cut = len(text) > 1 and 2 * len(text) > end - start
        if not text or cut or len(text) > _MOST_CLUSTER or not _is_printable(text):
            text, each = " " * width, 1
        else:
            each = width if len(text) == 1 and width <= 2 and sure(text) else 0
        gap = look == _PLAIN and text == " "
        if each and line and line[-1][0] == look and line[-1][2] == each and gap is _is_gap(line[-1]):
            line[-1] = _joined(line[-1], (look, width, each, text))
        else:
            line.append((look, width, each, text))
    return _without_small_gaps(line)


def _joined(one: Run, other: Run) -> Run:
    return one[0], one[1] + other[1], one[2], one[3] + other[3]


def _is_gap(run: Run) -> bool:
    """Return True for plain blanks, which a cleared screen has anyway."""
    return run[0] == _PLAIN and run[2] == 1 and run[3].isspace()


def _without_small_gaps(line: Line) -> Line:
    """Return a line in which blanks that are rather written than jumped over belong to the text around them."""
    found: Line = []
    for run in line:
        before = found[-1] if found else None
        if (
            before is not None
            and run[0] == before[0]
            and 1 == run[2] == before[2]
            and not any(_is_gap(one) and one[1] > _NEAR for one in (before, run))
        ):
            found[-1] = _joined(before, run)
        else:
            found.append(run)
    return found


# ---------------------------------------------------------------- the file


def encode(picture: KeptPicture) -> bytes:
    """Return a picture as the contents of a file; b"" for one that has no place in a file."""
    lines = [*picture.lines, *([picture.dated[1]] if picture.dated is not None else [])]
    looks: dict[Look, int] = {}
    numbers: list[int] = []
    for line in lines:
        for look, cells, width, text in line:
            numbers += (looks.setdefault(look, len(looks)), width, len(text) if width else cells, len(text))
    texts = "".join(text for line in lines for _look, _cells, _width, text in line).encode()
    codes = "\n".join("|".join(look) for look in looks).encode()
    cursor = picture.cursor or (-1, -1)
    head = (
        *(picture.width, picture.height, *cursor, picture.conversation, picture.kept_at, picture.expires_at),
        *(-1 if picture.dated is None else picture.dated[0], len(picture.conditions), len(codes), len(numbers)),
    )
    if numbers and max(numbers) > 0xFFFF:
        return b""
    packed = b"".join(number.to_bytes(2, sys.byteorder) for number in numbers)
    body = b" ".join(b"%d" % number for number in head) + b"\n" + picture.conditions + codes + packed + texts
    data = MAGIC + zlib.compress(body, 6)
    return data if len(data) <= MOST_BYTES and len(body) <= _MOST_UNPACKED else b""


def decode(data: bytes) -> KeptPicture | None:
    """Return the picture in a file's contents; None where they are not exactly what `encode` gives for one."""
    if len(data) > MOST_BYTES or not data.startswith(MAGIC):
        return None
    try:
        unpacking = zlib.decompressobj()
        body = unpacking.decompress(data[len(MAGIC) :], _MOST_UNPACKED)
        return _parsed(body) if unpacking.eof and not unpacking.unused_data else None
    except (ValueError, IndexError, zlib.error):
        return None


def _parsed(body: bytes) -> KeptPicture | None:
    """Return the picture, or None. Raises `ValueError`, `IndexError`."""
    first, _newline, rest = body.partition(b"\n")
    width, height, x, y, conversation, kept_at, expires_at, day, *lengths = map(int, first[:200].split(b" "))
    if not (0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE and width * height <= _MOST_CELLS):
        return None
    if max(conversation, kept_at, expires_at) > _MOST_NUMBER:
        return None
    if min(conversation, kept_at, expires_at, *lengths) < 0 or len(lengths) != 3 or not -1 <= day < height:
        return None
    if (x, y) != (-1, -1) and not (0 <= x < width and 0 <= y < height):
        return None
    conditions, rest = rest[: lengths[0]], rest[lengths[0] :]
    codes, rest = rest[: lengths[1]], rest[lengths[1] :]
    packed, texts = rest[: 2 * lengths[2]], rest[2 * lengths[2] :].decode()
    if len(packed) != 2 * lengths[2] or not _is_printable(texts):
        return None
    looks = _looks(codes.decode("ascii"))
    lines = _lines(memoryview(packed).cast("H").tolist(), texts, looks, width)
    if len(lines) != height + (day >= 0):
        return None
    dated = (day, lines.pop()) if day >= 0 else None
    return KeptPicture(
        width,
        lines,
        cursor=(x, y) if x >= 0 else None,
        conversation=conversation,
        kept_at=kept_at,
        expires_at=expires_at,
        conditions=conditions,
        dated=dated,
    )


def _looks(codes: str) -> list[Look]:
    """Return the table of looks. Raises `ValueError`."""
    looks: list[Look] = []
    for one in codes.split("\n"):
        attributes, color, background = one.split("|")
        digits = f"{attributes}{color}{background}0".replace(";", "")
        if not digits.isdigit() or len(one) > _MOST_LOOK:
            raise ValueError
        looks.append((attributes, color, background))
    return looks


def _lines(numbers: list[int], texts: str, looks: list[Look], width: int) -> list[Line]:
    """Return the lines, each of exactly `width` cells. Raises `ValueError`, `IndexError`."""
    lines: list[Line] = []
    line: Line = []
    x = at = 0
    values = iter(numbers)
    for look, each, count, length in zip(values, values, values, values, strict=True):
        text = texts[at : at + length]
        at += length
        cells = each * count if each else count
        x += cells
        if not cells or len(text) != length or each > 2 or x > width or length != (count if each else max(length, 1)):
            raise ValueError
        if not each and length > _MOST_CLUSTER:
            raise ValueError
        line.append((looks[look], cells, each, text))
        if x == width:
            lines.append(line)
            line, x = [], 0
    if line or at != len(texts):
        raise ValueError
    return lines
