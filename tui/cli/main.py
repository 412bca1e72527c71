"""The command line: the list of commands, and how every failure ends as a sentence and an exit code."""

from __future__ import annotations

import errno
import io
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from tui import __version__, errors
from tui.cli import click_words
from tui.cli.shared.exit_codes import INTERRUPTED, READER_GONE
from tui.cli.shared.global_options import Setup, global_options, plain_by_variable, plain_option
from tui.cli.shared.running import interruptible
from tui.cli.shared.streams import ReaderGone, give_up_stdout, open_closed_streams, own_broken_pipes
from tui.errors import N_
from tui.i18n import _, joined, listed
from tui.services.util import warnings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Before the first command is made: its options have sentences of click.
click_words.translate()

COMMANDS: Final = {
    "login": ("session", N_("Log in: resume the session, confirm on the phone, or scan a code.")),
    "logout": ("session", N_("Log out and delete the stored session.")),
    "status": ("status", N_("Check whether the session is valid.")),
    "contacts": ("contacts", N_("List contacts and groups: kind, name, nickname and UserName.")),
    "send": ("send", N_("Send a text (-m), then files, to TARGET.")),
    "run": ("run", N_("Run a command, then send how it ended.")),
    "revoke": ("stored_messages", N_("Recall sent messages, within two minutes.")),
    "forward": ("stored_messages", N_("Forward a stored message to other conversations.")),
    "read": ("people.reading", N_("Mark the conversation with TARGET as read.")),
    "requests": ("people.requests", N_("List the friend requests that wait for an answer.")),
    "remark": ("people.remarks", N_("Set the remark of TARGET, the name that only you see.")),
    "pin": ("people.remarks", N_("Pin the conversation with TARGET to the top.")),
    "unpin": ("people.remarks", N_("Unpin the conversation with TARGET.")),
    "mute": ("people.notifying", N_("Mute the conversation with TARGET on this computer.")),
    "unmute": ("people.notifying", N_("Unmute the conversation with TARGET on this computer.")),
    "notify": ("people.notifying", N_("Choose what notifies you of TARGET, on this computer.")),
    "group": ("people.group", N_("List the members of a group; create, fill or rename one.")),
    "log": ("log", N_("Print the stored messages of the conversation with TARGET.")),
    "export": ("export", N_("Export stored messages.")),
    "listen": ("listen", N_("Print messages as they arrive.")),
    "recv": ("recv", N_("Save received files, images and videos.")),
    "join": ("join", N_("Join the parts of a file that was sent with --split.")),
    "api": ("api.api", N_("Print how other programs speak with the running wxtui.")),
    "service": ("upkeep.service", N_("Print a systemd unit that receives messages in the background.")),
    "config": ("upkeep.config", N_("Show the settings, and create or check their file.")),
    "profile": ("upkeep.profile", N_("List the profiles; export, import or remove one.")),
    "doctor": ("doctor", N_("Check the environment and suggest fixes.")),
    "demo": ("demo", N_("Try wxtui without an account, with a simulated WeChat.")),
    "sandbox": ("sandbox", N_("Run a simulated WeChat with active contacts on 127.0.0.1.")),
}
"""Command → its module in `commands/` or another folder, imported only when the command is wanted, and the first
sentence of its help."""


_OUTPUT_TROUBLE: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def module_of(command: str) -> str:
    """Return the module of a command."""
    module, _summary = COMMANDS[command]
    return f"tui.cli.{module if '.' in module else f'commands.{module}'}"


