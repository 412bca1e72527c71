"""Input of a terminal as messages for the app: no bytes make it raise or grow."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from time import monotonic
from typing import Final

from textual import events
from textual.message import Message

from tui.terminal.input_tokens import Token, Tokenizer, TokenKind
from tui.terminal.textual_patches import SequenceParser, parse_last

_LONGEST_KNOWN: Final = 32
"""Characters from which Textual takes any sequence for letters that were typed."""


_REPORT: Final = r"\x1b(?:\[\?[0-9;]*c|\[\?5522;[0-9]\$y|\[[46];[0-9;]*t|\[[03]n)"
"""Answers of the terminal: its attributes, whether it gives its clipboard, its pixels, and that it has read all."""


_CERTAIN: Final = re.compile(r"\[(?:\?[0-9;]*c|[03]n)")
"""Answers that every terminal gives: its attributes, and that it has read all."""
_ANSWERS: Final = 10.0
"""Seconds in which an answer may still come, in pieces."""
_PROMPT: Final = 1.0
"""Seconds after which a terminal that has not answered is not waited for."""


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


class ExpectedAnswers:
    """Answers that may still come. The event loop asks, the thread that reads hears."""

    def __init__(self) -> None:
        self._heard = threading.Condition()
        self._due = 0
        self._asked = self._until = self._pieces_until = -math.inf

    def ask(self, certain: int = 0) -> None:
        """Hear that the terminal is asked; `certain`: how many of the questions every terminal answers, the last one
        last."""
        with self._heard:
            self._asked = monotonic()
            self._due = (self._due if self._asked < self._until else 0) + certain
            self._until = self._asked + _ANSWERS

    def hear(self) -> None:
        """Hear that an answer has come that every terminal gives."""
        with self._heard:
            self._due = max(0, self._due - 1)
            if not self._due:
                self._until = -math.inf
                self._heard.notify_all()

    def allow(self, seconds: float) -> None:
        """Let pieces of the clipboard come from now on for so long; a person may have to allow them."""
        self._pieces_until = monotonic() + seconds

    def may_come(self) -> bool:
        """Return whether the rest of what looks like an answer is waited for."""
        return monotonic() < max(self._until, self._pieces_until)

    def wait(self, seconds: float) -> None:
        """Wait for what has just been asked: whoever reads next would take the answers for keys."""
        with self._heard:
            left = min(seconds, self._asked + _PROMPT - monotonic())
            if left > 0:
                self._heard.wait_for(lambda: not self._due, left)


class InputReader:
    """Turns bytes, in any pieces, into Textual's messages."""

    def __init__(self, answers: ExpectedAnswers | None = None) -> None:
        """`answers` of the terminal that are waited for, and hear of those that come."""
        self.answers = answers or ExpectedAnswers()
        self._tokens = Tokenizer(self.answers.may_come)
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
                if _CERTAIN.fullmatch(token.text[1:]):
                    self.answers.hear()
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
