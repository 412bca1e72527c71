"""JSON schema of `config.toml`, made of the table of settings. It ships as `schema.json` beside this module.

It refuses nothing that the readers take. Times of day that do not exist, and one key for two things, only they refuse.
"""

from __future__ import annotations

from typing import Any, Final

from tui.config import settings
from tui.config.settings import HOOKS, SETTINGS, Setting, Settings
from tui.config.shown_settings import toml_value
from tui.keymap import BINDINGS

_PATH: Final = {"type": "string", "pattern": "^[/~]"}
_COMMAND: Final = {
    "anyOf": [
        {"type": "string", "pattern": r"\S"},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ]
}
_KEY: Final = {"type": "string", "pattern": r"^[^\s,]+$"}
_KEYS: Final = {"anyOf": [_KEY, {"type": "array", "items": _KEY}]}

_BY_READER: Final[dict[object, dict[str, Any]]] = {
    settings.read_switch: {"type": "boolean"},
    settings.read_days: {
        "anyOf": [
            {"enum": ["all", "nothing"]},
            {"type": "integer", "minimum": 1, "maximum": settings.MOST_DAYS},
            {"type": "string", "pattern": "^[0-9]+$"},
        ]
    },
    settings.read_seconds: {
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": settings.LONGEST_PAUSE},
            {"type": "string", "pattern": settings.SECONDS},
        ]
    },
    settings.read_megabytes: {
        "anyOf": [
            {"type": "integer", "minimum": 0, "maximum": settings.MOST_MEGABYTES},
            {"type": "string", "pattern": "^[0-9]+$"},
        ]
    },
    settings.read_folder: _PATH,
    settings.read_folders: {"type": "array", "items": _PATH},
    settings.read_command: _COMMAND,
    settings.read_proxy: {"anyOf": [{"enum": ["auto", "none"]}, {"type": "string", "pattern": r"^\S+$"}]},
    settings.read_times_of_day: {"type": "string"},
}


def schema() -> dict[str, Any]:
    """Return the schema, its descriptions in English."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "config.toml of wxtui",
        "type": "object",
        "additionalProperties": False,
        "properties": {setting.name: _described(setting) for setting in SETTINGS},
    }


def _described(setting: Setting) -> dict[str, Any]:
    """Return the schema of a setting, with its help and its default."""
    found = {"description": setting.help, **_rule(setting)}
    if setting.parts is None:
        default = toml_value(setting.name, getattr(Settings(), setting.name))
        if default not in (None, ()):
            found["default"] = default
    return found


def _rule(setting: Setting) -> dict[str, Any]:
    match setting.name:
        case "notify":
            rules = Settings().notify_rules
            return _table({kind: {"enum": [*settings.RULES], "default": rule} for kind, rule in rules.items()})
        case "hooks":
            return _table(dict.fromkeys(HOOKS, _COMMAND))
        case "keys":
            return _table(_tree(""))
        case _:
            return _BY_READER.get(setting.read) or {"enum": [*setting.choices]}


def _table(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _tree(prefix: str) -> dict[str, Any]:
    """Return the bindings that begin so: an id with a dot in it stands in quotes, or is a table within one."""
    found: dict[str, Any] = {}
    for binding in BINDINGS:
        if binding.startswith(prefix):
            name, dot, _rest = binding.removeprefix(prefix).partition(".")
            if dot:
                found[binding.removeprefix(prefix)] = _KEYS
            inner = _table(_tree(f"{prefix}{name}.")) if dot else None
            before = found.get(name)
            if inner is None:
                found[name] = _KEYS if before is None else {"anyOf": [_KEYS, before]}
            elif before is _KEYS:
                found[name] = {"anyOf": [_KEYS, inner]}
            elif before is None:
                found[name] = inner
    return found
