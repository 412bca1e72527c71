"""Layout of messages as lines: columns, separators, wrapping. Only lines that are looked at are laid out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import structs

from tui.errors import N_
from tui.i18n import _
from tui.keymap import hint
from tui.store.models import Gap, StoredMessage
from tui.store.search.tokenizer import Query
from tui.terminal.graphemes import cell_len, clusters, cut, wrap
from tui.urls import addresses_in
from tui.widgets.base.styles import Run, Tone
from tui.widgets.message_log.body_text import UNBROKEN, BodyText, Paragraph, body_text_of, highlighted
from tui.widgets.message_log.delivery_status import reserved
from tui.wire.bodies import is_notice

MOST_LINES: Final = 200
"""Lines that one message may take in the log."""
NARROW: Final = 50
"""Columns below which a name gets a line of its own."""
LEAST_NAME: Final = 8
MOST_NAME: Final = 16
"""Cells of the names beside the messages, as many as they need."""
LEAST_TEXT: Final = 30
"""Cells that wide names leave to the text."""
GROUP: Final = timedelta(minutes=5)
"""Silence after which a sender is named again. The clock, too, is shown in steps of it."""
_AHEAD: Final = 64
"""Characters at the end of a piece whose clusters may go on in the next one."""

_MONTHS: Final = (
    N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"),
    N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December"),
)  # fmt: skip
_WEEKDAYS: Final = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip


class Columns(msgspec.Struct, frozen=True, gc=False):
    """Columns of a line, `▌HH:MM name  text`. `name` and `room` (of the text) are widths, `text` is its column.

    Of the two cells before the text the first is for a mark.
    """

    width: int
    narrow: bool
    name: int
    text: int
    room: int


@lru_cache(maxsize=64)
def columns_of(width: int, names: int = 0) -> Columns:
    """Return the columns of a log `width` cells wide; the last column stays free.

    Names get the `names` cells that they need, as far as the text keeps `LEAST_TEXT`; a mark stands apart from them.
    """
    if width < NARROW:
        return Columns(width, True, max(0, width - 8), 3, max(2, width - 4))
    others = 1 + 5 + 1 + 2 + 1
    most = min(MOST_NAME, max(LEAST_NAME, width - others - LEAST_TEXT))
    name = min(most, max(LEAST_NAME, names + 1))
    return Columns(width, False, name, others - 1 + name, width - others - name)


class LineKind(Enum):
    """Kinds of lines."""

    DAY = "day"
    GAP = "gap"
    NEW = "new"
    HEAD = "head"
    TEXT = "text"
    NOTICE = "notice"
    STATUS = "status"
    PICTURE = "picture"


MIDDLE: Final = frozenset({LineKind.DAY, LineKind.GAP, LineKind.NEW, LineKind.NOTICE})
"""Lines that stand in the middle."""


class LineLink(msgspec.Struct, frozen=True, gc=False):
    """Characters of a line's words that lead to an address. `written`: they are the address, not a title."""

    begin: int
    end: int
    url: str
    written: bool


class PictureArea(msgspec.Struct, frozen=True, gc=False):
    """Lines of a picture below the words of its message; where it cannot be shown `why`, in one line."""

    rows: int
    why: str = ""


class Line(msgspec.Struct, frozen=True, gc=False):
    """A line: its words and their cells; `at` is the number of the message's characters before it.

    `time`, `name`: it begins with them. `status`: the delivery status stands at its right. `picture`: the row of the
    message's picture that it shows, where it is of that kind and has no words.
    """

    part: LineKind
    runs: tuple[Run, ...] = ()
    cells: int = 0
    at: int = 0
    time: bool = False
    name: bool = False
    status: bool = False
    links: tuple[LineLink, ...] = ()
    picture: int = 0

    def url_at(self, cell: int) -> str:
        """Return the address to which the words at a cell lead, counted from the first word; "" for nowhere."""
        at = place = 0
        for cluster, width in clusters("".join(text for text, _tone in self.runs)):
            if place <= cell < place + width:
                return next((link.url for link in self.links if link.begin <= at < link.end), "")
            at += len(cluster)
            place += width
        return ""


def day_line(time: datetime, this_year: int) -> str:
    """Return `── 21 November, Saturday ──`, with the year when it is another one."""
    here = time.astimezone()
    template = _("{day} {month}, {weekday}") if here.year == this_year else _("{day} {month} {year}, {weekday}")
    said = template.format(
        day=here.day, month=_(_MONTHS[here.month - 1]), year=here.year, weekday=_(_WEEKDAYS[here.weekday()])
    )
    return f"── {said} ──"


