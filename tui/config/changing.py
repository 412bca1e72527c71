"""Changes of one setting, as a person types it: checked, and as `config.toml` is to hold it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from tui.config import config_file
from tui.config.settings import (
    BY_NAME,
    SWITCHES,
    Setting,
    Settings,
    WrongValue,
    command_words,
    read_command,
    read_days,
    read_folder,
    read_folders,
    read_hooks,
    read_keys,
    read_megabytes,
    read_seconds,
    read_switch,
    unknown_setting,
)
from tui.errors import Phrase, UsageError
from tui.paths import in_home
from tui.wire.names import Endpoint

DEFAULT: Final = "default"
"""Word that takes a setting out of the file."""
_NO_KEY: Final = "none"


class SettingChange(msgspec.Struct, frozen=True):
    """Change of one setting: `name` and `value` for the file (None takes it out), and all settings with it."""

    setting: Setting
    name: str
    value: config_file.Value | None
    settings: Settings


def change(settings: Settings, name: str, text: str) -> SettingChange:
    """Return the change of a setting to a value that a person typed, without quotes. Raises `UsageError`.

    `name` is a setting, or that of a table, a dot, and the name in it: the id of a binding, a kind, a hook.
    """
    table, _dot, part = name.partition(".")
    setting = BY_NAME.get(table)
    if setting is None or bool(part) is not (setting.parts is not None):
        known = setting.parts if setting is not None and setting.parts is not None else unknown_setting(name, "/set")
        raise UsageError(why=Phrase("Nothing was changed: {why}.", why=known))
    text = _meant(setting, text)
    value = None if text == DEFAULT else typed_value(setting, text)
    try:
        if part:
            others = {one: before for one, before in getattr(settings, table).items() if one != part}
            mine = {} if value is None else {part: value}
            new = setting.read({one: [*now] if isinstance(now, tuple) else now for one, now in (others | mine).items()})
        elif value is None:
            new = getattr(Settings(), table)
        else:
            new = setting.read([*value] if isinstance(value, tuple) else value)
    except WrongValue as wrong:
        raise UsageError(why=Phrase("Nothing was changed: {why}.", why=wrong.sentences(name)[0][1])) from None
    return SettingChange(setting, name, value, msgspec.structs.replace(settings, **{table: new}))


def _meant(setting: Setting, text: str) -> str:
    """Return the choice that a text begins, where it begins no other: `li` is `light`; else the text."""
    wanted = text.lower()
    begun = [one for one in (*setting.choices, DEFAULT) if one.lower().startswith(wanted)]
    return begun[0] if setting.choices and wanted and len(begun) == 1 else text


def typed_value(setting: Setting, text: str) -> config_file.Value:
    """Return a text that a person typed as the file holds it; nothing is checked."""
    from tui.paste import split_words

    if setting.read is read_hooks:
        return command_words(text) or text
    if setting.read is read_keys:
        return () if text == _NO_KEY else tuple(text.replace(",", " ").split())
    if setting.read is read_folders:
        return tuple(split_words(text))
    if setting.read is read_folder:
        words = split_words(text)
        return words[0] if len(words) == 1 else text
    if setting.read in (read_days, read_megabytes) and text.isascii() and text.isdigit():
        return int(text[:9])
    if setting.read is read_seconds:
        with suppress(ValueError):
            seconds = float(text)
            return int(seconds) if seconds.is_integer() else seconds
    value = SWITCHES.get(text.lower(), text) if setting.read is read_switch else text
    return next((one for one in setting.choices if one.lower() == text.lower()), text) if value is text else value


def shown_value(settings: Settings, name: str) -> str:
    """Return the value of a setting as a person would type it; "" where there is none."""
    value = getattr(settings, name)
    match value:
        case None:
            return ""
        case str() if BY_NAME[name].is_secret:
            from tui.config.proxy_address import masked

            return masked(value)
        case bool():
            return "true" if value else "false"
        case Endpoint():
            return value.value
        case float():
            return f"{value:g}"
        case tuple() if BY_NAME[name].read is read_command:
            from shlex import join

            return join(value)
        case tuple():
            return " ".join(map(_short, value))
        case Path():
            return _short(value)
        case Mapping() if name == "notify":
            return " ".join(f"{kind}={rule}" for kind, rule in settings.notify_rules.items())
        case Mapping():
            return " ".join(value)
        case _:
            return str(value)


def shown_part(settings: Settings, table: str, part: str) -> str:
    """Return one value of a setting that is a table, as a person would type it; "" where there is none."""
    values = settings.notify_rules if table == "notify" else getattr(settings, table)
    value = values.get(part, "")
    return value if isinstance(value, str) else " ".join(value)


def _short(path: Path) -> str:
    """Return a path that can be typed: `~` for one's home, blanks escaped."""
    from tui.paste import escaped

    return escaped(in_home(path))
