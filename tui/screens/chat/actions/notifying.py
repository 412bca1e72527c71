"""Actions about notifications of a conversation: mute it, for good or for a time, and choose what notifies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui import errors
from tui.commands import BY_ID, nearest
from tui.errors import N_
from tui.i18n import _, joined
from tui.message_summary import RULE_WORDS, conversation_name, notify_words
from tui.screens.chat.actions.base import ActionGroup
from tui.store.models import Conversation, NotifyRule
from tui.units import coming_time
from tui.widgets.base.one_line import one_line
from tui.wire.contacts import ContactKind

if TYPE_CHECKING:
    from tui.screens.pickers.menu import MenuRow

_DEFAULT: Final = "default"
_FOR_HOURS: Final = 8
_ALIASES: Final = {
    **dict.fromkeys(("mention", "@", "me", "仅提到我"), "mentions"),
    **dict.fromkeys(("off", "never", "nothing", "关闭"), "none"),
    **dict.fromkeys(("on", "everything", "全部"), "all"),
    "默认": _DEFAULT,
}
_RULES: Final = dict(BY_ID["notify"].words)
_SAID: Final = {
    NotifyRule.ALL: N_("All messages here notify you."),
    NotifyRule.MENTIONS: N_("Only messages that name you notify you here."),
    NotifyRule.NONE: N_("Nothing here notifies you."),
}


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

    # ---------------------------------------------------------------- the menu

    def rows(self, conversation: Conversation) -> list[MenuRow]:
        """Return rows for the menu of a conversation."""
        from tui.screens.pickers.menu import MenuRow

        said = _(RULE_WORDS[conversation.notify]) if conversation.notify is not None else ""
        label = _("Notifications: {rule}").format(rule=said) if said else _("Notifications")
        rule = MenuRow("notify", label, "/notify")
        if conversation.hushed_until is not None:
            muted = notify_words(conversation, self._context.clock())
            return [MenuRow("mute", _("Unmute ({muted})").format(muted=muted), "/unmute"), rule]
        if conversation.hushed:
            return [MenuRow("mute", _("Unmute"), "/unmute"), rule]
        hours = _("Mute for {count} hours").format(count=_FOR_HOURS)
        return [MenuRow("mute", _("Mute"), "/mute"), MenuRow("mute_hours", hours, f"/mute {_FOR_HOURS}h"), rule]

    async def choose(self, row: str, conversation: Conversation) -> None:
        """Do what a row of the menu says."""
        match row:
            case "mute":
                await self._toggle(conversation)
            case "mute_hours":
                await self._mute(conversation, f"{_FOR_HOURS}h")
            case "notify":
                await self._notify(conversation, "")

    # ---------------------------------------------------------------- what they do

    async def _toggle(self, conversation: Conversation) -> None:
        await (self._unmute if conversation.hushed else self._mute)(conversation)

    async def _mute(self, conversation: Conversation, how_long: str = "") -> None:
        from tui.services.attention.attention import rule_of
        from tui.services.attention.mutes import mute_end

        settings, now = self._context.settings, self._context.clock()
        until = mute_end(how_long, now) if how_long else None
        await self._context.store.set_hushed(conversation.id, True, until)
        self._context.runtime.mutes.look()
        said = _("Muted.") if until is None else _("Muted until {time}.").format(time=coming_time(until, now))
        called = conversation.kind is ContactKind.GROUP and rule_of(conversation, settings) is not NotifyRule.NONE
        calls = called and settings.mentions_ring
        self._chat.tell(joined(said, _("Messages that name you still notify you.") if calls else ""))

    async def _unmute(self, conversation: Conversation) -> None:
        if conversation.hushed:
            await self._context.store.set_hushed(conversation.id, False)
            self._context.runtime.mutes.look()
        elif not conversation.muted:
            raise errors.UsageError(why=_("“{name}” is not muted.").format(name=_name(conversation)))
        if conversation.muted and conversation.notify is not NotifyRule.ALL:
            still = _("It is still muted on your phone; /notify all notifies you here anyway.")
            self._chat.tell(joined(_("Unmuted.") if conversation.hushed else "", still))
        else:
            self._chat.tell(_("Unmuted."))

    async def _notify(self, conversation: Conversation, argument: str) -> None:
        wanted = argument.lower() or await self._chosen(conversation)
        if not wanted:
            return
        wanted = _ALIASES.get(wanted, wanted)
        if wanted not in _RULES:
            near = nearest(wanted, _RULES)
            if near is None or not near.startswith(wanted):
                raise errors.UsageError(why=_("/notify takes all, mentions, none or default."))
            wanted = near
        rule = None if wanted == _DEFAULT else NotifyRule(wanted)
        await self._context.store.set_notify(conversation.id, rule)
        said = _("Notifications follow the settings again.") if rule is None else _(_SAID[rule])
        muted = notify_words(conversation, self._context.clock()) if conversation.hushed else ""
        still = _("It is {muted}; /unmute ends that.").format(muted=muted) if muted else ""
        self._chat.tell(joined(said, still))

    async def _chosen(self, conversation: Conversation) -> str:
        """Let the person choose a rule; return its name, "" when they leave."""
        from tui.widgets.lists.choice_list import Choice

        now = conversation.notify.value if conversation.notify is not None else _DEFAULT
        choices = [Choice(_(words), name, (name,), name) for name, words in _RULES.items()]
        title = _("What notifies you: {name}").format(name=_name(conversation))
        found = await self._pick(title, choices, start=list(_RULES).index(now))
        return found[0] if found else ""


def _name(conversation: Conversation) -> str:
    return one_line(conversation_name(conversation))