def gap_line(gap: Gap, shown_day: date, width: int) -> str:
    """Return `── not connected 14:20 – 16:05 · messages may be missing ──`, or less where that has no room.

    A time gets its day when that is not the one under which the line stands. Several gaps without a message between
    them are told as one.
    """
    since, until = gap.since.astimezone(), gap.until.astimezone()
    begin = _moment(since, dated=since.date() != shown_day)
    end = _moment(until, dated=until.date() != since.date())
    missing = _("messages may be missing")
    template = _("not connected {since} – {until}") if gap.times == 1 else _("not always connected {since} – {until}")
    span = template.format(since=begin, until=end)
    for said in (f"{span} · {missing}", f"{begin} – {end} · {missing}"):
        if cell_len(said) + 8 <= width:
            return f"── {said} ──"
    return f"── {missing} ──"


def _moment(time: datetime, *, dated: bool) -> str:
    clock = f"{time:%H:%M}"
    if not dated:
        return clock
    return _("{day} {month} {time}").format(day=time.day, month=_(_MONTHS[time.month - 1]), time=clock)


class Block:
    """Lines of one message, with the separators above it. Made for one predecessor, width and selection."""

    def __init__(
        self,
        message: StoredMessage,
        before: StoredMessage | None,
        columns: Columns,
        *,
        selected: bool,
        first_unread: bool,
        show_recalled: bool,
        this_year: int,
        found: Query | None = None,
        gap: Gap | None = None,
        picture: PictureArea | None = None,
    ) -> None:
        """Begin the layout; `found` is highlighted in the message, `picture` stands below its words."""
        self.message = message
        self.columns = columns
        self.selected = selected
        self._picture = picture
        self._lines: list[Line] = []
        here = message.time.astimezone()
        there = before.time.astimezone() if before is not None else None
        if there is None or there.date() != here.date():
            self._lines.append(_middle(LineKind.DAY, day_line(message.time, this_year), Tone.DIM))
        if gap is not None and there is not None:
            # The line of a gap stands under the day on which the gap began, if there is a line for that day.
            below = gap.since.astimezone().date() >= here.date()
            said = gap_line(gap, (here if below else there).date(), columns.width)
            self._lines.insert(len(self._lines) if below else 0, _middle(LineKind.GAP, said, Tone.DIM))
        if first_unread:
            said = _("new messages")
            self._lines.append(_middle(LineKind.NEW, f"── {said} ──", Tone.ACCENT))
        self.lead = len(self._lines)
        """Number of lines above the message."""
        known = before is not None and there is not None and not self._lines and _goes_on(before, message)
        same_time = known and there is not None and _step(there) == _step(here)
        self._rest: Iterator[Line] | None = self._lay_out(show_recalled, found, name=not known, time=not same_time)

    def line(self, row: int) -> Line | None:
        """Return line `row`, None past the last. Lays out no line behind it."""
        while row >= len(self._lines) and self._rest is not None:
            found = next(self._rest, None)
            if found is None:
                self._rest = None
            else:
                self._lines.append(found)
        return self._lines[row] if row < len(self._lines) else None

    @property
    def height(self) -> int:
        """Number of lines. Lays all of them out; they are few."""
        if self._rest is not None:
            self._lines.extend(self._rest)
            self._rest = None
        return len(self._lines)

    @property
    def first_text(self) -> int:
        """Row in which the words of the message begin."""
        line = self.line(self.lead)
        return self.lead + (line is not None and line.part is LineKind.HEAD)

    def row_of(self, at: int) -> int:
        """Return the row with the character after the first `at`."""
        row = self.lead
        while (following := self.line(row + 1)) is not None and following.at <= at:
            if following.part is LineKind.PICTURE:
                break
            row += 1
        return row

    def _lay_out(self, show_recalled: bool, found: Query | None, *, name: bool, time: bool) -> Iterator[Line]:
        form = body_text_of(self.message, show_recalled=show_recalled)
        if found is not None:
            form = highlighted(form, found)
        columns = self.columns
        if form.notice:
            for line in _capped(form, max(2, columns.width - 4)):
                yield structs.replace(line, part=LineKind.NOTICE)
            return
        if columns.narrow and name:
            yield Line(LineKind.HEAD, time=True, name=True)
        beside = not columns.narrow
        last = Line(LineKind.TEXT)
        for index, line in enumerate(_capped(form, columns.room)):
            if index:
                yield last
                last = line
            else:
                last = structs.replace(line, time=beside and time, name=beside and name)
        status = reserved(self.message, selected=self.selected)
        if not status:
            yield last
        elif last.cells + 2 + status <= columns.room:
            yield structs.replace(last, status=True)
        else:
            yield last
            yield Line(LineKind.STATUS, at=last.at, status=True)
        yield from self._picture_lines(last.at)

    def _picture_lines(self, at: int) -> Iterator[Line]:
        """Yield the lines of the picture, or the one that says why there is none."""
        if (picture := self._picture) is None:
            return
        if picture.why:
            said = cut(picture.why, self.columns.room)
            yield Line(LineKind.PICTURE, ((said, Tone.DIM),), cell_len(said), at)
            return
        for row in range(picture.rows):
            yield Line(LineKind.PICTURE, at=at, picture=row)


