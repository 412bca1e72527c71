"""Attention: what a message deserves. Whether it rings is decided here alone: screen, hooks and `listen` ask."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import msgspec

from tui.config.quiet_hours import quiet_hours
from tui.config.settings import Settings
from tui.store.delivery_state import DeliveryState
from tui.store.errors import NoSuchRow
from tui.store.models import Conversation, NotifyRule, StoredMessage
from tui.store.store import Store
from tui.wire.mentions import Mention


class Cause(Enum):
    """Cause for which a message rings, or does not."""

    MENTION = "mention"
    """It names me."""
    RULE = "rule"
    """The rule of its conversation, or of that one's kind."""
    MUTED = "muted"
    """Its conversation is muted, here or on the phone."""
    QUIET_HOURS = "quiet hours"
    RECALLED = "recalled"
    READ = "read"
    """Its conversation was read already, on the phone or here."""
    NOBODY = "nobody"
    """No other person wrote it: it is one's own, or the server's."""


class Attention(msgspec.Struct, frozen=True):
    """Attention that a message deserves: does it ring, and for what cause."""

    rings: bool
    cause: Cause


def attention_for(message: StoredMessage, conversation: Conversation, settings: Settings, now: datetime) -> Attention:
    """Decide what a message deserves that came into `conversation`, as that is `now`."""
    if not message.from_others:
        return Attention(False, Cause.NOBODY)
    if message.state is DeliveryState.RECALLED:
        return Attention(False, Cause.RECALLED)
    if not conversation.unread:
        return Attention(False, Cause.READ)
    mentioned = names_me(message, settings)
    rule, muted = rule_now(conversation, settings, now)
    if rule is NotifyRule.NONE or (rule is NotifyRule.MENTIONS and not mentioned):
        return Attention(False, Cause.MUTED if muted else Cause.RULE)
    if quiet_hours(settings.quiet).cover(now) and not (mentioned and settings.quiet_mentions):
        return Attention(False, Cause.QUIET_HOURS)
    return Attention(True, Cause.MENTION if mentioned else Cause.RULE)


async def rings_now(store: Store, message: StoredMessage, settings: Settings, now: datetime) -> bool:
    """Return whether a stored message rings as things stand: not once it is read, as what the phone read first is."""
    try:
        conversation = await store.conversation(message.conversation_id)
    except NoSuchRow:
        return False
    return attention_for(message, conversation, settings, now).rings


def names_me(message: StoredMessage, settings: Settings) -> bool:
    """Return True for a message that names me, as far as the settings let it."""
    return message.mention is not None and (message.mention is not Mention.ALL or settings.mentions_all)


def rule_of(conversation: Conversation, settings: Settings) -> NotifyRule:
    """Return the rule of a conversation, else that of its kind."""
    return conversation.notify or NotifyRule(settings.notify_rules[conversation.notify_kind.value])


def rule_now(conversation: Conversation, settings: Settings, now: datetime) -> tuple[NotifyRule, bool]:
    """Return the rule that counts at `now`, and whether it is so because the conversation is muted.

    A mute on this computer is before all; then comes a rule that was given here to this conversation, then the phone's
    mute, then the rule of its kind. A muted one still rings for mentions, unless the settings or its rule forbid that.
    """
    rule = rule_of(conversation, settings)
    muted = is_hushed(conversation, now) or (conversation.muted and conversation.notify is None)
    if not muted or rule is NotifyRule.NONE:
        return rule, muted
    return NotifyRule.MENTIONS if settings.mentions_ring else NotifyRule.NONE, True


def is_hushed(conversation: Conversation, now: datetime) -> bool:
    """Return True while a conversation is muted on this computer; a mute that is over may still be stored."""
    return conversation.hushed and (conversation.hushed_until is None or now < conversation.hushed_until)
