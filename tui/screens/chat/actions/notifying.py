"""Actions about notifications of a conversation: mute it, for good or for a time, and choose what notifies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.commands import BY_ID
from tui.i18n import _
from tui.message_summary import RULE_WORDS, conversation_name, notify_words
from tui.screens.chat.actions.base import ActionGroup, ConversationRow
from tui.store.models import Conversation, NotifyRule
from tui.widgets.base.one_line import one_line

if TYPE_CHECKING:
    from tui.services.attention.notifying import Notifying

_FOR_HOURS: Final = 8


class NotifyingActions(ActionGroup):
    """Changes on this computer what notifies of a conversation; the phone's own setting stays."""

    async def mute(self, argument: str) -> None:
        """Mute the open conversation, for good or for a time; without an argument, unmute it when it is muted."""
        conversation = self._open_conversation()
        if argument:
            await self._mute(conversation, argument)
        else:
            await self._toggle(conversation)

    async def unmute(self, argument: str) -> None:
        """Unmute the open conversation."""
        await self._unmute(self._open_conversation())

    async def notify(self, argument: str) -> None:
        """Give the open conversation a rule of its own; without an argument, let the person choose."""
        await self._notify(self._open_conversation(), argument)

    def rows(self, conversation: Conversation) -> list[ConversationRow]:
        """Return rows for the menu of a conversation."""

        async def toggle() -> None:
            await self._toggle(conversation)

        async def mute_hours() -> None:
            await self._mute(conversation, f"{_FOR_HOURS}h")

        async def notify() -> None:
            await self._notify(conversation, "")

        said = _(RULE_WORDS[conversation.notify]) if conversation.notify is not None else ""
        label = _("Notifications: {rule}").format(rule=said) if said else _("Notifications")
        rule = ConversationRow(label, notify, "/notify")
        if conversation.hushed_until is not None:
            muted = notify_words(conversation, self._context.clock())
            return [ConversationRow(_("Unmute ({muted})").format(muted=muted), toggle, "/unmute"), rule]
        if conversation.hushed:
            return [ConversationRow(_("Unmute"), toggle, "/unmute"), rule]
        hours = _("Mute for {count} hours").format(count=_FOR_HOURS)
        return [
            ConversationRow(_("Mute"), toggle, "/mute"),
            ConversationRow(hours, mute_hours, f"/mute {_FOR_HOURS}h"),
            rule,
        ]

    # ---------------------------------------------------------------- what they do

    async def _toggle(self, conversation: Conversation) -> None:
        await (self._unmute if conversation.hushed else self._mute)(conversation)

    async def _mute(self, conversation: Conversation, how_long: str = "") -> None:
        self._chat.tell((await self._changes().mute(conversation, how_long)).said)
        self._context.runtime.mutes.look()

    async def _unmute(self, conversation: Conversation) -> None:
        self._chat.tell((await self._changes().unmute(conversation)).said)
        self._context.runtime.mutes.look()

    async def _notify(self, conversation: Conversation, argument: str) -> None:
        if wanted := argument or await self._chosen(conversation):
            self._chat.tell((await self._changes().set_rule(conversation, wanted)).said)

    def _changes(self) -> Notifying:
        """Return how to change it. Raises `ProfileBusy`."""
        from tui.services.attention.notifying import Notifying

        self._expect_ownership()
        context, notify, every = self._context, BY_ID["notify"].names[0], NotifyRule.ALL.value
        return Notifying(
            context.store, context.settings, context.clock(), unmute="/unmute", notify_all=f"/{notify} {every}"
        )

    async def _chosen(self, conversation: Conversation) -> str:
        """Let the person choose a rule; return its name, "" when they leave."""
        from tui.services.attention.notifying import DEFAULT
        from tui.widgets.lists.choice_list import Choice

        rules = BY_ID["notify"].words
        now = conversation.notify.value if conversation.notify is not None else DEFAULT
        choices = [Choice(_(one.help), one.word, (one.word,), one.word) for one in rules]
        title = _("Notifications: {name}").format(name=one_line(conversation_name(conversation)))
        found = await self._pick(title, choices, start=[one.word for one in rules].index(now))
        return found[0] if found else ""
