"""Interface of a chat for its actions: the open conversation, and ways to show, to ask and to say something.

Actions know this interface and not the screen: the screen can import them, and plain mode has a chat without one.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tui.screens.app_context import AppContext
from tui.screens.chat.recent_conversations import RecentConversations
from tui.store.models import Conversation, StoredMessage
from tui.store.search.query import MessageQuery
from tui.widgets.base.styles import Tone
from tui.wire.contacts import Contact

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Offset
    from textual.screen import Screen

    from tui.widgets.composer.composer import Composer
    from tui.widgets.conversation_list.conversation_list import ConversationList
    from tui.widgets.message_log.message_log import MessageLog
    from tui.widgets.message_log.viewport import LogAnchor

T = TypeVar("T")


class AcceptedMessage(Protocol):
    """Message that was taken out of the bar, and that nobody has stored yet."""

    @property
    def attachments(self) -> Sequence[Path]:
        """Files that go with it."""


class TextBar(Protocol):
    """Place where a person writes, and reads what Enter will send."""

    @property
    def text(self) -> str:
        """Text that stands there."""

    @property
    def attachments(self) -> Sequence[Path]:
        """Files that go with the message."""

    @property
    def accepted(self) -> Sequence[AcceptedMessage]:
        """Messages that were taken out of the bar, and that nobody has stored yet, nor given back."""

    def load(self, text: str, attachments: Sequence[Path] = ()) -> None:
        """Replace text and files."""

    def insert(self, text: str) -> None:
        """Insert a text at the caret."""

    def keep(self, text: str) -> None:
        """Keep a text that a person can bring back."""

    def attach(self, paths: Sequence[Path]) -> None:
        """Add files to the message."""

    def paste(self, text: str, *, asks: bool) -> None:
        """Insert a paste; `asks`: a very long one only after a question."""

    def expecting(self) -> AbstractContextManager[Callable[[], None]]:
        """Let Enter wait while a file is fetched that is to be attached; what it gives is called when that came."""

    def take(self, event: events.Key | events.Paste) -> bool:
        """Handle a key or a paste as if it had come here; return whether it meant something."""

    def focus(self) -> object:
        """Take the focus."""


class MessagePane(Protocol):
    """Messages of the open conversation, and those among them that actions are about."""

    @property
    def selected(self) -> StoredMessage | None:
        """Message that actions are about."""

    @property
    def marked(self) -> list[StoredMessage]:
        """Messages that are marked, the oldest first: actions are about all of them."""

    @property
    def own_messages(self) -> list[StoredMessage]:
        """Messages that this program sent here, the newest first."""

    @property
    def has_focus(self) -> bool:
        """True while keys go to the messages."""

    @property
    def at_bottom(self) -> bool:
        """True while the newest message is in sight."""

    @property
    def sought(self) -> str:
        """Search whose words are highlighted, as it was written; "" for none."""

    @property
    def scroll_anchor(self) -> LogAnchor | None:
        """Place for `show` to come back to."""

    @property
    def menu_place(self) -> Offset:
        """Cell of the screen for a menu of the selected message."""

    def numbered(self, number: int, own: Sequence[StoredMessage]) -> StoredMessage | None:
        """Return the message that a command means by a number, which may count those of `own`, the newest first."""

    def only_selected(self) -> AbstractContextManager[None]:
        """Let actions be about the selected message alone, whatever is marked."""

    def toggle_mark(self, message: StoredMessage) -> None:
        """Mark a message, or take its mark away."""

    def unmark(self, messages: Iterable[StoredMessage] | None = None) -> None:
        """Take marks away: of these messages, or all."""

    def highlight(self, text: str, words: str) -> None:
        """Highlight the words of a search, and no others; `text` is how the search was written."""

    async def find(self, text: str, asked: MessageQuery, *, older: bool) -> bool:
        """Select the next message above (or below) the selected one that `text` asks for; False without one."""

    async def has_match(self, asked: MessageQuery, *, older: bool) -> bool:
        """Return whether a search would find a message above (or below) the selected one."""

    async def is_match(self, asked: MessageQuery) -> bool:
        """Return whether the selected message is one that a search asks for."""

    async def show(self, conversation: Conversation, anchor: LogAnchor | None = None) -> None:
        """Show a conversation from a place on."""

    async def go_to(self, message: StoredMessage) -> bool:
        """Select a message of the open conversation; False when another one was opened meanwhile."""

    async def go_to_day(self, message: StoredMessage) -> bool:
        """Select the first message of a day; False when another conversation was opened meanwhile."""

    def to_bottom(self) -> None:
        """Go to the newest message, and follow."""

    def follow_sent(self) -> None:
        """Go to what was sent just now."""


class ConversationPane(Protocol):
    """All conversations."""

    @property
    def every(self) -> Sequence[Conversation]:
        """All conversations, in the order of the list."""

    @property
    def unread(self) -> Sequence[Conversation]:
        """Conversations with unread messages, but for the open one and those that are being read."""

    @property
    def marks(self) -> Mapping[int, str]:
        """Marks of namesakes, by conversation id."""

    def is_silent(self, conversation: Conversation) -> bool:
        """Return True for a conversation that does not count as unread."""

    def next_unread(self) -> Conversation | None:
        """Return the unread conversation to be read next."""


class BeginWork(Protocol):
    """Does work while keys are heard; a failure is said in the last line."""

    def __call__(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = False) -> None:
        """Begin `work` in a group of workers; `exclusive` ends the others of the group."""


class ChatContext(Protocol):
    """Chat as its actions see it."""

    context: AppContext
    conversation: Conversation | None
    new_mentions: Sequence[StoredMessage]
    """Messages of the open conversation that name oneself, and were unread when it was opened."""

    @property
    def composer(self) -> TextBar:
        """The bar."""

    @property
    def message_log(self) -> MessagePane:
        """Messages of the open conversation."""

    @property
    def conversation_list(self) -> ConversationPane:
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

    def tell_progress(self, what: str, sentence: str, part: float | None) -> None:
        """Say how far `what` is, `part` of 1.0; None where that is not known, and where it waits. More will follow."""

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

    def begin_command(self, text: str, now: str = "") -> None:
        """Put the beginning of a command in the bar, for a person to complete; a key brings back what stood there.

        `now`: what the command would change, to stand behind it.
        """

    async def keep_draft(self) -> None:
        """Store now what stands in the bar. Raises `LocalError`."""

    async def edit_in_editor(self, text: str) -> str:
        """Return `text` as the person's editor left it. Raises `UsageError`."""

    async def run_in_terminal(self, command: Sequence[str]) -> None:
        """Run a program that needs the terminal. Raises `UsageError`."""

    def leave(self) -> None:
        """End the program."""


class ChatPanes(ChatContext, Protocol):
    """Chat screen as its own parts see it, with its widgets."""

    @property
    def composer(self) -> Composer:
        """The bar."""

    @property
    def message_log(self) -> MessageLog:
        """Messages of the open conversation."""

    @property
    def conversation_list(self) -> ConversationList:
        """All conversations."""