class Commands(click.Group):
    """The commands, loaded when they are used: `wxtui --version` need not import an HTTP client."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the arguments; `--help` and `--version` are printed here."""
        with own_broken_pipes():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with own_broken_pipes():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(module_of(cmd_name)), cmd_name)
        interruptible()
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; of one that there is not, click could not say which was meant: it knows those it loaded."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands; click would import all of them for it."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(summary)) for name, (_module, summary) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the environment variables and the exit codes."""
        from tui.cli.reference import EXIT_CODES, VARIABLES

        with formatter.section(_("Environment")):
            formatter.write_dl([(one.names, _(one.help)) for one in VARIABLES], col_max=18)
        codes = listed([f"{one.code} {_(one.help)}" for one in EXIT_CODES])
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_("Exit codes: {all}.").format(all=codes))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands and options that begin so; click would import all commands for it."""
        from click.shell_completion import CompletionItem

        begun = {name: summary for name, (_module, summary) in COMMANDS.items() if name.startswith(incomplete)}
        options = super(click.Group, self).shell_complete(ctx, incomplete)
        return [*(CompletionItem(name, help=_(summary)) for name, summary in begun.items()), *options]


@click.command(
    cls=Commands,
    invoke_without_command=True,
    help=_(
        "WeChat in the terminal. Without a command: the full-screen client. With a command: send, receive and recall "
        "from the shell.\n\n"
        "Try it without an account: wxtui demo"
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(
    __version__, prog_name="wxtui", message="%(prog)s %(version)s", help=_("Show the version and exit.")
)
@plain_option()
@global_options(inner=False)
@click.pass_context
def wxtui(context: click.Context, plain: bool) -> int | None:
    """Read the global options; open the full-screen program, or plain mode, where no command is named."""
    if context.invoked_subcommand is not None:
        context.ensure_object(Setup).command = context.invoked_subcommand
        return None
    setup = context.ensure_object(Setup)
    if plain or plain_by_variable():
        from tui.cli.plain_mode import open_plain

        return open_plain(setup.profile, setup.login_options)
    from tui.cli.full_screen import open_full_screen

    return open_full_screen(setup.profile, setup.login_options)


def run(arguments: list[str]) -> int:
    """Run a command line; return the exit code. No failure ends as a traceback."""
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A character that a terminal's encoding lacks becomes "?", not a traceback.
            stream.reconfigure(errors="replace")
    if os.environ.get("_WXTUI_COMPLETE"):
        # Registers wxtui's completion scripts with click.
        import_module("tui.cli.shell_completion")
    setup = Setup()
    warnings.listen(_tell_notice)
    try:
        code = wxtui.main(arguments, prog_name="wxtui", standalone_mode=False, obj=setup)
        return code if isinstance(code, int) else 0
    except errors.WxtuiError as error:
        return _tell_error(error, setup)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return errors.UsageError.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = _("Try: {command} --help").format(command=context.command_path) if context else ""
        return _tell_error(errors.UsageError(why=joined(click_words.said(error), hint).rstrip()), setup)
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except ReaderGone:
        return READER_GONE
    except OSError as error:
        # `--help` and `--version`, which click itself prints; any other failure has a class in `tui.errors`.
        if error.errno not in _OUTPUT_TROUBLE:
            return _broke_down(error, setup)
        give_up_stdout()
        return _tell_error(errors.OutputFailed(why=error.strerror), setup)
    except Exception as error:
        # A mistake in wxtui: a sentence and a report, no traceback on a person's screen.
        return _broke_down(error, setup)


def _broke_down(error: Exception, setup: Setup) -> int:
    from tui.cli.crash import report

    try:
        folder = setup.profile.state
    except errors.WxtuiError:
        folder = None
    return _tell_error(report(error, folder), setup)


def _tell_notice(notice: errors.WxtuiError) -> None:
    from tui.cli.shared.output import tell
    from tui.i18n import say

    tell(f"wxtui: {say(notice)}")


def _tell_error(error: errors.WxtuiError, setup: Setup) -> int:
    # Imported by who has used the session, and writes to the log file.
    if (log_file := sys.modules.get("tui.services.util.log_file")) is not None:
        log_file.note_failure(setup.command, error)
    from tui.cli.shared.output import write_error

    write_error(error, as_json=setup.json)
    return error.exit_code
