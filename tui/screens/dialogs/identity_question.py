"""Question whose an earlier conversation is. It is asked once, when a person opens one to which it may belong."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from textual import events, on

from tui.i18n import _
from tui.key_table import Area
from tui.keymap import hint
from tui.message_summary import describe
from tui.screens.dialogs.question import QuestionText
from tui.screens.modal import Modal
from tui.screens.settling import Settling
from tui.store.models import Conversation, Doubt
from tui.widgets.base.bindings import bound
from tui.widgets.base.one_line import one_line
from tui.widgets.base.panel import Panel
from tui.widgets.lists.choice_list import Choice, ChoiceList

SOMEBODY_ELSE: Final = 0
"""Answer that none of the earlier conversations is theirs."""


class IdentityQuestion(Modal[int | None]):
    """Returns the id of the conversation that is theirs, `SOMEBODY_ELSE`, or None for Esc: the doubt stays.

    The cursor stands nowhere until an arrow moves it, and letters do nothing: a history that went to the wrong person
    does not come back, so nothing that is typed ahead may answer.
    """

    MOST_COLUMNS = 76
    HELP_AREAS = (Area.IDENTITY,)
    BINDINGS = [
        bound("identity.up", "move(-1)"),
        bound("identity.down", "move(1)"),
        bound("identity.take", "take"),
    ]

    def __init__(self, doubt: Doubt, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic, in seconds."""
        super().__init__()
        choices = [Choice(_last_line(one), _day(one), (), one.id) for one in doubt.candidates]
        choices.append(Choice(_("None of these"), "", (), SOMEBODY_ELSE))
        self._choices = choices
        self.settling = Settling(clock)
        self._list = ChoiceList(choices, ())
        name = one_line(doubt.contact.name)
        sentence = _(
            "WeChat gives every contact a new address at each login. Which of these earlier conversations "
            "was with {name}?"
        )
        self._panel = Panel(
            _("Whose earlier messages?"), QuestionText(sentence.format(name=f"“{name}”"), (), self.settling), self._list
        )

    def on_mount(self) -> None:
        """Show the answers, the cursor on none."""
        self._list.show("", range(len(self._choices)))
        self._list.point_at(-1)
        self._panel.foot(
            hint("{identity.up} {identity.down} move · {identity.take} select · {overlay.leave} decide later")
        )

    def on_key(self, event: events.Key) -> None:
        """Drop keys that were typed ahead: they move nothing and answer nothing."""
        if not self.settling.answers(event):
            event.stop()
            event.prevent_default()

    def action_move(self, rows: int) -> None:
        """Move the cursor, down or up."""
        self._list.action_move(rows)

    @on(ChoiceList.Chosen)
    def action_take(self) -> None:
        """Give the answer at the cursor."""
        at = self._list.at_cursor
        if at is not None and self.settling.answers():
            self.dismiss(self._choices[at].value)


def _last_line(conversation: Conversation) -> str:
    said = describe(conversation.last.body) if conversation.last else conversation.draft
    return one_line(f"{conversation.name}: {said}")


def _day(conversation: Conversation) -> str:
    return f"{conversation.last.time.astimezone():%Y-%m-%d %H:%M}" if conversation.last else ""
