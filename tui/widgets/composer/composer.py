"""The bar, in which messages and commands are typed. It grows with its text up to six rows, and then scrolls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from textual import events
from textual.actions import SkipAction
from textual.geometry import Region
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip

from tui.commands import Correction, Invocation, Meaning, Mistake, Say, parse
from tui.errors import Phrase
from tui.paste import clean, is_one_path, looks_like_paths
from tui.units import line_count
from tui.widgets.base.bindings import bound
from tui.widgets.base.one_line import one_line
from tui.widgets.base.widget_message import WidgetMessage
from tui.widgets.composer.attachment_line import attachment_line
from tui.widgets.composer.attachments import Attachments
from tui.widgets.composer.completion_controller import COMPLETION_KEYS, CompletionController
from tui.widgets.composer.completion_popup import CompletionPopup
from tui.widgets.composer.completions import closed_emoji
from tui.widgets.composer.input_history import InputHistory
from tui.widgets.text_input.multiline_input import MultilineInput
from tui.widgets.text_input.text_field import TextField

LONG_CHARACTERS, LONG_LINES = 2000, 40
"""A paste beyond these is asked about before it stands in the bar."""


class Composer(TextField):
    """Field for a message or a slash command, which Enter submits.

    A message and its files leave the bar at once when they are sent, so that what is typed on is not lost; a mistaken
    command stays. What `Submitted` could not use is given back with `load`.
    """

    BINDINGS = [
        bound("bar.send", "enter"),
        bound("bar.newline", "newline"),
        bound("bar.literal", "literal"),
        bound("bar.up", "vertical(-1)"),
        bound("bar.down", "vertical(1)"),
        *(bound(one, "suggested") for one in COMPLETION_KEYS),
    ]

    class Submitted(WidgetMessage):
        """Tells of Enter. `meaning` is what `tui.commands.parse` made of `text`, which is as typed.

        `place` is the conversation in which it was typed; another may be open when this is heard. After a message the
        bar is empty, after a command only its text is gone, after a mistaken one nothing.
        """

        meaning: Meaning
        text: str
        attachments: tuple[Path, ...]
        place: int | None = None

    class Edited(Message):
        """Tells of another text, or other files."""

        def can_replace(self, message: Message) -> bool:
            """Let one of several count."""
            return isinstance(message, Composer.Edited)

    class Detached(WidgetMessage):
        """Tells of files that are no longer here: taken away, or what becomes of their message is settled."""

        paths: Sequence[Path]

    class LongPaste(WidgetMessage):
        """Tells of a very long paste. It is not in the bar; `insert` puts it there, and Ctrl+Y does, too."""

        text: str

    class NoSuchFile(WidgetMessage):
        """Tells of a pasted path where no file is; it stands in the bar as text."""

        path: str

    placeholder: Reactive[str] = Reactive("")
    """Words of the empty bar."""

    def __init__(self, completion: CompletionPopup, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._input = MultilineInput()
        self._height = 1
        self.completing = CompletionController(self, completion)
        self._files = Attachments(self, lambda gone: self.post_message(self.Detached(gone)))
        self._history = InputHistory()
        self._send_then = False
        self.accepted: list[Composer.Submitted] = []
        """Messages that Enter took out of the bar and that nobody has stored yet, nor given back."""
        self.place_of: Callable[[], int | None] = lambda: None
        """Returns the id of the open conversation."""
        self.typed = True
        """True when all that stands here was typed or pasted here, since a text was last loaded."""
        self.begins: Callable[[], bool] = lambda: True
        """Returns True when a text that is begun now is meant for the open conversation."""
        self.lacks: Callable[[], bool] = lambda: False
        """Returns True when letters that were typed right before this one went elsewhere."""
        self.holds: Callable[[], bool] = lambda: False
        """Returns True when Enter is to send nothing yet."""
        self.refuses: Callable[[], bool] = lambda: False
        """Returns True when Enter can do nothing with what stands here; it has said why."""
        self.pressed_at = 0.0
        """Moment, by Textual's clock, at which the last key came in."""
        self.loaded: Callable[[], None] = lambda: None
        """Called when `load` has put another text here; keys tell by `Edited`."""

    # ---------------------------------------------------------------- for the screen

    @property
    def is_waiting(self) -> bool:
        """True when Enter waits until the disk has said whether what was pasted is a file."""
        return self._send_then and self.is_looking

    @property
    def is_looking(self) -> bool:
        """True until the disk has said whether what was pasted is a file."""
        return bool(self._files.looking)

    @property
    def attachments(self) -> tuple[Path, ...]:
        """Files that go with the message."""
        return self._files.paths

    def load(self, text: str, attachments: Sequence[Path] = ()) -> None:
        """Replace text and files by a draft, or by what could not be sent. Nothing to undo; caret at the end."""
        text = clean(text)
        if text != self.buffer.text:
            self.buffer = self.buffer.another(text)
        # An Enter that waits for the disk was meant for the text before.
        self._send_then = False
        self._history.rewind()
        self._files.put(attachments)
        self.completing.leave()
        self.lay_out()
        self.loaded()

    def insert(self, text: str) -> None:
        """Insert a text at the caret, as if it had been typed in one go."""
        self.buffer.insert(clean(text))
        self.changed()

    def keep(self, text: str) -> None:
        """Let Ctrl+Y bring this text, as if it had been cut."""
        self.buffer.keep(text)

    def attach(self, paths: Sequence[Path]) -> None:
        """Add files to the message."""
        self._files.put((*self.attachments, *paths))
        self.lay_out()
        self.post_message(self.Edited())

    def take(self, event: events.Key | events.Paste) -> bool:
        """Handle a key or a paste that another widget got; return whether it meant something here."""
        if isinstance(event, events.Paste):
            self.on_paste(event)
            return True
        return self.handle(event)

    def use_history(self, entries: Sequence[str]) -> None:
        """Use what was sent in another conversation, the oldest first."""
        self._history = InputHistory(entries)

    # ---------------------------------------------------------------- keys

    def handle(self, event: events.Key) -> bool:
        """Offer a key to the completion first, then type letters, then do the rest."""
        self.pressed_at = event.time
        return self.completing.handle(event.key) or super().handle(event)

    def action_suggested(self) -> None:
        """Leave a key to what else it means: while there are suggestions, `handle` gives it to them."""
        raise SkipAction

    def action_enter(self) -> None:
        """Send what stood here before Enter came, also when both came in one packet.

        A terminal marks what is pasted. One that does not is not guessed at: keys that come fast may be type-ahead.
        """
        if (self.text.strip() or self.attachments) and (self.holds() or self.refuses()):
            return
        self.send()

    def action_literal(self) -> None:
        """Send what stands here as text, whatever it looks like."""
        text = self.buffer.text
        if text.strip() and not self._files.looking and not self.holds():
            self._submit(Say(text), text, clear=True, files=True)

    def type(self, text: str) -> None:
        """Insert a text that was typed."""
        self._begun()
        super().type(text)
        if text == ":" and (closed := closed_emoji(self.buffer.text, self.buffer.caret)) is not None:
            start, emoji = closed
            self.buffer.replace(start, self.buffer.caret, emoji)
            self.changed()

    def _begun(self) -> None:
        """Note that a text typed into an empty bar is typed whole; behind a loaded draft or a lost beginning it is
        not."""
        if not self.buffer.text and not self.attachments:
            self.typed = self.begins()
        if self.lacks():
            self.typed = False

    def action_newline(self) -> None:
        """Break the line."""
        self.type("\n")

    def action_vertical(self, step: int) -> None:
        """Go a row up or down; beyond the first and the last one, to what was sent before."""
        place = self._input.beside(self.buffer.caret, step)
        if place is not None:
            self.buffer.move_to(place)
            self.lay_out()
            self.completing.update()
            return
        found = self._history.go(step, self.buffer)
        if found is None:
            raise SkipAction
        self.buffer = found
        self.lay_out()
        self.completing.leave()
        self.post_message(self.Edited())

    def action_edit(self, what: str) -> None:
        """Edit as in every field; backspace at the very beginning takes a file away."""
        if what == "backspace" and self.buffer.caret == 0 and self._files.listed:
            self._files.put(self.attachments[:-1])
            self.lay_out()
            self.post_message(self.Edited())
        else:
            super().action_edit(what)

    # ---------------------------------------------------------------- sending

    def send(self) -> None:
        """Submit the text and files in the bar, as Enter does."""
        if self._files.looking and not self._send_then:
            # A paste may be a file: ask the disk first, then send.
            self._send_then = True
            return
        self._send_then = False
        text = self.buffer.text
        if not text.strip() and not self._files.listed:
            return
        match meaning := parse(text) if text.strip() else Say(""):
            case Mistake() if looks_like_paths(text):
                self._files.look(text, 0, self._sender(meaning, text))
            case Mistake():
                self._submit(meaning, text)
            case Invocation() | Correction():
                self._submit(meaning, text, clear=True)
            case Say():
                self._submit(meaning, text, clear=True, files=True)

    def _pasted(self, text: str) -> Callable[[bool], None]:
        """Return what to do when the disk has answered about a paste that looks like paths."""

        def answered(found: bool) -> None:
            if not found and is_one_path(text):
                self.post_message(self.NoSuchFile(text.strip()))
            self._looked()

        return answered

    @contextmanager
    def expecting(self) -> Iterator[Callable[[], None]]:
        """Let Enter wait while a file is fetched that is to be attached.

        Unless the function that this gives was called, the file did not come, and that Enter sends nothing.
        """
        came = False

        def attached() -> None:
            nonlocal came
            came = True

        self._files.looking += 1
        try:
            yield attached
        finally:
            self._files.looking -= 1
            self._send_then = self._send_then and came
            self._looked()

    def _looked(self) -> None:
        """Send after all, when Enter waited for the disk's answer about a paste."""
        if self._send_then and not self._files.looking:
            self.send()

    def _sender(self, mistake: Mistake, text: str) -> Callable[[bool], None]:
        """Return what to do when the disk has answered about a mistaken command that may be a path: attach it, or send
        the mistake."""

        def answered(found: bool) -> None:
            # An Enter that was pressed meanwhile was for this text; it must not send what is pasted later.
            self._send_then = False
            if not found:
                self._submit(_missing(text) if is_one_path(text) else mistake, text)

        return answered

    def _submit(self, meaning: Meaning, text: str, *, clear: bool = False, files: bool = False) -> None:
        attachments = self.attachments
        if clear:
            self._history.add(text)
            self.buffer = self.buffer.another()
        if files:
            self._files.put(())
        if clear:
            self.completing.leave()
            self.lay_out()
            self.post_message(self.Edited())
        submitted = self.Submitted(meaning, text, attachments, self.place_of())
        if isinstance(meaning, Say):
            self.accepted.append(submitted)
        self.post_message(submitted)

    def settle(self, submitted: Submitted) -> None:
        """Hear that a message is stored, or was given back."""
        if submitted in self.accepted:
            self.accepted.remove(submitted)
        if submitted.attachments:
            self.post_message(self.Detached(submitted.attachments))

    # ---------------------------------------------------------------- pastes and files

    def on_paste(self, event: events.Paste) -> None:
        """Insert a paste in one go, however many lines it has; of paths, attach the files themselves."""
        event.stop()
        event.prevent_default()
        self.paste(event.text, asks=True)

    def paste(self, text: str, *, asks: bool) -> None:
        """Insert a paste; `asks`: a very long one only after a question."""
        text = clean(text)
        if not text:
            return
        self._begun()
        if looks_like_paths(text):
            start = self.buffer.caret
            self.insert(text)
            self._files.look(text, start, self._pasted(text))
        elif asks and is_long(text):
            self.keep(text)
            self.post_message(self.LongPaste(text))
        else:
            self.insert(text)

    # ---------------------------------------------------------------- drawing

    @property
    def _rows_above(self) -> int:
        """Number of rows for the files that go with the message: one, where there are any."""
        return 1 if self._files.listed else 0

    def lay_out(self) -> None:
        """Break the text into rows, and draw those that changed.

        The height is set only when the number of rows changes: that makes Textual lay out the whole screen.
        """
        width = self.size.width
        if not width:
            return
        changed = self._input.lay_out(self.buffer.text, self.buffer.caret, width)
        above = self._rows_above
        if self._height != self._input.height + above:
            self.styles.height = self._height = self._input.height + above
            self.refresh()
        elif changed:
            self.refresh(*(Region(0, row + above, width, 1) for row in changed))
        else:
            # Where only the caret moved, its cell is enough for a frame to be written.
            self.refresh(Region(*self.caret, 1, 1))

    @property
    def caret(self) -> tuple[int, int]:
        """Cell where the next letter goes, and an input method opens its window."""
        x, y = self._rows.cell(self.buffer.caret)
        return x, y + self._rows_above

    @property
    def _rows(self) -> MultilineInput:
        """Return the rows in sight; the first frame is drawn before Textual tells of the width."""
        if not self._input.is_laid_out and self.size.width:
            self._input.lay_out(self.buffer.text, self.buffer.caret, self.size.width)
        return self._input

    def draw(self, y: int, width: int) -> Strip:
        """Draw the files, or a row of the text."""
        styles, above = self.theme_styles, self._rows_above
        if y < above:
            return attachment_line(self._files.listed, width, styles)
        return self._rows.draw(y - above, width, styles, self.placeholder)

    def on_mount(self) -> None:
        """Begin with one row."""
        self.styles.height = self._height

    def on_resize(self) -> None:
        """Break the text elsewhere."""
        self.lay_out()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Put the caret where it was clicked."""
        row = event.y - self._rows_above
        if row >= 0:
            self.buffer.move_to(self._input.place(event.x, row))
            self.moved()

    def changed(self) -> None:
        """Draw the rows that changed, and offer completions."""
        self.moved()
        self.post_message(self.Edited())

    def moved(self) -> None:
        """Show the caret where it stands, and what can be completed there."""
        self._input.forget_column()
        self.lay_out()
        self.completing.update()

    def on_blur(self) -> None:
        """Offer nothing to choose from while the focus is elsewhere."""
        self.completing.leave()


def is_long(text: str) -> bool:
    """Return whether a paste is asked about before it stands in the bar."""
    return len(text) > LONG_CHARACTERS or line_count(text) > LONG_LINES


def _missing(text: str) -> Mistake:
    name = one_line(text.strip())
    return Mistake(Phrase("No such file: “{name}”. Start with // to send this as text.", name=name))