def text_column(block: Block, line: Line) -> int:
    """Return the column in which the words of a line begin."""
    return middle_of(line, block.columns.width) if line.part in MIDDLE else block.columns.text


def middle_of(line: Line, width: int) -> int:
    """Return the column in which a line begins that stands in the middle."""
    return 1 + max(0, (width - line.cells) // 2 - 1)


def _goes_on(before: StoredMessage, message: StoredMessage) -> bool:
    """Return True when the sender need not be named again."""
    return (
        before.mine == message.mine
        and (message.mine or before.sender == message.sender)
        and not is_notice(before.body)
        and message.time - before.time <= GROUP
    )


def _step(time: datetime) -> int:
    return (time.hour * 60 + time.minute) // (GROUP // timedelta(minutes=1))


def _middle(part: LineKind, text: str, tone: Tone) -> Line:
    return Line(part, ((text, tone),), cell_len(text))


# ---------------------------------------------------------------- wrapping


def _capped(form: BodyText, room: int) -> Iterator[Line]:
    """Yield the lines of a message, at most `MOST_LINES`, and then one that tells of more."""
    count = at = 0
    for paragraph in form.paragraphs:
        for line in _lines(paragraph, room, at):
            if count == MOST_LINES:
                yield _more(line.at)
                return
            yield line
            count += 1
        at += sum(len(text) for text, _tone in paragraph.runs) + 1
    if form.more:
        yield _more(at)


def _more(at: int) -> Line:
    said = hint("… ({open} shows all)")
    return Line(LineKind.TEXT, ((said, Tone.DIM),), cell_len(said), at)


def _lines(paragraph: Paragraph, room: int, at: int) -> Iterator[Line]:
    text = "".join(text for text, _tone in paragraph.runs)
    lead, hang = paragraph.lead, paragraph.hang
    if room < 16:
        lead, hang = "", 0
    inner = max(2, room - cell_len(lead) - hang)
    coming, near = _links(paragraph, text), list[LineLink]()
    # Lines after the first are indented; the first is two cells shorter than it could be, which saves a rule.
    for begin, end in spans(text, inner):
        runs: list[Run] = []
        if lead:
            runs.append((lead, Tone.DIM))
        if hang and begin:
            runs.append((" " * hang, Tone.TEXT))
        cut_to = begin + len(text[begin:end].rstrip(" "))
        shift = sum(len(words) for words, _tone in runs) - begin
        runs += _between(paragraph.runs, begin, cut_to)
        near = [link for link in near if link.end > begin]
        while (not near or near[-1].begin < end) and (found := next(coming, None)) is not None:
            near.append(found)
        links = tuple(
            LineLink(max(link.begin, begin) + shift, min(link.end, cut_to) + shift, link.url, link.written)
            for link in near
            if link.begin < cut_to and link.end > begin
        )
        cells = sum(cell_len(words) for words, _tone in runs)
        yield Line(LineKind.TEXT, tuple(runs), cells, at + begin, links=links)


def _links(paragraph: Paragraph, text: str) -> Iterator[LineLink]:
    """Yield the links of a paragraph, counted over its words: its title, or the addresses that stand in it."""
    if paragraph.url:
        at = 0
        for words, tone in paragraph.runs:
            if tone is not Tone.ACCENT and words.strip():
                yield LineLink(at, at + len(words.rstrip()), paragraph.url, written=False)
            at += len(words)
        return
    for span in addresses_in(text):
        yield LineLink(span.begin, span.end, span.url, written=True)


def _between(runs: tuple[Run, ...], begin: int, end: int) -> Iterator[Run]:
    at = 0
    for text, tone in runs:
        first, last = max(begin - at, 0), min(end - at, len(text))
        if first < last:
            yield text[first:last].replace(UNBROKEN, " "), tone
        at += len(text)


def spans(text: str, cells: int) -> Iterator[tuple[int, int]]:
    """Yield the lines as `graphemes.wrap` does, but look at a long text piece by piece, as lines are asked for."""
    start, size = 0, cells * 8 + 4 * _AHEAD
    while len(text) - start > size:
        piece = text[start : start + size]
        done = 0
        for begin, end in wrap(piece, cells):
            if end > size - _AHEAD:
                break  # The piece may end within a cluster or a word.
            yield start + begin, start + end
            done = end
        if done:
            start += done
            size = cells * 8 + 4 * _AHEAD
        else:
            size *= 2
    for begin, end in wrap(text[start:], cells):
        yield start + begin, start + end
