"""`wxtui service`: a systemd unit of one's own, in which `wxtui listen` runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from tui import errors
from tui.cli.own_program import own_program_by_python
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import write, write_json
from tui.i18n import _

_FOLDERS: Final = ("WXTUI_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
"""Variables that say where files lie: systemd does not have those of a shell."""
_TEMPLATE: Final = Path(__file__).with_name("listen.service")
_AS_IT_IS: Final = "/._-=:@+"
"""Signs that a word may have without quotes."""


@click.group(help=_("Print a systemd unit that receives messages in the background."))
def service() -> None:
    """See the help text."""


@service.command(
    "print",
    help=_(
        "Print a unit of systemd for wxtui listen, for your own user. It stores messages and runs your hooks in the "
        "background. The lines at its beginning say where to put it and how to enable it.\n\n"
        "It is for the profile and the WXTUI_HOME of this command line. Messages do not go to the journal. It starts "
        "again a minute after a failure, and gives up after six starts in an hour; when you are not logged in it does "
        "not start again, and waits for you."
    ),
)
@global_options()
def print_unit(setup: Setup) -> None:
    """Print the unit; with `--json` also its name and place."""
    profile = setup.profile.name
    name = "wxtui.service" if profile == "default" else f"wxtui-{_unit_name(profile)}.service"
    options = [f"--profile={profile}"]
    if setup.server:
        options.append(f"--server={setup.server}")
    if setup.endpoint:
        options.append(f"--endpoint={setup.endpoint.value}")
    place = f"~/.config/systemd/user/{name}"
    unit = unit_text(profile, name, [*own_program_by_python(), *options, "listen"])
    if setup.json:
        write_json({"name": name, "place": place, "unit": unit})
    else:
        write(unit.rstrip(), exact=True)


def unit_text(profile: str, name: str, command: Sequence[str]) -> str:
    """Return the unit of this name that runs a command. Raises `UsageError` for what no unit can hold."""
    from shlex import quote

    if not all(letter.isalnum() or letter in _AS_IT_IS for letter in command[0]):
        # Of the program itself systemd takes fewer signs than of its arguments; env would take a = for a variable.
        command = ["/bin/sh", "-c", 'exec "$0" "$@"', *command]
    places = {name: os.environ.get(name, "") for name in _FOLDERS}
    settings = [_quoted(f"{name}={Path(value).absolute()}") for name, value in places.items() if value]
    if language := os.environ.get("WXTUI_LANG", ""):
        settings.append(_quoted(f"WXTUI_LANG={language}"))
    return _TEMPLATE.read_text("utf-8").format(
        put=_("Put this into {place}, then:").format(place=f"~/.config/systemd/user/{name}"),
        linger=_("So that it also runs while you are not logged in to this computer:"),
        look=_("How it is, and what it said:"),
        ends=_("Does not start again after 2, a mistake in the settings or in this file, and 3, not logged in."),
        unit=quote(name),
        profile=profile,
        command=" ".join(_quoted(word.replace("$", "$$")) for word in command),
        environment="".join(f"Environment={one}\n" for one in settings),
    )


def _unit_name(text: str) -> str:
    """Return letters as the name of a unit may have them: others than ASCII by their bytes."""
    return "".join(one if one.isascii() else "".join(f"\\x{byte:02x}" for byte in one.encode()) for one in text)


def _quoted(word: str) -> str:
    """Return a word as systemd reads it: quoted, and without its specifiers."""
    if not word.isprintable():
        raise errors.UsageError(why=errors.Phrase("A systemd unit cannot hold such characters: {text}", text=word))
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return text if text and all(letter.isalnum() or letter in _AS_IT_IS + "%$" for letter in text) else f'"{text}"'
