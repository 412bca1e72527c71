"""Dialog that finds one of many by a few letters: a conversation to go to, people to forward to, a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from textual import on

from tui.fuzzy import rank
from tui.i18n import _
from tui.key_table import Area
from tui.keymap import hint
from tui.screens.pickers.list_dialog import ListDialog
from tui.services.util.threads import in_own_thread
from tui.widgets.base.bindings import bound
from tui.widgets.base.work import begin
from tui.widgets.lists.choice_list import Choice, ChoiceList
from tui.widgets.text_input.line_edit import LineEdit

T = TypeVar("T")

_FEW: Final = 100
"""Choices that are ranked at once; more are ranked in a thread."""


class FuzzyPicker(ListDialog[list[Choice[T]] | None], Generic[T]):
    """Filter line, and the choices that it leaves. Enter takes the one at the cursor, or the marked ones; Esc none."""

    HELP_AREAS = (Area.FINDER, Area.EDITING)
    BINDINGS = [
        bound("pick.mark", "mark(1)"),
        bound("pick.mark_up", "mark(-1)"),
    ]

    def __init__(self, title: str, choices: Sequence[Choice[T]], *, many: bool = False, start: int = 0) -> None:
        """`many`: several can be marked. `start` is the row of the cursor while nothing is typed."""
        marked: dict[int, None] = {}
        rows = ChoiceList(choices, marked.keys())
        super().__init__(title, LineEdit(prompt="› ", placeholder=_("Type to filter")), rows)
        self._list = rows
        self.heading = title
        self.choices = choices
        self.many = many
        self._start = start
        self._marked = marked
        self._query = ""
        self._ranking = False
        self._later: list[Callable[[], None]] = []

    def on_mount(self) -> None:
        """Show all choices until something is typed."""
        self._field.focus()
        self._found("", range(len(self.choices)))

    # ---------------------------------------------------------------- finding

    @on(LineEdit.Changed)
    def _changed(self) -> None:
        if self._field.text != self._query:
            self._seek(self._field.text)

    def _seek(self, query: str) -> None:
        """Rank the choices for `query`, and drop an earlier ranking that is still running."""
        self._query = query
        numbers = range(len(self.choices))
        if not query.strip() or len(self.choices) <= _FEW:
            self.workers.cancel_group(self, "rank")
            self._found(query, rank(query, numbers, self._names) if query.strip() else numbers)
        else:
            self._ranking = True
            begin(self, self._rank(query, numbers), "rank", exclusive=True)

    async def _rank(self, query: str, numbers: Sequence[int]) -> None:
        found = await in_own_thread(lambda breathe: rank(query, numbers, self._names, breathe=breathe))
        if query == self._query:
            self._found(query, found)

    def _names(self, number: int) -> tuple[str, ...]:
        return self.choices[number].names

    def _found(self, query: str, numbers: Sequence[int]) -> None:
        self._ranking = False
        self._list.show(query, numbers)
        if not query.strip():
            self._list.point_at(self._start)
        self._count()
        later, self._later = self._later, []
        for act in later:
            act()

    def when_found(self, act: Callable[[], None]) -> None:
        """Run a key's action after the letters typed before it have been ranked, however fast they came."""
        self._changed()
        if self._ranking:
            self._later.append(act)
        else:
            act()

    # ---------------------------------------------------------------- keys

    def action_mark(self, rows: int) -> None:
        """Mark the choice at the cursor, or take its mark away, and move on."""
        if self.many:
            self.when_found(lambda: self._mark(rows))

    def _mark(self, rows: int) -> None:
        number = self._list.at_cursor
        if number is None:
            return
        if number in self._marked:
            del self._marked[number]
        else:
            self._marked[number] = None
        self._list.redraw(self._list.cursor)
        if rows:
            self._list.action_move(rows)
        self._count()

    @on(LineEdit.Submitted)
    def _submitted(self) -> None:
        self.when_found(self._take)

    @on(ChoiceList.Chosen)
    def _clicked(self) -> None:
        if self.many:
            self._mark(0)
        else:
            self._take()

    def _take(self) -> None:
        here = self._list.at_cursor
        numbers = list(self._marked) if self._marked else [here] if here is not None else []
        if numbers:
            self.dismiss([self.choices[number] for number in numbers])

    # ---------------------------------------------------------------- the line below

    def _count(self) -> None:
        total, shown = len(self.choices), self._list.count
        counts = f"{shown:,}/{total:,}" if shown != total else f"{total:,}"
        if self._marked:
            counts = _("{count} marked").format(count=len(self._marked)) + " · " + counts
        possible = self._possible
        keys = (
            hint("{field.submit} select · {pick.mark} mark · {overlay.leave} back", possible=possible)
            if self.many
            else hint("{field.submit} select · {overlay.leave} back", possible=possible)
        )
        self._panel.foot(keys, counts)

    def _possible(self, binding_id: str) -> bool:
        """Return whether a key in the last line does something now."""
        here = self._list.at_cursor is not None
        return binding_id == "overlay.leave" or here or (binding_id == "field.submit" and bool(self._marked))
