"""The sentences of click, which parses the command line, in the interface's language."""

from __future__ import annotations

import sys
from typing import Final

from tui.errors import N_
from tui.i18n import _

_MODULES: Final = ("core", "decorators", "exceptions", "formatting", "parser", "types")
"""Modules of click that look sentences up; each holds its own `_` and some an `ngettext`."""

WORDS: Final = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("No such command {name!r}."),
    N_("No such option {name!r}."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
    N_("Option {name!r} does not take a value."),
    N_("Option {name!r} requires an argument."),
    N_("Option {name!r} requires {nargs} arguments."),
    N_("Got unexpected extra argument ({args})"),
    N_("Got unexpected extra arguments ({args})"),
    N_("{value!r} is not {choice}."),
    N_("{value!r} is not one of {choices}."),
    N_("Did you mean {possibility}?"),
    N_("(Did you mean one of: {possibilities}?)"),
)
"""The sentences that click can say here, as it writes them."""


def _plural(one: str, more: str, count: int) -> str:
    return _(one if count == 1 else more)


def translate() -> None:
    """Let click say its sentences in the interface's language; one that is not among `WORDS` stays English."""
    for name in _MODULES:
        words = vars(sys.modules[f"click.{name}"])
        words.update({own: ours for own, ours in (("_", _), ("ngettext", _plural)) if own in words})
