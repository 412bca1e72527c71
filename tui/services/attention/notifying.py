"""Changes of what notifies of a conversation, and the sentences about them, for command line and full screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from tui.commands import BY_ID
from tui.config.settings import Settings
from tui.errors import N_, Phrase, UsageError
from tui.i18n import _, joined
from tui.message_summary import RULE_WORDS, notify_words
from tui.services.attention.attention import rule_now, rule_of
from tui.services.attention.mutes import mute_end
from tui.store.models import Conversation, NotifyRule
from tui.units import coming_time
from tui.wire.contacts import ContactKind

DEFAULT: Final = "default"
"""Name of no rule: that of the conversation's kind counts."""
RULES: Final = {
    NotifyRule.ALL.value: N_("All messages here notify you."),
    NotifyRule.MENTIONS.value: N_("Only messages that mention you notify you here."),
    NotifyRule.NONE.value: N_("Nothing here notifies you."),
    DEFAULT: N_("Notifications follow the settings again: {rule}."),
}
"""Name of a rule → what is said when it was given; `rule`: that of the settings."""


class NotifyingStore(Protocol):
    """Store, or what stands for it, as far as notifications are changed. `set_hushed`: on, and until when."""

    @property
    def set_hushed(self) -> Callable[[int, bool, datetime | None], Awaitable[None]]:
        """Mute a conversation on this computer, for good or until a time; or unmute it."""

    @property
    def set_notify(self) -> Callable[[int, NotifyRule | None], Awaitable[None]]:
        """Give a conversation a rule of its own; None: that of its kind counts."""


class ChangedNotifying(msgspec.Struct, frozen=True):
    """A conversation as it is after a change, and what a person is told of that."""

    conversation: Conversation
    said: str


class Notifying:
    """Changes on this computer what notifies of conversations; the phone's own setting stays."""

    def __init__(
        self, store: NotifyingStore, settings: Settings, now: datetime, *, unmute: str, notify_all: str
    ) -> None:
        """`unmute`, `notify_all`: the commands that do so, as a person types them."""
        self._store = store
        self._settings = settings
        self._now = now
        self._unmute = unmute
        self._notify_all = notify_all

    async def mute(self, conversation: Conversation, how_long: str = "") -> ChangedNotifying:
        """Mute a conversation, for good or for a time, as `mute_end` reads it. Raises `UsageError`."""
        until = mute_end(how_long, self._now) if how_long else None
        await self._store.set_hushed(conversation.id, True, until)
        said = _("Muted.") if until is None else _("Muted until {time}.").format(time=coming_time(until, self._now))
        changed = replace(conversation, hushed=True, hushed_until=until)
        rule, _muted = rule_now(changed, self._settings, self._now)
        calls = conversation.kind is ContactKind.GROUP and rule is NotifyRule.MENTIONS
        called = _("Messages that mention you still notify you.") if calls else ""
        return ChangedNotifying(changed, joined(said, called))

    async def unmute(self, conversation: Conversation) -> ChangedNotifying:
        """Unmute a conversation; say so where the phone mutes it still."""
        if conversation.hushed:
            await self._store.set_hushed(conversation.id, False, None)
        still = conversation.muted and conversation.notify is not NotifyRule.ALL
        template = _("It is still muted on your phone; {command} notifies you here anyway.") if still else ""
        changed = replace(conversation, hushed=False, hushed_until=None)
        said = _("Unmuted.") if conversation.hushed else "" if still else _("This conversation is not muted.")
        return ChangedNotifying(changed, joined(said, template.format(command=self._notify_all)))

    async def set_rule(self, conversation: Conversation, wanted: str) -> ChangedNotifying:
        """Give a conversation the rule of this name, or of a beginning of it. Raises `UsageError`."""
        name = rule_name(wanted)
        rule = None if name == DEFAULT else NotifyRule(name)
        await self._store.set_notify(conversation.id, rule)
        changed = replace(conversation, notify=rule)
        said, still = _(RULES[name]).format(rule=_(RULE_WORDS[rule_of(changed, self._settings)])), ""
        if conversation.hushed:
            still = _("It is {muted}; {command} ends that.")
            still = still.format(muted=notify_words(conversation, self._now), command=self._unmute)
        return ChangedNotifying(changed, joined(said, still))


def rule_name(text: str) -> str:
    """Return the name of a rule, or `DEFAULT`, as a person types it: whole, begun, or another word for it.

    Raises `UsageError`.
    """
    wanted = text.strip().lower()
    if (word := BY_ID["notify"].word_of(wanted)) is not None:
        return word.word
    found = next((name for name in RULES if wanted and name.startswith(wanted)), None)
    if found is None:
        raise UsageError(why=Phrase("“{text}” is not a rule. Give all, mentions, none or default.", text=text[:40]))
    return found
