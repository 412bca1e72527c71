"""Keys that arrive before any of them is looked at."""

from __future__ import annotations

from tests.support.text_fields_app import key
from tui.terminal.key_order import KeyOrder

NAMES = {
    "\r": "enter",
    "\t": "tab",
    "\x0b": "ctrl+k",
    "\x11": "ctrl+q",
    "\x15": "ctrl+u",
    "\x7f": "backspace",
    "\x1b": "escape",
    "/": "slash",
    " ": "space",
    ".": "full_stop",
    "?": "question_mark",
}


def press_at_once(app: KeyOrder, keys: str, *, step: float = 0.00005, after: float = 0.0) -> None:
    """Let all these keys arrive before any of them is looked at: as if one came `step` seconds after another, and the
    first `after` seconds from now."""
    for at, char in enumerate(keys):
        name = NAMES.get(char, char)
        app.post_message(key(name, after + at * step, char if char.isprintable() else None))
