"""Keys that arrive before any of them is looked at."""

from __future__ import annotations

from tests.support.text_fields_app import key
from tui.terminal.key_order import KeyOrder

NAMES = {"\r": "enter", "\t": "tab", "\x0b": "ctrl+k", "\x1b": "escape", "/": "slash", " ": "space", ".": "full_stop"}


def press_at_once(app: KeyOrder, keys: str) -> None:
    """Let all these keys arrive before any of them is looked at."""
    for at, char in enumerate(keys):
        name = NAMES.get(char, char)
        app.post_message(key(name, at * 0.00005, char if char.isprintable() else None))
