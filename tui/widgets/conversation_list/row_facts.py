"""Words and marks of a row of the conversation list: name, last message, its time, unread messages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from tui.i18n import _
from tui.message_summary import conversation_name, in_short, shown_sender
from tui.store.delivery_state import DeliveryState
from tui.store.models import Conversation, StoredMessage
from tui.units import list_time, shown_unread
from tui.widgets.base.one_line import one_line
from tui.widgets.base.styles import Run, Tone
from tui.widgets.conversation_list.folding import OfficialFold
from tui.wire.contacts import ContactKind

SIGNS: Final = {ContactKind.GROUP: "#", ContactKind.OFFICIAL: "◇", ContactKind.SPECIAL: "⇄"}
"""Signs for kinds of conversations; people have none. `/help` explains them."""
MUTED, PINNED, DRAFT, EARLIER, MENTION = "⊘", "▴", "✎", "↶", "@"
FOLDED, UNFOLDED = "▸", "▾"
_RECALLED: Final = frozenset({DeliveryState.REVOKED, DeliveryState.RECALLED})
_TROUBLE: Final = {
    DeliveryState.FAILED: ("✗ ", Tone.BAD),
    DeliveryState.CANCELLED: ("✗ ", Tone.DIM),
    DeliveryState.UNKNOWN: ("? ", Tone.WARN),
}
_MOST_KEPT: Final = 1000


class RowFacts(msgspec.Struct, frozen=True, gc=False):
    """All that a row says; rows with equal facts look alike.

    `mark` tells a namesake from another; `states` are signs for pinned, muted, and of an earlier login.
    """

    sign: str
    name: str
    mark: str
    words: tuple[Run, ...]
    time: str
    number: str
    states: str
    draft: bool
    loud: bool
    """Something is unread that rings, or names oneself."""
    earlier: bool
    mentioned: bool = False
    """Something unread names oneself."""


class LastWords:
    """Words of newest messages, made once for each message: only for rows that are drawn."""

    def __init__(self, sender_of: Callable[[Conversation], str | None]) -> None:
        """`sender_of` names who wrote the newest message of a group, "" for nobody; None while that is not known."""
        self._sender_of = sender_of
        self._kept: dict[int, tuple[StoredMessage, str | None, tuple[Run, ...]]] = {}
        self.nameless: set[int] = set()
        """Conversations whose sender was not known when they were drawn."""

    def forget(self) -> None:
        """Make all words anew: the language is another one."""
        self._kept.clear()

    def knows_sender(self, one: Conversation) -> bool:
        """Return True when the newest message can be told with its sender."""
        return self._sender_of(one) is not None

    def of(self, one: Conversation) -> tuple[Run, ...]:
        """Return what was said last in a conversation, and in a group by whom."""
        last = one.last
        if last is None:
            return ()
        sender = self._sender_of(one)
        if sender is None:
            self.nameless.add(one.id)
        kept = self._kept.get(one.id)
        if kept is not None and kept[0] is last and kept[1] == sender:
            return kept[2]
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        words = _words(one, last, sender)
        self._kept[one.id] = last, sender, words
        return words


def _words(one: Conversation, last: StoredMessage, sender: str | None) -> tuple[Run, ...]:
    who = _who(one, last, sender)
    if last.state in _RECALLED:
        who = who or conversation_name(one)
        said = _("You recalled a message") if last.mine else _("{name} recalled a message").format(name=who)
        return ((one_line(said), Tone.DIM),)
    said = one_line(in_short(last.body))
    words = f"{one_line(who)}: {said}" if who else said
    trouble = _TROUBLE.get(last.state)
    return (trouble, (words, Tone.DIM)) if trouble else ((words, Tone.DIM),)


def _who(one: Conversation, last: StoredMessage, sender: str | None) -> str:
    """Return who said it, as the log names them; "" where the conversation's own name says it, or nobody knows yet."""
    if last.mine:
        return "" if one.kind is ContactKind.SPECIAL else shown_sender(last, "")
    if sender is None or one.kind is not ContactKind.GROUP or not last.sender:
        return ""
    return shown_sender(last, sender)


def facts_of(
    one: Conversation,
    words: tuple[Run, ...],
    now: datetime,
    *,
    mark: str = "",
    unread: int,
    draft: str,
    loud: bool | None = None,
) -> RowFacts:
    """Return the facts of a conversation. `draft` is what is typed there and not sent, "" for the open one.

    `loud`: something is unread that rings; by default what the conversation says of itself. `unread` is 0 for one that
    is just being read.
    """
    mentioned = bool(unread and one.mentions)
    states = (PINNED if one.pinned else "", MUTED if one.quiet else "", EARLIER if one.earlier else "")
    if draft:
        words = ((_("draft:") + " ", Tone.WARN), (one_line(draft), Tone.DIM))
    return RowFacts(
        sign=SIGNS.get(one.kind, " "),
        name=one_line(conversation_name(one)),
        mark=one_line(mark),
        words=words,
        time=list_time(one.last.time, now) if one.last is not None else "",
        number=shown_unread(unread),
        states="".join(states),
        draft=bool(draft),
        loud=mentioned or (bool(unread) and not one.quiet if loud is None else loud),
        earlier=one.earlier,
        mentioned=mentioned,
    )


def fold_facts(fold: OfficialFold, words: tuple[Run, ...], now: datetime, unread: int) -> RowFacts:
    """Return the facts of the row behind which official accounts stand: what the newest of them said, and no more."""
    last = None if fold.unfolded else fold.newest.last
    return RowFacts(
        sign=UNFOLDED if fold.unfolded else FOLDED,
        name=fold.name,
        mark="",
        words=((f"{one_line(conversation_name(fold.newest))}: ", Tone.DIM), *words) if last is not None else (),
        time="" if last is None else list_time(last.time, now),
        number=shown_unread(unread),
        states="",
        draft=False,
        loud=False,
        earlier=False,
    )
