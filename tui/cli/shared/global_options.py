"""Global options, which may stand before or behind a command's name."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from tui import errors
from tui.i18n import _
from tui.paths import Profile, find_profile
from tui.services.session.login_options import LoginOptions
from tui.wire.names import Endpoint

F = TypeVar("F", bound=Callable[..., Any])


class Setup:
    """Values of the global options in one run."""

    def __init__(self) -> None:
        self.profile_name = "default"
        self.server: str | None = None
        self.endpoint: Endpoint | None = None
        self.json = False
        self.command = ""
        self.verbosity = 0
        self.quiet = False

    @property
    def profile(self) -> Profile:
        """Return the folders of this profile. Raises `UsageError`."""
        return find_profile(self.profile_name)

    @property
    def login_options(self) -> LoginOptions:
        """Return the variant and server that the options ask for."""
        return LoginOptions(self.endpoint, self.server)


def _keep(field: str, read: Callable[[Any], Any] = lambda value: value) -> Callable[..., None]:
    """Return a callback that keeps an option's value in `Setup`."""

    def callback(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        # The option exists before and behind the command's name: one that is not given must not overwrite the other.
        if value not in (None, False, 0):
            setattr(context.ensure_object(Setup), field, read(value))

    return callback


def _set_verbosity(context: click.Context, parameter: click.Parameter, value: int) -> None:
    setup = context.ensure_object(Setup)
    if value:
        setup.verbosity = max(setup.verbosity, value)
        _expect_one_manner(setup)
        start_log(setup.verbosity)


def _set_quiet(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    from tui.cli.shared.output import be_quiet

    setup = context.ensure_object(Setup)
    setup.quiet = setup.quiet or value
    _expect_one_manner(setup)
    be_quiet(setup.quiet)


def _expect_one_manner(setup: Setup) -> None:
    if setup.quiet and setup.verbosity:
        raise errors.UsageError(why=_("--quiet and --verbose cannot be combined."))


def start_log(verbosity: int) -> None:
    """Log wxtui's own work to standard error, not that of libraries. No log line has a secret, at any level."""
    import logging

    logger, handler = logging.getLogger("wxtui"), logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
    # The log file has a level of its own.
    handler.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
    logger.handlers = [handler]
    logger.setLevel(handler.level)
    logger.propagate = False


def plain_option() -> Callable[[F], F]:
    """Return a decorator that adds `--plain`, for what opens the program; `plain_by_variable` is the other way."""
    return click.option("--plain", is_flag=True, help=_("Lines instead of a full screen, for screen readers."))


def plain_by_variable() -> bool:
    """Return whether WXTUI_PLAIN asks for plain mode. It matters to nothing else, whatever it says. Raises
    `SettingsWrong`."""
    text = os.environ.get("WXTUI_PLAIN", "").strip().lower()
    if not text:
        return False
    from tui.config.settings import SWITCHES

    if text not in SWITCHES:
        sentence = errors.Phrase(
            "The variable {name} must be {what}.", name="WXTUI_PLAIN", what=errors.Phrase("true or false")
        )
        raise errors.SettingsWrong(why=sentence, mistakes=(sentence,))
    return SWITCHES[text]


def global_options(*, inner: bool = True) -> Callable[[F], F]:
    """Return a decorator that adds the global options. Every command takes them too (`inner`), and gets the `Setup` as
    its first argument; there the environment has been read already."""

    def option(*names: str, **more: Any) -> Callable[[F], F]:
        return click.option(*names, expose_value=False, hidden=inner, **more)

    def decorate(function: Any) -> Any:
        if inner:
            function = click.pass_obj(function)
        for add in (
            option(
                "-v",
                "--verbose",
                count=True,
                callback=_set_verbosity,
                help=_("Show more output; -vv shows everything."),
            ),
            option(
                "-q",
                "--quiet",
                is_flag=True,
                callback=_set_quiet,
                help=_("Only results and what goes wrong: no progress, notices and hints."),
            ),
            option("--json", is_flag=True, callback=_keep("json"), help=_("One JSON object per line.")),
            option(
                "--endpoint",
                type=click.Choice([endpoint.value for endpoint in Endpoint]),
                callback=_keep("endpoint", Endpoint),
                help=_("The web version, or File Transfer (works for every account)."),
            ),
            option(
                "--server",
                metavar="URL",
                envvar=None if inner else "WXTUI_SERVER",
                callback=_keep("server"),
                help=_("Use this server for every host, e.g. the sandbox."),
            ),
            option(
                "--profile",
                metavar="NAME",
                envvar=None if inner else "WXTUI_PROFILE",
                callback=_keep("profile_name"),
                help=_("Account profile; default: “default”."),
            ),
        ):
            function = add(function)
        return function

    return decorate
