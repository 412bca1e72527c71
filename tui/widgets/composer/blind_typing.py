"""Typing while the terminal shows a kept screen: the text of a message, its editing, Enter, and the way out."""

from __future__ import annotations

from collections.abc import Callable

from textual import events

from tui.keymap import keys_of
from tui.paste import clean
from tui.widgets.composer.composer import Composer
from tui.widgets.text_input.buffer import Buffer
from tui.widgets.text_input.text_field import TextField, typed_text

_EDITING = "text."
"""Beginning of the ids of keys that edit a text."""


class BlindTyping:
    """Types into the bar what somebody typed while the terminal showed the kept screen.

    Who types blind believes that each Enter has emptied the bar. Behind one that had to be held, each line is edited by
    itself, as in an empty bar, and is put below the text that stands there still: it waits for a person, too. A key
    that does nothing here would have led elsewhere: what is typed behind Ctrl+K is a name to look for, and no message.
    Behind the key that leaves nothing counts any more: what stands in the bar stays a draft.
    """

    def __init__(
        self,
        composer: Composer,
        holds: Callable[[float], bool],
        led_away: Callable[[], None],
        interrupt: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        """`holds` returns True, and says so, for an Enter pressed then, by Textual's clock, that must wait; `led_away`
        hears of a key or click that did nothing; `interrupt` takes the text out of the bar, `leave` ends the program.
        """
        self._composer = composer
        self._holds = holds
        self._led_away = led_away
        self._interrupt = interrupt
        self._leave = leave
        self._left = False
        self._line: Buffer | None = None
        """Line behind an Enter that was held; None until there is one."""
        self._shown = ""
        """End of the bar's text that shows this line."""

    def take(self, event: events.Event) -> None:
        """Take a key or a paste in; a key that neither edits a text nor leaves, and a click, does nothing."""
        match event:
            case _ if self._left:
                pass
            case events.Key() if event.key in keys_of("quit"):
                self._left = True
                self._leave()
            case events.Key() if event.key in keys_of("interrupt"):
                self._clear()
            case events.Paste():
                self._insert(event.text)
            case events.Key():
                self._key(event)
            case events.MouseDown():
                self._led_away()

    def finish(self) -> None:
        """Show what stands behind a held Enter. More of the line may come."""
        if self._line is not None:
            self._show(self._line)

    def _key(self, event: events.Key) -> None:
        bar, line = self._composer, self._line
        bound = bar.bound_to(event.key)
        edits = next((one for one in bound if one.startswith(_EDITING)), "")
        text = "\n" if "bar.newline" in bound else _text_of(event)
        typed = edits or "bar.newline" in bound or "bar.send" in bound or (text and not event.key.startswith("alt+"))
        if not typed and event.key != "escape":  # Which leads to the bar.
            self._led_away()
        if edits and line is not None:
            getattr(line, edits.removeprefix(_EDITING))()
        elif edits:
            # Not the suggestions: nobody can have seen them.
            TextField.handle(bar, event)
        elif text and line is not None:
            line.insert(text)
        elif text:
            bar.type(text)
        elif "bar.send" in bound:
            self._enter(event.time)

    def _insert(self, pasted: str) -> None:
        if self._line is not None:
            self._line.insert(clean(pasted))
        else:
            self._composer.paste(pasted, asks=False)

    def _enter(self, pressed: float) -> None:
        bar = self._composer
        if self._line is not None:
            self._show(self._line)
            self._line, self._shown = self._line.another(), ""
        elif not bar.text.strip() and not bar.attachments:
            return
        elif self._holds(pressed):
            self._line = bar.buffer.another()
        else:
            bar.send()

    def _clear(self) -> None:
        if self._line is None:
            self._interrupt()
        elif self._line.text:
            self._line.keep(self._line.text)
            self._line = self._line.another()

    def _show(self, line: Buffer) -> None:
        """Let a line stand below what stood in the bar as Enter was held."""
        bar, wanted = self._composer, f"\n{line.text}" if line.text.strip() else ""
        if wanted != self._shown:
            # A path above it may have become a file meanwhile.
            end = len(bar.text)
            bar.buffer.replace(end - len(self._shown) if bar.text.endswith(self._shown) else end, end, wanted)
            bar.changed()
            self._shown = wanted


def _text_of(event: events.Key) -> str:
    """Return the text that a key types, "" for none. Of Escape with a letter behind it, which looks like Alt in what
    lay in the terminal for a while, the letter counts."""
    key, character = event.key, event.character
    return typed_text(character if key.startswith("alt+") and character is not None else key, character)
