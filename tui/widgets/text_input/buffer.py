"""A text that is edited: the text, the caret, what was cut, what can be undone. No screen, no keys.

The caret steps over grapheme clusters (`tui.terminal.graphemes`), so that an emoji of seven code points is one step and
one deletion. Places are indices into the text. An edit costs what it changes, not how long the text is: clusters are
only looked for beside the caret.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from tui.terminal.graphemes import cell_len
from tui.widgets.text_input.word_motion import blank_before, is_control, steps, word_end, word_start

_WINDOW: Final = 32
_KILLS: Final = 32
_UNDOS: Final = 1000
_FLAGS: Final = range(0x1F1E6, 0x1F200)


class _Kind(Enum):
    """Kinds of edits: typed letters are undone word by word, and cuts in a row are put back as one."""

    TYPED = "typed"
    ERASED = "erased"
    CUT_AHEAD = "cut ahead"
    CUT_BACK = "cut back"
    YANKED = "yanked"
    OTHER = "other"


class _Edit(msgspec.Struct):
    """An edit at `at`: `removed` became `inserted`. With the carets before and after."""

    at: int
    removed: str
    inserted: str
    before: int
    after: int


class Buffer:
    """A text with a caret."""

    def __init__(self, text: str = "", *, kills: list[str] | None = None) -> None:
        """Begin with `text`. `kills` holds what was cut before, shared with the buffer that cut it."""
        self._text = text
        self._caret = len(text)
        self._undo: list[_Edit] = []
        self._redo: list[_Edit] = []
        self._last = _Kind.OTHER
        self._kills: list[str] = [] if kills is None else kills
        self._yanked: tuple[int, int] = (0, 0)
        """Position in the kill ring of the last yank, counted from its end, and where its text begins."""

    @property
    def text(self) -> str:
        """Text as it was typed."""
        return self._text

    @property
    def caret(self) -> int:
        """Place where the next letter goes, always between two clusters."""
        return self._caret

    def another(self, text: str = "") -> Buffer:
        """Return a buffer with another text and nothing to undo, in which the same cuts can be put back."""
        return Buffer(text, kills=self._kills)

    # ---------------------------------------------------------------- moving

    def move_to(self, place: int) -> None:
        """Put the caret at a place, or behind the cluster that the place is within."""
        self._caret = self._snapped(max(0, min(place, len(self._text))))
        self._last = _Kind.OTHER

    def left(self) -> None:
        """Move one cluster back."""
        self.move_to(self._before(self._caret))

    def right(self) -> None:
        """Move one cluster on."""
        self.move_to(self._after(self._caret))

    def word_left(self) -> None:
        """Move to the beginning of this word, or of the one before."""
        self.move_to(self._back(word_start(self._text, self._caret)))

    def word_right(self) -> None:
        """Move to the end of this word, or of the next one."""
        self.move_to(self._snapped(word_end(self._text, self._caret)))

    def line_start(self) -> None:
        """Move to the beginning of the line, as it was typed."""
        self.move_to(self._start(self._caret))

    def line_end(self) -> None:
        """Move to the end of the line."""
        self.move_to(self._end(self._caret))

    # ---------------------------------------------------------------- typing and erasing

    def insert(self, text: str) -> None:
        """Put `text` before the caret; what was typed in one go is undone word by word."""
        if not text:
            return
        joins = (
            self._last is _Kind.TYPED
            and "\n" not in text
            and len(text) < _WINDOW
            and not (text[0].isspace() and not self._text[self._caret - 1 : self._caret].isspace())
        )
        self._change(self._caret, self._caret, text, _Kind.TYPED, join=joins)
        if "\n" in text or len(text) >= _WINDOW:
            self._last = _Kind.OTHER

    def backspace(self) -> None:
        """Take away the cluster before the caret."""
        self._erase(self._before(self._caret), self._caret)

    def delete(self) -> None:
        """Take away the cluster behind the caret."""
        self._erase(self._caret, self._after(self._caret))

    def _erase(self, start: int, end: int) -> None:
        if start < end:
            self._change(start, end, "", _Kind.ERASED, join=self._last is _Kind.ERASED)

    def replace(self, start: int, end: int, text: str) -> None:
        """Put `text` in the place of what stands between `start` and `end`; the caret goes behind it."""
        self._change(start, end, text, _Kind.OTHER)

    def transpose(self) -> None:
        """Swap the clusters on both sides of the caret, at a line's end the two before it."""
        middle = self._caret
        if middle == self._end(middle):
            middle = self._before(middle)
        start, end = self._before(middle), self._after(middle)
        line = self._start(middle)
        if start < line or middle == line or end == middle or self._text[middle] == "\n":
            return
        self._change(start, end, self._text[middle:end] + self._text[start:middle], _Kind.OTHER)

    # ---------------------------------------------------------------- cutting and putting back

    def cut_word_back(self) -> None:
        """Cut to the beginning of the word."""
        self._cut(self._back(word_start(self._text, self._caret)), self._caret)

    def cut_word_ahead(self) -> None:
        """Cut to the end of the word."""
        self._cut(self._caret, self._snapped(word_end(self._text, self._caret)))

    def cut_blank_back(self) -> None:
        """Cut back to the last blank, or full-width punctuation, before the word."""
        self._cut(self._back(blank_before(self._text, self._caret)), self._caret)

    def cut_line_back(self) -> None:
        """Cut to the beginning of the line; at the beginning, the break before it."""
        self._cut(min(self._start(self._caret), self._before(self._caret)), self._caret)

    def keep(self, text: str) -> None:
        """Let `yank` bring this text, as if it had been cut."""
        self._kills.append(text)
        del self._kills[:-_KILLS]
        self._last = _Kind.OTHER

    def yank(self) -> None:
        """Put back what was cut last."""
        if self._kills:
            self._yanked = 1, self._caret
            self._change(self._caret, self._caret, self._kills[-1], _Kind.YANKED)

    def yank_older(self) -> None:
        """Right after a yank, put back what was cut before that instead."""
        if self._last is _Kind.YANKED and self._kills:
            back, start = self._yanked
            end = start + len(self._kills[-back])
            back = back % len(self._kills) + 1
            self._change(start, end, self._kills[-back], _Kind.YANKED, join=True)
            self._yanked = back, start

    def _cut(self, start: int, end: int) -> None:
        if start >= end:
            return
        text = self._text[start:end]
        ahead = start == self._caret
        kind = _Kind.CUT_AHEAD if ahead else _Kind.CUT_BACK
        if self._last in (_Kind.CUT_AHEAD, _Kind.CUT_BACK) and self._kills:
            self._kills[-1] = self._kills[-1] + text if ahead else text + self._kills[-1]
        else:
            self._kills.append(text)
            del self._kills[:-_KILLS]
        self._change(start, end, "", kind)

    # ---------------------------------------------------------------- undoing

    def undo(self) -> bool:
        """Take the last edit back; False when there is none."""
        if not self._undo:
            return False
        edit = self._undo.pop()
        self._redo.append(edit)
        self._put(edit.at, len(edit.inserted), edit.removed, edit.before)
        return True

    def redo(self) -> bool:
        """Make the edit again that was taken back last; False when there is none."""
        if not self._redo:
            return False
        edit = self._redo.pop()
        self._undo.append(edit)
        self._put(edit.at, len(edit.removed), edit.inserted, edit.after)
        return True

    def _put(self, at: int, size: int, text: str, caret: int) -> None:
        """Put `text` in the place of `size` characters: an edit again, or its opposite."""
        self._text = self._text[:at] + text + self._text[at + size :]
        self._caret = caret
        self._last = _Kind.OTHER

    def _change(self, start: int, end: int, text: str, kind: _Kind, *, join: bool = False) -> None:
        """Change text, caret and history together. Every edit comes through here."""
        edit = _Edit(start, self._text[start:end], text, self._caret, 0)
        self._text = self._text[:start] + text + self._text[end:]
        self._caret = edit.after = self._snapped(start + len(text))
        self._redo.clear()
        if not (join and self._undo and _joined(self._undo[-1], edit)):
            self._undo.append(edit)
            del self._undo[:-_UNDOS]
        self._last = kind

    # ---------------------------------------------------------------- clusters beside a place

    def _start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _end(self, place: int) -> int:
        end = self._text.find("\n", place)
        return len(self._text) if end < 0 else end

    def _before(self, place: int) -> int:
        """Return where the cluster before this place begins; the place is between two clusters."""
        if place == 0 or self._text[place - 1] == "\n":
            return max(0, place - 1)
        start = self._sure_start(place - 1)
        return place - len(steps(self._text[start:place])[-1])

    def _after(self, place: int) -> int:
        """Return where the cluster behind this place ends; the place is between two clusters."""
        text = self._text
        if place >= len(text) or text[place] == "\n":
            return min(len(text), place + 1)
        size = _WINDOW
        while True:
            piece = text[place : place + size]
            line = piece.partition("\n")[0]
            found = steps(line)
            if len(found) > 1 or len(line) < len(piece) or place + size >= len(text):
                return place + len(found[0])
            size *= 4

    def _snapped(self, place: int) -> int:
        """Return this place, or the end of the cluster that it is within."""
        text = self._text
        if place <= 0 or place >= len(text) or text[place - 1] == "\n" or text[place] == "\n":
            return place
        at = self._sure_start(place)
        while at < place:
            at = self._after(at)
        return at

    def _back(self, place: int) -> int:
        """Return this place before the caret, between two clusters; at least one step back."""
        at = self._snapped(place)
        return at if at < self._caret else self._before(self._caret)

    def _sure_start(self, place: int) -> int:
        """Return a place at or before this one where a cluster certainly begins, whatever precedes it."""
        text = self._text
        at = place
        while at > 0 and text[at - 1] != "\n":
            char = text[at]
            if is_control(char) or is_control(text[at - 1]):
                break
            if text[at - 1] != "\u200d" and ord(char) not in _FLAGS and cell_len(char):
                break
            at -= 1
        return at


def _joined(last: _Edit, edit: _Edit) -> bool:
    """Join an edit with the last one when both touch: one undo takes both back."""
    if edit.at == last.at + len(last.inserted) and not edit.removed and not last.removed:
        last.inserted += edit.inserted
    elif edit.inserted or last.inserted:
        if edit.at != last.at or edit.removed != last.inserted:
            return False
        last.inserted = edit.inserted
    elif edit.at == last.at:
        last.removed += edit.removed
    elif edit.at + len(edit.removed) == last.at:
        last.at = edit.at
        last.removed = edit.removed + last.removed
    else:
        return False
    last.after = edit.after
    return True
