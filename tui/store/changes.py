"""What the store tells those who watch it. A change is published after its commit, in the order of commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from tui.store.models import StoredMessage


@dataclass(frozen=True, slots=True)
class MessagesAdded:
    """New messages of one conversation, in order of arrival; their places may lie before messages already shown."""

    conversation_id: int
    messages: tuple[StoredMessage, ...]


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A message is not what it was: its state, its MsgID, its reason. Its place never changes."""

    message: StoredMessage


@dataclass(frozen=True, slots=True)
class MessagesRemoved:
    """Rows that turned out to be a second sight of a message that stays (see `echo`)."""

    conversation_id: int
    message_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConversationsChanged:
    """These lines of the conversation list are new or changed, perhaps in their order."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ContactsChanged:
    """The contacts of the current login changed, or there is a new login."""


Change: TypeAlias = MessagesAdded | MessageChanged | MessagesRemoved | ConversationsChanged | ContactsChanged
