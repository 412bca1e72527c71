"""The last line of a screen: a sentence about what just happened, else the connection, and what keys do.

A sentence that is wider than the screen takes some lines more: the way out stands at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.reactive import Reactive
from textual.strip import Strip

from tui.terminal.graphemes import cell_len, cut, wrap
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Run, Tone

_BETWEEN: Final = " · "
_MOST: Final = 3
"""Lines that a sentence may take."""
_SIGNS: Final = {Tone.GOOD: "✓ ", Tone.WARN: "! ", Tone.BAD: "✗ "}


class StatusLine(Canvas):
    """State on the left, hints on the right; a sentence takes the whole line until the next key."""

    state: Reactive[Run] = Reactive(("", Tone.DIM))
    """Connection, queue."""
    hints: Reactive[str] = Reactive("")
    """Keys that do something here."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._said = ""
        self._said_tone = Tone.TEXT
        self._link: tuple[str, str] | None = None
        self._rows = 1

    @property
    def said(self) -> str:
        """The sentence that the line shows; "" once a key has taken it away."""
        return self._said

    def say(self, sentence: str, tone: Tone = Tone.TEXT, *, link: tuple[str, str] | None = None) -> None:
        """Show a sentence about what happened; "" takes it away. `link`: words of it, and where they lead."""
        if (sentence, tone, link) != (self._said, self._said_tone, self._link):
            self._said, self._said_tone, self._link = sentence, tone, link
            self._make_room(self.size.width)
            self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Break the sentence for the new width."""
        self._make_room(event.size.width)

    def _make_room(self, width: int) -> None:
        rows = len(list(self._lines(width))) if self._said and width else 1
        if rows != self._rows:
            self._rows = rows
            self.styles.height = rows

    def _lines(self, width: int) -> Iterator[list[Segment]]:
        """Yield the sentence, indented below its sign; what three lines do not hold ends in `…`."""
        style, sign = self.theme_styles[self._said_tone], _SIGNS.get(self._said_tone, "")
        said, room = one_line(self._said), max(width - 1 - len(sign), 1)
        words, url = self._link or ("", "")
        words = one_line(words)
        first = said.find(words) if words else -1
        leading = range(first, first + len(words)) if first >= 0 else range(0)
        spans = list(wrap(said, room))
        if len(spans) > _MOST:
            spans[_MOST - 1 :] = [(spans[_MOST - 1][0], len(said))]
        for row, (start, end) in enumerate(spans):
            text = cut(said[start:end].rstrip(), room)
            begin = min(max(leading.start - start, 0), len(text))
            stop = min(max(leading.stop - start, begin), len(text))
            yield [
                Segment(f" {sign if not row else ' ' * len(sign)}", style),
                Segment(text[:begin], style),
                Segment(text[begin:stop], style + Style(link=url) if url else style),
                Segment(text[stop:], style),
            ]

    def draw(self, y: int, width: int) -> Strip:
        """Draw one line."""
        styles = self.theme_styles
        if self._said:
            lines = list(self._lines(width))
            return fit(lines[y] if y < len(lines) else [], width, styles.text)
        state, tone = self.state
        state = cut(" " + state, width)
        room = width - cell_len(state) - 3
        hints = _fitting(self.hints, room)
        line = fit([Segment(state, styles[tone])], width - cell_len(hints) - 1, styles.text)
        return fit([*line, Segment(hints + " ", styles.dim)], width, styles.text)


def _fitting(hints: str, room: int) -> str:
    """Return as many hints as have room, whole. The last one, the way out or to help, is kept the longest."""
    *others, last = hints.split(_BETWEEN)
    while others and cell_len(_BETWEEN.join([*others, last])) > room:
        others.pop()
    kept = _BETWEEN.join([*others, last])
    return kept if cell_len(kept) <= room else ""
