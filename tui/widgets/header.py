"""Header above the messages: the conversation's name, its place in the history, one's own account, a late sync."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.reactive import Reactive
from textual.strip import Strip

from tui.i18n import _, counted
from tui.message_summary import conversation_name
from tui.store.models import Conversation
from tui.terminal.graphemes import cell_len, cut
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Run, Tone
from tui.wire.contacts import Contact, ContactKind

_WIDE: Final = 50
"""Columns from which on there is room for more than one thing on the right."""
_BETWEEN: Final = " · "


class Header(Canvas):
    """Name · members · rule; on the right a sync that is late, the day in sight while scrolled back, the account."""

    account: Reactive[str] = Reactive("")
    """Account and variant of the session."""
    sync: Reactive[str] = Reactive("")
    """Age of the last sync when it is older than it should be."""
    place: Reactive[str] = Reactive("")
    """Day of the messages in sight, while they are not the newest."""
    rule: Reactive[str] = Reactive("")
    """Rule of its notifications, and until when, where that is not the rule of its kind."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = ""
        self._facts = ""

    def show(
        self, conversation: Conversation | None, contact: Contact | None, *, doubted: bool = False, mark: str = ""
    ) -> None:
        """The open conversation; `contact` when it is known. `doubted`: earlier messages may belong here.

        `mark` tells a namesake from the other.
        """
        facts = [one_line(mark)] if mark else []
        if conversation is not None and conversation.earlier:
            facts.append(_("from an earlier login, read-only"))
        if doubted:
            facts.append(_("unassigned messages: /whose"))
        if conversation is not None and conversation.kind is ContactKind.GROUP and contact is not None:
            members = contact.member_count or len(contact.members)
            if members:
                facts.append(counted("{count} member", "{count} members", members))
        if contact is not None and contact.remark_name and contact.nick_name != contact.remark_name:
            facts.append(one_line(contact.nick_name))
        self._title = one_line(conversation_name(conversation)) if conversation else ""
        self._facts = _BETWEEN.join(filter(None, facts))
        self.refresh()

    def draw(self, y: int, width: int) -> Strip:
        """Draw the title, or the rule below it."""
        if y:
            return Strip([Segment("─" * width, self.theme_styles.rule)], width)
        return self._first(width, self.sync, self.account)

    def still(self) -> Strip:
        """Return the first line without what a session brings: the age of the last sync, the account."""
        return self._first(self.size.width, "", "")

    def _first(self, width: int, sync: str, account: str) -> Strip:
        styles, right = self.theme_styles, self._right(width, sync, account)
        cells = sum(cell_len(text) for text, _tone in right)
        room = max(0, width - cells - 2)
        title = cut(self._title, room)
        left = [Segment(" " + title, styles.strong)]
        rest = room - cell_len(title)
        facts = _BETWEEN.join(filter(None, (self._facts, self.rule)))
        if facts and rest > 6:
            left.append(Segment(cut("  " + facts, rest), styles.dim))
        line = fit(left, max(0, width - cells), styles.text)
        return fit([*line, *(Segment(text, styles[tone]) for text, tone in right)], width, styles.text)

    def _right(self, width: int, sync: str, account: str) -> list[Run]:
        """Return what stands on the right; where there is little room, the first of it alone."""
        place = f"↑ {self.place}" if self.place else ""
        said: list[Run] = [run for run in ((sync, Tone.WARN), (place, Tone.DIM)) if run[0]]
        if width < _WIDE and said:
            return [said[0], (" ", Tone.DIM)]
        taken = sum(cell_len(text) + len(_BETWEEN) for text, _tone in said)
        account = self._account(account, width, cell_len(self._title) + taken + 3)
        runs = [*said, *([(account, Tone.DIM)] if account else [])]
        spaced = [part for run in runs for part in (run, (_BETWEEN, Tone.DIM))]
        return [*spaced[:-1], (" ", Tone.DIM)]

    def _account(self, account: str, width: int, taken: int) -> str:
        """Return account and variant where both fit beside the title, else the account: “File Tran…” says nothing."""
        whole = one_line(account)
        if cell_len(whole) <= max(width // 3, width - taken):
            return whole
        return cut(whole.rpartition(" · ")[0] or whole, width // 3)
