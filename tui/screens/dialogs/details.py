"""Dialogs that show a message or a contact in full."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from textual import events, on

from tui.fuzzy import rank
from tui.i18n import _
from tui.key_table import Area
from tui.keymap import hint
from tui.screens.dialogs.detail_fields import Fact, contact_facts, copied_text, laid_out, message_facts, message_text
from tui.screens.dialogs.filter_dialog import FilterDialog
from tui.screens.modal import Modal
from tui.services.util.threads import Breath, in_own_thread
from tui.store.contact_record import ContactRecord
from tui.store.models import StoredMessage
from tui.widgets.base.bindings import bound
from tui.widgets.base.page import Line, Page
from tui.widgets.base.panel import Panel
from tui.widgets.base.work import begin
from tui.widgets.base.wrapping import wrapped
from tui.widgets.lists.choice_list import Choice, ChoiceList
from tui.widgets.text_input.line_edit import LineEdit
from tui.wire.contacts import ContactKind, Member

_AT_ONCE: Final = 2000
"""Characters that are laid out at once; more are laid out in a thread."""


Copy = Callable[[str], Awaitable[tuple[str, bool]]]
"""Copies a text; returns a sentence about that, and True when the clipboard has it for certain."""


class MessageDetails(Modal[None]):
    """Message with its text to the last letter, and with the facts that the log abbreviates."""

    HELP_AREAS = (Area.DETAILS, Area.PAGES)
    BINDINGS = [
        bound("details.leave", "leave"),
        bound("details.copy", "copy"),
        bound("details.copy_id", "copy_id"),
    ]

    def __init__(self, message: StoredMessage, sender: str, copy: Copy | None = None) -> None:
        """`copy` puts a text into the clipboard."""
        super().__init__()
        self.message = message
        self.sender = sender
        self._copy = copy
        self._said = ""
        self._page = Page()
        self._panel = Panel(_("Message"), self._page)

    def on_mount(self) -> None:
        """Let keys scroll the page."""
        self._page.focus()

    def lay_out(self) -> None:
        """Lay the message out."""
        width = self.inner_width
        text = message_text(self.message.body)
        facts = message_facts(self.message, self.sender)
        if len(text) + sum(len(fact.value) for fact in facts) <= _AT_ONCE:
            self._page.show(_message_lines(facts, text, width, lambda: None))
        else:
            begin(self, self._lay_out_aside(facts, text, width), "lines", exclusive=True)

    async def _lay_out_aside(self, facts: Sequence[Fact], text: str, width: int) -> None:
        """Lay out in a thread: a hundred thousand characters take half a second."""

        def work(breathe: Breath) -> list[Line]:
            return _message_lines(facts, text, width, breathe)

        if not self._page.lines:
            self._page.show(_message_lines([], text[: _AT_ONCE // 4], width, lambda: None))
        self._page.show(await in_own_thread(work))
        self.fit()

    @on(Page.Scrolled)
    def _moved(self) -> None:
        self._foot()

    def _foot(self) -> None:
        keys = (
            hint("{details.copy} copy · {details.copy_id} MsgID · {page.down} {page.up} scroll · {overlay.leave} back")
            if self.message.msg_id
            else hint("{details.copy} copy · {page.down} {page.up} scroll · {overlay.leave} back")
        )
        self._panel.foot(self._said or keys, self._page.place)

    # ---------------------------------------------------------------- keys

    def action_copy(self) -> None:
        """Copy the text, or the address of a link."""
        self._to_clipboard(copied_text(self.message.body))

    def action_copy_id(self) -> None:
        """Copy the MsgID."""
        if self.message.msg_id:
            self._to_clipboard(self.message.msg_id)

    def _to_clipboard(self, text: str) -> None:
        if self._copy is not None:
            work = self._copied(self._copy(text))
            begin(self, work, "copy", complain=self._tell)

    async def _copied(self, copying: Awaitable[tuple[str, bool]]) -> None:
        said, _known = await copying
        self._tell(said)

    def _tell(self, sentence: str) -> None:
        self._said = sentence
        self._foot()

    def on_key(self, event: events.Key) -> None:
        """Take the sentence away: it is seen when a key is pressed."""
        if self._said:
            self._said = ""
            self._foot()


def _message_lines(facts: Sequence[Fact], text: str, width: int, breathe: Callable[[], None]) -> list[Line]:
    lines = laid_out(facts, width)
    if text:
        lines += [()] if lines else []
        lines += wrapped(text, width, breathe=breathe)
    return lines


# ---------------------------------------------------------------- a contact


class MemberList(ChoiceList[Member], can_focus=True):
    """Members of a group."""


class ContactDetails(FilterDialog):
    """Person, account or group; members of a group are found by a few letters."""

    HELP_AREAS = (Area.DETAILS, Area.LISTS)
    BINDINGS = [
        bound("details.leave", "leave"),
        bound("details.filter", "filter"),
        bound("details.whose", "whose"),
    ]

    def __init__(
        self,
        record: ContactRecord,
        notifies: str = "",
        whose: Callable[[], object] = lambda: None,
        shown: Callable[[str], str] = lambda user_name: "",
    ) -> None:
        """`notifies`: what notifies of the conversation, in words. `whose` offers to take it apart. `shown` names a
        member as its messages do; "" for one that it does not know."""
        contact = record.contact
        self._whose = whose
        self.record, self.notifies = record, notifies
        self.choices = [_member(member, shown(member.user_name)) for member in contact.members]
        self._page = Page()
        self._members = MemberList(self.choices, ())
        super().__init__(self._members if self.choices else self._page, _("Type to filter"))
        title = _("Group") if contact.kind is ContactKind.GROUP else _("Contact")
        self._panel = Panel(title, self._page, self._field, self._members)

    def on_mount(self) -> None:
        """Show the members, where there are some."""
        super().on_mount()
        self._members.display = bool(self.choices)
        self._members.show("", range(len(self.choices)))

    def lay_out(self) -> None:
        """Lay the facts out."""
        lines = laid_out(contact_facts(self.record, self.notifies), self.inner_width)
        self._page.show([*lines, ()] if self.choices else lines)
        self._foot()

    def _foot(self) -> None:
        if not self.choices:
            self._panel.foot(hint("{overlay.leave} back"), self._page.place)
            return
        shown, total = self._members.count, len(self.choices)
        counts = f"{shown}/{total}" if shown != total else f"{total}"
        self._panel.foot(
            hint("{details.filter} find a member · {list.down} {list.up} move · {overlay.leave} back"), counts
        )

    def action_whose(self) -> None:
        """Leave, and offer to take apart what several logins were taken for."""
        if self.record.identifications:
            self.dismiss(None)
            self._whose()

    # ---------------------------------------------------------------- finding a member

    @on(LineEdit.Changed)
    def _changed(self) -> None:
        query = self._field.text
        numbers = range(len(self.choices))
        self._members.show(query, rank(query, numbers, lambda number: self.choices[number].names))
        self._foot()

    def action_filter(self) -> None:
        """Search for a member."""
        if self.choices:
            super().action_filter()


def _member(member: Member, shown: str) -> Choice[Member]:
    name = shown or member.name
    other = " · ".join(one for one in dict.fromkeys((member.display_name, member.nick_name)) if one and one != name)
    return Choice(name or _("(no name)"), other, (), member)
