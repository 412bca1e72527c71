"""Lines of the log in sight, how they scroll, and which message is selected. Draws nothing.

The place is a message and a row in it. There is no total height: no line out of sight is laid out, so a log of any
length costs the same.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from tui.store.models import Place, StoredMessage
from tui.store.search.tokenizer import Query
from tui.store.tables.gaps import GapLines
from tui.widgets.message_log.layout import Block, PictureArea, columns_of, text_column
from tui.widgets.message_log.window import AHEAD, HOLD, PAGE, LogWindow, UnreadLine

_BLOCKS: Final = 2 * HOLD


class LogAnchor(msgspec.Struct, frozen=True, gc=False):
    """The top line in sight: a message, and a row of it (negative: of the separators above it)."""

    place: Place
    row: int


class VisibleLine(msgspec.Struct, frozen=True, gc=False):
    """A line in sight."""

    index: int
    block: Block
    row: int


class LogViewport:
    """A view of `height` lines on the window; blank lines stand above the first message.

    `following`: the last line in sight is the newest message's last one, and stays so when others arrive. Otherwise the
    top line stays, whatever arrives; what has arrived below since is counted in `unseen`.
    """

    def __init__(self, *, show_recalled: bool = True) -> None:
        self.window = LogWindow()
        self.following = True
        self.selected: StoredMessage | None = None
        self.unread_above: int | None = None
        self.show_recalled = show_recalled
        self.this_year = 0
        self.found: Query | None = None
        self.width = 0
        self.height = 0
        self.names = 0
        """Cells that the widest name needs."""
        self.unseen: list[Place] = []
        self.gaps = GapLines()
        self.picture_of: Callable[[StoredMessage, bool], PictureArea | None] = lambda message, selected: None
        """Returns the room that the picture of a message has now."""
        self._anchor: LogAnchor | None = None
        self._lines: list[VisibleLine | None] | None = None
        self._blocks: dict[int, tuple[object, Block]] = {}
        """Layout of messages by their row id, each with what it was made of."""

    # ---------------------------------------------------------------- what is in sight

    @property
    def room(self) -> int:
        """Lines for messages: the last line tells of new ones, when there are any."""
        return self.height - 1 if self.unseen and self.height > 1 else self.height

    def lines(self) -> list[VisibleLine | None]:
        """Return what stands in each line, from the top; None is blank."""
        if self._lines is None:
            self._lines = self._look()
            while self.unseen and self._lines:
                last = self._lines[-1]
                seen = len(self.unseen) if self.following or last is None else self._passed(last)
                if not seen:
                    break
                del self.unseen[:seen]
                if not self.unseen:
                    self._lines = self._look()
        return self._lines

    @property
    def anchor(self) -> LogAnchor | None:
        """Place to come back to; None at the bottom."""
        self.lines()
        return None if self.following else self._anchor

    def opened_anew(self, unread: int, names: int) -> LogViewport:
        """Return a view of what is held, as the next run opens the conversation: nothing is selected, and `unread`
        messages are new; `names` are the cells for names."""
        view = LogViewport(show_recalled=self.show_recalled)
        view.window, view.gaps, view.this_year = self.window, self.gaps, self.this_year
        view.width, view.height, view.names = self.width, self.height, names
        anchor = self.anchor
        if anchor is not None and not (unread and self.window.at_end):
            view.stand_at(anchor)
        else:
            line = UnreadLine(unread)
            line.count(self.window.messages)
            view.unread_above = line.above
        return view

    def in_sight(self) -> tuple[int, int]:
        """Return the indices of the messages in sight, (first, end)."""
        seen = [line.index for line in self.lines() if line is not None]
        return (seen[0], seen[-1] + 1) if seen else (0, 0)

    def message_at(self, y: int) -> StoredMessage | None:
        """Return the message in a line of the view; None on a separator, and where nothing stands."""
        lines = self.lines()
        line = lines[y] if 0 <= y < len(lines) else None
        return line.block.message if line is not None and line.row >= line.block.lead else None

    def url_at(self, x: int, y: int) -> str:
        """Return the address to which a cell of the view leads, as it may be opened; "" for nowhere."""
        lines = self.lines()
        visible = lines[y] if 0 <= y < len(lines) else None
        line = visible.block.line(visible.row) if visible is not None else None
        if visible is None or line is None or not line.links:
            return ""
        return line.url_at(x - text_column(visible.block, line))

    def changed(self) -> None:
        """Lay out anew what is in sight: messages, or what they depend on, have changed."""
        self._lines = None

    def forget_blocks(self) -> None:
        """Lay out every message anew: the day, a setting or the conversation is another one."""
        self._blocks.clear()
        self._lines = None

    def highlight(self, found: Query | None) -> None:
        """Highlight the words of a query, or none."""
        self.found = found
        self._lines = None

    def block(self, index: int) -> Block:
        """Return the layout of the message at `index` of the window, begun where there was none."""
        messages = self.window.messages
        message = messages[index]
        before = messages[index - 1] if index else None
        columns = columns_of(self.width, self.names)
        chosen = self.selected is not None and self.selected.id == message.id
        unread = self.unread_above == message.id
        gap = None if before is None else self.gaps.between(before, message)
        picture = self.picture_of(message, chosen)
        made_of = (message, before, columns, chosen, unread, self.found, gap, picture)
        known = self._blocks.get(message.id)
        if known is not None and known[0] == made_of:
            return known[1]
        if len(self._blocks) >= _BLOCKS:
            self._blocks.clear()
        block = Block(
            message,
            before,
            columns,
            selected=chosen,
            first_unread=unread,
            show_recalled=self.show_recalled,
            this_year=self.this_year,
            found=self.found,
            gap=gap,
            picture=picture,
        )
        self._blocks[message.id] = made_of, block
        return block

    def _look(self) -> list[VisibleLine | None]:
        if not self.window.messages and self.window.at_end:
            self.following = True
            self.unseen.clear()
        if self.room <= 0 or self.width <= 0 or len(self.window) <= self.window.first:
            return [None] * max(0, self.room)
        if self._anchor is None and not self.following:
            self.following = self.window.at_end
        if not self.following and self._anchor is not None:
            down = self._down(*self._top(self._anchor))
            if len(down) == self.room and not (self.window.at_end and self._ends(down[-1])):
                return list(down)
            self.following = self.window.at_end
            if self.following:
                self.unseen.clear()
        last = len(self.window) - 1
        up = self._up(last, self.block(last).height - 1)
        return [None] * (self.room - len(up)) + up

    def _ends(self, line: VisibleLine) -> bool:
        """Return True for the last line of the last message that is held."""
        return line.index == len(self.window) - 1 and line.block.line(line.row + 1) is None

    def _passed(self, last: VisibleLine) -> int:
        """Return how many of the unseen messages are in sight now, or above it."""
        return bisect_right(self.unseen, last.block.message.place)

    def _top(self, anchor: LogAnchor) -> tuple[int, int]:
        """Return index and row of the top line, or of the nearest one when its message is gone or not held."""
        index = self.window.find(anchor.place)
        if index >= len(self.window):
            index = len(self.window) - 1
            return index, self.block(index).height - 1
        if index < self.window.first:
            return self.window.first, 0
        block = self.block(index)
        if block.message.place != anchor.place:
            return index, 0
        row = max(0, block.lead + anchor.row)
        return index, row if block.line(row) is not None else block.height - 1

    def _down(self, index: int, row: int) -> list[VisibleLine]:
        """Return at most a view full of lines, from this one on."""
        found: list[VisibleLine] = []
        while index < len(self.window):
            block = self.block(index)
            while block.line(row) is not None:
                found.append(VisibleLine(index, block, row))
                if len(found) == self.room:
                    return found
                row += 1
            index, row = index + 1, 0
        return found

    def _up(self, index: int, row: int) -> list[VisibleLine]:
        """Return at most a view full of lines, down to this one."""
        found: list[VisibleLine] = []
        while True:
            block = self.block(index)
            while row >= 0:
                found.append(VisibleLine(index, block, row))
                if len(found) == self.room:
                    return found[::-1]
                row -= 1
            index -= 1
            if index < self.window.first:
                return found[::-1]
            row = self.block(index).height - 1

    # ---------------------------------------------------------------- moving

    def resize(self, width: int, height: int) -> None:
        """Take another size; the words in the top line stay there, as well as they can."""
        if (width, height) != (self.width, self.height):
            self._reshape(width, height, self.names)

    def widen_names(self, cells: int) -> bool:
        """Give names the cells that one of them needs, if it has fewer; return whether lines look different now."""
        names = max(self.names, cells)
        if columns_of(self.width, names) == columns_of(self.width, self.names):
            self.names = names
            return False
        self._reshape(self.width, self.height, names)
        return True

    def _reshape(self, width: int, height: int, names: int) -> None:
        """Lay out for another size; the words in the top line stay there, as well as they can."""
        before = self.lines()[0] if self.width > 0 and not self.following and self.lines() else None
        wrapped_anew = (width, names) != (self.width, self.names)
        self.width, self.height, self.names, self._lines = width, height, names, None
        if wrapped_anew:
            self._blocks.clear()
        if wrapped_anew and before is not None and width > 0 and before.row > before.block.lead:
            line = before.block.line(before.row)
            index = self.window.find(before.block.message.place)
            if line is not None and self._anchor is not None and index < len(self.window):
                block = self.block(index)
                self._anchor = LogAnchor(block.message.place, block.row_of(line.at) - block.lead)

    def to_bottom(self) -> None:
        """Put the newest message in the last line; the window must be at the end."""
        self.following = True
        self._anchor = None
        self.unseen.clear()
        self._lines = None

    def stand_at(self, anchor: LogAnchor) -> None:
        """Put a line at the top."""
        self.following = False
        self._anchor = anchor
        self._lines = None

    def scroll(self, lines: int) -> bool:
        """Scroll some lines down, or up (negative), as far as messages are held; return False when nothing moved."""
        now = self.lines()
        if not now or now[0] is None:
            return False  # Everything there is, is in sight.
        top = now[0]
        index, row = top.index, top.row + lines
        if lines > 0 and (self.following or (now[-1] is not None and self._ends(now[-1]))):
            return False
        while row < 0 and index > self.window.first:
            index -= 1
            row += self.block(index).height
        row = max(0, row)
        while index < len(self.window) - 1 and self.block(index).line(row) is None:
            row -= self.block(index).height
            index += 1
        if (index, row) == (top.index, top.row):
            return False
        if self.block(index).line(row) is None:
            row = self.block(index).height - 1
        self._stand(index, row)
        self._settle()
        return True

    def prepare(self, direction: float) -> None:
        """Lay out the page that comes next in that direction, while nobody waits for it."""
        first, end = self.in_sight()
        if direction < 0 and self.window.first < first:
            self._up(first - 1, self.block(first - 1).height - 1)
        elif direction > 0 and end < len(self.window):
            self._down(end, 0)

    def _stand(self, index: int, row: int) -> None:
        block = self.block(index)
        self.stand_at(LogAnchor(block.message.place, row - block.lead))

    def _settle(self) -> None:
        """Keep the last line at the bottom when scrolled past the end of what is held."""
        lines = self.lines()
        if not self.following and lines and lines[0] is not None:
            self._stand(lines[0].index, lines[0].row)
            self._lines = lines

    # ---------------------------------------------------------------- the selection

    def select(self, message: StoredMessage | None) -> None:
        """Let keys act on a message; it need not be in sight."""
        self.selected = message
        self._lines = None

    def point_at(self, message: StoredMessage | None) -> None:
        """Let keys act on a message, which stays where it is; its picture comes into sight with it."""
        with self.standing(message):
            self.select(message)

    @contextmanager
    def standing(self, message: StoredMessage | None) -> Iterator[None]:
        """Surround a change of heights: a message that is in sight stays where it is on the screen.

        Only as much is scrolled as keeps one in sight whole that was so before. Without such a message the top line
        stays, or the bottom one.
        """
        index = None if message is None else self.window.index_of(message.id)
        held, whole = list[tuple[int, int]](), False
        if index is not None:
            block = self.block(index)
            held = [
                (y, one.row)
                for y, one in enumerate(self.lines())
                if one is not None and one.index == index and one.row >= block.lead
            ]
            whole = len(held) == block.height - block.lead
        yield
        self._lines = None
        if index is None or not held:
            return
        y, row = held[0]
        above = self._up(index, min(row, self.block(index).height - 1))
        top = above[-(y + 1)] if len(above) > y else above[0]
        self._stand(top.index, top.row)
        self._settle()
        if whole:
            self.reveal(index, 1)

    def select_in_sight(self) -> bool:
        """Select the newest message in sight, unless one in sight is selected; return whether that changed anything."""
        first, end = self.in_sight()
        index = self.selected_index()
        if first == end or (index is not None and first <= index < end):
            return False
        self.point_at(self.window.messages[end - 1])
        return True

    def selected_index(self) -> int | None:
        """Return the index of the selected message in the window."""
        return None if self.selected is None else self.window.index_of(self.selected.id)

    def step(self, direction: int) -> StoredMessage | None:
        """Select the message below (1) or above (-1); in one that is higher than the view, scroll a line."""
        now = self.lines()
        first, end = self.in_sight()
        if first == end:
            return None
        index = self.selected_index()
        if index is None or not first <= index < end:
            index = end - 1 if direction < 0 or self.following else self._first_whole(now, first, end)
        else:
            block = self.block(index)
            edge = block.height - 1 if direction > 0 else block.lead
            if block.height - block.lead > self.room and self._line_of(index, edge) is None:
                self.scroll(direction)
                return None
            index += direction
            if not self.window.first <= index < len(self.window):
                self.scroll(direction)
                return None
        message = self.window.messages[index]
        self.select(message)
        self.reveal(index, direction)
        return message

    def page(self, pages: float) -> None:
        """Scroll some pages down or up; the selection moves to a message in sight."""
        down = pages > 0
        lines = max(1, int(abs(pages) * (self.room - 1)))
        self.scroll(lines if down else -lines)
        index = self.selected_index()
        first, end = self.in_sight()
        if self.selected is not None and first < end and (index is None or not first <= index < end):
            self.select(self.window.messages[self._first_whole(self.lines(), first, end) if down else end - 1])

    def reveal(self, index: int, direction: int) -> None:
        """Scroll as few lines as bring a message into sight whole; of a higher one, the end that comes first."""
        block = self.block(index)
        height = block.height
        top = 0 if height <= self.room else block.lead
        first, last = self._line_of(index, top), self._line_of(index, height - 1)
        if first is not None and last is not None:
            return
        if height - top > self.room:
            if direction > 0 and first is None:
                self._stand(index, top)
            elif direction < 0 and last is None:
                self._stand_below(index, height - 1)
        elif first is None and (last is not None or index <= self.in_sight()[0]):
            self._stand(index, top)
        else:
            self._stand_below(index, height - 1)
        self._settle()

    def centre(self, index: int) -> None:
        """Scroll a message to the middle, unless it is in sight already."""
        block = self.block(index)
        if self._line_of(index, block.lead) is None or self._line_of(index, block.height - 1) is None:
            above = self._up(index, block.lead)[-(self.room // 3 + 1) :]
            self._stand(above[0].index, above[0].row)
            self._settle()

    def _first_whole(self, now: list[VisibleLine | None], first: int, end: int) -> int:
        top = next(line for line in now if line is not None)
        return first if top.row <= top.block.lead or first + 1 >= end else first + 1

    def _line_of(self, index: int, row: int) -> int | None:
        """Return the line of the view in which a row of a message stands."""
        for y, line in enumerate(self.lines()):
            if line is not None and line.index == index and line.row == row:
                return y
        return None

    def _stand_below(self, index: int, row: int) -> None:
        top = self._up(index, row)[0]
        self._stand(top.index, top.row)

    # ---------------------------------------------------------------- what arrives

    def add(self, messages: Collection[StoredMessage]) -> bool:
        """Take in new messages; return True when lines in sight may look different."""
        seen = self._lines
        last = next((line for line in reversed(seen or []) if line is not None), None)
        newest = last.block.message.place if last is not None else None
        touched = False
        for message in messages:
            at_end = not self.window.messages or message.place > self.window.messages[-1].place
            held = self.window.add(message)
            if not self.following and not message.mine and (newest is None or message.place > newest):
                insort(self.unseen, message.place)
            touched = touched or (held and (self.following or not at_end or newest is None))
        if self.following or touched or self.unseen:
            self._lines = None
        return touched

    def replace(self, message: StoredMessage) -> bool:
        """Take in a message that changed; return True when it is in sight."""
        if self.selected is not None and self.selected.id == message.id:
            self.selected = message
        if not self.window.replace(message):
            return False
        self._lines = None
        return any(line is not None and line.block.message.id == message.id for line in self.lines())

    def remove(self, ids: Collection[int]) -> None:
        """Drop messages that are no more."""
        self.unseen = [place for place in self.unseen if place.id not in ids]
        if self.window.remove(ids):
            self._lines = None

    @property
    def overfull(self) -> bool:
        """True when `trim` is worth its while."""
        return len(self.window) > HOLD + PAGE // 2

    def trim(self) -> None:
        """Drop messages that are far from what is in sight."""
        if len(self.window) <= HOLD:
            return
        first, end = self.in_sight()
        self.window.trim(first, end, max(HOLD, end - first + 2 * AHEAD + PAGE))
        self._lines = None
