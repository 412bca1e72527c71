"""`wxtui config`: the settings as they count, the file that they stand in, and what is wrong in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui import errors
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import clean, tell, tell_mistakes, tell_person, write, write_json, write_path, write_rows
from tui.config.settings import BY_NAME, Examined, examine, unknown_setting
from tui.i18n import _, counted, translated
from tui.paths import config_file

if TYPE_CHECKING:
    from tui.config.shown_settings import ShownSetting


@click.group(help=_("Show the settings, and create or check their file."))
def config() -> None:
    """See the help text."""


@config.command(
    help=_(
        "Show every setting, and where it comes from. A variable wins over the file, an option over both. "
        "With NAME, show only these.\n\n"
        "Mistakes are told besides; what is wrong counts as not set."
    )
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@global_options()
def show(setup: Setup, names: tuple[str, ...]) -> None:
    """See the help text."""
    from tui.config.shown_settings import shown_settings

    for name in names:
        if name.partition(".")[0] not in BY_NAME:
            raise errors.UsageError(why=unknown_setting(name))
    found = examine()
    tell_mistakes(found.sentences)
    options = {} if setup.endpoint is None else {"endpoint": ("--endpoint", setup.endpoint)}
    rows = [
        one
        for one in shown_settings(found, options)
        if not names or any(one.name == name or one.name.startswith(f"{name}.") for name in names)
    ]
    if setup.json:
        for row in rows:
            write_json(_facts(row))
    else:
        write_rows([(row.name, _value(row), _from(row)) for row in rows])


def _facts(row: ShownSetting) -> dict[str, object]:
    facts: dict[str, object] = {"setting": row.name, "value": row.value, "default": row.default, "source": row.source}
    return facts | {"line": row.line or None, "named_by": row.named_by or None}


def _value(row: ShownSetting) -> str:
    from tui.config.config_file import written

    return "" if row.value is None else written(row.value)


def _from(row: ShownSetting) -> str:
    if row.source == "default":
        return _("default") if row.value is not None else _("not set")
    if row.source == "file":
        return _("{path}, line {line}").format(path=config_file().name, line=row.line)
    return row.named_by


@config.command(help=_("Print the path of the file. It need not exist."))
@global_options()
def path(setup: Setup) -> None:
    """See the help text."""
    place = config_file()
    is_there = _is_there(place)
    if setup.json:
        write_json({"path": str(place), "exists": is_there})
        return
    write_path(place)
    if not is_there:
        tell_person(_("There is no such file yet. Create it: wxtui config init"))


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:
        return False


@config.command(
    help=_("Create the file, every default a comment. Each setting has its help. A file that exists stays as it is.")
)
@click.option("--stdout", is_flag=True, help=_("Print it instead."))
@global_options()
def init(setup: Setup, stdout: bool) -> None:
    """See the help text."""
    from tui.config.sample_file import sample_file
    from tui.services.util.private_file import write_new

    text = sample_file()
    if stdout:
        write(text.rstrip("\n"), exact=True)
        return
    place = config_file()
    try:
        write_new(place, text.encode())
    except FileExistsError:
        raise errors.SettingsExist(path=place) from None
    if setup.json:
        write_json({"path": str(place), "created": True}, keep=True)
    else:
        write(clean(_("Created {path}.").format(path=place)), keep=True)


@config.command(
    help=_(
        "Tell every mistake, with its line. Checks the file and the environment, and says what is allowed. Exit code 2 "
        "if there is a mistake. With FILE, check that file instead, without the environment."
    )
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@global_options()
def check(setup: Setup, file: Path | None) -> int:
    """See the help text."""
    from tui.config.shown_settings import open_to_others

    place = file or config_file()
    if file is not None and not _is_there(file):
        raise errors.UsageError(why=_("There is no file “{path}”.").format(path=file))
    found = examine(file, {}) if file is not None else examine()
    warning = open_to_others(place)
    if setup.json:
        for one in found.mistakes:
            facts: dict[str, object] = {
                "setting": one.setting or None,
                "line": one.line or None,
                "variable": one.variable or None,
            }
            write_json({"level": "bad", **facts, "message": translated(one.sentence)})
        if warning is not None:
            write_json({"level": "warning", "setting": "proxy", "message": translated(warning)})
    else:
        tell_mistakes(found.sentences)
        if warning is not None:
            tell(f"wxtui: {translated(warning)}. " + _("Run: chmod go= {names}").format(names=place))
        if not found.mistakes:
            write(clean(_fine(place, found)))
    return errors.SettingsWrong.exit_code if found.mistakes else 0


def _fine(place: Path, found: Examined) -> str:
    if not _is_there(place):
        return _("There is no {path}: everything has its default.").format(path=place)
    return counted(
        "{path}: {count} setting, no mistake.", "{path}: {count} settings, no mistake.", len(found.in_file), path=place
    )


@config.command(help=_("Print the JSON schema of the file. Editors and other programs check files with it."))
@global_options()
def schema(setup: Setup) -> None:
    """See the help text."""
    import json

    from tui.config.schema import schema as whole

    write(json.dumps(whole(), indent=2, ensure_ascii=False), exact=True)
