"""The sentences of click, which parses the command line, in the interface's language."""

from __future__ import annotations

import re
import sys
from typing import Final

import click
from click.formatting import wrap_text

from tui.cli.word_wrap import cells_of, in_lines
from tui.errors import N_
from tui.i18n import _, plural

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


_USAGE: Final = (N_("[OPTIONS]"), N_("[COMMAND]"), N_("[ARGS]"))
"""What stands in usage lines for words that a person types."""
_STOP: Final = r"(?<=[\w'”）])\.(?= |$)"


class Formatter(click.HelpFormatter):
    """Help with its headings and usage in the interface's language, with that language's colons."""

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        words = _("{heading}:").format(heading=heading)
        self.write(f"{'':>{self.current_indent}}{words}\n")

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line."""
        for own in _USAGE:
            args = args.replace(own, _(own))
        usage = _("Usage:")
        super().write_usage(prog, args, prefix or (f"{usage} " if usage.isascii() else usage))


def wrap_paragraphs(
    text: str,
    width: int = 78,
    initial_indent: str = "",
    subsequent_indent: str = "",
    preserve_paragraphs: bool = False,
) -> str:
    """Wrap as click does; where words have no blanks between them, that would count characters, and break no line."""
    if _("Usage:").isascii() or not preserve_paragraphs:
        return wrap_text(text, width, initial_indent, subsequent_indent, preserve_paragraphs)
    paragraphs = (in_lines(one, width - len(subsequent_indent)) for one in text.split("\n\n"))
    return "\n\n".join("\n".join(f"{subsequent_indent}{line}" for line in lines) for lines in paragraphs)


def said(error: click.ClickException) -> str:
    """Return what click objects to; click puts full stops of its own behind translated words, or none at all."""
    text = error.format_message()
    if not text.endswith((".", "?", "?)", "。", "？")):
        text += "."
    return text if _("Usage:").isascii() else re.sub(r"(?<=[。？]) ", "", re.sub(_STOP, "。", text))


def translate() -> None:
    """Let click say its sentences in the interface's language; one that is not among `WORDS` stays English."""
    click.Context.formatter_class = Formatter
    vars(sys.modules["click.formatting"]).update(wrap_text=wrap_paragraphs, term_len=cells_of)
    for name in _MODULES:
        words = vars(sys.modules[f"click.{name}"])
        words.update({own: ours for own, ours in (("_", _), ("ngettext", plural)) if own in words})
