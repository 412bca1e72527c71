"""Interface of the chat screen for its actions: the open conversation, and ways to show, to ask and to say something.

Actions know this interface and not the screen, so the screen can import them.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from textual.screen import Screen

from tui.screens.app_context import AppContext
from tui.store.models import Conversation, StoredMessage
from tui.widgets.base.styles import Tone
from tui.widgets.text_input.type_ahead import TypingTarget
from tui.wire.contacts import Contact

T = TypeVar("T")


class BeginWork(Protocol):
    """Does work while keys are heard; a failure is said in the last line."""

    def __call__(self, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = False) -> None:
        """Begin `work` in a group of workers; `exclusive` ends the others of the group."""


class BarView(TypingTarget, Protocol):
    """The bar, in which a message is typed."""

    @property
    def text(self) -> str:
        """Text that stands in the bar."""

    @property
    def attachments(self) -> tuple[Path, ...]:
        """Files that go with the text."""

    def load(self, text: str, attachments: Sequence[Path] = ()) -> None:
        """Replace what stands in the bar."""

    def insert(self, text: str) -> None:
        """Insert text at the caret."""

    def attach(self, paths: Sequence[Path]) -> None:
        """Add files to the message."""

    def keep(self, text: str) -> None:
        """Keep a text that leaves the screen where Ctrl+Y brings it back."""


class LogView(Protocol):
    """The message log: the selected message, and the others of the open conversation."""

    @property
    def selected(self) -> StoredMessage | None:
        """Message that keys act on."""

    @property
    def own_messages(self) -> list[StoredMessage]:
        """Messages that this program sent here, the newest first."""

    @property
    def has_focus(self) -> bool:
        """True while keys go to the log."""

    @property
    def at_bottom(self) -> bool:
        """True while the newest message is in sight."""

    @property
    def sought(self) -> str:
        """Words that are searched for and marked, "" for none."""

    def mark(self, text: str) -> None:
        """Mark these words in every message."""

    def select(self, message: StoredMessage | None) -> None:
        """Let keys act on this message."""

    async def go_to(self, message: StoredMessage) -> bool:
        """Select a message and bring it into sight; False when another conversation was opened meanwhile."""

    async def find(self, text: str, *, older: bool) -> bool:
        """Go to the next message above or below that says `text`; False when there is none."""

    def to_bottom(self) -> None:
        """Scroll to the newest message."""


class ConversationListView(Protocol):
    """The list of conversations."""

    @property
    def marks(self) -> Mapping[int, str]:
        """Conversation id → mark that tells namesakes apart."""

    def next_unread(self) -> Conversation | None:
        """Return the topmost conversation with something unread; None without any."""


class ChatContext(Protocol):
    """Chat screen as its actions see it."""

    context: AppContext
    conversation: Conversation | None

    @property
    def composer(self) -> BarView:
        """The bar."""

    @property
    def message_log(self) -> LogView:
        """Messages of the open conversation."""

    @property
    def conversation_list(self) -> ConversationListView:
        """All conversations."""

    async def contact(self) -> Contact | None:
        """Return the contact of the open conversation; None while the server has not told who that is."""

    async def open(self, conversation: Conversation, *, write: bool = False) -> None:
        """Open a conversation; `write` gives the bar the focus."""

    @property
    def run(self) -> BeginWork:
        """Function that begins work."""

    async def do(self, command_id: str, argument: str, *, by_key: bool = False) -> None:
        """Run another command."""

    def tell(self, sentence: str, tone: Tone = Tone.GOOD) -> None:
        """Say a sentence in the last line."""

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Show a screen that asks something, and wait for its result."""

    def show(self, screen: Screen[Any]) -> None:
        """Show another screen over this one."""

    def focus_log(self) -> None:
        """Let keys go to the message log, and name them in the last line."""

    def put_in_bar(self, text: str) -> None:
        """Insert text in the bar for a person, who reads it there before Enter sends it."""

    async def keep_draft(self) -> None:
        """Store now what stands in the bar. Raises `LocalError`."""

    async def edit_in_editor(self, text: str) -> str:
        """Return `text` as the person's editor left it. Raises `UsageError`."""

    def leave(self) -> None:
        """End the program."""
