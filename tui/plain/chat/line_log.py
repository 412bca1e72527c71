"""Messages of the open conversation in plain mode: numbers for them, and those that commands are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from textual.geometry import Offset

from tui import errors
from tui.store.changes import Change, MessageChanged, MessagesAdded, MessagesRemoved
from tui.store.models import Conversation, Place, StoredMessage
from tui.store.search.query import MessageQuery
from tui.store.store import Store
from tui.widgets.message_log.marked_messages import MarkedMessages
from tui.widgets.message_log.paging import FOUND, is_match, next_shown
from tui.widgets.message_log.viewport import LogAnchor

_MOST_OWN: Final = 100
_MOST_NUMBERED: Final = 9999
"""Numbers are counted from 1 again behind it: an argument that is longer is a MsgID."""


class LineLog:
    """Gives each message that is printed a number, which stays. Implements `MessagePane`."""

    def __init__(self, store: Store, shows_recalled: Callable[[], bool]) -> None:
        """`shows_recalled` is True while the setting lets what others recalled be read."""
        self._store = store
        self._shows_recalled = shows_recalled
        self.conversation: Conversation | None = None
        self.selected: StoredMessage | None = None
        self.sought = ""
        self._marks = MarkedMessages()
        self._one_only = False
        self._numbers: dict[int, int] = {}
        """Row id → number."""
        self._numbered: dict[int, StoredMessage] = {}
        self._last_number = 0
        self._own: dict[int, StoredMessage] = {}

    # ---------------------------------------------------------------- numbers

    def number(self, message: StoredMessage) -> int:
        """Return the number of a message, its next one where it has none yet."""
        if (number := self._numbers.get(message.id)) is None:
            number = self._last_number = self._last_number % _MOST_NUMBERED + 1
            if (before := self._numbered.get(number)) is not None:
                del self._numbers[before.id]
            self._numbers[message.id] = number
        self._numbered[number] = message
        return number

    def numbered(self, number: int, own: Sequence[StoredMessage]) -> StoredMessage | None:
        """Return the message with a number; None for 0, which is none. Raises `UsageError` where there is none."""
        found = self.known(number)
        if number and found is None:
            raise errors.UsageError(why=errors.Phrase("No message has the number {number}.", number=number))
        return found

    def known(self, number: int) -> StoredMessage | None:
        """Return the message with a number; None where there is none."""
        return self._numbered.get(number)

    # ---------------------------------------------------------------- what is open

    def take(self, conversation: Conversation, messages: Sequence[StoredMessage]) -> None:
        """Take in that a conversation is open, with its newest messages."""
        self.conversation, self.selected = conversation, None
        self._marks.clear()
        self._own = {one.id: one for one in messages if one.outgoing}

    def leave(self) -> None:
        """Take in that no conversation is open."""
        self.conversation = self.selected = None
        self._marks.clear()
        self._own = {}

    def apply(self, change: Change) -> None:
        """Take in a change of the store."""
        match change:
            case MessagesAdded(conversation_id=where, messages=messages):
                if self.conversation is not None and where == self.conversation.id:
                    self._own.update((one.id, one) for one in messages if one.outgoing)
                    for gone in sorted(self._own)[:-_MOST_OWN]:
                        del self._own[gone]
            case MessageChanged(message=message):
                self._changed(message)
            case MessagesRemoved(message_ids=ids):
                for one in ids:
                    self._own.pop(one, None)
                    self._numbered.pop(self._numbers.pop(one, 0), None)
                self._marks.drop(ids)
                if self.selected is not None and self.selected.id in ids:
                    self.selected = None
            case _:
                pass

    def _changed(self, message: StoredMessage) -> None:
        if message.id in self._own:
            self._own[message.id] = message
        if (number := self._numbers.get(message.id)) is not None:
            self._numbered[number] = message
        self._marks.replace(message)
        if self.selected is not None and self.selected.id == message.id:
            self.selected = message

    # ---------------------------------------------------------------- for actions

    @property
    def marked(self) -> list[StoredMessage]:
        """Messages that are marked, the oldest first."""
        return [] if self._one_only else self._marks.in_order

    @property
    def own_messages(self) -> list[StoredMessage]:
        """Messages that this program sent here, the newest first."""
        return sorted(self._own.values(), key=lambda one: one.id, reverse=True)

    @property
    def has_focus(self) -> bool:
        """False: there are no keys."""
        return False

    @property
    def at_bottom(self) -> bool:
        """True: what arrives is printed."""
        return True

    @property
    def scroll_anchor(self) -> LogAnchor | None:
        """None: lines are not scrolled."""
        return None

    @property
    def menu_place(self) -> Offset:
        """No place."""
        return Offset()

    @contextmanager
    def only_selected(self) -> Iterator[None]:
        """Let actions be about the selected message alone, whatever is marked."""
        self._one_only = True
        try:
            yield
        finally:
            self._one_only = False

    @contextmanager
    def about(self, message: StoredMessage) -> Iterator[None]:
        """Let actions be about this message, and about nothing that is marked or selected."""
        selected, self.selected = self.selected, message
        with self.only_selected():
            try:
                yield
            finally:
                self.selected = selected

    def toggle_mark(self, message: StoredMessage) -> None:
        """Mark a message, or take its mark away."""
        self._marks.toggle(message)

    def is_hidden(self, message: StoredMessage) -> bool:
        """Return True for a message that its sender recalled, where a setting says that it is not to be read."""
        return message.is_hidden(show_recalled=self._shows_recalled())

    def is_marked(self, message: StoredMessage) -> bool:
        """Return True for a marked message."""
        return message.id in self._marks

    def unmark(self, messages: Iterable[StoredMessage] | None = None) -> None:
        """Take marks away: of these messages, or all."""
        if messages is None:
            self._marks.clear()
        else:
            self._marks.drop(message.id for message in messages)

    def highlight(self, text: str, words: str) -> None:
        """Note how a search was written: `search_older` goes on with it."""
        self.sought = text

    async def find(self, text: str, asked: MessageQuery, *, older: bool) -> bool:
        """Select the next message above (or below) the selected one that is asked for. Raises `LocalError`."""
        self.highlight(text, asked.words)
        found = await self._find(asked, older=older)
        return found is not None and await self.go_to(found)

    async def has_match(self, asked: MessageQuery, *, older: bool) -> bool:
        """Return whether a search would find a message above (or below) the selected one. Raises `LocalError`."""
        return await self._find(asked, older=older) is not None

    async def is_match(self, asked: MessageQuery) -> bool:
        """Return whether the selected message is one that a search asks for. Raises `LocalError`."""
        if (one := self.selected) is None:
            return False
        return not self.is_hidden(one) and await is_match(one, asked, self._store)

    async def _find(self, asked: MessageQuery, *, older: bool) -> StoredMessage | None:
        if (conversation := self.conversation) is None:
            return None
        place = self.selected.place if self.selected is not None else None

        async def read(edge: Mapping[str, Place | None]) -> list[StoredMessage]:
            return await self._store.search(asked, conversation_id=conversation.id, limit=FOUND, **edge)

        return await next_shown(read, place, lambda one: not self.is_hidden(one), older=older)

    async def show(self, conversation: Conversation, anchor: LogAnchor | None = None) -> None:
        """Do nothing: what was printed stays."""

    async def go_to(self, message: StoredMessage) -> bool:
        """Select a message of the open conversation; False where that is another one."""
        if self.conversation is None or self.conversation.id != message.conversation_id:
            return False
        self.selected = message
        return True

    async def go_to_day(self, message: StoredMessage) -> bool:
        """Select the first message of a day."""
        return await self.go_to(message)

    def to_bottom(self) -> None:
        """Select nothing: commands are about the newest message again."""
        self.selected = None

    def follow_sent(self) -> None:
        """Select nothing any more in the back of somebody who writes."""
        self.selected = None
