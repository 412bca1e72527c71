"""Action that shows a message in full: its picture on the whole screen, or its text and the facts about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tui.screens.chat.actions.base import ActionGroup
from tui.screens.chat.chat_context import ChatContext
from tui.screens.pictures.picture_screen import PictureScreen, WholeDesk
from tui.services.pictures.message_picture import has_picture
from tui.store.changes import TAKEN_BACK
from tui.store.models import StoredMessage
from tui.store.search.query import MessageQuery
from tui.store.subscription import Subscription
from tui.wire import bodies

_PICTURES: Final = MessageQuery(kinds=(bodies.Image, bodies.Emoticon, bodies.Video))


class ViewActions(ActionGroup):
    """Goes about the pictures of the open conversation; is the `PictureViewer` of their screen."""

    def __init__(
        self,
        chat: ChatContext,
        sender: Callable[[StoredMessage], str],
        details: Callable[[StoredMessage], None],
        others: Callable[[str], Awaitable[None]],
    ) -> None:
        """`sender` names one; `details` shows the facts about a message, `others` what has no picture."""
        super().__init__(chat)
        self.sender = sender
        self.show_details = details
        self._others = others
        self._viewed: StoredMessage | None = None

    async def open(self, argument: str) -> None:
        """Show the picture of a message of this conversation, else what it says: also of one that was taken back."""
        log, here = self._chat.message_log, self._chat.conversation
        message = await self._message(argument) if argument or log.selected is not None else None
        shown = message is not None and has_picture(message.body) and message.state not in TAKEN_BACK
        if message is None or not shown or here is None or message.conversation_id != here.id:
            await self._others(argument)
            return
        await self.turn_to(message)
        self._chat.show(PictureScreen(self, message))

    # ---------------------------------------------------------------- for the screen

    @property
    def desk(self) -> WholeDesk:
        """Pictures, and what the terminal can show of them."""
        return self._context.pictures

    def is_hidden(self, message: StoredMessage) -> bool:
        """Return True for what another took back, where that is not shown."""
        return message.is_hidden(show_recalled=self._context.settings.show_recalled)

    async def beside(self, message: StoredMessage, step: int) -> StoredMessage | None:
        """Return the next message with a picture, or the one before (-1)."""
        edge = {"after": message.place} if step > 0 else {"before": message.place}
        found = await self._context.store.search(_PICTURES, conversation_id=message.conversation_id, limit=1, **edge)
        return found[0] if found else None

    async def number_of(self, message: StoredMessage) -> tuple[int, int]:
        """Return which of the conversation's pictures it is, the oldest is 1, and how many there are."""
        return await self._context.store.place_among(_PICTURES, message.conversation_id, message.place)

    async def turn_to(self, message: StoredMessage) -> None:
        """Let actions be about this message: it is the selected one when the screen is left, too."""
        self._viewed = message
        if (self._chat.conversation and self._chat.conversation.id) == message.conversation_id:
            await self._chat.message_log.go_to(message)

    async def act(self, command_id: str) -> None:
        """Run an action on the message, and on none that is marked."""
        log, message = self._chat.message_log, self._viewed
        if message is None:
            return
        if log.selected is None or log.selected.id != message.id:
            await self.turn_to(message)
        if log.selected is not None and log.selected.id == message.id:
            with log.only_selected():
                await self._chat.do(command_id, "", by_key=True)

    def subscribe(self) -> Subscription:
        """Return the changes of the store from now on."""
        return self._context.store.subscribe()
