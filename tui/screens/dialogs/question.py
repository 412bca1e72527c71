"""Question with answers, each with a key of its own; nothing is answered by accident (see `settling`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from textual import events, on
from textual.geometry import Size
from textual.strip import Strip
from textual.timer import Timer

from tui.i18n import _
from tui.key_table import Area
from tui.keymap import keys_of, shown_key
from tui.screens.modal import Modal
from tui.screens.settling import Settling
from tui.terminal.graphemes import cell_len, cut, wrapped
from tui.terminal.key_order import KeyOrder
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import Canvas, fit
from tui.widgets.base.one_line import one_line
from tui.widgets.base.panel import Panel
from tui.widgets.base.widget_message import WidgetMessage
from tui.widgets.text_input.text_field import typed_text
from tui.widgets.text_input.type_ahead import AT_ONCE, TypedLetter, TypingTarget

_LONGEST: Final = 2000
_GAP: Final = 3
_FRAME: Final = 2
_HELD: Final = 0.25
"""Seconds within which a key that is held down comes again, and a letter behind the first one of a word."""

Answers = tuple[tuple[str, str], ...]
"""(name, label) of each answer. A name is the key that answers by default, by Textual's name."""

_BINDINGS: Final = {"y": "question.yes", "escape": "question.no", "f": "question.file", "t": "question.text"}
"""Answer's name → its binding: a person may have other keys."""


def _keys_of(name: str, names: Collection[str]) -> tuple[str, ...]:
    """Return the keys of an answer. `n` says no only where there is a yes."""
    keys = keys_of(_BINDINGS[name]) if name in _BINDINGS else ()
    return (keys if name != "escape" or "y" in names else keys[:1]) or (name,)


class QuestionText(Canvas):
    """Draws a sentence, a blank line, and the answers: side by side, or one a line where that has no room."""

    def __init__(self, sentence: str, answers: Answers, settling: Settling) -> None:
        super().__init__()
        self._settling = settling
        self._sentence = one_line(sentence, _LONGEST)
        names = [name for name, _label in answers]
        self._answers = [(name, shown_key(_keys_of(name, names)[0]), one_line(label)) for name, label in answers]

    def ask(self, sentence: str) -> None:
        """Draw another sentence; the answers stay."""
        self._sentence = one_line(sentence, _LONGEST)
        self.refresh()

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Keys of the answers, as shown, and what they do."""
        return [(key, label) for _name, key, label in self._answers]

    class Clicked(WidgetMessage):
        """Click on an answer, which counts as its key does."""

        key: str

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines of sentence and answers, as far as the screen has them."""
        return min(len(self._wrapped(width)) + 1 + self._rows(width), max(3, viewport.height - _FRAME))

    def _wrapped(self, width: int) -> list[str]:
        return wrapped(self._sentence, width)

    def _lines(self, width: int) -> list[str]:
        """Return the lines of the sentence, cut where they would leave no room for the answers."""
        lines = self._wrapped(width)
        room = max(1, self.size.height - 1 - self._rows(width))
        return lines if len(lines) <= room else [*lines[: room - 1], cut(lines[room - 1], width - 1, "") + "…"]

    def _rows(self, width: int) -> int:
        return min(1, len(self._answers)) if self._in_one_line(width) else len(self._answers)

    def _in_one_line(self, width: int) -> bool:
        cells = sum(cell_len(key) + 1 + cell_len(label) + _GAP for _name, key, label in self._answers)
        return cells - _GAP <= width

    def draw(self, y: int, width: int) -> Strip:
        """Draw a line of the sentence or of the answers."""
        self._settling.drawn(self)
        styles = self.theme_styles
        lines = self._lines(width)
        if y < len(lines):
            return fit([Segment(lines[y], styles.text)], width, styles.text)
        row = y - len(lines) - 1
        if row < 0:
            return Strip.blank(width, styles.text)
        segments: list[Segment] = []
        if self._in_one_line(width):
            if row == 0:
                for _name, key, label in self._answers:
                    segments += [Segment(key, styles.accent), Segment(f" {label}" + " " * _GAP, styles.text)]
        elif row < len(self._answers):
            _name, key, label = self._answers[row]
            segments = [Segment(key, styles.accent), Segment(cut(f" {label}", width - cell_len(key)), styles.text)]
        return fit(segments, width, styles.text)

    def on_click(self, event: events.Click) -> None:
        """Post the answer that was clicked."""
        event.stop()
        if not self._settling.answers(event):
            return
        width = self.size.width
        row = event.y - len(self._lines(width)) - 1
        if row < 0:
            return
        if not self._in_one_line(width):
            if row < len(self._answers):
                self.post_message(self.Clicked(self._answers[row][0]))
            return
        at = 0
        for name, key, label in self._answers:
            end = at + cell_len(key) + 1 + cell_len(label)
            if at <= event.x < end:
                self.post_message(self.Clicked(name))
            at = end + _GAP


