"""The last line of a screen: a sentence about what just happened, else the connection, and what keys do.

A sentence that is wider than the screen takes some lines more: the way out stands at its end. It goes with the next
key; an error stays until a key changes the bar, or something else is done. Nothing is said beside a dialog: that would
seem to be about it. It is said when the dialog is gone. A screen on top that has such a line of its own says it there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from time import monotonic
from typing import Final, TypeAlias

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.reactive import Reactive
from textual.strip import Strip

from tui.i18n import joined
from tui.keymap import BETWEEN
from tui.terminal.graphemes import cell_len, cut, wrap
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.fitting_hints import fitting
from tui.widgets.base.one_line import MOST, one_line
from tui.widgets.base.styles import Run, Tone

_MOST: Final = 3
"""Lines that a sentence may take."""

SentenceLink: TypeAlias = tuple[str, str]
"""Words of a sentence, and where they lead."""


class Sentence(msgspec.Struct, frozen=True):
    """Sentence about what happened; "" for none."""

    words: str = ""
    tone: Tone = Tone.TEXT
    link: SentenceLink | None = None


_NONE: Final = Sentence()


class StatusLine(Canvas):
    """State on the left, hints on the right; a sentence takes the whole line for a while."""

    state: Reactive[Run] = Reactive(("", Tone.DIM))
    """Connection, queue."""
    hints: Reactive[str] = Reactive("")
    """Keys that do something here."""
    hints_first: Reactive[bool] = Reactive(False)
    """True while the hints need the room of the state's details: somebody is about to act."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sentence = _NONE
        self._later: Sentence | None = None
        """Sentence that waits until this screen is on top."""
        self._shown_at = 0.0
        self._unread = False
        """True while a sentence that waited has stood here for no key yet."""
        self._rows = 1

    @property
    def said(self) -> str:
        """The sentence that the line shows; "" once a key has taken it away."""
        return self._sentence.words

    def say(self, sentence: str, tone: Tone = Tone.TEXT, *, link: SentenceLink | None = None) -> None:
        """Show a sentence about what happened, once no other screen is on top; "" takes it away.

        `link`: words of it, and where they lead.
        """
        if sentence and self._covered:
            above = next((one for one in self.app.screen_stack[-1].children if isinstance(one, StatusLine)), None)
            if above is not None:
                above.say(sentence, tone, link=link)
            else:
                self._keep(Sentence(sentence, tone, link))
            return
        self._later, self._unread = None, False
        self._show(Sentence(sentence, tone, link))

    def take_away(self, *, but: Tone) -> None:
        """Take the sentence away, unless it is of the tone `but`."""
        if self._sentence.tone is not but:
            self.say("")

    def key_pressed(self) -> None:
        """Take the sentence away, for a person has seen it, but no error: that is for who writes on."""
        self._unread = False
        if self._sentence.tone is not Tone.BAD:
            self._show(_NONE)

    def bar_changed(self, time: float = math.inf) -> None:
        """Take the sentence away: a person writes on. What was said after `time`, that of the key, they have not read.

        `time`: Textual's, of a message.
        """
        if self._shown_at <= time:
            self._unread = False
            self._show(_NONE)

    def command_begins(self) -> None:
        """Take the sentence away, unless it has just come out from behind a dialog, where nobody could read it."""
        if not self._unread:
            self._show(_NONE)

    def uncovered(self) -> None:
        """Show what was said while another screen was on top."""
        if self._later is not None:
            later, self._later = self._later, None
            self._unread = True
            self._show(later)

    @property
    def _covered(self) -> bool:
        """True while another screen is on top."""
        return self.is_attached and self.app.screen_stack[-1] is not self.screen

    def _keep(self, sentence: Sentence) -> None:
        """Keep a sentence for later: the newest, but errors before others, each of them once, as many as are shown."""
        before = self._later or _NONE
        if before.tone is not Tone.BAD:
            self._later = sentence
        elif sentence.tone is Tone.BAD and sentence.words not in before.words and len(before.words) < MOST:
            self._later = Sentence(joined(before.words, sentence.words), Tone.BAD)

    def _show(self, sentence: Sentence) -> None:
        if sentence != self._sentence:
            self._sentence = sentence
            self._shown_at = monotonic()
            self._make_room(self.size.width)
            self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Break the sentence for the new width."""
        self._make_room(event.size.width)

    def _make_room(self, width: int) -> None:
        rows = len(list(self._lines(width))) if self.said and width else 1
        if rows != self._rows:
            self._rows = rows
            self.styles.height = rows

    def _lines(self, width: int) -> Iterator[list[Segment]]:
        """Yield the sentence, indented below its sign; what three lines do not hold ends in `…`."""
        style, sign = self.theme_styles[self._sentence.tone], self._sentence.tone.sign
        said, room = one_line(self.said), max(width - 1 - len(sign), 1)
        words, url = self._sentence.link or ("", "")
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
        if self.said:
            lines = list(self._lines(width))
            return fit(lines[y] if y < len(lines) else [], width, styles.text)
        return self._told(self.state, width)

    def still(self, words: str) -> Iterator[Strip]:
        """Yield the lines with these words in the place of the state and of a sentence."""
        width = self.size.width
        yield self._told((words, Tone.DIM), width)
        yield from [Strip.blank(width, self.theme_styles.text)] * (self.size.height - 1)

    def _told(self, run: Run, width: int) -> Strip:
        styles, (state, tone) = self.theme_styles, run
        if self.hints_first and cell_len(state) + cell_len(self.hints) + 4 > width:
            state = state.partition(BETWEEN)[0]
        state = cut(" " + state, width)
        room = width - cell_len(state) - 3
        hints = fitting(self.hints, room)
        line = fit([Segment(state, styles[tone])], width - cell_len(hints) - 1, styles.text)
        return fit([*line, Segment(hints + " ", styles.dim)], width, styles.text)
