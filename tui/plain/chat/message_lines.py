"""Messages and conversations as lines: one thought a line, and nothing that only an eye would see."""

from __future__ import annotations

from datetime import datetime

from tui.i18n import _, counted, joined
from tui.message_summary import conversation_name, describe, notify_words
from tui.screens.dialogs.detail_fields import state_words
from tui.store.delivery_state import DeliveryState
from tui.store.models import Conversation, StoredMessage
from tui.units import short_time
from tui.widgets.base.one_line import one_line
from tui.wire.text import printable

_USUAL = (DeliveryState.RECEIVED, DeliveryState.SENT)


def message_line(
    message: StoredMessage, sender: str, number: int, now: datetime, *, marked: bool = False, hidden: bool = False
) -> str:
    """Return `[12] 14:05 Alice: hello`, and behind it what became of it where that is not the usual.

    A message of several lines has several; those behind the first begin with a bar, for none of them to be heard as
    one of ours. `hidden`: what it says is not to be seen, for its sender recalled it.
    """
    time = short_time(message.time, now)
    who = f"{one_line(sender)}: " if sender else ""
    said = _("(text hidden)") if hidden else printable(describe(message.body), newlines=True).replace("\n", "\n  | ")
    states = [_("marked")] if marked else []
    if message.state not in _USUAL:
        states.append(state_words(message))
    behind = f" ({', '.join(states)})" if states else ""
    return f"[{number}] {time} {who}{said}{behind}"


def conversation_line(conversation: Conversation, mark: str, now: datetime) -> str:
    """Return `Alice (person, 3 unread, muted): see you`: what the row of the list shows, in words."""
    facts = [mark]
    if conversation.unread:
        facts.append(_("{count} unread").format(count=conversation.unread))
    if conversation.mentions:
        facts.append(counted("{count} mention", "{count} mentions", conversation.mentions))
    facts.append(notify_words(conversation, now))
    if conversation.pinned:
        facts.append(_("pinned"))
    if conversation.earlier:
        facts.append(_("earlier login"))
    known = ", ".join(filter(None, facts))
    name = one_line(conversation_name(conversation))
    last = one_line(describe(conversation.last.body), 80) if conversation.last is not None else ""
    if conversation.draft:
        last = joined(last, _("Draft: {text}").format(text=one_line(conversation.draft, 80)))
    whole = f"{name} ({known})" if known else name
    return f"{whole}: {last}" if last else whole
