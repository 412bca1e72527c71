"""Private names of Textual that the terminal needs, each with its reason. `tests/terminal/test_patches.py` names each.

- `_ansi_sequences.ANSI_SEQUENCES_KEYS`: terminals without the extended key protocol (tmux, most over SSH) send Alt with
  a key as Escape and the key. Textual 8.2 drops the Escape before Enter, so that Alt+Enter sends what should only get a
  new line, and takes Alt+Backspace for Ctrl+W.
- `_xterm_parser.XTermParser`, and its `_awaiting`: Textual's driver gives it whatever the terminal sends. One byte that
  is not UTF-8 ends the program (https://github.com/Textualize/textual/issues/6456), a sequence that it does not know is
  typed into the bar, and so are the parts of an Escape within a paste. It gets complete sequences only, and one that it
  does not know is dropped: `_awaiting` has a timeout as long as the parser waits for more of a sequence.
- `MessagePump._message_queue` with its `ready_event`, and asyncio's `Event._waiters`: nothing else tells that a widget
  has handled all that it was sent. One that waits for its empty queue has.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message
from textual.message_pump import MessagePump

from tui.terminal.input_tokens import Token, Tokenizer, TokenKind


class _Alt(Enum):
    """Textual's names for these keys."""

    ENTER = "alt+enter"
    BACKSPACE = "alt+backspace"


_SEQUENCES: Final = {
    "\x1b\r": _Alt.ENTER,
    "\x1b\x7f": _Alt.BACKSPACE,
    "\x1b\x08": _Alt.BACKSPACE,
}
_LONGEST_KNOWN: Final = 32
"""Characters from which Textual takes any sequence for letters that were typed."""


def teach_alt_keys() -> None:
    """Add the Alt keys to Textual's table. May be called again."""
    assert isinstance(ANSI_SEQUENCES_KEYS, dict)
    for sequence, key in _SEQUENCES.items():
        ANSI_SEQUENCES_KEYS[sequence] = (key,)


def is_idle(pump: MessagePump) -> bool:
    """Return whether a widget, screen or app has handled all its messages and waits for the next one."""
    ready: Any = pump._message_queue.ready_event
    return not ready.is_set() and bool(ready._waiters)


class PasteTooLarge(Message):
    """A paste was larger than anything that could be sent; it is not delivered. `size` is in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


class InputReader:
    """Turns what a terminal sends into Textual's messages; no bytes make it raise or grow."""

    def __init__(self) -> None:
        teach_alt_keys()
        self._tokens = Tokenizer()
        self._parser = XTermParser()

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which `pause` has something to tell; None when nothing is begun."""
        return self._tokens.patience

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that are complete with these bytes."""
        for token in self._tokens.feed(data):
            yield from self._read(token)

    def pause(self) -> Iterator[Message]:
        """Yield what the bytes so far mean when nothing follows them."""
        for token in self._tokens.pause():
            yield from self._read(token)

    def _read(self, token: Token) -> list[Message]:
        match token.kind:
            case TokenKind.TEXT:
                return self._parsed(token.text)
            case TokenKind.SEQUENCE if len(token.text) > _LONGEST_KNOWN:
                return [key for letter in _associated_text(token.text) for key in self._parsed(letter)]
            case TokenKind.SEQUENCE if token.text.endswith("t") or token.text.startswith("\x1b[?2048;"):
                # A size, or the offer to send sizes: not asked for, and no terminal may order a billion cells.
                return []
            case TokenKind.SEQUENCE:
                return self._parsed(token.text)
            case TokenKind.ALONE:
                return _alone(token.text)
            case TokenKind.PASTE:
                return [events.Paste(token.text)]
            case TokenKind.TOO_LARGE:
                return [PasteTooLarge(int(token.text))]

    def _parsed(self, text: str) -> list[Message]:
        messages: list[Message] = []
        parser = self._parser
        try:
            messages.extend(parser.feed(text))
            unknown = parser._awaiting.timeout is not None
        except Exception:
            # Numbers in a sequence that are none of Textual's, such as a code point beyond Unicode. Its parser is a
            # generator and ended with that; what the terminal sends next must be heard all the same.
            unknown = True
        if unknown:
            self._parser = XTermParser()
            self._parser.last_x, self._parser.last_y = parser.last_x, parser.last_y
        return messages


def _alone(text: str) -> list[Message]:
    """Return the keys of an Escape after which nothing came, or one letter: Alt with it, else both by themselves.

    Textual forgets the Escape before some characters, and takes that before digits for a sign of macOS, as ¡.
    """
    messages = _at_end(text)
    match messages:
        case [events.Key(is_printable=True, key=key)] if not key.startswith("alt+"):
            return [*_at_end("\x1b"), *_at_end(text[1:])]
    return messages


def _at_end(text: str) -> list[Message]:
    """Return the keys that Textual finds in a text after which nothing came."""
    parser = XTermParser()
    messages: list[Message] = []
    with contextlib.suppress(StopIteration):
        messages += parser.feed(text)
        messages += parser.feed("")
    return messages


def _associated_text(sequence: str) -> str:
    """Return an input method's text in kitty's protocol (`CSI code ; modifiers ; text u`), "" for anything else."""
    if not sequence.endswith("u"):
        return ""
    _code, *more = sequence[2:-1].split(";")
    numbers = more[1].split(":") if len(more) > 1 else []
    codes = [int(number) for number in numbers if number.isascii() and number.isdecimal() and len(number) < 8]
    return "".join(chr(code) for code in codes if 32 <= code < 0xD800 or 0xE000 <= code < 0x110000)
