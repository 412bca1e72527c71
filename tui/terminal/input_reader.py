"""Input of a terminal as messages for the app: no bytes make it raise or grow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from textual import events
from textual.message import Message

from tui.terminal.input_tokens import Token, Tokenizer, TokenKind
from tui.terminal.textual_patches import SequenceParser, parse_last

_LONGEST_KNOWN: Final = 32
"""Characters from which Textual takes any sequence for letters that were typed."""


_REPORT: Final = r"\x1b(?:\[\?[0-9;]*c|\[\?5522;[0-9]\$y|\[[46];[0-9;]*t|\[[03]n)"
"""Answers of the terminal: its attributes, whether it gives its clipboard, its pixels, and that it has read all."""


class PasteTooLarge(Message):
    """Tells of a paste larger than anything that could be sent; it is not delivered. `size` is in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size


class TerminalReport(Message):
    """Answer of the terminal about itself: the sequence without Escape, `P>|name` for its name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class ClipboardAnswer(Message):
    """Piece of the terminal's clipboard: the contents of its string."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class InputReader:
    """Turns bytes, in any pieces, into Textual's messages."""

    def __init__(self, expects: Callable[[], bool] = lambda: False) -> None:
        """`expects` tells whether the terminal was asked about itself, and may still answer."""
        self._tokens = Tokenizer(expects)
        self._parser = SequenceParser()

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which `pause` has something to tell; None when nothing is begun."""
        return self._tokens.patience

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that are complete with these bytes."""
        for token in self._tokens.feed(data):
            yield from self._read(token)

    def pause(self) -> Iterator[Message]:
        """Yield the events of an unfinished sequence: the terminal fell silent, so nothing completes it."""
        for token in self._tokens.pause():
            yield from self._read(token)

    def _read(self, token: Token) -> list[Message]:
        match token.kind:
            case TokenKind.TEXT:
                return self._parser.feed(token.text)
            case TokenKind.REPORT:
                return [TerminalReport(f"P{token.text}")]
            case TokenKind.CLIPBOARD:
                return [ClipboardAnswer(token.text)]
            case TokenKind.SEQUENCE if re.fullmatch(_REPORT, token.text):
                return [TerminalReport(token.text[1:])]
            case TokenKind.SEQUENCE if len(token.text) > _LONGEST_KNOWN:
                return [key for letter in _associated_text(token.text) for key in self._parser.feed(letter)]
            case TokenKind.SEQUENCE if token.text.endswith("t") or token.text.startswith("\x1b[?2048;"):
                # A size, or the offer to send sizes: not asked for, and no terminal may order a billion cells.
                return []
            case TokenKind.SEQUENCE:
                return self._parser.feed(token.text)
            case TokenKind.ALONE:
                return _alone(token.text)
            case TokenKind.PASTE:
                return [events.Paste(token.text)]
            case TokenKind.TOO_LARGE:
                return [PasteTooLarge(int(token.text))]


def _alone(text: str) -> list[Message]:
    """Return the keys of an Escape after which nothing came, or one letter: Alt with it, else both by themselves.

    Textual forgets the Escape before some characters, and takes that before digits for a sign of macOS, as ¡.
    """
    messages = parse_last(text)
    match messages:
        case [events.Key(is_printable=True, key=key)] if not key.startswith("alt+"):
            return [*parse_last("\x1b"), *parse_last(text[1:])]
    return messages


def _associated_text(sequence: str) -> str:
    """Return an input method's text in kitty's protocol (`CSI code ; modifiers ; text u`), "" for anything else."""
    if not sequence.endswith("u"):
        return ""
    _code, *more = sequence[2:-1].split(";")
    numbers = more[1].split(":") if len(more) > 1 else []
    codes = [int(number) for number in numbers if number.isascii() and number.isdecimal() and len(number) < 8]
    return "".join(chr(code) for code in codes if 32 <= code < 0xD800 or 0xE000 <= code < 0x110000)