class Question(Modal[str | None]):
    """Returns the key of the answer; None for that with the key `escape`. A key that is no answer does nothing.

    Where `y` is an answer, it is the title, and `n` means what `escape` does. A letter within a word answers nothing.
    A question that a letter raised is taken back when more letters follow at once: somebody is typing, and all of it
    belongs in the bar.
    """

    MOST_COLUMNS = 64
    TEXT: ClassVar[type[QuestionText]] = QuestionText
    HELP_AREAS = (Area.QUESTION,)
    # `on_key` hears these itself, with the event: when it came decides whether it counts.
    BINDINGS = [
        bound("question.yes", "nothing"),
        bound("question.no", "nothing"),
        bound("question.file", "nothing"),
        bound("question.text", "nothing"),
    ]

    def __init__(
        self,
        question: str,
        answers: Answers,
        *,
        clock: Callable[[], float] = time.monotonic,
        letter: TypedLetter | None = None,
        bar: TypingTarget | None = None,
        again: str = "",
        title: str = "",
    ) -> None:
        """`clock` is monotonic, in seconds; `letter` raised the question, and `bar` takes it when it was text.

        `again`: id of a command whose key, pressed once more, means `y`; held down, or followed by another, nothing.
        `title`: without one, what `y` does.
        """
        super().__init__()
        self.sentence = question
        self.answers = answers
        names = [name for name, _label in answers]
        self._names = {key: name for name in names for key in _keys_of(name, names)}
        self._again = frozenset(keys_of(again) if again else ()) - set(self._names)
        self.agreeing: Timer | None = None
        """Runs while that key was pressed, and another may still follow."""
        self.settling = Settling(clock)
        self._letter = letter
        self._bar = bar
        self._before: events.Key | None = None
        self._in_word = False
        self._text = self.TEXT(question, answers, self.settling)
        verb = one_line(title or dict(answers).get("y", _("Question")))
        self._panel = Panel(verb[:1].upper() + verb[1:], self._text)

    def show_sentence(self, sentence: str) -> None:
        """Ask something else in the same place; the answers stay."""
        self.sentence = sentence
        self._text.ask(sentence)

    @property
    def own_help(self) -> Sequence[tuple[str, str]]:
        """The answers."""
        return self._text.answers

    def on_screen_resume(self) -> None:
        """Begin to settle again: another screen, the help, stood over the question."""
        if self.settling.seen:
            self.settling.anew()
            self._text.refresh()

    def on_mount(self) -> None:
        """Close at once when more was typed meanwhile: the letter was text, and no wish."""
        if self._letter is not None and self._letter.typed:
            self._close()

    def on_key(self, event: events.Key) -> None:
        """Take a key that is an answer; drop any other."""
        event.stop()
        event.prevent_default()
        if self.agreeing is not None:
            self.agreeing.stop()
            self.agreeing = None
        if self._typed(event):
            return
        before = self._before
        if self._within_word(event) or not self.settling.answers(event):
            return
        if event.key in self._again:
            held = before is not None and before.key == event.key and event.time - before.time < _HELD
            self.agreeing = None if held else self.set_timer(_HELD, lambda: self._agree(event))
            return
        name = self._names.get(event.key) or self._names.get(event.key.lower() if len(event.key) == 1 else "")
        if name is None:
            return
        if typed_text(event.key, event.character) and isinstance(self.app, KeyOrder) and self.app.text_behind(event):
            self._in_word = True
        else:
            self._answer_by(event, name)

    def _answer_by(self, event: events.Key, name: str) -> None:
        if isinstance(self.app, KeyOrder):
            self.app.answered(event)
        self._answer(name)

    def _agree(self, event: events.Key) -> None:
        """Take the key that asked, pressed once more, for yes: no other came behind it."""
        self.agreeing = None
        if self.is_current:
            self._answer_by(event, "y")

    def _within_word(self, event: events.Key) -> bool:
        """Return whether this letter follows another one at once: the y of “why” says no yes, nor that of “Sayyid”."""
        if not typed_text(event.key, event.character):
            return False
        before, self._before = self._before, event
        at_once = before is not None and event.time - before.time < AT_ONCE
        self._in_word = at_once and (self._in_word or (before is not None and before.key != event.key))
        return self._in_word

    def on_paste(self, event: events.Paste) -> None:
        """Move a paste that comes at once to the bar, with the letter before it."""
        event.stop()
        event.prevent_default()
        self._typed(event)

    def _typed(self, event: events.Key | events.Paste) -> bool:
        """Return whether the question is taken back, and this event goes to the bar."""
        letter, bar = self._letter, self._bar
        if letter is None or bar is None:
            return False
        if not letter.typed:
            text = event.text if isinstance(event, events.Paste) else typed_text(event.key, event.character)
            if not text or self.settling.answers(event):
                return False
            letter.typed = True
            bar.take(letter.event)
            self.call_later(self._close)
        bar.take(event)
        return True

    def _close(self) -> None:
        # Keys that wait here were pressed before those that the bar will get by itself.
        if self.message_queue_size:
            self.call_later(self._close)
            return
        if self._bar is not None:
            self._bar.focus()
        self.dismiss(None)

    @on(QuestionText.Clicked)
    def _clicked(self, event: QuestionText.Clicked) -> None:
        self._answer(event.key)

    def action_leave(self) -> None:
        """Take a click beside the frame for Esc, where that is an answer."""
        if "escape" in self._names.values() and self.settling.answers():
            self._answer("escape")

    def _answer(self, key: str) -> None:
        self.dismiss(None if key == "escape" else key)
