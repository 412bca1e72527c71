"""The last line: what was just said, else how things stand, and what the focused thing can do.

A sentence that is wider than the screen takes some lines more: the way out stands at its end.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.strip import Strip

from tui.terminal.graphemes import cell_len, cut, wrap
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.one_line import one_line

_BETWEEN: Final = " · "
_MOST: Final = 3
"""Lines that a sentence may take."""
_SIGNS: Final = {"good": "✓ ", "warn": "! ", "bad": "✗ "}


class Tone(Enum):
    """How a sentence is meant."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class StatusLine(Canvas):
    """State on the left, hints on the right; a sentence that was just said takes the whole line until the next key."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._state = ""
        self._tone = Tone.PLAIN
        self._hints = ""
        self._said = ""
        self._said_tone = Tone.PLAIN
        self._rows = 1

    @property
    def said(self) -> str:
        """The sentence that stands there, "" when it was seen."""
        return self._said

    def state(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Connection, queue."""
        if (text, tone) != (self._state, self._tone):
            self._state, self._tone = text, tone
            self.refresh()

    def hints(self, text: str) -> None:
        """What keys do here."""
        if text != self._hints:
            self._hints = text
            self.refresh()

    def say(self, sentence: str, tone: Tone = Tone.PLAIN) -> None:
        """Something happened. "" takes it away."""
        if (sentence, tone) != (self._said, self._said_tone):
            self._said, self._said_tone = sentence, tone
            self._make_room(self.size.width)
            self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Another width breaks it elsewhere."""
        self._make_room(event.size.width)

    def _make_room(self, width: int) -> None:
        rows = len(self._lines(width)) if self._said and width else 1
        if rows != self._rows:
            self._rows = rows
            self.styles.height = rows

    def _lines(self, width: int) -> list[str]:
        """The sentence, indented below its sign; what three lines do not hold ends in `…`."""
        sign = _SIGNS.get(self._said_tone.value, "")
        said, room = one_line(self._said), max(width - 1 - len(sign), 1)
        spans = list(wrap(said, room))
        if len(spans) > _MOST:
            spans[_MOST - 1 :] = [(spans[_MOST - 1][0], len(said))]
        texts = [cut(said[start:end].rstrip(), room) for start, end in spans]
        return [f" {sign if not row else ' ' * len(sign)}{text}" for row, text in enumerate(texts)]

    def draw(self, y: int, width: int) -> Strip:
        """One line."""
        inks = self.inks
        if self._said:
            lines = self._lines(width)
            text = lines[y] if y < len(lines) else ""
            return fit([Segment(text, self._ink(self._said_tone))], width, inks.text)
        state = cut(" " + self._state, width)
        room = width - cell_len(state) - 3
        hints = _fitting(self._hints, room)
        line = fit([Segment(state, self._ink(self._tone, inks.dim))], width - cell_len(hints) - 1, inks.text)
        return Strip([*line, Segment(hints + " ", inks.dim)]).adjust_cell_length(width, inks.text)

    def _ink(self, tone: Tone, plain: Style | None = None) -> Style:
        inks = self.inks
        return {Tone.GOOD: inks.good, Tone.WARN: inks.warn, Tone.BAD: inks.bad}.get(tone, plain or inks.text)


def _fitting(hints: str, room: int) -> str:
    """As many of them as have room, whole; the last one, the way out or to help, stays the longest."""
    *others, last = hints.split(_BETWEEN)
    while others and cell_len(_BETWEEN.join([*others, last])) > room:
        others.pop()
    kept = _BETWEEN.join([*others, last])
    return kept if cell_len(kept) <= room else ""
