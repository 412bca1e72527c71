"""Man pages from the tables of the program, in the language that WXTUI_LANG had when the program was imported."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import click
import manual_words as words
from roff import Page

from tui import __version__
from tui.cli.main import COMMANDS, module_of, wxtui
from tui.cli.reference import EXIT_CODES, VARIABLES, ExitCode
from tui.commands import COMMANDS as SLASH_COMMANDS
from tui.config.changing import shown_value
from tui.config.config_file import written
from tui.config.sample_file import sample_value
from tui.config.settings import HOOKS, SETTINGS, Setting, Settings, WrongValue
from tui.i18n import _, joined, translated
from tui.key_table import KEY_TABLE, Area
from tui.keymap import BINDINGS, hint, shown_keys
from tui.screens.dialogs.help_text import sections
from tui.services.session.risk import Risk, risk_words

CHINESE = _("Usage:") != "Usage:"


def said(both: words.Both, **facts: str) -> str:
    """Return words in the language of this run, with their facts."""
    return both[CHINESE].format(**facts) if facts else both[CHINESE]


class Described:
    """A command as `--help` describes it: `usage` are the words behind its name, `options` (names, help)."""

    def __init__(self, name: str, command: click.Command, parent: click.Context) -> None:
        context = click.Context(command, info_name=name.split()[-1], parent=parent)
        self.name = f"wxtui {name}"
        self.command = command
        self.usage = [_(one) for one in command.collect_usage_pieces(context)]
        self.summary = _(COMMANDS[name][1]) if name in COMMANDS else command.get_short_help_str(10_000)
        self.help = command.help or self.summary
        options = [one for one in command.get_params(context) if isinstance(one, click.Option)]
        records = [option.get_help_record(context) for option in options]
        self.options = [record for record in records if record and "--help" not in record[0]]
        self.context = context


def described() -> Iterator[Described]:
    """Give every command, and the commands within one behind it."""
    top = click.Context(wxtui, info_name="wxtui")
    for name in COMMANDS:
        yield from _with_inner(Described(name, getattr(import_module(module_of(name)), name), top))


def _with_inner(found: Described) -> Iterator[Described]:
    yield found
    if isinstance(found.command, click.Group):
        for name, inner in found.command.commands.items():
            yield from _with_inner(Described(f"{found.name.removeprefix('wxtui ')} {name}", inner, found.context))


def global_options() -> list[tuple[str, str]]:
    """Return the options of every command, as (names, help)."""
    context = click.Context(wxtui, info_name="wxtui", **wxtui.context_settings)
    return [record for option in wxtui.get_params(context) if (record := option.get_help_record(context))]


def program_page() -> str:
    """Return wxtui(1)."""
    page = Page("WXTUI", 1, f"wxtui {__version__}", said(words.COMMANDS), chinese=CHINESE)
    page.section(said(words.NAME))
    page.name("wxtui", said(words.PROGRAM))
    page.section(said(words.SYNOPSIS))
    page.synopsis("wxtui", [_("[OPTIONS]"), _("[COMMAND]"), _("[ARGS]") + "..."])
    page.section(said(words.DESCRIPTION))
    page.paragraphs(wxtui.help or "")
    page.section(said(words.RISK))
    page.paragraphs(joined(*risk_words(Risk.DESKTOP)))
    page.section(said(words.OPTIONS))
    page.paragraphs(said(words.GLOBAL_OPTIONS))
    for names, help in global_options():
        page.item(names, help)
    page.section(said(words.SUBCOMMANDS))
    for command in described():
        _command(page, command)
    page.section(said(words.TARGETS))
    page.paragraphs(said(words.TARGET))
    _slash_commands(page)
    _keys(page)
    page.section(said(words.EXIT_STATUS))
    for code in EXIT_CODES:
        page.item(str(code.code), meaning(code))
    page.section(said(words.ENVIRONMENT))
    for variable in VARIABLES:
        page.item(variable.names, _(variable.help))
    page.section(said(words.FILES))
    page.paragraphs(said(words.FILES_INTRO))
    for path, help in words.FILE_HELP:
        page.item(path, said(help))
    page.section(said(words.EXAMPLES))
    page.example(words.EXAMPLE)
    page.section(said(words.SEE_ALSO))
    page.paragraphs("wxtui-config(5), systemd.unit(5), loginctl(1)")
    return str(page)


def meaning(code: ExitCode) -> str:
    """Return what an exit code means, in one sentence."""
    return clauses(_(code.help), code.more and _(code.more))


def clauses(*parts: str) -> str:
    """Return parts of a sentence with semicolons between; empty ones are left out."""
    return ("；" if CHINESE else "; ").join(filter(None, parts))


def _command(page: Page, command: Described) -> None:
    page.part(command.name)
    page.synopsis(command.name, command.usage)
    page.paragraphs(command.help)
    for names, help in command.options:
        page.item(names, help)
    if command.command.epilog:
        page.paragraphs(command.command.epilog)


def _slash_commands(page: Page) -> None:
    page.section(said(words.SLASH))
    page.paragraphs(said(words.SLASH_INTRO))
    for command in SLASH_COMMANDS:
        if not command.names:
            continue
        names = " ".join(f"/{name}" for name in command.names[1:])
        also = said(words.ALSO, names=names) if names else ""
        keys = said(words.KEY, keys=shown_keys(command.keys)) if command.keys else ""
        name = f"/{command.names[0]} {_(command.usage) if command.usage else ''}".strip()
        page.item(name, _(command.help), joined(also, keys))


def _keys(page: Page) -> None:
    page.section(said(words.KEYS))
    page.paragraphs(said(words.KEYS_INTRO))
    # Slash commands have a section of their own, and the help of the input has the keys of editing.
    for found in sections([area for area in Area if area not in (Area.COMMANDS, Area.EDITING)]):
        page.part(found.title)
        for entry in found.entries:
            page.item(entry.keys, f"{entry.help} ({entry.names})" if entry.names else entry.help)


# ---------------------------------------------------------------- wxtui-config(5)


def config_page() -> str:
    """Return wxtui-config(5)."""
    page = Page("WXTUI\\-CONFIG", 5, f"wxtui {__version__}", said(words.FORMATS), chinese=CHINESE)
    page.section(said(words.NAME))
    page.name("wxtui-config", said(words.SETTINGS_OF))
    page.section(said(words.SYNOPSIS))
    page.synopsis("~/.config/wxtui/config.toml", [])
    page.synopsis("$WXTUI_HOME/config.toml", [])
    page.section(said(words.DESCRIPTION))
    page.paragraphs(said(words.CONFIG_INTRO))
    page.paragraphs(said(words.CONFIG_VARIABLES))
    page.section(said(words.SETTINGS))
    for setting in SETTINGS:
        page.item(setting.name, with_more(setting), joined(*_facts(setting)))
    page.section(said(words.NOTIFY))
    page.paragraphs(said(words.NOTIFY_INTRO))
    for kind, rule in Settings().notify_rules.items():
        page.item(kind, said(words.DEFAULT, value=rule))
    page.section(said(words.HOOKS))
    page.paragraphs(said(words.HOOKS_INTRO))
    for hook in HOOKS:
        page.item(hook, said(words.HOOK_HELP[hook]))
    page.section(said(words.KEY_IDS))
    page.paragraphs(said(words.KEYS_TABLE))
    for binding, help in _bindings():
        keys = shown_keys(filter(None, BINDINGS[binding].split(","))) or "[]"
        page.item(binding, said(words.OF_KEYS, keys=keys, help=help) if help else keys)
    page.section(said(words.EXAMPLES))
    page.example(example_of_tables())
    page.section(said(words.SEE_ALSO))
    page.paragraphs("wxtui(1)")
    return str(page)


def with_more(setting: Setting) -> str:
    """Return the help of a setting, and what else is to be said of it."""
    more = said(words.SETTING_MORE[setting.name]) if setting.name in words.SETTING_MORE else ""
    return clauses(_(setting.help), more)


def example_settings() -> Iterator[str]:
    """Give the lines of a file with every setting, each with its help."""
    for setting in SETTINGS:
        named = setting.choices == ("true", "false") or all(one in setting.help for one in setting.choices)
        choices = () if named else setting.choices
        offered = f" ({', '.join(choices)})" if choices else ""
        help = f"{_(setting.help)}{offered}{with_more(setting).removeprefix(_(setting.help))}"
        if setting.name in words.TABLE_EXAMPLES:
            yield from ("", f"{f'[{setting.name}]':<28}  # {help}", *words.TABLE_EXAMPLES[setting.name].splitlines())
        else:
            yield f"{f'{setting.name} = {written(sample_value(setting))}':<28}  # {help}"


def example_of_tables() -> str:
    """Return the lines of a short file."""
    tables = (f"\n[{name}]\n{lines}" for name, lines in words.TABLE_EXAMPLES.items())
    return "\n".join(('theme = "dark"', 'quiet = "23:00-08:00"', *tables))


def _facts(setting: Setting) -> Iterator[str]:
    """Give sentences: the values, the default, the variable, and when it counts."""
    try:
        setting.read(object())
    except WrongValue as wrong:
        what = translated(wrong.what) if wrong.what is not None else ""
    yield said(words.MUST_BE, what=what)
    default = shown_value(Settings(), setting.name)
    yield said(words.DEFAULT, value=default) if default else said(words.NO_DEFAULT)
    if setting.variable:
        yield said(words.VARIABLE, name=setting.variable)
    if not setting.at_once:
        yield said(words.NEXT_START)


def _bindings() -> Iterator[tuple[str, str]]:
    helps = {command.id: _(command.help) for command in SLASH_COMMANDS}
    helps |= {f"{command.id}.quiet": _(command.help) for command in SLASH_COMMANDS if command.quiet_keys}
    explained = ""
    for row in KEY_TABLE:
        explained = row.help if row.help else explained if row.help == "" else ""
        helps[row.id] = hint(explained) if explained else ""
    yield from helps.items()
