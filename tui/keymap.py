"""Keys of every binding, from the two tables; a person's own keys; and both as words in sentences.

Sentences name a key by its binding's id, `{revoke}` or `{picker.mark}`; `hint` fills in the key of this person.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from tui.commands import BY_ID, COMMANDS, Command, nearest
from tui.errors import Phrase, UsageError
from tui.i18n import _
from tui.key_table import KEY_TABLE, Area

BINDINGS: Final[Mapping[str, str]] = {
    **{command.id: ",".join(command.keys) for command in COMMANDS},
    **{f"{command.id}.quiet": ",".join(command.quiet_keys) for command in COMMANDS if command.quiet_keys},
    **{row.id: row.keys for row in KEY_TABLE},
}
"""Binding's id → its keys by default, by Textual's names with commas between; hints show the first."""

ASKING: Final = frozenset({
    "accept", "revoke", "revoke_last", "forward", "retry", "cancel", "group", "logout", "quit", "login.quit",
    "transfers.cancel",
    "transfers.retry", "picture.forward", "overlay.quit",
})  # fmt: skip
"""Keys that act on other people, by the ids of their bindings: each asks first. A test sorts all bindings."""

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
_LETTERS: Final = frozenset(_SIGNS.values())
"""Named keys that type a character."""
_MODIFIERS: Final = ("alt", "ctrl", "hyper", "meta", "shift", "super")
_TAKEN: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace"}
"""Keys for which terminals send the same bytes as for another key."""


def key_name(written: str) -> str | None:
    """Return Textual's name of a key as a person writes it (`Ctrl+K`, `alt-a`, `?`); None when there is no such key."""
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


