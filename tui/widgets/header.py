"""Header above the messages: the conversation's name, one's own account, and the age of the last sync."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.reactive import Reactive
from textual.strip import Strip

from tui.i18n import _, counted
from tui.store.models import Conversation
from tui.terminal.graphemes import cell_len, cut
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Run, Tone
from tui.wire.contacts import Contact, ContactKind

_WIDE: Final = 56
"""Columns from which on there is room to say that all is well."""


class Header(Canvas):
    """Name · members · muted, and on the right the last sync and the account."""

    account: Reactive[str] = Reactive("")
    """Account and variant of the session."""
    sync: Reactive[Run] = Reactive(("", Tone.DIM))
    """Age of the last sync; a warning when it is older than it should be."""

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
            facts.append(_("of an earlier login, to be read only"))
        if doubted:
            facts.append(_("are older messages yours? /whose"))
        if conversation is not None and conversation.kind is ContactKind.GROUP and contact is not None:
            members = contact.member_count or len(contact.members)
            if members:
                facts.append(counted("{count} member", "{count} members", members))
        if conversation is not None and conversation.quiet:
            facts.append(_("muted"))
        if contact is not None and contact.remark_name and contact.nick_name != contact.remark_name:
            facts.append(one_line(contact.nick_name))
        self._title = one_line(conversation.name) if conversation else ""
        self._facts = " · ".join(filter(None, facts))
        self.refresh()

    def draw(self, y: int, width: int) -> Strip:
        """Draw the title, or the rule below it."""
        styles = self.theme_styles
        if y:
            return Strip([Segment("─" * width, styles.rule)], width)
        # Where there is little room, a late sync takes the place of the account, and a good one is not shown.
        sync, tone = self.sync
        if width < _WIDE and tone is not Tone.WARN:
            sync = ""
        right = "" if sync and width < _WIDE else self._account(width, cell_len(self._title) + cell_len(sync) + 6)
        if sync and right:
            sync += " · "
        room = max(0, width - cell_len(sync) - cell_len(right) - 3)
        title = cut(self._title, room)
        left = [Segment(" " + title, styles.strong)]
        rest = room - cell_len(title)
        if self._facts and rest > 6:
            left.append(Segment(cut("  " + self._facts, rest), styles.dim))
        line = fit(left, max(0, width - cell_len(sync) - cell_len(right) - 1), styles.text)
        age = Segment(sync, styles[tone])
        return fit([*line, age, Segment(right + " ", styles.dim)], width, styles.text)

    def _account(self, width: int, taken: int) -> str:
        """Return account and variant where both fit beside the title, else the account: “File Tran…” says nothing."""
        whole = one_line(self.account)
        if cell_len(whole) <= max(width // 3, width - taken):
            return whole
        return cut(whole.rpartition(" · ")[0] or whole, width // 3)
