"""The bytes that a terminal sends, split into text, escape sequences and pastes: any bytes, in any pieces.

Nothing here grows with what comes: a sequence has a longest length, a paste a largest size, and what has no end ends
when the terminal falls silent. Bytes that are not UTF-8 become U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

LARGEST_PASTE: Final = 1 << 20
"""Bytes of a marked paste that are kept; a larger one is counted to its end and not delivered."""
ESCAPE_DELAY: Final = 0.1
"""Seconds of silence after which Escape was the key and not the beginning of a sequence."""
_SILENCE: Final = 0.25
"""Seconds of silence that end a sequence which has no end of its own."""
_STALL: Final = 2.0
"""Seconds of silence after which what came of a paste is delivered; its rest may still come."""

_PASTE_START, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_SLOW: Final = 10.0
"""Seconds of silence within a piece of the terminal's clipboard, whose letters would be typed after that."""
_CLIPBOARD: Final = b"5522;"
_LONGEST_PIECE: Final = 32768
"""Bytes of such a piece: 4096 of the clipboard in base64, and words before them."""
_LONGEST: Final = 256
"""Bytes of a sequence; the longest real ones are texts of an input method in kitty's protocol."""


class TokenKind(Enum):
    """The meaning of a token."""

    TEXT = "text"
    SEQUENCE = "sequence"
    """Escape and what belongs to it, complete by ECMA-48."""
    ALONE = "alone"
    """Escape pressed by a person: by itself, or with a letter as Alt does it."""
    PASTE = "paste"
    TOO_LARGE = "too large"
    """A paste beyond `LARGEST_PASTE`, whose text is its size in bytes."""
    REPORT = "report"
    """The terminal's name and version: the contents of its string, which begin with `>|`."""
    CLIPBOARD = "clipboard"
    """Piece of the terminal's clipboard: the contents of its string, which begin with `5522;`."""


class Token(NamedTuple):
    """A piece of input."""

    kind: TokenKind
    text: str


class _State(Enum):
    TEXT = "text"
    STRING = "string"
    """Within OSC, DCS or APC, up to its terminator: an answer, most of which nobody asked for."""
    SKIPPED = "skipped"
    """Within a control sequence that is too long."""
    PASTE = "paste"


# Every pattern below is matched at one Escape and is bounded by a repetition count, so reading is linear.
_MOUSE_X10: Final = re.compile(rb"\x1b\[M[\x00-\xff]{3}")
_STRING: Final = re.compile(rb"\x1b(?:\][0-9]|P[0-9>!$+]|_G)")
_WHOLE: Final = re.compile(
    rb"\x1b\[\[[A-E]"  # function keys of the Linux console
    rb"|\x1b\[[0-9]{1,2}\$"  # Shift with a function key in rxvt
    rb"|\x1b\[[0-?]{0,%d}[ -/]{0,4}[@-Z\\-~]" % _LONGEST + rb"|\x1bO[0-9;]{0,8}[ @-~]"
)
_BEGUN: Final = re.compile(rb"\x1b(?:\[M[\x00-\xff]{0,2}|\[\[?|\[[0-?]{0,%d}[ -/]{0,4}|O[0-9;]{0,8})\Z" % _LONGEST)
_BEGUN_CONTROL: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|O[0-9;]*)")
_KEPT: Final = {b">|": TokenKind.REPORT, _CLIPBOARD: TokenKind.CLIPBOARD}
"""Beginning of a string that is an answer → its kind; every other string is dropped."""
_REPORT: Final = re.compile(rb"\x1b(?:P>\||\]5522;|\[\?[0-9]|\[[46];[0-9]|\[[03]n)")
"""Beginning of an answer that was asked for."""
_LIKE_REPORT: Final = re.compile(rb"\x1b(?:P>?|\](?:5(?:5(?:22?)?)?)?|\[(?:\?|[03]|[46];?)?)?\Z")
"""Bytes of which more make such a beginning."""
_BEGUN_REPORT: Final = re.compile(rb"\x1b\[(?:\?[0-9;]*|[0346](?:;[0-9;]*)?)\Z")
_STRING_END: Final = re.compile(rb"[\x07\x18\x1a]|\x1b")
_NAME_END: Final = re.compile(rb"[\x00-\x1f]")
_SKIPPED_END: Final = re.compile(rb"[@-~]|(?=[\x00-\x1f\x80-\xff])")


