"""Actions on a message: take it back, edit, quote, copy, forward, look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui import errors
from tui.i18n import _
from tui.keymap import hint
from tui.message_summary import describe, in_short, shown_sender
from tui.screens.chat.actions.base import ActionGroup, ConfirmedAction, number_in, quoted
from tui.screens.chat.chat_context import ChatContext
from tui.screens.dialogs.people_choices import people
from tui.store.models import Conversation, StoredMessage
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind
from tui.wire.text import printable, quotation

if TYPE_CHECKING:
    from tui.services.sending.revoking import Revoker
    from tui.services.session.context import SessionContext

_FILES = (bodies.File, bodies.Image, bodies.Video)


class MessageActions(ActionGroup):
    """Acts on the selected message, or on the one that the command names."""

    def __init__(self, chat: ChatContext, saved: Mapping[int, Path]) -> None:
        """`saved`: message id → file that was saved from the message."""
        super().__init__(chat)
        self._saved = saved

    # ---------------------------------------------------------------- taking back

    async def revoke(self, argument: str) -> ConfirmedAction:
        """Take messages back; an upload that runs is cancelled. Without a word: the selected one, else the last."""
        log = self._chat.message_log
        if not argument and (log.selected is None or not log.has_focus):
            return await self.revoke_last("")
        own = self.recallable()
        wanted = argument.split() or [""]
        if max(map(number_in, wanted)) > len(own):
            if not own:
                raise self._revoker.why_none(log.own_messages)
            raise errors.UsageError(why=_("Messages that can still be recalled here: {count}.").format(count=len(own)))
        return self._recall([await self._message(one, own) for one in wanted])

    async def revoke_last(self, argument: str) -> ConfirmedAction:
        """Take the last own message back of those that still can be."""
        own = self.recallable()
        if not own:
            raise self._revoker.why_none(self._chat.message_log.own_messages)
        await self._chat.message_log.go_to(own[0])
        return self._recall(own[:1])

    def recallable(self) -> list[StoredMessage]:
        """Return own messages here that can still be taken back, the newest first."""
        return [message for message in self._chat.message_log.own_messages if self._revoker.obstacle(message) is None]

    @property
    def _revoker(self) -> Revoker:
        return self._context.runtime.outbox.revoker

    def _recall(self, messages: Sequence[StoredMessage]) -> ConfirmedAction:
        """Return the action of taking messages back. Raises the error that stands in the way."""
        for message in messages:
            if (why := self._revoker.obstacle(message)) is not None:
                raise why
        if len(messages) == 1:
            question = _("Recall {message}?").format(message=quoted(messages[0]))
        else:
            question = _("Recall {count} messages?").format(count=len(messages))
        return ConfirmedAction(
            question, _("recall"), lambda: self._revoke(messages), "revoke", always=len(messages) > 1
        )

    async def _revoke(self, messages: Sequence[StoredMessage]) -> None:
        for message in messages:
            answer = await self._outbox().revoker.revoke(message, self._session)
            if answer is None:
                self._chat.tell(_("Cancelled; nothing was sent."))
            elif isinstance(message.body, bodies.Text):
                self._chat.tell(hint("Recalled. {edit} edits it."))
            else:
                self._chat.tell(_("Recalled."))

    async def _session(self) -> SessionContext:
        return self._client().context

    async def edit(self, argument: str) -> None:
        """Put the text of a message of one's own back into the bar."""
        message = await self._message(argument)
        if not isinstance(message.body, bodies.Text) or not message.mine:
            raise errors.UsageError(why=_("Only a text of yours can be put back into the bar."))
        self._chat.put_in_bar(message.body.text)

    # ---------------------------------------------------------------- quoting, copying, looking

    def _sender(self, message: StoredMessage) -> str:
        return shown_sender(message, self._context.names.of(message.sender) or self._alone())

    def _alone(self) -> str:
        """Return the name of the other in a conversation of two, "" in a group."""
        conversation = self._chat.conversation
        return conversation.name if conversation and conversation.kind is not ContactKind.GROUP else ""

    async def reply(self, argument: str) -> None:
        """Quote a message in the bar, in the form that web clients use."""
        message = await self._message(argument)
        # Others read it: "me" would be them.
        names, conversation = self._context.names, self._chat.conversation
        sender = names.own if message.mine else shown_sender(message, names.plain(message.sender) or self._alone())
        # A notice is nobody's: it is the conversation's.
        sender = sender or (conversation.name if conversation else "")
        self._chat.put_in_bar(quotation(sender, describe(message.body)))

    async def copy(self, argument: str) -> None:
        """Copy the text of a message, the address of a link, or the path of a file that was saved."""
        from tui.screens.dialogs.detail_fields import copied_text

        message = await self._message(argument)
        saved = self._saved.get(message.id)
        await self._to_clipboard(copied_text(message.body) if saved is None else str(saved))

    async def copy_id(self, argument: str) -> None:
        """Copy the MsgID of a message."""
        message = await self._message(argument)
        if not message.msg_id:
            raise errors.UsageError(why=_("This message has no MsgID yet."))
        await self._to_clipboard(message.msg_id)

    async def open(self, argument: str) -> None:
        """Show a message in full; the contact of the conversation when no message is selected."""
        from tui.screens.dialogs.details import MessageDetails

        if not argument and self._chat.message_log.selected is None:
            if self._chat.conversation is not None:
                await self.who(self._chat.conversation)
            return
        message = await self._message(argument)
        self._chat.show(MessageDetails(message, self._sender(message), self._copied))

    async def who(self, conversation: Conversation) -> None:
        """Show the contact of a conversation in full."""
        from tui.screens.dialogs.details import ContactDetails

        contact = await self._context.store.contact(conversation.user_name)
        if contact is not None:
            self._chat.show(ContactDetails(contact))

    # ---------------------------------------------------------------- forward

    async def forward(self, argument: str) -> None:
        """Send a message on, to as many as are chosen; also an image that its sender recalled."""
        message = await self._message("")
        if argument:
            self._chat.run(self._forward_to(message, await self._client().directory.resolve(argument)), "send")
        else:
            self._chat.run(self._pick_and_forward(message), "pick")

    async def _pick_and_forward(self, message: StoredMessage) -> None:
        what = printable(in_short(message.body), newlines=False)
        title = _("Forward “{what}” to").format(what=what)
        picked = await self._pick(title, await people(self._context.store, self._context.clock()), many=True)
        if not picked:
            return
        if await self._forward_agreed(message, picked):
            # Keys wait for who picks, not for a network.
            self._chat.run(self._forward(message, picked), "send")

    async def _forward_to(self, message: StoredMessage, contact: Contact) -> None:
        """Forward to a contact that was named whole. A file to a group is confirmed all the same."""
        to_many = contact.kind is ContactKind.GROUP and isinstance(message.body, _FILES)
        asks = to_many and self._context.settings.confirm_group_files
        if not asks or await self._forward_agreed(message, [contact]):
            await self._forward(message, [contact])

    async def _forward_agreed(self, message: StoredMessage, targets: Sequence[Contact]) -> bool:
        names = "、".join(printable(contact.name, newlines=False) for contact in targets)
        question = _("Forward {message} to {names}?").format(message=quoted(message), names=names)
        return await self._agreed(question, _("forward"))

    async def _forward(self, message: StoredMessage, targets: Sequence[Contact]) -> None:
        outbox = self._outbox()
        # All at once: one that waits for a connection keeps no other from being written down.
        await asyncio.gather(*(outbox.forward(message, contact) for contact in targets))
        names = "、".join(contact.name for contact in targets)
        self._chat.tell(_("Forwarded to {names}.").format(names=names))
