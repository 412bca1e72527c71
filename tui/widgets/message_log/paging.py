"""Pages of the store for the log, read before somebody scrolls to them, and the changes since.

A page is read on the store's thread, so changes can come between its reading and its arrival here. They are kept while
a read is under way and made again on what it brought; each of them may be made twice without harm.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final

from tui.store.changes import Change, MessageChanged, MessagesAdded, MessagesRemoved
from tui.store.conversation_view import LogPage
from tui.store.models import Conversation, Place, StoredMessage
from tui.store.search.query import MessageQuery
from tui.store.store import Store
from tui.widgets.message_log.viewport import LogAnchor, LogViewport
from tui.widgets.message_log.window import AHEAD, PAGE, UnreadLine

_MOST_OWN: Final = 100
FOUND: Final = 20
"""Messages that are asked for at a time in a search; nearly always the first one is shown."""
BEGINNING: Final = Place(datetime.min.replace(tzinfo=UTC), 0)
"""A place before every message."""


class LogPager:
    """Fills the window of a viewport from the store; used on the event loop."""

    def __init__(self, store: Store, view: LogViewport) -> None:
        self._store = store
        self._view = view
        self.conversation: Conversation | None = None
        self._turn = 0
        self._reading: set[bool] = set()
        """True while older messages are being read, False while newer ones are."""
        self._reads = 0
        self._meanwhile: list[Change] = []
        self._unread = UnreadLine()
        self._own: dict[int, StoredMessage] = {}
        self._searches = 0

    # ---------------------------------------------------------------- going somewhere

    async def open(self, conversation: Conversation, anchor: LogAnchor | None) -> bool:
        """Hold a conversation's newest messages, or those round `anchor`; False when another was opened meanwhile."""
        self._turn += 1
        turn = self._turn
        with self.reading():
            page = await self._store.log_page(conversation.id, None if anchor is None else anchor.place, self.limit)
            if turn == self._turn:
                self.take(conversation, anchor, page)
                return True
        return False

    def take(self, conversation: Conversation, anchor: LogAnchor | None, page: LogPage) -> None:
        """Hold a page that was read: a conversation's newest messages, or those round `anchor`."""
        self._turn += 1
        self.conversation = conversation
        view = self._view
        self._reading.clear()
        self._own.clear()
        view.selected = None
        view.unread_above = None
        view.forget_blocks()
        self._unread = UnreadLine(conversation.unread if anchor is None else 0)
        self._hold(page)
        if anchor is None:
            self._count(page.messages)
            view.to_bottom()
        else:
            view.unseen.clear()
            view.stand_at(anchor)

    async def newest(self) -> None:
        """Hold the newest messages, and stand below them."""
        if (conversation := self.conversation) is None:
            return
        turn = self._turn
        with self.reading():
            page = await self._store.log_page(conversation.id, None, self.limit)
            if turn == self._turn:
                self._hold(page)
                self._view.to_bottom()

    async def oldest(self) -> None:
        """Hold the first messages of all, and stand above them."""
        if (conversation := self.conversation) is None:
            return
        turn = self._turn
        with self.reading():
            limit = self.limit
            page = await self._store.messages_after(conversation.id, BEGINNING, limit)
            if turn == self._turn:
                self._fill(page, True, len(page) < limit)
                self.stand_at_start()

    async def hold(self, message: StoredMessage) -> bool:
        """Hold a message of this conversation and those round it; False when another was opened meanwhile."""
        view, conversation = self._view, self.conversation
        index = view.window.index_of(message.id)
        if conversation is None or (index is not None and index >= view.window.first):
            return conversation is not None
        turn = self._turn
        with self.reading():
            page = await self._store.log_page(conversation.id, message.place, self.limit)
            if turn != self._turn:
                return False
            self._hold(page)
            view.stand_at(LogAnchor(message.place, 0))
        return True

    def stand_at_start(self) -> None:
        """Scroll to the first message that is held."""
        view = self._view
        if view.window.messages:
            view.stand_at(LogAnchor(view.window.messages[0].place, -2))

    async def read_gaps(self) -> None:
        """Read the gaps again, after a new one was noted."""
        if (conversation := self.conversation) is None:
            return
        turn = self._turn
        gaps = await self._store.gap_lines(conversation.id)
        if turn == self._turn:
            self._view.gaps = gaps
            self._view.changed()

    # ---------------------------------------------------------------- ahead of need

    def wanted(self) -> Iterator[Callable[[], Awaitable[None]]]:
        """Yield the reads that should begin now."""
        window = self._view.window
        if self.conversation is None or not window.messages:
            return
        first, end = self._view.in_sight()
        lacking = {True: not window.at_start and first < AHEAD, False: not window.at_end and len(window) - end < AHEAD}
        for older, lacks in lacking.items():
            if lacks and older not in self._reading:
                self._reading.add(older)
                yield partial(self._read_on, older)

    async def _read_on(self, older: bool) -> None:
        """Read the page before the first held message, or behind the last one."""
        conversation, window, turn = self.conversation, self._view.window, self._turn
        assert conversation is not None
        at, read = (0, self._store.messages_before) if older else (-1, self._store.messages_after)
        edge = window.messages[at].place
        try:
            with self.reading():
                page = await read(conversation.id, edge, PAGE)
                if turn != self._turn or not window.messages or window.messages[at].place != edge:
                    return
                window.add_page(page, older=older, last=len(page) < PAGE)
                if older and window.at_end:
                    self._count(page)
                self._view.changed()
        finally:
            if turn == self._turn:
                self._reading.discard(older)
        self._view.trim()

    # ---------------------------------------------------------------- searching

    async def find(self, asked: MessageQuery, *, older: bool) -> StoredMessage | None:
        """Return the next message above or below the selected one that is asked for; None when there is none.

        The store's index is searched; what the log hides is passed over. Another search or conversation ends it.
        """
        conversation, place = self.conversation, self._start(older)
        if conversation is None:
            return None
        self._searches += 1
        turn = self._turn, self._searches

        async def read(edge: Mapping[str, Place | None]) -> list[StoredMessage]:
            found = await self._store.search(asked, conversation_id=conversation.id, limit=FOUND, **edge)
            return found if (self._turn, self._searches) == turn else []

        return await next_shown(read, place, self._is_shown, older=older)

    async def is_match(self, asked: MessageQuery, message: StoredMessage) -> bool:
        """Return whether a message of this conversation is one that is asked for."""
        return self._is_shown(message) and await is_match(message, asked, self._store)

    def _is_shown(self, message: StoredMessage) -> bool:
        return not message.is_hidden(show_recalled=self._view.show_recalled)

    def _start(self, older: bool) -> Place | None:
        if self._view.selected is not None:
            return self._view.selected.place
        first, end = self._view.in_sight()
        if first == end:
            return None
        if older:
            return None if self._view.following else _just_after(self._view.window.messages[end - 1].place)
        return self._view.window.messages[first].place

    # ---------------------------------------------------------------- one's own

    def own(self) -> list[StoredMessage]:
        """Return the messages that this program sent here, the last written first.

        By row, for the clock may have been set back; as far as they were read without a gap.
        """
        return sorted(self._own.values(), key=lambda message: message.id, reverse=True)

    def _note_own(self, messages: Iterable[StoredMessage]) -> None:
        for message in messages:
            if message.outgoing and (message.id in self._own or len(self._own) < _MOST_OWN):
                self._own[message.id] = message

    # ---------------------------------------------------------------- what changes

    def note(self, change: Change) -> None:
        """Take in a change. It is kept when a page is being read, which may be older."""
        if self._reads:
            self._meanwhile.append(change)
        if self.conversation is not None:
            self._keep_own(change, self.conversation.id)

    def _keep_own(self, change: Change, conversation_id: int) -> None:
        if isinstance(change, MessagesAdded) and change.conversation_id == conversation_id:
            new = [message for message in change.messages if message.outgoing]
            while new and len(self._own) >= _MOST_OWN:
                del self._own[self.own()[-1].id]
            self._note_own(new)
        elif isinstance(change, MessageChanged) and change.message.id in self._own:
            self._own[change.message.id] = change.message
        elif isinstance(change, MessagesRemoved):
            for message_id in change.message_ids:
                self._own.pop(message_id, None)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Surround a read with what is done with it: changes that come meanwhile are made again at its end."""
        self._reads += 1
        try:
            yield
            self._make_again()
        finally:
            self._reads -= 1
            if not self._reads:
                self._meanwhile.clear()

    def _make_again(self) -> None:
        window, conversation = self._view.window, self.conversation
        for change in self._meanwhile:
            if isinstance(change, MessagesAdded):
                if conversation is not None and change.conversation_id == conversation.id:
                    for message in change.messages:
                        window.add(message)
            elif isinstance(change, MessageChanged):
                window.replace(change.message)
            elif isinstance(change, MessagesRemoved):
                window.remove(change.message_ids)
            if conversation is not None:
                self._keep_own(change, conversation.id)
        if self._meanwhile:
            self._view.changed()

    # ---------------------------------------------------------------- pages

    @property
    def limit(self) -> int:
        """Messages that are read where none are held."""
        return max(PAGE, 2 * self._view.height)

    def _hold(self, page: LogPage) -> None:
        self._view.gaps = page.gaps
        self._fill(page.messages, page.at_start, page.at_end)

    def _fill(self, page: Sequence[StoredMessage], at_start: bool, at_end: bool) -> None:
        self._view.window.fill(page, at_start=at_start, at_end=at_end)
        self._view.changed()
        if at_end:
            self._note_own(reversed(page))

    def _count(self, page: Sequence[StoredMessage]) -> None:
        self._unread.count(page)
        self._view.unread_above = self._unread.above
        self._note_own(reversed(page))


async def next_shown(
    read: Callable[[Mapping[str, Place | None]], Awaitable[Sequence[StoredMessage]]],
    place: Place | None,
    is_shown: Callable[[StoredMessage], bool],
    *,
    older: bool,
) -> StoredMessage | None:
    """Return the first message above or below a place that is shown; None: there is none.

    `read` takes the edge of a search, and returns `FOUND` messages at most.
    """
    while True:
        page = await read({"before": place} if older else {"after": place or BEGINNING})
        for message in page:
            if is_shown(message):
                return message
        if len(page) < FOUND:
            return None
        place = page[-1].place


async def is_match(message: StoredMessage, asked: MessageQuery, store: Store) -> bool:
    """Return whether a message is one that is asked for."""
    before = _just_after(message.place)
    found = await store.search(asked, conversation_id=message.conversation_id, before=before, limit=1)
    return [one.id for one in found] == [message.id]


def _just_after(place: Place) -> Place:
    return Place(place.time, place.id + 1)
