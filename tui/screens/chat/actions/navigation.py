"""Actions that go to a conversation, to what is unread, or to a word."""

from __future__ import annotations

from typing import Final

import msgspec

from tui import errors
from tui.commands import BY_NAME
from tui.i18n import _, counted, joined
from tui.keymap import hint
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.screens.chat.quotation import Quotation
from tui.screens.pickers.people_choices import destinations
from tui.store.models import Conversation, Place, StoredMessage
from tui.store.search.days import is_day, local_day, midnight, read_day
from tui.store.search.query import parse_query
from tui.widgets.base.styles import Tone
from tui.widgets.message_log.viewport import LogAnchor
from tui.wire.text import printable

_MOST_ORIGINS: Final = 50


class _JumpOrigin(msgspec.Struct, frozen=True):
    """Place at which a jump began."""

    conversation_id: int
    anchor: LogAnchor | None
    selected: StoredMessage | None


class NavigationActions(ActionGroup):
    """Goes to other conversations, and to messages in the open one."""

    def __init__(self, chat: ChatContext) -> None:
        super().__init__(chat)
        self._origins: list[_JumpOrigin] = []
        self._searched = ""
        """Search that was last typed in the dialog."""
        self._gone_to: set[int] = set()
        """Mentions that were gone to, by row id."""

    async def goto(self, argument: str) -> None:
        """Open a conversation, or begin one with any contact; go to a day in the open one."""
        if is_day(argument):
            await self._goto_day(argument)
            return
        conversations = self._chat.conversation_list
        unread = conversations.unread
        ringing = [one for one in unread if one.mentions or not conversations.is_silent(one)]
        order, before = self._chat.recent.in_order(conversations.every, ringing)
        choices = await destinations(self._context.store, self._context.clock(), order, unread)
        if argument:
            from tui.fuzzy import rank

            exact = [one for one in choices if argument in (one.label, one.hint)]
            choices = exact or rank(argument, choices, lambda choice: (choice.label, *choice.keys))
            if not choices:
                raise errors.TargetUnknown(target=argument)
        if argument and len(choices) == 1:
            found = [choices[0].value]
        else:
            # A conversation stands as its contact where it has one.
            name = before.user_name if before is not None and not argument else ""
            start = next((at for at, one in enumerate(choices) if one.value.user_name == name), 0)
            found = await self._pick(_("Which one?") if argument else _("Go to"), choices, start=start)
        for one in found:
            if isinstance(one, Conversation):
                conversation = one
            else:
                conversation = await self._context.store.conversation_for(one.user_name)
            await self._chat.open(conversation, write=True)

    # ---------------------------------------------------------------- days, quoted messages, and back

    async def _goto_day(self, argument: str) -> None:
        """Go to the first message of a day, or to the next one that there is."""
        conversation = self._open_conversation()
        day = read_day(argument, local_day(self._context.clock()))
        found = await self._context.store.messages_after(conversation.id, Place(midnight(day), 0), 1)
        if not found:
            raise errors.UsageError(why=_("No messages on {day} or later.").format(day=day))
        self._note_origin()
        if await self._chat.message_log.go_to_day(found[0]):
            self._chat.focus_log()
            there = local_day(found[0].time)
            if there != day:
                self._chat.tell(
                    _("No messages on {day}; the next ones are from {there}.").format(day=day, there=there), Tone.TEXT
                )

    async def quoted(self, argument: str) -> None:
        """Go to the message that a message quotes; show one whole that quotes none."""
        message = await self._message(argument)
        quotation = Quotation.of(message.body)
        if quotation is None:
            await self._chat.do("open", argument)
            return
        found = await quotation.find(self._context.store, message, self._context.names.own)
        if found is None:
            raise errors.UsageError(why=_("The quoted message is not stored here."))
        self._note_origin()
        await self._chat.open(await self._context.store.conversation(found.conversation_id))
        if await self._chat.message_log.go_to(found):
            self._chat.focus_log()
            self._chat.tell(hint("This is the quoted message. {jump_back} goes back."), Tone.TEXT)

    async def jump_back(self, argument: str) -> None:
        """Go back to where the last jump began, also to another conversation."""
        if not self._origins:
            raise errors.UsageError(why=_("There is no jump to go back from."))
        origin = self._origins.pop()
        store, log = self._context.store, self._chat.message_log
        await self._chat.open(await store.conversation(origin.conversation_id))
        if origin.selected is not None:
            await log.go_to(origin.selected)
        elif self._chat.conversation is not None and origin.anchor is not None:
            await log.show(self._chat.conversation, origin.anchor)
        else:
            log.to_bottom()
        self._chat.focus_log()

    def _note_origin(self) -> None:
        """Remember where a jump begins."""
        log, conversation = self._chat.message_log, self._chat.conversation
        if conversation is not None:
            self._origins.append(_JumpOrigin(conversation.id, log.scroll_anchor, log.selected))
            del self._origins[:-_MOST_ORIGINS]

    # ---------------------------------------------------------------- unread, read

    async def unread(self, argument: str) -> None:
        """Open the next conversation with something unread."""
        found = self._chat.conversation_list.next_unread()
        if found is None:
            self._chat.tell(_("No unread messages."))
        else:
            await self._chat.open(found)

    async def mention(self, argument: str) -> None:
        """Go to the next unread message that names oneself: of the open conversation first, the oldest first.

        What was unread there when it was opened counts still, although it is read by now.
        """
        unread = (*self._chat.new_mentions, *await self._context.store.unread_mentions())
        found = list({one.id: one for one in unread if one.id not in self._gone_to}.values())
        if not found:
            # From the first one again, if they are still wanted.
            self._gone_to.clear()
            self._chat.tell(hint("No unread mentions. {mentions} lists all."), Tone.TEXT)
            return
        self._gone_to.add(found[0].id)
        await self._go_to(found[0])
        if len(found) > 1:
            self._chat.tell(counted("{count} more mention", "{count} more mentions", len(found) - 1), Tone.TEXT)

    async def mentions(self, argument: str) -> None:
        """Let the person choose among all messages that name oneself, the newest first."""
        from tui.screens.dialogs.message_search import MessageSearch

        marks = self._chat.conversation_list.marks
        found = await self._chat.ask(MessageSearch(self._context, argument, marks, mentions=True))
        if found is not None:
            await self._go_to(found.message, found.text, found.words)

    async def _go_to(self, message: StoredMessage, text: str = "", words: str = "") -> None:
        """Go to a message in any conversation, with the words of a search highlighted."""
        self._note_origin()
        await self._chat.open(await self._context.store.conversation(message.conversation_id))
        self._chat.message_log.highlight(text, words)
        await self._chat.message_log.go_to(message)
        self._chat.focus_log()

    async def read(self, argument: str) -> None:
        """Mark a conversation read, here and on the phone; the open one when none is named."""
        client = self._client()
        contact = None if argument else (await self._here())[1]

        async def read() -> None:
            which = contact or await client.directory.resolve(argument)
            await client.chat.mark_read(which)
            self._chat.tell(_("Marked as read: {name}.").format(name=printable(which.name, newlines=False)))

        self._chat.run(read(), "read")

    async def search(self, argument: str) -> None:
        """Find words in this conversation, going up from the selected message."""
        if not argument:
            self._chat.begin_command("/search ")
            return
        self._chat.run(self._search(argument, older=True), "search")

    async def search_older(self, argument: str) -> None:
        """Find the words again further up."""
        self._chat.run(self._search(self._sought(), older=True), "search")

    async def search_newer(self, argument: str) -> None:
        """Find the words again further down."""
        self._chat.run(self._search(self._sought(), older=False), "search")

    def _sought(self) -> str:
        sought = self._chat.message_log.sought
        if not sought:
            raise errors.UsageError(why=hint("Search first: {search} searches this conversation."))
        return sought

    async def _search(self, text: str, *, older: bool) -> None:
        log = self._chat.message_log
        asked = parse_query(text, self._context.clock())
        if await log.find(text, asked, older=older):
            self._chat.focus_log()
            return
        why = _("No more matches above.") if older else _("No more matches below.")
        if not await log.has_match(asked, older=not older):
            only = await log.is_match(asked)
            why = joined(why, _("The selected message is the only one.")) if only else _nothing_found(text)
        raise errors.UsageError(why=why)

    async def search_all(self, argument: str) -> None:
        """Find words in all conversations, as they are typed; without any, the last search stands there, selected."""
        from tui.screens.dialogs.message_search import MessageSearch

        last = self._chat.message_log.sought or self._searched
        dialog = MessageSearch(
            self._context, argument or last, self._chat.conversation_list.marks, selected=not argument
        )
        found = await self._chat.ask(dialog)
        self._searched = dialog.text or last
        if found is not None:
            await self._go_to(found.message, found.text, found.words)


def _nothing_found(text: str) -> str:
    """Return that nothing has these words; a command that was typed while keys went to the messages was looked for."""
    name = text.split(" ", 1)[0].lower()
    meant = _("If you meant the command: /{name}").format(name=name) if name in BY_NAME else ""
    return joined(_("No matches."), meant)
