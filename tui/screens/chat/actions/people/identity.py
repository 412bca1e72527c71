"""Actions that settle whose earlier messages are: a person answers, undoes what was joined, and joins it again."""

from __future__ import annotations

from tui.i18n import _, counted, joined
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.screens.dialogs.identity_question import (
    SOMEBODY_ELSE,
    IdentityQuestion,
    JoinedPartsQuestion,
    distinct,
    part_words,
)
from tui.store.errors import NoSuchRow
from tui.store.identity.splitting import IdentityRecord, JoinedPart, SeparatePart
from tui.store.models import Conversation, Doubt
from tui.widgets.base.one_line import IN_QUESTION, one_line
from tui.widgets.base.styles import Tone


class IdentityActions(ActionGroup):
    """Asks when a person opens a doubtful conversation, and again when they want to be asked."""

    def __init__(self, chat: ChatContext) -> None:
        super().__init__(chat)
        self._asked_about: set[str] = set()
        """UserNames of contacts about whom a person was asked."""

    async def whose(self, argument: str) -> None:
        """Ask whose earlier conversation belongs to the open one, also when it was asked before.

        Where nothing is open, offer to undo what was taken for one, or was taken apart.
        """
        if self._chat.conversation is None:
            self._chat.tell(_("There are no earlier messages to sort out here."))
        else:
            await self.whose_of(self._chat.conversation)

    async def whose_of(self, conversation: Conversation) -> None:
        """Ask about any conversation."""
        doubt = await self._context.store.doubt(conversation.user_name)
        if doubt is not None:
            self._chat.run(self.ask(doubt), "ask")
            return
        record = await self._context.store.identity_record(conversation.id)
        if distinct(record.joined) or record.separate:
            self._chat.run(self._review(conversation, record), "ask")
        else:
            self._chat.tell(_("There are no earlier messages to sort out here."))

    async def _review(self, conversation: Conversation, record: IdentityRecord) -> None:
        """Show what was joined and what was taken apart, and change one of it."""
        chosen = await self._chat.ask(JoinedPartsQuestion(conversation, record))
        if chosen is None:
            return
        self._expect_ownership()
        try:
            if isinstance(chosen, JoinedPart):
                await self._split(conversation, chosen)
            else:
                await self._join(conversation, chosen)
        except NoSuchRow:
            self._tell_too_late()

    async def _split(self, conversation: Conversation, chosen: JoinedPart) -> None:
        part, name = chosen.part, one_line(conversation.name, IN_QUESTION)
        sentences = [
            _("Give this a conversation of its own, at the end of the list: {part}?").format(part=part_words(part)),
            _("What you write here goes to “{name}” as before.").format(name=name),
        ]
        if part.waiting:
            sentences.append(
                counted(
                    "{count} of them was not sent: it waits there until you say whose it is.",
                    "{count} of them were not sent: they wait there until you say whose they are.",
                    part.waiting,
                )
            )
        if part.unclear:
            sentences.append(
                counted(
                    "{count} other message of that time does not tell whose it is, and stays here.",
                    "{count} other messages of that time do not tell whose they are, and stay here.",
                    part.unclear,
                )
            )
        sentences.append(_("Later logins keep them apart; /whose can join them again."))
        if await self._agreed(joined(*sentences), _("split them off")):
            await self._context.store.split(chosen.identification)
            self._chat.tell(_("These messages are a conversation of their own now, at the end of the list."))

    async def _join(self, conversation: Conversation, chosen: SeparatePart) -> None:
        part, name = chosen.part, one_line(conversation.name, IN_QUESTION)
        question = _("Put this into the conversation with “{name}”: {part}?")
        sentences = [question.format(name=name, part=part_words(part, named=True))]
        if part.waiting:
            sentences.append(
                counted(
                    "{count} of them was not sent yet, and leaves then.",
                    "{count} of them were not sent yet, and leave then.",
                    part.waiting,
                )
            )
        if await self._agreed(joined(*sentences), _("join them")):
            await self._context.store.join(conversation.id, chosen.conversation_id)
            self._chat.tell(_("The earlier messages are now in this conversation."))

    def _tell_too_late(self) -> None:
        """Say that another login, or somebody else's answer, came while the question stood there."""
        self._chat.tell(_("That conversation was assigned in the meantime. Nothing was changed."), Tone.BAD)

    async def ask_once(self, doubt: Doubt) -> None:
        """Ask, unless it was asked since the start."""
        if doubt.contact.user_name not in self._asked_about and self._context.runtime.busy is None:
            self._asked_about.add(doubt.contact.user_name)
            await self.ask(doubt)

    async def ask(self, doubt: Doubt) -> None:
        """Ask the question, and store the answer. Raises `ProfileBusy`."""
        self._expect_ownership()
        answer = await self._chat.ask(IdentityQuestion(doubt))
        if answer is None:
            return
        self._expect_ownership()
        chosen = None if answer == SOMEBODY_ELSE else answer
        try:
            await self._context.store.settle(doubt.contact.user_name, chosen)
        except NoSuchRow:
            self._tell_too_late()
            return
        if chosen is None:
            self._chat.tell(_("The earlier messages stay separate, at the end of the list."))
        else:
            self._chat.tell(_("The earlier messages are now in this conversation."))
