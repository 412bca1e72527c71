"""Questions whose messages are whose. Nothing answers them by accident: a history with the wrong person is a harm."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Generic, TypeAlias, TypeVar

from textual import events, on

from tui.i18n import _, counted
from tui.key_table import Area
from tui.keymap import hint
from tui.message_summary import describe
from tui.screens.dialogs.identity_words import reason_of
from tui.screens.dialogs.question import QuestionText
from tui.screens.modal import Modal
from tui.screens.settling import Settling
from tui.store.identity.splitting import ConversationPart, IdentityRecord, JoinedPart, SeparatePart
from tui.store.models import Conversation, Doubt
from tui.widgets.base.bindings import bound
from tui.widgets.base.one_line import IN_QUESTION, one_line
from tui.widgets.base.panel import Panel
from tui.widgets.lists.choice_list import Choice, ChoiceList

T = TypeVar("T")

SOMEBODY_ELSE: Final = 0
"""Answer that none of the earlier conversations is theirs."""
AnyPart: TypeAlias = JoinedPart | SeparatePart


class CarefulChoice(Modal[T | None], Generic[T]):
    """Returns the value of the row that is chosen; None for Esc.

    The cursor stands nowhere until an arrow moves it, and letters do nothing: nothing that is typed ahead may answer.
    """

    MOST_COLUMNS = 76
    HELP_AREAS = (Area.IDENTITY,)
    BINDINGS = [
        bound("identity.up", "move(-1)"),
        bound("identity.down", "move(1)"),
        bound("identity.take", "take"),
    ]

    def __init__(
        self, title: str, sentence: str, choices: Sequence[Choice[T]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` is monotonic, in seconds."""
        super().__init__()
        self.heading, self.sentence = title, sentence
        self.choices = choices
        self.settling = Settling(clock)
        self._list = ChoiceList(choices, ())
        self._panel = Panel(title, QuestionText(sentence, (), self.settling), self._list)

    def on_mount(self) -> None:
        """Show the answers, the cursor on none."""
        self._list.show("", range(len(self.choices)))
        self._list.point_at(-1)
        self._panel.foot(self._hints())

    def _hints(self) -> str:
        return hint("{identity.up} {identity.down} move · {identity.take} select · {overlay.leave} decide later")

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
            self.dismiss(self.choices[at].value)


class IdentityQuestion(CarefulChoice[int]):
    """Question whose an earlier conversation is, asked once, when a person opens one to which it may belong.

    Returns the id of the conversation that is theirs, `SOMEBODY_ELSE`, or None: the doubt stays.
    """

    def __init__(self, doubt: Doubt, *, clock: Callable[[], float] = time.monotonic) -> None:
        choices = [Choice(_last_line(one), _day(one), (), one.id) for one in doubt.candidates]
        choices.append(Choice(_("None of these"), "", (), SOMEBODY_ELSE))
        sentence = _(
            "WeChat gives every contact a new address at each login. Which of these earlier conversations "
            "was with {name}?"
        )
        name = one_line(doubt.contact.name, IN_QUESTION)
        super().__init__(_("Whose earlier messages?"), sentence.format(name=f"“{name}”"), choices, clock=clock)


class JoinedPartsQuestion(CarefulChoice[AnyPart]):
    """Question which part of a conversation is somebody else's, or which other one belongs to it after all."""

    def __init__(
        self, conversation: Conversation, record: IdentityRecord, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        choices: list[Choice[AnyPart]] = [
            Choice(part_words(one.part), reason_of(one.identification), (), one) for one in distinct(record.joined)
        ]
        if choices:
            sentence = _(
                "The messages of several logins were taken for those of “{name}”, for the reason on the right. "
                "Which are somebody else's?"
            )
        else:
            sentence = _("These earlier messages are kept apart. Which are with “{name}” after all?")
        for separate in record.separate:
            label = _("Join: {part}").format(part=part_words(separate.part, named=True))
            choices.append(Choice(label, reason_of(separate.identification), (), separate))
        name = one_line(conversation.name, IN_QUESTION)
        super().__init__(_("Whose earlier messages?"), sentence.format(name=name), choices, clock=clock)

    def _hints(self) -> str:
        return hint("{identity.up} {identity.down} move · {identity.take} select · {overlay.leave} back")


def distinct(joined: Sequence[JoinedPart]) -> list[JoinedPart]:
    """Return one of those that would take the same messages out, the newest first: the one with the least evidence.

    At most logins nothing was said in most conversations.
    """
    found: dict[ConversationPart, JoinedPart] = {}
    for one in reversed(joined):
        if one.part.messages and _weight(one) <= _weight(found.get(one.part, one)):
            found[one.part] = one
    return list(found.values())


def _weight(one: JoinedPart) -> int:
    return sum(kind.weight for kind in one.identification.evidence)


def part_words(part: ConversationPart, *, named: bool = False) -> str:
    """Return what is in a part of a conversation: `12 messages · 2026-05-01 – 2026-05-03`."""
    words = [counted("{count} message", "{count} messages", part.messages), _span(part.first, part.last)]
    if named and part.name:
        words.insert(0, f"“{one_line(part.name, IN_QUESTION)}”")
    return " · ".join(filter(None, words))


def _span(first: datetime | None, last: datetime | None) -> str:
    days = [f"{time.astimezone():%Y-%m-%d}" for time in (first, last) if time is not None]
    return " – ".join(dict.fromkeys(days))


def _last_line(conversation: Conversation) -> str:
    said = describe(conversation.last.body) if conversation.last else conversation.draft
    return one_line(f"{conversation.name}: {said}")


def _day(conversation: Conversation) -> str:
    return f"{conversation.last.time.astimezone():%Y-%m-%d %H:%M}" if conversation.last else ""
