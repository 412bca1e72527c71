"""`wxtui run`: runs a command with its output shown as usual, then sends how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import click

from tui import errors
from tui.cli.run_report.run_report import RunReport
from tui.cli.shared.global_options import Setup, global_options
from tui.cli.shared.output import tell
from tui.cli.shared.targets import TARGET, to_option
from tui.i18n import _, say

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from tui.services.program_run.last_lines import LastLines
    from tui.services.program_run.output_log import OutputLog
    from tui.services.program_run.relay import Ending

_MOST_LINES: Final = 100


class Run(click.Command):
    """Command whose own words end at `--`: what stands behind is another's, and is not looked at."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what stands before `--`, and keep the rest as it is."""
        own, behind = list(args), None
        if "--" in args:
            at = args.index("--")
            own, behind = args[:at], tuple(args[at + 1 :])
        rest = super().parse_args(ctx, own)
        if behind is not None:
            if ctx.params.get("words"):
                raise errors.UsageError(why=_("Give one TARGET before --, the command behind it."))
            ctx.params["words"] = behind
        ctx.params["separated"] = behind is not None
        return rest


class CommandWord(click.ParamType[str]):
    """Word of the command that is run."""

    name = "command"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return programs for the first word, and let the shell complete files."""
        from click.shell_completion import CompletionItem

        if incomplete and "/" not in incomplete and not ctx.params.get("words"):
            found = sorted(set(_programs(incomplete)))
            if found:
                return [CompletionItem(name) for name in found]
        return [CompletionItem(incomplete, type="file")]


def _programs(begun: str) -> list[str]:
    """Return the names of programs on the PATH that begin so."""
    names: list[str] = []
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        try:
            with os.scandir(folder or ".") as entries:
                names += [one.name for one in entries if one.name.startswith(begun) and os.access(one.path, os.X_OK)]
        except OSError:
            continue
    return names


@click.command(
    cls=Run,
    help=_(
        "Run a command, then send how it ended.\n\n"
        "TARGET gets one text: the command, host, exit code, time and the last lines of its output, which is shown as "
        "usual. TARGET and session are checked before the command starts. What looks like a secret is asked about on a "
        "terminal, and masked without one.\n\n"
        "The exit code is the command's, 128 and the signal's number where a signal ended it; 6 where it ended with 0 "
        "and the text could not be sent; it is kept then. A session is in use only while something is sent."
    ),
)
@click.argument("target", required=False, type=TARGET)
@click.argument("words", metavar="-- COMMAND [ARG]...", nargs=-1, type=CommandWord())
@to_option()
@click.option("--yes", is_flag=True, help=_("Send to more than 20 receivers."))
@click.option("--log", "log", is_flag=True, help=_("Send the whole output as a file, too."))
@click.option("--on-failure", is_flag=True, help=_("Send only if the exit code is not 0."))
@click.option(
    "--lines", metavar="N", type=click.IntRange(0, _MOST_LINES), default=10, help=_("Lines to send; default 10.")
)
@click.option("--title", metavar="TEXT", default="", help=_("Say this instead of the command line."))
@click.option("--anyway", is_flag=True, help=_("Run the command even if nothing could be sent now."))
@click.option("--unmasked", is_flag=True, help=_("Do not look for secrets: send everything as it is."))
@global_options()
def run(
    setup: Setup,
    target: str | None,
    words: tuple[str, ...],
    targets: tuple[str, ...],
    yes: bool,
    log: bool,
    on_failure: bool,
    lines: int,
    title: str,
    anyway: bool,
    unmasked: bool,
    separated: bool,
) -> int:
    """See the help text."""
    if not separated or not words:
        raise errors.UsageError(why=_("Give the command behind --, as in: wxtui run TARGET -- make deploy"))
    if (target is None) == (not targets):
        raise errors.UsageError(why=_("To whom? Give one TARGET before --, or --to TARGET for each of several."))
    wanted = RunReport(setup, targets if target is None else (target,), words, title, unmasked)
    wanted.check(1 + log, yes=yes, anyway=anyway)
    from tui.services.program_run.last_lines import LastLines
    from tui.services.program_run.relay import Streams

    with ExitStack() as stack:
        last = LastLines(lines)
        kept = _log(setup, stack, plain=Streams().interactive) if log else None
        ending = _run(words, last, kept)
        if on_failure and not ending.code:
            return 0
        sent = wanted.send(ending, last, kept)
    return ending.code or (0 if sent else errors.PartlyDone.exit_code)


def _log(setup: Setup, stack: ExitStack, *, plain: bool) -> OutputLog:
    """Make the log, as large as a file may be. Raises `HomeUnusable`."""
    from tui.services.client.profile_opening import stored_session
    from tui.services.program_run.output_log import OutputLog
    from tui.services.uploads.outgoing_file import limit
    from tui.wire.media_types import MediaKind
    from tui.wire.names import Endpoint

    try:
        endpoint = stored_session(setup.profile, setup.login_options).session.endpoint
    except errors.NotLoggedIn:  # with --anyway
        endpoint = Endpoint.WEB
    try:
        log = OutputLog(setup.profile.cache, limit(endpoint, MediaKind.FILE), plain=plain)
    except OSError as error:
        why = error.strerror or errors.Phrase("it cannot be written")
        raise errors.HomeUnusable(path=setup.profile.cache, why=why) from None
    stack.callback(log.close)
    return log


def _run(words: Sequence[str], last: LastLines, log: OutputLog | None) -> Ending:
    """Run the command. One that did not start is an ending, too, where nobody reads the sentence about it."""
    from tui.services.program_run.relay import Ending, run_program

    def heard(block: bytes, source: int) -> None:
        last.feed(block, source)
        if log is not None:
            log.feed(block, source)

    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    try:
        return run_program(words, heard)
    except (errors.ProgramMissing, errors.ProgramUnusable) as error:
        if sys.stderr.isatty():
            raise
        tell(f"wxtui: {say(error)}")
        last.feed(say(error).encode())
        return Ending(error.exit_code, 0.0)
