"""The view of the log with a selection: which message keys act on, and how it is brought into sight."""

from __future__ import annotations

from tui.store.models import StoredMessage
from tui.widgets.message_log.viewport import LogViewport, Seen


class LogSelection(LogViewport):
    """What is in sight, and what is selected there."""

    def select(self, message: StoredMessage | None) -> None:
        """The message that keys act on; it need not be in sight."""
        self.selected = message
        self._lines = None

    def selected_index(self) -> int | None:
        """Where the selected message is in the window."""
        return None if self.selected is None else self.window.index_of(self.selected.id)

    def step(self, direction: int) -> StoredMessage | None:
        """Select the message below (1) or above (-1), or move a line on in one higher than the view."""
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
        """Some pages down or up; what is selected then is in sight, if anything is."""
        down = pages > 0
        lines = max(1, int(abs(pages) * (self.room - 1)))
        self.scroll(lines if down else -lines)
        index = self.selected_index()
        first, end = self.in_sight()
        if self.selected is not None and first < end and (index is None or not first <= index < end):
            self.select(self.window.messages[self._first_whole(self.lines(), first, end) if down else end - 1])

    def replace(self, message: StoredMessage) -> bool:
        """A message is not what it was; whether it is in sight."""
        if self.selected is not None and self.selected.id == message.id:
            self.selected = message
        if not self.window.replace(message):
            return False
        self._lines = None
        return any(line is not None and line.block.message.id == message.id for line in self.lines())

    def reveal(self, index: int, direction: int) -> None:
        """Bring a message into sight whole, by as few lines as it takes; of a higher one the end that comes first."""
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
        """Bring a message into sight with what stands around it; nothing moves when it is in sight already."""
        block = self.block(index)
        if self._line_of(index, block.lead) is None or self._line_of(index, block.height - 1) is None:
            above = self._up(index, block.lead)[-(self.room // 3 + 1) :]
            self._stand(above[0].index, above[0].row)
            self._settle()

    def _first_whole(self, now: list[Seen | None], first: int, end: int) -> int:
        top = next(line for line in now if line is not None)
        return first if top.row <= top.block.lead or first + 1 >= end else first + 1

    def _line_of(self, index: int, row: int) -> int | None:
        """In which line of the view that row of that message stands."""
        for y, line in enumerate(self.lines()):
            if line is not None and line.index == index and line.row == row:
                return y
        return None

    def _stand_below(self, index: int, row: int) -> None:
        top = self._up(index, row)[0]
        self._stand(top.index, top.row)
