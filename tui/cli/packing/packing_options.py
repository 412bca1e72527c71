"""Options of a command that sends folders, and files in parts; what they do is imported only when one is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

import click

from tui.errors import UsageError
from tui.i18n import _

F = TypeVar("F", bound=Callable[..., Any])

FORMS: Final = ("tar", "zip")
"""Forms of an archive; the first is the usual one."""
_UNITS: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


class PackingWishes(NamedTuple):
    """Values of these options: the form of an archive ("": folders are refused), the size of a part (0: the usual)."""

    pack: str = ""
    exclude: tuple[str, ...] = ()
    split: bool = False
    part_size: int = 0
    again: bool = False
    yes: bool = False
    """True where nothing is asked about what an archive holds."""

    @property
    def splits(self) -> bool:
        """True where a file may be sent in parts."""
        return self.split or bool(self.part_size)

    def check(self) -> None:
        """Raise `UsageError` for an option that has nothing to work on."""
        if self.exclude and not self.pack:
            raise UsageError(why=_("--exclude needs --pack."))
        if self.again and not self.splits:
            raise UsageError(why=_("--again needs --split."))

    @property
    def words(self) -> list[str]:
        """Return the options as they are typed; not `--again`, which is no part of what is left."""
        words = [f"--pack={self.pack}"] if self.pack else []
        words += [f"--exclude={pattern}" for pattern in self.exclude]
        if self.part_size:
            return [*words, f"--part-size={self.part_size}"]
        return [*words, "--split"] if self.split else words


class _PackOption(click.Option):
    """Option whose value may be left out: what follows is its value only if it is the name of a form, else a FILE."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        super().add_to_parser(parser, ctx)
        for name in self.opts:
            self._give_back(parser._long_opt[name])

    def _give_back(self, option: Any) -> None:
        process = option.process

        def take(value: Any, state: Any) -> None:
            if isinstance(value, str) and value not in FORMS:
                state.rargs.insert(0, value)
                value = FORMS[0]
            process(value, state)

        option.process = take


class _Size(click.ParamType[int]):
    """Number of bytes: `40M`, `512KiB`, `1000000`."""

    name = "size"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]{1,15})\s*([kmg]?)(?:i?b)?", value.strip().lower())
        if found is None:
            self.fail(_("“{value}” is not a size: give a number of bytes, or one like 40M.").format(value=value))
        return int(found[1]) * _UNITS[found[2]]


def packing_options() -> Callable[[F], F]:
    """Return a decorator that adds the options to a command; it gets their values by `PackingWishes`' names."""

    def decorate(function: F) -> F:
        for add in reversed(
            (
                click.option(
                    "--pack",
                    cls=_PackOption,
                    is_flag=False,
                    flag_value=FORMS[0],
                    default="",
                    metavar="[tar|zip]",
                    help=_("Send folders as one archive each, .tar.gz or .zip; links are kept as links."),
                ),
                click.option(
                    "--exclude",
                    multiple=True,
                    metavar="PATTERN",
                    help=_(
                        "Leave out of the archive what has this name (*.o, node_modules/); with a slash inside, this "
                        "path in the folder (build/*.log). * also matches slashes, / at the end only folders."
                    ),
                ),
                click.option(
                    "--split",
                    is_flag=True,
                    help=_(
                        "Send what is over the limit in parts, with their checksums and the line that joins them. "
                        "Broken off, the same command again sends the parts that are missing."
                    ),
                ),
                click.option(
                    "--part-size", type=_Size(), default=0, metavar="SIZE", help=_("Size of a part, like 40M; splits.")
                ),
                click.option("--again", is_flag=True, help=_("Send also the parts that were sent already.")),
            )
        ):
            function = add(function)
        return function

    return decorate
