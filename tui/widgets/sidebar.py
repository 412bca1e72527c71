"""The conversation list: pinned first, then by the newest message. It draws what is in sight of however many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.strip import Strip

from tui.i18n import _
from tui.store.models import Conversation
from tui.terminal.graphemes import cell_len, pad
from tui.widgets.canvas import fit
from tui.widgets.one_line import one_line
from tui.widgets.row_list import RowList
from tui.wire.contacts import ContactKind

SIGNS: Final = {ContactKind.GROUP: "#", ContactKind.OFFICIAL: "◇", ContactKind.SPECIAL: "⇄"}
"""What a conversation is with; people have no sign. `/help` explains them."""
MUTED, DRAFT, EARLIER = "m", "✎", "↶"
_MANY: Final = 99


class Sidebar(RowList):
    """All conversations, or those that a filter leaves. The screen fills it; `Chosen` opens one."""

    BINDINGS = [
        Binding("slash", "filter", show=False, id="sidebar.filter"),
        Binding("o", "details", show=False, id="sidebar.details"),
    ]

    class FilterWanted(Message):
        """The person wants to type a part of a name."""

    class DetailsWanted(Message):
        """Who is this?"""

        def __init__(self, conversation: Conversation) -> None:
            super().__init__()
            self.conversation = conversation

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._all: dict[int, Conversation] = {}
        self._places: dict[int, tuple[bool, bool, float, int]] = {}
        self._shown: list[Conversation] = []
        self._filter: frozenset[int] | None = None
        self._order: dict[int, int] = {}
        self.opened = 0

    # ---------------------------------------------------------------- what it holds

    @property
    def count(self) -> int:
        """How many are shown."""
        return len(self._shown)

    @property
    def shown(self) -> Sequence[Conversation]:
        """Those that are shown, in their order."""
        return self._shown

    @property
    def every(self) -> Iterable[Conversation]:
        """All of them, in no order."""
        return self._all.values()

    def conversation(self, conversation_id: int) -> Conversation | None:
        """One of them, as it was last read."""
        return self._all.get(conversation_id)

    def update(self, conversations: Iterable[Conversation]) -> None:
        """New or changed ones; the cursor stays on the conversation that it is on."""
        for one in conversations:
            self._all[one.id], self._places[one.id] = one, _place(one)
        self._arrange()

    def drop(self, conversation_id: int) -> None:
        """One that is no more."""
        self._places.pop(conversation_id, None)
        if self._all.pop(conversation_id, None) is not None:
            self._arrange()

    def clear(self) -> None:
        """Another login: its conversations come anew."""
        self._all.clear()
        self._places.clear()
        self._arrange()

    def show_only(self, ids: Sequence[int] | None) -> None:
        """Only these, in this order; None: all."""
        self._filter = None if ids is None else frozenset(ids)
        self._order = {} if ids is None else {conversation_id: index for index, conversation_id in enumerate(ids)}
        self.cursor = -1
        self._arrange()
        if self._filter is not None and self._shown:
            self.point_at(0)

    def open(self, conversation_id: int) -> None:
        """Mark this one as open, and stand on it."""
        before, self.opened = self.opened, conversation_id
        for index, conversation in enumerate(self._shown):
            if conversation.id == conversation_id:
                self.point_at(index)
                self._refresh_rows(index)
            elif conversation.id == before:
                self._refresh_rows(index)

    @property
    def at_cursor(self) -> Conversation | None:
        """The one that keys act on."""
        return self._shown[self.cursor] if 0 <= self.cursor < len(self._shown) else None

    def next_unread(self) -> Conversation | None:
        """The topmost with something unread that is not muted; a muted one if there is no other."""
        unread = [one for one in sorted(self._all.values(), key=self._place_of) if one.unread and one.id != self.opened]
        return next((one for one in unread if not one.quiet), unread[0] if unread else None)

    def _place_of(self, one: Conversation) -> tuple[bool, bool, float, int]:
        # Reckoned once a change: thousands are sorted whenever one of them gets a message.
        return self._places[one.id]

    def _arrange(self) -> None:
        stood_on = self.at_cursor
        if self._filter is None:
            self._shown = sorted(self._all.values(), key=self._place_of)
        else:
            kept = (one for one in self._all.values() if one.id in self._filter)
            self._shown = sorted(kept, key=lambda one: self._order[one.id])
        if stood_on is not None:
            same = (index for index, one in enumerate(self._shown) if one.id == stood_on.id)
            self.cursor = next(same, self.cursor)
        self.rows_changed()

    # ---------------------------------------------------------------- how it looks

    def row(self, index: int, width: int, *, at_cursor: bool) -> Strip:
        """`▌# name      2 ✎m`."""
        one, inks = self._shown[index], self.inks
        is_open = one.id == self.opened
        focused = at_cursor and self.has_focus
        loud = one.unread and not one.quiet
        marks = (
            (DRAFT if one.draft and not is_open else "")
            + (MUTED if one.quiet else "")
            + (EARLIER if one.earlier else "")
        )
        number = f"{_MANY}+" if one.unread > _MANY else str(one.unread) if one.unread else ""
        right = " ".join(filter(None, (number, marks)))
        name = one_line(one.name)
        room = width - 4 - (cell_len(right) + 1 if right else 0)
        bar = "▌" if focused or (is_open and not self.has_focus) else "·" if is_open else " "
        name_ink = inks.accent if is_open else inks.strong if loud or focused else inks.text
        if one.earlier and not (is_open or focused):
            name_ink = inks.dim
        segments = [
            Segment(bar, inks.accent),
            Segment(f"{SIGNS.get(one.kind, ' ')} ", inks.dim),
            Segment(pad(name, max(0, room)), name_ink),
        ]
        if right:
            segments += [
                Segment(" " + number, inks.accent if loud else inks.dim),
                Segment((" " if number else "") + marks, inks.dim),
            ]
        return fit(segments, width, inks.text)

    def draw(self, y: int, width: int) -> Strip:
        """A row, or what an empty list says; and the line between the list and the messages."""
        inks, room = self.inks, width - 1
        if not self._shown and y == 0:
            hint = _("no match") if self._filter is not None else _("no conversations yet")
            strip = fit([Segment("   " + hint, inks.dim)], room, inks.text)
        else:
            strip = super().draw(y, room)
        return Strip([*strip, Segment("│", inks.rule)], width)

    # ---------------------------------------------------------------- keys

    def action_filter(self) -> None:
        """Type a part of a name."""
        self.post_message(self.FilterWanted())

    def action_details(self) -> None:
        """Who is this?"""
        if self.at_cursor is not None:
            self.post_message(self.DetailsWanted(self.at_cursor))

    def on_focus(self, event: events.Focus) -> None:
        """The bar moves from the open one to the cursor."""
        if self.cursor < 0 and self._shown:
            self.point_at(0)
        self.refresh()

    def on_blur(self, event: events.Blur) -> None:
        """And back."""
        self.refresh()


def _place(one: Conversation) -> tuple[bool, bool, float, int]:
    """Where it stands in the list; those of earlier logins at its end."""
    last = one.last.time.timestamp() if one.last else 0.0
    return one.earlier, one.earlier or not one.pinned, -last, -one.id
