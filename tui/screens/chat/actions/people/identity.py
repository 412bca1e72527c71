"""Action that settles whose an earlier conversation is; a person decides that."""

from __future__ import annotations

from tui.i18n import _
from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.screens.dialogs.identity_question import SOMEBODY_ELSE, IdentityQuestion
from tui.store.errors import NoSuchRow
from tui.store.models import Doubt
from tui.widgets.base.styles import Tone


class IdentityActions(ActionGroup):
    """Asks when a person opens a doubtful conversation, and again when they want to be asked."""

    def __init__(self, chat: ChatContext) -> None:
        super().__init__(chat)
        self._asked_about: set[str] = set()
        """UserNames of contacts about whom a person was asked."""

    async def whose(self, argument: str) -> None:
        """Ask whose earlier conversation belongs to the open one, also when it was asked before."""
        conversation = self._chat.conversation
        doubt = await self._context.store.doubt(conversation.user_name) if conversation else None
        if doubt is None:
            self._chat.tell(_("Nothing to resolve here."))
        else:
            self._chat.run(self.ask(doubt), "ask")

    async def ask_once(self, doubt: Doubt) -> None:
        """Ask, unless it was asked since the start."""
        if doubt.contact.user_name not in self._asked_about:
            self._asked_about.add(doubt.contact.user_name)
            await self.ask(doubt)

    async def ask(self, doubt: Doubt) -> None:
        """Ask the question, and store the answer."""
        answer = await self._chat.ask(IdentityQuestion(doubt))
        if answer is None:
            return
        chosen = None if answer == SOMEBODY_ELSE else answer
        try:
            await self._context.store.settle(doubt.contact.user_name, chosen)
        except NoSuchRow:
            # Another login, or somebody else's answer, came while the question stood there.
            self._chat.tell(_("That conversation was assigned in the meantime. Nothing was changed."), Tone.BAD)
            return
        if chosen is None:
            self._chat.tell(_("The earlier messages stay separate, at the end of the list."))
        else:
            self._chat.tell(_("The earlier messages are now in this conversation."))
