"""A person's own keys for the actions of this program, checked before anything is drawn."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from msgspec.structs import replace

from tui.commands import BY_ID, COMMANDS, Command, nearest
from tui.errors import Phrase, UsageError

_SIGNS: Final = {
    "?": "question_mark", "/": "slash", ".": "full_stop", ",": "comma", "-": "minus", "+": "plus", "=": "equals_sign",
    ":": "colon", ";": "semicolon", "!": "exclamation_mark", "'": "apostrophe", '"': "quotation_mark",
    "[": "left_square_bracket", "]": "right_square_bracket", "\\": "backslash", "`": "grave_accent", "@": "at",
    "#": "number_sign", "*": "asterisk", "<": "less_than_sign", ">": "greater_than_sign", "_": "underscore",
    "&": "ampersand", "%": "percent_sign", "$": "dollar_sign", "^": "circumflex_accent", "~": "tilde",
    "(": "left_parenthesis", ")": "right_parenthesis", "|": "vertical_line", " ": "space",
}  # fmt: skip
_NAMED: Final = {
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace", "enter", "tab",
    "escape", "space", *(f"f{number}" for number in range(1, 25)), *_SIGNS.values(),
}  # fmt: skip
_MODIFIERS: Final = ("alt", "ctrl", "hyper", "meta", "shift", "super")
_TAKEN: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace"}
"""What terminals send for another key."""


def key_name(written: str) -> str | None:
    """A key as a person writes it (`Ctrl+K`, `alt-a`, `?`) under Textual's name; None when there is none such."""
    written = written.strip()
    *before, key = re.split(r"[+-](?=.)", written) if len(written) > 1 else [written]
    modifiers = sorted(part.lower() for part in before)
    if len(key) == 1:
        key = _SIGNS.get(key, key)
        if "ctrl" in modifiers:
            key = key.lower()
    else:
        key = key.lower()
    if (len(key) > 1 and key not in _NAMED) or not key.isprintable() or len(set(modifiers)) != len(modifiers):
        return None
    if not key or any(part not in _MODIFIERS for part in modifiers):
        return None
    name = "+".join([*modifiers, key])
    return None if name in _TAKEN else name


def with_keys(overrides: Mapping[str, str], others: Collection[str] = ()) -> tuple[Command, ...]:
    """The table with a person's own keys: id → keys, with commas between, "" for none.

    `others` are ids of keys that are not commands'; they are passed by. Raises `UsageError` with one sentence when an
    id or a key is not known, or when one key would do two things.
    """
    for wanted in overrides:
        if wanted not in BY_ID and wanted not in others:
            near = nearest(wanted, [*BY_ID, *others])
            if near:
                said = Phrase("The keymap names “{id}”, which is no action. Did you mean {near}?", id=wanted, near=near)
            else:
                said = Phrase("The keymap names “{id}”, which is no action.", id=wanted)
            raise UsageError(why=said)
    table = tuple(
        replace(command, keys=_keys_of(command.id, overrides[command.id])) if command.id in overrides else command
        for command in COMMANDS
    )
    owners: dict[str, Command] = {}
    for command in table:
        for key in command.keys:
            other = owners.setdefault(key, command)
            if other is not command and (command.id in overrides or other.id in overrides):
                raise UsageError(
                    why=Phrase(
                        "The keymap gives the key “{key}” to both {one} and {other}.",
                        key=key,
                        one=other.id,
                        other=command.id,
                    )
                )
    return table


def _keys_of(command_id: str, written: str) -> tuple[str, ...]:
    found = []
    for part in written.split(",") if written.strip() else ():
        key = key_name(part)
        if key is None:
            raise UsageError(
                why=Phrase("The keymap gives {id} the key “{key}”, which is no key.", id=command_id, key=part.strip())
            )
        found.append(key)
    return tuple(dict.fromkeys(found))
