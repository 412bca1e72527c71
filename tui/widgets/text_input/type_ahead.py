"""Text typed while the messages have the keys: it is moved to the bar, and runs no command."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final, Protocol

import msgspec
from textual import events
from textual.widget import Widget

from tui.widgets.text_input.text_field import typed_text

AT_ONCE: Final = 0.3
"""Seconds in which a second letter shows that the first one was typed, and meant nothing else."""


class TypingTarget(Protocol):
    """A field that takes what was typed elsewhere."""

    def take(self, event: events.Key | events.Paste) -> bool:
        """Handle a key or a paste as if it had come here; return whether it meant something."""

    def focus(self) -> object:
        """Take the focus, so that the following keys come here by themselves."""


class TypedLetter(msgspec.Struct):
    """Letter that is bound to a command which asks first. `typed`: more letters followed at once, so it was text."""

    event: events.Key
    typed: bool = False


class TypeAhead:
    """Looks at each key of `pane` before its bindings do, and moves what is text to the bar, in its order."""

    def __init__(
        self, pane: Widget, bar: TypingTarget, asking: Collection[str], ask: Callable[[str, TypedLetter], None]
    ) -> None:
        """Watch `pane`. Letters bound to the ids in `asking`, which act on others, go to `ask` with the id."""
        self._pane = pane
        self._bar = bar
        self._asking = asking
        self._ask = ask
        self._letter: TypedLetter | None = None
        self._moving = False

    def take(self, event: events.Key) -> bool:
        """Return True for a key that was text, or asked for something, and needs nothing more."""
        if self._moving:
            return self._bar.take(event)
        if not typed_text(event.key, event.character):
            self.forget()
            return False
        letter, self._letter = self._letter, None
        if letter is not None and event.time - letter.event.time < AT_ONCE:
            letter.typed = True
            self.move(letter.event, event)
            return True
        active = self._pane.screen.active_bindings.get(event.key)
        if active is None:
            self.move(event)
            return True
        if active.binding.id in self._asking:
            self._letter = TypedLetter(event)
            self._ask(active.binding.id or "", self._letter)
            return True
        return False

    def forget(self) -> None:
        """Keep to the command of the last letter: another key came after it, so the letter does not begin a text."""
        self._letter = None

    def move(self, *pressed: events.Key | events.Paste) -> None:
        """Give events to the bar, with all keys that are on their way here; then the bar has the focus."""
        self._moving = True
        for event in pressed:
            self._bar.take(event)
        self._pane.call_later(self._hand_over)

    def _hand_over(self) -> None:
        # Keys in this queue were pressed before those that will reach the bar directly.
        if self._pane.message_queue_size:
            self._pane.call_later(self._hand_over)
            return
        self._moving = False
        self._bar.focus()
