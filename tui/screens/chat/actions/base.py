"""What all groups of actions need: the screen that they act on, and a way to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from tui import errors
from tui.i18n import _
from tui.keymap import hint
from tui.message_summary import in_short
from tui.store.models import StoredMessage
from tui.wire.contacts import Contact
from tui.wire.text import printable

if TYPE_CHECKING:
    from tui.screens.chat.screen import ChatScreen
    from tui.screens.context import AppContext
    from tui.services.client.client import Client
    from tui.services.outbox import Outbox
    from tui.widgets.text_input.type_ahead import Letter

Action: TypeAlias = Callable[[str], Awaitable[None]]
"""Takes what stood behind the command, "" from a key. What it raises is said in the last line."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Deed of an action on others: a key asks first, a command that was typed whole does it.

    `do` runs in the workers' group `group`; `always`: it is asked about however it was called.
    """

    question: str
    yes: str
    do: Callable[[], Coroutine[Any, Any, None]]
    group: str
    always: bool = False


Plan: TypeAlias = Callable[[str], Awaitable[Deed]]
"""As `Action`, for what acts on others."""


class Acting:
    """One group of actions on one chat screen."""

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen

    @property
    def _desk(self) -> AppContext:
        return self._screen.desk

    def _client(self) -> Client:
        """The session. Raises `NotLoggedIn`."""
        client = self._desk.client
        if client is None:
            raise errors.NotLoggedIn(profile=self._desk.profile.name)
        return client

    def _outbox(self) -> Outbox:
        """What sends, session or not. Raises `ProfileBusy`, where another process does that."""
        if self._desk.busy is not None:
            raise self._desk.busy
        return self._screen.outbox()

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

    async def _message(self, argument: str, own: Sequence[StoredMessage] | None = None) -> StoredMessage:
        """Return the message a command names by MsgID or by a number from the last of `own`, else the selected one.

        `own` None: all messages that this program sent here.
        """
        log = self._screen.log_view
        if argument:
            number = number_in(argument)
            own = log.own_messages if own is None else own
            if 0 < number <= len(own):
                await log.go_to(own[number - 1])
                return own[number - 1]
            found = await self._desk.store.message(argument)
            if found is None:
                raise errors.MessageUnknown(msg_id=argument)
            return found
        if log.selected is None:
            raise errors.UsageError(why=hint("Select a message first: {pane.next}, then {log.down} and {log.up}."))
        return log.selected

    async def _ask(self, question: str, *answers: tuple[str, str], letter: Letter | None = None) -> str | None:
        """The key of the answer; None for the one with Esc, and when `letter`, which asked, turned out to be text."""
        from tui.screens.dialogs.question import Ask

        ask = Ask(question, answers, letter=letter, bar=self._screen.composer)
        return await self._screen.app.push_screen_wait(ask)

    async def _agreed(self, question: str, yes: str, no: str = "", *, letter: Letter | None = None) -> bool:
        """Ask a question with two answers; return whether the one with `y` was given. `no`: by default “leave it”."""
        return await self._ask(question, ("y", yes), ("escape", no or _("leave it")), letter=letter) == "y"


def number_in(argument: str) -> int:
    """Return the number that an argument counts messages by; 0 for a MsgID, which is longer."""
    return int(argument) if argument.isdecimal() and len(argument) < 5 else 0


def quoted(message: StoredMessage) -> str:
    """`“text…”`: the message in a sentence."""
    return f"“{printable(in_short(message.body), newlines=False)}”"
