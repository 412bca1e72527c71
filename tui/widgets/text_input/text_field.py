"""A field to type in, of one line or of several: a text, a caret, and the keys that everybody's fingers know."""

from __future__ import annotations

import unicodedata
from functools import cached_property

from textual import events
from textual.actions import SkipAction, parse
from textual.binding import Binding

from tui.terminal.textual_patches import bound_keys
from tui.widgets.base.bindings import bound
from tui.widgets.base.canvas import Canvas
from tui.widgets.text_input.buffer import Buffer


class TextField(Canvas, can_focus=True):
    """Handles keys itself, in their order: Textual would pass each round the whole program first.

    A subclass draws again in `changed` and `moved`.
    """

    BINDINGS = [
        bound("text.left", "edit('left')"),
        bound("text.right", "edit('right')"),
        bound("text.word_left", "edit('word_left')"),
        bound("text.word_right", "edit('word_right')"),
        bound("text.line_start", "edit('line_start')"),
        bound("text.line_end", "edit('line_end')"),
        bound("text.backspace", "edit('backspace')"),
        bound("text.delete", "edit('delete')"),
        bound("text.cut_blank_back", "edit('cut_blank_back')"),
        bound("text.cut_word_back", "edit('cut_word_back')"),
        bound("text.cut_word_ahead", "edit('cut_word_ahead')"),
        bound("text.cut_line_back", "edit('cut_line_back')"),
        bound("text.yank", "edit('yank')"),
        bound("text.yank_older", "edit('yank_older')"),
        bound("text.transpose", "edit('transpose')"),
        bound("text.undo", "edit('undo')"),
        bound("text.redo", "edit('redo')"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.buffer = Buffer()

    @property
    def text(self) -> str:
        """Text of the field, as typed."""
        return self.buffer.text

    # ---------------------------------------------------------------- what a subclass says

    def changed(self) -> None:
        """Hear that the text is another one; the caret may have moved, too."""
        raise NotImplementedError

    def moved(self) -> None:
        """Hear that only the caret moved."""
        raise NotImplementedError

    # ---------------------------------------------------------------- keys

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Return True for letters: they are text here, whatever they do elsewhere."""
        return typed_text(key, character) != ""

    def on_key(self, event: events.Key) -> None:
        """Type a letter, or do what the key is bound to."""
        if self.handle(event):
            event.stop()
            event.prevent_default()

    def handle(self, event: events.Key) -> bool:
        """Type a letter, or do what the key is bound to; return False for a key that means nothing here."""
        text = typed_text(event.key, event.character)
        if text:
            self.type(text)
            return True
        for binding in self._keys.get(event.key, []):
            _namespace, name, arguments = parse(binding.action)
            try:
                getattr(self, f"action_{name}")(*arguments)
            except SkipAction:
                continue
            return True
        return False

    def bound_to(self, key: str) -> list[str]:
        """Return the ids to which a key is bound here."""
        return [binding.id for binding in self._keys.get(key, ()) if binding.id]

    @cached_property
    def _keys(self) -> dict[str, list[Binding]]:
        """Bindings of this field, by key. A person's keymap is set before the first field is made."""
        return bound_keys(self)

    def type(self, text: str) -> None:
        """Insert a text that was typed."""
        self.buffer.insert(text)
        self.changed()

    def action_edit(self, what: str) -> None:
        """Call a method of `Buffer` by its name."""
        text, caret = self.buffer.text, self.buffer.caret
        getattr(self.buffer, what)()
        if self.buffer.text != text:
            self.changed()
        elif self.buffer.caret != caret:
            self.moved()


def typed_text(key: str, character: str | None) -> str:
    """Return the text that a key press types, "" for none.

    A joiner, a selector and the full-width space are typed too: input methods send an emoji code point by code point,
    and Textual calls those not printable.
    """
    if not character:
        return ""
    *modifiers, _name = key.split("+") if len(key) > 1 else [key]
    if any(modifier not in ("shift", "") for modifier in modifiers):
        return ""
    return character if all(unicodedata.category(char) not in ("Cc", "Cs") for char in character) else ""
