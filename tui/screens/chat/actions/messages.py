"""With a message: take it back, edit, quote, copy, forward, look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui import errors
from tui.i18n import _, translated
from tui.keymap import hint
from tui.message_summary import describe, in_short, shown_sender
from tui.screens.chat.actions.base import Acting, Action, Deed, Plan, number_in, quoted
from tui.screens.dialogs.people_choices import people, pick
from tui.store.models import Conversation, StoredMessage
from tui.widgets.base.styles import Tone
from tui.wire import bodies
from tui.wire.contacts import Contact, ContactKind
from tui.wire.text import printable, quotation

if TYPE_CHECKING:
    from tui.services.sending.revoking import Revoker
    from tui.services.session.context import SessionContext

_FILES = (bodies.File, bodies.Image, bodies.Video)


class Handling(Acting):
    """With the selected message, or the one that the command names."""

    @property
    def table(self) -> Mapping[str, Action]:
        """Command → what it does."""
        return {
            "edit": self.edit,
            "reply": self.reply,
            "copy": self.copy,
            "copy_id": self.copy_id,
            "forward": self.forward,
            "open": self.open,
        }

    # ---------------------------------------------------------------- taking back

    @property
    def plans(self) -> Mapping[str, Plan]:
        """Command → what it will do to others."""
        return {"revoke": self.revoke, "revoke_last": self.revoke_last}

    async def revoke(self, argument: str) -> Deed:
        """Take messages back; an upload that runs is cancelled. Without a word: the selected one, else the last."""
        log = self._screen.log_view
        if not argument and (log.selected is None or not log.has_focus):
            return await self.revoke_last("")
        own = self.recallable()
        wanted = argument.split() or [""]
        if max(map(number_in, wanted)) > len(own):
            if not own:
                raise self._revoker.why_none(log.own_messages)
            raise errors.UsageError(why=_("Messages that can still be recalled here: {count}.").format(count=len(own)))
        return self._recall([await self._message(one, own) for one in wanted])

    async def revoke_last(self, argument: str) -> Deed:
        """Take the last own message back of those that still can be."""
        own = self.recallable()
        if not own:
            raise self._revoker.why_none(self._screen.log_view.own_messages)
        await self._screen.log_view.go_to(own[0])
        return self._recall(own[:1])

    def recallable(self) -> list[StoredMessage]:
        """Own messages here that can still be taken back, the newest first."""
        return [message for message in self._screen.log_view.own_messages if self._revoker.obstacle(message) is None]

    @property
    def _revoker(self) -> Revoker:
        return self._screen.outbox().revoker

    def _recall(self, messages: Sequence[StoredMessage]) -> Deed:
        """Raises what stands in the way, before anything is asked."""
        for message in messages:
            if (why := self._revoker.obstacle(message)) is not None:
                raise why
        if len(messages) == 1:
            question = _("Recall {message}?").format(message=quoted(messages[0]))
        else:
            question = _("Recall {count} messages?").format(count=len(messages))
        return Deed(question, _("recall"), lambda: self._revoke(messages), "revoke", always=len(messages) > 1)

    async def _revoke(self, messages: Sequence[StoredMessage]) -> None:
        for message in messages:
            answer = await self._outbox().revoker.revoke(message, self._session)
            if answer is None:
                self._screen.tell(_("Cancelled; nothing was sent."))
            elif isinstance(message.body, bodies.Text):
                self._screen.tell(hint("Recalled. {edit} edits it."))
            else:
                self._screen.tell(_("Recalled."))

    async def _session(self) -> SessionContext:
        return self._client().context

    async def edit(self, argument: str) -> None:
        """Put the text of a message of one's own back into the bar."""
        message = await self._message(argument)
        if not isinstance(message.body, bodies.Text) or not message.mine:
            raise errors.UsageError(why=_("Only a text of yours can be put back into the bar."))
        self._screen.composer.insert(message.body.text)
        self._screen.unseen.came()
        self._screen.composer.focus()

    # ---------------------------------------------------------------- quoting, copying, looking

    def _sender(self, message: StoredMessage) -> str:
        return shown_sender(message, self._desk.names.of(message.sender) or self._alone())

    def _alone(self) -> str:
        """The other in a conversation of two."""
        conversation = self._screen.conversation
        return conversation.name if conversation and conversation.kind is not ContactKind.GROUP else ""

    async def reply(self, argument: str) -> None:
        """Quote a message in the bar, in the form that web clients use."""
        message = await self._message(argument)
        # Others read it: "me" would be them.
        names, conversation = self._desk.names, self._screen.conversation
        sender = names.own if message.mine else shown_sender(message, names.plain(message.sender) or self._alone())
        # A notice is nobody's: it is the conversation's.
        sender = sender or (conversation.name if conversation else "")
        self._screen.composer.insert(quotation(sender, describe(message.body)))
        self._screen.unseen.came()
        self._screen.composer.focus()

    async def copy(self, argument: str) -> None:
        """The message's text to the clipboard; of a link its address, of what was saved the path."""
        from tui.screens.dialogs.detail_fields import copied_text

        message = await self._message(argument)
        saved = self._screen.actions.saving.path_of(message)
        await self._to_clipboard(copied_text(message.body) if saved is None else str(saved))

    async def copy_id(self, argument: str) -> None:
        """The MsgID to the clipboard."""
        message = await self._message(argument)
        if not message.msg_id:
            raise errors.UsageError(why=_("This message has no MsgID yet."))
        await self._to_clipboard(message.msg_id)

    async def _to_clipboard(self, text: str) -> None:
        said, known = await self._copied(text)
        self._screen.status.say(said, Tone.GOOD if known else Tone.TEXT)

    async def _copied(self, text: str) -> tuple[str, bool]:
        """Copy a text; return what is known of that as a sentence, and whether the clipboard has it for certain."""
        # A desktop's clipboard is a program that is run, and so is tmux.
        copied = await asyncio.to_thread(self._desk.clipboard.copy, text)
        if copied.sequence:
            self._desk.write(copied.sequence)
        return translated(copied.route.said), copied.known

    async def open(self, argument: str) -> None:
        """The message whole; who this is, when none is selected."""
        from tui.screens.dialogs.details import MessageDetails

        if not argument and self._screen.log_view.selected is None:
            if self._screen.conversation is not None:
                await self.who(self._screen.conversation)
            return
        message = await self._message(argument)
        self._screen.app.push_screen(MessageDetails(message, self._sender(message), self._copied))

    async def who(self, conversation: Conversation) -> None:
        """A person or group in full."""
        from tui.screens.dialogs.details import ContactDetails

        contact = await self._desk.store.contact(conversation.user_name)
        if contact is not None:
            self._screen.app.push_screen(ContactDetails(contact))

    # ---------------------------------------------------------------- forward

    async def forward(self, argument: str) -> None:
        """Send a message on, to as many as are chosen; also an image that its sender recalled."""
        message = await self._message("")
        if argument:
            self._screen.go(self._forward_to(message, await self._client().directory.resolve(argument)), "send")
        else:
            self._screen.go(self._pick_and_forward(message), "pick")

    async def _pick_and_forward(self, message: StoredMessage) -> None:
        what = printable(in_short(message.body), newlines=False)
        title = _("Forward “{what}” to").format(what=what)
        picked = await pick(self._screen.app, title, await people(self._desk.store, self._desk.clock()), many=True)
        if not picked:
            return
        if await self._forward_agreed(message, picked):
            # Keys wait for who picks, not for a network.
            self._screen.go(self._forward(message, picked), "send")

    async def _forward_to(self, message: StoredMessage, contact: Contact) -> None:
        """To whom was named whole; a file to a group is confirmed all the same, as one that is picked is."""
        to_many = contact.kind is ContactKind.GROUP and isinstance(message.body, _FILES)
        if not (to_many and self._desk.settings.confirm_group_files) or await self._forward_agreed(message, [contact]):
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
        self._screen.tell(_("Forwarded to {names}.").format(names=names))
