"""Whose history is this? Asked once, when somebody opens a conversation to which an earlier one may belong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.strip import Strip

from tui.i18n import _
from tui.keymap import hint
from tui.message_summary import describe
from tui.screens.chat.actions.base import Acting, Action
from tui.screens.modal import Overlay
from tui.screens.settling import Settling
from tui.store.errors import NoSuchRow
from tui.store.models import Conversation, Doubt
from tui.terminal.graphemes import wrap
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.base.panel import Panel
from tui.widgets.lists.choice_list import Choice, ChoiceList

SOMEBODY_ELSE: Final = 0
"""The answer that none of the earlier conversations is theirs."""
_LONGEST: Final = 400


class _Sentence(Canvas):
    """Words as wide as there is room."""

    def __init__(self, sentence: str, settling: Settling) -> None:
        super().__init__()
        self._settling = settling
        self._sentence = one_line(sentence, _LONGEST)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The words and a blank line."""
        return len(self._lines(width)) + 1

    def _lines(self, width: int) -> list[str]:
        return [self._sentence[start:end].rstrip() for start, end in wrap(self._sentence, width)]

    def draw(self, y: int, width: int) -> Strip:
        """A line of it."""
        self._settling.drawn(self)
        lines = self._lines(width)
        return fit([Segment(lines[y] if y < len(lines) else "", self.theme_styles.text)], width, self.theme_styles.text)


class IdentityQuestion(Overlay[int | None]):
    """Gives the id of the conversation that is theirs, `SOMEBODY_ELSE`, or None with Esc: it stays open.

    The cursor stands nowhere until an arrow moves it, and letters do nothing: a history that went to the wrong person
    does not come back, so nothing that is typed ahead may answer.
    """

    BINDINGS = [
        Binding("up,ctrl+p", "move(-1)", show=False, id="identity.up"),
        Binding("down,ctrl+n", "move(1)", show=False, id="identity.down"),
        Binding("enter", "take", show=False, id="identity.take"),
    ]

    def __init__(self, doubt: Doubt, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is monotonic, in seconds."""
        super().__init__()
        choices = [Choice(_last_line(one), _day(one), (), one.id) for one in doubt.candidates]
        choices.append(Choice(_("Somebody else: none of these"), "", (), SOMEBODY_ELSE))
        self._choices = choices
        self.settling = Settling(clock)
        self._list = ChoiceList(choices, ())
        name = one_line(doubt.contact.name)
        sentence = _("At every login WeChat gives everybody a new address. Which of these was with {name} of now?")
        self._panel = Panel(
            _("Whose earlier messages?"), _Sentence(sentence.format(name=f"“{name}”"), self.settling), self._list
        )

    def compose(self) -> ComposeResult:
        """A frame as high as it must be."""
        yield self._panel

    def on_mount(self) -> None:
        """From here on it is seen."""
        self._list.styles.height = len(self._choices)
        self._list.show("", range(len(self._choices)))
        self._list.point_at(-1)
        self._panel.foot(
            hint("{identity.up} {identity.down} choose · {identity.take} take · {overlay.leave} decide later")
        )

    def on_key(self, event: events.Key) -> None:
        """Drop keys that were typed ahead: they move nothing and answer nothing."""
        if not self.settling.answers(event):
            event.stop()
            event.prevent_default()

    def action_move(self, rows: int) -> None:
        """Some rows down, or up."""
        self._list.action_move(rows)

    @on(ChoiceList.Chosen)
    def action_take(self) -> None:
        """The answer at the cursor."""
        at = self._list.at_cursor
        if at is not None and self.settling.answers():
            self.dismiss(self._choices[at].value)


def _last_line(conversation: Conversation) -> str:
    said = describe(conversation.last.body) if conversation.last else conversation.draft
    return one_line(f"{conversation.name}: {said}")


def _day(conversation: Conversation) -> str:
    return f"{conversation.last.time.astimezone():%Y-%m-%d %H:%M}" if conversation.last else ""


class Whose(Acting):
    """The question, at its time: when a person opens the conversation, and again when they ask for it."""

    @property
    def table(self) -> Mapping[str, Action]:
        """Command → what it does."""
        return {"whose": self.whose}

    async def whose(self, argument: str) -> None:
        """Ask, whether it was asked before or not."""
        conversation = self._screen.conversation
        doubt = await self._desk.store.doubt(conversation.user_name) if conversation else None
        if doubt is None:
            self._screen.tell(_("Nothing is in question here."))
        else:
            self._screen.go(self.ask(doubt), "ask")

    async def ask(self, doubt: Doubt) -> None:
        """Ask, and do what the answer says."""
        answer = await self._screen.app.push_screen_wait(IdentityQuestion(doubt))
        if answer is None:
            return
        chosen = None if answer == SOMEBODY_ELSE else answer
        try:
            await self._desk.store.settle(doubt.contact.user_name, chosen)
        except NoSuchRow:
            # Another login, or somebody else's answer, came while the question stood there.
            self._screen.complain(_("Meanwhile that conversation has found its owner. Nothing was changed."))
            return
        if chosen is None:
            self._screen.tell(_("The earlier messages stay apart, at the end of the list."))
        else:
            self._screen.tell(_("The earlier messages are in this conversation now."))
