"""`config.toml` as `wxtui config init` writes it: every setting with its help, and its default as a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tui.commands import COMMANDS
from tui.config.changing import typed_value
from tui.config.config_file import Value, key_written, written
from tui.config.settings import HOOKS, SETTINGS, Setting, Settings
from tui.config.shown_settings import toml_value
from tui.errors import N_
from tui.i18n import _, listed
from tui.key_table import BESIDE, KEY_TABLE, PLAIN
from tui.keymap import BINDINGS, hint, key_name

HEAD: Final = (
    N_("Settings of wxtui, for all profiles. A line that starts with # does not count."),
    N_("Each setting has its default here. Take the # away to change one, or use /set in wxtui."),
    N_("After a change: wxtui config check"),
)


def sample_file() -> str:
    """Return the text, in the language of now. Without its # each line is a setting."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from (f"# {_(sentence)}" for sentence in HEAD)
    for setting in SETTINGS:
        yield ""
        if setting.parts is None:
            yield f"# {_about(setting)}"
            yield f"#{setting.name} = {written(sample_value(setting))}"
        else:
            yield f"# {_(setting.help)}"
            yield f"#[{setting.name}]"
            yield from _TABLES[setting.name]()


def _about(setting: Setting) -> str:
    """Return its help, what else it may be, and that its value is only an example."""
    told = setting.choices == ("true", "false") or all(choice in setting.help for choice in setting.choices)
    choices = () if told else setting.choices
    said = _("{help} ({choices})").format(help=_(setting.help), choices=listed(choices)) if choices else _(setting.help)
    return _("{help}; for example").format(help=said) if _is_unset(setting) else said


def _is_unset(setting: Setting) -> bool:
    return getattr(Settings(), setting.name) in (None, (), "")


def sample_value(setting: Setting) -> Value:
    """Return the default, or an example where there is none."""
    if _is_unset(setting):
        return typed_value(setting, setting.example or setting.choices[0])
    value = toml_value(setting.name, getattr(Settings(), setting.name))
    assert value is not None
    return value


def _rules() -> Iterator[str]:
    return (f"#{kind} = {written(rule)}" for kind, rule in Settings().notify_rules.items())


def _hooks() -> Iterator[str]:
    return (f"#{name} = {written('notify-send wxtui')}" for name in HOOKS)


def _keys() -> Iterator[str]:
    helps: Mapping[str, str] = {
        **{command.id: _(command.help) for command in COMMANDS},
        **{row.id: hint(row.help) for row in KEY_TABLE if row.help not in (BESIDE, PLAIN, None)},
    }
    for binding, keys in BINDINGS.items():
        # A key for which terminals send the bytes of another one cannot be set.
        line = f"#{key_written(binding)} = {written(tuple(filter(key_name, keys.split(','))))}"
        yield f"{line}  # {helps[binding]}" if binding in helps else line


_TABLES: Final = {"notify": _rules, "hooks": _hooks, "keys": _keys}
