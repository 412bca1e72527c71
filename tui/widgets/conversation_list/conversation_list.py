"""The conversation list: pinned first, then by the newest message. Of thousands it draws what is in sight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.i18n import _
from tui.store.models import Conversation
from tui.terminal.graphemes import cell_len, cut, pad
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import fit
from tui.widgets.base.one_line import one_line
from tui.widgets.conversation_list.order import ConversationOrder
from tui.widgets.lists.row_list import RowList
from tui.wire.contacts import ContactKind

SIGNS: Final = {ContactKind.GROUP: "#", ContactKind.OFFICIAL: "◇", ContactKind.SPECIAL: "⇄"}
"""Signs for kinds of conversations; people have none. `/help` explains them."""
MUTED, DRAFT, EARLIER = "m", "✎", "↶"
_MANY: Final = 99
_LEAST_MARK: Final = 3
"""Cells below which a mark says nothing."""


class ConversationList(RowList[Conversation]):
    """All conversations, or those that a filter leaves. The screen fills it; `Chosen` opens one."""

    BINDINGS = [
        bound("sidebar.filter", "filter"),
        bound("sidebar.details", "details"),
        bound("sidebar.narrower", "widen(-1)"),
        bound("sidebar.wider", "widen(1)"),
    ]

    class FilterWanted(Message):
        """Asks for the field in which a part of a name is typed."""

    @dataclass
    class WidthWanted(Message):
        """Asks for a list that is some steps wider, or narrower (negative)."""

        steps: int

    @dataclass
    class DetailsWanted(Message):
        """Asks for the details of a contact."""

        conversation: Conversation

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._order = ConversationOrder()
        self._wanted: tuple[int, ...] | None = None
        self._seen: set[int] = set()
        self._marks: Mapping[int, str] = {}
        self.opened = 0

    # ---------------------------------------------------------------- what it holds

    @property
    def every(self) -> Sequence[Conversation]:
        """All conversations, in the order of the list."""
        return self._order.rows

    def conversation(self, conversation_id: int) -> Conversation | None:
        """Return a conversation as it was last read, None for one that is not here."""
        return next(iter(self._order.of((conversation_id,))), None)

    def update(self, conversations: Iterable[Conversation]) -> None:
        """Add or replace conversations; the cursor stays on its conversation."""
        several = tuple(conversations)
        with self._changing():
            self._order.put(several)
            self._seen.difference_update(one.id for one in several if not one.unread)

    def drop(self, conversation_id: int) -> None:
        """Remove a conversation that is no more."""
        with self._changing():
            self._order.drop(conversation_id)

    def clear(self) -> None:
        """Remove all: another login brings its own."""
        with self._changing():
            self._order = ConversationOrder()

    def show_only(self, ids: Sequence[int] | None) -> None:
        """Show only these, in this order; with None, all."""
        with self._changing():
            self._wanted = None if ids is None else tuple(ids)
            self.cursor = -1
        if ids is not None and self.shown:
            self.point_at(0)

    def tell_apart(self, marks: Mapping[int, str]) -> None:
        """Show these marks behind the names of namesakes: conversation id → mark."""
        if marks != self._marks:
            self._marks = dict(marks)
            self.refresh()

    def mark_of(self, conversation_id: int) -> str:
        """Return the mark of a namesake; "" for everybody else."""
        return self._marks.get(conversation_id, "")

    @property
    def marks(self) -> Mapping[int, str]:
        """Marks of namesakes, by conversation id."""
        return self._marks

    def open(self, conversation_id: int) -> None:
        """Mark a conversation as open, and move the cursor to it."""
        before, self.opened = self.opened, conversation_id
        self._redraw(before, conversation_id)
        at = self._find(conversation_id)
        if at is not None:
            self.point_at(at)

    def seen(self, conversation_id: int, on: bool) -> None:
        """Hide the unread number while the server is told that this was read; show it again when that failed."""
        with self._changing():
            (self._seen.add if on else self._seen.discard)(conversation_id)

    @property
    def unread(self) -> Sequence[Conversation]:
        """Conversations with unread messages, but for the open one and those that are being read."""
        return self._order.of(self._order.unread - self._seen - {self.opened})

    def next_unread(self) -> Conversation | None:
        """Return the topmost unread conversation that is not muted; a muted one if there is no other."""
        return min(self.unread, key=lambda one: (one.quiet, self._order.find(one.id)), default=None)

    def _find(self, conversation_id: int) -> int | None:
        """Return the row in which a conversation is shown."""
        if self._wanted is None:
            return self._order.find(conversation_id)
        return next((at for at, one in enumerate(self.shown) if one.id == conversation_id), None)

    def _redraw(self, *ids: int) -> None:
        found = (self._find(one) for one in ids)
        self._refresh_rows(*(at for at in found if at is not None))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Surround a change. The cursor stays on its conversation; only rows that changed are drawn."""
        stood_on, cursor, top, before = self.at_cursor, self.cursor, self.top, self._in_sight()
        yield
        self.shown = self._order.rows if self._wanted is None else self._order.of(self._wanted)
        kept = self._find(stood_on.id) if stood_on is not None and self.cursor == cursor else None
        self.cursor = min(self.cursor if kept is None else kept, self.count - 1)
        if self.cursor < 0 and self.count and self.has_focus:
            # The first conversations came after the focus: Enter, which the status line offers, must open one.
            self.cursor = 0
        self._keep_in_sight()
        if self.top != top:
            self.refresh()
            return
        rows = enumerate(zip_longest(before, self._in_sight()), top)
        moved = () if self.cursor == cursor else (cursor, self.cursor)
        self._refresh_rows(*moved, *(at for at, (was, now) in rows if was != now))

    def _in_sight(self) -> list[tuple[object, ...]]:
        """Return what `row` draws, for each conversation in sight."""
        seen = self.shown[self.top : self.top + self.size.height]
        return [(one.id, one.name, one.kind, *self._told(one)) for one in seen]

    def _told(self, one: Conversation) -> tuple[int, str]:
        """Return the number of unread messages, and the marks; what is being read or written needs none."""
        written_here = one.draft and one.id != self.opened
        marks = (DRAFT if written_here else "") + (MUTED if one.quiet else "") + (EARLIER if one.earlier else "")
        return 0 if one.id in self._seen else one.unread, marks

    # ---------------------------------------------------------------- how it looks

    def row(self, index: int, width: int, *, at_cursor: bool) -> Strip:
        """Draw `▌# name      2 ✎m`."""
        one, styles = self.shown[index], self.theme_styles
        is_open = one.id == self.opened
        focused = at_cursor and self.has_focus
        unread, marks = self._told(one)
        loud = unread and not one.quiet
        number = f"{_MANY}+" if unread > _MANY else str(unread) if unread else ""
        right = " ".join(filter(None, (number, marks)))
        name = one_line(one.name)
        room = width - 4 - (cell_len(right) + 1 if right else 0)
        bar = "▌" if focused or (is_open and not self.has_focus) else "·" if is_open else " "
        name_style = styles.accent if is_open else styles.strong if loud or focused else styles.text
        if one.earlier and not (is_open or focused):
            name_style = styles.dim
        segments = [
            Segment(bar, styles.accent),
            Segment(f"{SIGNS.get(one.kind, ' ')} ", styles.dim),
            *self._named(name, one_line(self.mark_of(one.id)), max(0, room), name_style),
        ]
        if right:
            segments += [
                Segment(" " + number, styles.accent if loud else styles.dim),
                Segment((" " if number else "") + marks, styles.dim),
            ]
        return fit(segments, width, styles.text)

    def _named(self, name: str, mark: str, room: int, style: Style) -> list[Segment]:
        """Draw the name, and a namesake's mark behind it; both keep some of too little room."""
        least = min(cell_len(mark), max(room // 3, room - cell_len(name) - 1))
        if not mark or least < _LEAST_MARK:
            return [Segment(pad(name, room), style)]
        name = cut(name, room - least - 1)
        return [
            Segment(f"{name} ", style),
            Segment(pad(cut(mark, least), room - cell_len(name) - 1), self.theme_styles.dim),
        ]

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row, or the words of an empty list; and the line between the list and the messages."""
        styles, room = self.theme_styles, width - 1
        if not self.shown and y == 0:
            hint = _("no match") if self._wanted is not None else _("no conversations")
            strip = fit([Segment("   " + hint, styles.dim)], room, styles.text)
        else:
            strip = super().draw(y, room)
        return Strip([*strip, Segment("│", styles.rule)], width)

    # ---------------------------------------------------------------- keys

    def action_filter(self) -> None:
        """Ask for the filter."""
        self.post_message(self.FilterWanted())

    def action_details(self) -> None:
        """Ask for the details of the contact at the cursor."""
        if self.at_cursor is not None:
            self.post_message(self.DetailsWanted(self.at_cursor))

    def action_widen(self, steps: int) -> None:
        """Ask for a wider list, or a narrower one."""
        self.post_message(self.WidthWanted(steps))

    def on_focus(self, event: events.Focus) -> None:
        """Move the bar from the open conversation to the cursor."""
        if self.cursor < 0 and self.shown:
            self.point_at(0)
        self.refresh()

    def on_blur(self, event: events.Blur) -> None:
        """Move the bar back to the open conversation."""
        self.refresh()
