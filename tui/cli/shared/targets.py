"""TARGET on the command line: completes it in the shell, and finds the stored conversation that it means."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui.cli.shared.global_options import Setup
from tui.errors import UsageError, WxtuiError
from tui.i18n import _

F = TypeVar("F", bound=Callable[..., Any])

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem


def _escaped(name: str) -> str:
    """Return the name as it is safe in bash's command line, which takes a completed word as it stands: others choose
    their names, and `$(…)` in one would be run. zsh and fish escape by themselves."""
    if not os.environ.get("_WXTUI_COMPLETE", "").startswith("bash"):
        return name
    # The variable has a word a line; a word that began with a quotation mark still has it.
    typed = os.environ.get("COMP_WORDS", "").split("\n")
    number = int(os.environ.get("COMP_CWORD") or -1)
    quote = typed[number][:1] if 0 <= number < len(typed) else ""
    if quote == "'":
        return name.replace("'", r"'\''")
    if quote == '"':
        return re.sub(r'["\\$`]', r"\\\g<0>", name)
    return re.sub(r"[^\w@%+=:,./-]", r"\\\g<0>", name)


class Target(click.ParamType[str]):
    """Contact or group; the shell completes it with stored names, without asking the server."""

    name = "target"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse an empty target, as `"$UNSET"` gives: it must not mean everybody. Raises `UsageError`."""
        if not value.strip():
            raise UsageError(why=_("TARGET is empty: give a contact, a group or a MsgID."))
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the names that match the typed letters, also by pinyin."""
        from click.shell_completion import CompletionItem

        from tui.cli.shared.completion_names import stored_names

        setup = ctx.find_root().ensure_object(Setup)
        try:
            return [CompletionItem(_escaped(found)) for found in stored_names(setup.profile, incomplete)]
        except WxtuiError:
            return []


class TargetThenFiles(click.ParamType[str]):
    """First word a TARGET, the others files; all of them files where --to names the receivers (`targets`)."""

    name = "target"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return names for the first word, and let the shell complete files."""
        if not ctx.params.get("targets") and not ctx.params.get(param.name or ""):
            return TARGET.shell_complete(ctx, param, incomplete)
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class NamedPath(click.Path):
    """Path that is not empty: click would take an empty one for the current folder."""

    def convert(self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Refuse an empty path. Raises `UsageError`."""
        from pathlib import Path

        if value == "":
            raise UsageError(why=_("The file name is empty."))
        return Path(os.fsdecode(super().convert(value, param, ctx)))


TARGET = Target()


def to_option() -> Callable[[F], F]:
    """Return the option --to, as `targets`, of commands that send to several."""
    told = _("Receiver; may be given several times. All names are found before anything is sent.")
    return click.option("--to", "targets", multiple=True, metavar="TARGET", type=TARGET, help=told)
