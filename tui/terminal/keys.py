"""What Textual 8.2 makes wrong of a terminal's input: Alt with a key that is no letter, and Escape inside a paste.

Terminals without the extended key protocol (tmux, most over SSH) send Escape and the key. Textual drops the Escape, so
that Alt+Enter would send what should only get a new line, and takes Alt+Backspace for Ctrl+W. Its table is told better.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from weakref import WeakKeyDictionary

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message


class _Alt(Enum):
    """Textual's names for these keys."""

    ENTER = "alt+enter"
    BACKSPACE = "alt+backspace"
    SLASH = "alt+slash"


_SEQUENCES = {"\x1b\r": _Alt.ENTER, "\x1b\x7f": _Alt.BACKSPACE, "\x1b\x08": _Alt.BACKSPACE, "\x1b/": _Alt.SLASH}


def teach_alt_keys() -> None:
    """Let Textual know these keys. May be called again."""
    assert isinstance(ANSI_SEQUENCES_KEYS, dict)
    for sequence, key in _SEQUENCES.items():
        ANSI_SEQUENCES_KEYS[sequence] = (key,)


# ---------------------------------------------------------------- escapes in pastes

_START, _END = "\x1b[200~", "\x1b[201~"
SUBSTITUTE = "\x1a"
"""Stands for an Escape inside a paste; `tui.pasted.clean` takes it for one."""


class PasteGuard:
    """Keeps Escape out of marked pastes: tmux passes it on, and Textual 8.2 then types parts of them as keys."""

    def __init__(self) -> None:
        self._inside = False
        self._rest = ""

    def pass_on(self, data: str) -> str:
        """What the parser may read of what came, which may end anywhere."""
        if not self._inside and _START not in data:
            return data
        out = []
        data, self._rest = self._rest + data, ""
        while data:
            before, mark, after = data.partition(_END if self._inside else _START)
            if self._inside and not mark:
                cut = before.rfind("\x1b", max(0, len(before) - len(_END) + 1))
                if cut >= 0 and _END.startswith(before[cut:]):
                    before, self._rest = before[:cut], before[cut:]
            out += [before.replace("\x1b", SUBSTITUTE) if self._inside else before, mark]
            self._inside ^= bool(mark)
            data = after
        return "".join(out)


def guard_pastes() -> None:
    """Let Textual's parser read through a `PasteGuard`. May be called again."""
    if getattr(XTermParser, "_wxtui_guarded", False):
        return
    feed = XTermParser.feed
    guards: WeakKeyDictionary[XTermParser, PasteGuard] = WeakKeyDictionary()

    def guarded(parser: XTermParser, data: str) -> Iterable[Message]:
        passed = guards.setdefault(parser, PasteGuard()).pass_on(data)
        return feed(parser, passed) if passed or not data else ()

    setattr(XTermParser, "feed", guarded)  # noqa: B010 - a plain assignment to a method is not typed
    setattr(XTermParser, "_wxtui_guarded", True)  # noqa: B010
