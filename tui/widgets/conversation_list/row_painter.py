"""Rows of the conversation list in cells: one line, or two with the last message on the second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.terminal.graphemes import cell_len, cut, pad
from tui.widgets.base.canvas import fit
from tui.widgets.base.styles import Run, Styles, Tone
from tui.widgets.conversation_list.row_facts import DRAFT, MENTION, RowFacts

BAR, OPEN = "▌", "·"
_LEAST_MARK: Final = 3
"""Cells below which a namesake's mark says nothing."""
_LEAST_NAME: Final = 6
"""Cells that a name has before the time beside it."""
_CLOCK: Final = len("16:38")
_LONG_NAME: Final = 17
"""Cells that a name has beside the last message: the row of official accounts says its name whole."""
_SAYING: Final = 44
"""Cells from which on one line has room for the last message, too."""
_MOST_KEPT: Final = 400


class RowLook(msgspec.Struct, frozen=True, gc=False):
    """Place of a row in the list: open, or at the cursor; `focused`: keys go to the list."""

    open: bool
    at_cursor: bool
    focused: bool

    @property
    def acted_on(self) -> bool:
        """True for the row that keys act on."""
        return self.at_cursor and self.focused


class RowPainter:
    """Draws rows, and keeps what it drew: a step of the cursor changes two of them."""

    def __init__(self) -> None:
        self._drawn: dict[int, tuple[tuple[object, ...], tuple[Strip, ...]]] = {}

    def paint(
        self, row_id: int, facts: RowFacts, look: RowLook, styles: Styles, width: int, lines: int
    ) -> Sequence[Strip]:
        """Return the lines of a row, each exactly `width` cells."""
        made_of = (facts, look, styles, width, lines)
        known = self._drawn.get(row_id)
        if known is not None and known[0] == made_of:
            return known[1]
        if len(self._drawn) > _MOST_KEPT:
            self._drawn.clear()
        drawn = _one_line(facts, look, styles, width) if lines == 1 else _two_lines(facts, look, styles, width)
        strips = tuple(fit(line, width, styles.text) for line in drawn)
        self._drawn[row_id] = made_of, strips
        return strips


def _two_lines(facts: RowFacts, look: RowLook, styles: Styles, width: int) -> list[list[Segment]]:
    """Draw `▌# name        16:38` and below it `▌  last message  ⊘ 3`."""
    right = _fitting(facts.time, width)
    room = width - 4 - (cell_len(right) + 1 if right else 0)
    first = [
        *_beginning(look, facts.sign, styles, first=True),
        *_named(facts, look, room, styles),
        Segment(f" {right}" if right else "", styles.dim),
    ]
    counted = _counted(facts, styles, facts.states)
    room = width - 4 - sum(cell_len(text) for text, _style, _control in counted)
    second = [*_beginning(look, " ", styles, first=False), *_said(facts, max(0, room), styles), *counted]
    return [first, second]


def _one_line(facts: RowFacts, look: RowLook, styles: Styles, width: int) -> list[list[Segment]]:
    """Draw `▌# name  last message    ⊘ 3 16:38`; the message where the list is wide."""
    saying = width >= _SAYING
    counted = _counted(facts, styles, facts.states if saying or not facts.draft else DRAFT + facts.states)
    cells = sum(cell_len(text) for text, _style, _control in counted)
    time = _fitting(facts.time, width - cells)
    room = max(0, width - 4 - cells - (cell_len(time) + 1 if time else 0))
    name = min(room, max(_LONG_NAME, width // 3)) if saying else room
    line = [*_beginning(look, facts.sign, styles, first=True), *_named(facts, look, name, styles)]
    if saying and room - name > 2:
        line += [Segment("  ", styles.text), *_said(facts, room - name - 2, styles)]
    return [[*line, *counted, Segment(f" {time}" if time else "", styles.dim)]]


def _fitting(time: str, width: int) -> str:
    # A short one is no exception: where no clock has room, a lone “Sat” looks like a mistake.
    return time if width - 5 - max(_CLOCK, cell_len(time)) >= _LEAST_NAME else ""


def _beginning(look: RowLook, sign: str, styles: Styles, *, first: bool) -> list[Segment]:
    """Draw the bar, and the sign of a kind."""
    # No tint below the row: one steps through hundreds of conversations, and a tint writes every cell of four lines.
    bar = BAR if look.acted_on or (look.open and not look.focused) else OPEN if look.open and first else " "
    return [Segment(bar, styles.accent), Segment(f"{sign} ", styles.dim)]


def _named(facts: RowFacts, look: RowLook, room: int, styles: Styles) -> list[Segment]:
    """Draw the name, and a namesake's mark behind it; both keep some of too little room."""
    style = _name_style(facts, look, styles)
    name, mark = facts.name, facts.mark
    least = min(cell_len(mark), max(room // 3, room - cell_len(name) - 1))
    if not mark or least < _LEAST_MARK:
        shown = cut(name, max(0, room))
        # Blanks of their own: a name that becomes bold is written without the rest of its line.
        return [Segment(shown, style), Segment(" " * (room - cell_len(shown)), styles.text)]
    name = cut(name, room - least - 1)
    return [Segment(f"{name} ", style), Segment(pad(cut(mark, least), room - cell_len(name) - 1), styles.dim)]


def _name_style(facts: RowFacts, look: RowLook, styles: Styles) -> Style:
    if look.open:
        return styles.accent
    if facts.loud or look.acted_on:
        return styles.strong
    return styles.dim if facts.earlier else styles.text


def _said(facts: RowFacts, room: int, styles: Styles) -> list[Segment]:
    """Draw the last message in so many cells; what is unread is no dim text."""
    drawn: list[Run] = []
    left = room
    for text, tone in facts.words:
        shown = cut(text, left)
        left -= cell_len(shown)
        drawn.append((shown, Tone.TEXT if tone is Tone.DIM and facts.loud else tone))
    return [*(Segment(text, styles[tone]) for text, tone in drawn), Segment(" " * left, styles.text)]


def _counted(facts: RowFacts, styles: Styles, states: str) -> list[Segment]:
    """Draw signs for states and mentions, and the number of unread messages, with a blank before each."""
    drawn = [Segment(f" {states}", styles.dim)] if states else []
    if facts.mentioned:
        drawn.append(Segment(f" {MENTION}", styles.accent))
    if facts.number:
        drawn.append(Segment(f" {facts.number}", styles.accent if facts.loud else styles.dim))
    return drawn
