"""Settings as they count, each with where it comes from: the default, a line of the file, a variable, an option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from tui.config.config_file import Value, line_numbers
from tui.config.settings import BY_NAME, SETTINGS, Examined, Settings, examine
from tui.errors import Phrase
from tui.paths import in_home
from tui.wire.names import Endpoint

Source: TypeAlias = Literal["default", "file", "variable", "option"]


class ShownSetting(msgspec.Struct, frozen=True):
    """Value of a setting, or of one part of a table (`notify.group`), as TOML has it; None where there is none.

    A password in it is masked. `line` is that of the file, `named_by` the variable or option, where it comes from one.
    """

    name: str
    value: Value | None
    default: Value | None
    source: Source
    line: int = 0
    named_by: str = ""


def shown_settings(found: Examined, options: Mapping[str, tuple[str, object]]) -> Iterator[ShownSetting]:
    """Yield every setting in the order of the table. `options` has, by setting, the option that sets it and a value."""
    lines = line_numbers(found.text)
    for setting in SETTINGS:
        name = setting.name
        if setting.parts is not None:
            yield from _parts(found.settings, lines, name)
            continue
        value, default = getattr(found.settings, name), toml_value(name, getattr(Settings(), name))
        source: Source = "default"
        line, named_by = 0, ""
        if name in options:
            source, (named_by, value) = "option", options[name]
        elif name in found.variables:
            source, named_by = "variable", found.variables[name]
        elif name in found.in_file:
            source, line = "file", lines.get(name, 0)
        yield ShownSetting(name, toml_value(name, value), default, source, line, named_by)


def _parts(settings: Settings, lines: Mapping[str, int], table: str) -> Iterator[ShownSetting]:
    """Yield the values of a table: the rules of all kinds, else those that are set."""
    own = getattr(settings, table)
    defaults = Settings().notify_rules if table == "notify" else {}
    for part, value in {**defaults, **own}.items():
        name = f"{table}.{part}"
        line = lines.get(name, 0) if part in own else 0
        yield ShownSetting(
            name, toml_value(table, value), defaults.get(part), "file" if part in own else "default", line
        )


def toml_value(name: str, value: object) -> Value | None:
    """Return the value of a setting as TOML has it, a password masked; None for none."""
    match value:
        case None:
            return None
        case Endpoint():
            return value.value
        case Path():
            return in_home(value)
        case float():
            return int(value) if value.is_integer() else value
        case tuple():
            return tuple(in_home(one) if isinstance(one, Path) else str(one) for one in value)
        case str() if BY_NAME[name].is_secret:
            from tui.config.proxy_address import masked

            return masked(value)
        case bool() | int() | str():
            return value
    raise TypeError(name)


def open_to_others(path: Path) -> Phrase | None:
    """Return why the file must not be readable by others, where it is: a proxy's password; None where all is well."""
    from tui.config.proxy_address import has_password

    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    if mode & 0o077 and has_password(examine(path, {}).settings.proxy):
        return Phrase("other users can read the proxy's password in {path}", path=path)
    return None
