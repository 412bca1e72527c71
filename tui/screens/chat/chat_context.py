"""Interface of the chat screen for its actions: the open conversation, and ways to show, to ask and to say something.

Actions know this interface and not the screen, so the screen can import them.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, TypeVar

from textual.screen import Screen

from tui.screens.app_context import AppContext
from tui.screens.chat.recent_conversations import RecentConversations
from tui.store.models import Conversation, StoredMessage
from tui.widgets.base.styles import Tone
from tui.widgets.composer.composer import Composer
from tui.widgets.conversation_list.conversation_list import ConversationList
from tui.widgets.message_log.message_log import MessageLog
from tui.wire.contacts import Contact

T = TypeVar("T")


class BeginWork(Protocol):
    """Does work while keys are heard; a failure is said in the last line."""

    def __call__(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = False) -> None:
        """Begin `work` in a group of workers; `exclusive` ends the others of the group."""


class ChatContext(Protocol):
    """Chat screen as its actions see it."""

    context: AppContext
    conversation: Conversation | None
    new_mentions: Sequence[StoredMessage]
    """Messages of the open conversation that name oneself, and were unread when it was opened."""

    @property
    def composer(self) -> Composer:
        """The bar."""

    @property
    def message_log(self) -> MessageLog:
        """Messages of the open conversation."""

    @property
    def conversation_list(self) -> ConversationList:
        """All conversations."""

    @property
    def recent(self) -> RecentConversations:
        """Conversations that were open since the start."""

    async def contact(self) -> Contact | None:
        """Return the contact of the open conversation; None while the server has not told who that is."""

    async def open(self, conversation: Conversation, *, write: bool = False) -> None:
        """Open a conversation; `write` gives the bar the focus."""

    @property
    def run(self) -> BeginWork:
        """Function that begins work."""

    async def do(self, command_id: str, argument: str, *, by_key: bool = False) -> None:
        """Run another command."""

    def tell(self, sentence: str, tone: Tone = Tone.GOOD, *, link: tuple[str, str] | None = None) -> None:
        """Say a sentence in the last line. `link`: words of it, and the address to which they lead."""

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Show a screen that asks something, and wait for its result."""

    def show(self, screen: Screen[Any]) -> None:
        """Show another screen over this one."""

    def toggle_list(self) -> None:
        """Hide the list of conversations, or show it."""

    def focus_log(self) -> None:
        """Let keys go to the message log, and name them in the last line."""

    def put_in_bar(self, text: str) -> None:
        """Insert text in the bar for a person, who reads it there before Enter sends it."""

    def begin_command(self, text: str) -> None:
        """Put the beginning of a command in the bar, for a person to complete; a key brings back what stood there."""

    async def keep_draft(self) -> None:
        """Store now what stands in the bar. Raises `LocalError`."""

    async def edit_in_editor(self, text: str) -> str:
        """Return `text` as the person's editor left it. Raises `UsageError`."""

    async def run_in_terminal(self, command: Sequence[str]) -> None:
        """Run a program that needs the terminal. Raises `UsageError`."""

    def leave(self) -> None:
        """End the program."""
