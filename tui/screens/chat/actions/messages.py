"""Actions on messages that change none of them: mark, quote, copy, look at one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tui import errors
from tui.i18n import _, counted
from tui.message_summary import describe, notify_summary, shown_sender
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.store.models import Conversation, StoredMessage
from tui.widgets.base.styles import Tone
from tui.wire.bodies import is_notice
from tui.wire.contacts import ContactKind
from tui.wire.text import quotation


class MessageActions(ActionGroup):
    """Acts on the selected message, or on the one that the command names."""

    def __init__(
        self, chat: ChatContext, copied: Mapping[int, str], whose: Callable[[Conversation], Coroutine[Any, Any, None]]
    ) -> None:
        """`copied`: message id → what a copy brings since the message's file was saved.

        `whose` offers to take a conversation apart.
        """
        super().__init__(chat)
        self._whose = whose
        self._of_saved = copied

    def sender(self, message: StoredMessage) -> str:
        """Return who sent a message, as it is shown."""
        return shown_sender(message, self._context.names.of(message.sender) or self._alone(message))

    def _alone(self, message: StoredMessage) -> str:
        """Return the name of the other in the open conversation of two; "" in a group, and elsewhere."""
        conversation = self._chat.conversation
        is_here = conversation is not None and conversation.id == message.conversation_id
        return conversation.name if conversation and is_here and conversation.kind is not ContactKind.GROUP else ""

    async def reply(self, argument: str) -> None:
        """Quote a message in the bar, in the form that web clients use."""
        message, conversation = await self._message(argument), self._open_conversation()
        if message.conversation_id != conversation.id:
            raise errors.UsageError(why=_("This message is in another conversation."))
        # A notice is nobody's: it is the conversation's.
        sender = self._known_sender(message) or conversation.name
        self._chat.put_in_bar(quotation(sender, describe(message.body)))

    def _known_sender(self, message: StoredMessage) -> str:
        """Return the writer for others to read, to whom "me" would be themselves; "" for a notice."""
        names = self._context.names
        return names.own if message.mine else shown_sender(message, names.plain(message.sender) or self._alone(message))

    async def mark(self, argument: str) -> None:
        """Mark the selected message, or those that the command names; take the mark away from one that has it."""
        messages = [await self._message(one) for one in argument.split() or [""]]
        if any(is_notice(message.body) for message in messages):
            raise errors.UsageError(why=_("A notice cannot be marked."))
        for message in messages:
            self._chat.message_log.toggle_mark(message)

    async def copy(self, argument: str) -> None:
        """Copy the text of a message, the address of a link, or the path of a file that was saved.

        Of several that are marked, all texts in the order of the log, with their senders where these are not one.
        """
        messages = await self._targets(argument)
        texts = [self._copied_text(message) for message in messages]
        if len(messages) == 1:
            await self._to_clipboard(texts[0])
        else:
            senders = [self._known_sender(message) for message in messages]
            if len(set(senders)) > 1:
                texts = [f"{sender}: {text}" if sender else text for sender, text in zip(senders, texts, strict=True)]
            said, known = await self._copied("\n".join(texts))
            several = counted("{count} message: {said}", "{count} messages: {said}", len(messages), said=said)
            self._chat.tell(several, Tone.GOOD if known else Tone.TEXT)
        self._chat.message_log.unmark(messages)

    def _copied_text(self, message: StoredMessage) -> str:
        from tui.screens.dialogs.detail_fields import copied_text

        return self._of_saved.get(message.id) or copied_text(message.body)

    async def copy_id(self, argument: str) -> None:
        """Copy the MsgID of a message."""
        message = await self._message(argument)
        if not message.msg_id:
            raise errors.UsageError(why=_("This message has no MsgID yet."))
        await self._to_clipboard(message.msg_id)

    async def open(self, argument: str) -> None:
        """Show a message in full; the contact of the conversation when no message is selected."""
        if not argument and self._chat.message_log.selected is None:
            if self._chat.conversation is not None:
                await self.who(self._chat.conversation)
            return
        message = await self._message(argument)
        here = self._chat.conversation
        if here is not None and here.id == message.conversation_id:
            self.details(message)
        else:
            [named] = await self._context.store.named([message])
            self._show(message, named.sender or shown_sender(message, ""))

    def details(self, message: StoredMessage) -> None:
        """Show a message of the open conversation in full."""
        self._show(message, self.sender(message))

    def _show(self, message: StoredMessage, sender: str) -> None:
        from tui.screens.dialogs.details import MessageDetails

        self._chat.show(MessageDetails(message, sender, self._copied))

    async def who(self, conversation: Conversation) -> None:
        """Show the contact of a conversation in full."""
        from tui.screens.dialogs.details import ContactDetails
        from tui.services.contacts.display_names import DisplayNames

        record = await self._context.store.contact_record(conversation.id)
        if record is not None:
            rules, now = self._context.settings.notify_rules, self._context.clock()

            def whose() -> None:
                self._chat.run(self._whose(conversation), "ask")

            names = DisplayNames(self._context.store)
            await names.learn(conversation)
            self._chat.show(ContactDetails(record, notify_summary(conversation, rules, now), whose, names.of))