def checked(overrides: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return a person's own keys, by binding id, under Textual's names; an empty list takes the default keys away.

    Raises `UsageError` with the first of `mistakes_in`.
    """
    for _id, why in mistakes_in(overrides):
        raise UsageError(why=Phrase("[keys]: {why}.", why=why))
    return _own_keys(overrides)


def _own_keys(overrides: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {
        wanted: tuple(dict.fromkeys(key for key in map(key_name, keys) if key is not None))
        for wanted, keys in overrides.items()
    }


def mistakes_in(overrides: Mapping[str, Sequence[str]]) -> list[tuple[str, Phrase]]:
    """Return (binding id, why it makes no sense) where an id or a key is unknown, or one key would do two things."""
    found: list[tuple[str, Phrase]] = []
    for wanted, keys in overrides.items():
        if wanted not in BINDINGS:
            found.append((wanted, _unknown_id(wanted)))
        for part in keys:
            if key_name(part) is None:
                why = Phrase("“{key}”, given to {id}, is not a key", id=wanted, key=part.strip())
                found.append((wanted, why))
    own = _own_keys({wanted: keys for wanted, keys in overrides.items() if wanted in BINDINGS})
    owners: dict[str, Command] = {}
    for command in COMMANDS:
        for key in own.get(command.id, command.keys):
            other = owners.setdefault(key, command)
            if other is not command and (command.id in own or other.id in own):
                one, two = other.id, command.id
                why = Phrase("the key “{key}” is given to both {one} and {other}", key=key, one=one, other=two)
                found.append((command.id if command.id in own else other.id, why))
    return found + _lockouts(own)


def _lockouts(own: Mapping[str, tuple[str, ...]]) -> list[tuple[str, Phrase]]:
    """Return (binding id, why) where a person could not send a command any more, or one key answers yes and no."""
    found = []
    if not any("+" in key or (len(key) > 1 and key not in _LETTERS) for key in own.get("bar.send", ("enter",))):
        # Each change of a setting is sent with it, also the one that would give the key back.
        found.append(("bar.send", Phrase("{id} needs a key that types no letter", id="bar.send")))
    answers: dict[str, str] = {}
    for row in KEY_TABLE:
        if row.area is Area.QUESTION:
            for key in own.get(row.id, tuple(row.keys.split(","))):
                other = answers.setdefault(key, row.id)
                if other != row.id:
                    why = Phrase("the key “{key}” is given to both {one} and {other}", key=key, one=other, other=row.id)
                    found.append((row.id if row.id in own else other, why))
    return found


def _unknown_id(wanted: str) -> Phrase:
    near = nearest(wanted, BINDINGS)
    if near:
        return Phrase("unknown action “{id}” (did you mean {near}?)", id=wanted, near=near)
    return Phrase("unknown action “{id}”", id=wanted)


# ---------------------------------------------------------------- keys in sentences

_own: Mapping[str, tuple[str, ...]] = {}


def use(own: Mapping[str, tuple[str, ...]]) -> None:
    """Set a person's own keys, as `checked` gives them; every hint that follows names these."""
    global _own
    _own = own


class LineWords(msgspec.Struct, frozen=True):
    """Words of plain mode, where there are lines in place of keys.

    `sentences`: sentence about keys → what is said in its place; "" where a line says it already. `keys`: binding's
    id → what does the same there, for a binding that is no command with a slash name.
    """

    sentences: Mapping[str, str]
    keys: Mapping[str, str]


_line_words: LineWords | None = None


def speak_of_lines(words: LineWords | None) -> None:
    """Name slash commands in every hint that follows, not keys; None: keys again."""
    global _line_words
    _line_words = words


def keys_of(binding_id: str) -> tuple[str, ...]:
    """Return the keys of a binding for this person, by Textual's names; none where they were taken away."""
    own = _own.get(binding_id)
    return tuple(filter(None, BINDINGS[binding_id].split(","))) if own is None else own


_LABELS: Final = {
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
    **{name: sign for sign, name in _SIGNS.items() if sign.strip()},
}


def shown_key(key: str) -> str:
    """Return a key as it stands on the keyboard, from Textual's name for it: `Ctrl+K`, `?`, `Esc`."""
    *modifiers, name = key.split("+")
    label = _LABELS.get(name)
    if label is None:
        try:
            label = name if len(name) == 1 else unicodedata.lookup(name.replace("_", " "))
        except KeyError:
            label = name.capitalize()
        if modifiers and len(label) == 1:
            label = label.upper()
    return "+".join([*(modifier.capitalize() for modifier in modifiers), label])


def shown_keys(keys: Iterable[str]) -> str:
    """Return the keys of one binding as they stand on the keyboard, with blanks between."""
    return " ".join(dict.fromkeys(map(shown_key, keys)))


def first_key(binding_id: str) -> str:
    """Return the key that hints name for a binding, as it stands on the keyboard; "" when it has none.

    In plain mode a slash command.
    """
    if _line_words is not None:
        command = BY_ID.get(binding_id)
        if command is not None and command.names:
            return f"/{command.names[0]}"
        return _line_words.keys.get(binding_id, "")
    return shown_keys(keys_of(binding_id)[:1])


BETWEEN: Final = " · "
"""Stands between hints."""


class _Hint(string.Formatter):
    """Fills `{revoke}` with a key and everything else with its fact; notes the bindings, those that are slash commands
    here, and one that has no key."""

    def __init__(self) -> None:
        self.keyless = False
        self.named: list[str] = []
        self.typed: list[str] = []

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        """Return what stands for a field: a fact of this name, else the key of the binding with this id."""
        if field_name in kwargs:
            return kwargs[field_name], field_name
        self.named.append(field_name)
        key = first_key(field_name)
        if not key:
            self.keyless = True
            command = BY_ID.get(field_name)
            key = f"/{command.names[0]}" if command is not None and command.names else "—"
        if len(key) > 1 and key.startswith("/"):
            self.typed.append(field_name)
        return key, field_name


def hint(sentence: str, *, possible: Callable[[str], bool] = lambda binding_id: True, **facts: object) -> str:
    """Translate a sentence and fill in the keys that its `{binding ids}` have for this person, and its other facts.

    Of hints with dots between, `{copy} copy · {revoke} recall`, those without a key are left out, and those whose
    binding would do nothing now, as `possible` says. In a sentence a command without a key is named by its slash name.
    """
    if _line_words is not None and not (sentence := _line_words.sentences.get(sentence, sentence)):
        return ""
    parts = _(sentence).split(BETWEEN)
    shown = []
    for part in parts:
        form = _Hint()
        text = form.vformat(part, (), facts)
        if form.typed:
            text = _Hint().vformat(_typed(part, form.typed), (), facts)
        if all(map(possible, form.named)) and not (form.keyless and len(parts) > 1):
            shown.append(text)
    return BETWEEN.join(shown)


def _typed(sentence: str, binding_ids: Iterable[str]) -> str:
    """Return a sentence, not yet filled in, that says of these to type them: nobody presses a slash command."""
    for binding_id in binding_ids:
        place = f"{{{binding_id}}}"
        sentence = sentence.replace(_("Press {key}").format(key=place), _("Type {key}").format(key=place))
    return sentence