class Tokenizer:
    """Splits bytes as they come into tokens. `pause` must be called after `patience` seconds of silence."""

    def __init__(self, expects: Callable[[], bool] = lambda: False) -> None:
        """`expects` tells whether the terminal was asked and may still answer.

        Such an answer is waited for longer, when it comes in pieces: the rest of it would be typed.
        """
        self._expects = expects
        self._state = _State.TEXT
        self._rest = b""
        self._string_text: bytes | None = None
        """Contents of a string that may be the terminal's name; None for any other, which is dropped."""
        self._told = b""
        """Keys that were told when nothing followed them, and may have been the beginning of an answer. What came since
        and would go on with it is held back in `_rest`."""
        self._letters = codecs.getincrementaldecoder("utf-8")("replace")
        self._pasted: list[str] = []
        self._paste_letters = codecs.getincrementaldecoder("utf-8")("replace")
        self._size = 0
        self._stalled = False

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which `pause` has something to tell; None when nothing is begun."""
        match self._state:
            case _State.PASTE:
                return None if self._stalled else _STALL
            case _State.STRING if self._string_text is not None:
                slow = _SLOW if self._string_text.startswith(_CLIPBOARD) else _STALL
                return slow if self._expects() else _SILENCE
            case _State.STRING | _State.SKIPPED:
                return _SILENCE
            case _State.TEXT if self._rest and _BEGUN_REPORT.match(self._rest):
                return _STALL if self._expects() else _SILENCE
            case _State.TEXT if self._told and self._rest:
                return _SILENCE
            case _State.TEXT if self._rest:
                return ESCAPE_DELAY if len(self._rest) <= 2 else _SILENCE
            case _:
                return None

    def feed(self, data: bytes) -> list[Token]:
        """Return the tokens that are complete with these bytes."""
        tokens: list[Token] = []
        if self._stalled:
            self._stalled = False
            rest = self._rest
            if _is_one_key(data) and not (rest and _PASTE_END.startswith(rest + data)):
                # The rest of a paste comes in packets, with its end: this is a person, and the end got lost.
                self._end_paste(tokens)
                if 0 < len(rest) <= 2:
                    tokens.append(Token(TokenKind.ALONE, rest.decode("ascii")))
        data, self._rest = self._rest + data, b""
        if self._told:
            whole = self._told + data
            if _LIKE_REPORT.match(whole):
                self._rest = data
                return tokens
            data = whole if _REPORT.match(whole) else data
            self._told = b""
        at = 0
        while at < len(data):
            match self._state:
                case _State.TEXT:
                    at = self._text(data, at, tokens)
                case _State.STRING:
                    at = self._string(data, at, tokens)
                case _State.SKIPPED:
                    found = _SKIPPED_END.search(data, at)
                    at = found.end() if found else len(data)
                    self._state = _State.TEXT if found else _State.SKIPPED
                case _State.PASTE:
                    at = self._paste(data, at, tokens)
        return tokens

    def pause(self) -> list[Token]:
        """Return the tokens of an unfinished sequence: the terminal fell silent, so nothing completes it."""
        tokens: list[Token] = []
        rest, self._rest = self._rest, b""
        match self._state:
            case _State.PASTE:
                self._rest, self._stalled = rest, True
                if self._pasted and self._size <= LARGEST_PASTE:
                    tokens.append(Token(TokenKind.PASTE, self._taken()))
            case _:
                self._state = _State.TEXT
                if self._told and rest:
                    tokens.append(Token(TokenKind.TEXT, rest.decode("ascii")))
                    self._told += rest
                elif 0 < len(rest) <= 2 and rest.isascii():
                    tokens.append(Token(TokenKind.ALONE, rest.decode("ascii")))
                    self._told = rest if self._expects() else b""
        return tokens

    # ---------------------------------------------------------------- one state each

    def _text(self, data: bytes, at: int, tokens: list[Token]) -> int:
        escape = data.find(b"\x1b", at)
        piece = data[at : escape if escape >= 0 else len(data)]
        text = self._letters.decode(piece, final=escape >= 0)
        if text:
            tokens.append(Token(TokenKind.TEXT, text))
        return self._sequence(data, escape, tokens) if escape >= 0 else len(data)

    def _sequence(self, data: bytes, at: int, tokens: list[Token]) -> int:
        """Read what begins with the Escape at `at`; return where the next token begins."""
        if found := _MOUSE_X10.match(data, at):
            # Nobody asked for these reports, which have no room for column 96.
            return found.end()
        if _STRING.match(data, at):
            self._state = _State.STRING
            self._string_text = b"" if data[at + 1 : at + 3] in (b"P>", b"]5") else None
            return at + 2
        if _BEGUN.match(data, at):
            self._rest = data[at:]
            return len(data)
        if found := _WHOLE.match(data, at):
            if found[0] == _PASTE_START:
                self._state, self._size = _State.PASTE, 0
            elif found[0] != _PASTE_END:
                tokens.append(Token(TokenKind.SEQUENCE, found[0].decode("ascii")))
            return found.end()
        if found := _BEGUN_CONTROL.match(data, at):
            # A byte within it cannot belong to it, or it is too long.
            # One with a minus before its column, from a drag beyond the window, goes on to its letter all the same.
            if found.end() - at > _LONGEST or b"0" <= data[found.end() : found.end() + 1] <= b"?":
                self._state = _State.SKIPPED
            return found.end()
        return self._alone(data, at, tokens)

    def _alone(self, data: bytes, at: int, tokens: list[Token]) -> int:
        """Read Escape with one letter, which is Alt; before another Escape it is a key of its own."""
        following = data[at + 1 : at + 2]
        if not following or following in b"]P_":
            if len(data) <= at + 2:
                self._rest = data[at:]
                return len(data)
        elif following == b"\x1b":
            tokens.append(Token(TokenKind.ALONE, "\x1b"))
            return at + 1
        length = _letter_length(following[0])
        if len(data) < at + 1 + length:
            self._rest = data[at:]
            return len(data)
        letter = data[at + 1 : at + 1 + length]
        try:
            tokens.append(Token(TokenKind.ALONE, "\x1b" + letter.decode("utf-8")))
        except UnicodeDecodeError:
            # Drop the Escape; the bytes are read as text.
            return at + 1
        return at + 1 + length

    def _string(self, data: bytes, at: int, tokens: list[Token]) -> int:
        found = (_STRING_END if self._string_text is None else _NAME_END).search(data, at)
        if self._string_text is not None:
            text = self._string_text + data[at : found.start() if found else len(data)]
            longest = _LONGEST_PIECE if text.startswith(_CLIPBOARD) else _LONGEST
            kept = any(start[: len(text)] == text[: len(start)] for start in _KEPT)
            self._string_text = text if len(text) <= longest and kept else None
        if found is None:
            return len(data)
        end = found.end()
        if found[0] == b"\x1b" and end == len(data):
            self._rest = b"\x1b"
            return end
        self._state = _State.TEXT
        ends = found[0] == b"\x07" or (found[0] == b"\x1b" and data[end : end + 1] == b"\\")
        if ends and self._string_text:
            kind = next((kind for start, kind in _KEPT.items() if self._string_text.startswith(start)), None)
            if kind is not None:
                tokens.append(Token(kind, self._string_text.decode("ascii", "replace")))
        if found[0] == b"\x1b":
            return end + 1 if ends else found.start()
        # Enter ends a name that was cut off: what follows is typed.
        return end if found[0] in b"\x07\x18\x1a" else found.start()

    def _paste(self, data: bytes, at: int, tokens: list[Token]) -> int:
        end = data.find(_PASTE_END, at)
        if end < 0:
            keep = next((n for n in range(len(_PASTE_END) - 1, 0, -1) if data.endswith(_PASTE_END[:n], at)), 0)
            self._rest = data[len(data) - keep :]
            self._add(data[at : len(data) - keep])
            return len(data)
        self._add(data[at:end])
        self._end_paste(tokens)
        return end + len(_PASTE_END)

    def _add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > LARGEST_PASTE:
            self._pasted.clear()
        elif text := self._paste_letters.decode(piece):
            self._pasted.append(text)

    def _taken(self) -> str:
        text = "".join(self._pasted)
        self._pasted.clear()
        return text

    def _end_paste(self, tokens: list[Token]) -> None:
        text = self._taken() + self._paste_letters.decode(b"", final=True)
        self._state, self._rest = _State.TEXT, b""
        if self._size > LARGEST_PASTE:
            tokens.append(Token(TokenKind.TOO_LARGE, str(self._size)))
        elif text:
            # NUL: https://github.com/Textualize/textual/issues/1661
            tokens.append(Token(TokenKind.PASTE, text.replace("\x00", "")))


def _letter_length(first: int) -> int:
    """Return the number of bytes of the UTF-8 character that begins with `first`; 1 when no character does."""
    return 4 if 0xF0 <= first < 0xF5 else 3 if 0xE0 <= first < 0xF0 else 2 if 0xC2 <= first < 0xE0 else 1


def _is_one_key(data: bytes) -> bool:
    """Return True when one press of a key may have sent `data`."""
    if data.startswith(b"\x1b"):
        return data != _PASTE_END and (len(data) == 1 or _WHOLE.fullmatch(data) is not None)
    return 0 < len(data) <= 4 and len(data) == _letter_length(data[0])
