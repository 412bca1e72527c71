"""Messages that a search found: when, where and by whom, and the line with the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from tui.i18n import _
from tui.message_summary import answer_parts, describe, shown_sender
from tui.store.models import ExportedMessage
from tui.store.search.tokenizer import Query, query
from tui.terminal.graphemes import cell_len, clusters, cut, pad, wrapped
from tui.units import short_time
from tui.widgets.base.canvas import chosen, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Run, Tone, marked_runs
from tui.widgets.lists.row_list import RowList
from tui.wire.bodies import Body
from tui.wire.text import printable

_TIME: Final = len("2024-11-21 ")
_BEFORE: Final = 0.25
"""Share of the room for what stands before the first found word of a line that is too long."""
_LOOKED_AT: Final = 20_000
"""Characters of a message among which the line with the words is looked for."""


class FoundList(RowList[ExportedMessage], can_focus=False):
    """A row for each message. The field above has the focus and gets the keys."""

    def __init__(self, now: datetime) -> None:
        """`now`, aware, is the day of which only the clock is shown."""
        super().__init__()
        self._now = now
        self._query: Query = query("")
        self._said = ""
        self.marks: Mapping[int, str] = {}
        """Conversation id → mark that tells it from a namesake's."""

    def show(self, words: str, found: Sequence[ExportedMessage], *, said: str = "") -> None:
        """Show what a search for some words found, newest first; `said` stands in its place where that is nothing."""
        said = one_line(said)
        higher = not found and said != self._said
        self._said, self._query, self.shown = said, query(words), found
        self.cursor, self.top = (0 if found else -1), 0
        self.rows_changed()
        if higher and self.styles.is_auto_height:
            self.refresh(layout=True)

    def add(self, more: Sequence[ExportedMessage]) -> None:
        """Add the next page of found messages."""
        self.shown = [*self.shown, *more]
        self.rows_changed()

    # ---------------------------------------------------------------- drawing

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return a line for each row, and those that say why there are none."""
        high = super().get_content_height(container, viewport, width)
        return high if self.shown else max(high, len(self._empty(width)))

    def _empty(self, width: int) -> list[str]:
        said = self._said or _("searches messages, file names and link titles")
        return wrapped(said, width - 2)

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row; in an empty list, say why it is empty."""
        if not self.shown:
            lines = self._empty(width)
            style = self.theme_styles.text if self._said else self.theme_styles.dim
            text = f"  {lines[y]}" if y < len(lines) else ""
            return fit([Segment(text, style)], width, self.theme_styles.text)
        return super().draw(y, width)

    def row(self, index: int, width: int, *, at_cursor: bool) -> Strip:
        """Draw `› 10:41      项目群      张三: the line with the words`."""
        styles = self.theme_styles
        named = self.shown[index]
        chat = min(20, max(8, width // 5))
        name = one_line(named.chat)
        mark = one_line(self.marks.get(named.message.conversation_id, ""))
        shown = cut(" ".join(filter(None, (name, mark))), chat)
        sender = one_line(shown_sender(named.message, named.sender))
        who = f"{sender}: " if sender and sender != name else ""
        who = cut(who, max(0, width // 4))
        room = max(1, width - 2 - _TIME - chat - 2 - cell_len(who))
        segments = [
            Segment("› " if at_cursor else "  ", styles.accent),
            Segment(pad(short_time(named.message.time, self._now), _TIME), styles.dim),
            Segment(pad(shown, chat) + "  ", styles.strong),
            Segment(who, styles.dim),
            *self._line(named.message.body, room),
        ]
        strip = fit(segments, width, styles.text)
        return chosen(strip, styles) if at_cursor else strip

    def _line(self, body: Body, room: int) -> Iterator[Segment]:
        answer, quoted = answer_parts(body) or ("", "")
        if answer and self._query.places(quoted) and not self._query.places(answer):
            # The words stand in the quote: it follows the answer, which is what was said here.
            said = cut(one_line(answer), room // 2) + " > "
            runs = [(said, Tone.TEXT), *_shown(quoted, self._query, max(1, room - cell_len(said)))]
        else:
            runs = _shown(describe(body), self._query, room)
        for words, tone in runs:
            yield Segment(words, self.theme_styles[tone])


def _shown(text: str, wanted: Query, room: int) -> list[Run]:
    """Return the line with the first of the words. Its beginning gives way when they stand far behind."""
    text = printable(text[:_LOOKED_AT], newlines=True)
    places = wanted.places(text)
    first = places[0][0] if places else 0
    begin = text.rfind("\n", 0, first) + 1
    end = text.find("\n", first)
    line = text[begin:] if end < 0 else text[begin:end]
    # Behind a short line there is room for the lines that follow it.
    if end >= 0:
        line += " " + text[end + 1 : end + 1 + room].replace("\n", " ")
    before = line[: first - begin]
    skipped = 0
    if cell_len(before) > room * 0.6 and cell_len(line) > room:
        cells = cell_len(before)
        for cluster, wide in clusters(before):
            if cells <= room * _BEFORE:
                break
            cells -= wide
            skipped += len(cluster)
    shown = ("…" if skipped else "") + line[skipped:]
    shift = begin + skipped - (1 if skipped else 0)
    inside = [(a - shift, b - shift) for a, b in places if a - shift >= 0 and a < begin + len(line)]
    return list(marked_runs([(cut(shown, room), Tone.TEXT)], inside))
