"""The conversation list: pinned first, then by the newest message. Of thousands it draws what is in sight."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final

import msgspec
from rich.segment import Segment
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from tui.i18n import _
from tui.keymap import hint
from tui.store.models import Conversation, StoredMessage
from tui.terminal.graphemes import wrapped
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import fit
from tui.widgets.base.widget_message import WidgetMessage
from tui.widgets.conversation_list.folding import FoldedRows, ListEntry, OfficialFold
from tui.widgets.conversation_list.row_facts import LastWords, RowFacts, facts_of, fold_facts
from tui.widgets.conversation_list.row_painter import RowLook, RowPainter
from tui.widgets.lists.row_list import RowList
from tui.widgets.text_input.type_ahead import TypeAhead

_MENU_AT: Final = 3
"""Cell of a row at which its menu begins."""


_MOST_KEPT: Final = 1000


def _now() -> datetime:
    return datetime.now(UTC)


class ConversationList(RowList[ListEntry]):
    """All conversations, or those that a filter leaves. The screen fills it; `Chosen` opens one."""

    BINDINGS = [
        bound("sidebar.filter", "filter"),
        bound("sidebar.details", "details"),
        bound("sidebar.menu", "menu"),
        bound("sidebar.narrower", "widen(-1)"),
        bound("sidebar.wider", "widen(1)"),
    ]

    FOCUS_ON_CLICK = False

    class RowMenuWanted(WidgetMessage):
        """Asks for a menu of what can be done with a conversation, at this cell of the screen."""

        conversation: Conversation
        at: Offset

    class BorderDragged(WidgetMessage):
        """Asks for a list of so many cells, while its border is dragged; `done` with the last."""

        cells: int
        done: bool

    class FilterWanted(Message):
        """Asks for the field in which a part of a name is typed."""

    class WidthWanted(WidgetMessage):
        """Asks for a list that is some steps wider, or narrower (negative)."""

        steps: int

    class DetailsWanted(WidgetMessage):
        """Asks for the details of a contact."""

        conversation: Conversation

    class NamesWanted(WidgetMessage):
        """Asks for the names of those who wrote last in these groups; `name_senders` shows them."""

        groups: Sequence[Conversation]

    def __init__(
        self,
        sender_of: Callable[[Conversation], str | None] = lambda group: "",
        clock: Callable[[], datetime] = _now,
        *,
        folds: bool = True,
        quiet_kinds: Collection[str] = (),
        id: str | None = None,
    ) -> None:
        """`sender_of` names who wrote the newest message of a group, None while that is not known.

        `folds`: official accounts stand behind one row. `quiet_kinds`: values of the `NotifyKind`s of which not
        everything rings.
        """
        super().__init__(id=id)
        self._clock = clock
        self._today = clock().astimezone().date()
        self._words = LastWords(sender_of)
        self._painter = RowPainter()
        self._facts_of: dict[int, tuple[ListEntry, tuple[object, ...], RowFacts]] = {}
        self._rows = FoldedRows(folds=folds)
        self._quiet_kinds = quiet_kinds
        self._wanted: tuple[int, ...] | None = None
        self._filtering = False
        self._seen: set[int] = set()
        self._marks: Mapping[int, str] = {}
        self._dragging = self._dragged = False
        self.opened = 0
        self.type_ahead: TypeAhead | None = None
        """Moves text that is typed here to the bar; without it, letters that mean nothing are lost."""

    # ---------------------------------------------------------------- what it holds

    @property
    def every(self) -> Sequence[Conversation]:
        """All conversations, in the order of the list; folded ones last."""
        return self._rows.every

    @property
    def conversation_at_cursor(self) -> Conversation | None:
        """Conversation that keys act on; None on the row of official accounts."""
        return None if isinstance(self.at_cursor, OfficialFold) else self.at_cursor

    def neighbour(self, step: int) -> Conversation | None:
        """Return the conversation below the open one, or above it (-1); None at an end."""
        found_at = self._find(self.opened)
        at = (-1 if found_at is None else found_at) + step
        while 0 <= at < self.count and isinstance(self.shown[at], OfficialFold):
            at += step
        found = self.shown[at] if 0 <= at < self.count else None
        return None if isinstance(found, OfficialFold) else found

    @property
    def lookahead(self) -> int:
        """A third of a page: a row holds so much that one which scrolls with each step would cost a slow line dear."""
        return self.page // 3

    def conversation(self, conversation_id: int) -> Conversation | None:
        """Return a conversation as it was last read, None for one that is not here."""
        return next(iter(self._rows.of((conversation_id,))), None)

    def update(self, conversations: Iterable[Conversation]) -> None:
        """Add or replace conversations; the cursor stays on its conversation."""
        several = tuple(conversations)
        with self._changing():
            self._rows.put(several)
            self._seen.difference_update(one.id for one in several if not one.unread)

    def arrived(self, conversation_id: int, messages: Sequence[StoredMessage]) -> None:
        """Say what came into the open conversation together with the log, before the conversation is read again."""
        one = self.conversation(conversation_id)
        newest = max(messages, key=lambda message: message.place, default=None)
        if one is None or newest is None or conversation_id != self.opened:
            return
        if one.last is None or one.last.place < newest.place:
            ahead = msgspec.structs.replace(one, last=newest)
            if self._words.knows_sender(ahead):
                with self._changing():
                    self._rows.put((ahead,))

    def drop(self, conversation_id: int) -> None:
        """Remove a conversation that is no more."""
        with self._changing():
            self._rows.drop(conversation_id)

    def replace(self, conversations: Sequence[Conversation]) -> None:
        """Show these and no others: another login brings its own. The cursor stays on its conversation, if it is here.

        At once: were the list empty for a moment, the cursor would stand on another row, and Enter open that.
        """
        with self._changing():
            unfolded, self._rows = self._rows.unfolded, FoldedRows(folds=self._rows.folds)
            self._rows.unfolded = unfolded
            self._rows.put(conversations)
            self._seen.difference_update(one.id for one in conversations if not one.unread)

    def show_only(self, ids: Sequence[int] | None) -> None:
        """Show only these, in this order; with None, all."""
        with self._changing():
            self._wanted = None if ids is None else tuple(ids)
            self.cursor = -1
        if ids is not None and self.shown:
            self.point_at(0)

    def say_anew(self) -> None:
        """Make all words of the rows anew: the language is another one."""
        self._words.forget()
        self._facts_of.clear()
        self.refresh()

    def refresh_times(self) -> None:
        """Draw the rows again when another day has begun since: “16:38” is a weekday then."""
        today = self._clock().astimezone().date()
        if today != self._today:
            self._today = today
            self.refresh()

    def set_lines(self, lines: int) -> None:
        """Draw each row in so many lines, 1 or 2."""
        if lines != self.row_lines:
            self.row_lines = lines
            self._keep_in_sight()
            self.refresh()

    def use_rules(self, *, folds: bool, quiet_kinds: Collection[str]) -> None:
        """Let official accounts stand behind one row, or among all others, and count by what rings of each kind."""
        if folds == self._rows.folds and quiet_kinds == self._quiet_kinds:
            return
        with self._changing():
            self._quiet_kinds = quiet_kinds
            every = self._rows.every
            self._rows = FoldedRows(folds=folds)
            self._rows.put(every)

    def unfold(self, unfolded: bool) -> bool:
        """Show the official accounts below their row, or hide them; return True when that changed something."""
        if unfolded == self._rows.unfolded or self._rows.fold_row is None:
            return False
        with self._changing():
            self._rows.unfolded = unfolded
        return True

    def fold_at_cursor(self) -> bool:
        """Hide the official accounts when the cursor stands at their row or among them; return True when it did."""
        entry = self.at_cursor
        within = isinstance(entry, OfficialFold) or (entry is not None and self._rows.is_folded(entry))
        return within and self.unfold(False)

    def is_silent(self, conversation: Conversation) -> bool:
        """Return True for a conversation that is quiet, or folded away: it does not count."""
        return self.is_quiet(conversation) or self._rows.is_folded(conversation)

    def is_quiet(self, conversation: Conversation) -> bool:
        """Return True for a conversation of which not everything rings, by itself or by the rule of its kind."""
        return conversation.is_quiet(self._quiet_kinds)

    def name_senders(self, groups: Iterable[Conversation]) -> None:
        """Show the names of senders, which are known now."""
        self._redraw(*(group.id for group in groups))

    @property
    def in_sight(self) -> list[Conversation]:
        """Conversations in sight, and the newest official account for the row of these."""
        entries = self.shown[self.top : self.top + self.page + 1]
        return [one.newest if isinstance(one, OfficialFold) else one for one in entries]

    def filtering(self, on: bool) -> None:
        """Mark the row at the cursor also while keys go to the filter: Enter there opens it."""
        self._filtering = on
        self._refresh_rows(self.cursor)

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
        return [one for one in self._rows.unread if one.id not in self._seen and one.id != self.opened]

    @property
    def unread_count(self) -> int:
        """Number of conversations with unread messages, but for silent ones."""
        return sum(not self.is_silent(one) for one in self.unread)

    @property
    def mention_count(self) -> int:
        """Number of unread messages that name oneself, also in silent conversations.

        In the open one, too, unless it is being read: a person is away, or looks at older messages.
        """
        return sum(one.mentions for one in self._rows.unread if one.id not in self._seen)

    def next_unread(self) -> Conversation | None:
        """Return the unread conversation to be read next."""
        return self._rows.next_unread({one.id for one in self.unread}, self._quiet_kinds)

    def _find(self, conversation_id: int) -> int | None:
        """Return the row in which a conversation is shown, or behind which it stands."""
        if self._wanted is None:
            return self._rows.find(conversation_id)
        return next((at for at, one in enumerate(self.shown) if one.id == conversation_id), None)

    def _find_entry(self, entry: ListEntry) -> int | None:
        if isinstance(entry, OfficialFold):
            return self._rows.fold_row if self._wanted is None else None
        return self._find(entry.id)

    def _redraw(self, *ids: int) -> None:
        found = (self._find(one) for one in ids)
        self._refresh_rows(*(at for at in found if at is not None))

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Surround a change. The cursor stays on its conversation; only rows that changed are drawn."""
        stood_on, cursor, top, before = self.at_cursor, self.cursor, self.top, self._facts_in_sight()
        yield
        self.shown = self._rows if self._wanted is None else self._rows.of(self._wanted)
        kept = self._find_entry(stood_on) if stood_on is not None and self.cursor == cursor else None
        self.cursor = min(self.cursor if kept is None else kept, self.count - 1)
        if self.cursor < 0 and self.count and self.has_focus:
            # The first conversations came after the focus: Enter, which the status line offers, must open one.
            self.cursor = 0
        self._keep_in_sight()
        if self.top != top:
            self.refresh()
            return
        rows = enumerate(zip_longest(before, self._facts_in_sight()), top)
        moved = () if self.cursor == cursor else (cursor, self.cursor)
        self._refresh_rows(*moved, *(at for at, (was, now) in rows if was != now))

    def _facts_in_sight(self) -> list[tuple[int, RowFacts]]:
        """Return what each row in sight says, and the id of its conversation."""
        now = self._clock()
        return [(one.id, self._facts(one, now)) for one in self.shown[self.top : self.top + self.page + 1]]

    def _facts(self, entry: ListEntry, now: datetime) -> RowFacts:
        """Return what a row says; of a row for which nothing changed, what was made before."""
        if isinstance(entry, OfficialFold):
            unread = sum(one.unread for one in self._rows.folded_unread if one.id not in self._seen)
            return fold_facts(entry, self._words.of(entry.newest), now, unread)
        words, mark = self._words.of(entry), self.mark_of(entry.id)
        # What is being read or written needs no mark.
        unread = 0 if entry.id in self._seen else entry.unread
        draft = "" if entry.id == self.opened else entry.draft
        loud = bool(unread) and not self.is_quiet(entry)
        made_of = (words, mark, unread, draft, loud, now.astimezone().date())
        known = self._facts_of.get(entry.id)
        if known is not None and known[0] is entry and known[1] == made_of:
            return known[2]
        if len(self._facts_of) > _MOST_KEPT:
            self._facts_of.clear()
        facts = facts_of(entry, words, now, mark=mark, unread=unread, draft=draft, loud=loud)
        self._facts_of[entry.id] = entry, made_of, facts
        return facts

    # ---------------------------------------------------------------- how it looks

    def line(self, index: int, number: int, width: int, *, at_cursor: bool) -> Strip:
        """Draw a line of a row: see `RowPainter`."""
        entry = self.shown[index]
        facts = self._facts(entry, self._clock())
        if self._words.nameless:
            self._ask_for_names()
        behind = isinstance(entry, OfficialFold) and self._find(self.opened) == index
        look = RowLook(behind or entry.id == self.opened, at_cursor, self.has_focus or self._filtering)
        return self._painter.paint(entry.id, facts, look, self.theme_styles, width, self.row_lines)[number]

    def _ask_for_names(self) -> None:
        groups = self._rows.of(self._words.nameless)
        self._words.nameless.clear()
        self.post_message(self.NamesWanted(groups))

    def draw(self, y: int, width: int) -> Strip:
        """Draw a row, or the words of an empty list; and the line between the list and the messages."""
        styles, room = self.theme_styles, width - 1
        strip = (
            super().draw(y, room) if self.shown else fit([Segment(self._empty(y, room), styles.dim)], room, styles.text)
        )
        return Strip([*strip, Segment("│", styles.rule)], width)

    def _empty(self, y: int, room: int) -> str:
        """Return line `y` of an empty list."""
        said = _("No conversations yet.") if self._wanted is None else hint("No matches. {back} shows all.")
        lines = wrapped(said, room - 4)
        return "   " + lines[y] if y < len(lines) else ""

    # ---------------------------------------------------------------- keys

    def on_key(self, event: events.Key) -> None:
        """Move text to the bar: a letter that means nothing here was meant for somebody."""
        if self.type_ahead is not None and self.type_ahead.take(event):
            event.stop()
            event.prevent_default()

    def action_filter(self) -> None:
        """Ask for the filter."""
        self.post_message(self.FilterWanted())

    def action_details(self) -> None:
        """Ask for the details of the contact at the cursor."""
        if self.conversation_at_cursor is not None:
            self.post_message(self.DetailsWanted(self.conversation_at_cursor))

    def action_choose(self) -> None:
        """Open the conversation at the cursor; on the row of official accounts, show them or hide them."""
        if isinstance(self.at_cursor, OfficialFold):
            self.unfold(not self.at_cursor.unfolded)
        else:
            super().action_choose()

    def action_menu(self) -> None:
        """Ask for the menu of the conversation at the cursor, below its row."""
        if self.conversation_at_cursor is not None:
            y = (self.cursor - self.top) * self.row_lines
            self.post_message(self.RowMenuWanted(self.conversation_at_cursor, self.region.offset + Offset(_MENU_AT, y)))

    def action_widen(self, steps: int) -> None:
        """Ask for a wider list, or a narrower one."""
        self.post_message(self.WidthWanted(steps))

    # ---------------------------------------------------------------- mouse

    def on_click(self, event: events.Click) -> None:
        """Let a click on the border choose nothing, nor the end of a drag, wherever that is."""
        if self._dragged or event.x >= self.size.width - 1:
            event.prevent_default()

    def menu_wanted(self, event: events.Click) -> None:
        """Ask for the menu of the conversation that was clicked."""
        index = self.row_at(event.y)
        entry = self.shown[index] if index is not None and event.x < self.size.width - 1 else None
        if isinstance(entry, Conversation):
            self.post_message(self.RowMenuWanted(entry, event.screen_offset))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the border between list and messages."""
        self._dragged = False
        if event.button == 1 and event.x == self.size.width - 1:
            self._dragging = True
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Let the border follow the mouse."""
        if self._dragging:
            self._drag(event.screen_x, done=False)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go of the border."""
        if self._dragging:
            self._dragging = False
            self.release_mouse()
            # Of a quick drag no move may have come here.
            if self._dragged or event.x != self.size.width - 1:
                self._drag(event.screen_x, done=True)

    def _drag(self, screen_x: int, *, done: bool) -> None:
        self._dragged = True
        self.post_message(self.BorderDragged(screen_x - self.region.x + 1, done))

    def on_focus(self, event: events.Focus) -> None:
        """Move the bar from the open conversation to the cursor."""
        if self.cursor < 0 and self.shown:
            self.point_at(0)
        self.refresh()

    def on_blur(self, event: events.Blur) -> None:
        """Move the bar back to the open conversation."""
        self.refresh()
