"""The messages that the log holds in memory: some hundred round the place that is read, out of any number stored."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from tui.store.models import Place, StoredMessage

HOLD: Final = 300
"""Messages that are kept; more only while more are in sight."""
AHEAD: Final = 60
"""Messages that should be held beyond what is in sight, on both sides."""
PAGE: Final = 100
"""Messages that are read at a time."""


class LogWindow:
    """A run of neighbouring messages, ascending. Its owner reads pages and hands them in.

    `at_start`, `at_end`: the run begins with the first message of the conversation, ends with its newest. Unless it is
    at the start, the first message is never shown: its layout depends on the one before it.
    """

    def __init__(self) -> None:
        self.messages: list[StoredMessage] = []
        self.at_start = True
        self.at_end = True
        self._ids: set[int] = set()

    def __len__(self) -> int:
        return len(self.messages)

    @property
    def first(self) -> int:
        """Index of the first message that may be shown."""
        return 0 if self.at_start else 1

    def fill(self, messages: Sequence[StoredMessage], *, at_start: bool, at_end: bool) -> None:
        """Hold these and no others."""
        self.messages = list(messages)
        self.at_start, self.at_end = at_start, at_end
        self._ids = {message.id for message in messages}

    def find(self, place: Place) -> int:
        """Return the index of the message at that place, or of the next one."""
        return bisect_left(self.messages, place, key=_place)

    def index_of(self, message_id: int) -> int | None:
        """Return the index of a held message, None for another. The newest are looked at first."""
        if message_id in self._ids:
            for index in range(len(self.messages) - 1, -1, -1):
                if self.messages[index].id == message_id:
                    return index
        return None

    def add_page(self, page: Sequence[StoredMessage], *, older: bool, last: bool) -> None:
        """Add a page that ends just before the first held message, or begins just after the last one.

        `last`: there is nothing beyond the page.
        """
        fresh = [message for message in page if message.id not in self._ids]
        self._ids.update(message.id for message in fresh)
        if older:
            self.messages[:0] = fresh
            self.at_start = last
        else:
            self.messages += fresh
            self.at_end = last

    def add(self, message: StoredMessage) -> bool:
        """Add a new message where it belongs; return False when that is outside of what is held."""
        if message.id in self._ids:
            self.replace(message)
            return True
        index = self.find(message.place)
        if (index == 0 and not self.at_start) or (index == len(self.messages) and not self.at_end):
            return False
        self.messages.insert(index, message)
        self._ids.add(message.id)
        return True

    def replace(self, message: StoredMessage) -> bool:
        """Replace a held message by what it is now; return False when it is not held."""
        index = self.index_of(message.id)
        if index is None:
            return False
        self.messages[index] = message
        return True

    def remove(self, ids: Iterable[int]) -> bool:
        """Drop messages that were deleted; return True when one of them was held."""
        gone = self._ids.intersection(ids)
        if gone:
            self.messages = [message for message in self.messages if message.id not in gone]
            self._ids -= gone
        return bool(gone)

    def trim(self, begin: int, end: int, hold: int = HOLD) -> None:
        """Drop what is farthest from the messages `begin` to `end` (those in sight), down to `hold` messages."""
        spare = len(self.messages) - max(hold, end - begin + 1)
        if spare <= 0:
            return
        above, below = max(0, begin - 1), len(self.messages) - end  # one above stays: it is never shown
        # Both sides keep the same number, as far as both have that many.
        drop_above = min(above, max(0, (above - below + spare + 1) // 2), spare)
        drop_below = min(below, spare - drop_above)
        drop_above = spare - drop_below
        if drop_below:
            del self.messages[len(self.messages) - drop_below :]
            self.at_end = False
        if drop_above:
            del self.messages[:drop_above]
            self.at_start = False
        self._ids = {message.id for message in self.messages}


class UnreadLine:
    """Finds the message above which `── new messages ──` stands, by counting back from the newest, page by page."""

    def __init__(self, unread: int = 0) -> None:
        self.above: int | None = None
        """Row id of the first unread message, once it was found."""
        self._left = unread
        self._counted: Place | None = None

    def count(self, messages: Sequence[StoredMessage]) -> None:
        """Count a run of messages that ends where the last one began; at first, with the newest message."""
        for message in reversed(messages):
            if self._left <= 0:
                return
            if self._counted is not None and message.place >= self._counted:
                continue
            self._counted = message.place
            if message.from_others:
                self._left -= 1
                if not self._left:
                    self.above = message.id


def _place(message: StoredMessage) -> Place:
    return message.place
