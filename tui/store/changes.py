"""Changes of the store, for its subscribers. A change is published after its commit, in the order of commits."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from tui.store.delivery_state import DeliveryState
from tui.store.models import StoredMessage


class MessagesAdded(msgspec.Struct, frozen=True):
    """New messages of one conversation, in order of arrival; their places may lie before messages already shown."""

    conversation_id: int
    messages: tuple[StoredMessage, ...]


class MessageChanged(msgspec.Struct, frozen=True):
    """A message changed: its state, its MsgID, its reason. Its place never changes."""

    message: StoredMessage


class MessagesRemoved(msgspec.Struct, frozen=True):
    """Rows were deleted: they were too old (`retention`), or the same message has another row (`messages.move`)."""

    conversation_id: int
    message_ids: tuple[int, ...]


class ConversationsChanged(msgspec.Struct, frozen=True):
    """Lines of the conversation list are new or changed, perhaps in their order."""

    ids: tuple[int, ...]


class ConversationMerged(msgspec.Struct, frozen=True):
    """The conversation `gone` was deleted: all of it is in `into` now, under the same row ids (see `reattach`)."""

    gone: int
    into: int


class ConversationSplit(msgspec.Struct, frozen=True):
    """A part of the conversation `kept` is one of its own now, `apart`, under the same row ids (see `splitting`).

    `waiting` are its messages that have not left.
    """

    kept: int
    apart: int
    waiting: tuple[int, ...]


class ContactsChanged(msgspec.Struct, frozen=True):
    """Contacts of the current login changed, or there is a new login, or a question about who a contact is."""


class GapsChanged(msgspec.Struct, frozen=True):
    """A gap was added: a time of which messages may be missing."""


Change: TypeAlias = (
    MessagesAdded
    | MessageChanged
    | MessagesRemoved
    | ConversationsChanged
    | ConversationMerged
    | ConversationSplit
    | ContactsChanged
    | GapsChanged
)

TAKEN_BACK: Final = frozenset({DeliveryState.REVOKED, DeliveryState.RECALLED})


def taken_away(change: Change) -> tuple[int, ...]:
    """Return the ids of the messages that are gone after a change: deleted, or taken back by whoever sent them."""
    match change:
        case MessagesRemoved(message_ids=ids):
            return ids
        case MessageChanged(message=message) if message.state in TAKEN_BACK:
            return (message.id,)
        case _:
            return ()
