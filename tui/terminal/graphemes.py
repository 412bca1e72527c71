"""Text in cells: grapheme clusters, widths (rich's, so that they agree with Textual's), cutting and wrapping."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from rich import cells as rich_cells

PLACEHOLDER: Final = "\U0010eeee"
"""Begins a cluster that stands for a part of an image (`tui.terminal.graphics.placeholders`)."""
HOLE: Final = "\U0010eeef"
"""Cell that is left to a picture which is written over it; drawn as a blank."""
_LAST = tuple("-/,;")
"""Characters after which a line of Latin text may end, beside a space."""
_NEVER_FIRST = frozenset("，。、；：？！）】》〉」』〕”’…—～·,.;:?!)]}%")
_NEVER_LAST = frozenset("（【《〈「『〔“‘([{")
_FLAG_FIRST, _FLAG_LAST = 0x1F1E6, 0x1F1FF
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
"""Characters of no width for rich, even alone; terminals that do not join them to a hand draw a patch of colour."""

_SHORT = 512
"""Characters of a text from which on its width is not kept."""
_TAIL = 9
"""Cells kept of the end of a name that is cut: extensions and numbers stand there."""


_rich_cell_len: Final = rich_cells.cached_cell_len.__wrapped__
_short_cell_len: Final = lru_cache(maxsize=1024)(_rich_cell_len)
"""Rich's own cache keeps 4,096 texts: a day's times and MsgIDs."""


def cell_len(text: str) -> int:
    """Return the cells of a text."""
    if text.isascii() and text.isprintable():
        return len(text)
    return _short_cell_len(text) if len(text) < _SHORT else _rich_cell_len(text)


def clusters(text: str) -> list[tuple[str, int]]:
    """Return (cluster, cells) of each step of a cursor. A flag's two letters are one cluster."""
    if text.isascii():
        return [(char, 1) for char in text]
    return _clusters(text)


@lru_cache(maxsize=512)
def _clusters(text: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    half_flag = False
    for start, end, cells in rich_cells.split_graphemes(text)[0]:
        is_flag = end == start + 1 and _FLAG_FIRST <= ord(text[start]) <= _FLAG_LAST
        if half_flag and is_flag:
            before, width = found[-1]
            found[-1] = (before + text[start:end], width + cells)
            half_flag = False
            continue
        found.append((text[start:end], cells))
        half_flag = is_flag
    return found


@lru_cache(maxsize=4096)
def sure(cluster: str) -> bool:
    """Return True when every terminal gives this cluster the same width; after others the cursor must be set anew.

    Emoji sequences, and characters that East Asian terminals may draw wide (`…`, `“`, `●`), are not sure.
    """
    if cluster.isascii() or cluster[0] in (PLACEHOLDER, HOLE):
        # Placeholders are given to terminals that know them only.
        return True
    if len(cluster) > 1:
        return False
    code = ord(cluster)
    return (
        0x2500 <= code <= 0x259F  # lines and blocks: where these are wide, every such program is broken
        or 0x3041 <= code <= 0x4DBF  # kana, bopomofo, enclosed and extension A
        or 0x4E00 <= code <= 0x9FFF  # the ideographs
        or 0xAC00 <= code <= 0xD7A3  # Hangul
        or 0x3001 <= code <= 0x301F  # 、。《》「」
        or 0xFF01 <= code <= 0xFF60  # full-width forms
    )


@lru_cache(maxsize=4096)
def spill(cluster: str) -> int:
    """Return the cells beyond its width that a terminal may draw at most which does not know this cluster.

    Such a terminal draws each character by itself, marks and joiners too.
    """
    return 0 if sure(cluster) else 2 * len(cluster) - cell_len(cluster)


@lru_cache(maxsize=4096)
def apart(cluster: str) -> int:
    """Return the cells that a cluster takes in a terminal which draws the parts of an emoji side by side."""
    return max(cell_len(cluster), sum(2 if char in _SKIN_TONES else cell_len(char) for char in cluster))


def spread(text: str, places: Collection[int]) -> Collection[int]:
    """Return `places` with the whole cluster of each: a style that began within one would tear it apart."""
    if not places or text.isascii():
        return places
    whole: set[int] = set()
    at = 0
    for cluster, _ in clusters(text):
        end = at + len(cluster)
        if any(place in places for place in range(at, end)):
            whole.update(range(at, end))
        at = end
    return whole


def crop(text: str, first: int, last: int) -> str:
    """Return the cells from `first` to `last` of a text; half of a wide cluster is a blank."""
    if text.isascii():
        return text[max(0, first) : max(0, last)]
    kept: list[str] = []
    x = 0
    for cluster, width in clusters(text):
        if x >= last:
            break
        inside = min(x + width, last) - max(x, first)
        if inside > 0:
            kept.append(cluster if inside == width else " " * inside)
        x += width
    return "".join(kept)


def cut(text: str, cells: int, mark: str = "…") -> str:
    """Return `text` in at most `cells` cells; a cut leaves `mark`."""
    if cell_len(text) <= cells:
        return text
    room = cells - cell_len(mark)
    if room < 0:
        return cut(mark, cells, "") if mark else ""
    kept: list[str] = []
    for cluster, width in clusters(text):
        if width > room:
            break
        kept.append(cluster)
        room -= width
    return "".join(kept) + mark


def shorten(text: str, cells: int) -> tuple[str, int]:
    """Return `text` in `cells`, cut in its middle, and how many characters of its end are kept (0 when it is whole)."""
    if cell_len(text) <= cells:
        return text, 0
    if cells < 2 * _TAIL:
        return cut(text, cells), 0
    room, kept = _TAIL, 0
    for cluster, width in reversed(clusters(text)):
        if width > room:
            break
        room -= width
        kept += len(cluster)
    tail = text[len(text) - kept :]
    return cut(text[: len(text) - kept] + "…", cells - cell_len(tail)) + tail, kept


def pad(text: str, cells: int) -> str:
    """Return `text` cut or filled up with spaces to exactly `cells` cells."""
    short = cut(text, cells)
    return short + " " * (cells - cell_len(short))


def wrapped(text: str, cells: int) -> list[str]:
    """Return the lines of one paragraph, without the spaces at their ends; see `wrap`."""
    return [text[start:end].rstrip() for start, end in wrap(text, cells)]


def wrap(text: str, cells: int) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each line of one paragraph (no newline in it), as indices; at least one line.

    Breaks after a space, else beside an ideograph, else anywhere; a trailing space may stand past the edge. No line
    begins with what closes (`，`, `）`) or ends with what opens (`（`) or with the hyphens that an option begins with,
    where it can be helped.
    """
    cells = max(cells, 2)
    if len(text) <= cells and (text.isascii() or cell_len(text) <= cells):
        yield 0, len(text)
        return
    start = at = used = 0
    good, good_used = 0, 0  # the last place where a line may end, and the cells up to there
    before, wide_before, opens = "", False, False
    for cluster, width in clusters(text):
        apart = before == " " or (
            (wide_before or width == 2 or (before in _LAST and not opens))
            and cluster not in _NEVER_FIRST
            and before not in _NEVER_LAST
        )
        if apart and cluster != " ":
            good, good_used = at, used
        if used + width > cells and cluster != " ":
            if good > start:
                yield start, good
                start, used = good, used - good_used
            if used + width > cells:
                yield start, at
                start, used = at, 0
            good, good_used = start, 0
        at += len(cluster)
        used += width
        opens = cluster == "-" and not before.isalnum()
        before, wide_before = cluster, width == 2
    yield start, at
