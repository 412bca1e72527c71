"""What all groups of actions need: the screen that they act on, and a way to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeAlias

from tui import errors
from tui.keymap import hint
from tui.store.models import StoredMessage
from tui.wire.contacts import Contact

if TYPE_CHECKING:
    from tui.screens.chat import ChatScreen
    from tui.screens.desk import Desk
    from tui.services.client import Client
    from tui.services.deliveries import Deliveries

Action: TypeAlias = Callable[[str], Awaitable[None]]
"""Takes what stood behind the command, "" from a key. What it raises is said in the last line."""


class Acting:
    """One group of actions on one chat screen."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen

    @property
    def _desk(self) -> Desk:
        return self._screen.desk

    def _client(self) -> Client:
        """The session. Raises `NotLoggedIn`."""
        client = self._desk.client
        if client is None:
            raise errors.NotLoggedIn(profile=self._desk.profile.name)
        return client

    def _deliveries(self) -> Deliveries:
        """What sends, session or not. Raises `ProfileBusy`, where another process does that."""
        if self._desk.busy is not None:
            raise self._desk.busy
        return self._screen.deliveries()

    async def _here(self) -> Contact:
        """With whom the open conversation is. Raises `UsageError` when this login does not know them."""
        conversation = self._screen.conversation
        if conversation is None:
            raise errors.UsageError(why=hint("Open a conversation first: {goto} finds one."))
        contact = await self._screen.contact()
        if contact is None:
            why = hint(
                "“{name}” is of an earlier login. Open the conversation anew: {goto} finds it.",
                name=conversation.name,
            )
            raise errors.UsageError(why=why)
        return contact

    async def _message(self, argument: str) -> StoredMessage:
        """What a command is about: a number counted from the last own message, a MsgID, else the selected one."""
        log = self._screen.log_view
        if argument:
            found = log.select_own(int(argument)) if argument.isdecimal() and len(argument) < 5 else None
            found = found or await self._desk.store.message(argument)
            if found is None:
                raise errors.MessageUnknown(msg_id=argument)
            return found
        if log.selected is None:
            raise errors.UsageError(why=hint("Select a message first: {pane.next}, then {log.down} and {log.up}."))
        return log.selected

    async def _ask(self, question: str, *answers: tuple[str, str]) -> str | None:
        """The key of the answer; None for the one with Esc."""
        from tui.screens.ask import Ask

        return await self._screen.app.push_screen_wait(Ask(question, answers))
