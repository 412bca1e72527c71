"""Keys as they stand on the keyboard: `Ctrl+K`, `?`, `Esc`. Textual's names are for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.keys import key_to_character

_NAMES: Final = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "space": "Space",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "Backspace",
    # Textual has names of its own for these; the others are Unicode's.
    "slash": "/",
    "backslash": "\\",
    "underscore": "_",
    "minus": "-",
    "plus": "+",
    "equals_sign": "=",
}


def shown_key(key: str) -> str:
    """One key, from Textual's name for it."""
    *modifiers, name = key.split("+")
    label = _NAMES.get(name)
    if label is None:
        label = key_to_character(name) or name.capitalize()
        if modifiers and len(label) == 1:
            label = label.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), label])


def shown_keys(keys: Iterable[str]) -> str:
    """Several that do the same."""
    return " ".join(dict.fromkeys(map(shown_key, keys)))
