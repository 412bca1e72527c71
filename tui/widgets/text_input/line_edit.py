"""A field of one line: filters, questions, paths. It shows the part of its text that the caret is in."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from tui.paste import clean
from tui.terminal.graphemes import cell_len, clusters, cut
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import fit
from tui.widgets.base.widget_message import WidgetMessage
from tui.widgets.text_input.text_field import TextField
from tui.widgets.text_input.word_motion import steps
from tui.wire.text import printable

LONGEST: Final = 4096
"""Characters that a field takes."""
_SELECTED: Final = Style(reverse=True)
_ERASING: Final = frozenset(
    {"backspace", "delete", "cut_blank_back", "cut_word_back", "cut_word_ahead", "cut_line_back"}
)
"""Methods of `Buffer` that erase something."""


class LineEdit(TextField):
    """A text in one line. Keys that mean nothing in it (up, down, Tab, Escape, page keys) go on to its ancestors."""

    BINDINGS = [bound("field.submit", "submit")]

    class Changed(Message):
        """Tells of another text; posted for typing, not for `load`."""

        def __init__(self, field: LineEdit) -> None:
            super().__init__()
            self.field = field
            self.text = field.text

        def can_replace(self, message: Message) -> bool:
            """Let only the latest text of a field count."""
            return isinstance(message, LineEdit.Changed) and message.field is self.field

    class Submitted(WidgetMessage):
        """Tells of Enter."""

        text: str

    def __init__(self, text: str = "", *, placeholder: str = "", prompt: str = "", id: str | None = None) -> None:
        """Begin with `text`. `prompt` stands before it and does not scroll."""
        super().__init__(id=id)
        self.placeholder = placeholder
        self.prompt = prompt
        self._left = 0
        """Cells of the text that are scrolled out on the left."""
        self._x = 0
        self._selected = False
        """True while the whole text is selected: the next letter replaces it."""
        self.buffer = self.buffer.another(_one_line(text))

    def load(self, text: str) -> None:
        """Replace the text; the caret goes to its end."""
        self.buffer = self.buffer.another(_one_line(text))
        self._selected = False
        self._left = 0
        self._place()
        self.refresh()

    def insert(self, text: str) -> None:
        """Put text in at the caret."""
        self.type(_one_line(text))

    def select_all(self) -> None:
        """Select the text: what is typed or pasted next replaces it, and a key that moves the caret keeps it."""
        self._selected = bool(self.buffer.text)
        self.refresh()

    def _unselect(self) -> bool:
        """Return whether the text was selected, until now."""
        selected, self._selected = self._selected, False
        if selected:
            self.refresh()
        return selected

    # ---------------------------------------------------------------- keys

    def type(self, text: str) -> None:
        """Type a text, as far as the field takes more, in place of what is selected."""
        if self._unselect():
            self.buffer.replace(0, len(self.buffer.text), "")
        room = LONGEST - len(self.buffer.text)
        if room > 0:
            super().type(text[:room])

    def on_paste(self, event: events.Paste) -> None:
        """Insert a paste; its lines become one."""
        event.stop()
        event.prevent_default()
        self.insert(event.text)

    def action_edit(self, what: str) -> None:
        """Call a method of `Buffer` by its name; what erases takes all that is selected."""
        if self._unselect() and what in _ERASING:
            self.buffer.move_to(len(self.buffer.text))
            what = "cut_line_back"
        super().action_edit(what)

    def action_submit(self) -> None:
        """Submit the text."""
        self.post_message(self.Submitted(self.buffer.text))

    def on_click(self, event: events.Click) -> None:
        """Put the caret where it was clicked."""
        self._unselect()
        wanted = event.x - cell_len(self.prompt) + self._left
        place = used = 0
        for cluster in steps(self.buffer.text):
            width = cell_len(printable(cluster, newlines=False))
            if used + (width + 1) // 2 > wanted:
                break
            place += len(cluster)
            used += width
        self.buffer.move_to(place)
        self.moved()

    # ---------------------------------------------------------------- drawing

    def changed(self) -> None:
        """Draw the line, and post `Changed`."""
        self._place()
        self.refresh()
        self.post_message(self.Changed(self))

    def moved(self) -> None:
        """Draw the caret; the line only where the caret had left what is in sight."""
        left = self._left
        self._place()
        if self._left != left:
            self.refresh()
        else:
            self.refresh(Region(min(self._x, self.size.width - 1), 0, 1, 1))

    def _place(self) -> None:
        """Scroll until the caret is in sight, by a third of the width, so that not every letter scrolls."""
        room = max(2, self.size.width - cell_len(self.prompt))
        caret = cell_len(printable(self.buffer.text[: self.buffer.caret], newlines=False))
        if caret < self._left or caret >= self._left + room:
            self._left = max(0, caret - (room // 3 if caret < self._left else room - 1 - room // 3))
        if self._left:
            # Never in the middle of a wide character.
            used = 0
            for _cluster, width in clusters(printable(self.buffer.text, newlines=False)):
                if used >= self._left:
                    break
                used += width
            self._left = min(used, caret)
        self._x = cell_len(self.prompt) + caret - self._left

    @property
    def caret(self) -> tuple[int, int] | None:
        """Cell where the next letter goes."""
        return self._x, 0

    def draw(self, y: int, width: int) -> Strip:
        """Draw the line."""
        styles = self.theme_styles
        if y:
            return Strip.blank(width, styles.text)
        prompt = Segment(self.prompt, styles.accent)
        room = width - cell_len(self.prompt)
        if not self.buffer.text:
            return fit([prompt, Segment(cut(self.placeholder, room), styles.dim)], width, styles.text)
        shown = []
        used = 0
        for cluster, cells in clusters(printable(self.buffer.text, newlines=False)):
            if used >= self._left:
                shown.append(cluster)
            used += cells
            if used - self._left >= room:
                break
        style = styles.text + _SELECTED if self._selected else styles.text
        return fit([prompt, Segment("".join(shown), style)], width, styles.text)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return one line."""
        return 1

    def on_mount(self) -> None:
        """Take one line, whatever the style sheet says of canvases."""
        self.styles.height = 1

    def on_resize(self) -> None:
        """Scroll until the caret is in sight."""
        self._place()


def _one_line(text: str) -> str:
    """Return a text with each break, and the blanks round it, as one blank."""
    first, *rest = clean(text).split("\n")
    if rest:
        between = (line.strip() for line in rest[:-1])
        first = " ".join([first.rstrip(), *filter(None, between), rest[-1].lstrip()])
    return first.replace("\t", " ")[:LONGEST]
